# The newest exports, with the configuration to import them.
list "rebilly_organization_export" "newest" {
  provider         = rebilly
  include_resource = true
  limit            = 10

  config {
    filter = "createdTime:2026-01-01T00:00:00Z.."
    sort   = ["-createdTime"]
  }
}
