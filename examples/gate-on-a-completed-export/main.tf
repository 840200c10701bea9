# Nothing that depends on this data source is planned before the export is
# completed and has all required types.
data "rebilly_organization_export" "this" {
  id                  = var.export_id
  wait_for_completion = true
  include_links       = false

  timeouts {
    read = "1h"
  }

  lifecycle {
    postcondition {
      condition     = length(setsubtract(var.required_types, self.resources[*].type)) == 0
      error_message = "Export ${self.id} lacks ${join(", ", setsubtract(var.required_types, self.resources[*].type))}."
    }
  }
}

# A check only warns.
check "file_is_kept_for_a_week" {
  assert {
    condition     = timecmp(data.rebilly_organization_export.this.retention_time, timeadd(plantimestamp(), "168h")) > 0
    error_message = "Rebilly deletes the file at ${data.rebilly_organization_export.this.retention_time}."
  }
}

# Replace this with your pipeline.
resource "terraform_data" "pipeline" {
  input = data.rebilly_organization_export.this.file_id
}
