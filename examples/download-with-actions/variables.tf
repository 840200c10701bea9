variable "path" {
  type        = string
  description = "Path of the file to write. Missing parent folders are created."
  default     = "exports/newest"
}
