ephemeral "rebilly_organization_export" "this" {
  for_each = var.export_ids

  organization_id = each.key
  id              = each.value
}

# Download each export once.
resource "terraform_data" "download" {
  for_each = var.export_ids

  triggers_replace = each.value

  provisioner "local-exec" {
    command = <<-EOT
      if [ -z "$SIGNED_LINK" ]; then
        echo "Export $EXPORT_ID of $ORGANIZATION_ID has no signed link." >&2
        exit 1
      fi
      ${var.download_command}
    EOT

    environment = {
      ORGANIZATION_ID = each.key
      EXPORT_ID       = each.value
      SIGNED_LINK     = ephemeral.rebilly_organization_export.this[each.key].signed_link
    }
  }
}
