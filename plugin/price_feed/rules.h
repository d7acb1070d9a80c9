/* SPDX-License-Identifier: MIT
 * Between the files of the feed's state machine. */
#ifndef PRICE_FEED_RULES_H
#define PRICE_FEED_RULES_H

#include "feed.h"

/* state.c. Chain time, or the wall clock's while that is unknown. */
int64_t feed_time_s(const struct gw_now *now);
void feed_say(struct feed *f, int32_t severity, const char *code, const char *format, ...) PRINTF_LIKE(4, 5);
bool feed_is_held(const struct feed *f, const struct gw_now *now);
/* The round that runs is an operator's. */
bool order_asks(const struct feed *f, bool publishes);
/* How it stands from now on. */
void order_set(struct feed *f, enum feed_order_state state, const char *text);
/* It waits, and for nothing any more. */
bool order_may_begin(const struct feed *f);

/* round.c: a new one begins, where none runs. */
void round_begin(struct feed *f, const struct gw_now *now);
/* Where all has answered, or time is up: what the answers say, and what follows. */
void round_settle(struct feed *f, const struct gw_now *now);

/* decide.c: what the newest round's price and chain ask for. */
void decide(struct feed *f, const struct gw_now *now);

/* order.c: begins what waits, where it may. */
void order_advance(struct feed *f, const struct gw_now *now);
gw_status order_take(struct feed *f, const struct gw_command_event *event, char ret_text[GW_TEXT_SIZE]);
/* What it handed over must wait for the publication before it. */
void order_wait(struct feed *f);
void order_submission(struct feed *f, const struct gw_submission_event *event);

#endif
