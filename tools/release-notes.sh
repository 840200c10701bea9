#!/bin/sh
# Prints what CHANGELOG.md says of a version, such as 1.2.3 or v1.2.3, and fails
# where it says nothing.
set -eu

version=${1#v}
changelog=$(dirname -- "$0")/../CHANGELOG.md
notes=$(awk -v heading="## [$version]" '/^## / { inside = index($0, heading) == 1; next } inside' "$changelog")
[ -n "$notes" ] || {
	echo "CHANGELOG.md says nothing of $version: put what is under Unreleased under \"## [$version] - $(date +%F)\"" >&2
	exit 1
}
echo "$notes"
