#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Breaks one rule at a time in a copy of the sources and lists which check caught it: a unit test, a scenario by name, or
# a run of random faults. Exits with 1 where one is not caught. Usage: mutants.sh [NAME-PART]
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
copy=$top/build/mutants/src
out=$top/build/mutants/build
part=${1:-}
m=plugin/witness_monitor
c=host/chain

# name | file | sed expression that must change it
mutants=(
	"one miss too few|$m/due.c|s/misses_in_window(m) > m->options.allowed_misses/misses_in_window(m) >= m->options.allowed_misses/"
	"never by own slots in a row|$m/due.c|s/ || own_slots_in_a_row(m) > m->options.allowed_misses//"
	"produced since does not matter|$m/due.c|s/enough_misses(m) \&\& !produced_since(m)/enough_misses(m)/"
	"confirmed block does not matter|$m/due.c|s/ || w->confirmed >= newest->block.num//"
	"operator's null is taken over|$m/due.c|s/if (operator_nulled(m))/if (false)/"
	"on_null_key stay is not heeded|$m/due.c|s/chain_nulled(m) \&\& !m->options.null_takeover/false/"
	"the chain's null is not due|$m/due.c|s/return MONITOR_DUE_NULL;/return MONITOR_NOT_DUE;/"
	"a halt counts|$m/counting.c|s/return slots > m->options.max_gap;/return false;/"
	"a fall is new misses when it rises|$m/counting.c|s/is_of_any_halt(c) || pay_fall(c)/is_of_any_halt(c)/"
	"a fork leaves its misses|$m/counting.c|s/^\t\tundo_misses(m, event->num);//"
	"a new key keeps the old one's misses|$m/counting.c|s/^\tc->miss_count = 0;//"
	"the first answer counts|$m/counting.c|s/return !c->has_total || /return /"
	"guard hold is blind|$m/guards.c|s/if (!m->hold.on ||/if (true || !m->hold.on ||/"
	"guard own_node is blind|$m/guards.c|s/if (own == NULL || !own->connected)/if (own == NULL)/"
	"guard of the head's age is blind|$m/guards.c|s/if (age_ms > m->options.max_head_age_s \* 1000)/if (false)/"
	"guard clock is blind|$m/guards.c|s/if (skew_ms <= m->options.max_clock_skew_s \* 1000)/if (true)/"
	"guard participation is blind|$m/guards.c|s/if (chain->others == 0 ||/if (true || chain->others == 0 ||/"
	"guard max_switches is blind|$m/guards.c|s/if (count < m->options.max_switches ||/if (true || count < m->options.max_switches ||/"
	"max_switches is never lifted|$m/guards.c|s/ || own_slots_in_a_row(m) >= MISSED_IN_A_ROW_LIFTS//"
	"guard answer is blind|$m/guards.c|s/else if (!m->witness.key_trusted)/else if (false)/"
	"order is not kept|$m/order.c|s/return place_in_order(m) \* step_s \* 1000;/return 0;/"
	"first slots missed is still first|$m/order.c|s/^\tif (m->switches.first_missed)$/\tif (false)/"
	"no evidence is named|$m/attempt.c|s/name_evidence(m, intent);/(void)name_evidence;/"
	"a lost cause is not cancelled|$m/attempt.c|s/if (!has_lost_its_cause(m, now, why) \&\&/if (has_lost_its_cause(m, now, why) ||/"
	"no pause after a failure|$m/attempt.c|s/a->not_before_ms = now->mono_ms + .*/a->not_before_ms = now->mono_ms;/"
	"a restart forgets the hold|$m/save.c|s/\"hold\"/\"hold_\"/"
	"sent before its own slot|$c/submission.c|s/if (room.slots >= wanted)/if (true)/"
	"planned wants no room|$c/submission.c|s/if (s->record.intent.mode != GW_INTENT_PLANNED || s->accepted)/if (true)/"
	"sent without the journal's word|$c/submission.c|s/submission_push(s, SUBMISSION_RECORD, now);/submission_push(s, SUBMISSION_RECORD, now); submission_recorded(s, true, view, now);/"
	"a pending update is not waited for|$c/submission.c|s/const bool foreign = /const bool foreign = false \&\& /"
	"TaPoS of the head|$c/submission.c|s/} else if (intent->evidence_num != 0) {/} else if (false) {/"
	"never expires|$c/submission_parts.h|s/view->head_time_s >= s->record.expiration_s/false/"
	"first sent on an old fetch|$c/submission_offers.c|s/!maybe_sent(s) \&\& !is_checked(s, now)/false/"
	"what a node that is elsewhere says is proof|$c/submission_following.c|s/} else if (!view->driver_is_elsewhere) {/} else {/"
	"a pending key overtakes|$c/submission_following.c|s/ || view->key_is_fetched)/)/"
	"evidence that a fork undid is sent|$c/submission_following.c|s/if (has_lost_its_evidence(s, block))/if (false)/"
	"another key does not end it|$c/submission_following.c|s/if (key \&\& !is_ours(s, key))/if (false)/"
	"misses of a fork's order|$c/follow.c|s/^\t\tschedule_undo(\&belief->schedule, block->num - 1);//"
	"a pending key is believed|$c/witnesses.c|s/key_moved = true/key_moved = false/"
	"a stand-in is not subscribed in full|$c/belief.c|s/endpoint == 0 || (int)endpoint == belief->driver)/endpoint == 0)/"
	"asked of a node that is elsewhere|$c/asks.c|s/ || asks_are_elsewhere(belief)//"
)

rm -rf "$copy"
mkdir -p "$copy"
(cd "$top" && git ls-files -z | xargs -0 cp --parents -t "$copy")
# tests/prove has mutants of its own, which want the sources as they are
sed -i -e 's/ prove\b//' "$copy/tests/CMakeLists.txt"
cmake -G Ninja -S "$copy" -B "$out" -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=gcc >/dev/null
units=(test_monitor_counting test_monitor_due test_monitor_guards test_monitor_order test_monitor_attempt
	test_monitor_after test_monitor_operator test_monitor_save test_submission test_submission_sending
	test_submission_following test_submission_restart test_submission_property test_slot_safety test_belief
	test_belief_nodes test_belief_witness test_belief_property test_belief_replay)
cmake --build "$out" --target golos-simulate "${units[@]}" >/dev/null

# The first unit test that fails; empty: none.
caught_by_unit()
{
	local unit
	for unit in "${units[@]}"; do
		timeout 60 "$out/bin/$unit" >/dev/null 2>&1 || { echo "$unit"; return; }
	done
}

# What the simulation alone catches; empty: nothing.
caught_by_simulation()
{
	timeout 100 "$out/bin/golos-simulate" --scenario all >"$out/log" 2>&1 ||
		{ grep -om1 'scenario [^,]*' "$out/log" || echo "a scenario crashed"; return; }
	timeout 60 "$out/bin/golos-simulate" --seed 1 --runs 300 --seconds 15 >"$out/log" 2>&1 ||
		{ grep -om1 'seed .* broke [a-z_]*' "$out/log" || echo "a run crashed"; }
}

missed=0 count=0
for line in "${mutants[@]}"; do
	IFS='|' read -r name file _ <<<"$line"
	expression=${line#*|*|}
	[[ $name == *"$part"* ]] || continue
	count=$((count + 1))
	sed -i -e "$expression" "$copy/$file"
	if cmp -s "$copy/$file" "$top/$file"; then
		printf '%-42s CHANGES NOTHING in %s\n' "$name" "$file"
		missed=$((missed + 1))
		continue
	fi
	if cmake --build "$out" --target golos-simulate "${units[@]}" >"$out/log" 2>&1; then
		unit=$(caught_by_unit)
		simulation=$(caught_by_simulation)
		[ -n "$unit$simulation" ] || missed=$((missed + 1))
		printf '%-42s %-24s %s\n' "$name" "${unit:--}" "${simulation:--}"
	else
		printf '%-42s DOES NOT BUILD: see %s\n' "$name" "$out/log"
		missed=$((missed + 1))
		tail -n 5 "$out/log"
	fi
	cp "$top/$file" "$copy/$file"
done
printf '%d mutants, %d not caught\n' "$count" "$missed"
[ "$missed" -eq 0 ]
