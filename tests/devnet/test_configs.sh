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

# For people a table that fits 80 columns and holds no key.
"$bin/golos-devnet" --foo-nodes 2 --configs "$place/people" --die-with-parent >"$place/out" &
devnet=$!
for _ in $(seq 200); do ! grep -q 'Ctrl-C ends it' "$place/out" || break; sleep 0.1; done
kill "$devnet"
wait "$devnet" || fail "golos-devnet ended with status $?"
devnet=
grep -Eq '^  node 0 +ws://127.0.0.1:[0-9]+ +foo produces here$' "$place/out" || fail "node 0 is not told"
grep -q "golos-watchd -c $place/people/node-1.yml" "$place/out" || fail "the next step is not told"
! grep -v 'golos-watchd -c' "$place/out" | grep -Eq '^.{81}|5[HJK][1-9A-Za-z]{40}' || # paths are as long as they are
	fail "a key, or a line of more than 80 columns"
! "$bin/golos-devnet" --help | grep -E '^.{81}' || fail "its help has a line of more than 80 columns"

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
