# make demo adds this file if the CLI has actions, and invokes the action.
action "rebilly_download_organization_export" "acme" {
  config {
    id              = rebilly_organization_export.this["org_acme"].id
    organization_id = "org_acme"
    path            = "${path.root}/exports/org_acme"
  }
}
