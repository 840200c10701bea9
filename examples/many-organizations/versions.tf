terraform {
  required_version = ">= 1.5"

  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}
