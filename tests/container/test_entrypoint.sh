#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# test_entrypoint.sh SOURCE-DIR BINARY-DIR: the older price feed's command and variables, with docker/entrypoint as in the image but for
# its paths, and its socket: a golos-watchd of this machine is asked for nothing. The image itself is tried by test_image.sh.
set -euo pipefail

place=$(mktemp -d "${TMPDIR:-/tmp}/golos-watch-entrypoint.XXXXXX")
trap 'rm -rf "$place"' EXIT
bin=$(cd "$2/bin" && pwd)
sed -e "s|/etc/golos-watch/|$place/|; s|/usr/share/golos-watch/|$1/packaging/|; s|/usr/s\\?bin/|$bin/|; s|/golos-watch feed |/golos-watch --socket $place/ctl feed |" "$1/docker/entrypoint" \
	>"$place/entrypoint"
chmod 0755 "$place/entrypoint"

fail()
{
	echo "test_entrypoint.sh: $*" >&2
	cat "$place/out" "$place/err" >&2
	exit 1
}
# run STATUS VARIABLE=VALUE… COMMAND…
run()
{
	local want=$1 got=0
	shift
	env -i PATH="$PATH" "$@" >"$place/out" 2>"$place/err" || got=$?
	[ "$got" -eq "$want" ] || fail "status $got instead of $want: $*"
}
feed=("$place/entrypoint" ./update_price_feed.py)

# Nothing is mounted: the answer is a whole configuration, which golos-watchd takes.
run 64 SOURCE=exchange METRIC=last THRESHOLD_PCT=5 MAX_AGE=7200 INTERVAL=600 K=1.05 WITNESS=foo \
	NODE=$'- ws://127.0.0.1:8091\n- ws://10.8.0.2:8091\n' "KEY_FILE=$place/active" "${feed[@]}" --monitor
grep -q "SOURCE and METRIC chose within it.*mount it as $place/golos-watch.yml" "$place/err" || fail "it does not say what to do"
for line in 'dry_run: false' 'first: ok' 'min_change: 5' 'max_age: 7200' 'interval: 600' 'bias: 1.05' 'witness: foo' 'feed_max: '; do
	grep -q "^    $line" "$place/out" || fail "no line \"$line\""
done
(umask 077 && echo key >"$place/active")
{ cat "$place/out" && echo "plugin_dir: $2/plugins"; } >"$place/made.yml"
run 0 "$bin/golos-watchd" -n -c "$place/made.yml"
run 64 "${feed[@]}"
grep -q '^node: ws://golos:8091' "$place/out" || fail "no address of the older default"
! grep -q 'min_change' "$place/out" || fail "a variable that is not set has a line"

# Mounted: it runs, and variables that it does not read are said.
echo 'plugins: 7' >"$place/golos-watch.yml"
run 78 THRESHOLD_PCT=5 "${feed[@]}" --monitor
grep -q 'K are not read' "$place/err" || fail "variables are passed over without a word"
run 78 "${feed[@]}"
! grep -q 'are not read' "$place/err" || fail "variables are said that are not set"

# Asked of a golos-watchd, also by the link that `docker exec` finds.
rm "$place/golos-watch.yml"
ln -s entrypoint "$place/update_price_feed.py"
for order in --dry-run --force; do
	run 69 WITNESS=foo "${feed[@]}" "$order"
	grep -q 'no golos-watchd listens at' "$place/err" || fail "$order asks nobody"
	run 69 "$place/update_price_feed.py" "$order"
done
run 64 "${feed[@]}" --monitor --force
run 64 "${feed[@]}" --once
grep -q 'takes one of --monitor, --dry-run and --force' "$place/err" || fail "it does not say what it takes"
