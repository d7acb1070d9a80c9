#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# test_circles.sh ARCHIVE PREFIX: no file of a library calls, by way of others, one that calls it. And each function that others
# can call carries its file's name, or the library's PREFIX.
set -euo pipefail
symbols=$(nm -A "$1" | sed -nE 's/^[^:]*:([a-z_]+)\.c\.o:[0-9a-f ]* ([TDRU]) ([a-z_0-9]+)$/\1 \2 \3/p')
calls=$(awk '$2 != "U" { home[$3] = $1; next } { user[NR] = $1; name[NR] = $3 }
	END { for (i in user) if (name[i] in home && home[name[i]] != user[i]) print user[i], home[name[i]] }' <<<"$symbols" | sort -u)
[ "$(wc -l <<<"$calls")" -ge 10 ] || { echo "only $(wc -l <<<"$calls") calls between files were found" >&2; exit 1; }
tsort <<<"$calls" >/dev/null || { echo "the files above call each other in a circle" >&2; exit 1; }
misnamed=$(awk -v prefix="$2" '{ stem = $1; sub(/s$/, "", stem) }
	$2 == "T" && index($3, stem) != 1 && index($3, prefix "_") != 1 { print $1 ".c: " $3 }' <<<"$symbols")
[ -z "$misnamed" ] || { echo "functions without their file's name: $misnamed" >&2; exit 1; }
