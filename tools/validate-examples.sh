#!/bin/sh
# Validates every folder of examples/ that has a configuration. Runs under
# tools/with-cli.sh --provider.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

actions=false
"$root/tools/has-actions.sh" && actions=true
find "$root/examples" -name '*.tf' -exec dirname {} \; | sort -u >"$work/folders"
while read -r folder; do
	if ! $actions && grep -q '^action ' "$folder"/*.tf; then
		echo "${folder#"$root"/} is skipped: this CLI has no actions; TestExamples checks its syntax and arguments"
		continue
	fi
	if grep -q '\[before_destroy' "$folder"/*.tf && ! "$root/tools/has-actions.sh" 16; then
		echo "${folder#"$root"/} is skipped: this CLI has no event before_destroy"
		continue
	fi
	rm -rf "$work/example"
	cp -R "$folder" "$work/example"
	# Import by identity needs Terraform 1.12, and a resource cannot be imported
	# twice.
	rm -f "$work/example/identity.tf"
	# The demo's action needs the rest of the demo.
	case $folder in */demo/actions) cp "$root"/examples/demo/*.tf "$work/example" ;; esac
	# Examples for the registry's pages leave out the required_providers block.
	grep -q required_providers "$work"/example/*.tf || cp "$root/examples/provider/provider.tf" "$work/example"
	if ! "$TF_ACC_TERRAFORM_PATH" -chdir="$work/example" validate -no-color >"$work/output" 2>&1; then
		cat "$work/output" >&2
		echo "${folder#"$root"/} is not valid" >&2
		exit 1
	fi
	echo "${folder#"$root"/} is valid"
done <"$work/folders"
