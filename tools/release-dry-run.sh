#!/bin/sh
# Builds a release of the last commit as the release workflow does, signs it with
# a temporary key, checks its files, and applies examples/demo with the provider
# in its zip, with Terraform and with OpenTofu. Publishes nothing, and leaves the
# release and the public key in dist.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
export PATH="$root/.bin:$PATH"
work=$(mktemp -d)
trap 'gpgconf --homedir "$work/gpg" --kill all 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

for program in gpg unzip; do
	command -v "$program" >/dev/null || {
		echo "$program is not on PATH; install it to sign and check a release" >&2
		exit 1
	}
done

echo "==> Creating a temporary signing key"
mkdir -m 700 "$work/gpg"
export GNUPGHOME="$work/gpg"
# The registry accepts RSA and DSA keys, and no elliptic curves.
gpg --batch --quiet --passphrase '' --quick-generate-key 'Release dry run' rsa3072 sign 1d 2>/dev/null
GPG_FINGERPRINT=$(gpg --list-keys --with-colons | awk -F : '/^fpr/ { print $10; exit }')
export GPG_FINGERPRINT

# The clone leaves out what is not committed, from the provider and from the demo.
echo "==> Building the release"
git clone --quiet "$root" "$work/clone"
(cd "$work/clone" && goreleaser check)
"$work/clone/tools/build-release.sh" --snapshot
dist=$root/dist
rm -rf "$dist"
mv "$work/clone/dist" "$dist"
sums=$(echo "$dist"/*_SHA256SUMS)
gpg --batch --local-user "$GPG_FINGERPRINT" --detach-sign "$sums"
gpg --armor --export >"$dist/dry-run-key.asc"

echo "==> Checking the release"
"$root/tools/check-release.sh" "$dist"

version=${sums##*/terraform-provider-rebilly_}
version=${version%_SHA256SUMS}
for registry in registry.terraform.io registry.opentofu.org; do
	mkdir -p "$work/mirror/$registry/rebilly/rebilly"
	cp "$dist"/*.zip "$work/mirror/$registry/rebilly/rebilly"
done
go build -C "$work/clone" -o "$work/fake-rebilly" ./internal/rebillytest/cmd/fake-rebilly
export RELEASE_VERSION="$version" RELEASE_MIRROR="$work/mirror"
terraform=$("$root/tools/with-cli.sh" sh -c '"$TF_ACC_TERRAFORM_PATH" version | head -n 1')
case $terraform in
OpenTofu*) echo "==> Terraform cannot be installed here; the demo is applied with OpenTofu only" ;;
*) "$root/tools/with-cli.sh" "$work/fake-rebilly" "$work/clone/tools/apply-release.sh" ;;
esac
"$root/tools/with-cli.sh" --opentofu "$work/fake-rebilly" "$work/clone/tools/apply-release.sh"
echo "==> Version $version is ready to be released; its files are in dist"
