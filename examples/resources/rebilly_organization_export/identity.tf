import {
  to = rebilly_organization_export.monthly
  identity = {
    id = "org_exp_01HXC7MKK4GCS6WRRXY4X9CRMK"
  }
}
