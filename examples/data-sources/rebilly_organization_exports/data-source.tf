# The newest completed export.
data "rebilly_organization_exports" "completed" {
  filter = "status:completed"
  sort   = ["-createdTime"]
  limit  = 1
}

output "newest_completed_export" {
  value = one(data.rebilly_organization_exports.completed.exports[*].id)
}
