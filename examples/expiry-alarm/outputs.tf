output "retained_until" {
  description = "Times at which Rebilly deletes the files of completed exports, by export ID."
  value       = { for export in data.rebilly_organization_exports.completed.exports : export.id => export.retention_time }
}
