terraform {
  required_version = ">= 1.16"

  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}
