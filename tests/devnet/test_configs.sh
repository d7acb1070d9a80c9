#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# test_configs.sh BUILD: with what `golos-devnet --configs` writes, `golos-watch check` finds nothing wrong at either node.
set -euo pipefail
bin=$1/bin
place=$(mktemp -d)
devnet=
finish()
{
	[ -z "$devnet" ] || kill "$devnet" 2>/dev/null || true
	wait
	rm -rf "$place"
}
trap finish EXIT

fail() { printf 'test_configs.sh: %s\n' "$*" >&2; [ ! -s "$place/out" ] || cat "$place/out" >&2; exit 1; }

mkfifo "$place/told"
for round in "anew" "over what stands there"; do
	"$bin/golos-devnet" --foo-nodes 2 --configs "$place/try" --ports-file "$place/told" --die-with-parent &
	devnet=$!
	timeout 20 cat "$place/told" >/dev/null || fail "golos-devnet told no ports"
	for node in 0 1; do
		"$bin/golos-watch" -c "$place/try/node-$node.yml" check >"$place/out" 2>&1 || fail "node $node, $round: check"
		grep -q '^ok  *golosd_config' "$place/out" || fail "node $node, $round: golosd's config is not read"
		grep -q "place $((node + 1)) in order" "$place/out" || fail "node $node, $round: another place in order"
	done
	kill "$devnet"
	wait "$devnet" || fail "golos-devnet ended with status $?"
	devnet=
done
