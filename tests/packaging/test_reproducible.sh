#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# test_reproducible.sh SOURCE PACKAGES: a clone of SOURCE's last commit, built in another folder, gives the packages in PACKAGES
# bit for bit. Both builds take their date from SOURCE_DATE_EPOCH.
set -euo pipefail
source=$1 packages=$(realpath "$2")
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

git clone -q "$source" "$place/elsewhere"
(
	cd "$place/elsewhere"
	cmake --preset package >"$place/log" 2>&1 && cmake --build build/package -- --quiet >>"$place/log" 2>&1 &&
		cd build/package && cpack -G DEB >>"$place/log" 2>&1
) || { cat "$place/log" >&2; exit 1; }

faults=0 count=0
for made in "$place"/elsewhere/build/package/packages/*.deb; do
	count=$((count + 1))
	cmp "$made" "$packages/$(basename "$made")" || faults=$((faults + 1))
done
[ "$count" -eq 2 ] || { echo "$count packages, 2 are expected" >&2; exit 1; }
[ "$faults" -eq 0 ] || { echo "$faults packages differ when they are built in another folder" >&2; exit 1; }
