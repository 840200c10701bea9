variable "organization_ids" {
  type        = set(string)
  description = "IDs of the organizations. The credential must have access to all of them."
}

variable "folder" {
  type        = string
  description = "Folder of the files. Each is named after its organization."
  default     = "exports"
}
