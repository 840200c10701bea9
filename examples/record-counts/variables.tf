variable "export_id" {
  type        = string
  description = "ID of the export."
}
