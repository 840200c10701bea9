# Request an export, and wait until it is completed.
resource "rebilly_organization_export" "monthly" {
  organization_id = var.organization_id

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

# Download its file, and verify the size and the SHA-1. Each export has a path of
# its own.
action "rebilly_download_organization_export" "monthly" {
  config {
    organization_id = var.organization_id
    id              = rebilly_organization_export.monthly.id
    path            = "${var.folder}/${var.organization_id}/${rebilly_organization_export.monthly.id}"
  }
}

# Records that the file was downloaded. If the download fails, the record is not
# created, and the next apply tries again.
resource "terraform_data" "downloaded" {
  triggers_replace = rebilly_organization_export.monthly.id

  lifecycle {
    create_before_destroy = true

    action_trigger {
      events  = [before_create]
      actions = [action.rebilly_download_organization_export.monthly]
    }
  }
}
