#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# test_options.sh SOURCE BUILD: docs/configuration.md and golos-watch.yml(5) say of each key and of each option of
# our plugins what golos-watchd itself prints: the same names, defaults and, of options, values and sentences. And
# docs/configuration.md lists each guard and each notice.
set -euo pipefail
source=$1 build=$2
config=$(mktemp)
trap 'rm -f "$config"' EXIT
printf 'node: ws://127.0.0.1:1\nplugin_dir: %s/plugins\nplugins: [{name: witness_monitor}]\n' "$build" >"$config"
chmod 0600 "$config"

table=$(cat "$source/docs/configuration.md")
# The page as plain words, each item on one line: "NAME Pq VALUE TEXT".
page=$(awk '/^\.It Cm / { sub(/^\.It Cm /, ""); printf "\n%s", $0; next }
	/^\.(El|Ss|Sh)/ { print ""; next }
	{ sub(/^\.[A-Z][a-z] /, ""); if (match($0, / [.,;:]$/)) $0 = substr($0, 1, RSTART - 1) substr($0, RSTART + 1)
		printf " %s", $0 }' "$source/docs/man/golos-watch.yml.5")

faults=0 count=0
want() # WHERE TEXT LINE
{
	grep -qF -- "$3" <<<"$2" && return
	echo "$1 does not say: $3" >&2
	faults=$((faults + 1))
}

# "  NAME (VALUE)" and a line of help
while read -r name value && read -r help; do
	count=$((count + 1))
	value=${value#(} value=${value%)}
	want configuration.md "$table" "| \`$name\` | ${value//|/\\|} | $help"
	want golos-watch.yml.5 "$page" "$name Pq $value ${help//\`/}"
done < <(for plugin in witness_monitor price_feed; do
	"$build/bin/golos-watchd" --plugin-help "$plugin" -c "$config" | sed -n '/^  [a-z]/,$p' | grep .
done)
[ "$count" -ge 38 ] || { echo "only $count options were found" >&2; exit 1; }
[ "$(grep -c ' Pq ' <<<"$page")" -eq "$count" ] || { echo "golos-watch.yml.5 has an option that the plugin has not" >&2; exit 1; }

# "  NAME (required)", "  NAME (default TEXT)" or "  NAME"
while read -r name value; do
	count=$((count + 1))
	value=${value#(} value=${value%)} value=${value#default }
	case $name in plugin_dir) value='' ;; esac # where this build would install them
	[ -z "$value" ] || [ "$value" = required ] || value="\`$value\`"
	want configuration.md "$table" "| \`$name\` |${value:+ $value}"
	want golos-watch.yml.5 "$page" $'\n'"$name"
done < <("$build/bin/golos-watchd" --config-help | grep -E '^  [a-z]')
# Guards: their names and severities, as guards.c has them.
guards=0
while read -r name severity; do
	guards=$((guards + 1))
	want configuration.md "$table" "| \`$name\` | $severity |"
done < <(tr -s '\n\t' ' ' <"$source/plugin/witness_monitor/guards.c" | grep -oE '\{"[a-z_]+", guard_[^}]*\}' |
	sed -nE 's/^\{"([a-z_]+)", guard_.*GW_([A-Z]+)\}$/\1 \L\2/p')
[ "$guards" -ge 10 ] || { echo "only $guards guards were found" >&2; exit 1; }
# Notices: their codes and severities, as the sources say them.
codes=0
while read -r severity code; do
	codes=$((codes + 1))
	want configuration.md "$table" "| \`$code\` | $severity |"
done < <(cat "$source"/{plugin/witness_monitor,plugin/price_feed,host/*}/*.c |
	sed -nE 's/.*GW_(INFO|WARNING|CRITICAL), "([a-z]+_[a-z_]+|producing|switching|ordered)".*/\L\1 \2/p' | sort -u)
[ "$codes" -ge 35 ] || { echo "only $codes notices were found" >&2; exit 1; }
[ "$faults" -eq 0 ] || exit 1
echo "$count keys and options, $guards guards and $codes notices are the same everywhere"
