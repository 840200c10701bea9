#!/bin/sh
# Prints the section of CHANGELOG.md for a version, such as 1.2.3 or v1.2.3, and
# fails if there is none.
set -eu

version=${1#v}
changelog=$(dirname -- "$0")/../CHANGELOG.md
notes=$(awk -v heading="## [$version]" '/^## / { inside = index($0, heading) == 1; next } inside' "$changelog")
[ -n "$notes" ] || {
	echo "CHANGELOG.md has no entries for $version: move those under Unreleased to \"## [$version] - $(date +%F)\"" >&2
	exit 1
}
echo "$notes"
