# Request a monthly export of each organization, and wait until it is completed.
resource "rebilly_organization_export" "monthly" {
  for_each = var.organization_ids

  organization_id = each.key

  # A plan replaces the export when it is 30 days old.
  rotate_after = "720h"

  lifecycle {
    create_before_destroy = true
  }
}

# Find the completed exports of each organization.
data "rebilly_organization_exports" "completed" {
  for_each = var.organization_ids

  organization_id = each.key
  filter          = "status:completed"
  sort            = ["-createdTime"]

  # Reads after the monthly exports are completed.
  depends_on = [rebilly_organization_export.monthly]
}

# Read exports that other people requested, without their signed links.
data "rebilly_organization_export" "audit" {
  for_each = var.audit_export_ids

  organization_id = each.key
  id              = each.value
  include_links   = false
}
