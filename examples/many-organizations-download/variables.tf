variable "export_ids" {
  type        = map(string)
  description = "IDs of the exports to download, by organization ID."
}

variable "download_command" {
  type        = string
  description = "Shell command that downloads the file from the URL in the environment variable SIGNED_LINK. It can use ORGANIZATION_ID and EXPORT_ID."
  # curl reads the URL from standard input: process lists show arguments.
  default = "printf 'url = \"%s\"' \"$SIGNED_LINK\" | curl --config - --fail --silent --show-error --output \"$ORGANIZATION_ID\""
}
