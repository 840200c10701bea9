#!/bin/sh
# Installs version RELEASE_VERSION of the provider from the filesystem mirror
# RELEASE_MIRROR as users install it from the registry, with a lock file, and
# applies examples/demo with it. Runs under tools/with-cli.sh and fake-rebilly.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cp "$root"/examples/demo/*.tf "$work"
export TF_CLI_ARGS=-no-color

# Without a direct block, the CLI cannot fall back to a registry.
TF_CLI_CONFIG_FILE=$work/cli.tfrc
cat >"$TF_CLI_CONFIG_FILE" <<CONFIGURATION
provider_installation {
  filesystem_mirror {
    path = "$RELEASE_MIRROR"
  }
}
CONFIGURATION
export TF_CLI_CONFIG_FILE

# A dry run has a prerelease version, which init selects only by its exact name.
cat >"$work/version_override.tf" <<CONFIGURATION
terraform {
  required_providers {
    rebilly = {
      source  = "rebilly/rebilly"
      version = "$RELEASE_VERSION"
    }
  }
}
CONFIGURATION

cli() {
	echo "==> $(basename "$TF_ACC_TERRAFORM_PATH") $*"
	"$TF_ACC_TERRAFORM_PATH" -chdir="$work" "$@"
}

cli init -input=false
# Lock every platform, as teams with several platforms do.
platforms=$(find "$RELEASE_MIRROR/registry.terraform.io" -name '*.zip' | sed -E 's/.*_([a-z0-9]+_[a-z0-9]+)\.zip$/-platform=\1/' | sort)
# shellcheck disable=SC2086 # Each platform is one argument.
cli providers lock -fs-mirror="$RELEASE_MIRROR" $platforms
rm -rf "$work/.terraform"
cli init -input=false -lockfile=readonly
cli version
export TF_VAR_period=release
cli apply -input=false -auto-approve -compact-warnings
status=$(cli output -json status | tail -n 1)
[ "$status" = '{"org_acme":"completed","org_globex":"completed"}' ] || {
	echo "the exports are not completed: $status" >&2
	exit 1
}
[ "$(grep -c 'h1:' "$work/.terraform.lock.hcl")" = "$(echo "$platforms" | wc -l)" ] || {
	echo "the lock file does not have a hash for every platform:" >&2
	cat "$work/.terraform.lock.hcl" >&2
	exit 1
}
