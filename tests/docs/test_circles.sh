#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# test_circles.sh BUILD-FOLDER: no file of host/ or of a plugin calls, by way of others, one that calls it.
# And each function of the monitor that its other files can call carries its file's name, or "monitor".
set -euo pipefail
cd "$1"
# "OBJECT SOURCE-WITHOUT-.c", once for each source, from what is compiled now; objects of earlier trees do not count
objects=$(sed -nE 's/^ *"command": ".* -o ([^ ]+) -c .*\/(host\/[^ ]+|plugin\/[^ ]+)\.c",?$/\1 \2/p' compile_commands.json | sort -u -k2,2)
# "SOURCE KIND SYMBOL"
symbols=$(while read -r object source; do
	nm -P "$object" | awk -v source="$source" '$2 ~ /^[TDRBU]$/ { print source, $2, $1 }'
done <<<"$objects")
calls=$(awk '$2 != "U" && $3 != "main" { home[$3] = $1; next } { user[NR] = $1; name[NR] = $3 }
	END { for (i in user) if (name[i] in home && home[name[i]] != user[i]) print user[i], home[name[i]] }' <<<"$symbols" | sort -u)
[ "$(wc -l <<<"$calls")" -ge 300 ] || { echo "only $(wc -l <<<"$calls") calls between files were found" >&2; exit 1; }
tsort <<<"$calls" >/dev/null || { echo "the files above call each other in a circle" >&2; exit 1; }
misnamed=$(awk '$2 == "T" && sub(/^plugin\/witness_monitor\//, "", $1) { stem = $1; sub(/s$/, "", stem)
	if (index($3, stem) != 1 && index($3, "monitor_") != 1 && $3 != "gw_plugin_entry") print $1 ".c: " $3 }' <<<"$symbols")
[ -z "$misnamed" ] || { echo "functions without their file's name: $misnamed" >&2; exit 1; }
