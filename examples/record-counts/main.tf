data "rebilly_organization_export" "this" {
  id            = var.export_id
  include_links = false
}

locals {
  # An export may have no resources before it is completed.
  record_counts = {
    for resource in coalesce(data.rebilly_organization_export.this.resources, []) :
    resource.type => resource.record_count
  }
}
