variable "organization_ids" {
  type        = set(string)
  description = "IDs of the organizations. The credential must have access to all of them."
  nullable    = false
}

variable "folder" {
  type        = string
  description = "Folder of the files, on a disk that is kept between runs. Missing folders are created."
  default     = "exports"
  nullable    = false
}
