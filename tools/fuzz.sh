#!/bin/sh
# Runs every fuzz target for FUZZTIME, one after the other, and continues after a
# failure. A failing input stays in testdata/fuzz as a seed for later runs.
set -u
cd "$(dirname "$0")/.." || exit 1

found=0
for package in $(go list ./...); do
	for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz'); do
		echo "==> $target of $package for $FUZZTIME"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$FUZZTIME" -fuzzminimizetime 2s "$package" || found=$((found + 1))
	done
done
echo "==> $found fuzz targets failed"
[ $found -eq 0 ]
