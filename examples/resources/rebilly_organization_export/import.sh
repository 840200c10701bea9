# An export of the provider's organization, or else of the credential's default organization:
terraform import rebilly_organization_export.monthly org_exp_01HXC7MKK4GCS6WRRXY4X9CRMK

# An export of another organization:
terraform import rebilly_organization_export.monthly org_0YV7DES3WPC5J8JD8QTVNZBZNZ/org_exp_01HXC7MKK4GCS6WRRXY4X9CRMK
