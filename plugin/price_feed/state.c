/* SPDX-License-Identifier: MIT
 * What all of the feed's state machine asks and says. See rules.h. */
#include <stdarg.h>
#include <stdio.h>

#include "rules.h"

int64_t feed_time_s(const struct gw_now *now)
{
	return (now->chain_ms > 0 ? now->chain_ms : now->wall_ms) / 1000;
}

void feed_say(struct feed *f, int32_t severity, const char *code, const char *format, ...)
{
	struct feed_notice *notice = &f->notices[f->notice_count];
	va_list args;

	if (f->notice_count == FEED_NOTICES_MAX)
		return; /* more than all sources and verdicts of a round */
	f->notice_count++;
	notice->severity = severity;
	notice->code = code;
	va_start(args, format);
	vsnprintf(notice->text, sizeof(notice->text), format, args);
	va_end(args);
}

bool feed_is_held(const struct feed *f, const struct gw_now *now)
{
	return f->hold.on && (f->hold.until_s == 0 || now->wall_ms / 1000 < f->hold.until_s);
}

bool order_asks(const struct feed *f, bool publishes)
{
	return f->order.state == FEED_ORDER_ASKS && f->order.publishes == publishes;
}

void order_set(struct feed *f, enum feed_order_state state, const char *text)
{
	f->order.state = state;
	snprintf(f->order.text, sizeof(f->order.text), "%s", text);
}

bool order_may_begin(const struct feed *f)
{
	return f->order.state == FEED_ORDER_WAITS && !f->runs && !(f->order.publishes && f->in_flight);
}
