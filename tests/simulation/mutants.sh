#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Breaks one rule after the other and lists which check caught it, the first one that does: a scenario by name or an invariant in
# runs of random faults; where the simulation sees nothing, the search of tests/prove or a unit test. mutants.txt has the rules.
#
# The broken file is compiled and linked before the libraries that hold the whole one, so that no source is ever touched.
# Verdicts are kept in the build folder, each with what it was about: a run that was stopped goes on where it was.
#
# Usage: mutants.sh [NAME-PART]              of mutants.txt, those whose name holds it
#        mutants.sh --generated N [SEED]     N mutants drawn from all that a flipped operator or a lost line makes
#        mutants.sh --quick BUILD-FOLDER [NAME-PART]
#                                            those with a scenario beside them, and nothing but that, with what is built there
# JOBS of the environment: so many at once. Exits with 1 where a rule is not caught as mutants.txt says.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
here=$top/tests/simulation
build=$top/build/mutants
units=$(cd "$top/tests/unit" && ls test_monitor_*.c test_belief*.c test_submission.c test_submission_*.c test_slot_safety.c)
units=${units//.c/}

# ---- the mutants ------------------------------------------------------------------------------------------------------

# unseen: why the simulation cannot see it; equal: why nothing can; quick: the scenario of the quick ones
names=() files=() edits=() unseen=() equal=() quick=()

mutant() # NAME FILE EDIT
{
	names+=("$1") files+=("$2") edits+=("$3") unseen+=("") equal+=("") quick+=("")
}

read_list()
{
	local line name file edit
	while IFS= read -r line; do
		case $line in
		$'\tunseen: '*) unseen[-1]=${line#*: } ;;
		$'\tequal: '*) equal[-1]=${line#*: } ;;
		$'\tquick: '*) quick[-1]=${line#*: } ;;
		*' | '*' | '*)
			name=${line%% | *} edit=${line#* | } file=${edit%% | *}
			mutant "$name" "$file" "${edit#* | }"
			;;
		*) echo "mutants.txt: what is this? $line" >&2 && exit 2 ;;
		esac
	done <"$here/mutants.txt"
}

# Each line of a rule's file that one of these changes is a mutant.
flips=('s/ \&\& / || /' 's/ || / \&\& /' 's/ == / != /' 's/ != / == /' 's/ < / <= /' 's/ <= / < /' 's/ > / >= /' 's/ >= / > /'
	's/ + 1\b//' 's/ - 1\b//' 's/\bif (\(.*\))$/if (!(\1))/' 's/^\t*return \(true\|false\);$/return !\1;/'
	's/^\t\+[a-z][][a-z_>.-]* [-+|]\?= .*;$/;/' 's/^\t\+[a-z_]*(.*);$/;/' 's/^\t\+continue;$/;/')

generate() # N SEED
{
	local line file number flip
	while IFS=: read -r file number flip; do
		mutant "$file:$number $flip" "$file" "$number$flip"
	done < <(cd "$top" && for flip in "${flips[@]}"; do
		for file in plugin/witness_monitor/*.c host/chain/*.c host/submission/*.c; do
			case $file in */plugin.c | */status.c | */text.c | */authority.c) continue ;; esac
			diff --unchanged-line-format= --old-line-format="$file:%dn:$flip%c'\\012'" --new-line-format= \
				"$file" <(sed -e "$flip" "$file") || true
		done
	done | awk -v seed="$2" 'BEGIN { srand(seed) } { print rand() "\t" $0 }' | sort -n | cut -f 2- | head -n "$1")
}

# ---- building ---------------------------------------------------------------------------------------------------------

# The command that makes it, of those that would build everything anew.
command_for() # EXPRESSION
{
	grep -m1 -e "$1" "$work/commands"
}

# Fails where the mutant is none: 2 it changes nothing, 3 it does not compile.
compile() # FOLDER FILE EDIT
{
	local source=$1/${2##*/} command
	sed -e "$3" "$top/$2" >"$source"
	! cmp -s "$source" "$top/$2" || return 2
	command=$(command_for " -c $top/$2\$")
	(cd "$build" && eval "${command%% -MD *} -w -iquote ${top@Q}/${2%/*} -o ${1@Q}/mutant.o -c ${source@Q}") >"$1/log" 2>&1 ||
		return 3
	# where no debugging information tells the one from the other
	local whole=${command##* -o }
	! cmp -s "$1/mutant.o" "$build/${whole%% *}" || return 2
}

link() # FOLDER PROGRAM
{
	local command
	command=$(command_for " -o bin/$2 ")
	(cd "$build" && eval "${command/ -o bin\/$2 / ${1@Q}\/mutant.o -o ${1@Q}\/$2 }") >"$1/log" 2>&1
}

# ---- who catches it ---------------------------------------------------------------------------------------------------

# Runs it; where that fails prints what was caught: the first line of its output that the edit makes something of.
caught() # FOLDER EDIT PROGRAM ARGUMENTS...
{
	local folder=$1 edit=$2 program=$3 status=0 text
	shift 3
	[ -x "$folder/$program" ] || link "$folder" "$program"
	(ulimit -t 60 && exec "$folder/$program" "$@") >"$folder/log" 2>&1 || status=$?
	[ "$status" -ne 0 ] || return 1
	text=$(sed -n -e "$edit" "$folder/log" | head -n 1)
	if [ "$status" -eq 137 ] || [ "$status" -eq 152 ]; then # SIGKILL, SIGXCPU
		text="no end within 60 s of processor time ${text:+($text)}"
	elif [ -z "$text" ]; then
		text="it crashes ($(tail -n 1 "$folder/log"))"
	fi
	echo "$text"
}

of_scenario='s/^scenario \([^,]*\), seed \([0-9]*\), at [0-9.]* s: \([a-z_]*\): .*/scenario \1, seed \2, \3/p'
of_seed='s/^seed \([0-9]*\) broke \([a-z_]*\): .*/random faults, seed \1, \2/p'
of_unit='s/^\[  FAILED  \] \([a-z_0-9]*\)$/\1/p'

# Each says who catches it, and fails where none does.
by_scenario() # FOLDER FILE
{
	local text seed
	for seed in 1 2; do
		text=$(caught "$1" "$of_scenario" golos-simulate --scenario all --seed $seed --runs 1 --first) || continue
		echo "simulation: $text"
		return
	done
	return 1
}

# The one that the quick run takes.
by_likeliest() # FOLDER FILE
{
	local text
	[ -n "$likeliest" ] && text=$(caught "$1" "$of_scenario" golos-simulate --scenario "$likeliest" --first) &&
		echo "simulation: $text"
}

by_faults() # FOLDER FILE
{
	local text
	text=$(caught "$1" "$of_seed" golos-simulate --seed 1 --runs 100) && echo "simulation: $text"
}

by_unit() # FOLDER FILE
{
	local text unit
	for unit in $units; do
		case $2 in
		plugin/*) [[ $unit == test_monitor_* ]] || continue ;;
		host/*) [[ $unit != test_monitor_* ]] || continue ;;
		esac
		text=$(caught "$1" "$of_unit" "$unit") || continue
		echo "unit: $unit, $text"
		return
	done
	return 1
}

by_search() # FOLDER FILE
{
	local text
	text=$(caught "$1" "$of_unit" test_prove) && echo "search: test_prove, $text"
}

catch_anew() # FOLDER FILE
{
	local by order=(by_likeliest by_scenario by_faults by_unit by_search)
	[ -z "$generated" ] || order=(by_unit by_scenario by_faults by_search) # whoever is the first: the quickest begin
	for by in "${order[@]}"; do
		"$by" "$@" && return
	done
	echo "nothing"
}

# The same, unless it is known.
catch() # FOLDER FILE
{
	local key
	key=$(cat "$1/mutant.o" "$work/programs" | sha256sum)
	key=$build/verdicts/${key%% *}
	[ -f "$key" ] || { catch_anew "$@" >"$1/verdict" && mv "$1/verdict" "$key"; }
	cat "$key"
}

# What is not broken must pass, or nothing is told by what follows.
whole_passes()
{
	local folder=$work/whole verdict program likeliest=""
	mkdir "$folder"
	for program in "${programs[@]}"; do
		ln -s "$build/bin/$program" "$folder"
	done
	: >"$folder/mutant.o"
	verdict=$(catch "$folder" all)
	[ "$verdict" = nothing ] || { echo "with no rule broken: $verdict" >&2 && return 1; }
}

# The verdict on mutant INDEX goes into $work/verdict.INDEX and is printed.
judge() # INDEX
{
	local folder=$work/$1 status=0 verdict why=${unseen[$1]} likeliest=${quick[$1]}
	mkdir "$folder"
	compile "$folder" "${files[$1]}" "${edits[$1]}" || status=$?
	case $status in
	2) verdict="ERROR: changes nothing in ${files[$1]}" ;;
	3) verdict="ERROR: does not compile: $(grep -m1 error "$folder/log")" ;;
	*)
		if [ -z "$quick_only" ]; then
			verdict=$(catch "$folder" "${files[$1]}")
		elif verdict=$(caught "$folder" "$of_scenario" golos-simulate --scenario "${quick[$1]}" --first); then
			verdict="simulation: $verdict"
		else
			verdict="nothing"
		fi
		case ${equal[$1]:+equal }$verdict in
		"equal nothing") verdict="equal: ${equal[$1]}" ;;
		equal*) verdict="ERROR: mutants.txt says that nothing can see it: $verdict" ;;
		nothing) verdict="NOT CAUGHT${why:+, though mutants.txt says: $why}" ;;
		simulation:*) verdict=${why:+ERROR: mutants.txt says that the simulation cannot see it: }$verdict ;;
		*)
			if [ -n "$why" ]; then
				verdict+=" ($why)"
			elif [ -z "$generated" ]; then
				verdict="NOT CAUGHT by the simulation, for no reason given; $verdict"
			fi
			;;
		esac
		;;
	esac
	echo "$verdict" >"$work/verdict.$1"
	printf '%-44s %s\n' "${names[$1]}" "$verdict"
	rm -rf "$folder"
}

# ---- all of them ------------------------------------------------------------------------------------------------------

part='' generated='' quick_only=''
case ${1:-} in
--quick) build=$(realpath "${2:?a build folder}") quick_only=1 part=${3:-} && read_list ;;
--generated) generated=${2:?how many} && generate "$2" "${3:-1}" ;;
-*) sed -n '/^# Usage/,/^set/s/^#//p' "$0" && exit 2 ;;
*) part=${1:-} && read_list ;;
esac

# a name that is none is told before anything is built
if [ -n "$part" ] && [[ ! $(printf '%s\n' "${names[@]}") == *"$part"* ]]; then
	echo "mutants.sh: no mutant of tests/simulation/mutants.txt has \"$part\" in its name" >&2
	exit 2
fi

# A rule that moved leaves its mutant behind: told at once, of all, not when its turn comes.
stale=0
for index in "${!names[@]}"; do
	! sed -e "${edits[index]}" "$top/${files[index]}" | cmp -s - "$top/${files[index]}" || {
		echo "mutants.sh: \"${names[index]}\" changes nothing in ${files[index]}" >&2
		stale=1
	}
done
[ "$stale" -eq 0 ] || [ -n "$generated" ] || exit 1

programs=(golos-simulate)
if [ -z "$quick_only" ]; then
	# shellcheck disable=SC2206 # each word is one
	programs+=(test_prove $units)
	echo "building in $build; then each mutant takes seconds, and is told as it ends" >&2
	cmake -G Ninja -S "$top" -B "$build" -DCMAKE_C_COMPILER=gcc -DCMAKE_C_FLAGS="-O2 -DNDEBUG -w" >/dev/null
	cmake --build "$build" --target "${programs[@]}" -- --quiet
	mkdir -p "$build/verdicts"
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
ninja -C "$build" -t commands "${programs[@]}" >"$work/commands"
[ -n "$quick_only" ] || (cd "$build/bin" && sha256sum "${programs[@]}") >"$work/programs"
[ -n "$quick_only" ] || whole_passes

for index in "${!names[@]}"; do
	[[ ${names[index]} == *"$part"* ]] || continue
	[ -z "$quick_only" ] || [ -n "${quick[index]}" ] || continue
	while [ "$(jobs -rp | wc -l)" -ge "${JOBS:-$(nproc)}" ]; do
		wait -n || true
	done
	judge "$index" &
done
wait

verdicts=$(cat "$work"/verdict.*)
count() { grep -c "$1" <<<"$verdicts" || true; }
printf '%d mutants: %d caught by the simulation, %d by a unit test or the search alone, %d equal to what they replace, %d NOT as they should be\n' \
	"$(count .)" "$(count '^simulation: ')" "$(count '^\(unit\|search\): ')" "$(count '^equal: ')" "$(count '^\(NOT\|ERROR\)')"
[ "$(count '^\(NOT\|ERROR\)')" -eq 0 ]
