/* SPDX-License-Identifier: MIT
 * The events that the instances get. Runs in golos-watchd. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plugins/instance_state.h"

#define STATUS_MAX 65536

/* Calls one callback of one instance, if it is started and has it. */
#define CALL(who, callback, event)                                                                                     \
	do {                                                                                                           \
		struct instance *called_ = (who);                                                                      \
		if (called_->life == INSTANCE_STARTED && called_->entry->callback) {                                   \
			struct instance_call call_;                                                                    \
			instance_call_begin(&call_, called_, #callback);                                               \
			called_->entry->callback(called_->self, event);                                                \
			instance_call_end(&call_, called_);                                                            \
		}                                                                                                      \
	} while (0)

void instances_block(struct instances *all, const struct gw_block_event *event)
{
	for (size_t i = 0; i < all->count; i++)
		CALL(all->list[i], on_block, event);
}

bool instance_watches(const struct instance *instance, const char *witness)
{
	for (size_t i = 0; i < instance->witness_count; i++)
		if (strcmp(instance->witnesses[i], witness) == 0)
			return true;
	return false;
}

bool instances_is_watched(const struct instances *all, const char *witness)
{
	return listeners_of(all->listeners, witness) != NULL;
}

void instances_witness(struct instances *all, const struct gw_witness_event *event)
{
	const struct listener_list *who = listeners_of(all->listeners, event->witness);

	for (size_t i = 0; who && i < who->count; i++)
		CALL(who->list[i], on_witness, event);
}

void instance_nodes(struct instance *instance, const struct gw_nodes_event *event)
{
	CALL(instance, on_nodes, event);
}

void instances_nodes(struct instances *all, const struct gw_nodes_event *event)
{
	for (size_t i = 0; i < all->count; i++)
		instance_nodes(all->list[i], event);
}

/* An instance may say something about what it hears. Who is in the middle of hearing hears nothing more, or two that
 * answer each other would never end. */
void instances_notice(struct instances *all, const struct instance *source, const struct gw_notice_event *event)
{
	for (size_t i = 0; i < all->count; i++) {
		struct instance *instance = all->list[i];

		if (instance == source || instance->hears_notice)
			continue;
		instance->hears_notice = true;
		CALL(instance, on_notice, event);
		instance->hears_notice = false;
	}
}

void instance_timer(struct instance *instance, const struct gw_timer_event *event)
{
	CALL(instance, on_timer, event);
}

void instance_readiness(struct instance *instance, const struct gw_readiness_event *event)
{
	CALL(instance, on_readiness, event);
}

void instance_submission(struct instance *instance, const struct gw_submission_event *event)
{
	CALL(instance, on_submission, event);
}

void instance_http(struct instance *instance, const struct gw_http_event *event)
{
	if (instance->http_in_flight)
		instance->http_in_flight--;
	CALL(instance, on_http, event);
}

void instance_rpc(struct instance *instance, const struct gw_rpc_event *event)
{
	if (instance->rpc_in_flight)
		instance->rpc_in_flight--;
	CALL(instance, on_rpc, event);
}

bool instance_takes_orders(const struct instance *instance)
{
	return instance->life == INSTANCE_STARTED && instance->entry->on_command;
}

gw_status instance_command(struct instance *instance, const struct gw_command_event *event, char ret_text[GW_TEXT_SIZE])
{
	ret_text[0] = 0;
	if (!instance_takes_orders(instance))
		return GW_ERR_UNSUPPORTED;
	struct instance_call call;
	instance_call_begin(&call, instance, "on_command");
	instance->ordered = event->verb == GW_COMMAND_TAKEOVER;
	gw_status r = instance->entry->on_command(instance->self, event, ret_text);
	instance->ordered = false;
	instance_call_end(&call, instance);
	ret_text[GW_TEXT_SIZE - 1] = 0;
	return r;
}

char *instance_status(struct instance *instance)
{
	if (instance->life != INSTANCE_STARTED || !instance->entry->status)
		return NULL;
	char *text = xcalloc(1, STATUS_MAX);
	struct instance_call call;
	instance_call_begin(&call, instance, "status");
	gw_status r = instance->entry->status(instance->self, text, STATUS_MAX);
	instance_call_end(&call, instance);
	if (r == GW_OK && memchr(text, 0, STATUS_MAX))
		return text;
	free(text);
	return NULL;
}
