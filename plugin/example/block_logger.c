/* SPDX-License-Identifier: MIT
 *
 * block_logger: the smallest useful plugin, to be copied and changed.
 *
 * It logs each block of one witness and raises a notice when the witness misses a slot. In golos-watch.yml:
 *
 *	plugins:
 *	  - name: block_logger
 *	    witness: foo
 *
 * Build it with nothing but the header:
 *
 *     cc -std=c17 -shared -fPIC -fvisibility=hidden $(pkg-config --cflags golos-watch) \
 *         block_logger.c -o block_logger.so
 *
 * The file's name is the plugin's name. It links no library of the host: everything that it can do comes through the
 * table that `open` is handed, so a test can hand it a table of its own (tests/plugins/test_block_logger.c does).
 */
#include <golos_watch/plugin.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One instance. The host calls on one thread, so nothing here is locked. */
struct block_logger {
	const struct gw_host_api *api;
	struct gw_host *host; /* goes with every call of the host, so that it knows who calls */
	const struct gw_chain_v1 *chain;
	const struct gw_notice_v1 *notice;
	char witness[GW_ACCOUNT_SIZE];
	uint64_t produced, missed; /* since the start */
};

/* ---- options: the host checks what the configuration says against this table before `open` is called ------------ */

enum { OPTION_WITNESS, OPTION_COUNT };

static const struct gw_option options[OPTION_COUNT] = {
	[OPTION_WITNESS] = {.name = "witness",
			    .type = GW_OPTION_ACCOUNT,
			    .required = 1,
			    .help = "The witness whose blocks are logged."},
};

/* ---- life -------------------------------------------------------------------------------------------------------- */

/* Makes an instance and does no work yet. The values come in the table's order; what is required is there. Texts are
 * borrowed until `open` returns: the name is copied. */
static gw_status block_logger_open(const struct gw_host_api *api, struct gw_host *host,
				   const struct gw_option_value *const *values, size_t value_count, void **ret_self,
				   char ret_error[GW_TEXT_SIZE])
{
	(void)value_count; /* OPTION_COUNT */
	struct block_logger *self = calloc(1, sizeof(*self));
	if (!self) {
		snprintf(ret_error, GW_TEXT_SIZE, "no memory");
		return GW_ERR_NOMEM;
	}
	self->api = api;
	self->host = host;
	snprintf(self->witness, sizeof(self->witness), "%s", values[OPTION_WITNESS]->text);

	/* Both stand in `needs` below, so the host offers them; a service that is only nice to have may be NULL here.
	 */
	self->chain = api->service(host, GW_SERVICE_CHAIN);
	self->notice = api->service(host, GW_SERVICE_NOTICE);
	if (!self->chain || !self->notice) {
		snprintf(ret_error, GW_TEXT_SIZE, "the host does not give %s or %s", GW_SERVICE_CHAIN,
			 GW_SERVICE_NOTICE);
		free(self);
		return GW_ERR_UNSUPPORTED;
	}
	*ret_self = self;
	return GW_OK;
}

/* Events come from here on. */
static gw_status block_logger_start(void *context)
{
	struct block_logger *self = context;

	return self->chain->watch(self->host, self->witness, 1);
}

static void block_logger_stop(void *context)
{
	(void)context; /* no timer, no request in flight: nothing to end */
}

static void block_logger_close(void *context)
{
	free(context);
}

/* ---- events ------------------------------------------------------------------------------------------------------ */

static void say_produced(struct block_logger *self, const struct gw_block_event *event)
{
	char text[GW_TEXT_SIZE];

	self->produced++;
	snprintf(text, sizeof(text), "%s produced block %" PRIu32, self->witness, event->num);
	self->api->log(self->host, GW_INFO, text);
}

static void say_missed(struct block_logger *self, const struct gw_block_event *event)
{
	char text[GW_TEXT_SIZE], fields[GW_TEXT_SIZE];

	self->missed++;
	snprintf(text, sizeof(text), "%s missed a slot before block %" PRIu32, self->witness, event->num);
	snprintf(fields, sizeof(fields), "{\"witness\":\"%s\",\"block\":%" PRIu32 "}", self->witness, event->num);
	/* A notice is journalled, shown to people and handed to the other plugins. That it might be refused (a bad
	 * code, a text too long) would be a defect of ours, and is logged. */
	if (self->notice->notice(self->host, GW_WARNING, "slot_missed", text, fields) != GW_OK)
		self->api->log(self->host, GW_WARNING, text);
}

/* [loop] Called for every block, some 3 s apart: no waiting, no files, no network in here. */
static void block_logger_on_block(void *context, const struct gw_block_event *event)
{
	struct block_logger *self = context;

	for (uint32_t i = 0; i < event->missed_count; i++)
		if (!strcmp(event->missed[i]->witness, self->witness))
			say_missed(self, event);
	if (!strcmp(event->witness, self->witness))
		say_produced(self, event);
}

/* What `golos-watch status` shows of this instance. */
static gw_status block_logger_status(void *context, char *ret_json, size_t cap)
{
	const struct block_logger *self = context;
	int len = snprintf(ret_json, cap, "{\"witness\":\"%s\",\"produced\":%" PRIu64 ",\"missed\":%" PRIu64 "}",
			   self->witness, self->produced, self->missed);

	return len >= 0 && (size_t)len < cap ? GW_OK : GW_ERR_RANGE;
}

/* ---- the one export ---------------------------------------------------------------------------------------------- */

static const char *const needs[] = {GW_SERVICE_CHAIN, GW_SERVICE_NOTICE, NULL};

/* Members that are not named are NULL: events that this plugin does not want. */
GW_PLUGIN_EXPORT const struct gw_plugin_entry gw_plugin_entry = {
	.struct_size = sizeof(struct gw_plugin_entry),
	.abi_major = GW_ABI_MAJOR,
	.abi_minor = GW_ABI_MINOR,
	.name = "block_logger",
	.version = "1.0",
	.summary = "Logs the blocks of a witness and says when it misses one.",
	.needs = needs,
	.options = options,
	.option_count = OPTION_COUNT,
	.option_size = sizeof(options[0]),
	.open = block_logger_open,
	.start = block_logger_start,
	.stop = block_logger_stop,
	.close = block_logger_close,
	.on_block = block_logger_on_block,
	.status = block_logger_status,
};
