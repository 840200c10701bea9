import {
  to = rebilly_organization_export.monthly
  identity = {
    id              = "org_exp_01HXC7MKK4GCS6WRRXY4X9CRMK"
    organization_id = "org_0YV7DES3WPC5J8JD8QTVNZBZNZ"
  }
}
