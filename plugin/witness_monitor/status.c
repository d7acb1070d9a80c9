/* SPDX-License-Identifier: MIT
 *
 * The monitor's state for people, as one JSON object.
 */
#include "rules.h"

#include <inttypes.h>
#include <string.h>

static void put_text(struct writer *w, const char *text)
{
	put(w, "\"");
	for (const char *at = text; *at != '\0' && !w->full; at++) {
		if (*at == '"' || *at == '\\')
			put(w, "\\%c", *at);
		else if ((unsigned char)*at < 0x20)
			put(w, "\\u%04x", (unsigned)(unsigned char)*at);
		else
			put(w, "%c", *at);
	}
	put(w, "\"");
}

static void put_member(struct writer *w, const char *name, const char *text)
{
	put(w, "\"%s\":", name);
	put_text(w, text);
	put(w, ",");
}

static const char *producer_text(const struct monitor *m)
{
	if (!m->witness.answered)
		return "unknown";
	if (!m->witness.exists)
		return "no such witness";
	if (we_produce(m))
		return "ours";
	if (operator_nulled(m))
		return "nulled by the operator";
	return chain_nulled(m) ? "nulled by the chain" : "other";
}

static void put_misses(struct writer *w, const struct monitor *m)
{
	const char *comma = "";

	put(w, "\"misses\":[");
	for (uint32_t i = 0; i < m->counting.miss_count; i++) {
		const struct monitor_miss *miss = &m->counting.misses[i];

		put(w, "%s{\"block\":%" PRIu32 ",\"time\":%" PRId64 "}", comma, miss->block.num, miss->block.time_s);
		comma = ",";
	}
	put(w, "],\"misses_in_window\":%" PRIu32 ",\"missed_in_a_row\":%" PRIu32 ",", misses_in_window(m),
	    own_slots_in_a_row(m));
}

/* Also while nothing is due: those that would hold a switch. */
static void put_guards(struct writer *w, const struct monitor *m, const struct gw_now *now)
{
	const char *comma = "";
	char why[GW_TEXT_SIZE];

	put(w, "\"guards\":[");
	for (uint32_t i = 0; i < guard_count; i++) {
		if (!guards[i].holds(m, now, why))
			continue;
		put(w, "%s{\"guard\":\"%s\",\"why\":", comma, guards[i].name);
		put_text(w, why);
		put(w, "}");
		comma = ",";
	}
	put(w, "],");
}

static const char *submission_text(int32_t state)
{
	static const char *const names[] = {"none", "waiting",	"recorded",    "signed",
					    "sent", "in block", "irreversible"};

	return state >= 0 && state < (int32_t)(sizeof(names) / sizeof(names[0])) ? names[state] : "failed";
}

static void put_switches(struct writer *w, const struct monitor *m)
{
	const struct monitor_switches *s = &m->switches;
	uint32_t of_day = 0;

	for (uint32_t i = 0; i < s->count; i++)
		if (s->list[i].time_s > m->chain.head.time_s - DAY_S)
			of_day++;
	put(w, "\"switches_of_day\":%" PRIu32 ",", of_day);
	if (s->count > 0)
		put(w, "\"last_switch\":{\"block\":%" PRIu32 ",\"time\":%" PRId64 "},", s->list[s->count - 1].num,
		    s->list[s->count - 1].time_s);
	put_member(w, "submission", submission_text(m->attempt.state));
}

static void put_readiness(struct writer *w, const struct monitor *m, const struct gw_now *now)
{
	static const char *const names[] = {"unknown", "yes", "no"};
	char why[GW_TEXT_SIZE];

	put_member(w, "ready", names[readiness_of(m, now, why)]);
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
	const char *forbidden = never(m);

	put(&w, "{");
	put_member(&w, "witness", m->options.witness);
	put_member(&w, "producer", producer_text(m));
	put_member(&w, "signing_key", m->witness.key);
	put_member(&w, "our_key", m->options.witness_pubkey);
	put(&w, "\"head\":%" PRIu32 ",", m->chain.head.num);
	if (m->witness.next_own_slot > 0)
		put(&w, "\"next_own_slot\":%" PRIu32 ",", m->witness.next_own_slot);
	if (m->witness.produced > 0)
		put(&w, "\"produced\":%" PRIu32 ",", m->witness.produced);
	put_misses(&w, m);
	put_member(&w, "due", due_text(m->due.cause));
	if (m->due.cause != MONITOR_NOT_DUE)
		put(&w, "\"due_since\":%" PRId64 ",", m->due.since_s);
	if (forbidden != NULL)
		put_member(&w, "never", forbidden);
	put_guards(&w, m, now);
	if (m->hold.on)
		put(&w, "\"hold_until\":%" PRId64 ",", m->hold.until_s);
	put_switches(&w, m);
	put_readiness(&w, m, now);
	put(&w, "\"dry_run\":%s}", m->options.dry_run ? "true" : "false");
	return w.full ? GW_ERR_RANGE : GW_OK;
}
