/* SPDX-License-Identifier: MIT
 * The feed's state machine: events from outside. See feed.h. */
#include "feed.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rules.h"

#define FAILURES_MAX 6
#define BLOCKS_S     15	   /* golosd dates a feed by the block before: some blocks early */
#define ROUND_GAP_MS 10000 /* between rounds that a connection begins */

void feed_init(struct feed *f, const struct feed_options *options)
{
	memset(f, 0, sizeof(*f));
	f->options = *options;
	if (!options->has_order)
		feed_say(f, GW_WARNING, "feed_alone",
			 "no `order` says which node publishes: no other node may run the price feed of %s",
			 options->witness);
}

void feed_start(struct feed *f, const struct gw_now *now)
{
	f->next_ms = now->mono_ms + FEED_PATIENCE_MS;
	f->owes_wake = true;
}

void feed_connected(struct feed *f, const struct gw_now *now)
{
	bool waits = f->verdict == FEED_NO_ROUND ||
		     (f->verdict == FEED_CHAIN_UNKNOWN && now->mono_ms - f->begun_ms >= ROUND_GAP_MS);

	if (waits)
		round_begin(f, now);
}

void feed_timer(struct feed *f, const struct gw_now *now)
{
	round_settle(f, now);
	order_advance(f, now);
	if (!f->runs && now->mono_ms >= f->next_ms)
		round_begin(f, now);
	f->owes_wake = true;
}

/* ---- a publication ------------------------------------------------------------------------------------------------- */

static void note_failure(struct feed *f, const struct gw_now *now)
{
	f->in_flight = false;
	f->failures += f->failures < FAILURES_MAX;
	f->not_before_s = feed_time_s(now) + (int64_t)FEED_RETRY_S * f->failures;
	f->owes_save = true;
}

static const char *refusal_text(gw_status status)
{
	return status == GW_ERR_DENIED ? "`sign: [feed_publish]` is missing" : "it cannot sign now";
}

void feed_submitted(struct feed *f, gw_status status, uint64_t id, const struct gw_now *now)
{
	if (status == GW_OK) {
		f->in_flight = id != f->ended; /* it may have come to nothing within the call */
		f->submitted_s = feed_time_s(now);
		f->owes_save = true;
		return;
	}
	if (status == GW_ERR_BUSY) { /* one of before the restart: its end begins a round */
		f->in_flight = true;
		f->verdict = FEED_IN_FLIGHT;
		order_wait(f);
		return;
	}
	if (f->order.state == FEED_ORDER_SENT)
		order_set(f, FEED_ORDER_FAILED, refusal_text(status));
	note_failure(f, now);
	feed_say(f, GW_WARNING, "feed_not_taken", "the host does not take %s for %s of %s: %s", f->intent.base,
		 f->intent.quote, f->options.witness, refusal_text(status));
}

static void note_in_block(struct feed *f, const struct gw_submission_event *event)
{
	f->published_s = feed_time_s(&event->now);
	f->waits_since_s = 0;
	f->failures = 0;
	f->not_before_s = 0;
	f->owes_save = true;
	feed_say(f, GW_INFO, "feed_published", "price of %s: %s for %s, in block %" PRIu32, f->options.witness,
		 event->intent->base, event->intent->quote, event->block_num);
}

/* After a restart the block that holds it may never be seen; what was saved, or the chain, tells of it. */
static bool has_landed(const struct feed *f)
{
	int64_t newest_s = f->own.time_s > f->published_s ? f->own.time_s : f->published_s;

	return f->submitted_s && newest_s + BLOCKS_S >= f->submitted_s;
}

/* What waited for the one before begins. */
static void after_end(struct feed *f, const struct gw_submission_event *event)
{
	f->ended = event->id;
	order_advance(f, &event->now);
	if (f->verdict == FEED_IN_FLIGHT)
		round_begin(f, &event->now);
}

void feed_submission(struct feed *f, const struct gw_submission_event *event)
{
	f->in_flight = event->state < GW_SUBMISSION_IRREVERSIBLE;
	order_submission(f, event);
	if (!f->in_flight)
		after_end(f, event);
	if (event->state == GW_SUBMISSION_IN_BLOCK)
		note_in_block(f, event);
	if (event->state != GW_SUBMISSION_FAILED || has_landed(f))
		return;
	note_failure(f, &event->now);
	if (event->reason != GW_FAIL_DRY_RUN)
		feed_say(f, event->reason == GW_FAIL_POLICY ? GW_CRITICAL : GW_WARNING, "feed_failed",
			 "%s for %s of %s was not published: %.150s", event->intent->base, event->intent->quote,
			 f->options.witness, event->text);
}

/* ---- orders -------------------------------------------------------------------------------------------------------- */

static gw_status obey_hold(struct feed *f, const struct gw_command_event *event, char ret_text[GW_TEXT_SIZE])
{
	f->hold.on = true;
	f->hold.until_s = event->until_s;
	snprintf(f->hold.by, sizeof(f->hold.by), "%.63s", event->by);
	f->owes_save = true;
	feed_say(f, GW_INFO, "feed_held", "%.63s holds the price of %s", event->by, f->options.witness);
	snprintf(ret_text, GW_TEXT_SIZE, "no price of %s is published%s", f->options.witness,
		 event->until_s ? " for that time" : " until `golos-watch resume`");
	return GW_OK;
}

static gw_status obey_resume(struct feed *f, const struct gw_command_event *event, char ret_text[GW_TEXT_SIZE])
{
	if (f->hold.on)
		feed_say(f, GW_INFO, "feed_resumed", "%.63s lets the price of %s be published again", event->by,
			 f->options.witness);
	f->hold.on = false;
	f->owes_save = true;
	round_begin(f, &event->now);
	snprintf(ret_text, GW_TEXT_SIZE, "all sources of the price of %s are asked now", f->options.witness);
	return GW_OK;
}

gw_status feed_command(struct feed *f, const struct gw_command_event *event, char ret_text[GW_TEXT_SIZE])
{
	if (event->verb == GW_COMMAND_HOLD)
		return obey_hold(f, event, ret_text);
	if (event->verb == GW_COMMAND_RESUME)
		return obey_resume(f, event, ret_text);
	if (event->verb == GW_COMMAND_TRY || event->verb == GW_COMMAND_PUBLISH)
		return order_take(f, event, ret_text);
	snprintf(ret_text, GW_TEXT_SIZE, "a price feed takes nothing over");
	return GW_ERR_UNSUPPORTED;
}
