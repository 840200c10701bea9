locals {
  alarm_time = timeadd(plantimestamp(), "${var.days * 24}h")
}

# Fails every plan while the file of a completed export is about to be deleted.
data "rebilly_organization_exports" "completed" {
  filter = "status:completed"

  lifecycle {
    postcondition {
      condition = alltrue([
        for export in self.exports : timecmp(coalesce(export.retention_time, local.alarm_time), local.alarm_time) >= 0
      ])
      error_message = "Within ${var.days} days, Rebilly deletes the files of ${join(", ", [
        for export in self.exports : "${export.id} (${export.retention_time})"
        if timecmp(coalesce(export.retention_time, local.alarm_time), local.alarm_time) < 0
      ])}."
    }
  }
}
