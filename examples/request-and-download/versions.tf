terraform {
  required_version = ">= 1.10"

  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}
