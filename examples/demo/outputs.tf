output "age_days" {
  description = "Whole days since each completed export was requested."
  value       = local.age_days
}

output "record_counts" {
  description = "Number of exported records by organization and resource type."
  value       = { for id, export in rebilly_organization_export.this : id => export.record_counts }
}

output "retained_until" {
  description = "Time at which Rebilly deletes the file, by organization."
  value       = { for id, export in rebilly_organization_export.this : id => export.retention_time }
}

output "status" {
  description = "Status of the requested export, by organization."
  value       = { for id, export in rebilly_organization_export.this : id => export.status }
}

output "total_records" {
  description = "Number of exported records of all organizations and types."
  value       = sum(flatten([for export in values(rebilly_organization_export.this) : values(export.record_counts)]))
}
