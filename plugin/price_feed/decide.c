/* SPDX-License-Identifier: MIT
 * Whether the newest price is published. See feed.h. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "rules.h"

#define DAY_S 86400

/* What people hear when it begins; QUIET: nothing. */
#define QUIET (-1)
static const struct {
	const char *name; /* "waits for the interval" is a status, "feed_held" the code of a notice */
	int32_t severity;
	const char *code;
} verdicts[] = {
	[FEED_NO_ROUND] = {"no round yet", QUIET, ""},
	[FEED_CHAIN_UNKNOWN] = {"chain unknown", GW_WARNING, "feed_chain_unknown"},
	[FEED_NO_WITNESS] = {"no such witness", GW_WARNING, "feed_no_witness"},
	[FEED_PRICE_UNKNOWN] = {"price unknown", GW_WARNING, "feed_price_unknown"},
	[FEED_NOT_DUE] = {"not due", QUIET, ""},
	[FEED_TOO_SOON] = {"waits for interval", QUIET, ""},
	[FEED_FAR_FROM_MEDIAN] = {"far from the median", GW_WARNING, "feed_far_from_median"},
	[FEED_BIG_CHANGE] = {"big change", GW_WARNING, "feed_big_change"},
	[FEED_FIRST_WAITS] = {"first waits", GW_WARNING, "feed_first_waits"},
	[FEED_HELD] = {"held", QUIET, ""},
	[FEED_IN_FLIGHT] = {"in flight", QUIET, ""},
	[FEED_AFTER_FAILURE] = {"waits after a failure", QUIET, ""},
	[FEED_NOT_OUR_TURN] = {"another node's turn", QUIET, ""},
	[FEED_DRY_RUN] = {"dry run", GW_INFO, "feed_dry_run"},
	[FEED_PUBLISHES] = {"publishes", QUIET, ""},
	[FEED_WOULD_PUBLISH] = {"would publish", QUIET, ""},
};

const char *feed_verdict_name(enum feed_verdict verdict)
{
	return verdicts[verdict].name;
}

static const char *rate_text(char ret[DECIMAL_TEXT_SIZE], struct decimal price)
{
	decimal_format(ret, price, 6);
	return ret;
}

/* ---- the rules ---------------------------------------------------------------------------------------------------- */

/* Of our newest publication, of which the node asked may not have heard yet. */
static int64_t last_s(const struct feed *f)
{
	return f->own.time_s > f->published_s ? f->own.time_s : f->published_s;
}

static bool has_changed(const struct feed *f)
{
	return f->own.is_reversed || decimal_is_apart(f->price.price, f->own.price, f->options.min_change);
}

/* NOT_DUE, TOO_SOON, or PUBLISHES. */
static enum feed_verdict find_due(const struct feed *f, int64_t now_s)
{
	if (!f->own.is_known)
		return f->published_s && now_s - f->published_s < f->options.interval_s ? FEED_TOO_SOON
											: FEED_PUBLISHES;
	if (now_s - last_s(f) > f->options.max_age_s)
		return FEED_PUBLISHES;
	if (!has_changed(f))
		return FEED_NOT_DUE;
	return now_s - last_s(f) < f->options.interval_s ? FEED_TOO_SOON : FEED_PUBLISHES;
}

static bool is_big(const struct feed *f)
{
	return f->own.is_known && decimal_is_apart(f->price.price, f->own.price, f->options.max_change);
}

/* A price far from our feed is counted once a round, as long as it stands and our feed stays the same. */
static void follow_change(struct feed *f, int64_t now_s)
{
	if (!is_big(f)) {
		f->change.rounds = 0;
		return;
	}
	bool stands = f->change.rounds > 0 && decimal_compare(f->change.from, f->own.price) == 0 &&
		      !decimal_is_apart(f->price.price, f->change.price, f->options.max_change);
	if (!stands) {
		f->change.rounds = 0;
		f->change.first_s = now_s;
		f->change.price = f->price.price;
		f->change.from = f->own.price;
	}
	f->change.rounds += f->change.rounds < FEED_STANDS_ROUNDS;
}

static bool change_stands(const struct feed *f, int64_t now_s)
{
	return f->change.rounds >= FEED_STANDS_ROUNDS && now_s - f->change.first_s >= f->options.max_change_for_s;
}

static bool is_far(const struct feed *f)
{
	return f->median.is_known && decimal_is_apart(f->price.price, f->median.price, f->options.max_from_median);
}

/* Waiting begins where nothing else holds: what held one node may have held all, and they would publish at once. */
static bool is_our_turn(struct feed *f, int64_t now_s)
{
	if (!f->waits_since_s)
		f->waits_since_s = now_s;
	return now_s - f->waits_since_s >= f->options.place * f->options.takeover_step_s;
}

/* What holds a publication that is due; PUBLISHES: nothing. `why` is filled. An operator who orders it stands in front: the
 * first one, another's turn and the pause after a failure are his to judge. */
static enum feed_verdict find_hindrance(struct feed *f, const struct gw_now *now)
{
	char ours[DECIMAL_TEXT_SIZE], theirs[DECIMAL_TEXT_SIZE];
	bool ordered = order_asks(f, true);
	int64_t now_s = feed_time_s(now);

	rate_text(ours, f->price.price);
	if (is_far(f)) {
		snprintf(f->why, sizeof(f->why),
			 "%.30s GBG is further from the witnesses' median %.30s than max_from_median: not published",
			 ours, rate_text(theirs, f->median.price));
		return FEED_FAR_FROM_MEDIAN;
	}
	if (is_big(f) && !change_stands(f, now_s)) {
		snprintf(f->why, sizeof(f->why),
			 "%.30s GBG is further from our feed %.30s than max_change: it must stand for %d rounds and "
			 "%" PRId64 " s",
			 ours, rate_text(theirs, f->own.price), FEED_STANDS_ROUNDS, f->options.max_change_for_s);
		return FEED_BIG_CHANGE;
	}
	if (!f->own.is_known && !f->options.first_ok && !ordered) {
		snprintf(f->why, sizeof(f->why),
			 "%s has published no price yet: `golos-watch feed publish` or `first: ok` publishes %.30s GBG",
			 f->options.witness, ours);
		return FEED_FIRST_WAITS;
	}
	if (feed_is_held(f, now)) {
		snprintf(f->why, sizeof(f->why), "%.30s GBG is held by %.63s", ours, f->hold.by);
		return FEED_HELD;
	}
	if (f->in_flight) {
		snprintf(f->why, sizeof(f->why), "a publication is on its way");
		return FEED_IN_FLIGHT;
	}
	if (now_s < f->not_before_s && !ordered) {
		snprintf(f->why, sizeof(f->why), "the last publication failed: the next try is in %" PRId64 " s",
			 f->not_before_s - now_s);
		return FEED_AFTER_FAILURE;
	}
	if (!ordered && !is_our_turn(f, now_s)) {
		snprintf(f->why, sizeof(f->why), "%" PRIu32 " nodes before this one in order may publish first",
			 f->options.place);
		return FEED_NOT_OUR_TURN;
	}
	return FEED_PUBLISHES;
}

/* ---- what follows -------------------------------------------------------------------------------------------------- */

static void watch_age(struct feed *f, int64_t now_s)
{
	int64_t age_s = now_s - f->own.time_s;

	if (!f->own.is_known || age_s <= FEED_STALE_S) {
		f->said_stale_s = 0;
		return;
	}
	if (f->said_stale_s && now_s - f->said_stale_s < DAY_S)
		return;
	feed_say(f, GW_CRITICAL, "feed_stale",
		 "the price of %s on chain is %" PRId64 " days old, and golosd drops it after 7", f->options.witness,
		 age_s / DAY_S);
	f->said_stale_s = now_s;
	f->owes_save = true;
}

static void watch_median(struct feed *f)
{
	if (!f->median.is_known && f->history_answered && !f->said_no_median)
		feed_say(f, GW_INFO, "feed_no_median", "the chain has no median of prices yet: max_from_median is off");
	f->said_no_median = f->history_answered ? !f->median.is_known : f->said_no_median;
}

static void publish(struct feed *f, const char *base, const char *quote)
{
	f->intent = (struct gw_intent){
		.struct_size = sizeof(f->intent), .operation = GW_OP_FEED_PUBLISH, .mode = GW_INTENT_AUTOMATIC};
	snprintf(f->intent.witness, sizeof(f->intent.witness), "%s", f->options.witness);
	snprintf(f->intent.base, sizeof(f->intent.base), "%s", base);
	snprintf(f->intent.quote, sizeof(f->intent.quote), "%s", quote);
	snprintf(f->why, sizeof(f->why), "%s for %s", base, quote);
	f->owes_submit = true;
}

static enum feed_verdict judge(struct feed *f, const struct gw_now *now)
{
	char base[PRICE_TEXT_SIZE], quote[PRICE_TEXT_SIZE];
	int64_t now_s = feed_time_s(now);
	struct error err = {0};

	if (!f->witness_answered || !f->history_answered) {
		snprintf(f->why, sizeof(f->why), "no node tells of the prices of %s (witness_api)", f->options.witness);
		return FEED_CHAIN_UNKNOWN;
	}
	if (!f->exists) {
		snprintf(f->why, sizeof(f->why), "the chain has no witness %s", f->options.witness);
		return FEED_NO_WITNESS;
	}
	if (!f->price.is_known)
		return FEED_PRICE_UNKNOWN;
	if (price_form(f->price.price, base, quote, &err) != GW_OK) {
		snprintf(f->why, sizeof(f->why), "%.250s", err.text);
		return FEED_PRICE_UNKNOWN;
	}
	follow_change(f, now_s);
	enum feed_verdict verdict = order_asks(f, true) ? FEED_PUBLISHES : find_due(f, now_s);
	if (verdict != FEED_PUBLISHES)
		return verdict;
	verdict = find_hindrance(f, now);
	if (verdict != FEED_PUBLISHES)
		return verdict;
	if (f->options.dry_run && !(order_asks(f, true) && f->order.yes)) {
		snprintf(f->why, sizeof(f->why), "dry run: %s for %s would be published", base, quote);
		return FEED_DRY_RUN;
	}
	publish(f, base, quote);
	return FEED_PUBLISHES;
}

/* What a round of its own would do now, of which only the answer stays. */
static void judge_try(struct feed *f, const struct gw_now *now)
{
	struct feed trial = *f;
	enum feed_verdict verdict = judge(&trial, now);

	f->verdict = verdict == FEED_PUBLISHES ? FEED_WOULD_PUBLISH : verdict;
	memcpy(f->why, trial.why, sizeof(f->why));
	order_set(f, FEED_ORDER_DONE, "nothing was published");
}

static void judge_order(struct feed *f, const struct gw_now *now)
{
	f->verdict = judge(f, now);
	order_set(f, f->verdict == FEED_PUBLISHES ? FEED_ORDER_SENT : FEED_ORDER_FAILED, f->why);
}

void decide(struct feed *f, const struct gw_now *now)
{
	if (f->witness_answered)
		f->own.is_known = f->own.is_known && f->exists;
	if (f->order.state == FEED_ORDER_ASKS) {
		if (f->order.publishes)
			judge_order(f, now);
		else
			judge_try(f, now);
		return;
	}
	watch_median(f);
	watch_age(f, feed_time_s(now));
	f->verdict = judge(f, now);
	if (f->verdict < FEED_IN_FLIGHT)
		f->waits_since_s = 0;
	f->owes_save = true;
	if (f->verdict == f->said)
		return;
	if (verdicts[f->verdict].severity != QUIET)
		feed_say(f, verdicts[f->verdict].severity, verdicts[f->verdict].code, "%s", f->why);
	f->said = f->verdict;
}
