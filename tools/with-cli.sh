#!/bin/sh
# Runs a command with Terraform or OpenTofu in its environment:
#
#   tools/with-cli.sh [--opentofu] [--provider] command [argument...]
#
# The CLI is the first of: TF_ACC_TERRAFORM_PATH; terraform on PATH; tofu on
# PATH; Terraform in .bin, downloaded from releases.hashicorp.com; OpenTofu in
# .bin, built from its Go module. With --opentofu, it is tofu on PATH, or OpenTofu
# in .bin.
#
# The command gets the CLI's path in TF_ACC_TERRAFORM_PATH, and a CLI
# configuration that replaces the user's. With --provider, the CLI uses the
# provider built from this tree.
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
	say "Terraform could not be downloaded"
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
