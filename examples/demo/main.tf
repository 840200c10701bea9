# Requests an export of each organization with one provider, waits until all of
# them are completed, finds the completed exports, and checks their age. The
# credential and the base URL are in the environment.

terraform {
  required_version = ">= 1.5"

  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}

provider "rebilly" {}

variable "organization_ids" {
  type        = set(string)
  description = "IDs of the organizations."
  default     = ["org_acme", "org_globex"]
  nullable    = false
}

variable "period" {
  type        = string
  description = "Period of the exports. Changing this requests new exports."
  nullable    = false
}

variable "oldest_days" {
  type        = number
  description = "Maximum age of completed exports, in days."
  default     = 7
  nullable    = false
}

# Request, and wait.
resource "rebilly_organization_export" "this" {
  for_each = var.organization_ids

  organization_id = each.key

  triggers = {
    period = var.period
  }

  lifecycle {
    create_before_destroy = true

    postcondition {
      condition     = contains(["completed", "expired"], self.status)
      error_message = "Export ${self.id} is ${self.status}, not completed. Apply again."
    }
  }
}

# Find.
data "rebilly_organization_exports" "completed" {
  for_each = var.organization_ids

  organization_id = each.key
  filter          = "status:completed"
  sort            = ["-createdTime"]

  depends_on = [rebilly_organization_export.this]
}

locals {
  # Whole days since each completed export was requested.
  age_days = merge([
    for found in values(data.rebilly_organization_exports.completed) : {
      for export in found.exports : export.id => length([
        for day in range(1, 1000) : day
        if timecmp(timeadd(export.created_time, "${day * 24}h"), plantimestamp()) <= 0
      ])
    }
  ]...)
}

# Check.
check "exports_are_fresh" {
  assert {
    condition     = alltrue([for days in values(local.age_days) : days <= var.oldest_days])
    error_message = "Some completed exports are older than ${var.oldest_days} days."
  }
}
