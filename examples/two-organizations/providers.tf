provider "rebilly" {
  alias = "europe"

  organization_id = var.organization_ids.europe
  api_key         = var.api_keys.europe
}

provider "rebilly" {
  alias = "america"

  organization_id = var.organization_ids.america
  api_key         = var.api_keys.america
}
