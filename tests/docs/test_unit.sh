#!/bin/sh
# SPDX-License-Identifier: MIT
# test_unit.sh BUILD: the unit can be enabled and reloaded, names the exit statuses that a restart does not mend, and its
# sandbox is rated.
set -eu
unit=$1/packaging/golos-watchd.service
for status in 64 78 79 80 81 82; do
	grep -q "^RestartPreventExitStatus=.*\b$status\b" "$unit" || { echo "$status is not in RestartPreventExitStatus" >&2; exit 1; }
done
# systemctl itself says whether [Install] takes effect at the next boot.
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
install -D -m 0644 "$unit" "$root/usr/lib/systemd/system/golos-watchd.service"
systemctl --quiet --root="$root" enable golos-watchd.service
[ -L "$root/etc/systemd/system/multi-user.target.wants/golos-watchd.service" ] ||
	{ echo "enabled, and yet a boot would not start it" >&2; exit 1; }
# The process is another user's, and the bounding set has no CAP_KILL: only `+` may send a signal to it.
grep -qxF "ExecReload=+/bin/kill -HUP \$MAINPID" "$unit" || { echo "ExecReload may not send a signal" >&2; exit 1; }
# 0 is best, 10 worst; below 5 is OK. Complaints about a directive come on standard error.
rating=$(systemd-analyze security --offline=yes --threshold=49 "$unit" 2>&1) || { echo "$rating" | tail -n 1 >&2; exit 1; }
! echo "$rating" | grep -E 'golos-watchd.service:[0-9]+:' || exit 1
