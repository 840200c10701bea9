terraform {
  required_version = ">= 1.0"

  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}
