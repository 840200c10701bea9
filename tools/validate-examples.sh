#!/bin/sh
# Validates every folder of examples/ that has a configuration. Runs under
# tools/with-cli.sh --provider.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

find "$root/examples" -name '*.tf' -exec dirname {} \; | sort -u >"$work/folders"
while read -r folder; do
	rm -rf "$work/example"
	cp -R "$folder" "$work/example"
	# Import by identity needs Terraform 1.12, and a resource cannot be imported
	# twice.
	rm -f "$work/example/identity.tf"
	# Examples for the registry's pages leave out the required_providers block.
	grep -q required_providers "$work"/example/*.tf || cp "$root/examples/provider/provider.tf" "$work/example"
	if ! "$TF_ACC_TERRAFORM_PATH" -chdir="$work/example" validate -no-color >"$work/output" 2>&1; then
		cat "$work/output" >&2
		echo "${folder#"$root"/} is not valid" >&2
		exit 1
	fi
	echo "${folder#"$root"/} is valid"
done <"$work/folders"
