# Reads one organization export and checks that it is fit to be used. The
# provider finds its credential and host in the environment.

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
  description = "ID of the organization export to read."
}

variable "oldest_days" {
  type        = number
  description = "How many days old the export may be."
  default     = 7
}

data "rebilly_organization_export" "this" {
  id = var.export_id

  lifecycle {
    postcondition {
      condition     = self.status == "completed"
      error_message = "The export ${self.id} is not completed but ${self.status}."
    }
  }
}

locals {
  export = data.rebilly_organization_export.this

  # Whole days since the export was requested: as many as can be added to that
  # time without passing the present.
  age_days = length([
    for day in range(1, 1000) : day
    if timecmp(timeadd(local.export.created_time, "${day * 24}h"), plantimestamp()) <= 0
  ])
}

check "export_is_fresh" {
  assert {
    condition     = local.age_days <= var.oldest_days
    error_message = "The export is ${local.age_days} days old. Request another one."
  }
}
