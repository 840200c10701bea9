# Finds the newest completed export of the last days and reads it, without
# knowing its id.

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
  description = "How many days old the export may be."
  default     = 31
}

data "rebilly_organization_exports" "completed" {
  filter = join(";", [
    "status:completed",
    "createdTime:${timeadd(plantimestamp(), "-${var.days * 24}h")}..",
  ])
  sort  = ["-createdTime"]
  limit = 1

  lifecycle {
    postcondition {
      condition     = length(self.exports) == 1
      error_message = "No export of the last ${var.days} days is completed."
    }
  }
}

locals {
  newest = one(data.rebilly_organization_exports.completed.exports)
}

output "id" {
  description = "ID of the newest completed export."
  value       = local.newest.id
}

output "created_time" {
  description = "When it was requested."
  value       = local.newest.created_time
}

output "file_id" {
  description = "ID of the file with the exported data."
  value       = local.newest.file_id
}
