# Request an export of each organization, and wait until it is completed.
resource "rebilly_organization_export" "monthly" {
  for_each = var.organization_ids

  organization_id = each.key

  # The first plan of each calendar month (UTC) requests a new export.
  triggers = {
    month = formatdate("YYYY-MM", plantimestamp())
  }

  # An export that fails after an apply stopped waiting for it is requested again.
  replace_on_status = ["failed"]

  lifecycle {
    # Keeps the last export in state if the request for the next one fails.
    create_before_destroy = true

    # Fails the apply if the export is still in progress, so that nothing that
    # depends on the export is applied.
    postcondition {
      condition     = contains(["completed", "expired"], self.status)
      error_message = "Export ${self.id} is ${self.status}, not completed. Apply again."
    }
  }
}

# Download the files. Each export has a path of its own.
action "rebilly_download_organization_export" "monthly" {
  for_each = var.organization_ids

  config {
    organization_id = each.key
    id              = rebilly_organization_export.monthly[each.key].id
    path            = "${var.folder}/${each.key}/${rebilly_organization_export.monthly[each.key].id}"
  }
}

# Records which files were downloaded. If a download fails, the next apply tries it
# again.
resource "terraform_data" "downloaded" {
  for_each = var.organization_ids

  triggers_replace = rebilly_organization_export.monthly[each.key].id

  lifecycle {
    create_before_destroy = true

    action_trigger {
      events  = [before_create]
      actions = [action.rebilly_download_organization_export.monthly[each.key]]
    }
  }
}
