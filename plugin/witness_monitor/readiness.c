/* SPDX-License-Identifier: MIT
 *
 * Readiness: could this node take over now, or go on producing? Asked all the time. docs/design.md "The rules of a
 * switch", Readiness.
 */
#include "rules.h"

#include <inttypes.h>
#include <string.h>

#define GRACE_MS  15000	  /* people do not hear of a hiccup */
#define REPEAT_MS 3600000 /* people hear again while it lasts */
#define STANDS_MS 60000	  /* of what came back people hear then: on a minority's side it comes and goes each minute */
#define REPORTS_S 90	  /* three checks of the witness */

/* The node reported the witness not long ago. */
static bool reports(const struct monitor *m, const struct monitor_node *node)
{
	uint32_t interval_s = m->chain.interval_s != 0 ? m->chain.interval_s : 1;

	return node->connected && node->total_missed >= 0 &&
	       node->answered_at + REPORTS_S / interval_s >= node->head.num;
}

/* confirm_nodes endpoints could not agree, whatever they say. */
static bool too_few_endpoints(const struct monitor *m, char why[GW_TEXT_SIZE])
{
	uint32_t reporting = 0;

	if (m->options.confirm_nodes <= 1)
		return false;
	for (uint32_t i = 0; i < m->node_count; i++)
		reporting += reports(m, &m->nodes[i]);
	if (reporting >= m->options.confirm_nodes)
		return false;
	return text_say(why, "confirm_nodes wants %" PRIu32 " endpoints to agree: %" PRIu32 " of %" PRIu32 " report %s",
			m->options.confirm_nodes, reporting, m->node_count, m->options.witness);
}

static bool is_no(uint8_t ready, const char *text, char why[GW_TEXT_SIZE])
{
	return ready == GW_READY_NO && text_say(why, "%s", text);
}

/* Until one is taken, or none is due any more and the pause is over: between two tries it is no readier. */
static bool last_try_was_refused(const struct monitor *m, const struct gw_now *now, char why[GW_TEXT_SIZE])
{
	if (!m->attempt.refused || guard_retry(m, now, why))
		return m->attempt.refused;
	if (m->due.cause == MONITOR_NOT_DUE)
		return false;
	return text_say(why, "the last try was refused, and the next is under way");
}

uint8_t readiness_of(const struct monitor *m, const struct gw_now *now, char why[GW_TEXT_SIZE])
{
	const struct monitor_ready *r = &m->ready;

	why[0] = '\0';
	/* a node may lack what shows misses or makes a switch, and that node need not be ours */
	if (guard_own_node(m, now, why) || is_no(r->host.node, r->host.node_text, why) || guard_clock(m, now, why) ||
	    guard_hold(m, now, why) || guard_golosd_config(m, now, why) || too_few_endpoints(m, why) ||
	    is_no(r->host.authority, r->host.authority_text, why) || is_no(r->host.power, r->host.power_text, why) ||
	    last_try_was_refused(m, now, why))
		return GW_READY_NO;
	if (r->host.authority == GW_READY_UNKNOWN)
		text_say(why, "whether the signer's keys reach the account's active authority is not known");
	else if (r->host.golosd_config == GW_READY_UNKNOWN)
		text_say(why, "whether our golosd holds the private half of our key is not known: golosd_config %s",
			 r->host.golosd_config_text[0] != '\0' ? "cannot be read" : "is not given");
	else
		return GW_READY_YES;
	return GW_READY_UNKNOWN;
}

/* The node is bad, and has been for longer than a hiccup. */
static bool is_not_ready(const struct monitor *m, const struct gw_now *now)
{
	return now->mono_ms - m->ready.bad_since_ms >= GRACE_MS;
}

/* Bad and well may both last: within the grace it is neither. */
static void watch_wellness(struct monitor *m, bool bad, const struct gw_now *now)
{
	struct monitor_ready *r = &m->ready;

	if (!bad)
		r->bad_since_ms = MONITOR_NEVER;
	else if (r->bad_since_ms == MONITOR_NEVER)
		r->bad_since_ms = now->mono_ms;
	if (is_not_ready(m, now))
		r->well_since_ms = MONITOR_NEVER;
	else if (!bad && r->well_since_ms == MONITOR_NEVER)
		r->well_since_ms = now->mono_ms;
}

static void say_unreadable(struct monitor *m, struct monitor_actions *out)
{
	struct monitor_ready *r = &m->ready;
	bool unreadable = r->host.golosd_config == GW_READY_UNKNOWN && r->host.golosd_config_text[0] != '\0';

	if (unreadable && !r->unreadable_reported)
		text_notice(out, GW_WARNING, "golosd_config_unreadable", "%s", r->host.golosd_config_text);
	r->unreadable_reported = unreadable;
}

/* A standby's notice comes again, for nothing else shows it; a producer's missed slots do. */
static void say_not_ready(struct monitor *m, const char *why, const struct gw_now *now, struct monitor_actions *out)
{
	struct monitor_ready *r = &m->ready;

	if (r->reported && (state_we_produce(m) || now->mono_ms - r->reported_ms < REPEAT_MS))
		return;
	if (state_we_produce(m))
		text_notice(out, GW_CRITICAL, "producer_not_ready",
			    "this node produces for %s, and may miss its slots: %.180s", m->options.witness, why);
	else
		text_notice(out, GW_CRITICAL, "standby_not_ready", "this node could not take over %s now: %.180s",
			    m->options.witness, why);
	r->reported = 1;
	r->reported_ms = now->mono_ms;
}

static void say_ready(struct monitor *m, const struct gw_now *now, struct monitor_actions *out)
{
	struct monitor_ready *r = &m->ready;

	if (!r->reported || r->bad_since_ms != MONITOR_NEVER || now->mono_ms - r->well_since_ms < STANDS_MS)
		return;
	if (state_we_produce(m))
		text_notice(out, GW_INFO, "producer_ready", "this node can produce for %s again", m->options.witness);
	else
		text_notice(out, GW_INFO, "standby_ready", "this node can take over %s again", m->options.witness);
	r->reported = 0;
}

void readiness_watch(struct monitor *m, const struct gw_now *now, struct monitor_actions *out)
{
	struct monitor_ready *r = &m->ready;
	char why[GW_TEXT_SIZE];
	/* to produce, its golosd is all that a node needs */
	bool bad = state_we_produce(m) ? guard_own_node(m, now, why) : readiness_of(m, now, why) == GW_READY_NO;

	if (r->produces != state_we_produce(m)) /* what people heard is of the other part that it played */
		r->reported = 0;
	r->produces = state_we_produce(m);
	watch_wellness(m, bad, now);
	say_unreadable(m, out);
	if (is_not_ready(m, now))
		say_not_ready(m, why, now, out);
	else
		say_ready(m, now, out);
}
