output "status" {
  description = "Status of the export that was requested."
  value       = local.export.status
}

output "record_counts" {
  description = "Number of exported records by type of resource."
  value       = { for resource in local.export.resources : resource.type => resource.record_count }
}

output "total_records" {
  description = "Number of exported records of all types."
  value       = sum(local.export.resources[*].record_count)
}

output "age_days" {
  description = "Whole days since each of the completed exports was requested."
  value       = local.age_days
}

output "requested_by" {
  description = "ID of the user who requested the export."
  value       = local.export.user_id
}

output "file_id" {
  description = "ID of the file with the exported data."
  value       = local.export.file_id
}

output "retained_until" {
  description = "When Rebilly removes the file."
  value       = local.export.retention_time
}

output "links" {
  description = "What the export has links to. Their URLs are sensitive."
  value       = local.export.links[*].rel
}
