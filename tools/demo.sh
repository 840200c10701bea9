#!/bin/sh
# Reads an export with the CLI of tools/with-cli.sh, then plans and applies
# examples/demo, and downloads the exports if the CLI has actions. Runs under
# fake-rebilly, and leaves no files behind.
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

echo "==> The fake Rebilly API is at $REBILLY_BASE_URL. Nothing is asked of you."
export TF_VAR_period=demo
echo "==> Read an export by its ID, and plan a new one of each organization:"
cli plan -input=false -compact-warnings -out=demo.tfplan >"$work/plan" || {
	cat "$work/plan"
	exit 1
}
# The whole plan has all attributes of each export.
grep -E 'fake API|Read complete' "$work/plan"
sed -n '/+ existing_export/,/^    }/p' "$work/plan"
grep -E '# rebilly|organization_id     =|^Plan:' "$work/plan"
echo "==> Request the exports, wait for them, and find them:"
cli apply -input=false -compact-warnings demo.tfplan
if $actions; then
	echo "==> The verified files are in $work/exports, and removed now:"
	(cd "$work" && ls -l exports/*/*)
else
	echo "==> This CLI has no actions; with Terraform 1.14 or later, the demo also downloads the verified files."
fi
