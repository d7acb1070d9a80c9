/* SPDX-License-Identifier: MIT
 *
 * The host's one loop: timers, descriptors, signals, posts and worker threads over one libwebsockets context.
 * Everything here is [loop] but loop_post. All parts made on a loop are freed before it.
 */
#ifndef HOST_LOOP_H
#define HOST_LOOP_H

#include <stdbool.h>

#include "base/error.h"

/* libwebsockets itself ends a handshake that stands still for so many seconds. Each caller that connects has a shorter
 * limit of its own. */
#define LOOP_NETWORK_S 15

struct loop;
struct lws_context;

/* Ignores SIGPIPE and takes http_proxy out of the environment: libwebsockets would obey it, with no exception for
 * loopback. Call it before other threads are started. */
NODISCARD gw_status loop_new(struct loop **ret, struct error *err);
/* Work that is still under way is left to end by itself: its `done` is called with false. */
void loop_free(struct loop *loop);
/* Runs until loop_stop; may be run again. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);
struct lws_context *loop_lws(struct loop *loop); /* for node/ and http alone; has no vhost that others may use */

/* This machine's clocks, milliseconds. chain_ms is left 0. */
void loop_now(struct gw_now *ret);
int64_t loop_mono_ms(void);
int64_t loop_wall_ms(void);

/* ---- timers: one-shot; set again from inside the callback to repeat --------------------------------------------- */
struct loop_timer;
typedef void (*loop_timer_fn)(void *context);
struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_fn fn, void *context);
void loop_timer_set(struct loop_timer *timer, int64_t delay_ms); /* < 0: stops it */
void loop_timer_free(struct loop_timer *timer);			 /* NULL is fine */

/* ---- descriptors ------------------------------------------------------------------------------------------------ */
struct loop_fd;
/* readable is called as long as the descriptor is readable or its other end is gone; writable once for each
 * loop_fd_want_write. Both may be NULL. The descriptor stays the caller's: free the loop_fd before closing it. One
 * loop_fd for a descriptor. Never NULL: a descriptor that epoll refuses (a regular file) is a mistake in the program
 * and ends it. */
struct loop_fd *loop_fd_new(struct loop *loop, int fd, void (*readable)(void *context), void (*writable)(void *context),
			    void *context);
void loop_fd_want_write(struct loop_fd *loop_fd); /* once */
void loop_fd_free(struct loop_fd *loop_fd);	  /* does not close fd; NULL is fine */

/* ---- other threads ---------------------------------------------------------------------------------------------- */
/* [any-thread] Runs fn on the loop soon, in order. Not run if the loop is freed before. */
void loop_post(struct loop *loop, void (*fn)(void *context), void *context);
/* Runs work on a thread of its own, then done on the loop with true. If the loop is freed before that, done is called
 * with false, on any thread: it may then free context and do no more. Never from inside loop_work. */
void loop_work(struct loop *loop, void (*work)(void *context), void (*done)(void *context, bool on_loop),
	       void *context);

/* ---- signals ---------------------------------------------------------------------------------------------------- */
/* fn is called on the loop. The signal is blocked in this thread and in those and the children it starts from now on:
 * a child unblocks it before exec. GW_ERR_SYSTEM. */
NODISCARD gw_status loop_signal(struct loop *loop, int signo, void (*fn)(void *context, int signo), void *context,
				struct error *err);

#endif
