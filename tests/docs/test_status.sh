#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# test_status.sh SOURCE: docs/status.md names each member that a status is written with.
set -euo pipefail
source=$1
files=("$source"/host/api/{status,cluster_status,rounds}.c "$source/host/notices/recent.c" "$source"/plugin/{price_feed,witness_monitor}/status.c)

# json_put_…(w, "name", …) and json_open(w, "name", …); the monitor, which writes its text by itself, has \"name\": and put_member
names=$(grep -ohE '(json_[a-z_0-9]+|put_[a-z]+|write_[a-z]+)\(&?w, "[a-z_]+"|\\"[a-z_]+\\":' "${files[@]}" | grep -oE '"[a-z_]+\\?"' | tr -cd "a-z_\n" | sort -u)
[ "$(wc -l <<<"$names")" -ge 80 ]
missing=0
for name in $names; do
	grep -q "\`$name\`" "$source/docs/status.md" || { echo "docs/status.md lacks \`$name\`" >&2; missing=1; }
done
exit $missing
