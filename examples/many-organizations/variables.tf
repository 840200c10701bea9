variable "organization_ids" {
  type        = set(string)
  description = "IDs of the organizations. The credential must have access to all of them."
  nullable    = false
}

variable "audit_export_ids" {
  type        = map(string)
  description = "IDs of exports to read, by organization ID."
  default     = {}
  nullable    = false
}
