# terraform apply -invoke=action.rebilly_download_organization_export.audit
action "rebilly_download_organization_export" "audit" {
  config {
    id                  = "org_exp_01HXC7MKK4GCS6WRRXY4X9CRMK"
    path                = "${path.root}/exports/org_exp_01HXC7MKK4GCS6WRRXY4X9CRMK"
    wait_for_completion = true

    timeouts {
      invoke = "2h"
    }
  }
}
