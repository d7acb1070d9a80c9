/* SPDX-License-Identifier: MIT
 *
 * Events to who follows a takeover. Runs in golos-watchd.
 */
#include "api/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <golos_watch/names.h>

#include "api/status.h"
#include "base/json.h"
#include "base/json_writer.h"

/* Dry run, of the host or of the instance, which then says so itself; or a plugin that switches nothing. */
static bool is_quiet(const struct api_parts *parts, struct instance *instance)
{
	struct json *status = status_of_instance(instance);
	bool dry = parts->dry_run || !instance_config(instance)->witness_pubkey[0];

	if (!dry)
		(void)!json_get_bool(status, "dry_run", &dry, NULL);
	json_free(status);
	return dry;
}

void progress_follow(const struct api_parts *parts, struct ctl_client *client, struct instance *instance)
{
	const struct config_instance *config = instance_config(instance);
	const struct gw_witness_event *witness = belief_witness(observer_belief(parts->observer), config->witness);
	bool produces = witness && strcmp(witness->signing_key, config->witness_pubkey) == 0;
	bool quiet = is_quiet(parts, instance);
	struct chain_view view;
	struct gw_now now;
	char event[64];

	observer_now(parts->observer, &now);
	belief_view(observer_belief(parts->observer), "", &now, &view);
	if (!quiet && submitter_is_under_way(parts->submitter, instance))
		snprintf(event, sizeof(event), "{\"kind\":\"under_way\",\"round_s\":%" PRIu64 "}",
			 (uint64_t)view.scheduled * view.interval_s);
	else
		snprintf(event, sizeof(event), "{\"kind\":\"nothing\",\"why\":\"%s\"}",
			 quiet	    ? "quiet"
			 : produces ? "producing"
				    : "ended");
	ctl_follow(client, instance_name(instance), event);
}

void progress_submission(struct ctl_server *server, const char *instance, const struct gw_submission_event *event)
{
	struct json_writer w;

	json_writer_init(&w);
	json_open(&w, NULL, '{');
	json_put_text(&w, "kind", "submission");
	json_put_text(&w, "state", gw_submission_name(event->state));
	json_put_u64(&w, "block", event->block_num);
	json_put_text(&w, "text", event->text);
	json_close(&w, '}');
	ctl_publish(server, instance, w.text);
	json_writer_done(&w);
}

static void publish_number(struct ctl_server *server, const char *instance, const char *kind, const char *name,
			   uint32_t number)
{
	char event[64];

	snprintf(event, sizeof(event), "{\"kind\":\"%s\",\"%s\":%" PRIu32 "}", kind, name, number);
	ctl_publish(server, instance, event);
}

void progress_block(struct ctl_server *server, struct instances *instances, const struct gw_block_event *event)
{
	for (size_t i = 0; i < instances_count(instances); i++) {
		const struct instance *instance = instances_at(instances, i);
		const struct config_instance *config = instance_config(instance);
		uint32_t missed = 0;

		for (uint32_t slot = 0; slot < event->missed_count; slot++)
			missed += strcmp(event->missed[slot]->witness, config->witness) == 0;
		if (missed > 0)
			publish_number(server, instance_name(instance), "missed", "slots", missed);
		if (strcmp(event->witness, config->witness) == 0 &&
		    strcmp(event->signing_key, config->witness_pubkey) == 0)
			publish_number(server, instance_name(instance), "produced", "block", event->num);
	}
}
