/* SPDX-License-Identifier: MIT
 *
 * Authorities: when the accounts are requested again. Loop, observer, nodes and signer are the test's. Virtual time.
 */
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "feed/authorities.h"
#include "graphene/keys.h"
#include "test.h"

#define TEST_KEY     "GLS7MLinU13CHGgUke7bSLeAwGWb14NTqiPxb1UdHJxxiVnitgjvR"
#define FOLLOWED_MAX 90

struct loop_timer {
	loop_timer_fn fn;
	void *context;
	int64_t due_ms; /* < 0: stopped */
};

static struct {
	int64_t now_ms;
	struct loop_timer timers[4];
	size_t timer_count;
	struct public_key key; /* the signer's only one */
	int endpoint;	       /* in sync; -1: none */
	/* what the chain answers */
	const char *lost;    /* the account whose authority holds another key; NULL: none; "": all */
	const char *through; /* "foo"'s authority is this account's; NULL: its own */
	bool mute;
	const char *vesting; /* of each account; NULL: not told */
	uint32_t asked, foo_asked, changes, power_changes, turn;
} host;

void loop_now(struct gw_now *ret)
{
	*ret = (struct gw_now){.mono_ms = host.now_ms};
}

struct loop_timer *loop_timer_new(struct loop *loop, loop_timer_fn fn, void *context)
{
	(void)loop;
	assert_true(host.timer_count < COUNT(host.timers));
	struct loop_timer *timer = &host.timers[host.timer_count++];

	*timer = (struct loop_timer){.fn = fn, .context = context, .due_ms = -1};
	return timer;
}

void loop_timer_set(struct loop_timer *timer, int64_t delay_ms)
{
	timer->due_ms = delay_ms < 0 ? -1 : host.now_ms + delay_ms;
}

void loop_timer_free(struct loop_timer *timer)
{
	timer->due_ms = -1;
}

struct nodes *observer_nodes(struct observer *observer)
{
	(void)observer;
	return NULL;
}

int observer_endpoint_in_sync(const struct observer *observer, uint32_t turn)
{
	(void)observer;
	host.turn = turn;
	return host.endpoint;
}

size_t signer_keys(const struct signer *signer, const struct public_key **ret)
{
	(void)signer;
	*ret = &host.key;
	return 1;
}

static void write_account(char *text, size_t size, const char *name)
{
	char key[GW_KEY_SIZE], power[256] = "";
	const bool lost = host.lost && (host.lost[0] == '\0' || strcmp(host.lost, name) == 0);

	public_key_format(key, &host.key);
	if (host.vesting)
		snprintf(power, sizeof(power),
			 ",\"vesting_shares\":\"%s GESTS\",\"delegated_vesting_shares\":\"0.000000 GESTS\","
			 "\"received_vesting_shares\":\"0.000000 GESTS\",\"average_bandwidth\":1,"
			 "\"last_bandwidth_update\":\"2026-11-23T18:17:30\"",
			 host.vesting);
	if (host.through && strcmp(name, "foo") == 0)
		snprintf(text, size,
			 "[{\"name\":\"foo\",\"active\":{\"weight_threshold\":1,\"account_auths\":[[\"%s\",1]],"
			 "\"key_auths\":[]}}]",
			 host.through);
	else
		snprintf(text, size,
			 "[{\"name\":\"%s\",\"active\":{\"weight_threshold\":%d,\"account_auths\":[],"
			 "\"key_auths\":[[\"%s\",1]]}%s}]",
			 name, lost ? 2 : 1, key, power);
}

void nodes_call(struct nodes *nodes, uint32_t endpoint, const char *api, const char *method, const char *args_json,
		uint32_t deadline_ms, call_done done, void *context)
{
	char name[GW_ACCOUNT_SIZE] = "", text[1024];
	struct json *json;
	struct error err;

	(void)nodes;
	(void)endpoint;
	(void)api;
	(void)deadline_ms;
	if (strcmp(method, "get_dynamic_global_properties") == 0) {
		snprintf(text, sizeof(text),
			 "{\"time\":\"2026-11-23T18:17:33\",\"total_vesting_shares\":\"3000000.000000 GESTS\","
			 "\"max_virtual_bandwidth\":\"977692262400000000\"}");
		assert_int_equal(json_parse(&json, text, strlen(text), &err), GW_OK);
		done(context, host.mute ? CALL_NONE : CALL_RESULT, host.mute ? NULL : json);
		json_free(json);
		return;
	}
	assert_int_equal(sscanf(args_json, "[[\"%16[^\"]\"]]", name), 1);
	host.asked++;
	host.foo_asked += strcmp(name, "foo") == 0;
	if (host.mute) {
		done(context, CALL_NONE, NULL);
		return;
	}
	write_account(text, sizeof(text), name);
	assert_int_equal(json_parse(&json, text, strlen(text), &err), GW_OK);
	done(context, CALL_RESULT, json);
	json_free(json);
}

static void pass(int64_t seconds)
{
	for (int64_t end_ms = host.now_ms + seconds * 1000; host.now_ms < end_ms;) {
		host.now_ms += 500;
		for (size_t i = 0; i < host.timer_count; i++) {
			struct loop_timer *timer = &host.timers[i];

			if (timer->due_ms < 0 || timer->due_ms > host.now_ms)
				continue;
			timer->due_ms = -1;
			timer->fn(timer->context);
		}
	}
}

static void on_changed(void *context, const char *witness, enum authorities_part part)
{
	(void)context;
	(void)witness;
	host.changes += part == PART_AUTHORITY;
	host.power_changes += part == PART_POWER;
}

static uint8_t state_of(struct authorities *authorities)
{
	char text[GW_TEXT_SIZE];

	return authorities_state(authorities, "foo", text);
}

/* It follows "foo" and has its answer; lost: the account whose authority holds another key. */
static struct authorities *beginning(const char *lost)
{
	struct error err;

	host.now_ms = 1000000;
	host.lost = lost;
	assert_int_equal(public_key_parse(&host.key, TEST_KEY, strlen(TEST_KEY), &err), GW_OK);
	struct authorities *authorities = authorities_new(NULL, NULL, (const struct signer *)&host, on_changed, NULL);

	authorities_follow(authorities, "foo");
	pass(1);
	return authorities;
}

static struct authorities *following(const char *through)
{
	host.through = through;
	struct authorities *authorities = beginning(NULL);

	assert_int_equal(state_of(authorities), GW_READY_YES);
	return authorities;
}

static int begin_with_nothing(void **state)
{
	(void)state;
	memset(&host, 0, sizeof(host));
	return 0;
}

TEST(one_that_is_reached_is_asked_each_ten_minutes, begin_with_nothing)
{
	struct authorities *authorities = following(NULL);

	assert_int_equal(host.asked, 1);
	pass(10 * AUTHORITIES_INTERVAL_S);
	assert_in_range(host.asked, 9, 11);
	assert_int_equal(host.changes, 1);
	authorities_free(authorities);
}

/* The owner took the key out of the account, and puts it back. */
TEST(one_that_was_lost_is_asked_soon_again, begin_with_nothing)
{
	struct authorities *authorities = following(NULL);
	uint32_t asked;

	host.lost = "foo";
	pass(AUTHORITIES_INTERVAL_S + 10);
	assert_int_equal(state_of(authorities), GW_READY_NO);
	asked = host.asked;
	pass(300);
	assert_in_range(host.asked - asked, 9, 11);
	host.lost = NULL;
	pass(AUTHORITIES_UNREADY_S);
	assert_int_equal(state_of(authorities), GW_READY_YES);
	asked = host.asked;
	pass(300);
	assert_in_range(host.asked - asked, 0, 1);
	authorities_free(authorities);
}

TEST(so_is_the_account_that_its_authority_leads_to, begin_with_nothing)
{
	struct authorities *authorities = following("bar");

	host.lost = "bar";
	pass(AUTHORITIES_INTERVAL_S + 10);
	assert_int_equal(state_of(authorities), GW_READY_NO);
	host.lost = NULL;
	pass(AUTHORITIES_UNREADY_S + 1);
	assert_int_equal(state_of(authorities), GW_READY_YES);
	authorities_free(authorities);
}

TEST(no_answer_changes_nothing, begin_with_nothing)
{
	struct authorities *authorities = following(NULL);

	host.lost = "foo";
	pass(AUTHORITIES_INTERVAL_S + 10);
	host.lost = NULL;
	host.mute = true;
	pass(120);
	assert_int_equal(state_of(authorities), GW_READY_NO);
	host.mute = false;
	host.endpoint = -1;
	pass(120);
	assert_int_equal(state_of(authorities), GW_READY_NO);
	host.endpoint = 0;
	pass(AUTHORITIES_UNREADY_S);
	assert_int_equal(state_of(authorities), GW_READY_YES);
	authorities_free(authorities);
}

/* The key file holds another key, perhaps; or the first node to answer is not what it seems. */
TEST(one_that_was_never_reached_is_wrong_once_a_later_answer_says_so, begin_with_nothing)
{
	struct authorities *authorities = beginning("foo");

	assert_int_equal(state_of(authorities), GW_READY_NO);
	assert_int_equal(host.changes, 1); /* people hear of it first */
	assert_false(authorities_is_wrong(authorities, "foo"));
	host.mute = true;
	pass(120);
	assert_false(authorities_is_wrong(authorities, "foo"));
	host.mute = false;
	pass(AUTHORITIES_UNREADY_S);
	assert_true(authorities_is_wrong(authorities, "foo"));
	assert_int_equal(host.changes, 2);
	authorities_free(authorities);
}

TEST(a_first_answer_that_was_not_so_ends_nothing, begin_with_nothing)
{
	struct authorities *authorities = beginning("foo");

	host.lost = NULL;
	pass(AUTHORITIES_UNREADY_S + 1);
	assert_int_equal(state_of(authorities), GW_READY_YES);
	host.lost = "foo";
	pass(AUTHORITIES_INTERVAL_S + 120);
	assert_int_equal(state_of(authorities), GW_READY_NO);
	assert_false(authorities_is_wrong(authorities, "foo"));
	authorities_free(authorities);
}

/* get_accounts fails: another node is asked, and people hear that nothing can be signed. */
TEST(no_answer_at_all_is_blind, begin_with_nothing)
{
	char why[GW_TEXT_SIZE];

	host.mute = true;
	struct authorities *authorities = beginning(NULL);

	pass(60);
	assert_true(host.turn > 5);
	assert_false(authorities_is_blind(authorities, "foo", why));
	pass(60);
	assert_true(authorities_is_blind(authorities, "foo", why));
	assert_non_null(strstr(why, "get_accounts"));
	host.mute = false;
	pass(10);
	assert_false(authorities_is_blind(authorities, "foo", why));
	assert_int_equal(state_of(authorities), GW_READY_YES);
	host.mute = true; /* what is known stays in force */
	pass(AUTHORITIES_INTERVAL_S + 200);
	assert_false(authorities_is_blind(authorities, "foo", why));
	authorities_free(authorities);
}

static uint8_t power_of(struct authorities *authorities, char text[GW_TEXT_SIZE])
{
	return authorities_power(authorities, "foo", text);
}

/* It says nothing of the keys, and is looked at each half minute until somebody powers up. */
TEST(an_account_without_golos_power_is_told, begin_with_nothing)
{
	char why[GW_TEXT_SIZE];

	host.vesting = "0.000000";
	struct authorities *authorities = beginning(NULL);

	assert_int_equal(power_of(authorities, why), GW_READY_NO);
	assert_non_null(strstr(why, "foo has no Golos Power"));
	assert_int_equal(host.power_changes, 1);
	assert_int_equal(state_of(authorities), GW_READY_YES);
	pass(120);
	assert_false(authorities_is_wrong(authorities, "foo"));
	host.vesting = "1.000000";
	pass(AUTHORITIES_UNREADY_S + 1);
	assert_int_equal(power_of(authorities, why), GW_READY_YES);
	assert_string_equal(why, "");
	assert_int_equal(host.power_changes, 2);
	assert_int_equal(host.changes, 1); /* who is told of a wrong key hears nothing of this */
	uint32_t asked = host.asked;
	pass(300);
	assert_in_range(host.asked - asked, 0, 1);
	host.mute = true; /* what is known stays in force */
	pass(AUTHORITIES_INTERVAL_S + 60);
	assert_int_equal(power_of(authorities, why), GW_READY_YES);
	authorities_free(authorities);
}

TEST(a_node_that_does_not_tell_of_golos_power, begin_with_nothing)
{
	char why[GW_TEXT_SIZE];
	struct authorities *authorities = following(NULL);

	assert_int_equal(power_of(authorities, why), GW_READY_UNKNOWN);
	assert_string_equal(why, "no node tells of the Golos Power of foo");
	authorities_free(authorities);
}

/* One key of the signer's is gone from all the accounts: the node is not asked about all of them at once. */
TEST(many_that_were_lost_are_asked_one_after_the_other, begin_with_nothing)
{
	struct authorities *authorities = following(NULL);
	char name[GW_ACCOUNT_SIZE];
	uint32_t all;

	for (int i = 1; i < FOLLOWED_MAX; i++) {
		snprintf(name, sizeof(name), "w%d", i);
		authorities_follow(authorities, name);
	}
	host.lost = "";
	pass(AUTHORITIES_INTERVAL_S + 40);
	all = host.asked;
	for (int second = 0; second < 2 * AUTHORITIES_UNREADY_S; second++) {
		uint32_t asked = host.asked;

		pass(1);
		assert_in_range(host.asked - asked, 0, FOLLOWED_MAX / AUTHORITIES_UNREADY_S + 1);
	}
	assert_int_equal(host.asked - all, 2 * FOLLOWED_MAX);
	authorities_free(authorities);
}
