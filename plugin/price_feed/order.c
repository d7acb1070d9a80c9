/* SPDX-License-Identifier: MIT
 * An operator's try or publish. See feed.h. */
#include <inttypes.h>
#include <stdio.h>

#include "rules.h"

static bool is_under_way(const struct feed_order *order)
{
	return order->state == FEED_ORDER_WAITS || order->state == FEED_ORDER_ASKS || order->state == FEED_ORDER_SENT;
}

void order_advance(struct feed *f, const struct gw_now *now)
{
	if (!order_may_begin(f))
		return;
	order_set(f, FEED_ORDER_ASKS, "all sources are asked");
	round_begin(f, now);
}

void order_wait(struct feed *f)
{
	if (f->order.state == FEED_ORDER_SENT)
		order_set(f, FEED_ORDER_WAITS, "waits for the publication before it");
}

void order_submission(struct feed *f, const struct gw_submission_event *event)
{
	if (f->order.state != FEED_ORDER_SENT)
		return;
	f->order.block = event->block_num;
	order_set(f,
		  event->state == GW_SUBMISSION_FAILED	   ? FEED_ORDER_FAILED
		  : event->state >= GW_SUBMISSION_IN_BLOCK ? FEED_ORDER_DONE
							   : FEED_ORDER_SENT,
		  event->text);
}

gw_status order_take(struct feed *f, const struct gw_command_event *event, char ret_text[GW_TEXT_SIZE])
{
	bool publishes = event->verb == GW_COMMAND_PUBLISH;

	if (is_under_way(&f->order)) {
		snprintf(ret_text, GW_TEXT_SIZE, "another order is under way: %.200s", f->order.text);
		return GW_ERR_BUSY;
	}
	if (publishes && f->options.dry_run && !event->yes) {
		snprintf(ret_text, GW_TEXT_SIZE, "dry_run publishes nothing: --yes publishes this one all the same");
		return GW_ERR_DENIED;
	}
	if (publishes && feed_is_held(f, &event->now)) {
		snprintf(ret_text, GW_TEXT_SIZE, "held by %.63s: `golos-watch resume` ends it", f->hold.by);
		return GW_ERR_DENIED;
	}
	f->order = (struct feed_order){.publishes = publishes, .yes = event->yes != 0, .number = f->order.number + 1};
	order_set(f, FEED_ORDER_WAITS,
		  f->runs ? "waits for the round that runs" : "waits for the publication before it");
	if (publishes)
		feed_say(f, GW_INFO, "feed_ordered", "%.63s publishes the price of %s now", event->by,
			 f->options.witness);
	snprintf(ret_text, GW_TEXT_SIZE, "all sources of the price of %s are asked%s", f->options.witness,
		 publishes ? ", and it is published" : "; nothing is published");
	order_advance(f, &event->now);
	return GW_OK;
}
