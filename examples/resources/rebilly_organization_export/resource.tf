# Requests an export each month, and waits until it is completed.
resource "rebilly_organization_export" "monthly" {
  include_files = true

  # A plan replaces the export when it is 30 days old.
  rotate_after = "720h"

  timeouts {
    create = "2h"
  }

  lifecycle {
    # Keeps the last export in state if the request for the next one fails.
    create_before_destroy = true
  }
}

output "file_id" {
  value = rebilly_organization_export.monthly.file_id
}
