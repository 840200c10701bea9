# One export a month, completed before anything that depends on it begins.
resource "rebilly_organization_export" "monthly" {
  include_files = true

  triggers = {
    month = formatdate("YYYY-MM", plantimestamp())
  }

  timeouts = {
    create = "2h"
  }
}

output "file_id" {
  value = rebilly_organization_export.monthly.file_id
}
