# Requests an organization export, waits until it is completed, reads it, finds
# the exports there are, and checks that they are fit to be used. The provider
# finds its credential and host in the environment.

terraform {
  required_version = ">= 1.5"

  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}

provider "rebilly" {}

variable "period" {
  type        = string
  description = "What the export is for. Another value requests another export."
}

variable "oldest_days" {
  type        = number
  description = "How many days old the oldest completed export may be."
  default     = 7
}

# Request, and wait.
resource "rebilly_organization_export" "this" {
  triggers = {
    period = var.period
  }
}

# Read.
data "rebilly_organization_export" "this" {
  id = rebilly_organization_export.this.id

  lifecycle {
    postcondition {
      condition     = self.status == "completed"
      error_message = "The export ${self.id} is not completed but ${self.status}."
    }
  }
}

# Find.
data "rebilly_organization_exports" "completed" {
  filter = "status:completed"
  sort   = ["-createdTime"]

  depends_on = [rebilly_organization_export.this]
}

locals {
  export = data.rebilly_organization_export.this

  # Whole days since an export was requested: as many as can be added to that
  # time without passing the present.
  age_days = {
    for export in data.rebilly_organization_exports.completed.exports : export.id => length([
      for day in range(1, 1000) : day
      if timecmp(timeadd(export.created_time, "${day * 24}h"), plantimestamp()) <= 0
    ])
  }
}

# Check.
check "exports_are_fresh" {
  assert {
    condition     = alltrue([for days in values(local.age_days) : days <= var.oldest_days])
    error_message = "There are exports of more than ${var.oldest_days} days."
  }
}
