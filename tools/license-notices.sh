#!/bin/sh
# Writes .work/THIRD_PARTY_NOTICES, which goreleaser puts into the zips of a
# release: the licenses and notices of the linked modules and of Go, and where
# their source code is, as the Mozilla Public License requires. Fails for a license
# that nobody has allowed.
set -eu
cd "$(dirname "$0")/.."

export LC_ALL=C
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# entry NAME LICENSE SOURCE FILE prints the file and the notices beside it.
entry() {
	echo ================================================================================
	echo "$1"
	echo "License: $2. Source code: $3"
	echo ================================================================================
	echo
	cat "$4"
	for notice in "${4%/*}"/NOTICE*; do
		[ ! -f "$notice" ] || {
			echo
			cat "$notice"
		}
	done
	echo
}

# go-licenses also looks for URLs, and logs every one that it does not find.
printf '%s\n' '{{range .}}{{.LicensePath}} {{.LicenseName}}' '{{end}}' >"$work/template"
go-licenses report . --ignore "$(go list -m)" --template "$work/template" >"$work/report" 2>"$work/log" || {
	cat "$work/log" >&2
	exit 1
}

mkdir -p .work
modules=$(go env GOMODCACHE)
{
	version=$(go env GOVERSION)
	entry "std@$version" BSD-3-Clause "https://go.dev/dl/$version.src.tar.gz" "$(go env GOROOT)/LICENSE"
	sort -u "$work/report" | while read -r path license; do
		case $license in
		'') continue ;;
		Apache-2.0 | BSD-2-Clause | BSD-3-Clause | MIT | MPL-2.0) ;;
		*)
			echo "the license $license of $path is not one of those in tools/license-notices.sh" >&2
			exit 1
			;;
		esac
		folder=${path%/*}
		module=${folder#"$modules"/}
		entry "$module" "$license" "https://pkg.go.dev/$module" "$path"
	done
} >"$work/notices"
mv "$work/notices" .work/THIRD_PARTY_NOTICES
