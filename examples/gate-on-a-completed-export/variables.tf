variable "export_id" {
  type        = string
  description = "ID of the export that the pipeline needs."
  nullable    = false
}

variable "required_types" {
  type        = set(string)
  description = "Resource types that the export must have."
  default     = ["customers", "invoices", "transactions"]
  nullable    = false
}
