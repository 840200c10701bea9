data "rebilly_organization_export" "this" {
  id            = var.export_id
  include_links = false
}

locals {
  # An export may have no resources before it is completed.
  record_counts = coalesce(data.rebilly_organization_export.this.record_counts, {})
}
