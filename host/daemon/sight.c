/* SPDX-License-Identifier: MIT
 *
 * The view of the chain, for the supervisor and the log. Runs in golos-watchd.
 */
#include "daemon/sight.h"

#include <stdlib.h>

#include "api/status.h"
#include "base/log.h"
#include "daemon/state.h"
#include "daemon/supervisor.h"

#define SIGHT_CHECK_MS	   1000
#define HEARTBEAT_MS	   86400000
#define FIRST_HEARTBEAT_MS 5000 /* heads, keys and authority are known by then */

static const char *const sights[] = {
	[SIGHT_NONE_YET] = "STATUS=waiting for the first node",
	[SIGHT_WATCHING] = "STATUS=watching",
	[SIGHT_BLIND] = "STATUS=a node does not answer what is needed to switch",
	[SIGHT_LEFT_OUT] = "STATUS=watching, but a plugin instance is left out, for it killed the host",
	[SIGHT_STALE] = "STATUS=a node answers, and no fresh block comes",
	[SIGHT_LOST] = "STATUS=no node answers",
	[SIGHT_OBSERVING] = "STATUS=observer of the cluster: another watcher is heard",
	[SIGHT_UNHEARD] = "STATUS=observer of the cluster: no watcher is heard",
	[SIGHT_NO_JOURNAL] = "STATUS=waiting for the disk: the journal has not been read, and no plugin runs",
};

static bool is_ours(void *context, pid_t pid)
{
	const struct host *host = context;

	return pid == (host->signer ? signer_pid(host->signer) : 0) || pid == notices_command_pid(host->notices);
}

/* A line a day, and the first soon after something is seen: who reads the log sees that it goes on, and how. */
static void say_heartbeat(struct host *host)
{
	struct gw_now now;

	observer_now(host->observer, &now);
	if (host->sight == SIGHT_WATCHING && host->heartbeat_ms == 0)
		host->heartbeat_ms = now.mono_ms + FIRST_HEARTBEAT_MS;
	if (host->sight != SIGHT_WATCHING || now.mono_ms < host->heartbeat_ms)
		return;
	host->heartbeat_ms = now.mono_ms + HEARTBEAT_MS;
	char *text = status_heartbeat(&host->api);
	log_line(GW_INFO, "host", "%s", text);
	free(text);
}

/* Ready means: the plugins run, or do as soon as the disk answers. A node that is not up yet is waited for; STATUS says
 * what is seen, when it changes. */
static void on_sight_check(void *context)
{
	struct host *host = context;
	enum sight sight = host->sight;

	health_look(host->health);
	if (!journal_is_open(host->journal))
		sight = SIGHT_NO_JOURNAL;
	else if (!host->config->node_count)
		sight = health_sees_chain(host->health) ? SIGHT_OBSERVING : SIGHT_UNHEARD;
	else if (observer_connected(host->observer))
		sight = !health_sees_chain(host->health)    ? SIGHT_STALE
			: health_blindness(host->health)[0] ? SIGHT_BLIND
			: health_left_out(host->health)[0]  ? SIGHT_LEFT_OUT
							    : SIGHT_WATCHING;
	else if (sight == SIGHT_NO_JOURNAL)
		sight = SIGHT_NONE_YET;
	else if (sight != SIGHT_NONE_YET)
		sight = SIGHT_LOST;
	if (sight != host->sight)
		supervisor_notify(sights[sight]);
	host->sight = sight;
	supervisor_reap(is_ours, host);
	say_heartbeat(host);
	loop_timer_set(host->sight_check, SIGHT_CHECK_MS);
}

static void on_watchdog(void *context)
{
	struct host *host = context;

	supervisor_notify("WATCHDOG=1");
	loop_timer_set(host->watchdog, host->watchdog_ms);
}

void sight_begin(struct host *host)
{
	host->watchdog_ms = supervisor_watchdog_ms();
	host->watchdog = loop_timer_new(host->loop, on_watchdog, host);
	if (host->watchdog_ms > 0)
		loop_timer_set(host->watchdog, 0);
	host->sight_check = loop_timer_new(host->loop, on_sight_check, host);
	loop_timer_set(host->sight_check, 0);
	host->sight = journal_is_open(host->journal) ? SIGHT_NONE_YET : SIGHT_NO_JOURNAL;
	supervisor_notify("READY=1");
	supervisor_notify(sights[host->sight]);
}
