/* SPDX-License-Identifier: MIT
 *
 * What this room's files share: instances.c has an instance's life, events.c what it gets, calls.c each call into it,
 * services.c what it may call. Nobody else includes this.
 */
#ifndef PLUGINS_INSTANCE_STATE_H
#define PLUGINS_INSTANCE_STATE_H

#include <pthread.h>
#include <stdatomic.h>

#include "plugins/crashes.h"
#include "plugins/instances.h"
#include "plugins/listeners.h"

struct instance_timer {
	struct instance *instance;
	uint32_t id;
	struct loop_timer *timer; /* NULL: never set */
};

/* In the order of a life; plugin.h says what may be called in which. */
enum instance_life { INSTANCE_OPENING, INSTANCE_OPENED, INSTANCE_STARTED, INSTANCE_STOPPED };

struct instance {
	struct instances *all;
	struct plugin *plugin;
	const struct gw_plugin_entry *entry; /* complete: what an older plugin lacks is NULL */
	struct config_instance config;	     /* own copy of the plain members; texts are owned here */
	char *name;
	char mark[CRASH_MARK_SIZE];
	int64_t started_ms; /* monotonic: when it was opened */
	void *self;
	enum instance_life life;
	atomic_uint misuses; /* calls that were refused because they break a rule of plugin.h */
	bool hears_notice;   /* its on_notice is running */
	bool ordered;	     /* its on_command is running, for a takeover */
	uint32_t policy;
	uint32_t rpc_in_flight, http_in_flight;
	size_t witness_count;
	char witnesses[INSTANCE_WITNESSES_MAX][GW_ACCOUNT_SIZE];
	struct instance_timer timers[INSTANCE_TIMERS];
};

struct instances {
	struct loop *loop;
	pthread_t thread; /* the loop's */
	struct instance_services services;
	size_t count;
	struct instance **list;
	struct listeners *listeners;
	uint64_t next_rpc, next_http;
};

/* One call into a plugin: how long it takes is measured, and who is called is known should the process die of it. */
struct instance_call {
	struct crashes_call crash;
	int64_t begun_ms;
};

void instance_call_begin(struct instance_call *call, const struct instance *instance, const char *callback);
void instance_call_end(const struct instance_call *call, const struct instance *instance);

/* The table that `open` hands over; services by id through it. */
extern const struct gw_host_api instance_host_api;
void instance_timer(struct instance *instance, const struct gw_timer_event *event);
bool instance_watches(const struct instance *instance, const char *witness);

#endif
