terraform {
  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}

# The credential is in the environment: REBILLY_API_KEY or REBILLY_JWT.
provider "rebilly" {
  environment     = "sandbox"
  organization_id = "org_0YV7DES3WPC5J8JD8QTVNZBZNZ"
}
