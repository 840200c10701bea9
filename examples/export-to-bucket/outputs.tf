output "object" {
  description = "URL of the object with the export of this month."
  value       = "s3://${var.bucket}/${local.key}"

  # Known after the upload.
  depends_on = [terraform_data.upload]
}
