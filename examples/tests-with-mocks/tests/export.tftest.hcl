# Replaces the provider: the tests need no credential and no network.
mock_provider "rebilly" {
  mock_data "rebilly_organization_export" {
    defaults = {
      status         = "completed"
      file_id        = "file_0YV7HZ7KDCC5WBV9Q7WRKG1H6N"
      created_time   = "2026-01-31T02:00:00Z"
      updated_time   = "2026-01-31T02:10:00Z"
      retention_time = "2026-03-02T02:10:00Z"
      record_counts  = { customers = 1204 }
    }
  }
}

variables {
  export_id    = "org_exp_01HXC7MKK4GCS6WRRXY4X9CRMK"
  needed_until = "2026-02-28T00:00:00Z"
}

run "returns_the_file_of_a_completed_export" {
  assert {
    condition     = output.file_id == "file_0YV7HZ7KDCC5WBV9Q7WRKG1H6N"
    error_message = "The file is ${output.file_id}."
  }

  assert {
    condition     = output.customers == 1204
    error_message = "There are ${output.customers} customers."
  }
}

run "rejects_an_export_that_is_not_completed" {
  command = plan

  override_data {
    target = data.rebilly_organization_export.this
    values = {
      status         = "processing"
      retention_time = null
    }
  }

  expect_failures = [output.file_id]
}

run "rejects_a_file_that_is_deleted_too_early" {
  command = plan

  variables {
    needed_until = "2026-04-01T00:00:00Z"
  }

  expect_failures = [output.file_id]
}
