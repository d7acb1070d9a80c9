/* SPDX-License-Identifier: MIT
 *
 * What is known of each peer, sentence by sentence. Two or three real `struct peers` talk over links that the test holds; where
 * a statement must lie, the test writes it. Time is the test's.
 */
#include <stdio.h>

#include "cluster/peers.h"
#include "test.h"

#define NODES 3
#define BEGUN 1000000 /* ms: our clock says nothing of its beginning */

static const char *const names[NODES] = {"frankfurt", "helsinki", "eye"};

struct node {
	struct peers *peers;
	uint8_t body[CLUSTER_BODY_MAX]; /* its newest statement */
	size_t len;
};

static struct node nodes[NODES];

static struct cluster_settings settings_of(const char *const *list, size_t count, const char *name)
{
	struct cluster_settings settings = {.node_count = count};

	snprintf(settings.name, sizeof(settings.name), "%s", name);
	for (size_t i = 0; i < count && i < CLUSTER_NODES_MAX; i++)
		snprintf(settings.nodes[i].name, sizeof(settings.nodes[i].name), "%s", list[i]);
	return settings;
}

static int64_t now_ms;

static void start(size_t n, uint8_t boot)
{
	const uint8_t id[CLUSTER_BOOT_BYTES] = {boot, (uint8_t)n};

	peers_free(nodes[n].peers);
	const struct cluster_settings settings = settings_of(names, NODES, names[n]);

	nodes[n].peers = peers_new(&settings, id, n == 2, now_ms);
}

static int set_up(void **state)
{
	(void)state;
	now_ms = BEGUN;
	for (size_t n = 0; n < NODES; n++)
		start(n, 1);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (size_t n = 0; n < NODES; n++) {
		peers_free(nodes[n].peers);
		nodes[n].peers = NULL;
	}
	return 0;
}

static void make(size_t n)
{
	struct statement s;

	peers_state(nodes[n].peers, &s, now_ms);
	nodes[n].len = statement_encode(nodes[n].body, &s);
	assert_true(nodes[n].len > 0);
}

static enum peers_heard hear_bytes(size_t to, const uint8_t *body, size_t len, uint16_t age_ms)
{
	size_t place;

	return peers_hear(nodes[to].peers, body, len, age_ms, now_ms, &place);
}

static enum peers_heard hear(size_t to, size_t from)
{
	return hear_bytes(to, nodes[from].body, nodes[from].len, 0);
}

static enum peers_heard hear_statement(size_t to, const struct statement *s)
{
	uint8_t body[CLUSTER_BODY_MAX];
	size_t len = statement_encode(body, s);

	assert_true(len > 0);
	return hear_bytes(to, body, len, 0);
}

/* A second in which each of a and b states, and hears the other where the link goes that way. */
static void second(size_t a, size_t b, bool a_to_b, bool b_to_a)
{
	now_ms += 1000;
	make(a);
	make(b);
	if (a_to_b)
		hear(b, a);
	if (b_to_a)
		hear(a, b);
}

static void seconds(size_t count, size_t a, size_t b)
{
	for (size_t i = 0; i < count; i++)
		second(a, b, true, true);
}

static struct peer_view view(size_t of, size_t about)
{
	struct peer_view ret;

	peers_view(nodes[of].peers, about, now_ms, &ret);
	return ret;
}

#define assert_state(of, about, wanted)                                                                                \
	assert_string_equal(peer_state_name(view(of, about).state), peer_state_name(wanted))

static void head(size_t n, uint32_t number, uint8_t branch)
{
	const uint8_t id[CLUSTER_HEAD_BYTES] = {branch, (uint8_t)number};

	peers_head(nodes[n].peers, number, id);
}

TEST(two_exchanges_make_a_peer_fresh, set_up, tear_down)
{
	assert_state(0, 1, PEER_UNKNOWN);
	assert_int_equal(view(0, 1).heard_ms, -1);
	second(0, 1, true, true); /* neither has heard the other when it states */
	assert_true(view(0, 1).is_heard);
	assert_state(0, 1, PEER_UNKNOWN);
	second(0, 1, true, true);
	assert_state(0, 1, PEER_FRESH);
	assert_state(1, 0, PEER_FRESH);
	assert_int_equal(peers_fresh(nodes[0].peers, now_ms), 2);
	assert_int_equal(view(0, 1).hears_us_ms, 1000);
}

TEST(silent_after_seven_seconds_and_not_before, set_up, tear_down)
{
	seconds(3, 0, 1);
	now_ms += PEERS_SILENCE_MS - 1;
	assert_true(view(0, 1).is_heard);
	assert_state(0, 1, PEER_FRESH);
	now_ms++;
	assert_false(view(0, 1).is_heard);
	assert_state(0, 1, PEER_SILENT);
	assert_int_equal(view(0, 1).heard_ms, PEERS_SILENCE_MS);
	seconds(1, 0, 1);
	assert_state(0, 1, PEER_FRESH);
}

TEST(one_that_never_spoke_is_unknown_and_not_silent, set_up, tear_down)
{
	now_ms += 100000;
	assert_state(0, 1, PEER_UNKNOWN);
	assert_int_equal(peers_take_changes(nodes[0].peers, 1, now_ms), 0);
}

TEST(a_link_of_one_direction_is_no_evidence, set_up, tear_down)
{
	for (size_t i = 0; i < 30; i++) {
		second(0, 1, false, true);
		assert_state(0, 1, PEER_UNKNOWN);
	}
	assert_true(view(0, 1).is_heard);
	now_ms += 10000; /* and when it ends, it was never fresh */
	assert_state(0, 1, PEER_UNKNOWN);
}

TEST(a_link_that_loses_one_direction_becomes_unknown, set_up, tear_down)
{
	seconds(5, 0, 1);
	for (size_t i = 0; i < 9; i++)
		second(0, 1, false, true);
	assert_state(0, 1, PEER_FRESH); /* it echoes what we sent 9 s ago */
	second(0, 1, false, true);
	assert_state(0, 1, PEER_UNKNOWN);
	assert_state(1, 0, PEER_SILENT); /* which it says of us, and has reason to */
	assert_true(view(0, 1).is_heard);
}

TEST(a_relayed_word_is_a_word, set_up, tear_down)
{
	/* 0 and 1 do not hear each other but through 2 */
	for (size_t i = 0; i < 4; i++) {
		now_ms += 1000;
		for (size_t n = 0; n < NODES; n++)
			make(n);
		hear(2, 0);
		hear(2, 1);
		now_ms += 300;
		for (size_t n = 0; n < 2; n++) {
			uint16_t age;
			size_t len;
			const uint8_t *body = peers_relay(nodes[2].peers, 1 - n, now_ms, &len, &age);

			assert_non_null(body);
			assert_int_equal(age, 300);
			assert_memory_equal(body, nodes[1 - n].body, len);
			assert_int_equal(hear_bytes(n, body, len, age), PEERS_WORD);
		}
	}
	assert_state(0, 1, PEER_FRESH);
	assert_true(view(0, 1).is_relayed);
	assert_int_equal(view(0, 1).heard_ms, 300);
}

TEST(a_relay_does_not_renew_a_word, set_up, tear_down)
{
	uint16_t age = 0;
	size_t len;

	seconds(3, 0, 1);
	make(1);
	hear(2, 1);
	now_ms += 4000;
	const uint8_t *body = peers_relay(nodes[2].peers, 1, now_ms, &len, &age);

	assert_int_equal(hear_bytes(0, body, len, age), PEERS_WORD);
	assert_int_equal(view(0, 1).heard_ms, 4000);
	assert_int_equal(hear_bytes(0, body, len, 1), PEERS_OLD); /* again */
	now_ms += 2999;
	assert_non_null(peers_relay(nodes[2].peers, 1, now_ms, &len, &age));
	assert_non_null(peers_relay(nodes[0].peers, 1, now_ms, &len, &age)); /* which goes on where it was */
	assert_int_equal(age, 6999);
	now_ms += 1;
	assert_null(peers_relay(nodes[2].peers, 1, now_ms, &len, &age));
	assert_null(peers_relay(nodes[0].peers, 1, now_ms, &len, &age));
	assert_state(0, 1, PEER_SILENT);
	assert_int_equal(hear_bytes(0, nodes[1].body, nodes[1].len, PEERS_SILENCE_MS), PEERS_OLD);
}

TEST(nothing_of_our_own_is_relayed, set_up, tear_down)
{
	uint16_t age;
	size_t len;

	make(0);
	assert_null(peers_relay(nodes[0].peers, 0, now_ms, &len, &age));
	assert_null(peers_relay(nodes[0].peers, 1, now_ms, &len, &age));
}

TEST(a_replay_of_the_same_boot_is_old, set_up, tear_down)
{
	uint8_t recorded[CLUSTER_BODY_MAX];

	seconds(3, 0, 1);
	size_t len = nodes[1].len;
	memcpy(recorded, nodes[1].body, len);
	seconds(2, 0, 1);
	for (size_t i = 0; i < 20; i++) {
		now_ms += 1000;
		assert_int_equal(hear_bytes(0, recorded, len, 0), PEERS_OLD);
	}
	assert_state(0, 1, PEER_SILENT);
}

TEST(a_recorded_hour_is_no_evidence_after_our_restart, set_up, tear_down)
{
	static uint8_t recorded[60][CLUSTER_BODY_MAX];
	size_t len[60];

	for (size_t i = 0; i < 60; i++) {
		second(0, 1, true, true);
		len[i] = nodes[1].len;
		memcpy(recorded[i], nodes[1].body, len[i]);
	}
	start(0, 2);
	for (size_t i = 0; i < 60; i++) {
		now_ms += 1000;
		make(0);
		hear_bytes(0, recorded[i], len[i], 0);
		assert_state(0, 1, PEER_UNKNOWN);
		assert_int_equal(view(0, 1).lag, 0);
	}
	now_ms += 10000;
	assert_state(0, 1, PEER_UNKNOWN);
	/* and the node itself, of another boot by now, is heard all the same */
	start(1, 2);
	seconds(3, 0, 1);
	assert_state(0, 1, PEER_FRESH);
}

TEST(a_stream_delayed_by_ten_seconds_is_unknown, set_up, tear_down)
{
	static uint8_t queue[20][CLUSTER_BODY_MAX];
	size_t len[20];

	for (size_t i = 0; i < 60; i++) {
		now_ms += 1000;
		make(0);
		make(1);
		hear(1, 0);
		memcpy(queue[i % 20], nodes[1].body, nodes[1].len);
		len[i % 20] = nodes[1].len;
		if (i < 10)
			continue;
		hear_bytes(0, queue[(i - 10) % 20], len[(i - 10) % 20], 0);
		assert_true(view(0, 1).is_heard);
		assert_state(0, 1, PEER_UNKNOWN);
	}
}

TEST(a_stream_delayed_by_four_seconds_is_fresh, set_up, tear_down)
{
	static uint8_t queue[20][CLUSTER_BODY_MAX];
	size_t len[20];

	for (size_t i = 0; i < 20; i++) {
		now_ms += 1000;
		make(0);
		make(1);
		hear(1, 0);
		memcpy(queue[i], nodes[1].body, nodes[1].len);
		len[i] = nodes[1].len;
		if (i >= 4)
			hear_bytes(0, queue[i - 4], len[i - 4], 0);
	}
	assert_state(0, 1, PEER_FRESH);
}

TEST(a_restarted_peer_is_taken_with_an_echo_alone, set_up, tear_down)
{
	seconds(3, 0, 1);
	start(1, 2);
	now_ms += 2000;
	make(1);
	assert_int_equal(hear(0, 1), PEERS_UNPROVEN); /* it has not heard us */
	assert_state(0, 1, PEER_FRESH);
	make(0);
	assert_int_equal(hear(1, 0), PEERS_WORD);
	make(1);
	assert_int_equal(hear(0, 1), PEERS_WORD);
	assert_state(0, 1, PEER_FRESH);
	assert_int_equal(view(0, 1).heard_ms, 0);
}

TEST(the_boot_that_ended_does_not_come_back, set_up, tear_down)
{
	seconds(3, 0, 1);
	make(0);
	hear(1, 0);
	make(1); /* on its way, with a good echo, while the node restarts */
	uint8_t late[CLUSTER_BODY_MAX];
	size_t len = nodes[1].len;

	memcpy(late, nodes[1].body, len);
	start(1, 2);
	seconds(2, 0, 1);
	assert_int_equal(hear_bytes(0, late, len, 0), PEERS_OLD);
	seconds(1, 0, 1);
	assert_state(0, 1, PEER_FRESH);
}

TEST(a_liar_of_a_boot_id_changes_nothing, set_up, tear_down)
{
	struct statement lie = {.origin = "helsinki", .boot = {66}, .sequence = 1000, .golosd = GOLOSD_DOWN};

	peers_golosd(nodes[1].peers, true, now_ms);
	seconds(3, 0, 1);
	assert_int_equal(hear_statement(0, &lie), PEERS_UNPROVEN);
	/* an echo of another boot of ours, and one of a statement that we never sent */
	lie.peer_count = 1;
	lie.peers[0] = (struct statement_peer){cluster_name_hash("frankfurt"), {9}, 3, 0};
	assert_int_equal(hear_statement(0, &lie), PEERS_UNPROVEN);
	lie.peers[0] = (struct statement_peer){cluster_name_hash("frankfurt"), {1, 0}, 4000, 0};
	assert_int_equal(hear_statement(0, &lie), PEERS_UNPROVEN);
	lie.peers[0].sequence = 0;
	assert_int_equal(hear_statement(0, &lie), PEERS_UNPROVEN);
	lie.peers[0].sequence = 3;
	now_ms += PEERS_ECHO_MS; /* sent too long ago */
	assert_int_equal(hear_statement(0, &lie), PEERS_UNPROVEN);
	make(1);
	hear(0, 1);
	assert_int_equal(view(0, 1).golosd, GOLOSD_UP);
	assert_int_equal(view(0, 1).heard_ms, 0);
}

TEST(strangers_ourselves_and_rubbish, set_up, tear_down)
{
	struct statement s = {.origin = "oslo", .boot = {1}, .sequence = 1, .golosd = GOLOSD_UP};

	assert_int_equal(hear_statement(0, &s), PEERS_STRANGER);
	make(0);
	assert_int_equal(hear(0, 0), PEERS_OURS);
	assert_int_equal(hear_bytes(0, (const uint8_t *)"", 0, 0), PEERS_BAD);
	assert_int_equal(peers_fresh(nodes[0].peers, now_ms), 1);
}

TEST(the_state_of_our_golosd, set_up, tear_down)
{
	struct peers *peers = nodes[0].peers;

	assert_int_equal(view(0, 0).golosd, GOLOSD_STARTING);
	assert_int_equal(view(2, 2).golosd, GOLOSD_NONE);
	now_ms += PEERS_STARTING_MS - 1;
	assert_int_equal(view(0, 0).golosd, GOLOSD_STARTING);
	now_ms++;
	assert_int_equal(view(0, 0).golosd, GOLOSD_DOWN); /* it never came */
	peers_golosd(peers, true, now_ms);
	assert_int_equal(view(0, 0).golosd, GOLOSD_UP);
	now_ms += 5000;
	peers_golosd(peers, false, now_ms);
	now_ms += PEERS_GOLOSD_LOST_MS - 1;
	assert_int_equal(view(0, 0).golosd, GOLOSD_UP);
	peers_golosd(peers, true, now_ms); /* a reconnect is nothing */
	assert_int_equal(view(0, 0).golosd_ms, 5000 + PEERS_GOLOSD_LOST_MS - 1);
	peers_golosd(peers, false, now_ms);
	peers_golosd(peers, false, now_ms + 1000);
	now_ms += PEERS_GOLOSD_LOST_MS;
	assert_int_equal(view(0, 0).golosd, GOLOSD_DOWN);
	assert_int_equal(view(0, 0).golosd_ms, PEERS_GOLOSD_LOST_MS);
	peers_golosd(peers, true, now_ms);
	assert_int_equal(view(0, 0).golosd, GOLOSD_UP);
	assert_int_equal(view(0, 0).golosd_ms, 0);
}

TEST(news_is_known_to_the_millisecond, set_up, tear_down)
{
	struct peers *peers = nodes[0].peers;

	assert_true(peers_has_news(peers, now_ms)); /* nothing was stated yet */
	make(0);
	assert_false(peers_has_news(peers, now_ms));
	assert_int_equal(peers_news_ms(peers), BEGUN + PEERS_STARTING_MS);
	peers_golosd(peers, true, now_ms);
	assert_true(peers_has_news(peers, now_ms));
	make(0);
	assert_int_equal(peers_news_ms(peers), INT64_MAX);
	peers_golosd(peers, false, now_ms);
	assert_false(peers_has_news(peers, now_ms));
	assert_int_equal(peers_news_ms(peers), now_ms + PEERS_GOLOSD_LOST_MS);
	now_ms += PEERS_GOLOSD_LOST_MS;
	assert_true(peers_has_news(peers, now_ms));
	make(0);
	assert_false(peers_has_news(peers, now_ms));
	assert_int_equal(peers_news_ms(peers), INT64_MAX);
	assert_int_equal(peers_news_ms(nodes[2].peers), INT64_MAX); /* an observer's never changes */
}

TEST(what_a_peer_states_ages, set_up, tear_down)
{
	peers_golosd(nodes[1].peers, true, now_ms);
	head(1, 500, 0);
	seconds(2, 0, 1);
	now_ms += 3000;
	const struct peer_view v = view(0, 1);

	assert_int_equal(v.golosd, GOLOSD_UP);
	assert_int_equal(v.golosd_ms, 5000);
	assert_int_equal(v.head, 500);
	assert_int_equal(v.head_id[1], (uint8_t)500);
	assert_int_equal(v.hears_us_ms, 4000);
}

TEST(lag_is_our_head_then_less_its_head, set_up, tear_down)
{
	head(0, 100, 0);
	head(1, 100, 0);
	seconds(3, 0, 1);
	assert_int_equal(view(0, 1).lag, 0);
	for (uint32_t number = 101; number <= 104; number++) {
		head(0, number, 0); /* and it does not get them */
		seconds(1, 0, 1);
	}
	/* its newest statement echoes the one before our newest */
	assert_int_equal(view(0, 1).lag, 3);
	seconds(1, 0, 1);
	assert_int_equal(view(0, 1).lag, 4);
	head(1, 104, 0);
	seconds(1, 0, 1);
	assert_int_equal(view(0, 1).lag, 0);
}

/* On a slow link its statement is old, and so is what it is held against. */
TEST(lag_is_not_measured_against_our_head_of_now, set_up, tear_down)
{
	head(0, 100, 0);
	head(1, 100, 0);
	seconds(3, 0, 1);
	make(1);
	for (uint32_t number = 101; number <= 103; number++)
		head(0, number, 0);
	now_ms += 4000;
	assert_int_equal(hear(0, 1), PEERS_WORD);
	assert_int_equal(view(0, 1).lag, 0);
}

TEST(another_branch_is_a_lag_too, set_up, tear_down)
{
	head(0, 100, 0);
	head(1, 100, 0);
	seconds(3, 0, 1);
	for (uint32_t number = 101; number <= 104; number++) {
		head(0, number, 0);
		head(1, number, 7);
		seconds(2, 0, 1);
	}
	assert_int_equal(view(0, 1).lag, 4);
}

TEST(one_that_is_ahead_does_not_lag, set_up, tear_down)
{
	head(0, 100, 0);
	head(1, 103, 0);
	seconds(3, 0, 1);
	assert_int_equal(view(0, 1).lag, 0);
	head(0, 103, 0);
	seconds(2, 0, 1);
	assert_int_equal(view(0, 1).lag, 0);
}

TEST(one_that_was_on_another_branch_from_the_first, set_up, tear_down)
{
	head(0, 100, 0);
	head(1, 100, 7);
	seconds(3, 0, 1);
	assert_int_equal(view(0, 1).lag, 1);
	head(0, 101, 0);
	head(0, 102, 0);
	head(1, 102, 7);
	seconds(2, 0, 1);
	assert_int_equal(view(0, 1).lag, 3);
}

static void let_it_lag(void)
{
	head(0, 100, 0);
	head(1, 100, 0);
	seconds(3, 0, 1);
	for (uint32_t number = 101; number <= 105; number++)
		head(0, number, 0);
	seconds(2, 0, 1);
	assert_int_equal(view(0, 1).lag, 5);
}

TEST(no_head_stated_is_no_lag, set_up, tear_down)
{
	let_it_lag();
	struct statement s;

	peers_state(nodes[1].peers, &s, now_ms);
	s.head = 0;
	assert_int_equal(hear_statement(0, &s), PEERS_WORD);
	assert_int_equal(view(0, 1).lag, 0);
}

TEST(lag_is_forgotten_at_a_fork_of_two, set_up, tear_down)
{
	let_it_lag();
	head(0, 105, 0); /* the same once more */
	assert_int_equal(view(0, 1).lag, 5);
	head(0, 105, 9); /* of one block */
	assert_int_equal(view(0, 1).lag, 5);
	head(0, 104, 9);
	assert_int_equal(view(0, 1).lag, 0);
	now_ms += 1000;
	make(1); /* it echoes one that we sent before */
	hear(0, 1);
	assert_int_equal(view(0, 1).lag, 0);
	head(1, 104, 9);
	seconds(3, 0, 1);
	assert_int_equal(view(0, 1).lag, 0);
}

TEST(lag_is_forgotten_when_told_to, set_up, tear_down)
{
	let_it_lag();
	peers_forget(nodes[0].peers);
	assert_int_equal(view(0, 1).lag, 0);
	assert_state(0, 1, PEER_FRESH);
}

TEST(lag_is_forgotten_at_a_new_boot, set_up, tear_down)
{
	let_it_lag();
	start(1, 2);
	now_ms += 3000;
	make(1);
	hear(0, 1);
	make(0);
	hear(1, 0);
	make(1);
	assert_int_equal(hear(0, 1), PEERS_WORD);
	assert_int_equal(view(0, 1).lag, 0);
	head(1, 105, 0);
	seconds(2, 0, 1);
	assert_int_equal(view(0, 1).lag, 0);
}

TEST(an_echo_is_found_at_ten_statements_a_second, set_up, tear_down)
{
	seconds(2, 0, 1);
	make(1);
	for (size_t i = 0; i < 100; i++) {
		now_ms += 100;
		make(0);
	}
	assert_int_equal(hear(0, 1), PEERS_WORD);
	assert_state(0, 1, PEER_UNKNOWN); /* it echoes the statement of 10 s ago */
	hear(1, 0);
	make(1);
	hear(0, 1);
	assert_state(0, 1, PEER_FRESH);
}

TEST(another_list_is_told_once, set_up, tear_down)
{
	static const char *const other[] = {"frankfurt", "helsinki"};
	const uint8_t boot[CLUSTER_BOOT_BYTES] = {5};

	peers_free(nodes[1].peers);
	const struct cluster_settings settings = settings_of(other, 2, "helsinki");

	nodes[1].peers = peers_new(&settings, boot, false, now_ms);
	seconds(3, 0, 1);
	assert_true(view(0, 1).list_differs);
	assert_state(0, 1, PEER_FRESH);
	assert_int_equal(peers_take_changes(nodes[0].peers, 1, now_ms), PEER_IS_HEARD | PEER_LIST_DIFFERS);
	assert_int_equal(peers_take_changes(nodes[0].peers, 1, now_ms), 0);
	start(1, 6);
	seconds(3, 0, 1);
	assert_false(view(0, 1).list_differs);
}

TEST(changes_are_told_once, set_up, tear_down)
{
	struct peers *peers = nodes[0].peers;

	seconds(3, 0, 1);
	assert_int_equal(peers_take_changes(peers, 1, now_ms), PEER_IS_HEARD);
	assert_int_equal(peers_take_changes(peers, 1, now_ms), 0);
	now_ms += PEERS_SILENCE_MS;
	assert_int_equal(peers_take_changes(peers, 1, now_ms), PEER_IS_SILENT);
	assert_int_equal(peers_take_changes(peers, 1, now_ms), 0);
	seconds(1, 0, 1);
	assert_int_equal(peers_take_changes(peers, 1, now_ms), PEER_IS_HEARD);
	for (size_t i = 0; i < 12; i++) /* unknown, and fresh again: never silent */
		second(0, 1, false, true);
	seconds(2, 0, 1);
	assert_int_equal(peers_take_changes(peers, 1, now_ms), 0);
	assert_int_equal(peers_take_changes(peers, 0, now_ms), 0);
}

TEST(another_version_is_unknown_and_told_once_an_hour, set_up, tear_down)
{
	struct peers *peers = nodes[0].peers;

	peers_hear_version(peers, 1, 2, now_ms);
	assert_int_equal(view(0, 1).version, 2);
	assert_state(0, 1, PEER_UNKNOWN);
	assert_int_equal(peers_take_changes(peers, 1, now_ms), PEER_HAS_VERSION);
	for (size_t i = 0; i < 3599; i++) {
		now_ms += 1000;
		peers_hear_version(peers, 1, 2, now_ms);
		assert_int_equal(peers_take_changes(peers, 1, now_ms), 0);
	}
	now_ms += 1000;
	peers_hear_version(peers, 1, 2, now_ms);
	assert_int_equal(peers_take_changes(peers, 1, now_ms), PEER_HAS_VERSION);
	seconds(1, 0, 1);
	assert_int_equal(view(0, 1).version, 0);
}

TEST(one_that_comes_back_with_another_version_is_unknown, set_up, tear_down)
{
	struct peers *peers = nodes[0].peers;

	seconds(3, 0, 1);
	now_ms += PEERS_SILENCE_MS;
	assert_state(0, 1, PEER_SILENT);
	peers_hear_version(peers, 1, 2, now_ms);
	assert_state(0, 1, PEER_UNKNOWN);
	now_ms += PEERS_ECHO_MS; /* and it ends */
	assert_state(0, 1, PEER_SILENT);
}

TEST(witnesses_take_turns, set_up, tear_down)
{
	struct statement_witness witnesses[6] = {0};

	for (size_t i = 0; i < 6; i++)
		snprintf(witnesses[i].name, sizeof(witnesses[i].name), "w%zu", i + 1);
	peers_state_witnesses(nodes[1].peers, witnesses, 6);
	second(0, 1, true, true);
	assert_int_equal(view(0, 1).witness_count, 4);
	second(0, 1, true, true);
	assert_int_equal(view(0, 1).witness_count, 6);
	witnesses[5].flags = STATEMENT_READY;
	assert_false(peers_has_news(nodes[1].peers, now_ms));
	peers_state_witnesses(nodes[1].peers, witnesses, 6);
	assert_true(peers_has_news(nodes[1].peers, now_ms));
	seconds(2, 0, 1);
	for (size_t i = 0; i < 6; i++)
		if (strcmp(view(0, 1).witnesses[i].name, "w6") == 0)
			assert_int_equal(view(0, 1).witnesses[i].flags, STATEMENT_READY);
	peers_state_witnesses(nodes[1].peers, witnesses, 1); /* a reload took five away */
	seconds(1, 0, 1);
	assert_int_equal(view(0, 1).witness_count, 1);
}

static const char *list_fault(const char *const *list, size_t count, const char *name)
{
	const struct cluster_settings settings = settings_of(list, count, name);
	static struct error err;

	return cluster_check_names(&settings, &err) == GW_OK ? "" : err.text;
}

TEST(the_list_of_nodes)
{
	static const char *const all[] = {"a", "b", "c", "d", "e", "f", "g", "h"}, *const twice[] = {"a", "b", "a"},
				 *const bad[] = {"a", "B"};

	assert_string_equal(list_fault(all, 8, "h"), "");
	assert_string_equal(list_fault(all, 9, "a"), "9 nodes: at most 8 are accepted");
	assert_string_equal(list_fault(all, 1, "a"), "at least two nodes are expected, ours among them");
	assert_string_equal(list_fault(all, 3, "d"), "d, this node's own name, is not among them");
	assert_string_equal(list_fault(twice, 3, "a"), "a stands there twice");
	assert_string_equal(list_fault(bad, 2, "a"), "\"B\": 1 to 16 of a-z, 0-9 and - are expected");
}

/* Of 8 nodes, each pair is fresh, and the largest statement is one. */
TEST(eight_nodes)
{
	static const char *const all[] = {"n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8"};
	struct peers *peers[8];
	int64_t at_ms = 0;

	for (size_t n = 0; n < 8; n++) {
		const uint8_t boot[CLUSTER_BOOT_BYTES] = {(uint8_t)n};

		const struct cluster_settings settings = settings_of(all, 8, all[n]);

		peers[n] = peers_new(&settings, boot, false, at_ms);
	}
	for (size_t turn = 0; turn < 3; turn++, at_ms += 1000)
		for (size_t n = 0; n < 8; n++) {
			uint8_t body[CLUSTER_BODY_MAX];
			struct statement s;
			size_t place;

			peers_state(peers[n], &s, at_ms);
			size_t len = statement_encode(body, &s);
			for (size_t to = 0; to < 8; to++)
				if (to != n)
					assert_int_equal(peers_hear(peers[to], body, len, 0, at_ms, &place),
							 PEERS_WORD);
		}
	for (size_t n = 0; n < 8; n++) {
		assert_int_equal(peers_fresh(peers[n], at_ms), 8);
		peers_free(peers[n]);
	}
}

/* Two names of which the hashes are the same cannot be told apart in a statement. */
TEST(names_of_one_hash_are_refused)
{
	enum { TABLE = 1 << 20 };
	static uint32_t first[TABLE]; /* a name's number + 1, by a part of its hash */
	char a[CLUSTER_NAME_SIZE], b[CLUSTER_NAME_SIZE];

	for (uint32_t i = 0; i < 4000000; i++) {
		snprintf(a, sizeof(a), "n%u", i);
		uint32_t hash = cluster_name_hash(a), *slot = &first[hash % TABLE];

		snprintf(b, sizeof(b), "n%u", *slot - 1);
		if (*slot && cluster_name_hash(b) == hash) {
			const char *const pair[] = {a, b};

			assert_non_null(strstr(list_fault(pair, 2, a), "the same hash"));
			return;
		}
		*slot = i + 1;
	}
	fail_msg("no two names of one hash were found");
}
