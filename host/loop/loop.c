/* SPDX-License-Identifier: MIT
 *
 * The loop. libwebsockets polls. All foreign descriptors live in one epoll set, which it polls as one file. So only
 * this file, node/ws_lws.c and api/http.c know libwebsockets.
 */
#include "loop/loop.h"

#include <errno.h>
#include <libwebsockets.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/thread.h"
#include "loop/timers.h"

#define US_PER_MS   1000
#define HEAD_MAX    (16u << 10) /* bytes of one HTTP head: proxies send more than libwebsockets' 4 KiB */
#define SOCKETS_MAX 256 /* else libwebsockets makes room for as many as the process may open: 16 MiB for a million */
#define RINGS	    INT64_MIN /* the alarm is being answered, and is set at the end of that */

struct post {
	struct post *prev, *next;
	void (*fn)(void *context);		   /* of loop_post, or */
	void (*done)(void *context, bool on_loop); /* of loop_work */
	void *context;
};

/* Where other threads leave posts. The queue outlives the loop as long as a worker thread may still post. */
struct mailbox {
	pthread_mutex_t lock;
	unsigned int owners; /* the loop, and each worker thread */
	bool closed;	     /* the loop is gone */
	int event_fd;
	struct post *first; /* utlist's */
};

struct signal_handler {
	void (*fn)(void *context, int signo);
	void *context;
};

struct loop {
	struct lws_context *lws;
	struct timers timers;
	lws_sorted_usec_list_t
		alarm;	  /* at the first of them: libwebsockets' own list of timers is walked from its head */
	int64_t alarm_us; /* INT64_MAX: it is not set */
	bool running;
	int epoll_fd;
	struct mailbox *mailbox;
	struct loop_fd *mailbox_loop_fd;
	int signal_fd; /* -1 until the first loop_signal */
	sigset_t signals;
	struct loop_fd *signal_loop_fd;
	struct signal_handler handlers[_NSIG];
};

/* ---- clocks ----------------------------------------------------------------------------------------------------- */

void loop_now(struct gw_now *ret)
{
	*ret = (struct gw_now){.wall_ms = clock_ms(CLOCK_REALTIME), .mono_ms = clock_ms(CLOCK_MONOTONIC)};
}

/* ---- timers ----------------------------------------------------------------------------------------------------- */

struct loop_timer {
	struct timer timer;
	struct loop *loop;
	loop_timer_fn fn;
	void *context;
};

static void on_alarm(lws_sorted_usec_list_t *alarm);

static void set_alarm(struct loop *loop)
{
	const struct timer *first = timers_first(&loop->timers);
	int64_t due_us = first ? first->due_us : INT64_MAX;
	lws_usec_t left_us = first ? due_us - lws_now_usecs() : (lws_usec_t)LWS_SET_TIMER_USEC_CANCEL;

	if (due_us == loop->alarm_us || loop->alarm_us == RINGS)
		return;
	loop->alarm_us = due_us;
	lws_sul_schedule(loop->lws, 0, &loop->alarm, on_alarm, first && left_us < 0 ? 0 : left_us);
}

/* A timer that is set to be due at once, from a timer, runs in the next turn: input that has come meanwhile goes
 * first. */
static void on_alarm(lws_sorted_usec_list_t *alarm)
{
	struct loop *loop = lws_container_of(alarm, struct loop, alarm);
	int64_t now_us = lws_now_usecs();
	uint64_t turns = loop->timers.turns;

	loop->alarm_us = RINGS;
	for (struct timer *first; (first = timers_first(&loop->timers)) != NULL;) {
		struct loop_timer *timer = lws_container_of(first, struct loop_timer, timer);

		if (first->due_us > now_us || first->turn > turns)
			break;
		timers_unset(&loop->timers, first);
		timer->fn(timer->context);
	}
	loop->alarm_us = INT64_MAX;
	set_alarm(loop);
}

struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_fn fn, void *context)
{
	struct loop_timer *timer = xcalloc(1, sizeof(*timer));

	timer->loop = loop;
	timer->fn = fn;
	timer->context = context;
	return timer;
}

void loop_timer_set(struct loop_timer *timer, int64_t delay_ms)
{
	struct timers *timers = &timer->loop->timers;

	if (delay_ms < 0)
		timers_unset(timers, &timer->timer);
	else
		timers_set(timers, &timer->timer, lws_now_usecs() + delay_ms * US_PER_MS);
	set_alarm(timer->loop);
}

void loop_timer_free(struct loop_timer *timer)
{
	if (!timer)
		return;
	loop_timer_set(timer, -1);
	free(timer);
}

/* ---- descriptors ------------------------------------------------------------------------------------------------ */

struct loop_fd {
	struct loop *loop;
	int fd;
	void (*readable)(void *context);
	void (*writable)(void *context);
	void *context;
};

static void set_events(struct loop_fd *loop_fd, int operation, bool want_write)
{
	struct epoll_event event = {.data.ptr = loop_fd};

	event.events = (loop_fd->readable ? (uint32_t)EPOLLIN : 0) | (want_write ? (uint32_t)EPOLLOUT : 0);
	if (epoll_ctl(loop_fd->loop->epoll_fd, operation, loop_fd->fd, &event)) {
		log_line(GW_CRITICAL, "loop", "descriptor %d cannot be watched: %s", loop_fd->fd, strerror(errno));
		log_end();
		abort();
	}
}

struct loop_fd *loop_fd_new(struct loop *loop, int fd, void (*readable)(void *context), void (*writable)(void *context),
			    void *context)
{
	struct loop_fd *loop_fd = xcalloc(1, sizeof(*loop_fd));

	*loop_fd = (struct loop_fd){loop, fd, readable, writable, context};
	set_events(loop_fd, EPOLL_CTL_ADD, false);
	return loop_fd;
}

void loop_fd_want_write(struct loop_fd *loop_fd)
{
	set_events(loop_fd, EPOLL_CTL_MOD, true);
}

void loop_fd_free(struct loop_fd *loop_fd)
{
	if (!loop_fd)
		return;
	epoll_ctl(loop_fd->loop->epoll_fd, EPOLL_CTL_DEL, loop_fd->fd, NULL);
	free(loop_fd);
}

/* One event a turn: a callback may free any other loop_fd, so no second event may have been fetched. The set stays
 * readable while there are more. */
static void dispatch_one(struct loop *loop)
{
	struct epoll_event event;

	if (epoll_wait(loop->epoll_fd, &event, 1, 0) != 1)
		return;
	struct loop_fd *loop_fd = event.data.ptr;

	if ((event.events & EPOLLOUT) && loop_fd->writable) {
		set_events(loop_fd, EPOLL_CTL_MOD, false);
		loop_fd->writable(loop_fd->context);
	} else if (loop_fd->readable) {
		loop_fd->readable(loop_fd->context);
	}
}

static int on_lws_file(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t len)
{
	(void)user, (void)in, (void)len;
	if (reason == LWS_CALLBACK_RAW_RX_FILE)
		dispatch_one(lws_get_opaque_user_data(wsi));
	return 0;
}

/* ---- posts and worker threads ----------------------------------------------------------------------------------- */

/* Gives up one owner's share; the last one frees. */
static void mailbox_leave(struct mailbox *box)
{
	pthread_mutex_lock(&box->lock);
	bool last = --box->owners == 0;
	pthread_mutex_unlock(&box->lock);
	if (!last)
		return;
	close(box->event_fd);
	pthread_mutex_destroy(&box->lock);
	free(box);
}

/* False: the loop is gone, and post is still the caller's. */
static bool mailbox_put(struct mailbox *box, struct post *post)
{
	static const uint64_t one = 1;

	pthread_mutex_lock(&box->lock);
	bool open = !box->closed;
	if (open) {
		DL_APPEND(box->first, post);
		/* an eventfd takes a write unless it holds 2^64 - 2 of them */
		ssize_t ignored = write(box->event_fd, &one, sizeof(one));
		(void)ignored;
	}
	pthread_mutex_unlock(&box->lock);
	return open;
}

static struct post *mailbox_take(struct mailbox *box)
{
	pthread_mutex_lock(&box->lock);
	struct post *post = box->first;
	if (post)
		DL_DELETE(box->first, post);
	pthread_mutex_unlock(&box->lock);
	return post;
}

static void on_mail(void *context)
{
	struct loop *loop = context;
	uint64_t count;
	struct post *post;

	ssize_t ignored = read(loop->mailbox->event_fd, &count, sizeof(count));
	(void)ignored;
	while ((post = mailbox_take(loop->mailbox))) {
		if (post->done)
			post->done(post->context, true);
		else
			post->fn(post->context);
		free(post);
	}
}

static void mailbox_close(struct mailbox *box)
{
	struct post *post;

	pthread_mutex_lock(&box->lock);
	box->closed = true;
	pthread_mutex_unlock(&box->lock);
	while ((post = mailbox_take(box))) {
		if (post->done)
			post->done(post->context, false);
		free(post);
	}
	mailbox_leave(box);
}

void loop_post(struct loop *loop, void (*fn)(void *context), void *context)
{
	struct post *post = xcalloc(1, sizeof(*post));

	post->fn = fn;
	post->context = context;
	mailbox_put(loop->mailbox, post);
}

struct worker {
	struct mailbox *mailbox;
	void (*work)(void *context);
	struct post *post; /* what it leaves in the end */
};

static void *worker_main(void *argument)
{
	struct worker *worker = argument;
	struct post *post = worker->post;

	if (worker->work)
		worker->work(post->context);
	if (!mailbox_put(worker->mailbox, post)) {
		post->done(post->context, false);
		free(post);
	}
	mailbox_leave(worker->mailbox);
	free(worker);
	return NULL;
}

void loop_work(struct loop *loop, void (*work)(void *context), void (*done)(void *context, bool on_loop), void *context)
{
	struct worker *worker = xcalloc(1, sizeof(*worker));

	worker->mailbox = loop->mailbox;
	worker->work = work;
	worker->post = xcalloc(1, sizeof(*worker->post));
	worker->post->done = done;
	worker->post->context = context;
	pthread_mutex_lock(&loop->mailbox->lock);
	loop->mailbox->owners++;
	pthread_mutex_unlock(&loop->mailbox->lock);

	if (thread_start(NULL, NULL, 0, worker_main, worker)) {
		worker->work = NULL; /* no thread to be had: done finds the work undone */
		worker_main(worker);
	}
}

/* ---- signals ---------------------------------------------------------------------------------------------------- */

static void on_signal(void *context)
{
	struct loop *loop = context;
	struct signalfd_siginfo info;

	if (read(loop->signal_fd, &info, sizeof(info)) != (ssize_t)sizeof(info) || info.ssi_signo >= _NSIG)
		return;
	struct signal_handler *handler = &loop->handlers[info.ssi_signo];
	if (handler->fn)
		handler->fn(handler->context, (int)info.ssi_signo);
}

gw_status loop_signal(struct loop *loop, int signo, void (*fn)(void *context, int signo), void *context,
		      struct error *err)
{
	sigset_t one;

	if (signo < 1 || signo >= _NSIG)
		return error_set(err, GW_ERR_RANGE, "signal %d: there is none of that number", signo);
	sigemptyset(&one);
	sigaddset(&one, signo);
	sigaddset(&loop->signals, signo);
	int fd = signalfd(loop->signal_fd, &loop->signals, SFD_CLOEXEC | SFD_NONBLOCK);
	int failed = fd < 0 ? errno : pthread_sigmask(SIG_BLOCK, &one, NULL);
	if (failed)
		return error_set(err, GW_ERR_SYSTEM, "signal %d cannot be handled: %s", signo, strerror(failed));
	loop->handlers[signo] = (struct signal_handler){fn, context};
	loop->signal_fd = fd;
	if (!loop->signal_loop_fd)
		loop->signal_loop_fd = loop_fd_new(loop, fd, on_signal, NULL, loop);
	return GW_OK;
}

/* ---- the loop itself -------------------------------------------------------------------------------------------- */

static void on_lws_log(int level, const char *line)
{
	size_t len = strcspn(line, "\n");

	(void)level;
	log_line(GW_DEBUG, "lws", "%.*s", (int)len, line);
}

/* Gives the epoll set to libwebsockets, as a file that is to be polled. libwebsockets then closes the set. */
static bool adopt_epoll(struct loop *loop)
{
	static const struct lws_protocols protocols[] = {{.name = "loop", .callback = on_lws_file}, {.name = NULL}};
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN, .protocols = protocols, .vhost_name = "loop"};
	struct lws_vhost *vhost = lws_create_vhost(loop->lws, &info);
	int fd = vhost ? dup(loop->epoll_fd) : -1;

	if (fd < 0)
		return false;
	struct lws_adopt_desc adopt = {
		.vh = vhost, .type = LWS_ADOPT_RAW_FILE_DESC, .fd.filefd = fd, .vh_prot_name = "loop", .opaque = loop};
	return lws_adopt_descriptor_vhost_via_info(&adopt) != NULL;
}

static gw_status start_lws(struct loop *loop, struct error *err)
{
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
		.fd_limit_per_thread = SOCKETS_MAX,
		.max_http_header_data2 = HEAD_MAX,
		.timeout_secs = LOOP_NETWORK_S, /* of the whole context: libwebsockets has none of a vhost */
	};

	lws_set_log_level(LLL_ERR | LLL_WARN, on_lws_log);
	loop->lws = lws_create_context(&info);
	if (!loop->lws)
		return error_set(err, GW_ERR_SYSTEM, "libwebsockets cannot be started");
	if (!adopt_epoll(loop))
		return error_set(err, GW_ERR_SYSTEM, "libwebsockets does not take the loop's descriptors");
	return GW_OK;
}

gw_status loop_new(struct loop **ret, struct error *err)
{
	struct loop *loop = xcalloc(1, sizeof(*loop));

	signal(SIGPIPE, SIG_IGN);
	unsetenv("http_proxy");
	sigemptyset(&loop->signals);
	loop->signal_fd = -1;
	loop->alarm_us = INT64_MAX;
	loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	int event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	loop->mailbox = xcalloc(1, sizeof(*loop->mailbox));
	loop->mailbox->owners = 1;
	loop->mailbox->event_fd = event_fd;
	pthread_mutex_init(&loop->mailbox->lock, NULL);
	gw_status status = loop->epoll_fd < 0 || event_fd < 0
				   ? error_set(err, GW_ERR_SYSTEM, "the loop's descriptors: %s", strerror(errno))
				   : start_lws(loop, err);
	if (status) {
		loop_free(loop);
		return status;
	}
	loop->mailbox_loop_fd = loop_fd_new(loop, event_fd, on_mail, NULL, loop);
	*ret = loop;
	return GW_OK;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	loop_fd_free(loop->mailbox_loop_fd);
	loop_fd_free(loop->signal_loop_fd);
	mailbox_close(loop->mailbox);
	if (loop->lws)
		lws_context_destroy(loop->lws);
	if (loop->signal_fd >= 0)
		close(loop->signal_fd);
	if (loop->epoll_fd >= 0)
		close(loop->epoll_fd);
	timers_done(&loop->timers);
	free(loop);
}

void loop_run(struct loop *loop)
{
	loop->running = true;
	while (loop->running && lws_service(loop->lws, 0) >= 0)
		;
}

void loop_stop(struct loop *loop)
{
	loop->running = false;
	lws_cancel_service(loop->lws); /* a timer runs before the wait, which would last until the next event */
}

struct lws_context *loop_lws(struct loop *loop)
{
	return loop->lws;
}
