# The credential is in the environment: REBILLY_API_KEY or REBILLY_JWT.
provider "rebilly" {}
