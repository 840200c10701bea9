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

# Read the signed link, and the size and SHA-1 of the file. Nothing is stored in
# state or plan files.
ephemeral "rebilly_organization_export" "monthly" {
  organization_id = var.organization_id
  id              = rebilly_organization_export.monthly.id
  include_file    = true
}

# Download each export once, to a path of its own. If the command fails, the next
# apply runs it again.
resource "terraform_data" "download" {
  triggers_replace = rebilly_organization_export.monthly.id

  provisioner "local-exec" {
    command = "sh '${path.module}/download.sh'"

    environment = {
      ORGANIZATION_ID = var.organization_id
      EXPORT_ID       = ephemeral.rebilly_organization_export.monthly.id
      STATUS          = ephemeral.rebilly_organization_export.monthly.status
      SIGNED_LINK     = ephemeral.rebilly_organization_export.monthly.signed_link
      SIZE            = try(ephemeral.rebilly_organization_export.monthly.file.size, 0)
      SHA1            = try(ephemeral.rebilly_organization_export.monthly.file.sha1, "")
      FILE            = "${var.folder}/${var.organization_id}/${rebilly_organization_export.monthly.id}"
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}
