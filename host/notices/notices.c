/* SPDX-License-Identifier: MIT
 *
 * Where notices go. Runs in golos-watchd.
 */
#include "notices/notices.h"

#include "base/log.h"
#include "base/memory.h"

#include <stdlib.h>
#include <time.h>

#define HISTORY_MAX 10000
#define FINISH_MS   3000 /* a host that ends reports why, and the program does not hold it up for longer */

struct notices {
	struct journal *journal;
	struct instances *instances;
	struct notice_command *command; /* NULL: none */
	struct recent *recent;
	uint64_t counts[GW_CRITICAL + 1]; /* by severity */
};

struct notices *notices_new(struct journal *journal, struct instances *instances)
{
	struct notices *notices = xcalloc(1, sizeof(*notices));

	int64_t now_ms = (int64_t)time(NULL) * 1000;

	*notices = (struct notices){.journal = journal, .instances = instances, .recent = recent_new(now_ms)};
	return notices;
}

void notices_free(struct notices *notices)
{
	if (!notices)
		return;
	notice_command_finish(notices->command, FINISH_MS);
	notice_command_free(notices->command);
	recent_free(notices->recent);
	free(notices);
}

static void on_history(void *context, const char *json)
{
	struct notices *notices = context;

	if (json)
		recent_read_history(notices->recent, json);
}

void notices_read_journal(struct notices *notices)
{
	const struct journal_query query = {.since_ms = ((int64_t)time(NULL) - RECENT_DAYS * 86400) * 1000,
					    .limit = HISTORY_MAX};

	journal_history(notices->journal, &query, on_history, notices);
}

const struct recent *notices_recent(const struct notices *notices)
{
	return notices->recent;
}

void notices_set_command_take(struct notices *notices, struct notice_command *command)
{
	notice_command_free(notices->command);
	notices->command = command;
}

pid_t notices_command_pid(const struct notices *notices)
{
	return notices->command ? notice_command_pid(notices->command) : 0;
}

uint64_t notices_count(const struct notices *notices, int32_t severity)
{
	return notices->counts[severity];
}

void notices_report(struct notices *notices, const struct instance *source, const struct gw_notice_event *event)
{
	const struct log_notice notice = {.code = event->code,
					  .instance = source ? instance_name(source) : NULL,
					  .witness = source ? instance_config(source)->witness : NULL};
	char *text = xasprintf("%s%s%s", event->text, *event->fields_json ? " " : "", event->fields_json);

	notices->counts[event->severity]++;
	log_notice(event->severity, event->source, &notice, text);
	free(text);
	recent_note(notices->recent, event);
	journal_notice(notices->journal, event);
	instances_notice(notices->instances, source, event);
	if (notices->command)
		notice_command_report(notices->command, event);
}
