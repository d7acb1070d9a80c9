#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# test_metrics.sh SOURCE: docs/metrics.md has each metric that host/api/metrics.c makes, with its words, and no other.
set -euo pipefail
source=$1

made=$(tr '\n\t' '  ' <"$source/host/api/metrics.c" | sed 's/"  *"//g' |
	grep -oE '\{"[a-z_]+", (GAUGE|COUNTER|INFO), [^{}]*\}' |
	sed -E 's/^\{"([a-z_]+)", ([A-Z]+), .*,  *"([^"]*)"\}$/golos_watch_\1_\2 | \3/; s/_GAUGE//; s/_COUNTER/_total/; s/_INFO/_info/')
# shellcheck disable=SC2016 # the quotes are those of Markdown
shown=$(sed -nE 's/^\| `(golos_watch_[a-z_]+)` \| [^|]*\| (.*) \|$/\1 | \2/p' "$source/docs/metrics.md")
[ "$(wc -l <<<"$made")" -ge 30 ]
diff <(printf '%s\n' "$made") <(printf '%s\n' "$shown") || { echo "docs/metrics.md and host/api/metrics.c differ" >&2; exit 1; }
