#!/bin/sh
# Builds a release of the last commit as the workflow would, signed with a key
# that is thrown away; checks its files; and applies examples/demo with what is
# in the zip, by Terraform and by OpenTofu. Nothing is published.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
export PATH="$root/.bin:$PATH"
work=$(mktemp -d)
trap 'gpgconf --homedir "$work/gpg" --kill all 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

command -v gpg >/dev/null || {
	echo "gpg is needed to sign the checksums, and is not on PATH" >&2
	exit 1
}

echo "==> Making a key to be thrown away"
mkdir -m 700 "$work/gpg"
export GNUPGHOME="$work/gpg"
# The registry takes RSA and DSA, and no elliptic curves.
gpg --batch --quiet --passphrase '' --quick-generate-key 'Release dry run' rsa3072 sign 1d 2>/dev/null
GPG_FINGERPRINT=$(gpg --list-keys --with-colons | awk -F : '/^fpr/ { print $10; exit }')
export GPG_FINGERPRINT

# In a clone: what is not committed is in no release.
echo "==> Building the release"
git clone --quiet "$root" "$work/clone"
(cd "$work/clone" && goreleaser release --snapshot --clean)
dist=$work/clone/dist
# Goreleaser publishes it under this name, and does not write it to dist.
cp "$root/terraform-registry-manifest.json" "$(echo "$dist"/*_SHA256SUMS | sed 's/SHA256SUMS$/manifest.json/')"

echo "==> Checking the release"
(cd "$root/tools/checkrelease" && go build -o "$work/checkrelease" .)
"$work/checkrelease" "$dist"
sums=$(echo "$dist"/*_SHA256SUMS)
gpg --quiet --verify "$sums.sig" "$sums" 2>/dev/null
echo "  holds: the signature is the key's"

version=$(basename "$sums")
version=${version#terraform-provider-rebilly_}
version=${version%_SHA256SUMS}
for registry in registry.terraform.io registry.opentofu.org; do
	mkdir -p "$work/mirror/$registry/rebilly/rebilly"
	cp "$dist"/*.zip "$work/mirror/$registry/rebilly/rebilly"
done
go build -C "$root" -o "$work/fake-rebilly" ./internal/rebillytest/cmd/fake-rebilly
export RELEASE_VERSION="$version" RELEASE_MIRROR="$work/mirror"
terraform=$("$root/tools/with-cli.sh" sh -c '"$TF_ACC_TERRAFORM_PATH" version | head -n 1')
case $terraform in
OpenTofu*) echo "==> Terraform is not to be had here; OpenTofu has to do" ;;
*) "$root/tools/with-cli.sh" "$work/fake-rebilly" "$root/tools/apply-release.sh" ;;
esac
"$root/tools/with-cli.sh" --opentofu "$work/fake-rebilly" "$root/tools/apply-release.sh"
echo "==> Version $version is fit to be released"
