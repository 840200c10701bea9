output "file_id" {
  description = "ID of the file that the pipeline uses."
  value       = terraform_data.pipeline.output
}
