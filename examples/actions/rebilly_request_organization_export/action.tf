# Exports everything before this change.
action "rebilly_request_organization_export" "before_change" {
  config {
    include_files = true

    timeouts {
      invoke = "2h"
    }
  }
}

resource "terraform_data" "pricing" {
  input = var.pricing_version

  lifecycle {
    action_trigger {
      events  = [before_update]
      actions = [action.rebilly_request_organization_export.before_change]
    }
  }
}

variable "pricing_version" {
  type        = string
  description = "Version of the pricing. Changing this exports the organization's data first."
  nullable    = false
}
