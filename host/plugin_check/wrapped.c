/* SPDX-License-Identifier: MIT
 *
 * See wrapped.h.
 */
#include "plugin_check/wrapped.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <time.h>

#include "base/json.h"
#include "plugin_check/lend.h"
#include "plugin_check/report.h"

#define HANGS_S 5 /* then the process is ended */

static const struct gw_plugin_entry *real;
static struct gw_plugin_entry layer;

/* ---- one call --------------------------------------------------------------------------------------------------- */

struct call {
	char outer[sizeof(((struct report *)0)->call)];
	struct timespec wall, cpu;
	long waits; /* how often this thread has waited for something */
};

static long waits_now(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw;
}

static long ms_since(const struct timespec *begun, clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (now.tv_sec - begun->tv_sec) * 1000 + (now.tv_nsec - begun->tv_nsec) / 1000000;
}

static void limit(time_t seconds)
{
	setitimer(ITIMER_REAL, &(struct itimerval){.it_value = {.tv_sec = seconds}}, NULL);
}

static void prepare(struct call *call, const char *name)
{
	memcpy(call->outer, report->call, sizeof(call->outer));
	snprintf(report->call, sizeof(report->call), "%s", name);
	report->calls++;
	lend_begin(name);
}

static void enter(struct call *call)
{
	lend_lock();
	limit(HANGS_S);
	call->waits = waits_now();
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &call->cpu);
	clock_gettime(CLOCK_MONOTONIC, &call->wall);
}

/* On a busy machine others take the processor meanwhile: a thread that has not waited for anything is charged with its
 * own work alone. */
static void leave(const struct call *call, bool is_timed)
{
	long wall_ms = ms_since(&call->wall, CLOCK_MONOTONIC);
	long ms = waits_now() > call->waits ? wall_ms : ms_since(&call->cpu, CLOCK_THREAD_CPUTIME_ID);

	limit(0);
	if (is_timed && ms > GW_CALLBACK_MS)
		report_finding("%s takes longer than %d ms: every watch stands still meanwhile", report_who(),
			       GW_CALLBACK_MS);
}

static void finish(const struct call *call)
{
	lend_end();
	memcpy(report->call, call->outer, sizeof(call->outer));
}

static void check_status(gw_status status)
{
	if (status > GW_OK || status < GW_ERR_TIMEOUT)
		report_finding("%s returns %d, which is no gw_status", report_who(), status);
}

static void check_sentence(const char *text, const char *name)
{
	if (!memchr(text, 0, GW_TEXT_SIZE))
		report_finding("%s leaves %s without its terminating NUL", report_who(), name);
	else if (!*text)
		report_finding("%s writes no sentence into %s", report_who(), name);
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

static const struct gw_option_value *lend_value(const struct gw_option_value *value)
{
	struct gw_option_value *lent = lend(value, sizeof(*value));
	const char **list = value->list_count ? lend(value->list, value->list_count * sizeof(*list)) : NULL;

	lent->name = lend_text(value->name);
	lent->text = lend_text(value->text);
	for (size_t i = 0; i < value->list_count; i++)
		list[i] = lend_text(list[i]);
	lent->list = list;
	return lent;
}

static gw_status wrapped_open(const struct gw_host_api *api, struct gw_host *host,
			      const struct gw_option_value *const *values, size_t count, void **ret_self,
			      char ret_error[GW_TEXT_SIZE])
{
	struct call call;

	prepare(&call, "open");
	char *error = lend_buffer(GW_TEXT_SIZE);
	const struct gw_option_value **lent = lend(values, count * sizeof(*lent));
	for (size_t i = 0; i < count; i++)
		lent[i] = lend_value(values[i]);
	enter(&call);
	gw_status status = real->open(api, host, lent, count, ret_self, error);
	leave(&call, false);
	check_status(status);
	if (status)
		check_sentence(error, "ret_error");
	memcpy(ret_error, error, GW_TEXT_SIZE);
	finish(&call);
	return status;
}

static gw_status wrapped_start(void *self)
{
	struct call call;

	prepare(&call, "start");
	enter(&call);
	gw_status status = real->start(self);
	leave(&call, true);
	check_status(status);
	finish(&call);
	return status;
}

#define END(name)                                                                                                      \
	static void wrapped_##name(void *self)                                                                         \
	{                                                                                                              \
		struct call call;                                                                                      \
                                                                                                                       \
		prepare(&call, #name);                                                                                 \
		enter(&call);                                                                                          \
		real->name(self);                                                                                      \
		leave(&call, false);                                                                                   \
		finish(&call);                                                                                         \
	}

END(stop)
END(close)

/* ---- events ----------------------------------------------------------------------------------------------------- */

static void lend_parts_of_block(struct gw_block_event *lent)
{
	lent->missed = lend_list((const void *const *)lent->missed, lent->missed_count, sizeof(**lent->missed));
	lent->round = lend_list((const void *const *)lent->round, lent->round_count, sizeof(**lent->round));
	lent->updates = lend_list((const void *const *)lent->updates, lent->update_count, sizeof(**lent->updates));
}

static void lend_parts_of_nodes(struct gw_nodes_event *lent)
{
	const struct gw_node **nodes = lend(lent->nodes, lent->count * sizeof(*nodes));

	for (uint32_t i = 0; i < lent->count; i++) {
		struct gw_node *node = lend(nodes[i], sizeof(*node));

		node->url = lend_text(node->url);
		nodes[i] = node;
	}
	lent->nodes = nodes;
}

/* lend_parts: what makes copies of all that *lent points at. */
#define EVENT(name, lend_parts)                                                                                        \
	static void wrapped_on_##name(void *self, const struct gw_##name##_event *event)                               \
	{                                                                                                              \
		struct call call;                                                                                      \
                                                                                                                       \
		prepare(&call, "on_" #name);                                                                           \
		struct gw_##name##_event *lent = lend(event, sizeof(*event));                                          \
		lend_parts;                                                                                            \
		enter(&call);                                                                                          \
		real->on_##name(self, lent);                                                                           \
		leave(&call, true);                                                                                    \
		finish(&call);                                                                                         \
	}

EVENT(block, lend_parts_of_block(lent))
EVENT(witness, (void)0)
EVENT(nodes, lend_parts_of_nodes(lent))
EVENT(readiness, (void)0)
EVENT(submission, lent->intent = lend(lent->intent, sizeof(*lent->intent)))
EVENT(timer, (void)0)
EVENT(notice, (lent->source = lend_text(lent->source), lent->code = lend_text(lent->code),
	       lent->text = lend_text(lent->text), lent->fields_json = lend_text(lent->fields_json)))
EVENT(rpc, lent->json = lend_text(lent->json))
EVENT(http, (lent->body = lend_text(lent->body), lent->text = lend_text(lent->text)))

static gw_status wrapped_on_command(void *self, const struct gw_command_event *event, char ret_text[GW_TEXT_SIZE])
{
	struct call call;

	prepare(&call, "on_command");
	char *text = lend_buffer(GW_TEXT_SIZE);
	const struct gw_command_event *lent = lend(event, sizeof(*event));
	enter(&call);
	gw_status status = real->on_command(self, lent, text);
	leave(&call, true);
	check_status(status);
	check_sentence(text, "ret_text");
	memcpy(ret_text, text, GW_TEXT_SIZE);
	finish(&call);
	return status;
}

/* ---- status ----------------------------------------------------------------------------------------------------- */

static bool is_json_object(const char *text, size_t len)
{
	struct json *json;

	if (json_parse(&json, text, len, NULL))
		return false;
	bool is_object = json_is_object(json);
	json_free(json);
	return is_object;
}

static gw_status call_status(void *self, char *ret_json, size_t cap)
{
	struct call call;

	prepare(&call, "status");
	char *text = lend_buffer(cap);
	enter(&call);
	gw_status status = real->status(self, text, cap);
	leave(&call, true);
	check_status(status);
	const char *end = memchr(text, 0, cap);
	if (status == GW_OK && !end)
		report_finding("status returns GW_OK without the terminating NUL: what does not fit is GW_ERR_RANGE");
	else if (status == GW_OK && !is_json_object(text, (size_t)(end - text)))
		report_finding("status returns GW_OK and writes no JSON object");
	memcpy(ret_json, text, cap);
	finish(&call);
	return status;
}

/* With room to spare; then with one byte too few, and with one byte. */
static gw_status wrapped_status(void *self, char *ret_json, size_t cap)
{
	static char small[65536];
	gw_status status = call_status(self, ret_json, cap);
	size_t len = strnlen(ret_json, sizeof(small) - 1);

	if (status != GW_OK)
		return status;
	if (len > 0 && call_status(self, small, len) == GW_OK && strnlen(small, len) == len)
		report_finding("status returns GW_OK where its text does not fit: GW_ERR_RANGE is wanted");
	(void)call_status(self, small, 1);
	return GW_OK;
}

void wrap(struct plugin *plugin)
{
	if (real)
		return;
	real = plugin->entry;
	layer = *real;
	layer.open = wrapped_open;
	layer.start = wrapped_start;
	layer.stop = wrapped_stop;
	layer.close = wrapped_close;
#define LAYER(name) layer.name = real->name ? wrapped_##name : NULL
	LAYER(on_block);
	LAYER(on_witness);
	LAYER(on_nodes);
	LAYER(on_readiness);
	LAYER(on_submission);
	LAYER(on_timer);
	LAYER(on_notice);
	LAYER(on_rpc);
	LAYER(on_http);
	LAYER(on_command);
	LAYER(status);
	plugin->entry = &layer;
}
