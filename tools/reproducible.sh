#!/bin/sh
# Builds a release of the last commit twice, in two folders, and fails if the
# checksums differ.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
export PATH="$root/.bin:$PATH"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# build FOLDER REPOSITORY
build() {
	echo "==> Building a release in $1"
	git clone --quiet "$2" "$1"
	"$1/tools/build-release.sh" --snapshot
}

build "$work/one" "$root"
# The same commit, even if there is a new one by now. Change what differs between two
# machines: the folder, the time zone, the umask.
(umask 077 && TZ=Asia/Kathmandu build "$work/another/folder" "$work/one")

cat "$work"/one/dist/*_SHA256SUMS >"$work/expected"
cat "$work"/another/folder/dist/*_SHA256SUMS | diff "$work/expected" -
cat "$work/expected"
echo "==> $(wc -l <"$work/expected" | tr -d ' ') files are the same in both releases"
