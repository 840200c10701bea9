output "export_ids" {
  description = "IDs of the monthly exports, by organization."
  value       = { for id, export in rebilly_organization_export.monthly : id => export.id }
}

output "record_counts" {
  description = "Number of exported records by organization and resource type."
  value       = { for id, export in rebilly_organization_export.monthly : id => export.record_counts }
}

output "completed_exports" {
  description = "Number of completed exports, by organization."
  value       = { for id, found in data.rebilly_organization_exports.completed : id => found.total }
}

output "audit_kept_until" {
  description = "Times at which Rebilly deletes the files of audit_export_ids, by organization."
  value       = { for id, export in data.rebilly_organization_export.audit : id => export.retention_time }
}
