variable "days" {
  type        = number
  description = "Maximum age of the export, in days. The next one of a month can be two days late."
  default     = 33
  nullable    = false
}
