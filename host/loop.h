/* SPDX-License-Identifier: MIT
 *
 * The host's one loop: timers, descriptors, signals, over one libwebsockets context. Everything here is [loop] but
 * loop_wake.
 */
#ifndef HOST_LOOP_H
#define HOST_LOOP_H

#include <stdbool.h>

#include "base/error.h"

struct loop;
struct lws_context;

NODISCARD gw_status loop_new(struct loop **ret, struct error *err);
void loop_free(struct loop *loop);
/* Runs until loop_stop. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);
struct lws_context *loop_lws(struct loop *loop); /* for node/ and http alone */

/* This machine's clocks, milliseconds. chain_ms is left 0. */
void loop_now(struct gw_now *ret);

/* ---- timers: one-shot; set again from inside the callback to repeat. Embedded in their owner ------------------- */
struct loop_timer;
typedef void (*loop_timer_fn)(void *context);
struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_fn fn, void *context);
void loop_timer_set(struct loop_timer *timer, int64_t delay_ms); /* < 0: stops it */
void loop_timer_free(struct loop_timer *timer);

/* ---- descriptors ------------------------------------------------------------------------------------------------ */
struct loop_fd;
/* readable and writable are called when the descriptor is; both may be NULL. The descriptor stays the caller's. */
struct loop_fd *loop_fd_new(struct loop *loop, int fd, void (*readable)(void *context), void (*writable)(void *context),
			    void *context);
void loop_fd_want_write(struct loop_fd *watch); /* once */
void loop_fd_free(struct loop_fd *watch);       /* does not close fd */

/* ---- other threads ---------------------------------------------------------------------------------------------- */
/* [any-thread] Runs fn on the loop soon, in order. */
void loop_post(struct loop *loop, void (*fn)(void *context), void *context);

/* ---- signals: handled on the loop. SIGPIPE is ignored --------------------------------------------------------------- */
NODISCARD gw_status loop_signal(struct loop *loop, int signo, void (*fn)(void *context, int signo), void *context,
				struct error *err);

#endif
