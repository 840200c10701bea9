# Request an export of each organization, and wait until it is completed.
resource "rebilly_organization_export" "monthly" {
  for_each = var.organization_ids

  organization_id = each.key

  # The first plan of each calendar month (UTC) requests a new export.
  triggers = {
    month = formatdate("YYYY-MM", plantimestamp())
  }

  # An export that fails after an apply stopped waiting for it is requested again.
  replace_on_status = ["failed"]

  lifecycle {
    # Keeps the last export in state if the request for the next one fails.
    create_before_destroy = true

    # Fails the apply if the export is still in progress, so that nothing that
    # depends on the export is applied.
    postcondition {
      condition     = contains(["completed", "expired"], self.status)
      error_message = "Export ${self.id} is ${self.status}, not completed. Apply again."
    }
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
