# Downloads the file of an export. The signed link is not stored in state or
# plan files.

variable "export_id" {
  type        = string
  description = "ID of a completed export."
}

variable "download_command" {
  type        = string
  description = "Shell command that downloads the file from the URL in the environment variable SIGNED_LINK."
  # curl reads the URL from standard input: process lists show arguments.
  default = "printf 'url = \"%s\"' \"$SIGNED_LINK\" | curl --config - --fail --silent --show-error --output organization-export"
}

ephemeral "rebilly_organization_export" "audit" {
  id = var.export_id
}

resource "terraform_data" "download" {
  triggers_replace = var.export_id

  provisioner "local-exec" {
    command = <<-EOT
      if [ -z "$SIGNED_LINK" ]; then
        echo "Export $EXPORT_ID has no signed link. Its status is $STATUS." >&2
        exit 1
      fi
      ${var.download_command}
    EOT

    environment = {
      EXPORT_ID   = ephemeral.rebilly_organization_export.audit.id
      STATUS      = ephemeral.rebilly_organization_export.audit.status
      SIGNED_LINK = ephemeral.rebilly_organization_export.audit.signed_link
    }
  }
}
