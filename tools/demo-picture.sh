#!/bin/sh
# Draws the end of what `make demo` prints, from the outputs to the files, into
# examples/demo/demo.svg. Put Terraform 1.14 or later first on your PATH.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

make -C "$root" --no-print-directory demo >"$work/printed" 2>&1 || {
	cat "$work/printed" >&2
	exit 1
}
{
	echo '$ make demo'
	echo '...'
	sed -n '/^Apply complete!/,$p' "$work/printed"
} >"$work/shown"
# An embedded font would make up nine tenths of the file.
"$root/.bin/freeze" --language ansi --window --theme charm --background '#171717' --border.radius 8 --padding 20 \
	--font.family 'ui-monospace, Menlo, Consolas, monospace' --font.size 13 --line-height 1.35 \
	--output "$root/examples/demo/demo.svg" "$work/shown" >/dev/null
