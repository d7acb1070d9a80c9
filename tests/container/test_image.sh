#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The image golos-watch against a network in golos-watch-devnet: called by build-and-test.sh, with an engine that runs.
# All containers of a network share its loopback (--network container:…), so that no bridge is needed.
set -euo pipefail
cd "$(dirname "$0")"

place=$(mktemp -d "${TMPDIR:-/var/tmp}/golos-watch-image.XXXXXX")
containers=()
has_demo=''
finish()
{
	[ -z "$has_demo" ] || "${demo[@]}" down -v >/dev/null 2>&1 || true
	[ ${#containers[@]} -eq 0 ] || docker rm -f -v "${containers[@]}" >/dev/null 2>&1 || true
	docker volume rm -f gw-test-state gw-test-older >/dev/null 2>&1 || true
	rm -rf "$place"
}
trap finish EXIT
trap 'exit 130' INT TERM

step() { printf '   %s\n' "$*"; }
fail()
{
	printf 'test_image.sh: %s\n' "$*" >&2
	for container in "${containers[@]}"; do
		printf -- '-- %s\n' "$container" >&2
		docker logs --tail 15 "$container" >&2 2>&1 | cut -c1-300 || true
	done
	exit 1
}

start() # NAME DOCKER-RUN-ARGUMENTS…
{
	containers+=("$1")
	docker run -d --name "$@" >/dev/null 2>"$place/err" || fail "docker run $*"
}

# await SECONDS WHAT COMMAND…: asks once a tenth of a second until it holds.
await()
{
	local deadline=$((SECONDS + $1)) what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $deadline ] || fail "waited in vain for $what"
		sleep 0.1
	done
}
# No -q: grep would hang up on who still writes, and the pipe fails with it.
said() { docker logs "$1" 2>&1 | grep -- "$2"; }
is_health() { [ "$(docker inspect -f '{{.State.Health.Status}}' "$1")" = "$2" ]; }

# refused STATUS TEXT DOCKER-RUN-ARGUMENTS…: it ends with that status and says that text.
refused()
{
	local want=$1 text=$2 got=0
	shift 2
	docker run --rm "$@" >"$place/out" 2>&1 || got=$?
	[ "$got" -eq "$want" ] && grep -q -- "$text" "$place/out" && return
	cat "$place/out" >&2
	fail "status $got instead of $want, or no \"$text\": $*"
}

# network NAME PORT [OPTION…]: 7 witnesses, foo on three nodes; all ports on loopback. The test network's id, for the main
# chain has 21 witnesses and 3 s.
network()
{
	local options=("${@:3}")
	start "$1" --network none --add-host golos:127.0.0.1 golos-watch-devnet --json --witnesses 7 --nodes 4 --foo-nodes 3 \
		--chain-id 5876894a41e6361bde2e73278f07340f2eb8b41c2facd29099de9deef6cdb679 --first-port "$2" "${options[@]}"
	await 20 "the devnet's ports" said "$1" '"chain_id"'
	docker logs "$1" >"$place/$1" 2>/dev/null
}
key() { grep -o '"signing_key":{"public":"[^"]*' "$place/$1" | sed -n "$(($2 + 1))s/.*\"//p"; }
active() { grep -o '"active_keys":{"foo":{[^}]*' "$place/$1" | sed 's/.*"wif":"//; s/"$//'; }

step "nothing to build with, no price feed, a config that is wrong"
docker run --rm golos-watch sh -c '! command -v cc gcc g++ clang make cmake ninja' >/dev/null || fail "build tools in the image"
refused 64 'min_change: 5' -e THRESHOLD_PCT=5 -e SOURCE=exchange golos-watch ./update_price_feed.py --monitor
refused 69 'no golos-watchd listens' golos-watch ./update_price_feed.py --force
refused 78 'WITNESS' golos-watch ./witness_monitor.py

step "a network, and a key that everybody can read"
network gw-test-net 8091
mkdir "$place/keys"
(umask 0377 && active gw-test-net >"$place/keys/active" && active gw-test-net >"$place/keys/one-user")
active gw-test-net >"$place/keys/open"
chmod 0644 "$place/keys/open"
chown 990:990 "$place/keys/one-user"
refused 80 'readable\|others\|0400\|0600' --network container:gw-test-net -v "$place/keys/open:/run/secrets/active:ro" \
	-e CHAIN_ID=test -e NODE=ws://127.0.0.1:8092 -e WITNESS=foo -e "WITNESS_PUBKEY=$(key gw-test-net 1)" -e KEY_FILE=/run/secrets/active \
	golos-watch

# shellcheck disable=SC2054
confined=(--read-only --tmpfs "/run/golos-watch:uid=990,gid=990" --cap-drop ALL --security-opt no-new-privileges
	--memory 256m --pids-limit 64 --health-interval 1s --health-timeout 5s --health-retries 1 --health-start-period 1s)

step "read-only, four capabilities, two users; as one user, none"
start gw-test-two --network container:gw-test-net "${confined[@]}" \
	--cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add SETGID --cap-add SETUID \
	-v gw-test-state:/var/lib/golos-watch -v "$place/keys/active:/secret/active:ro" -e 'NODE=[ws://127.0.0.1:8092, ws://127.0.0.1:8094]' \
	-e CHAIN_ID=test -e WITNESS=foo -e "WITNESS_PUBKEY=$(key gw-test-net 1)" -e KEY_FILE=/secret/active golos-watch
start gw-test-one --network container:gw-test-net "${confined[@]}" --user golos-watch \
	-v "$place/keys/one-user:/secret/active:ro" -e NODE=ws://127.0.0.1:8091 \
	-e CHAIN_ID=test -e WITNESS=foo -e "WITNESS_PUBKEY=$(key gw-test-net 0)" -e KEY_FILE=/secret/active golos-watch
await 30 "the watcher to be healthy" is_health gw-test-two healthy
await 30 "the watcher of one user to be healthy" is_health gw-test-one healthy

step "a state_dir from outside: an older volume, folders of root's, of 990 and of others"
watch_own=(--network none -e NODE=ws://127.0.0.1:9 -e WITNESS=foo -e "WITNESS_PUBKEY=$(key gw-test-net 0)"
	-e "KEY=$(active gw-test-net)")
install -d -m 0755 "$place/root" && install -d -m 0755 -o 990 -g 990 "$place/own" && install -d -m 0755 -o 1000 "$place/other"
# not empty: the engine gives an empty one the image's mode
docker run --rm -v gw-test-older:/v --entrypoint sh golos-watch -c \
	'chmod 1777 /v && install -d -m 0700 -o golos-watch -g golos-watch /v/host' >/dev/null || fail "an older volume"
start gw-test-older --cap-drop ALL --cap-add CHOWN --cap-add DAC_OVERRIDE --cap-add SETGID --cap-add SETUID \
	-v gw-test-older:/var/lib/golos-watch "${watch_own[@]}" golos-watch
start gw-test-root -v "$place/root:/var/lib/golos-watch" "${watch_own[@]}" golos-watch
start gw-test-own --user 990 -v "$place/own:/var/lib/golos-watch" "${watch_own[@]}" golos-watch
for container in gw-test-older gw-test-root gw-test-own; do
	await 20 "$container to watch" said "$container" 'not up yet'
done
said gw-test-older 'could be written by every user' >/dev/null || fail "the older volume is mended, and nobody says so"
[ "$(docker exec gw-test-older stat -c '%U %a' /var/lib/golos-watch)" = 'root 755' ] || fail "the older volume stays open"
refused 80 'chown 0 /var/lib/golos-watch' -v "$place/other:/var/lib/golos-watch" "${watch_own[@]}" golos-watch
refused 80 'chown -R 1234 /var/lib/golos-watch/host' --user 1234 "${watch_own[@]}" golos-watch

step "the older compose file, its image line changed"
network gw-test-old 8091 --chain-id 782a3039b478c839e4cb0c941ff4eaeb7df40bdd68bd441afd444b9da763de12 --witnesses 21 --interval 3
sed "s|<active key, WIF>|$(active gw-test-old)|; s|<signing key of this node>|$(key gw-test-old 0)|" older-compose.yml \
	>"$place/docker-compose.yml"
cat >"$place/network.yml" <<'YAML'
version: "2.4"
services:
  monitor:
    container_name: gw-test-monitor
    network_mode: "container:gw-test-old"
YAML
containers+=(gw-test-monitor)
docker-compose -p gw-test -f "$place/docker-compose.yml" -f "$place/network.yml" up -d >"$place/out" 2>&1 ||
	{ cat "$place/out" >&2; fail "docker-compose up"; }
await 30 "the older monitor's watcher to see its node" said gw-test-monitor 'ws://golos:8091: up'
await 30 "its signer" said gw-test-monitor 'signer: ready: 1 key,'

step "the compose files: one to copy, one to look at a failover (it runs on)"
docker-compose -f ../../docker/docker-compose.yml config -q || fail "docker-compose.yml"
demo=(docker-compose -p gw-test-demo -f ../../docker/docker-compose.devnet.yml)
has_demo=yes
"${demo[@]}" up -d >"$place/out" 2>&1 || { cat "$place/out" >&2; fail "docker-compose.devnet.yml"; }

step "the older price feed's command, with a configuration: asked by exec"
cat >"$place/feed.yml" <<YAML
node: ws://127.0.0.1:8091
chain_id: test
signer: {keys: [file:/secret/active]}
plugins:
  - {name: price_feed, witness: foo, sign: [feed_publish], feed_min: 0.001, feed_max: 1, price: usd * 5, quantities: {usd: {least: 1, spread: 10}},
     sources: [{of: usd, rpc: market_history.get_ticker, args: [[GOLOS, U]], value: /latest1}]}
YAML
docker exec gw-test-net devnet-call 8094 set_ticker '["GOLOS","U","0.002","0.002","0.002"]' >/dev/null || fail "devnet-call"
start gw-test-feed --network container:gw-test-net -v "$place/feed.yml:/etc/golos-watch/golos-watch.yml:ro" \
	-v "$place/keys/active:/secret/active:ro" golos-watch ./update_price_feed.py --monitor
await 30 "its control socket" docker exec gw-test-feed golos-watch status
docker exec gw-test-feed ./update_price_feed.py --dry-run >"$place/out" 2>&1 || { cat "$place/out" >&2; fail "--dry-run"; }
grep -q 'nothing was published' "$place/out" || fail "--dry-run says something else"
docker exec gw-test-feed ./update_price_feed.py --force >"$place/out" 2>&1 || { cat "$place/out" >&2; fail "--force"; }
grep -q 'holds it' "$place/out" || fail "--force publishes nothing"

step "node 1 dies: the watcher beside node 2 takes over"
docker exec gw-test-net devnet-call 8094 kill '[0]' >/dev/null || fail "devnet-call"
await 120 "the takeover" said gw-test-two 'is the first one of our key (producing)'

step "a restart, within 2 s, keeps its state"
begin=$(date +%s%N)
docker stop gw-test-two >/dev/null
# what the engine tidies up afterwards is not the host's time
end=$(date -d "$(docker inspect -f '{{.State.FinishedAt}}' gw-test-two)" +%s%N)
ms=$(((end - begin) / 1000000))
[ "$ms" -lt 2000 ] || fail "it took $ms ms to stop"
[ "$(docker inspect -f '{{.State.ExitCode}}' gw-test-two)" = 0 ] || fail "it did not end in order"
docker start gw-test-two >/dev/null
await 30 "its control socket" docker exec gw-test-two env -i golos-watch --socket /run/golos-watch/ctl status
docker exec gw-test-two env -i golos-watch --socket /run/golos-watch/ctl history --json >"$place/out"
grep -q producing "$place/out" || fail "the history has lost the switch: $(head -c 500 "$place/out")"

step "its node is cut off: unhealthy"
await 30 "the watcher to be healthy again" is_health gw-test-two healthy
docker kill gw-test-net >/dev/null
await 100 "the watcher to be unhealthy" is_health gw-test-two unhealthy

step "the failover of docker-compose.devnet.yml"
takeovers() { "${demo[@]}" logs --no-color watcher-2 watcher-3 2>/dev/null | grep 'is the first one of our key'; }
await 60 "the takeover" takeovers
echo "   image: all well"
