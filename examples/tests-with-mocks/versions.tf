terraform {
  required_version = ">= 1.7"

  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}
