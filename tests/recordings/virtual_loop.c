/* SPDX-License-Identifier: MIT
 * The loop of the replays. See virtual_loop.h. */
#include "virtual_loop.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/memory.h"

struct post {
	struct post *next;
	void (*fn)(void *context);
	void *context;
};

struct loop_timer {
	struct loop *loop;
	struct loop_timer *next;
	int64_t due_ms; /* after the start; INT64_MAX: off */
	loop_timer_fn fn;
	void *context;
};

struct loop {
	pthread_mutex_t lock;
	pthread_cond_t posted;
	struct post *first, **end; /* under the lock */
	struct loop_timer *timers;
	bool stopped;
};

/* loop_now is told no loop. */
static struct {
	int64_t start_wall_ms, at_ms;
} virtual_clock;

void virtual_loop_set_start(int64_t wall_ms)
{
	virtual_clock.start_wall_ms = wall_ms;
	virtual_clock.at_ms = 0;
}

int64_t virtual_loop_at_ms(void)
{
	return virtual_clock.at_ms;
}

bool virtual_loop_stopped(const struct loop *loop)
{
	return loop->stopped;
}

void loop_now(struct gw_now *ret)
{
	*ret = (struct gw_now){.wall_ms = virtual_clock.start_wall_ms + virtual_clock.at_ms,
			       .mono_ms = VIRTUAL_MONO_MS + virtual_clock.at_ms};
}

/* ---- posts ------------------------------------------------------------------------------------------------------ */

void loop_post(struct loop *loop, void (*fn)(void *context), void *context)
{
	struct post *post = xcalloc(1, sizeof(*post));

	*post = (struct post){.fn = fn, .context = context};
	pthread_mutex_lock(&loop->lock);
	*loop->end = post;
	loop->end = &post->next;
	pthread_cond_signal(&loop->posted);
	pthread_mutex_unlock(&loop->lock);
}

/* NULL: there is none, and `wait` is false. */
static struct post *take_post(struct loop *loop, bool wait)
{
	pthread_mutex_lock(&loop->lock);
	while (wait && !loop->first)
		pthread_cond_wait(&loop->posted, &loop->lock);
	struct post *post = loop->first;
	if (post) {
		loop->first = post->next;
		if (!loop->first)
			loop->end = &loop->first;
	}
	pthread_mutex_unlock(&loop->lock);
	return post;
}

static bool run_post(struct loop *loop, bool wait)
{
	struct post *post = take_post(loop, wait);

	if (!post)
		return false;
	post->fn(post->context);
	free(post);
	return true;
}

void virtual_loop_wait(struct loop *loop, const bool *done)
{
	while (!*done)
		run_post(loop, true);
}

/* ---- timers ----------------------------------------------------------------------------------------------------- */

struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_fn fn, void *context)
{
	struct loop_timer *timer = xcalloc(1, sizeof(*timer));

	*timer = (struct loop_timer){
		.loop = loop, .next = loop->timers, .due_ms = INT64_MAX, .fn = fn, .context = context};
	loop->timers = timer;
	return timer;
}

void loop_timer_set(struct loop_timer *timer, int64_t delay_ms)
{
	timer->due_ms = delay_ms < 0 ? INT64_MAX : virtual_clock.at_ms + delay_ms;
}

void loop_timer_free(struct loop_timer *timer)
{
	if (!timer)
		return;
	for (struct loop_timer **at = &timer->loop->timers; *at; at = &(*at)->next) {
		if (*at != timer)
			continue;
		*at = timer->next;
		break;
	}
	free(timer);
}

static struct loop_timer *next_timer(const struct loop *loop)
{
	struct loop_timer *next = NULL;

	for (struct loop_timer *timer = loop->timers; timer; timer = timer->next)
		if (timer->due_ms != INT64_MAX && (!next || timer->due_ms < next->due_ms))
			next = timer;
	return next;
}

static bool run_due(struct loop *loop)
{
	struct loop_timer *timer = next_timer(loop);

	if (!timer || timer->due_ms > virtual_clock.at_ms)
		return false;
	timer->due_ms = INT64_MAX;
	timer->fn(timer->context);
	return true;
}

static void run_all(struct loop *loop)
{
	while (run_post(loop, false) || run_due(loop))
		;
}

void virtual_loop_pass(struct loop *loop, int64_t until_ms, void (*settle)(void *context), void *context)
{
	for (;;) {
		run_all(loop);
		settle(context);
		const struct loop_timer *next = next_timer(loop);

		if (next && next->due_ms <= virtual_clock.at_ms)
			continue; /* what was waited for has made more to do */
		if (!next || next->due_ms > until_ms)
			break;
		virtual_clock.at_ms = next->due_ms;
	}
	if (virtual_clock.at_ms < until_ms)
		virtual_clock.at_ms = until_ms;
}

/* ---- life, and what a replay has none of ------------------------------------------------------------------------ */

gw_status loop_new(struct loop **ret, struct error *err)
{
	struct loop *loop = xcalloc(1, sizeof(*loop));

	(void)err;
	pthread_mutex_init(&loop->lock, NULL);
	pthread_cond_init(&loop->posted, NULL);
	loop->end = &loop->first;
	*ret = loop;
	return GW_OK;
}

void loop_free(struct loop *loop)
{
	struct post *post;

	while ((post = take_post(loop, false)))
		free(post);
	pthread_cond_destroy(&loop->posted);
	pthread_mutex_destroy(&loop->lock);
	free(loop);
}

void loop_run(struct loop *loop)
{
	run_all(loop);
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
}

struct lws_context *loop_lws(struct loop *loop)
{
	(void)loop;
	return NULL; /* no HTTP in a replay */
}

/* The signer's channel alone is watched, and the replay's signer does not end. */
struct loop_fd *loop_fd_new(struct loop *loop, int fd, void (*readable)(void *context), void (*writable)(void *context),
			    void *context)
{
	(void)loop, (void)fd, (void)readable, (void)writable, (void)context;
	return NULL;
}

void loop_fd_want_write(struct loop_fd *loop_fd)
{
	(void)loop_fd;
}

void loop_fd_free(struct loop_fd *loop_fd)
{
	(void)loop_fd;
}

void loop_work(struct loop *loop, void (*work)(void *context), void (*done)(void *context, bool on_loop), void *context)
{
	(void)loop;
	work(context);
	done(context, true);
}

gw_status loop_signal(struct loop *loop, int signo, void (*fn)(void *context, int signo), void *context,
		      struct error *err)
{
	(void)loop, (void)signo, (void)fn, (void)context, (void)err;
	return GW_OK;
}
