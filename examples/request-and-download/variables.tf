variable "organization_id" {
  type        = string
  description = "ID of the organization."
  nullable    = false
}

variable "folder" {
  type        = string
  description = "Folder of the files, on a disk that is kept between runs. Missing folders are created."
  default     = "exports"
  nullable    = false
}
