terraform {
  required_version = ">= 1.14"

  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}
