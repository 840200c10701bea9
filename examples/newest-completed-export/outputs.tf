output "id" {
  description = "ID of the newest completed export."
  value       = local.newest.id
}

output "created_time" {
  description = "Time at which the export was requested."
  value       = local.newest.created_time
}

output "file_id" {
  description = "ID of the file with the exported data."
  value       = local.newest.file_id
}
