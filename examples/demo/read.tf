# Read one export by its ID.
data "rebilly_organization_export" "existing" {
  organization_id = "org_acme"
  id              = "org_exp_acme_01"
}

output "existing_export" {
  description = "An export that was there before. Its signed link is sensitive, and not shown."
  value = {
    status         = data.rebilly_organization_export.existing.status
    created_time   = data.rebilly_organization_export.existing.created_time
    retention_time = data.rebilly_organization_export.existing.retention_time
    record_counts  = data.rebilly_organization_export.existing.record_counts
    links          = [for link in data.rebilly_organization_export.existing.links : link.rel]
  }
}
