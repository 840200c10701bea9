# Lets nothing go on before an export is completed and complete: what depends on
# the export is neither planned nor applied without it. The check, in contrast,
# warns and lets everything go on.

terraform {
  required_version = ">= 1.5"

  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}

provider "rebilly" {}

variable "export_id" {
  type        = string
  description = "ID of the export that the pipeline relies on."
}

variable "required_types" {
  type        = set(string)
  description = "Types of resources that the export must hold."
  default     = ["customers", "invoices", "transactions"]
}

data "rebilly_organization_export" "this" {
  id = var.export_id

  # Fails where the export has failed or expired, or is not completed in time.
  wait_for_completion = true

  timeouts = {
    read = "1h"
  }

  lifecycle {
    postcondition {
      condition     = length(setsubtract(var.required_types, self.resources[*].type)) == 0
      error_message = "The export lacks ${join(", ", setsubtract(var.required_types, self.resources[*].type))}."
    }
  }
}

check "the_file_stays_for_a_week" {
  assert {
    condition     = timecmp(data.rebilly_organization_export.this.retention_time, timeadd(plantimestamp(), "168h")) > 0
    error_message = "The file is removed at ${data.rebilly_organization_export.this.retention_time}."
  }
}

# What the pipeline does with the export stands here.
resource "terraform_data" "pipeline" {
  input = data.rebilly_organization_export.this.file_id
}

output "file_id" {
  description = "ID of the file that the pipeline works with."
  value       = terraform_data.pipeline.output
}
