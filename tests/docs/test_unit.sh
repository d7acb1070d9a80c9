#!/bin/sh
# SPDX-License-Identifier: MIT
# test_unit.sh BUILD: the unit's sandbox is rated, and it names the exit statuses that a restart does not mend.
set -eu
unit=$1/packaging/golos-watchd.service
for status in 64 78 79 80 81 82; do
	grep -q "^RestartPreventExitStatus=.*\b$status\b" "$unit" || { echo "$status is not in RestartPreventExitStatus" >&2; exit 1; }
done
# 0 is best, 10 worst; below 5 is OK. Complaints about a directive come on standard error.
rating=$(systemd-analyze security --offline=yes --threshold=49 "$unit" 2>&1) || { echo "$rating" | tail -n 1 >&2; exit 1; }
! echo "$rating" | grep -E 'golos-watchd.service:[0-9]+:' || exit 1
