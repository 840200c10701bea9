# Request an export each month, and wait until it is completed.
resource "rebilly_organization_export" "monthly" {
  # A plan replaces the export when it is 30 days old.
  rotate_after = "720h"

  timeouts {
    create = "2h"
  }

  lifecycle {
    # Keeps the last export in state if the request for the next one fails.
    create_before_destroy = true
  }
}

# Download the file, and verify its size and SHA-1.
action "rebilly_download_organization_export" "monthly" {
  config {
    id              = rebilly_organization_export.monthly.id
    organization_id = rebilly_organization_export.monthly.organization_id
    path            = var.path
  }
}

# Download each new export.
resource "terraform_data" "download" {
  input = rebilly_organization_export.monthly.id

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.rebilly_download_organization_export.monthly]
    }
  }
}
