# Tells how many records an export holds: of each type, and of all together.

terraform {
  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}

provider "rebilly" {}

variable "export_id" {
  type        = string
  description = "ID of the export."
}

data "rebilly_organization_export" "this" {
  id = var.export_id
}

locals {
  # There are no resources before the export is completed.
  record_counts = {
    for resource in coalesce(data.rebilly_organization_export.this.resources, []) :
    resource.type => resource.record_count
  }
}

output "record_counts" {
  description = "Number of exported records by type of resource."
  value       = local.record_counts
}

output "total_records" {
  description = "Number of exported records of all types."
  value       = sum(concat([0], values(local.record_counts)))
}
