# Warns at every plan of the completed exports whose files Rebilly removes within
# some days. HCP Terraform runs such checks on a schedule, as health
# assessments; elsewhere, run `terraform plan` as often as the alarm is to ring.

terraform {
  required_version = ">= 1.5"

  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}

provider "rebilly" {}

variable "days" {
  type        = number
  description = "How many days before a file is removed the alarm rings."
  default     = 7
}

data "rebilly_organization_exports" "completed" {
  filter = "status:completed"
}

locals {
  alarm_time = timeadd(plantimestamp(), "${var.days * 24}h")

  expiring = {
    for export in data.rebilly_organization_exports.completed.exports : export.id => export.retention_time
    if export.retention_time != null && try(timecmp(export.retention_time, local.alarm_time) <= 0, false)
  }
}

check "no_export_expires_soon" {
  assert {
    condition     = length(local.expiring) == 0
    error_message = "Within ${var.days} days Rebilly removes ${join(", ", [for id, time in local.expiring : "${id} (${time})"])}."
  }
}

output "expiring" {
  description = "When the files of the exports that expire soon are removed, by the exports' ids."
  value       = local.expiring
}
