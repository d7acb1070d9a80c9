/* SPDX-License-Identifier: MIT
 *
 * Events to who follows a takeover. Runs in golos-watchd.
 */
#include "api/progress.h"

#include <stdlib.h>
#include <string.h>

#include <golos_watch/names.h>

#include "base/json.h"
#include "base/json_writer.h"

static void begin(struct json_writer *w, const char *kind)
{
	json_writer_init(w);
	json_open(w, NULL, '{');
	json_put_text(w, "kind", kind);
}

static void publish(struct json_writer *w, struct ctl_server *server, const char *instance)
{
	json_close(w, '}');
	ctl_publish(server, instance, w->text);
	json_writer_done(w);
}

/* Dry run, of the host or of the instance, which then says so itself; or a plugin that switches nothing. */
static bool is_quiet(const struct api_parts *parts, struct instance *instance)
{
	char *status = instance_status(instance);
	struct json *json = NULL;
	bool dry = parts->dry_run || !instance_config(instance)->witness_pubkey[0];

	if (!dry && status && json_parse(&json, status, strlen(status), NULL) == GW_OK)
		(void)!json_get_bool(json, "dry_run", &dry, NULL);
	json_free(json);
	free(status);
	return dry;
}

void progress_follow(const struct api_parts *parts, struct ctl_client *client, struct instance *instance)
{
	const struct config_instance *config = instance_config(instance);
	const struct gw_witness_event *witness = belief_witness(observer_belief(parts->observer), config->witness);
	bool produces = witness && strcmp(witness->signing_key, config->witness_pubkey) == 0;
	bool quiet = is_quiet(parts, instance);
	struct json_writer w;

	if (!quiet && submitter_is_under_way(parts->submitter, instance)) {
		struct chain_view view;
		struct gw_now now;

		observer_now(parts->observer, &now);
		belief_view(observer_belief(parts->observer), "", &now, &view);
		begin(&w, "under_way");
		json_put_u64(&w, "round_s", (uint64_t)view.scheduled * view.interval_s);
	} else {
		begin(&w, "nothing");
		json_put_text(&w, "why", quiet ? "quiet" : produces ? "producing" : "ended");
	}
	json_close(&w, '}');
	ctl_follow(client, instance_name(instance), w.text);
	json_writer_done(&w);
}

void progress_submission(struct ctl_server *server, const char *instance, const struct gw_submission_event *event)
{
	struct json_writer w;

	if (!ctl_is_followed(server, instance))
		return;
	begin(&w, "submission");
	json_put_text(&w, "state", gw_submission_name(event->state));
	json_put_u64(&w, "block", event->block_num);
	json_put_text(&w, "text", event->text);
	publish(&w, server, instance);
}

static uint32_t count_missed(const struct gw_block_event *event, const char *witness)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < event->missed_count; i++)
		count += strcmp(event->missed[i]->witness, witness) == 0;
	return count;
}

void progress_block(struct ctl_server *server, struct instances *instances, const struct gw_block_event *event)
{
	for (size_t i = 0; i < instances_count(instances); i++) {
		const struct instance *instance = instances_at(instances, i);
		const struct config_instance *config = instance_config(instance);
		uint32_t missed = count_missed(event, config->witness);
		struct json_writer w;

		if (!ctl_is_followed(server, instance_name(instance)))
			continue;
		if (missed > 0) {
			begin(&w, "missed");
			json_put_u64(&w, "slots", missed);
			publish(&w, server, instance_name(instance));
		}
		if (strcmp(event->witness, config->witness) == 0 &&
		    strcmp(event->signing_key, config->witness_pubkey) == 0) {
			begin(&w, "produced");
			json_put_u64(&w, "block", event->num);
			publish(&w, server, instance_name(instance));
		}
	}
}
