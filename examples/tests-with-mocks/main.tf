# A module that hands on the file of an export which is completed, and stays as
# long as it is needed. tests/ has its tests, which need neither an account nor
# the network: `terraform test` with Terraform 1.7 or newer, `tofu test` with
# OpenTofu 1.8 or newer.

terraform {
  required_version = ">= 1.7"

  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}

variable "export_id" {
  type        = string
  description = "ID of the export."
}

variable "needed_until" {
  type        = string
  description = "Until when the file is needed, as an RFC 3339 time."
}

data "rebilly_organization_export" "this" {
  id = var.export_id
}

output "file_id" {
  description = "ID of the file with the exported data."
  value       = data.rebilly_organization_export.this.file_id

  precondition {
    condition     = data.rebilly_organization_export.this.status == "completed"
    error_message = "The export ${var.export_id} is not completed but ${data.rebilly_organization_export.this.status}."
  }

  precondition {
    # Null, where Rebilly names no time, cannot be compared.
    condition     = try(timecmp(data.rebilly_organization_export.this.retention_time, var.needed_until) >= 0, true)
    error_message = "The file of the export ${var.export_id} is removed before ${var.needed_until}."
  }
}
