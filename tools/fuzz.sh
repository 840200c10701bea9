#!/bin/sh
# Fuzzes each target of each package for FUZZTIME, one after the other, also
# after one has found something. What a target finds stays in its testdata/fuzz
# folder, as a seed for good.
set -u
cd "$(dirname "$0")/.." || exit 1

found=0
for package in $(go list ./...); do
	for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz'); do
		echo "==> $target of $package for $FUZZTIME"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$FUZZTIME" -fuzzminimizetime 2s "$package" || found=$((found + 1))
	done
done
echo "==> $found targets found something"
[ $found -eq 0 ]
