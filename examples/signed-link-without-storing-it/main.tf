# Hands the signed link of an export to a command that downloads it. The link is
# in no state and in no plan: it is read when the command runs, and forgotten.
# Ephemeral resources came with Terraform 1.10 and OpenTofu 1.11.

terraform {
  required_version = ">= 1.10"

  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}

provider "rebilly" {}

variable "export_id" {
  type        = string
  description = "ID of the export to download."
}

variable "command" {
  type        = string
  description = "Command that takes the signed link from the environment variable SIGNED_LINK."
  # As curl's configuration on standard input, and not as an argument: lists of
  # processes show arguments.
  default = "printf 'url = \"%s\"' \"$SIGNED_LINK\" | curl --config - --fail --silent --show-error --output export.zip"
}

ephemeral "rebilly_organization_export" "this" {
  id = var.export_id

  lifecycle {
    postcondition {
      condition     = self.status == "completed"
      error_message = "The export ${var.export_id} is not completed."
    }
  }
}

resource "terraform_data" "download" {
  # Each export is downloaded once.
  triggers_replace = [var.export_id]

  provisioner "local-exec" {
    command = var.command

    environment = {
      SIGNED_LINK = one([for link in ephemeral.rebilly_organization_export.this.links : link.href if link.rel == "signedLink"])
    }
  }
}
