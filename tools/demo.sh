#!/bin/sh
# Plans and applies examples/demo with the CLI of tools/with-cli.sh, and downloads
# the exports if the CLI has actions. Runs under fake-rebilly, and leaves no files
# behind.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cp "$root"/examples/demo/*.tf "$work"
actions=false
if "$root/tools/has-actions.sh"; then
	actions=true
	cp "$root"/examples/demo/actions/*.tf "$work"
fi

# Colors are for terminals.
[ -t 1 ] || export TF_CLI_ARGS=-no-color

cli() {
	echo "==> $(basename "$TF_ACC_TERRAFORM_PATH") $*"
	"$TF_ACC_TERRAFORM_PATH" -chdir="$work" "$@"
}

echo "==> The fake Rebilly API is at $REBILLY_BASE_URL"
export TF_VAR_period=demo
cli plan -input=false -compact-warnings -out=demo.tfplan
cli apply -input=false -compact-warnings demo.tfplan
if $actions; then
	echo "==> The verified files are on disk:"
	(cd "$work" && ls -l exports/*/*)
else
	echo "==> This CLI has no actions; with Terraform 1.14 or later, the demo also downloads the verified files."
fi
