/* SPDX-License-Identifier: MIT
 *
 * The pure model of chain and network, in virtual time: golosd's rules of slots, misses, the chain's null, forks and
 * the pending-key race.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "devnet/network.h"

#define START_S	      1800000000
#define AFTER_SLOT_MS 100 /* where tests look: each block has reached every node by then */
#define SKIPPING_S    60
#define ACTIVE_BYTE   0x40 /* first byte of test secrets, by their use */
#define SIGN_BYTE     0x50
#define OTHER_BYTE    0x60

struct seen { /* what one node told */
	size_t count;
	uint32_t nums[4096];
};

struct world {
	struct genesis genesis;
	struct network *net;
	struct seen seen[3];
};

static struct secret_key secret(uint8_t use, size_t index)
{
	struct secret_key key = {{use, (uint8_t)index, 7}};
	return key;
}

static struct public_key public(uint8_t use, size_t index)
{
	struct secret_key key = secret(use, index);
	struct public_key public_key;
	assert_int_equal(secret_key_public(&public_key, &key), GW_OK);
	return public_key;
}

static void tell(void *context, size_t node, struct block *block)
{
	struct seen *seen = &((struct world *)context)->seen[node];
	if (seen->count < sizeof seen->nums / sizeof *seen->nums)
		seen->nums[seen->count++] = block->num;
}

/* Three nodes: 0 and 1 hold key 0 and the other key of witness w0, 2 holds all other witnesses. */
static struct world *world_new(size_t witnesses)
{
	struct world *world = xcalloc(1, sizeof *world);
	struct genesis *genesis = &world->genesis;
	*genesis = (struct genesis){.time_s = START_S,
				    .interval_s = 3,
				    .skipping_reset_s = SKIPPING_S * 1000,
				    .witness_count = witnesses,
				    .account_count = witnesses};
	for (size_t i = 0; i < witnesses; i++) {
		struct account *account = &genesis->accounts[i];
		snprintf(account->name, sizeof account->name, "wit%u", (unsigned)i % 1000);
		account->active = (struct account_authority){.threshold = 1, .key_count = 1};
		account->active.keys[0].key = public(ACTIVE_BYTE, i);
		account->active.keys[0].weight = 1;
		account->owner = account->posting = (struct account_authority){.threshold = 1};
		genesis->signing_keys[i] = public(SIGN_BYTE, i);
	}
	struct network_events events = {.context = world, .applied = tell};
	world->net = network_new(genesis, 3, &events);
	for (size_t i = 0; i < witnesses; i++) {
		struct secret_key key = secret(SIGN_BYTE, i);
		network_give_key(world->net, i == 0 ? 0 : 2, genesis->accounts[i].name, &key);
	}
	struct secret_key other = secret(OTHER_BYTE, 0);
	network_give_key(world->net, 1, "wit0", &other);
	network_advance(world->net, (int64_t)START_S * 1000 + AFTER_SLOT_MS);
	return world;
}

static void world_free(struct world *world)
{
	network_free(world->net);
	free(world);
}

static void run_slots(struct world *world, unsigned slots)
{
	network_advance(world->net, network_now_ms(world->net) + (int64_t)slots * 3000);
}

static struct chain *chain_at(struct world *world, size_t node)
{
	return network_chain(world->net, node);
}

static const struct witness_state *witness_at(struct world *world, size_t node, const char *name)
{
	return state_witness(chain_state(chain_at(world, node)), name);
}

/* An update of w0's key on top of a node's head; `change` may spoil it before it is signed. */
static struct signed_transaction *update(struct world *world, size_t node, const struct public_key *key,
					 void (*change)(struct transaction *tx), uint8_t signed_with)
{
	const struct block *head = chain_head(chain_at(world, node));
	struct transaction tx = {.operation_count = 1, .expiration_s = (uint32_t)(head->time_s + 60)};
	tx.operations[0].type = OPERATION_WITNESS_UPDATE;
	struct witness_update *op = &tx.operations[0].witness_update;
	snprintf(op->owner, sizeof op->owner, "wit0");
	snprintf(op->url, sizeof op->url, "https://wit0.example");
	op->signing_key = *key;
	op->account_creation_fee = op->fee = (struct asset){.decimals = 3, .symbol = "GOLOS"};
	op->maximum_block_size = 65536;
	assert_int_equal(transaction_set_tapos(&tx, head->id), GW_OK);
	if (change)
		change(&tx);
	struct transaction_bytes bytes;
	struct digest digest;
	struct signature signature;
	struct secret_key signer = secret(signed_with, 0);
	struct signed_transaction *signed_tx;
	assert_int_equal(transaction_serialize(&bytes, &tx), GW_OK);
	transaction_digest(&digest, &world->genesis.chain_id, &bytes);
	assert_int_equal(sign_digest(&signature, &digest, &signer), GW_OK);
	assert_int_equal(signed_transaction_new(&signed_tx, &tx, &signature, 1), GW_OK);
	return signed_tx;
}

static enum refusal_reason broadcast(struct world *world, size_t node, struct signed_transaction *tx)
{
	struct refusal refusal;
	bool accepted = network_broadcast(world->net, node, tx, &refusal);
	signed_transaction_unref(tx);
	return accepted ? REFUSAL_NONE : refusal.reason;
}

static void switch_key(struct world *world, size_t node)
{
	struct public_key other = public(OTHER_BYTE, 0);
	assert_int_equal(broadcast(world, node, update(world, node, &other, NULL, ACTIVE_BYTE)), REFUSAL_NONE);
}

/* Slots from the head to w0's next one. */
static uint32_t slots_to_w0(struct world *world)
{
	const struct state *state = chain_state(chain_at(world, 2));
	uint32_t slot = 1;
	while (strcmp(state_scheduled(state, slot)->owner, "wit0") != 0)
		slot++;
	return slot;
}

/* ---- tests --------------------------------------------------------------------------------------------------- */

static void a_healthy_network_fills_every_slot(void **unused)
{
	(void)unused;
	struct world *world = world_new(7);
	run_slots(world, 100);
	for (size_t node = 0; node < 3; node++) {
		assert_int_equal(chain_head(chain_at(world, node))->num, 100);
		assert_string_equal(chain_head(chain_at(world, node))->id, chain_head(chain_at(world, 0))->id);
		assert_int_equal(world->seen[node].count, 100);
	}
	const struct state *state = chain_state(chain_at(world, 0));
	assert_int_equal(state_participation(state), 128);
	assert_true(state->irreversible >= 100 - 14 && state->irreversible < 100);
	assert_int_equal(block_id_num(chain_head(chain_at(world, 0))->id), 100);
	world_free(world);
}

static void the_order_changes_at_multiples_of_21_alone(void **unused)
{
	(void)unused;
	struct world *world = world_new(7);
	uint16_t order[SCHEDULE_SIZE];
	unsigned changes = 0;
	memcpy(order, chain_state(chain_at(world, 2))->schedule, sizeof order);
	for (unsigned num = 1; num <= 105; num++) {
		run_slots(world, 1);
		const struct state *state = chain_state(chain_at(world, 2));
		assert_int_equal(state->head_num, num);
		if (memcmp(order, state->schedule, sizeof order) != 0) {
			assert_int_equal(num % 21, 0);
			changes++;
		}
		memcpy(order, state->schedule, sizeof order);
		bool present[7] = {false};
		for (size_t i = 0; i < 7; i++)
			present[order[i]] = true;
		for (size_t i = 0; i < 7; i++)
			assert_true(present[i]);
	}
	assert_true(changes >= 4);
	world_free(world);
}

static void a_hundred_witnesses_share_the_last_two_places(void **unused)
{
	(void)unused;
	struct world *world = world_new(100);
	bool served[100] = {false};
	for (unsigned round = 0; round < 45; round++) {
		run_slots(world, 21);
		const struct state *state = chain_state(chain_at(world, 2));
		assert_int_equal(state->scheduled_count, 21);
		for (size_t i = 0; i < 21; i++)
			served[state->schedule[i]] = true;
	}
	for (size_t i = 0; i < 100; i++)
		assert_true(served[i]);
	world_free(world);
}

static void a_missed_slot_is_charged_with_the_next_block(void **unused)
{
	(void)unused;
	struct world *world = world_new(7);
	run_slots(world, 5);
	network_kill(world->net, 0);
	run_slots(world, slots_to_w0(world));
	assert_int_equal(witness_at(world, 2, "wit0")->total_missed, 0);
	run_slots(world, 1);
	assert_int_equal(witness_at(world, 2, "wit0")->total_missed, 1);
	assert_int_equal(state_participation(chain_state(chain_at(world, 2))), 127);
	world_free(world);
}

static void the_producer_of_the_next_block_is_not_charged(void **unused)
{
	(void)unused;
	struct world *world = world_new(2); /* w0 and w1 */
	run_slots(world, 3);
	network_halt(world->net, true);
	run_slots(world, 10);
	network_halt(world->net, false);
	run_slots(world, 1);
	const struct block *head = chain_head(chain_at(world, 2));
	const char *other = strcmp(head->witness, "wit0") == 0 ? "wit1" : "wit0";
	assert_int_equal(head->num, 4);
	assert_int_equal(witness_at(world, 2, head->witness)->total_missed, 0);
	assert_int_equal(witness_at(world, 2, other)->total_missed, 5);
	world_free(world);
}

/* witness_skipping_reset_time of 60 s is 20 blocks: the first miss charged when w0's last block lies more than 20
 * blocks before the head of before. */
static void the_chain_takes_out_who_has_not_produced_for_long(void **unused)
{
	(void)unused;
	struct world *world = world_new(7);
	world->genesis.skipping_reset_s = SKIPPING_S;
	network_free(world->net);
	struct network_events events = {.context = world, .applied = tell};
	world->net = network_new(&world->genesis, 3, &events);
	network_advance(world->net, (int64_t)START_S * 1000 + AFTER_SLOT_MS);
	for (size_t i = 1; i < 7; i++) {
		struct secret_key key = secret(SIGN_BYTE, i);
		network_give_key(world->net, 2, world->genesis.accounts[i].name, &key);
	}
	uint32_t missed = 0;
	for (unsigned slot = 0; slot < 60; slot++) {
		run_slots(world, 1);
		const struct witness_state *w0 = witness_at(world, 2, "wit0");
		const struct block *head = chain_head(chain_at(world, 2));
		if (w0->total_missed > missed && head->num - 1 > SKIPPING_S / 3) {
			assert_true(public_key_is_null(&w0->signing_key));
			assert_non_null(head->shutdowns);
			assert_string_equal(head->shutdowns->owners[0], "wit0");
			world_free(world);
			return;
		}
		missed = w0->total_missed;
		assert_false(public_key_is_null(&w0->signing_key));
	}
	fail_msg("w0 was never taken out");
}

static void two_parts_join_on_the_longer_branch(void **unused)
{
	(void)unused;
	struct world *world = world_new(7);
	struct public_key other = public(OTHER_BYTE, 0);
	run_slots(world, 21 + slots_to_w0(world) % 3);
	while (slots_to_w0(world) != 2)
		run_slots(world, 1);
	uint32_t common = chain_head(chain_at(world, 0))->num;
	struct signed_transaction *tx = update(world, 0, &other, NULL, ACTIVE_BYTE);
	char id[GW_ID_SIZE];
	memcpy(id, tx->id, sizeof id);
	network_isolate(world->net, 2, true); /* the others' node: nobody produces but w0 at node 0 */
	run_slots(world, 2);
	assert_int_equal(chain_head(chain_at(world, 0))->num, common + 1);
	assert_string_equal(chain_head(chain_at(world, 0))->witness, "wit0");
	network_kill(world->net, 1);
	network_cut(world->net, 0, 2, true);
	network_isolate(world->net, 2, false);
	assert_int_equal(broadcast(world, 0, tx), REFUSAL_NONE); /* pending at node 0 alone; names the common head */
	run_slots(world, 4);
	uint32_t longer = chain_head(chain_at(world, 2))->num;
	assert_true(longer > common + 1);
	world->seen[0].count = 0;
	network_cut(world->net, 0, 2, false);
	network_advance(world->net, network_now_ms(world->net) + 200);
	assert_string_equal(chain_head(chain_at(world, 0))->id, chain_head(chain_at(world, 2))->id);
	assert_int_equal(world->seen[0].nums[0], common + 1); /* numbers go back, oldest first */
	assert_int_equal(world->seen[0].count, longer - common);
	assert_int_equal(chain_pending_count(chain_at(world, 0)), 1);
	assert_string_equal(chain_pending(chain_at(world, 0), 0)->id, id);
	world_free(world);
}

/* Two parts that left each other at an irreversible block never join: they do not ask for it without end either. */
static void parts_that_cannot_join_fall_silent(void **unused)
{
	(void)unused;
	struct world *world = world_new(3);
	network_cut(world->net, 0, 2, true);
	network_cut(world->net, 1, 2, true);
	run_slots(world, 12);
	network_cut(world->net, 0, 2, false);
	network_halt(world->net, true);
	network_advance(world->net, network_now_ms(world->net) + 1500);
	assert_true(network_next_ms(world->net) - network_now_ms(world->net) > 100); /* a slot's time, no message's */
	network_halt(world->net, false);
	run_slots(world, 3);
	assert_string_not_equal(chain_head(chain_at(world, 0))->id, chain_head(chain_at(world, 2))->id);
	world_free(world);
}

static void what_a_switch_undoes_is_pending_again(void **unused)
{
	(void)unused;
	struct world *world = world_new(7);
	run_slots(world, 21);
	while (slots_to_w0(world) != 1)
		run_slots(world, 1);
	network_cut(world->net, 0, 2, true);
	network_cut(world->net, 1, 2, true);
	/* the key stays as it is, so that the block of w0's own slot can hold the update */
	struct public_key same = public(SIGN_BYTE, 0);
	assert_int_equal(broadcast(world, 0, update(world, 0, &same, NULL, ACTIVE_BYTE)), REFUSAL_NONE);
	run_slots(world, 1);
	assert_int_equal(chain_head(chain_at(world, 0))->transaction_count, 1);
	assert_int_equal(chain_pending_count(chain_at(world, 0)), 0);
	run_slots(world, 3);
	network_cut(world->net, 0, 2, false);
	network_advance(world->net, network_now_ms(world->net) + 100);
	assert_string_equal(chain_head(chain_at(world, 0))->id, chain_head(chain_at(world, 2))->id);
	assert_int_equal(chain_pending_count(chain_at(world, 0)), 1);
	world_free(world);
}

/* docs/protocol.md 4: neither the old key's node nor the new one's makes the block of a slot while the update is
 * pending. */
static void a_pending_key_loses_the_slot_on_both_nodes(void **unused)
{
	(void)unused;
	struct world *world = world_new(7);
	run_slots(world, 21);
	while (slots_to_w0(world) != 1)
		run_slots(world, 1);
	uint32_t before = chain_head(chain_at(world, 2))->num;
	switch_key(world, 2);
	run_slots(world, 1);
	assert_int_equal(chain_head(chain_at(world, 2))->num, before);
	assert_int_equal(chain_pending_count(chain_at(world, 1)), 0); /* the new key's node cleared it */
	assert_int_equal(chain_pending_count(chain_at(world, 0)), 1);
	run_slots(world, 1);
	assert_int_equal(chain_head(chain_at(world, 2))->num, before + 1);
	assert_int_equal(witness_at(world, 2, "wit0")->total_missed, 1);
	struct public_key other = public(OTHER_BYTE, 0);
	assert_true(public_key_equal(&witness_at(world, 2, "wit0")->signing_key, &other));
	run_slots(world, slots_to_w0(world));
	assert_string_equal(chain_head(chain_at(world, 1))->witness, "wit0");
	assert_true(public_key_equal(&chain_head(chain_at(world, 1))->signed_by, &other));
	world_free(world);
}

static void expire(struct transaction *tx)
{
	tx->expiration_s -= 60; /* the head's own time */
}

static void expire_late(struct transaction *tx)
{
	tx->expiration_s += EXPIRATION_MAX_S - 59;
}

static void name_other_block(struct transaction *tx)
{
	tx->ref_block_prefix ^= 1;
}

static void name_stranger(struct transaction *tx)
{
	snprintf(tx->operations[0].witness_update.owner, GW_ACCOUNT_SIZE, "nobody");
}

static void empty_url(struct transaction *tx)
{
	tx->operations[0].witness_update.url[0] = '\0';
}

static void each_bad_transaction_is_refused_for_its_reason(void **unused)
{
	(void)unused;
	struct world *world = world_new(7);
	run_slots(world, 5);
	struct public_key key = public(OTHER_BYTE, 0);
	static const struct {
		void (*change)(struct transaction *tx);
		uint8_t signed_with;
		enum refusal_reason reason;
	} cases[] = {
		{expire, ACTIVE_BYTE, REFUSAL_EXPIRED},
		{expire_late, ACTIVE_BYTE, REFUSAL_EXPIRATION_TOO_FAR},
		{name_other_block, ACTIVE_BYTE, REFUSAL_TAPOS},
		{name_stranger, ACTIVE_BYTE, REFUSAL_NO_ACCOUNT},
		{empty_url, ACTIVE_BYTE, REFUSAL_INVALID_OPERATION},
		{NULL, SIGN_BYTE, REFUSAL_MISSING_AUTHORITY},
		{NULL, ACTIVE_BYTE, REFUSAL_NONE},
		{NULL, ACTIVE_BYTE, REFUSAL_DUPLICATE},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_int_equal(broadcast(world, 0, update(world, 0, &key, cases[i].change, cases[i].signed_with)),
				 cases[i].reason);
	struct signed_transaction *again = update(world, 0, &key, NULL, ACTIVE_BYTE);
	run_slots(world, 2);
	assert_int_equal(chain_pending_count(chain_at(world, 0)), 0);
	assert_int_equal(broadcast(world, 0, again), REFUSAL_DUPLICATE); /* in a block by now */
	world_free(world);
}

static void an_authority_of_accounts_counts_their_weights(void **unused)
{
	(void)unused;
	struct world *world = world_new(7);
	struct account *w0 = &network_genesis(world->net)->accounts[0];
	run_slots(world, 1);
	w0->active = (struct account_authority){.threshold = 2, .account_count = 1};
	snprintf(w0->active.accounts[0].name, GW_ACCOUNT_SIZE, "wit1");
	w0->active.accounts[0].weight = 1;
	network_genesis(world->net)->accounts[1].active.keys[0].key = public(OTHER_BYTE, 0);
	struct public_key key = public(OTHER_BYTE, 0);
	assert_int_equal(broadcast(world, 0, update(world, 0, &key, NULL, OTHER_BYTE)), REFUSAL_MISSING_AUTHORITY);
	w0->active.accounts[0].weight = 2;
	assert_int_equal(broadcast(world, 0, update(world, 0, &key, NULL, OTHER_BYTE)), REFUSAL_NONE);
	world_free(world);
}

static void a_revived_node_repeats_blocks_and_catches_up(void **unused)
{
	(void)unused;
	struct world *world = world_new(7);
	run_slots(world, 30);
	network_kill(world->net, 1);
	run_slots(world, 400);
	uint32_t irreversible = chain_state(chain_at(world, 1))->irreversible;
	world->seen[1].count = 0;
	network_revive(world->net, 1);
	network_advance(world->net, network_now_ms(world->net) + 100);
	assert_string_equal(chain_head(chain_at(world, 1))->id, chain_head(chain_at(world, 2))->id);
	assert_int_equal(world->seen[1].nums[0], irreversible + 1);
	world_free(world);
}

static void thousands_of_blocks_keep_their_rules(void **unused)
{
	(void)unused;
	struct world *world = world_new(7);
	run_slots(world, 1500);
	struct block *head = chain_head(chain_at(world, 0));
	assert_int_equal(head->num, 1500);
	struct block *old = block_ancestor(head, 777);
	assert_non_null(old);
	const struct state *state = block_state(network_genesis(world->net), old); /* dropped, computed again */
	assert_non_null(state);
	assert_int_equal(state->head_num, 777);
	world_free(world);
}

static void old_blocks_are_let_go(void **unused)
{
	(void)unused;
	struct world *world = world_new(2);
	run_slots(world, CHAIN_BLOCKS_KEPT + 3 * STATE_CHECKPOINT);
	for (size_t node = 0; node < 3; node++) {
		struct block *head = chain_head(chain_at(world, node));
		assert_int_equal(head->num, CHAIN_BLOCKS_KEPT + 3 * STATE_CHECKPOINT);
		assert_null(block_ancestor(head, 1));
		assert_non_null(block_ancestor(head, head->num - CHAIN_BLOCKS_KEPT));
	}
	world_free(world);
}

static struct price wanted_feed;

static void publish_wanted(struct transaction *tx)
{
	tx->operations[0] = (struct operation){
		.type = OPERATION_FEED_PUBLISH,
		.feed_publish = {.publisher = "wit0", .base = wanted_feed.base, .quote = wanted_feed.quote}};
}

static void expect_feed(struct world *world, struct price price, int64_t time_s)
{
	for (size_t node = 0; node < 3; node++) {
		const struct witness_state *witness = witness_at(world, node, "wit0");

		assert_memory_equal(&witness->feed, &price, sizeof price);
		assert_int_equal(witness->feed_time_s, time_s);
	}
}

/* What a golosd 0.30 took into blocks and what it refused: tests/vectors/feed.json. */
static void feeds_are_taken_as_golosd_takes_them(void **unused)
{
	static const struct {
		struct price price;
		enum refusal_reason reason;
	} cases[] = {
		{{{56, 3, "GBG"}, {1000, 3, "GOLOS"}}, REFUSAL_NONE},
		{{{0, 3, "GBG"}, {1000, 3, "GOLOS"}}, REFUSAL_INVALID_OPERATION},
		{{{56, 3, "GBG"}, {0, 3, "GOLOS"}}, REFUSAL_INVALID_OPERATION},
		{{{56, 3, "GBG"}, {1000, 3, "GBG"}}, REFUSAL_INVALID_OPERATION},
		{{{1000, 3, "GOLOS"}, {56, 3, "GBG"}}, REFUSAL_NONE},
		{{{100, 3, "GBG"}, {3142, 3, "GOLOS"}}, REFUSAL_NONE},
		{{{INT64_C(1000000000000), 3, "GBG"}, {1000, 3, "GOLOS"}}, REFUSAL_NONE},
	};
	struct world *world = world_new(7);
	struct public_key key = public(OTHER_BYTE, 0);
	struct price newest = {0};
	int64_t newest_s = 0;
	(void)unused;

	run_slots(world, 5);
	expect_feed(world, newest, newest_s); /* none yet */
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t before_s = chain_head(chain_at(world, 2))->time_s;

		wanted_feed = cases[i].price;
		assert_int_equal(broadcast(world, 2, update(world, 2, &key, publish_wanted, ACTIVE_BYTE)),
				 cases[i].reason);
		if (cases[i].reason == REFUSAL_NONE) {
			newest = cases[i].price;
			newest_s = before_s; /* of the block before that which holds it */
		}
		do
			run_slots(world, 1);
		while (chain_pending_count(chain_at(world, 2)) > 0);
		expect_feed(world, newest, newest_s);
	}
	world_free(world);
}

static void publish(const struct genesis *genesis, struct state *state, size_t index, struct price price)
{
	struct operation op = {.type = OPERATION_FEED_PUBLISH,
			       .feed_publish = {.base = price.base, .quote = price.quote}};
	memcpy(op.feed_publish.publisher, genesis->accounts[index].name, GW_ACCOUNT_SIZE);
	state_apply_operation(genesis, state, &op);
}

static struct price gbg_per_golos(int64_t thousandths)
{
	return (struct price){{thousandths, 3, "GBG"}, {1000, 3, "GOLOS"}};
}

static void apply_block(const struct genesis *genesis, struct state *state, uint32_t slot)
{
	struct shutdowns shutdowns;
	char witness[GW_ACCOUNT_SIZE];
	memcpy(witness, state_scheduled(state, slot)->owner, sizeof witness);
	state_apply_block(genesis, state, witness, state_slot_time(genesis, state, slot), &shutdowns);
}

static void the_median_of_seven_feeds_is_taken_at_its_interval(void **unused)
{
	(void)unused;
	struct world *world = world_new(8);
	struct genesis *genesis = &world->genesis;
	struct state *state = state_new(genesis);
	genesis->feed_interval = 2;
	apply_block(genesis, state, 1);
	for (size_t i = 0; i < 6; i++)
		publish(genesis, state, i, gbg_per_golos(50 + (int64_t)i));
	apply_block(genesis, state, 1);
	assert_int_equal(state->feed_count, 0); /* six are too few */
	publish(genesis, state, 6, gbg_per_golos(900));
	apply_block(genesis, state, 1);
	assert_int_equal(state->feed_count, 0); /* not at this block */
	apply_block(genesis, state, 1);
	assert_int_equal(state->feed_count, 1);
	assert_int_equal(state->feed_median.base.amount, 53);
	/* sides exchanged: beyond every other one, whatever it says */
	publish(genesis, state, 7, (struct price){{1000, 3, "GOLOS"}, {1, 3, "GBG"}});
	apply_block(genesis, state, 2);
	apply_block(genesis, state, 1);
	assert_int_equal(state->feed_count, 2);
	assert_int_equal(state->feeds[1].base.amount, 54);
	assert_int_equal(state->feed_median.base.amount, 54);
	/* older than a week they count no more */
	apply_block(genesis, state, 8 * 86400 / 3);
	apply_block(genesis, state, 1);
	assert_int_equal(state->feed_count, 2);
	free(state);
	world_free(world);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_healthy_network_fills_every_slot),
		cmocka_unit_test(the_order_changes_at_multiples_of_21_alone),
		cmocka_unit_test(a_hundred_witnesses_share_the_last_two_places),
		cmocka_unit_test(a_missed_slot_is_charged_with_the_next_block),
		cmocka_unit_test(the_producer_of_the_next_block_is_not_charged),
		cmocka_unit_test(the_chain_takes_out_who_has_not_produced_for_long),
		cmocka_unit_test(two_parts_join_on_the_longer_branch),
		cmocka_unit_test(parts_that_cannot_join_fall_silent),
		cmocka_unit_test(what_a_switch_undoes_is_pending_again),
		cmocka_unit_test(a_pending_key_loses_the_slot_on_both_nodes),
		cmocka_unit_test(each_bad_transaction_is_refused_for_its_reason),
		cmocka_unit_test(an_authority_of_accounts_counts_their_weights),
		cmocka_unit_test(a_revived_node_repeats_blocks_and_catches_up),
		cmocka_unit_test(thousands_of_blocks_keep_their_rules),
		cmocka_unit_test(old_blocks_are_let_go),
		cmocka_unit_test(feeds_are_taken_as_golosd_takes_them),
		cmocka_unit_test(the_median_of_seven_feeds_is_taken_at_its_interval),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
