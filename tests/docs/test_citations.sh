#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# test_citations.sh SOURCE: each file that a comment or a page names is in this repository. golosd's own files end in .cpp and
# .hpp, and their C-like headers stand in the list below.
set -euo pipefail
cd "$1"
# in the field's programs, on a user's machine, made by a build, or an example's
elsewhere='^(config\.ini|golos-watch\.yml|witness_monitor\.py|witness_monitor\.yml|update_price_feed\.py|docker-compose\.yml|NAME\.so|FILE|node-[0-9]\.yml|CHANGELOG\.md|bookworm\.tar)$'

# The text of comments in C, and whole pages, as "FILE:LINE:TEXT".
comments()
{
	# shellcheck disable=SC2016 # awk's own
	git ls-files -z '*.c' '*.h' '*.cc' | xargs -0 awk '
		FNR == 1 { inside = 0 }
		{ line = $0; text = ""
		  while (line != "") {
			if (inside) { end = index(line, "*/")
				if (!end) { text = text " " line; break }
				text = text " " substr(line, 1, end - 1); line = substr(line, end + 2); inside = 0 }
			else { begin = index(line, "/*"); slash = index(line, "//")
				if (slash && (!begin || slash < begin) && line !~ /"[^"]*\/\//) { text = text " " substr(line, slash + 2); break }
				if (!begin) break
				line = substr(line, begin + 2); inside = 1 } }
		  if (text != "") print FILENAME ":" FNR ":" text }'
	git ls-files -z '*.md' 'docs/man/*' | xargs -0 grep -Hn ''
}

faults=0 count=0
while IFS=: read -r file line name; do
	count=$((count + 1))
	[[ $name =~ $elsewhere || ${name##*/} =~ $elsewhere ]] && continue
	[ -e "$name" ] || [ -e "$(dirname "$file")/$name" ] || git ls-files --error-unmatch -- "*/$name" >/dev/null 2>&1 && continue
	echo "$file:$line: there is no $name" >&2
	faults=$((faults + 1))
done < <(comments | sed -nE ':next; s/^([^:]*:[0-9]+:)(.*[^A-Za-z0-9_./-])?([A-Za-z0-9_][A-Za-z0-9_./-]*\.(md|jsonl|sh|c|h|txt|py))([^A-Za-z0-9_].*)?$/\1\3\n\1\2/; t print; d; :print; P; s/^[^\n]*\n//; t next')
[ "$count" -ge 100 ] || { echo "only $count citations were found" >&2; exit 1; }
[ "$faults" -eq 0 ] || { echo "$faults of $count citations name a file that does not exist" >&2; exit 1; }

# The way through the code names functions: each is defined.
while read -r name; do
	git grep -qE "^[a-z].*\\b$name\\(" -- host plugin && continue
	echo "docs/architecture.md: there is no function $name" >&2
	faults=$((faults + 1))
done < <(grep -oE '\b[a-z_0-9]+\(\)' docs/architecture.md | sort -u | tr -d '()')
[ "$faults" -eq 0 ] || exit 1
