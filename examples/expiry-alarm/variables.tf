variable "days" {
  type        = number
  description = "Number of days before the deletion of a file at which the check warns."
  default     = 7
  nullable    = false
}
