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
