output "statuses" {
  description = "Statuses of the newest exports, by organization and export ID."
  value = {
    europe  = { for export in data.rebilly_organization_exports.europe.exports : export.id => export.status }
    america = { for export in data.rebilly_organization_exports.america.exports : export.id => export.status }
  }
}
