#!/bin/sh
# Downloads the file of an export from SIGNED_LINK to FILE, and verifies SIZE and
# SHA1. The link downloads all data of the organization: never print it.
set -eu
umask 077
fail() { printf 'Export %s of %s: %s\n' "$EXPORT_ID" "$ORGANIZATION_ID" "$1" >&2; exit 1; }

# curl must get an https URL and nothing else.
LC_ALL=C
allowed='A-Za-z0-9:/?#@!$&()*+,;=%._~-'
case $SIGNED_LINK in
"") fail "there is no signed link; the status is $STATUS" ;;
*[!$allowed]*) fail "the signed link has a character that no URL has" ;;
https://*) ;;
*) fail "the signed link is not an https URL" ;;
esac

mkdir -p -- "$(dirname -- "$FILE")"
part=$(mktemp "$FILE.XXXXXX")
trap 'rm -f -- "$part"' EXIT
# No host can fill the disk, or keep curl forever.
printf 'url = "%s"\n' "$SIGNED_LINK" | {
  ulimit -f $((SIZE / 512 + 1))
  curl --config - --globoff --location --proto =https --proto-redir =https \
    --fail --silent --show-error --retry 4 --connect-timeout 30 \
    --speed-limit 1 --speed-time 30 --max-time 3600 --retry-max-time 3600 \
    --max-filesize "$SIZE" --output "$part"
}

[ "$(wc -c <"$part")" -eq "$SIZE" ] || fail "the size of the file is not $SIZE"
[ "$(sha1sum <"$part")" = "$SHA1  -" ] || fail "the SHA-1 of the file is not $SHA1"
mv -- "$part" "$FILE"
