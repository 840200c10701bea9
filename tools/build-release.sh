#!/bin/sh
# Builds the files of a release of this commit into dist, and signs nothing:
#
#   tools/build-release.sh [--snapshot]
#
# Without --snapshot, a tag must be checked out.
set -eu
cd "$(dirname "$0")/.."

goreleaser release --clean "$@"
# goreleaser writes the checksum of the manifest under this name, but no such file.
sums=$(echo dist/*_SHA256SUMS)
cp terraform-registry-manifest.json "${sums%SHA256SUMS}manifest.json"
