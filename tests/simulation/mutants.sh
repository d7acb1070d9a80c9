#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Breaks one rule at a time in a copy of the sources and lists who caught it: the first unit test that fails, and, asked
# apart, the simulation: a scenario by name or a run of random faults. What the simulation cannot see stands in `unseen` with the
# reason, which is printed. Exits with 1 where a mutant is not caught, or is unseen for no reason given.
# Usage: mutants.sh [NAME-PART]
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
	"a new key keeps the old one's misses|$m/counting.c|s/^\tmemset(c->misses, 0, sizeof(c->misses));//;s/^\tc->miss_count = 0;//"
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
	"a key that moved is not told|$c/witnesses.c|s/key_moved = true/key_moved = false/"
	"a stand-in is not subscribed in full|$c/belief.c|s/endpoint == 0 || (int)endpoint == belief->driver)/endpoint == 0)/"
	"asked of a node that is elsewhere|$c/asks.c|s/ || asks_are_elsewhere(belief)//"
	"a miss is not counted where the count is 0|$m/counting.c|s/return !c->has_total || /return !c->has_total || c->total == 0 || /"
	"the window does not slide|$m/due.c|s/m->chain.head.time_s - m->options.miss_window_s;/m->chain.head.time_s - m->chain.head.time_s % m->options.miss_window_s;/"
	"a miss found after a pause is of now|$m/counting.c|s/add_miss(m, \&c->answer, LOOSE_NOW)/add_miss(m, \&m->chain.head, LOOSE_NOW)/"
	"a silent witness's slots make a halt|$m/counting.c|s/if (slot->silent \&\& /if (false \&\& slot->silent \&\& /"
	"a miss of its own block is the new key's|$m/counting.c|s/^\tc->has_total = 0;//"
	"what is read after a pause decides|$m/monitor.c|s/if (event->flags \& GW_BLOCK_CAUGHT_UP) {/if (false) {/"
	"nothing is doubtful|$m/counting.c|s/if (is_doubtful(chain, event))/(void)is_doubtful; if (false)/"
	"a restart forgets the misses|$m/save.c|/^static void put_counting/,/^}/s/i < c->miss_count/i < 0 * c->miss_count/"
	"guard own_node: behind is well|$m/guards.c|s/if (other->head.num > own->head.num + HEAD_BEHIND_MAX)/if (false)/"
	"guard own_node: another branch is well|$m/guards.c|s/else if (other->branch == GW_BRANCH_OTHER/else if (false/"
	"guard confirm_nodes is blind|$m/guards.c|s/if (m->options.confirm_nodes <= 1)/if (true)/"
	"confirm_nodes wants the newest miss of all|$m/guards.c|s/- (behind ? 1 : 0)/- (behind ? 0 : 0)/"
	"confirm_nodes heeds no misses|$m/guards.c|s/return node->total_missed >= .*;/return behind || true;/"
	"guard golosd_config is blind|$m/guards.c|s/m->ready.golosd_config != GW_READY_NO/true/"
	"guard journal is blind|$m/guards.c|s/m->ready.journal != GW_READY_NO || /true || /"
	"a hold does not end by its time|$m/guards.c|s/if (!m->hold.on || .*/if (!m->hold.on)/"
	"takeover passes over a hold|$m/guards.c|s/{\"hold\", guard_hold, /{\"hold\", guard_hold, .passed_by_takeover = 1, /"
	"takeover heeds participation|$m/guards.c|s/guard_participation, .passed_by_takeover = 1, /guard_participation, /"
	"the pause after a failure does not grow|$m/attempt.c|s/delay_ms \*= 2;/continue;/"
	"another key does not cancel|$m/attempt.c|s/if (a->key\[0\] != '.0' \&\& strcmp(a->key, m->witness.key) != 0)/if (false)/"
	"a hold does not cancel|$m/attempt.c|s/if (guard_hold(m, now, why))/if (false)/"
	"first slots missed stands beside the last|$m/order.c|s/others + 1 : 0/others : 0/"
	"fail-back without preempt|$m/after.c|s/return m->options.preempt \&\& /return /"
	"fail-back of any node|$m/after.c|s/preempt \&\& first_in_order(m) \&\& /preempt \&\& (first_in_order(m) || true) \&\& /"
	"fail-back undoes what the operator did|$m/after.c|s/ \&\& s->lost_by_misses//"
	"fail-back as often as it likes|$m/after.c|s/ \&\& !s->preempted//"
	"fail-back never again|$m/after.c|s/^\t\ts->preempted = 0;//"
	"fail-back without an hour of health|$m/after.c|s/now->mono_ms - m->ready.well_since_ms >= .*/true;/"
	"first slots missed is not noticed|$m/after.c|s/^\ts->first_missed = 1;//"
	"two blocks for one slot are not told|$m/after.c|s/if (w->own_blocks\[i\].time_s != event->time_s)/if (true)/"
	"a stray update is not told|$m/after.c|s/if (is_stray(m, event))/(void)is_stray; if (false)/"
	"a null in the update's block is the operator's|$c/witnesses.c|s/return !updated || .*;/return !updated;/"
	"a null with a miss is the chain's|$c/witnesses.c|s/standing->head_num - answer->last_confirmed <= standing->skipping_blocks/false/"
	"a null among blocks not read is the chain's|$c/witnesses.c|s/if (witnesses->blind_seq > watched->answer_seq)/if (false)/"
	"a pending key need not stand|$c/witnesses.c|s/return standing->round_s > 0 \&\& stood_s >= .*/return stood_s >= 0;/"
	"a miss waits for the next check|$c/witnesses.c|/^void witnesses_missed/,/^}/s/witnesses_want(witnesses, watched);//"
	"sent without the new schedule|$c/view.c|s/belief->order.fresh \&\& belief_driver/belief_driver/"
	"sent while blocks are read|$c/view.c|s/ \&\& !belief->catch_up.active;/;/"
	"sent in a slot that has just begun|$c/slot_safety.c|s/if (!turn_filled \&\& now->chain_ms < turn_over_ms)/if (false \&\& turn_filled)/"
	"sent too late to reach the next slot|$c/slot_safety.c|s/ \&\& now->chain_ms > last_ms/ \&\& last_ms < 0/"
)

# What the simulation cannot see, and why.
declare -A unseen=(
	["operator's null is taken over"]="the attempt that it begins ends before it is signed, for the same reason"
	["a fork leaves its misses"]="the next answer's count is lower, and takes them back; nothing is decided before it"
	["guard own_node is blind"]="at first no node drives and nothing can be sent, then the head is too old"
	["another key does not end it"]="the key believed from the same block ends it, and the monitor cancels it"
	["what a node that is elsewhere says is proof"]="wants a node that catches up at the very end of a transaction's time"
	["a pending key overtakes"]="wants a restart while two updates are pending"
	["evidence that a fork undid is sent"]="the monitor ends the attempt with the miss that the fork took"
	["what is read after a pause decides"]="what it makes due waits for an answer asked after those blocks"
	["nothing is doubtful"]="the answer that ends it was asked before the one that a first sending wants"
	["guard own_node: another branch is well"]="a node on a minority is soon behind as well"
	["confirm_nodes wants the newest miss of all"]="a block later the endpoint knows of it: a slot's delay, and no block lost"
	["a hold does not end by its time"]="the monitor forgets such a hold when its time is over"
	["another key does not cancel"]="the submission ends itself when a block holds another key"
	["a null with a miss is the chain's"]="an operator's null shows in a block; a proposal's would not, and the model has none"
	["a null among blocks not read is the chain's"]="blocks come with their transactions here; of lost ones nothing is kept to compare with"
	["sent without the new schedule"]="after a shuffle the slots ahead are unknown, and that is no room"
	["sent while blocks are read"]="the order is not known anew before they are read"
	["sent in a slot that has just begun"]="a node of the model produces at the slot's very time, golosd within half a second"
	["sent too late to reach the next slot"]="it costs a slot that the dead producer loses as well; a planned one has room of four"
	["guard journal is blind"]="the host refuses a second switch without the journal as well"
	["a key that moved is not told"]="the monitor reads updates in blocks itself, and answers tell the rest"
	["asked of a node that is elsewhere"]="what is asked in a burst is asked again after it"
	["misses of a fork's order"]="only answers tell of misses, and nothing is sent before the new order is there"
)

rm -rf "$copy"
mkdir -p "$copy"
(cd "$top" && git ls-files -z | xargs -0 cp --parents -t "$copy")
# tests/prove has mutants of its own, which want the sources as they are
sed -i -e 's/ prove\b//' "$copy/tests/CMakeLists.txt"
cmake -G Ninja -S "$copy" -B "$out" -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_COMPILER=gcc >/dev/null
units=(test_monitor_counting test_monitor_baseline test_monitor_due test_monitor_guards test_monitor_order
	test_monitor_attempt test_monitor_after test_monitor_fail_back test_monitor_operator test_monitor_save
	test_submission test_submission_sending test_submission_following test_submission_restart
	test_submission_property test_slot_safety test_belief test_belief_catch_up
	test_belief_schedule test_belief_driver test_belief_nodes test_belief_witness test_belief_keys test_belief_null
	test_belief_property test_belief_replay)
cmake --build "$out" --target golos-simulate "${units[@]}" >/dev/null

# The first unit test that fails; empty: none.
caught_by_unit()
{
	local unit
	for unit in "${units[@]}"; do
		timeout 60 "$out/bin/$unit" >/dev/null 2>&1 || { echo "$unit"; return; }
	done
}

# golos-simulate with these arguments, the line of its output that says what broke. Fails where nothing did.
breaks() # EXPRESSION ARGUMENTS...
{
	local status=0 expression=$1
	shift
	timeout 600 "$out/bin/golos-simulate" "$@" >"$out/log" 2>&1 || status=$?
	case $status in
	0) return 1 ;;
	124) echo "no end within 600 s" ;;
	*) grep -om1 "$expression" "$out/log" || echo "crashed" ;;
	esac
}

# What the simulation alone catches; empty: nothing.
caught_by_simulation()
{
	breaks '^scenario [^,]*' --scenario all --runs 1 ||
		breaks 'seed .* broke [a-z_]*' --seed 1 --runs 300 --seconds 15 || true
}

missed=0 count=0 seen=0
fail() # NAME TEXT
{
	printf '%-44s %s\n' "$1" "$2"
	missed=$((missed + 1))
}

for line in "${mutants[@]}"; do
	IFS='|' read -r name file _ <<<"$line"
	expression=${line#*|*|}
	[[ $name == *"$part"* ]] || continue
	count=$((count + 1))
	cp "$copy/$file" "$out/whole"
	sed -i -e "$expression" "$copy/$file"
	if cmp -s "$copy/$file" "$out/whole"; then
		fail "$name" "CHANGES NOTHING in $file"
	elif ! cmake --build "$out" --target golos-simulate "${units[@]}" >"$out/log" 2>&1; then
		fail "$name" "DOES NOT BUILD:"
		tail -n 5 "$out/log"
	else
		unit=$(caught_by_unit)
		simulation=$(caught_by_simulation)
		why=${unseen[$name]:-}
		seen=$((seen + (${#simulation} > 0)))
		printf '%-44s %-26s %s\n' "$name" "${unit:--}" "${simulation:-- ${why:+($why)}}"
		[ -n "$simulation" ] || { [ -n "$unit" ] && [ -n "$why" ]; } || missed=$((missed + 1))
	fi
	cp "$out/whole" "$copy/$file"
done
printf '%d mutants, %d caught by the simulation alone, %d not caught as they should be\n' "$count" "$seen" "$missed"
[ "$missed" -eq 0 ]
