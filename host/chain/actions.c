/* SPDX-License-Identifier: MIT
 *
 * The queue of what belief wants done or said.
 */
#include "chain/actions.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

void actions_init(struct actions *actions)
{
	actions->first = NULL;
	actions->end = &actions->first;
	actions->handed = NULL;
}

static void free_action(struct queued_action *queued)
{
	if (!queued)
		return;
	if (queued->payload) {
		free(queued->payload->updates);
		free(queued->payload->update_list);
		free(queued->payload->transactions);
		free(queued->payload);
	}
	free(queued);
}

void actions_done(struct actions *actions)
{
	struct belief_action last;

	while (actions_next(actions, &last))
		;
}

static struct queued_action *append(struct actions *actions, enum belief_action_type type, uint32_t endpoint)
{
	struct queued_action *queued = xcalloc(1, sizeof(*queued));

	queued->action.type = type;
	queued->action.endpoint = endpoint;
	*actions->end = queued;
	actions->end = &queued->next;
	return queued;
}

struct belief_action *actions_add(struct actions *actions, enum belief_action_type type, uint32_t endpoint)
{
	return &append(actions, type, endpoint)->action;
}

static struct gw_key_update *copy_updates(const struct block *block)
{
	struct gw_key_update *updates;

	if (block->update_count == 0)
		return NULL;
	updates = xcalloc(block->update_count, sizeof(*updates));
	for (size_t i = 0; i < block->update_count; i++) {
		updates[i].struct_size = sizeof(updates[i]);
		updates[i].ref_block_num = block->updates[i].ref_block_num;
		memcpy(updates[i].witness, block->updates[i].owner, sizeof(updates[i].witness));
		memcpy(updates[i].signing_key, block->updates[i].signing_key, sizeof(updates[i].signing_key));
	}
	return updates;
}

static void list_parts(struct gw_block_event *event, struct block_payload *payload)
{
	for (size_t i = 0; i < MISSED_MAX; i++)
		payload->missed_list[i] = &payload->missed[i];
	for (size_t i = 0; i < WITNESSES_MAX; i++)
		payload->round_list[i] = &payload->round[i];
	payload->update_list = event->update_count ? xcalloc(event->update_count, sizeof(void *)) : NULL;
	for (size_t i = 0; i < event->update_count; i++)
		payload->update_list[i] = &payload->updates[i];
	event->missed = payload->missed_list;
	event->round = payload->round_list;
	event->updates = payload->update_list;
}

struct belief_action *actions_add_block(struct actions *actions, const struct block *block,
					struct block_payload **ret_payload)
{
	struct queued_action *queued = append(actions, BELIEF_RAISE_BLOCK, 0);
	struct block_payload *payload = xcalloc(1, sizeof(*payload));
	struct gw_block_event *event = &queued->action.event.block;

	queued->payload = payload;
	payload->updates = copy_updates(block);
	if (block->transaction_count > 0) {
		payload->transactions = xcalloc(block->transaction_count, sizeof(*payload->transactions));
		memcpy(payload->transactions, block->transactions,
		       block->transaction_count * sizeof(*payload->transactions));
	}
	queued->action.transactions = payload->transactions;
	queued->action.transaction_count = block->transaction_count;
	event->struct_size = sizeof(*event);
	event->update_count = (uint32_t)block->update_count;
	list_parts(event, payload);
	*ret_payload = payload;
	return &queued->action;
}

void actions_notice(struct actions *actions, int32_t severity, const char *code, const char *fmt, ...)
{
	struct belief_action *action = actions_add(actions, BELIEF_NOTICE, 0);
	va_list args;

	action->severity = severity;
	action->code = code;
	va_start(args, fmt);
	(void)vsnprintf(action->text, sizeof(action->text), fmt, args);
	va_end(args);
}

bool actions_next(struct actions *actions, struct belief_action *ret)
{
	struct queued_action *queued = actions->first;

	free_action(actions->handed);
	actions->handed = queued;
	if (!queued)
		return false;
	actions->first = queued->next;
	if (!actions->first)
		actions->end = &actions->first;
	*ret = queued->action;
	return true;
}
