#!/bin/sh
# SPDX-License-Identifier: MIT
# The signer needs these libraries and no other, and asks for nothing that loads code, starts programs or resolves names.
set -eu
program=$1
needed=$(readelf -d "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\].*/\1/p')
for library in $needed; do
	case $library in
	libsecp256k1.so.* | libsodium.so.* | libseccomp.so.* | libc.so.* | ld-linux-*.so.*) ;;
	*)
		echo "$program needs $library"
		exit 1
		;;
	esac
done
undefined=$(readelf --dyn-syms -W "$program" | awk '$7 == "UND" { sub(/@.*/, "", $8); print $8 }')
for symbol in dlopen dlsym execve execv execvp posix_spawn fork vfork system popen connect bind listen getaddrinfo \
	gethostbyname getpwnam; do
	if printf '%s\n' "$undefined" | grep -qx "$symbol"; then
		echo "$program calls $symbol"
		exit 1
	fi
done
echo "$program needs only: $(echo "$needed" | tr '\n' ' ')"
