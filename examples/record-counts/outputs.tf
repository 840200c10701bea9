output "record_counts" {
  description = "Number of exported records by resource type."
  value       = local.record_counts
}

output "total_records" {
  description = "Number of exported records of all types."
  value       = sum(concat([0], values(local.record_counts)))
}
