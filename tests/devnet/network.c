/* SPDX-License-Identifier: MIT
 *
 * Messages, slots and faults. See network.h.
 */
#include "devnet/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define FIRST_DELAY_MS 20
#define SYNC_BLOCKS    2000 /* sent for one question; the next unlinked block asks again */

enum message_kind {
	MESSAGE_BLOCK,	/* news: who lacks its parent asks */
	MESSAGE_ANSWER, /* a block asked for: who cannot place it does not ask again, or it would never end */
	MESSAGE_TRANSACTION,
	MESSAGE_QUESTION
};

struct message {
	int64_t time_ms;
	uint64_t order; /* of sending: two of the same time arrive as they were sent */
	size_t from, to;
	enum message_kind kind;
	struct block *block;			/* a reference */
	struct signed_transaction *transaction; /* a reference */
};

struct node_key {
	char witness[GW_ACCOUNT_SIZE];
	struct public_key public;
	struct secret_key secret;
	bool held;
};

struct node {
	struct network *net;
	size_t index;
	struct chain *chain;
	bool alive, isolated;
	bool production_enabled; /* was in sync once since its start */
	size_t key_count;
	struct node_key keys[NODE_KEYS_MAX];
};

struct link {
	bool cut;
	int64_t delay_ms;
	unsigned drop_per_thousand;
};

struct network {
	struct genesis genesis;
	struct block *root;
	struct network_events events;
	int64_t now_ms;
	int64_t next_slot_ms;
	bool halted;
	uint64_t random;
	uint64_t sent;
	struct message *messages; /* a heap, the next to arrive first */
	size_t message_count, message_cap;
	unsigned misses[ACCOUNTS_MAX]; /* by account: slots yet to be missed */
	size_t node_count;
	struct node *nodes;
	struct link links[NODES_MAX][NODES_MAX];
};

/* ---- messages ------------------------------------------------------------------------------------------------ */

static bool is_before(const struct message *a, const struct message *b)
{
	return a->time_ms != b->time_ms ? a->time_ms < b->time_ms : a->order < b->order;
}

static void swap_messages(struct message *a, struct message *b)
{
	struct message kept = *a;
	*a = *b;
	*b = kept;
}

static void heap_push(struct network *net, const struct message *message)
{
	if (net->message_count == net->message_cap) {
		net->message_cap = net->message_cap ? 2 * net->message_cap : 64;
		net->messages = xrealloc(net->messages, net->message_cap, sizeof *net->messages);
	}
	size_t at = net->message_count++;
	net->messages[at] = *message;
	for (; at && is_before(&net->messages[at], &net->messages[(at - 1) / 2]); at = (at - 1) / 2)
		swap_messages(&net->messages[at], &net->messages[(at - 1) / 2]);
}

static struct message heap_pop(struct network *net)
{
	struct message first = net->messages[0];
	net->messages[0] = net->messages[--net->message_count];
	for (size_t at = 0;;) {
		size_t least = at;
		for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < net->message_count; child++)
			if (is_before(&net->messages[child], &net->messages[least]))
				least = child;
		if (least == at)
			return first;
		swap_messages(&net->messages[at], &net->messages[least]);
		at = least;
	}
}

static uint64_t next_random(struct network *net)
{
	net->random ^= net->random << 13;
	net->random ^= net->random >> 7;
	net->random ^= net->random << 17;
	return net->random;
}

static bool is_reachable(const struct network *net, size_t from, size_t to)
{
	const struct node *a = &net->nodes[from], *b = &net->nodes[to];
	return a->alive && b->alive && !a->isolated && !b->isolated && !net->links[from][to].cut;
}

static void send_message(struct network *net, size_t from, size_t to, enum message_kind kind, struct block *block,
			 struct signed_transaction *tx)
{
	const struct link *link = &net->links[from][to];
	if (!is_reachable(net, from, to) || net->message_count >= MESSAGES_MAX ||
	    next_random(net) % 1000 < link->drop_per_thousand)
		return;
	struct message message = {.time_ms = net->now_ms + link->delay_ms,
				  .order = net->sent++,
				  .from = from,
				  .to = to,
				  .kind = kind,
				  .block = block ? block_ref(block) : NULL,
				  .transaction = tx ? signed_transaction_ref(tx) : NULL};
	heap_push(net, &message);
}

/* To all but `besides`, from whom it came. */
static void spread(struct network *net, size_t from, size_t besides, enum message_kind kind, struct block *block,
		   struct signed_transaction *tx)
{
	for (size_t to = 0; to < net->node_count; to++)
		if (to != from && to != besides)
			send_message(net, from, to, kind, block, tx);
}

/* Answers "what do I lack" with the blocks of our branch that the asker does not know, oldest first. That we look into
 * its tree stands for the list of its blocks that a real question carries. */
static void answer_question(struct network *net, size_t asker, size_t asked)
{
	struct block *head = chain_head(net->nodes[asked].chain);
	uint32_t first = head->num + 1;
	for (struct block *block = head; block->num && !chain_find(net->nodes[asker].chain, block->id);
	     block = block->parent) {
		first = block->num;
		if (!block->parent)
			break;
	}
	for (uint32_t num = first; num <= head->num && num < first + SYNC_BLOCKS; num++)
		send_message(net, asked, asker, MESSAGE_ANSWER, block_ancestor(head, num), NULL);
}

static void receive_block(struct network *net, const struct message *message)
{
	switch (chain_push_block(net->nodes[message->to].chain, message->block)) {
	case PUSH_APPLIED:
	case PUSH_STORED:
		spread(net, message->to, message->from, MESSAGE_BLOCK, message->block, NULL);
		break;
	case PUSH_UNLINKED:
		if (message->kind == MESSAGE_BLOCK &&
		    !chain_find(net->nodes[message->to].chain, message->block->previous))
			send_message(net, message->to, message->from, MESSAGE_QUESTION, NULL, NULL);
		break;
	case PUSH_KNOWN:
	case PUSH_INVALID:
		break;
	}
}

static bool accept_transaction(struct network *net, size_t node, size_t from, struct signed_transaction *tx,
			       struct refusal *ret)
{
	if (!chain_push_transaction(net->nodes[node].chain, tx, ret))
		return false;
	if (net->events.accepted)
		net->events.accepted(net->events.context, node, tx);
	spread(net, node, from, MESSAGE_TRANSACTION, NULL, tx);
	return true;
}

static void deliver(struct network *net, struct message *message)
{
	struct refusal refusal;
	if (is_reachable(net, message->from, message->to)) {
		switch (message->kind) {
		case MESSAGE_BLOCK:
		case MESSAGE_ANSWER:
			receive_block(net, message);
			break;
		case MESSAGE_TRANSACTION:
			(void)accept_transaction(net, message->to, message->from, message->transaction, &refusal);
			break;
		case MESSAGE_QUESTION:
			answer_question(net, message->from, message->to);
			break;
		}
	}
	block_unref(message->block);
	signed_transaction_unref(message->transaction);
}

/* ---- production ---------------------------------------------------------------------------------------------- */

static size_t account_index(const struct network *net, const char *name)
{
	for (size_t i = 0; i < net->genesis.account_count; i++)
		if (strcmp(net->genesis.accounts[i].name, name) == 0)
			return i;
	return ACCOUNTS_MAX;
}

static const struct node_key *find_key(const struct node *node, const struct witness_state *witness)
{
	for (size_t i = 0; i < node->key_count; i++)
		if (node->keys[i].held && strcmp(node->keys[i].witness, witness->owner) == 0 &&
		    public_key_equal(&node->keys[i].public, &witness->signing_key))
			return &node->keys[i];
	return NULL;
}

/* golosd's block_production_loop. The key is looked up in the state with pending transactions: docs/protocol.md 4, "The
 * pending-key race". */
static void produce(struct network *net, struct node *node, int64_t time_s, const bool *missed)
{
	const struct state *state = chain_pending_state(node->chain);
	uint32_t slot = state_slot_at(&net->genesis, state, time_s);
	if (slot == 0)
		return;
	if (!node->production_enabled && slot > 1)
		return;
	node->production_enabled = true;
	const struct witness_state *witness = state_scheduled(state, slot);
	const struct node_key *key = find_key(node, witness);
	size_t account = account_index(net, witness->owner);
	if (!key || missed[account] || state_participation(state) * 100 / SLOTS_REMEMBERED < PARTICIPATION_REQUIRED)
		return;
	char owner[GW_ACCOUNT_SIZE];
	memcpy(owner, witness->owner, sizeof owner);
	struct block *block = chain_produce(node->chain, owner, time_s, &key->secret);
	if (block)
		spread(net, node->index, node->index, MESSAGE_BLOCK, block, NULL);
}

/* Slots to be missed are counted once a slot, by the branch of the node with the highest head. */
static void count_miss(struct network *net, int64_t time_s, bool *missed)
{
	struct chain *best = NULL;
	for (size_t i = 0; i < net->node_count; i++)
		if (net->nodes[i].alive && (!best || chain_head(net->nodes[i].chain)->num > chain_head(best)->num))
			best = net->nodes[i].chain;
	if (!best)
		return;
	uint32_t slot = state_slot_at(&net->genesis, chain_state(best), time_s);
	size_t account = slot ? account_index(net, state_scheduled(chain_state(best), slot)->owner) : ACCOUNTS_MAX;
	if (account == ACCOUNTS_MAX || net->misses[account] == 0)
		return;
	net->misses[account]--;
	missed[account] = true;
}

static void run_slot(struct network *net, int64_t time_s)
{
	bool missed[ACCOUNTS_MAX + 1] = {false};
	count_miss(net, time_s, missed);
	for (size_t i = 0; i < net->node_count && !net->halted; i++)
		if (net->nodes[i].alive && !net->nodes[i].isolated)
			produce(net, &net->nodes[i], time_s, missed);
}

/* ---- time ---------------------------------------------------------------------------------------------------- */

int64_t network_next_ms(const struct network *net)
{
	if (net->message_count && net->messages[0].time_ms < net->next_slot_ms)
		return net->messages[0].time_ms;
	return net->next_slot_ms;
}

int64_t network_now_ms(const struct network *net)
{
	return net->now_ms;
}

void network_advance(struct network *net, int64_t now_ms)
{
	for (int64_t next = network_next_ms(net); next <= now_ms; next = network_next_ms(net)) {
		net->now_ms = next > net->now_ms ? next : net->now_ms;
		if (net->message_count && net->messages[0].time_ms <= net->next_slot_ms) {
			struct message message = heap_pop(net);
			deliver(net, &message);
			continue;
		}
		run_slot(net, net->next_slot_ms / 1000);
		net->next_slot_ms += (int64_t)net->genesis.interval_s * 1000;
	}
	if (now_ms > net->now_ms)
		net->now_ms = now_ms;
}

/* ---- life ---------------------------------------------------------------------------------------------------- */

static void tell_applied(void *context, struct block *block)
{
	struct node *node = context;
	if (node->net->events.applied)
		node->net->events.applied(node->net->events.context, node->index, block);
}

struct network *network_new(const struct genesis *genesis, size_t node_count, const struct network_events *events)
{
	struct network *net = xcalloc(1, sizeof *net);
	net->genesis = *genesis;
	net->root = block_root(&net->genesis);
	net->events = *events;
	net->now_ms = genesis->time_s * 1000;
	net->next_slot_ms = state_slot_time(&net->genesis, net->root->state, 1) * 1000;
	net->random = genesis->seed * 2685821657736338717u + 88172645463325252u;
	net->node_count = node_count;
	net->nodes = xcalloc(node_count, sizeof *net->nodes);
	for (size_t i = 0; i < node_count; i++) {
		struct node *node = &net->nodes[i];
		node->net = net;
		node->index = i;
		node->alive = node->production_enabled = true;
		node->chain = chain_new(&net->genesis, net->root, tell_applied, node);
		for (size_t j = 0; j < node_count; j++)
			net->links[i][j].delay_ms = FIRST_DELAY_MS;
	}
	return net;
}

void network_free(struct network *net)
{
	if (!net)
		return;
	while (net->message_count) {
		struct message message = heap_pop(net);
		block_unref(message.block);
		signed_transaction_unref(message.transaction);
	}
	free(net->messages);
	for (size_t i = 0; i < net->node_count; i++) {
		chain_free(net->nodes[i].chain);
		for (size_t j = 0; j < net->nodes[i].key_count; j++)
			secret_key_wipe(&net->nodes[i].keys[j].secret);
	}
	free(net->nodes);
	block_unref(net->root);
	free(net);
}

struct genesis *network_genesis(struct network *net)
{
	return &net->genesis;
}

size_t network_node_count(const struct network *net)
{
	return net->node_count;
}

struct chain *network_chain(struct network *net, size_t node)
{
	return net->nodes[node].chain;
}

bool network_broadcast(struct network *net, size_t node, struct signed_transaction *tx, struct refusal *ret)
{
	return accept_transaction(net, node, node, tx, ret);
}

void network_give_key(struct network *net, size_t node, const char *witness, const struct secret_key *secret)
{
	struct node *at = &net->nodes[node];
	struct node_key key = {.secret = *secret, .held = true};
	snprintf(key.witness, sizeof key.witness, "%s", witness);
	if (at->key_count < NODE_KEYS_MAX && secret_key_public(&key.public, secret) == GW_OK)
		at->keys[at->key_count++] = key;
	secret_key_wipe(&key.secret);
}

void network_hold_key(struct network *net, size_t node, const char *witness, bool held)
{
	for (size_t i = 0; i < net->nodes[node].key_count; i++)
		if (strcmp(net->nodes[node].keys[i].witness, witness) == 0)
			net->nodes[node].keys[i].held = held;
}

void network_share_keys(struct network *net, size_t from, size_t to)
{
	const struct node *owner = &net->nodes[from];
	for (size_t i = 0; from != to && i < owner->key_count; i++)
		network_give_key(net, to, owner->keys[i].witness, &owner->keys[i].secret);
}

/* ---- faults -------------------------------------------------------------------------------------------------- */

/* Two nodes that find each other show their heads: who lacks something asks for it. */
static void greet(struct network *net, size_t a, size_t b)
{
	send_message(net, a, b, MESSAGE_BLOCK, chain_head(net->nodes[a].chain), NULL);
	send_message(net, b, a, MESSAGE_BLOCK, chain_head(net->nodes[b].chain), NULL);
}

static void greet_all(struct network *net, size_t node)
{
	for (size_t i = 0; i < net->node_count; i++)
		if (i != node)
			greet(net, node, i);
}

void network_kill(struct network *net, size_t node)
{
	net->nodes[node].alive = false;
}

void network_revive(struct network *net, size_t node)
{
	if (net->nodes[node].alive)
		return;
	net->nodes[node].alive = true;
	net->nodes[node].production_enabled = false;
	chain_restart(net->nodes[node].chain);
	greet_all(net, node);
}

bool network_is_alive(const struct network *net, size_t node)
{
	return net->nodes[node].alive;
}

void network_isolate(struct network *net, size_t node, bool isolated)
{
	net->nodes[node].isolated = isolated;
	greet_all(net, node);
}

void network_cut(struct network *net, size_t a, size_t b, bool cut)
{
	net->links[a][b].cut = net->links[b][a].cut = cut;
	if (!cut)
		greet(net, a, b);
}

void network_delay(struct network *net, size_t from, size_t to, int64_t delay_ms)
{
	net->links[from][to].delay_ms = delay_ms;
}

void network_drop(struct network *net, size_t from, size_t to, unsigned per_thousand)
{
	net->links[from][to].drop_per_thousand = per_thousand;
}

void network_miss(struct network *net, const char *witness, unsigned count)
{
	size_t account = account_index(net, witness);
	if (account < ACCOUNTS_MAX)
		net->misses[account] += count;
}

void network_halt(struct network *net, bool halted)
{
	net->halted = halted;
}
