#!/bin/sh
# Runs a command with a Terraform CLI, or OpenTofu's, in its environment:
#
#   tools/with-cli.sh [--opentofu] [--provider] command [argument...]
#
# The CLI is the one that TF_ACC_TERRAFORM_PATH names; else terraform, then
# tofu, on PATH; else Terraform is installed into .bin from its release site;
# else, where that cannot be reached, OpenTofu is built from its Go module.
# With --opentofu it is tofu on PATH, or the one that is built.
#
# The command gets the CLI's path as TF_ACC_TERRAFORM_PATH, and a CLI
# configuration of its own instead of the user's. With --provider, that
# configuration has the CLI use the provider that is built from this tree.
set -eu

terraform_version=1.11.4

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
bin=$root/.bin
work=$root/.work

opentofu=false
provider=false
while :; do
	case ${1-} in
	--opentofu) opentofu=true ;;
	--provider) provider=true ;;
	*) break ;;
	esac
	shift
done

say() { echo "==> $*" >&2; }

build_opentofu() {
	say "Building OpenTofu from its Go module into .bin; this takes some minutes, once"
	make -C "$root" --no-print-directory .bin/tofu >&2
}

find_cli() {
	if $opentofu; then
		command -v tofu && return
		[ -x "$bin/tofu" ] || build_opentofu
		echo "$bin/tofu"
		return
	fi
	if [ -n "${TF_ACC_TERRAFORM_PATH-}" ]; then
		echo "$TF_ACC_TERRAFORM_PATH"
		return
	fi
	command -v terraform && return
	command -v tofu && return
	for found in "$bin/terraform" "$bin/tofu"; do
		if [ -x "$found" ]; then
			echo "$found"
			return
		fi
	done
	say "Neither terraform nor tofu is on PATH; installing Terraform $terraform_version into .bin"
	make -C "$root" --no-print-directory .bin/hc-install >&2
	if "$bin/hc-install" install -version "$terraform_version" -path "$bin" terraform >&2; then
		echo "$bin/terraform"
		return
	fi
	say "Terraform's release site cannot be reached"
	build_opentofu
	echo "$bin/tofu"
}

cli=$(find_cli)
mkdir -p "$work"
TF_CLI_CONFIG_FILE=$work/cli.tfrc
: >"$TF_CLI_CONFIG_FILE"
export TF_CLI_CONFIG_FILE CHECKPOINT_DISABLE=1
unset TF_CLI_ARGS TF_DATA_DIR TF_WORKSPACE

version=$("$cli" version | head -n 1)
say "Using $version ($cli)"
case $version in
OpenTofu*) export TF_ACC_PROVIDER_HOST=registry.opentofu.org ;;
*) unset TF_ACC_PROVIDER_HOST ;;
esac
export TF_ACC_TERRAFORM_PATH="$cli" TF_ACC_PROVIDER_NAMESPACE=rebilly

if $provider; then
	say "Building the provider"
	(cd "$root" && go build -o "$work/provider/terraform-provider-rebilly" .)
	TF_CLI_CONFIG_FILE=$work/provider.tfrc
	cat >"$TF_CLI_CONFIG_FILE" <<-CONFIGURATION
		provider_installation {
		  dev_overrides {
		    "rebilly/rebilly" = "$work/provider"
		  }
		  direct {}
		}
	CONFIGURATION
fi

exec "$@"
