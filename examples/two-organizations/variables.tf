variable "organization_ids" {
  type = object({
    europe  = string
    america = string
  })
  description = "IDs of the organizations."
}

variable "api_keys" {
  type = object({
    europe  = string
    america = string
  })
  description = "Secret API keys of the organizations. Set the environment variable TF_VAR_api_keys."
  sensitive   = true
}
