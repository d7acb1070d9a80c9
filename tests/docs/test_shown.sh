#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# test_shown.sh SOURCE BUILD: what README and manual pages show works. A block is marked by the line before it:
#   README.md   <!-- config -->        man   .\" run: config      checked by golos-watchd -n
#               <!-- run -->                 .\" run: shell       run, with the programs of the build and block_logger.c
#                                            .\" run: cmake       a CMakeLists.txt that builds a plugin
#               <!-- not run: why -->        .\" not run: why     listed
# A block of the .md files without a mark before it is a defect: what nobody runs is listed, with the reason.
set -euo pipefail
source=$1 build=$2
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

fail() { printf 'test_shown.sh: %s\n' "$*" >&2; exit 1; }

# What golos-watch-dev would install.
install -d "$place/include" "$place/work"
cp -r "$source/include/golos_watch" "$place/include"
sed "s|^prefix=.*|prefix=$place|; s|^includedir=.*|includedir=$place/include|" "$build/include/golos-watch.pc" >"$place/golos-watch.pc"
cp "$source/plugin/example/block_logger.c" "$place/work"
export PKG_CONFIG_PATH=$place
printf 'node: ws://127.0.0.1:8091\nplugin_dir: %s\nplugins: [{name: block_logger, witness: foo}]\n' "$build/plugins" \
	>"$place/golos-watch.yml"

# Pages are without the compiled-in place of the plugins.
check_config()
{
	printf 'plugin_dir: %s\n' "$build/plugins" | cat - "$1" >"$place/checked.yml"
	chmod 0600 "$place/checked.yml"
	"$build/bin/golos-watchd" -n -c "$place/checked.yml" >"$place/out" 2>&1 || { cat "$1" "$place/out" >&2; fail "$2: refused"; }
}

run_shell()
{
	(
		cd "$place/work"
		# shellcheck disable=SC2317
		golos-watchd() { "$build/bin/golos-watchd" "$@" -c "$place/golos-watch.yml"; }
		PATH=$build/bin:$PATH
		set -e
		# shellcheck disable=SC1090
		. "$1"
	) >"$place/out" 2>&1 </dev/null || { cat "$1" "$place/out" >&2; fail "$2: fails"; }
}

run_cmake()
{
	cp "$1" "$place/work/CMakeLists.txt"
	{
		cmake -S "$place/work" -B "$place/work/build" -Dgolos-watch_DIR="$place/share/cmake/golos-watch" &&
			cmake --build "$place/work/build"
	} >"$place/out" 2>&1 || { cat "$place/out" >&2; fail "$2: does not build"; }
}
# The CMake package, as if installed below $place.
install -d "$place/share/cmake/golos-watch"
cp "$build"/packaging/golos-watch-config*.cmake "$place/share/cmake/golos-watch/"

# blocks FILE: writes $place/N.KIND for each marked block, and prints what is not run; fails where an .md block has no mark.
blocks()
{
	awk -v place="$place" -v file="$(basename "$1")" '
		/^<!-- (config|run) -->$/ { kind = $2 == "run" ? "shell" : $2; next }
		/^\.\\" run: / { kind = $3; next }
		/^<!-- not run[^:]*: [^-]/ || /^\.\\" not run/ { gsub(/<!-- |-->|\.\\" /, ""); print "   " file ": " $0; kind = "-"; next }
		/^```/ && in_block { in_block = 0; kind = ""; next }
		/^```/ && kind == "" { print "   " file ":" FNR ": this block is not marked" >"/dev/stderr"; unmarked = 1 }
		/^```/ || /^\.Bd/ { in_block = 1
			if (kind != "" && kind != "-") { out = place "/" (++n) "." kind; printf "" >out } else out = ""
			next }
		/^\.Ed/ { in_block = 0; kind = ""; next }
		file ~ /\.md$/ && !in_block && NF { kind = "" } # a mark stands right before its block
		in_block && out != "" { gsub(/\\e/, "\\"); print >out }
		END { exit unmarked }
	' "$1"
}

count=0
for page in "$source/README.md" "$source"/docs/*.md "$source"/docs/man/*.[1-8]; do
	rm -f "$place"/*.config "$place"/*.shell "$place"/*.cmake
	blocks "$page" || fail "$page: each block wants a mark: see the head of this script"
	for block in "$place"/[0-9]*.config "$place"/[0-9]*.shell "$place"/[0-9]*.cmake; do
		[ -e "$block" ] || continue
		count=$((count + 1))
		case "$block" in
		*.config) check_config "$block" "$page" ;;
		*.shell) run_shell "$block" "$page" ;;
		*.cmake) run_cmake "$block" "$page" ;;
		esac
	done
done
# The file that the package brings, filled in, with its price feed uncommented: each plugin opens with it.
sed -e '/^#  - name: price_feed/,$s/^#//' -e 's/YOUR-WITNESS/foo/' -e 's/YOUR-KEY/GLS756CkD8Bmrz151rkQPxsSJG6kTibMXwq4wD6fUZzCCKbRTxa66/' \
	"$source/packaging/golos-watch.yml" >"$place/example.yml"
grep -q '^  - name: price_feed' "$place/example.yml" || fail "golos-watch.yml has no price feed to uncomment"
check_config "$place/example.yml" golos-watch.yml
grep -q '2 plugin instances' "$place/out" || fail "golos-watch.yml: $(cat "$place/out")"
[ "$count" -ge 8 ] || fail "only $count blocks were found"
echo "$count blocks work"
