terraform {
  required_version = ">= 1.14"

  # Without its state, each run requests another export. Keep it where it is locked,
  # such as in a bucket:
  #
  # backend "s3" {
  #   bucket       = "terraform-state"
  #   key          = "rebilly-exports.tfstate"
  #   region       = "eu-west-1"
  #   use_lockfile = true
  # }

  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}
