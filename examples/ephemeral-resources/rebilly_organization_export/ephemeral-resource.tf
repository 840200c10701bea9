# Downloads an export's file without writing its signed link anywhere: an
# ephemeral value can be handed to a provisioner, and is in no state and no
# plan.

variable "export_id" {
  type        = string
  description = "ID of a completed organization export."
}

variable "download_command" {
  type        = string
  description = "Shell command that downloads what the environment variable SIGNED_LINK leads to."
  # Lists of processes show arguments, so that curl gets the link by its
  # standard input.
  default = "printf 'url = \"%s\"' \"$SIGNED_LINK\" | curl --config - --fail --silent --show-error --output export.zip"
}

ephemeral "rebilly_organization_export" "audit" {
  id = var.export_id
}

resource "terraform_data" "download" {
  triggers_replace = var.export_id

  provisioner "local-exec" {
    command = var.download_command
    environment = {
      SIGNED_LINK = one([
        for link in ephemeral.rebilly_organization_export.audit.links : link.href
        if link.rel == "signedLink"
      ])
    }
  }
}
