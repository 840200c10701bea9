#!/bin/sh
# Checks the files of a release before users get them:
#
#   tools/check-release.sh dist
#
# The rules are what the Terraform registry requires of a release
# (https://developer.hashicorp.com/terraform/registry/providers/publishing) and
# what SECURITY.md promises. GPG_FINGERPRINT names the key that must have signed.
# Prints every problem it finds.
set -u

# Users depend on every platform, so a release must not drop one.
platforms='darwin_amd64 darwin_arm64 freebsd_386 freebsd_amd64 freebsd_arm
	linux_386 linux_amd64 linux_arm linux_arm64 windows_386 windows_amd64 windows_arm64'
name=terraform-provider-rebilly
module=github.com/rebilly/$name

: "${GPG_FINGERPRINT:?names the key that signs}"
cd "$1" || exit 1
sums=$(echo "$name"_*_SHA256SUMS)
[ -f "$sums" ] || {
	echo "$1 does not have one file named ${name}_VERSION_SHA256SUMS" >&2
	exit 1
}
release=${sums%_SHA256SUMS}
version=${release#"$name"_}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
export LC_ALL=C

broken=0
problem() {
	echo "  broken: $*" >&2
	broken=$((broken + 1))
}

# A zip and an SBOM for each platform, the manifest, and no other file. The others here
# are those that a build leaves in dist, and that no release has.
{
	for platform in $platforms; do
		echo "${release}_$platform.zip"
		echo "${release}_$platform.cdx.json"
	done
	echo "${release}_manifest.json"
} | sort >"$work/expected"
find . -maxdepth 1 -type f ! -name "$sums*" ! -name artifacts.json ! -name metadata.json ! -name config.yaml ! -name dry-run-key.asc | sed 's|^\./||' | sort | diff "$work/expected" - >"$work/diff" ||
	problem "files are missing (<) or unexpected (>): $(grep '^[<>]' "$work/diff")"

# The CLI checks the checksum of each zip, and the registry the signature.
awk '{ print $2 }' "$sums" | sort | diff "$work/expected" - >"$work/diff" ||
	problem "$sums lacks (<) or has other (>) files: $(grep '^[<>]' "$work/diff")"
sha256=$(command -v sha256sum || echo shasum -a 256)
$sha256 -c "$sums" >"$work/sums" 2>&1 || problem "checksums differ: $(grep FAILED "$work/sums")"
# A signature by an expired or revoked key is valid, and not good.
gpg --batch --status-fd 1 --verify "$sums.sig" "$sums" >"$work/signature" 2>"$work/gpg"
{ grep -q '^\[GNUPG:] GOODSIG ' "$work/signature" && grep -q "VALIDSIG.*$GPG_FINGERPRINT" "$work/signature"; } ||
	problem "$sums.sig is not a signature by the key $GPG_FINGERPRINT: $(cat "$work/gpg")"
! grep -q 'BEGIN PGP' "$sums.sig" || problem "$sums.sig is armored, and the registry accepts binary signatures only"

# Terraform refuses a provider whose manifest names another protocol.
manifest=$(tr -d '[:space:]' <"${release}_manifest.json")
[ "$manifest" = '{"version":1,"metadata":{"protocol_versions":["6.0"]}}' ] || problem "the manifest is $manifest"

for platform in $platforms; do
	folder=$work/$platform
	program=${name}_v$version
	case $platform in windows_*) program=$program.exe ;; esac

	members=$(unzip -Z1 "${release}_$platform.zip" 2>&1 | sort)
	[ "$members" = "LICENSE
THIRD_PARTY_NOTICES
$program" ] || {
		problem "$platform: the zip does not have LICENSE, THIRD_PARTY_NOTICES, and $program alone:" "$members"
		continue
	}
	unzip -q "${release}_$platform.zip" -d "$folder"
	[ -x "$folder/$program" ] || problem "$platform: the program is not executable"

	# Built for its platform, from this module, from a commit without changes,
	# and without cgo, so that it runs where no C library is.
	go version -m "$folder/$program" >"$folder/built" 2>&1
	for line in "path	$module" "build	GOOS=${platform%_*}" "build	GOARCH=${platform#*_}" \
		'build	CGO_ENABLED=0' 'build	vcs.modified=false'; do
		grep -qxF "	$line" "$folder/built" || problem "$platform: the program was not built with: $line"
	done
	grep -qF "$version" "$folder/$program" || problem "$platform: the program does not know its version"

	# The SBOM names the program and everything that is linked into it.
	awk -v program="$module@v$version" 'NR == 1 { print "std@" $NF; print program }
		$1 == "dep" { print $2 "@" $3 }' "$folder/built" | sort >"$folder/modules"
	sed -n 's|.*"purl": "pkg:golang/\([^?]*\)?.*|\1|p' "${release}_$platform.cdx.json" 2>&1 | sort >"$folder/listed"
	missing=$(comm -23 "$folder/modules" "$folder/listed")
	[ -z "$missing" ] || problem "$platform: the SBOM lacks" "$missing"

	# So do the notices, without this module.
	missing=$(grep -v "^$module@" "$folder/modules" | grep -vxFf "$folder/THIRD_PARTY_NOTICES")
	[ -z "$missing" ] || problem "$platform: THIRD_PARTY_NOTICES lacks" "$missing"
done

[ $broken -eq 0 ] || {
	echo "$broken problems in $release" >&2
	exit 1
}
echo "==> All $(wc -l <"$work/expected" | tr -d " ") files of the release pass"
