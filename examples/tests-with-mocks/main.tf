# A module that returns the file of a completed export, if Rebilly keeps the
# file long enough.
data "rebilly_organization_export" "this" {
  id            = var.export_id
  include_links = false
}

output "customers" {
  description = "Number of exported customers."
  value       = try(data.rebilly_organization_export.this.record_counts["customers"], 0)
}

output "file_id" {
  description = "ID of the file with the exported data."
  value       = data.rebilly_organization_export.this.file_id

  precondition {
    condition     = data.rebilly_organization_export.this.status == "completed"
    error_message = "Export ${var.export_id} is ${data.rebilly_organization_export.this.status}, not completed."
  }

  precondition {
    # retention_time may be null, which timecmp does not accept.
    condition     = try(timecmp(data.rebilly_organization_export.this.retention_time, var.needed_until) >= 0, true)
    error_message = "Rebilly deletes the file of export ${var.export_id} before ${var.needed_until}."
  }
}
