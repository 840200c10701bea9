variable "organization_id" {
  type        = string
  description = "ID of the organization."
  nullable    = false
}

variable "bucket" {
  type        = string
  description = "Name of the bucket. Everyone who can read it can read all data of the organization."
  nullable    = false
}
