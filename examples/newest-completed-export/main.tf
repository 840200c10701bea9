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
