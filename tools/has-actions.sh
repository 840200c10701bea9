#!/bin/sh
# Succeeds if the CLI of tools/with-cli.sh has actions and queries: Terraform 1.14
# or later, or the minor version in the argument. OpenTofu has neither.
set -eu

minor=$("$TF_ACC_TERRAFORM_PATH" version | sed -n 's/^Terraform v1\.\([0-9]*\)\..*/\1/p')
[ "${minor:-0}" -ge "${1:-14}" ]
