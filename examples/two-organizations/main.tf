# Reads the newest exports of two organizations, each by a provider of its own.
# Where both keys belong to one user, one credential in the environment and two
# organization_id would do.

terraform {
  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}

variable "organizations" {
  type = object({
    europe  = string
    america = string
  })
  description = "IDs of the organizations."
}

variable "api_keys" {
  type = object({
    europe  = string
    america = string
  })
  description = "Secret keys of the organizations. Give them as TF_VAR_api_keys, not in a file that is committed."
  sensitive   = true
}

provider "rebilly" {
  alias = "europe"

  organization_id = var.organizations.europe
  api_key         = var.api_keys.europe
}

provider "rebilly" {
  alias = "america"

  organization_id = var.organizations.america
  api_key         = var.api_keys.america
}

data "rebilly_organization_exports" "europe" {
  provider = rebilly.europe

  sort  = ["-createdTime"]
  limit = 10
}

data "rebilly_organization_exports" "america" {
  provider = rebilly.america

  sort  = ["-createdTime"]
  limit = 10
}

output "statuses" {
  description = "Statuses of the newest exports, by organization and id."
  value = {
    europe  = { for export in data.rebilly_organization_exports.europe.exports : export.id => export.status }
    america = { for export in data.rebilly_organization_exports.america.exports : export.id => export.status }
  }
}
