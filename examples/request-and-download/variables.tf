variable "download_command" {
  type        = string
  description = "Shell command that downloads the file from the URL in the environment variable SIGNED_LINK."
  # curl reads the URL from standard input: process lists show arguments.
  default = "printf 'url = \"%s\"' \"$SIGNED_LINK\" | curl --config - --fail --silent --show-error --output organization-export"
}
