/* SPDX-License-Identifier: MIT
 *
 * Clients, subscriptions, waiting and stalled answers. See wire.h.
 */
#include "devnet/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "devnet/answers.h"

/* ---- sending ------------------------------------------------------------------------------------------------- */

static struct client *find_client(struct wire *wire, uint64_t id)
{
	for (size_t i = 0; id && i < CLIENTS_MAX; i++)
		if (wire->clients[i].id == id)
			return &wire->clients[i];
	return NULL;
}

static void send_now(struct wire *wire, uint64_t client, const char *text)
{
	const struct client *known = find_client(wire, client);
	if (known && !wire->faults[known->node].frozen)
		wire->output.send(wire->output.context, client, text);
}

/* Takes the text. */
static void send_answer(struct wire *wire, const struct client *client, char *text)
{
	int64_t stall_ms = wire->faults[client->node].stall_ms;
	if (stall_ms == 0 || wire->delayed_count == DELAYED_MAX) {
		send_now(wire, client->id, text);
		free(text);
		return;
	}
	wire->delayed = xrealloc(wire->delayed, wire->delayed_count + 1, sizeof *wire->delayed);
	wire->delayed[wire->delayed_count++] =
		(struct delayed){.time_ms = wire->now_ms + stall_ms, .client = client->id, .text = text};
}

static void send_delayed(struct wire *wire)
{
	size_t kept = 0, count = wire->delayed_count;
	for (size_t i = 0; i < count; i++) {
		if (wire->delayed[i].time_ms > wire->now_ms) {
			wire->delayed[kept++] = wire->delayed[i];
			continue;
		}
		send_now(wire, wire->delayed[i].client, wire->delayed[i].text);
		free(wire->delayed[i].text);
	}
	wire->delayed_count = kept;
}

void wire_say(struct wire *wire, size_t node, const char *text)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (wire->clients[i].id && wire->clients[i].node == node)
			wire->output.send(wire->output.context, wire->clients[i].id, text);
}

void wire_close_clients(struct wire *wire, size_t node)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		uint64_t id = wire->clients[i].id;
		if (!id || wire->clients[i].node != node)
			continue;
		wire_disconnect(wire, id);
		wire->output.close(wire->output.context, id);
	}
}

/* ---- what the chain tells ------------------------------------------------------------------------------------ */

static void push(struct wire *wire, const struct subscription *subscription, struct json_writer *result)
{
	char *text = rpc_result_text(subscription->id, result->text);
	send_now(wire, subscription->client, text);
	free(text);
}

static void answer_waiting(struct wire *wire, size_t node, const struct block *block)
{
	for (size_t i = 0; i < wire->waiting_count; i++) {
		struct waiting *waiting = &wire->waiting[i];
		int64_t index = -1;
		for (size_t j = 0; j < block->transaction_count; j++)
			if (strcmp(block->transactions[j]->id, waiting->transaction_id) == 0)
				index = (int64_t)j;
		if (waiting->node != node || (index < 0 && block->time_s <= waiting->expiration_s))
			continue;
		struct json_writer w;
		json_writer_init(&w);
		answer_inclusion(&w, waiting->transaction_id, block->num, index);
		char *text = rpc_result_text(waiting->id, w.text);
		json_writer_done(&w);
		send_now(wire, waiting->client, text);
		free(text);
		free(waiting->id);
		*waiting = wire->waiting[--wire->waiting_count];
		i--;
	}
}

static void tell_applied(void *context, size_t node, struct block *block)
{
	struct wire *wire = context;
	answer_waiting(wire, node, block);
	for (size_t i = 0; i < wire->subscription_count; i++) {
		const struct subscription *subscription = &wire->subscriptions[i];
		if (subscription->node != node || subscription->form == FORM_PENDING)
			continue;
		struct json_writer w;
		json_writer_init(&w);
		answer_block(&w, block, subscription->form, wire->faults[node].skip_virtual_ops);
		push(wire, subscription, &w);
		json_writer_done(&w);
	}
}

static void tell_accepted(void *context, size_t node, struct signed_transaction *tx)
{
	struct wire *wire = context;
	for (size_t i = 0; i < wire->subscription_count; i++) {
		const struct subscription *subscription = &wire->subscriptions[i];
		if (subscription->node != node || subscription->form != FORM_PENDING)
			continue;
		struct json_writer w;
		json_writer_init(&w);
		answer_transaction(&w, tx);
		push(wire, subscription, &w);
		json_writer_done(&w);
	}
}

const struct ticker *wire_ticker(const struct wire *wire, const char *first, const char *second)
{
	for (size_t i = 0; i < wire->ticker_count; i++)
		if (strcmp(wire->tickers[i].symbols[0], first) == 0 && strcmp(wire->tickers[i].symbols[1], second) == 0)
			return &wire->tickers[i];
	return NULL;
}

bool wire_set_ticker(struct wire *wire, const struct ticker *ticker)
{
	const struct ticker *known = wire_ticker(wire, ticker->symbols[0], ticker->symbols[1]);
	size_t index = known ? (size_t)(known - wire->tickers) : wire->ticker_count;
	if (index == TICKERS_MAX)
		return false;
	wire->tickers[index] = *ticker;
	wire->ticker_count += known ? 0 : 1;
	return true;
}

void wire_subscribe(struct rpc_call *call, enum block_form form)
{
	struct wire *wire = call->wire;
	if (wire->subscription_count == SUBSCRIPTIONS_MAX)
		return;
	wire->subscriptions[wire->subscription_count++] =
		(struct subscription){call->client, call->node, xstrdup(call->id), form};
}

void wire_await(struct rpc_call *call, const struct signed_transaction *tx)
{
	struct wire *wire = call->wire;
	wire_forget_waiting(wire, call->node, tx->id);
	if (wire->waiting_count == WAITING_MAX)
		return;
	struct waiting *waiting = &wire->waiting[wire->waiting_count++];
	*waiting = (struct waiting){.client = call->client,
				    .node = call->node,
				    .id = xstrdup(call->id),
				    .expiration_s = tx->body.expiration_s};
	memcpy(waiting->transaction_id, tx->id, sizeof waiting->transaction_id);
}

void wire_forget_waiting(struct wire *wire, size_t node, const char *transaction_id)
{
	for (size_t i = wire->waiting_count; i-- > 0;) {
		struct waiting *waiting = &wire->waiting[i];
		if (waiting->node != node || strcmp(waiting->transaction_id, transaction_id) != 0)
			continue;
		free(waiting->id);
		*waiting = wire->waiting[--wire->waiting_count];
	}
}

/* ---- clients ------------------------------------------------------------------------------------------------- */

uint64_t wire_connect(struct wire *wire, size_t node)
{
	if (!network_is_alive(wire->net, node))
		return 0;
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (wire->clients[i].id)
			continue;
		wire->clients[i] = (struct client){++wire->last_client, node};
		return wire->last_client;
	}
	return 0;
}

void wire_disconnect(struct wire *wire, uint64_t client)
{
	struct client *known = find_client(wire, client);
	if (known)
		known->id = 0;
	for (size_t i = wire->subscription_count; i-- > 0;) {
		if (wire->subscriptions[i].client != client)
			continue;
		free(wire->subscriptions[i].id);
		wire->subscription_count--; /* order is kept: pushes go out in the order of subscribing */
		memmove(&wire->subscriptions[i], &wire->subscriptions[i + 1],
			(wire->subscription_count - i) * sizeof *wire->subscriptions);
	}
	for (size_t i = wire->waiting_count; i-- > 0;) {
		if (wire->waiting[i].client != client)
			continue;
		free(wire->waiting[i].id);
		wire->waiting[i] = wire->waiting[--wire->waiting_count];
	}
}

void wire_receive(struct wire *wire, uint64_t client, const char *text, size_t len, bool binary)
{
	const struct client *known = find_client(wire, client);
	if (!known)
		return;
	char *answer =
		binary ? xstrdup("error: string payload expected") : rpc_answer(wire, known->node, client, text, len);
	known = find_client(wire, client); /* the request may have been its node's end */
	if (answer && known)
		send_answer(wire, known, answer);
	else
		free(answer);
}

/* ---- time and life ------------------------------------------------------------------------------------------- */

void wire_advance(struct wire *wire, int64_t now_ms)
{
	wire->now_ms = now_ms;
	if (!wire->options.manual_clock)
		network_advance(wire->net, now_ms);
	send_delayed(wire);
}

int64_t wire_next_ms(const struct wire *wire)
{
	int64_t next_ms = wire->options.manual_clock ? wire->now_ms + 1000 : network_next_ms(wire->net);
	for (size_t i = 0; i < wire->delayed_count; i++)
		if (wire->delayed[i].time_ms < next_ms)
			next_ms = wire->delayed[i].time_ms;
	return next_ms;
}

struct wire *wire_new(const struct genesis *genesis, size_t node_count, const struct wire_options *options,
		      const struct wire_output *output)
{
	struct wire *wire = xcalloc(1, sizeof *wire);
	wire->options = *options;
	wire->output = *output;
	wire->subscriptions = xcalloc(SUBSCRIPTIONS_MAX, sizeof *wire->subscriptions);
	wire->waiting = xcalloc(WAITING_MAX, sizeof *wire->waiting);
	for (size_t i = 0; i < node_count; i++)
		wire->faults[i].skip_virtual_ops = options->skip_virtual_ops;
	struct network_events events = {wire, tell_applied, tell_accepted};
	wire->net = network_new(genesis, node_count, &events);
	return wire;
}

void wire_free(struct wire *wire)
{
	if (!wire)
		return;
	for (size_t i = 0; i < wire->subscription_count; i++)
		free(wire->subscriptions[i].id);
	for (size_t i = 0; i < wire->waiting_count; i++)
		free(wire->waiting[i].id);
	for (size_t i = 0; i < wire->delayed_count; i++)
		free(wire->delayed[i].text);
	free(wire->subscriptions);
	free(wire->waiting);
	free(wire->delayed);
	for (size_t i = 0; i < ACCOUNTS_MAX; i++)
		secret_key_wipe(&wire->options.active_keys[i]);
	network_free(wire->net);
	free(wire);
}
