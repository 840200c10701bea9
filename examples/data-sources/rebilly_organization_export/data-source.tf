data "rebilly_organization_export" "audit" {
  id = "org_exp_01HXC7MKK4GCS6WRRXY4X9CRMK"

  lifecycle {
    postcondition {
      condition     = self.status == "completed"
      error_message = "The export is not completed but ${self.status}."
    }
  }
}

# The number of exported records by type of resource.
output "record_counts" {
  value = {
    for resource in data.rebilly_organization_export.audit.resources :
    resource.type => resource.record_count
  }
}
