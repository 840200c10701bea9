variable "organization_id" {
  type        = string
  description = "ID of the organization."
  nullable    = false
}

variable "keep_shop" {
  type        = bool
  description = "Whether to keep the shop. With false, an apply exports everything, and then destroys the shop."
  default     = true
  nullable    = false
}
