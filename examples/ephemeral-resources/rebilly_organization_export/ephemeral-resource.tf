# Passes the signed link of an export to a command. The link is not stored in
# state or plan files.

variable "export_id" {
  type        = string
  description = "ID of a completed export."
  nullable    = false
}

variable "download_command" {
  type        = string
  description = "Shell command that downloads SIGNED_LINK, and verifies SIZE and SHA1."
  nullable    = false
}

ephemeral "rebilly_organization_export" "audit" {
  id           = var.export_id
  include_file = true
}

resource "terraform_data" "download" {
  triggers_replace = var.export_id

  provisioner "local-exec" {
    command = var.download_command

    environment = {
      SIGNED_LINK = ephemeral.rebilly_organization_export.audit.signed_link
      SIZE        = ephemeral.rebilly_organization_export.audit.file.size
      SHA1        = ephemeral.rebilly_organization_export.audit.file.sha1
    }
  }
}
