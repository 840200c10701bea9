data "rebilly_organization_export" "audit" {
  id = "org_exp_01HXC7MKK4GCS6WRRXY4X9CRMK"

  # Keeps the signed link out of state.
  include_links = false

  lifecycle {
    postcondition {
      condition     = self.status == "completed"
      error_message = "Export ${self.id} is ${self.status}, not completed."
    }
  }
}

# The number of exported records by resource type.
output "record_counts" {
  value = data.rebilly_organization_export.audit.record_counts
}
