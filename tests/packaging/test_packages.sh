#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# test_packages.sh BASE.TAR PACKAGES BIN: installs the two packages into a fresh Debian, runs what they hold against the
# devnet of BIN, upgrades with a changed configuration, builds plugins from what -dev installed, and purges. As root.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
base=$(realpath "$1") packages=$(realpath "$2") bin=$(realpath "$3")
# In namespaces of its own: whatever happens, no process and no mount outlives it.
[ -n "${GW_IN_NAMESPACE:-}" ] ||
	GW_IN_NAMESPACE=1 exec unshare --mount --pid --fork --kill-child --mount-proc "$0" "$@"
[ "$(id -u)" -eq 0 ] || { echo "test_packages.sh: a chroot needs root" >&2; exit 1; }

place=$(mktemp -d "${TMPDIR:-/var/tmp}/golos-watch-packages.XXXXXX")
root=$place/root
host=''
finish()
{
	umount "$root/proc" 2>/dev/null || true
	rm -rf --one-file-system "$place"
}
trap finish EXIT
trap 'exit 130' INT TERM

step() { printf '   %s\n' "$*"; }
fail()
{
	printf 'test_packages.sh: %s\n' "$*" >&2
	[ ! -s "$place/host.log" ] || tail -n 30 "$place/host.log" >&2
	exit 1
}
in_root() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"; }

# await TEXT FILE: until the line is there; 60 s at most.
await()
{
	timeout 60 grep -qm1 -- "$1" <(tail -n +1 -F "$2" 2>/dev/null) || fail "no \"$1\" in $2 within 60 s"
}

# enabled yes|no WHEN: whether the next boot would start the service, as systemctl reads the links.
enabled()
{
	local is=no
	! systemctl --quiet --root="$root" is-enabled golos-watchd.service 2>/dev/null || is=yes
	[ "$is" = "$1" ] || fail "$2: enabled is $is and not $1"
}

exits() # STATUS COMMAND…
{
	local want=$1 got=0
	shift
	"$@" >"$place/out" 2>&1 || got=$?
	[ "$got" -eq "$want" ] || { cat "$place/out" >&2; fail "status $got and not $want: $*"; }
}

start_host()
{
	: >"$place/host.log"
	env -i CREDENTIALS_DIRECTORY=/run/credentials "$(command -v chroot)" "$root" /usr/sbin/golos-watchd 2>"$place/host.log" &
	host=$!
	await ': up$' "$place/host.log"
}

stop_host()
{
	kill -TERM "$host"
	wait "$host" || fail "golos-watchd ended with status $?"
	host=
}

step "a fresh Debian"
mkdir "$root"
tar -xf "$base" -C "$root"
mount -t proc proc "$root/proc"
cp /etc/resolv.conf "$root/etc/" 2>/dev/null || true
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"

step "install: apt finds what it depends on"
cp "$packages"/golos-watch_*.deb "$root/golos-watch.deb"
in_root apt-get update -qq
in_root apt-get install -y -qq --no-install-recommends ./golos-watch.deb >"$place/apt.log" 2>&1 ||
	{ cat "$place/apt.log" >&2; fail "apt-get install"; }
for user in golos-watch golos-watch-signer golos-watch-fetch; do
	in_root getent passwd "$user" >/dev/null || fail "no user $user"
done

enabled no "a first installation"

step "an unedited configuration is refused by name"
exits 78 in_root golos-watchd -n
line=$(grep -n YOUR-WITNESS "$root/etc/golos-watch/golos-watch.yml" | cut -d: -f1)
grep -q "golos-watch.yml:$line: .*witness" "$place/out" || fail "the sentence does not name line $line: $(cat "$place/out")"

step "run, as two users, with the key as a credential"
mkfifo "$place/told"
"$bin/golos-devnet" --witnesses 7 --nodes 2 --foo-nodes 1 --ports-file "$place/told" --die-with-parent &
timeout 10 cat "$place/told" >"$place/ports" || fail "golos-devnet told no ports within 10 s"
value() { grep -o "$1" "$place/ports" | head -n 1 | sed 's/.*":"*//; s/"$//'; }
url=$(value '"url":"[^"]*"')
url="ws:${url#*ws:}"
chain=$(value '"chain_id":"[0-9a-f]*')
key=$(value '"public":"GLS[0-9A-Za-z]*')
wif=$(grep -o '"active_keys":{"foo":{[^}]*}' "$place/ports" | grep -o '"wif":"[^"]*' | sed 's/.*"//')
[ "$(stat -c '%s %u %a' "$root/etc/golos-watch/active.key")" = '0 0 400' ] || fail "the key file is not empty, root's and 0400"
install -d -m 0700 "$root/run/credentials"
(umask 0377 && printf '%s\n' "$wif" >"$root/run/credentials/active")
sed -i "s|ws://127.0.0.1:8091|$url|; s/YOUR-WITNESS/foo/; s/YOUR-KEY/$key/; 1i chain_id: $chain" \
	"$root/etc/golos-watch/golos-watch.yml"
exits 0 in_root golos-watchd -n
start_host
in_root golos-watch status --json >"$place/out"
grep -q '"signer": *true' "$place/out" || fail "status tells of no signer"
for who in golos-watchd:golos-watch golos-watch-signer:golos-watch-signer; do
	pid=$(pgrep -n -f "(^|/)${who%%:*}( |$)" || true)
	[ -n "$pid" ] || fail "no process ${who%%:*}"
	[ "$(stat -c %u "/proc/$pid")" = "$(in_root id -u "${who#*:}")" ] ||
		[ "$(awk '/^Uid/{print $2}' "/proc/$pid/status")" = "$(in_root id -u "${who#*:}")" ] ||
		fail "${who%%:*} does not run as ${who#*:}"
done
stop_host

step "upgrade: the changed configuration stays, and what is enabled"
systemctl --quiet --root="$root" enable golos-watchd.service
dpkg-deb -R "$root/golos-watch.deb" "$place/next"
sed -i 's/^Version: .*/&+next/' "$place/next/DEBIAN/control"
sed -i 's/^    miss_window: 3600/    miss_window: 1800/' "$place/next/etc/golos-watch/golos-watch.yml"
dpkg-deb --root-owner-group -b "$place/next" "$root/next.deb" >/dev/null
cp -a "$root/etc/golos-watch/golos-watch.yml" "$place/edited.yml"
printf '%s\n' "$wif" >"$root/etc/golos-watch/active.key"
in_root dpkg --force-confold -i /next.deb >"$place/apt.log" 2>&1 || { cat "$place/apt.log" >&2; fail "upgrade"; }
cmp -s "$place/edited.yml" "$root/etc/golos-watch/golos-watch.yml" || fail "the upgrade changed the configuration"
[ -e "$root/etc/golos-watch/golos-watch.yml.dpkg-dist" ] || fail "the new configuration is nowhere"
start_host
stop_host

enabled yes "after an upgrade"
in_root dpkg --remove golos-watch >"$place/apt.log" 2>&1 || { cat "$place/apt.log" >&2; fail "removal"; }
in_root dpkg -i /next.deb >"$place/apt.log" 2>&1 || { cat "$place/apt.log" >&2; fail "installation after removal"; }
enabled yes "after removal and a new installation"
systemctl --quiet --root="$root" disable golos-watchd.service
in_root dpkg -i /next.deb >"$place/apt.log" 2>&1 || { cat "$place/apt.log" >&2; fail "upgrade"; }
enabled no "disabled by hand, after an upgrade"
systemctl --quiet --root="$root" enable golos-watchd.service

step "plugins from golos-watch-dev alone: C by pkg-config, C++ by CMake"
dpkg-deb -x "$packages"/golos-watch-dev_*.deb "$place/dev"
mkdir "$place/c" "$place/cc"
cp "$place/dev/usr/share/doc/golos-watch-dev/examples/block_logger.c" "$place/c"
export PKG_CONFIG_PATH=$place/dev/usr/share/pkgconfig PKG_CONFIG_SYSROOT_DIR=$place/dev
read -ra flags <<<"$(pkg-config --cflags golos-watch)"
(cd "$place/c" && cc -std=c17 -Wall -Wextra -Werror -shared -fPIC -fvisibility=hidden "${flags[@]}" block_logger.c \
	-o block_logger.so)
cp "$here/block_counter.cc" "$place/cc"
cat >"$place/cc/CMakeLists.txt" <<'CMAKE'
cmake_minimum_required(VERSION 3.13)
project(block_counter CXX)
set(CMAKE_CXX_STANDARD 20)
find_package(golos-watch REQUIRED)
golos_watch_plugin(block_counter block_counter.cc)
CMAKE
{
	cmake -S "$place/cc" -B "$place/cc/build" -G Ninja -DCMAKE_PREFIX_PATH="$place/dev/usr" &&
		cmake --build "$place/cc/build"
} >"$place/cmake.log" 2>&1 || { cat "$place/cmake.log" >&2; fail "the C++ plugin"; }
install -m 644 "$place/c/block_logger.so" "$place/cc/build/block_counter.so" "$root/usr/lib/golos-watch/"
cat >>"$root/etc/golos-watch/golos-watch.yml" <<'YAML'
  - {name: block_logger, witness: foo}
  - name: block_counter
YAML
exits 0 "$place/dev/usr/bin/golos-watch-plugin-check" "$place/c/block_logger.so"
exits 0 "$place/dev/usr/bin/golos-watch-plugin-check" "$place/cc/build/block_counter.so"
exits 0 in_root golos-watchd --plugin-help block_counter
exits 0 in_root golos-watchd -n
start_host
await 'block_counter: counted to block' "$place/host.log"
await 'block_logger: foo produced block' "$place/host.log"
stop_host

step "purge: the state goes, the owner's key stays"
in_root dpkg --purge golos-watch >"$place/apt.log" 2>&1 || { cat "$place/apt.log" >&2; fail "purge"; }
[ ! -e "$root/var/lib/golos-watch" ] || fail "the state is still there"
[ ! -e "$root/usr/sbin/golos-watchd" ] || fail "golos-watchd is still there"
[ ! -L "$root/etc/systemd/system/multi-user.target.wants/golos-watchd.service" ] || fail "purge left the service enabled"
[ -s "$root/etc/golos-watch/active.key" ] || fail "an upgrade or purge took away the owner's key"
[ "$(ls "$root/etc/golos-watch")" = active.key ] || fail "more than the key is left: $(ls "$root/etc/golos-watch")"
echo "   packages: all well"
