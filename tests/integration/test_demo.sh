#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# test_demo.sh BUILD: the demo tells a whole failover, fits a terminal of 80 columns, and is plain into a pipe.
set -euo pipefail
out=$(mktemp)
trap 'rm -f "$out"' EXIT
fail() { printf 'test_demo.sh: %s\n' "$*" >&2; cat "$out" >&2; exit 1; }

"$1/bin/demo" >"$out" || fail "status $?"
! grep -E '^.{81}' "$out" || fail "wider than 80 columns"
! grep -q $'\033' "$out" || fail "escape codes into a pipe"
grep -Eq '^[0-9]{2}:[0-9]{2}:[0-9]{2}  block +[0-9]+  by foo, signed by node 2$' "$out" || fail "node 2 does not produce"
grep -q '^  first block of node 2 ' "$out" || fail "no end"
[ "$(sed -n '/^To try next:/,$p' "$out" | wc -l)" -eq 4 ] || fail "nothing to try next"
