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

locals {
  # Each export has a file and a key of its own.
  file = "exports/${rebilly_organization_export.monthly.id}"
  key  = "${var.organization_id}/${rebilly_organization_export.monthly.id}"
}

# Download the file, and verify its size and SHA-1.
action "rebilly_download_organization_export" "monthly" {
  config {
    organization_id = var.organization_id
    id              = rebilly_organization_export.monthly.id
    path            = local.file
  }
}

# Upload the file after the download. If either fails, the next apply tries both
# again.
resource "terraform_data" "upload" {
  triggers_replace = rebilly_organization_export.monthly.id

  provisioner "local-exec" {
    command = "aws s3 mv --no-progress \"$FILE\" \"s3://$BUCKET/$KEY\""

    environment = {
      FILE   = local.file
      BUCKET = var.bucket
      KEY    = local.key
    }
  }

  lifecycle {
    create_before_destroy = true

    action_trigger {
      events  = [before_create]
      actions = [action.rebilly_download_organization_export.monthly]
    }
  }
}
