# make demo adds this file if the CLI has actions. The apply then downloads the
# file of each export.
action "rebilly_download_organization_export" "this" {
  for_each = var.organization_ids

  config {
    id              = rebilly_organization_export.this[each.key].id
    organization_id = each.key
    path            = "${path.root}/exports/${each.key}/${rebilly_organization_export.this[each.key].id}"
  }
}

resource "terraform_data" "downloaded" {
  for_each = var.organization_ids

  triggers_replace = rebilly_organization_export.this[each.key].id

  lifecycle {
    create_before_destroy = true

    action_trigger {
      events  = [before_create]
      actions = [action.rebilly_download_organization_export.this[each.key]]
    }
  }
}
