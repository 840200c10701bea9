variable "export_id" {
  type        = string
  description = "ID of the export."
  nullable    = false
}

variable "needed_until" {
  type        = string
  description = "Time until which the file is needed, as an RFC 3339 timestamp."
  nullable    = false
}
