/* SPDX-License-Identifier: MIT
 *
 * See verbs.h. Runs in golos-watchd.
 */
#include "api/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/progress.h"
#include "api/status.h"
#include "base/json_writer.h"
#include "base/log.h"
#include "base/memory.h"

/* ---- history ---------------------------------------------------------------------------------------------------- */

static void on_history(void *context, const char *json)
{
	if (json)
		ctl_answer(context, json);
	else
		ctl_refuse(context, GW_ERR_UNAVAILABLE, "the journal cannot be read");
}

/* ---- orders ----------------------------------------------------------------------------------------------------- */

static void make_command(struct gw_command_event *ret, const struct api_parts *parts, const struct ctl_request *request)
{
	static const int32_t verbs[] = {[CTL_HOLD] = GW_COMMAND_HOLD,
					[CTL_RESUME] = GW_COMMAND_RESUME,
					[CTL_TAKEOVER] = GW_COMMAND_TAKEOVER,
					[CTL_TRY] = GW_COMMAND_TRY,
					[CTL_PUBLISH] = GW_COMMAND_PUBLISH};

	*ret = (struct gw_command_event){
		.struct_size = sizeof(*ret), .verb = verbs[request->verb], .yes = request->yes};
	observer_now(parts->observer, &ret->now);
	if (request->for_s)
		ret->until_s = ret->now.wall_ms / 1000 + request->for_s;
	snprintf(ret->by, sizeof(ret->by), "%s", request->by);
}

/* Gives the command to one instance, and writes its answer. The instance's own notice logs an accepted command; a
 * refused one is logged here. */
static void order_instance(struct instance *instance, const struct gw_command_event *command, struct json_writer *w)
{
	char text[GW_TEXT_SIZE];
	gw_status status = instance_command(instance, command, text);

	if (status == GW_ERR_UNSUPPORTED && !text[0])
		snprintf(text, sizeof(text), "this plugin takes no orders");
	if (status)
		log_line(GW_INFO, instance_name(instance), "order of %s refused: %s", command->by, text);
	json_open(w, NULL, '{');
	json_put_text(w, "instance", instance_name(instance));
	json_put_bool(w, "ok", status == GW_OK);
	json_put_text(w, "text", text);
	json_close(w, '}');
}

/* The answer to a command, held until the journal has it, so that a restart knows of the command too. */
struct obeyed {
	struct ctl_client *client;
	char *text;
};

static void on_synced(void *context, bool ok)
{
	struct obeyed *obeyed = context;

	(void)ok; /* the command holds all the same; the journal reports its own failure */
	ctl_answer(obeyed->client, obeyed->text);
	free(obeyed->text);
	free(obeyed);
}

static void answer_when_synced(const struct api_parts *parts, struct ctl_client *client, const char *text)
{
	struct obeyed *obeyed = xcalloc(1, sizeof(*obeyed));

	obeyed->client = client;
	obeyed->text = xstrdup(text);
	journal_sync(parts->journal, on_synced, obeyed);
}

/* An instance without a key of its node has nothing to take over. */
static bool is_for(const struct instance *instance, const struct ctl_request *request)
{
	return instance_takes_orders(instance) &&
	       (request->verb != CTL_TAKEOVER || instance_config(instance)->witness_pubkey[0]);
}

/* Those that an order is for: the one named, or all that take such orders. */
static size_t choose_instances(const struct api_parts *parts, const struct ctl_request *request, struct instance **ret)
{
	struct instance *named = instances_find(parts->instances, request->instance);
	size_t count = 0;

	if (request->instance[0]) {
		ret[0] = named;
		return named ? 1 : 0;
	}
	for (size_t i = 0; i < instances_count(parts->instances); i++)
		if (is_for(instances_at(parts->instances, i), request))
			ret[count++] = instances_at(parts->instances, i);
	return count;
}

/* What acts must be plain: the sentence names those between which is to be chosen. */
static void refuse_several(struct ctl_client *client, struct instance *const *chosen, size_t count)
{
	char sentence[400] = "several instances take orders here: name one with --instance:";

	for (size_t i = 0; i < count; i++) {
		size_t len = strlen(sentence);

		snprintf(sentence + len, sizeof(sentence) - len, "%s %s", i ? "," : "", instance_name(chosen[i]));
	}
	ctl_refuse(client, GW_ERR_SYNTAX, sentence);
}

static void give_order_to(const struct api_parts *parts, struct ctl_client *client, const struct ctl_request *request,
			  struct instance *const *chosen, size_t count)
{
	struct gw_command_event command;
	struct json_writer w;

	make_command(&command, parts, request);
	json_writer_init(&w);
	json_open(&w, NULL, '[');
	for (size_t i = 0; i < count; i++)
		order_instance(chosen[i], &command, &w);
	json_close(&w, ']');
	if (request->follow && count == 1)
		progress_follow(parts, client, chosen[0]);
	answer_when_synced(parts, client, w.text);
	json_writer_done(&w);
	submitter_settle(parts->submitter);
}

static void give_order(const struct api_parts *parts, struct ctl_client *client, const struct ctl_request *request)
{
	if (!journal_is_open(parts->journal)) {
		ctl_refuse(client, GW_ERR_UNAVAILABLE,
			   "the disk does not answer: the journal has not been read yet, and no plugin runs");
		return;
	}
	struct instance **chosen = xcalloc(instances_count(parts->instances) + 1, sizeof(struct instance *));
	size_t count = choose_instances(parts, request, chosen);

	if (count == 0 && request->instance[0])
		ctl_refuse(client, GW_ERR_NOT_FOUND, "no plugin instance of that name runs here");
	else if (count == 0)
		ctl_refuse(client, GW_ERR_UNAVAILABLE, "no plugin instance here takes orders");
	else if (count > 1 && request->verb != CTL_HOLD && request->verb != CTL_RESUME)
		refuse_several(client, chosen, count);
	else
		give_order_to(parts, client, request, chosen, count);
	free(chosen);
}

void verbs_handle(void *context, struct ctl_client *client, const struct ctl_request *request)
{
	const struct api_parts *parts = context;

	switch (request->verb) {
	case CTL_STATUS: {
		char *status = status_json(parts);

		ctl_answer(client, status);
		free(status);
		break;
	}
	case CTL_HISTORY:
		journal_history(parts->journal,
				&(struct journal_query){.since_ms = request->since_s * 1000,
							.limit = request->limit,
							.instance = request->instance[0] ? request->instance : NULL},
				on_history, client);
		break;
	case CTL_HOLD:
	case CTL_RESUME:
	case CTL_TAKEOVER:
	case CTL_TRY:
	case CTL_PUBLISH:
		give_order(parts, client, request);
		break;
	}
}
