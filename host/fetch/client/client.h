/* SPDX-License-Identifier: MIT
 *
 * The host's end of golos-watch-fetch: started before root is given up, told its addresses once, asked for rounds from
 * the loop. One that ends or hangs takes nothing with it: what waits is answered, and it is started again only where
 * that gives nobody more than he has, that is where it runs as the host's own user anyway. [loop] */
#ifndef FETCH_CLIENT_H
#define FETCH_CLIENT_H

#include <sys/types.h>

#include "fetch/wire/message.h"
#include "loop/loop.h"

struct fetch_setup {
	const char *program; /* path of golos-watch-fetch */
	const char *user;    /* run as, when started as root; NULL: as started */
	const char *ca_file; /* NULL: the system's */
	const char *const *urls;
	size_t count;	  /* 1 to FETCH_ADDRESSES_MAX, each different */
	int64_t again_ms; /* from its end to the next start; 0: a minute */
};

struct fetch;
typedef void fetch_ended_fn(void *context, const char *why); /* said once until a round succeeded again */
/* *answer is lent until it returns. */
typedef void fetch_done_fn(void *context, const struct fetch_answer *answer);

/* Starts it and waits for READY, 10 s at most. Never NULL: one that does not start is as one that ended. */
struct fetch *fetch_start(const struct fetch_setup *setup);
/* From here on it may be asked. */
void fetch_attach(struct fetch *fetch, struct loop *loop, fetch_ended_fn *ended, void *context);
bool fetch_is_running(const struct fetch *fetch);
const char *fetch_why(const struct fetch *fetch); /* it does not run, and until when; "": it runs, or is just started */
struct fetch_ready fetch_facts(const struct fetch *fetch); /* of its start */

/* `done` is called with the answer, deadline_ms (1 to FETCH_ROUND_MS) and half a second later at the latest, and never
 * from within. What is asked for together goes out in one round; one round runs at a time. GW_ERR_NOT_FOUND: an address
 * it was not told. GW_ERR_UNAVAILABLE: it does not run. */
NODISCARD gw_status fetch_get(struct fetch *fetch, const char *url, int64_t deadline_ms, fetch_done_fn *done,
			      void *context);
/* Ends it; what waits is answered with GW_ERR_UNAVAILABLE. NULL is fine. */
void fetch_stop(struct fetch *fetch);

#endif
