output "expiring" {
  description = "Times at which Rebilly deletes the files of exports that expire soon, by export ID."
  value       = local.expiring
}
