# Request an export of each organization each month, and wait until it is completed.
resource "rebilly_organization_export" "monthly" {
  for_each = var.organization_ids

  organization_id = each.key

  # A plan replaces the export when it is 30 days old.
  rotate_after = "720h"

  lifecycle {
    create_before_destroy = true
  }
}

# Download the file of each export. Each needs a path of its own.
action "rebilly_download_organization_export" "monthly" {
  for_each = var.organization_ids

  config {
    organization_id = each.key
    id              = rebilly_organization_export.monthly[each.key].id
    path            = "${var.folder}/${each.key}"
  }
}

# Download each new export.
resource "terraform_data" "download" {
  for_each = var.organization_ids

  input = rebilly_organization_export.monthly[each.key].id

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.rebilly_download_organization_export.monthly[each.key]]
    }
  }
}
