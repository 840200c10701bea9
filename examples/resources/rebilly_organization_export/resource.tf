# Requests an export each calendar month, and waits until it is completed.
resource "rebilly_organization_export" "monthly" {
  include_files = true

  # The first plan of each calendar month (UTC) requests a new export.
  triggers = {
    month = formatdate("YYYY-MM", plantimestamp())
  }

  # An export that fails after an apply stopped waiting for it is requested again.
  replace_on_status = ["failed"]

  timeouts {
    create = "2h"
    update = "2h"
  }

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

output "file_id" {
  value = rebilly_organization_export.monthly.file_id
}
