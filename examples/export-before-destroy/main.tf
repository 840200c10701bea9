# Exports everything before Terraform destroys the resource below.
action "rebilly_request_organization_export" "before_destroy" {
  config {
    organization_id = var.organization_id
    include_files   = true

    timeouts {
      invoke = "2h"
    }
  }
}

# Replace this with what you want to destroy.
resource "terraform_data" "shop" {
  count = var.keep_shop ? 1 : 0

  input = var.organization_id

  lifecycle {
    action_trigger {
      events  = [before_destroy]
      actions = [action.rebilly_request_organization_export.before_destroy]
    }
  }
}
