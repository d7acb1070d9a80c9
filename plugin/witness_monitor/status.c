/* SPDX-License-Identifier: MIT
 *
 * The monitor's state for people, as one JSON object.
 */
#include "rules.h"

#include <golos_watch/names.h>
#include <inttypes.h>
#include <string.h>

static void put_text(struct writer *w, const char *text)
{
	text_put(w, "\"");
	for (const char *at = text; *at != '\0' && !w->full; at++) {
		if (*at == '"' || *at == '\\')
			text_put(w, "\\%c", *at);
		else if ((unsigned char)*at < 0x20)
			text_put(w, "\\u%04x", (unsigned)(unsigned char)*at);
		else
			text_put(w, "%c", *at);
	}
	text_put(w, "\"");
}

static void put_member(struct writer *w, const char *name, const char *text)
{
	text_put(w, "\"%s\":", name);
	put_text(w, text);
	text_put(w, ",");
}

static const char *producer_text(const struct monitor *m)
{
	if (!m->witness.answered)
		return "unknown";
	if (!m->witness.exists)
		return "no such witness";
	if (state_we_produce(m))
		return "ours";
	if (state_operator_nulled(m))
		return "nulled by the operator";
	return state_chain_nulled(m) ? "nulled by the chain" : "other";
}

static void put_misses(struct writer *w, const struct monitor *m)
{
	const char *comma = "";

	text_put(w, "\"misses\":[");
	for (uint32_t i = 0; i < m->counting.miss_count; i++) {
		const struct monitor_miss *miss = &m->counting.misses[i];

		text_put(w, "%s{\"block\":%" PRIu32 ",\"time\":%" PRId64 "}", comma, miss->block.num,
			 miss->block.time_s);
		comma = ",";
	}
	text_put(w, "],\"misses_in_window\":%" PRIu32 ",\"missed_in_a_row\":%" PRIu32 ",", state_misses_in_window(m),
		 state_missed_in_a_row(m));
}

/* Also while nothing is due: those that would hold a switch. */
static void put_guards(struct writer *w, const struct monitor *m, const struct gw_now *now)
{
	const char *comma = "";
	char why[GW_TEXT_SIZE];

	text_put(w, "\"guards\":[");
	for (uint32_t i = 0; i < guard_count; i++) {
		if (!guards[i].holds(m, now, why))
			continue;
		text_put(w, "%s{\"guard\":\"%s\",\"why\":", comma, guards[i].name);
		put_text(w, why);
		text_put(w, "}");
		comma = ",";
	}
	text_put(w, "],\"guard_names\":[");
	for (uint32_t i = 0; i < guard_count; i++)
		text_put(w, "%s\"%s\"", i > 0 ? "," : "", guards[i].name);
	text_put(w, "],");
}

static void put_switches(struct writer *w, const struct monitor *m)
{
	const struct monitor_switches *s = &m->switches;

	uint32_t of_day = state_switches_of_day(m), most = m->options.max_switches;

	text_put(w, "\"switches_of_day\":%" PRIu32 ",\"switches_left\":%" PRIu32 ",", of_day,
		 of_day < most ? most - of_day : 0);
	if (s->count > 0)
		text_put(w, "\"last_switch\":{\"block\":%" PRIu32 ",\"time\":%" PRId64 "},", s->list[s->count - 1].num,
			 s->list[s->count - 1].time_s);
	put_member(w, "submission", gw_submission_name(m->attempt.state));
}

static void put_readiness(struct writer *w, const struct monitor *m, const struct gw_now *now)
{
	char why[GW_TEXT_SIZE];

	put_member(w, "ready", gw_ready_name(readiness_of(m, now, why)));
	put_member(w, "ready_text", why);
}

static const char *due_text(int32_t cause)
{
	static const char *const names[] = {"no", "misses", "nulled by the chain", "fail-back", "ordered"};

	return names[cause];
}

gw_status monitor_status(const struct monitor *m, const struct gw_now *now, char *ret, size_t cap)
{
	struct writer w = {ret, 0, cap, false};
	const char *forbidden = due_never(m);

	text_put(&w, "{");
	put_member(&w, "witness", m->options.witness);
	put_member(&w, "producer", producer_text(m));
	put_member(&w, "signing_key", m->witness.key);
	put_member(&w, "our_key", m->options.witness_pubkey);
	text_put(&w, "\"head\":%" PRIu32 ",", m->chain.head.num);
	if (m->witness.next_own_slot > 0)
		text_put(&w, "\"next_own_slot\":%" PRIu32 ",", m->witness.next_own_slot);
	if (m->witness.produced > 0)
		text_put(&w, "\"produced\":%" PRIu32 ",", m->witness.produced);
	if (m->witness.own_block_count > 0)
		text_put(&w, "\"produced_time\":%" PRId64 ",",
			 m->witness.own_blocks[m->witness.own_block_count - 1].block.time_s);
	put_misses(&w, m);
	text_put(&w, "\"others\":%" PRIu32 ",\"others_filled\":%" PRIu32 ",", m->chain.others, m->chain.others_filled);
	put_member(&w, "due", due_text(m->due.cause));
	if (m->due.cause != MONITOR_NOT_DUE)
		text_put(&w, "\"due_since\":%" PRId64 ",", m->due.since_s);
	if (forbidden != NULL)
		put_member(&w, "never", forbidden);
	put_guards(&w, m, now);
	if (m->hold.on)
		text_put(&w, "\"hold_until\":%" PRId64 ",", m->hold.until_s);
	put_switches(&w, m);
	put_readiness(&w, m, now);
	text_put(&w, "\"dry_run\":%s}", m->options.dry_run ? "true" : "false");
	return w.full ? GW_ERR_RANGE : GW_OK;
}
