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

# Read the signed link. It is not stored in state or plan files.
ephemeral "rebilly_organization_export" "monthly" {
  id              = rebilly_organization_export.monthly.id
  organization_id = rebilly_organization_export.monthly.organization_id
}

# Download each export once.
resource "terraform_data" "download" {
  triggers_replace = rebilly_organization_export.monthly.id

  provisioner "local-exec" {
    command = <<-EOT
      if [ -z "$SIGNED_LINK" ]; then
        echo "Export $EXPORT_ID has no signed link. Its status is $STATUS." >&2
        exit 1
      fi
      ${var.download_command}
    EOT

    environment = {
      EXPORT_ID   = ephemeral.rebilly_organization_export.monthly.id
      STATUS      = ephemeral.rebilly_organization_export.monthly.status
      SIGNED_LINK = ephemeral.rebilly_organization_export.monthly.signed_link
    }
  }
}
