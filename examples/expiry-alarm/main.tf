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

# Warns at every plan. HCP Terraform also runs checks in health assessments.
check "no_export_expires_soon" {
  assert {
    condition     = length(local.expiring) == 0
    error_message = "Within ${var.days} days, Rebilly deletes the files of ${join(", ", [for id, time in local.expiring : "${id} (${time})"])}."
  }
}
