#!/bin/sh
# Generates docs/ from the provider's schema, templates/ and examples/. Runs
# under tools/with-cli.sh --provider.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$root/examples/provider/provider.tf" "$work"

# tfplugindocs finds a provider in the schema by its short name, or by an address
# in the hashicorp namespace.
"$TF_ACC_TERRAFORM_PATH" -chdir="$work" providers schema -json |
	sed 's#"registry\.[a-z]*\.[a-z]*/rebilly/rebilly"#"rebilly"#' >"$work/schema.json"

# tfplugindocs prints debug lines, which only matter after an error.
quietly() {
	"$@" >"$work/output" 2>&1 || {
		cat "$work/output" >&2
		return 1
	}
}
quietly "$root/.bin/tfplugindocs" generate --provider-dir "$root" --provider-name rebilly \
	--rendered-provider-name Rebilly --providers-schema "$work/schema.json"
quietly "$root/.bin/tfplugindocs" validate --provider-dir "$root" --provider-name rebilly \
	--providers-schema "$work/schema.json"
