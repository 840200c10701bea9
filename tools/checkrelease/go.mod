module github.com/rebilly/terraform-provider-rebilly/tools/checkrelease

go 1.26.0
