variable "days" {
  type        = number
  description = "Maximum age of the export, in days."
  default     = 31
  nullable    = false
}
