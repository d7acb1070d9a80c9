/* SPDX-License-Identifier: MIT
 *
 * Which keys reach an account's active authority. Runs in golos-watchd.
 */
#include "feed/authorities.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash_table.h"
#include "base/log.h"
#include "base/memory.h"
#include "chain/authority.h"
#include "chain/power.h"

#define RETRY_MS     5000
#define BANDWIDTH_MS 10000 /* what the chain grants for Golos Power is asked no more often */
#define BLIND_MS     90000 /* without an answer since it was first asked for */
#define WRONG_MS     15000 /* an answer so long after the first says again that the keys do not reach the authority */
#define ACCOUNTS_MAX 1024  /* fetched authorities kept */

/* An account as the chain has it. */
struct account {
	UT_hash_handle hh;
	char name[GW_ACCOUNT_SIZE];
	struct authority authority;
	struct account_power power;
};

/* A witness whose authority is followed. */
struct followed {
	UT_hash_handle hh;
	struct authorities *authorities;
	char name[GW_ACCOUNT_SIZE];
	uint8_t state; /* GW_READY_* */
	bool was_reached;
	bool is_wrong;	    /* see authorities_is_wrong */
	int64_t unready_ms; /* monotonic: of the answer that first said NO */
	char text[GW_TEXT_SIZE];
	uint8_t power; /* GW_READY_* */
	char power_text[GW_TEXT_SIZE];
	struct authority_choice choice;
	bool asking;	   /* a fetch for it is on its way */
	int64_t wanted_ms; /* monotonic: it was first asked for; 0: never */
	uint32_t place;	   /* in the order they came */
};

struct authorities {
	struct observer *observer;
	struct loop_timer *timer;
	uint32_t turn;		    /* which of the endpoints in sync is asked: after each failure the next */
	bool resting;		    /* all have answered: at its next turn the timer begins another round */
	struct loop_timer *unready; /* each second while an authority is not reached */
	uint32_t second;	    /* counts those */
	void (*changed)(void *context, const char *witness, enum authorities_part part);
	void *context;
	size_t key_count;
	char keys[SIGNER_KEYS_MAX][GW_KEY_SIZE];
	struct followed *followed; /* by name, as they came */
	struct account *accounts;
	struct chain_bandwidth bandwidth;
	int64_t bandwidth_ms; /* monotonic: when it was requested last */
};

/* ---- accounts --------------------------------------------------------------------------------------------------- */

static const struct authority *look_up(void *context, const char *name)
{
	const struct authorities *authorities = context;
	const struct account *account;

	HASH_FIND_STR(authorities->accounts, name, account);
	return account ? &account->authority : NULL;
}

static void forget_accounts(struct authorities *authorities)
{
	struct account *account, *next;

	HASH_ITER(hh, authorities->accounts, account, next)
	{
		HASH_DEL(authorities->accounts, account);
		free(account);
	}
}

/* Forgets the accounts that an authority rests on: its own, and those that it leads to. */
static void forget_authority(struct authorities *authorities, const char *name, uint32_t depth)
{
	struct account *account;

	HASH_FIND_STR(authorities->accounts, name, account);
	if (!account)
		return;
	HASH_DEL(authorities->accounts, account);
	for (size_t i = 0; i < account->authority.account_count && depth < AUTHORITY_DEPTH_MAX; i++)
		forget_authority(authorities, account->authority.accounts[i].name, depth + 1);
	free(account);
}

static void keep_account(struct authorities *authorities, const char *name, const struct authority *authority,
			 const struct account_power *power)
{
	struct account *account;

	HASH_FIND_STR(authorities->accounts, name, account);
	if (!account) {
		account = xcalloc(1, sizeof(*account));
		snprintf(account->name, sizeof(account->name), "%s", name);
		HASH_ADD_STR(authorities->accounts, name, account);
	}
	account->authority = *authority;
	account->power = *power;
}

/* ---- one witness ------------------------------------------------------------------------------------------------ */

static void set_state(struct followed *followed, uint8_t state, const char *text)
{
	bool changed = followed->state != state || strcmp(followed->text, text) != 0;
	bool lost = state == GW_READY_NO && followed->state != state;
	int64_t now_ms = loop_mono_ms();

	if (lost)
		followed->unready_ms = now_ms;
	followed->state = state;
	followed->was_reached = followed->was_reached || state == GW_READY_YES;
	if (state == GW_READY_NO && !followed->was_reached && now_ms - followed->unready_ms >= WRONG_MS) {
		changed = changed || !followed->is_wrong;
		followed->is_wrong = true;
	}
	snprintf(followed->text, sizeof(followed->text), "%.*s", (int)sizeof(followed->text) - 1, text);
	if (lost)
		loop_timer_set(followed->authorities->unready, 1000);
	if (changed)
		followed->authorities->changed(followed->authorities->context, followed->name, PART_AUTHORITY);
}

/* Whether the account can pay for a transaction. The notice holds no switch: golosd decides. */
static void set_power(struct followed *followed)
{
	struct authorities *authorities = followed->authorities;
	const struct account *account;
	char text[GW_TEXT_SIZE];

	HASH_FIND_STR(authorities->accounts, followed->name, account);
	if (!account)
		return;
	uint8_t power = power_judge(followed->name, &account->power, &authorities->bandwidth, text);
	if (!account->power.known)
		snprintf(text, sizeof(text), "no node tells of the Golos Power of %s", followed->name);
	bool lost = power == GW_READY_NO && followed->power != power;
	bool changed = power != followed->power || (power == GW_READY_NO && strcmp(text, followed->power_text) != 0);

	followed->power = power;
	memcpy(followed->power_text, text, sizeof(text));
	if (lost)
		loop_timer_set(authorities->unready, 1000);
	if (changed)
		authorities->changed(authorities->context, followed->name, PART_POWER);
}

struct errand {
	struct followed *followed;
	char account[GW_ACCOUNT_SIZE];
};

static void judge(struct followed *followed);

static void on_account(void *context, enum call_outcome outcome, const struct json *json)
{
	struct errand *errand = context;
	struct followed *followed = errand->followed;
	struct authority authority = {.threshold = 1}; /* of an account that the chain does not have */
	struct account_power power = {.known = false};
	struct error err = {0};

	followed->asking = false;
	if (outcome == CALL_RESULT) {
		gw_status status = active_authority_parse(&authority, errand->account, json, &err);

		if (status == GW_OK || status == GW_ERR_NOT_FOUND) {
			if (status == GW_OK && account_power_parse(&power, json, &err))
				log_line(GW_WARNING, NULL, "account %s: %s", errand->account, err.text);
			keep_account(followed->authorities, errand->account, &authority, &power);
			judge(followed);
		} else {
			log_line(GW_WARNING, NULL, "account %s: %s", errand->account, err.text);
			followed->authorities->turn++;
		}
	} else {
		followed->authorities->turn++;
	}
	free(errand);
}

static void on_bandwidth(void *context, enum call_outcome outcome, const struct json *json)
{
	struct authorities *authorities = context;
	struct chain_bandwidth bandwidth;
	struct error err;

	if (outcome != CALL_RESULT || chain_bandwidth_parse(&bandwidth, json, &err))
		return;
	authorities->bandwidth = bandwidth;
	for (struct followed *followed = authorities->followed; followed; followed = followed->hh.next)
		set_power(followed);
}

/* Once for all the accounts that are asked about together. */
static void request_bandwidth(struct authorities *authorities, uint32_t endpoint)
{
	int64_t now_ms = loop_mono_ms();

	if (authorities->bandwidth_ms && now_ms - authorities->bandwidth_ms < BANDWIDTH_MS)
		return;
	authorities->bandwidth_ms = now_ms;
	nodes_call(observer_nodes(authorities->observer), endpoint, "database_api", "get_dynamic_global_properties",
		   "[]", 0, on_bandwidth, authorities);
}

/* Of a node in sync alone: the host may end by what it answers, and an authority of the past is none. */
static void ask(struct followed *followed, const char *account)
{
	struct observer *observer = followed->authorities->observer;
	int endpoint = observer_endpoint_in_sync(observer, followed->authorities->turn);
	char args[GW_ACCOUNT_SIZE + 8];

	if (endpoint < 0 || followed->asking || HASH_COUNT(followed->authorities->accounts) >= ACCOUNTS_MAX)
		return; /* the timer comes again, and each block */
	struct errand *errand = xcalloc(1, sizeof(*errand));
	errand->followed = followed;
	snprintf(errand->account, sizeof(errand->account), "%s", account);
	snprintf(args, sizeof(args), "[[\"%s\"]]", account);
	followed->asking = true;
	if (followed->wanted_ms == 0)
		followed->wanted_ms = loop_mono_ms();
	nodes_call(observer_nodes(observer), (uint32_t)endpoint, "database_api", "get_accounts", args, 0, on_account,
		   errand);
	request_bandwidth(followed->authorities, (uint32_t)endpoint);
}

/* Chooses the keys from what is known; asks for the account that is still missing. */
static void judge(struct followed *followed)
{
	struct authorities *authorities = followed->authorities;
	const char *keys[SIGNER_KEYS_MAX];
	char missing[GW_ACCOUNT_SIZE] = "";
	struct authority_choice choice;
	struct error err = {0};

	for (size_t i = 0; i < authorities->key_count; i++)
		keys[i] = authorities->keys[i];
	gw_status status = authority_choose(followed->name, keys, authorities->key_count, look_up, authorities, &choice,
					    missing, &err);
	if (status == GW_ERR_UNAVAILABLE) {
		ask(followed, missing);
		return;
	}
	set_power(followed);
	if (status == GW_OK)
		followed->choice = choice;
	else
		followed->choice.count = 0;
	set_state(followed, status == GW_OK ? GW_READY_YES : GW_READY_NO, err.text);
}

static struct followed *find(const struct authorities *authorities, const char *witness)
{
	struct followed *followed;

	HASH_FIND_STR(authorities->followed, witness, followed);
	return followed;
}

/* ---- all -------------------------------------------------------------------------------------------------------- */

static void judge_all(struct authorities *authorities)
{
	authorities->resting = false;
	for (struct followed *followed = authorities->followed; followed; followed = followed->hh.next)
		judge(followed);
	loop_timer_set(authorities->timer, RETRY_MS);
}

/* The known authorities stay in force until the new answers are here: a signature must not fail meanwhile. */
void authorities_refresh(struct authorities *authorities)
{
	forget_accounts(authorities);
	judge_all(authorities);
}

void authorities_endpoints(struct authorities *authorities)
{
	for (struct followed *followed = authorities->followed; followed; followed = followed->hh.next)
		if (followed->state == GW_READY_UNKNOWN)
			judge(followed);
}

static bool all_answered(struct authorities *authorities)
{
	for (const struct followed *followed = authorities->followed; followed; followed = followed->hh.next)
		if (!look_up(authorities, followed->name) || followed->state == GW_READY_UNKNOWN || followed->asking)
			return false;
	return true;
}

static void on_timer(void *context)
{
	struct authorities *authorities = context;

	if (authorities->resting) {
		authorities_refresh(authorities);
	} else if (all_answered(authorities)) {
		authorities->resting = true;
		loop_timer_set(authorities->timer, AUTHORITIES_INTERVAL_S * 1000);
	} else {
		judge_all(authorities);
	}
}

/* Each has its own second, so that the node is not asked about all of them at once. */
static void on_unready(void *context)
{
	struct authorities *authorities = context;
	bool any = false;

	authorities->second++;
	for (struct followed *followed = authorities->followed; followed; followed = followed->hh.next) {
		if (followed->state != GW_READY_NO && followed->power != GW_READY_NO)
			continue;
		any = true;
		if (followed->asking || (followed->place + authorities->second) % AUTHORITIES_UNREADY_S != 0)
			continue;
		forget_authority(authorities, followed->name, 0);
		judge(followed);
	}
	loop_timer_set(authorities->unready, any ? 1000 : -1);
}

void authorities_follow(struct authorities *authorities, const char *witness)
{
	if (find(authorities, witness) || authorities->key_count == 0)
		return;
	struct followed *followed = xcalloc(1, sizeof(*followed));
	followed->authorities = authorities;
	snprintf(followed->name, sizeof(followed->name), "%s", witness);
	followed->place = HASH_COUNT(authorities->followed);
	HASH_ADD_STR(authorities->followed, name, followed);
	authorities->resting = false;
	loop_timer_set(authorities->timer, 0);
}

uint8_t authorities_state(const struct authorities *authorities, const char *witness, char ret_text[GW_TEXT_SIZE])
{
	const struct followed *followed = find(authorities, witness);

	if (!followed)
		return GW_READY_UNKNOWN;
	memcpy(ret_text, followed->text, GW_TEXT_SIZE);
	return followed->state;
}

uint8_t authorities_power(const struct authorities *authorities, const char *witness, char ret_text[GW_TEXT_SIZE])
{
	const struct followed *followed = find(authorities, witness);

	if (!followed)
		return GW_READY_UNKNOWN;
	memcpy(ret_text, followed->power_text, GW_TEXT_SIZE);
	return followed->power;
}

bool authorities_is_wrong(const struct authorities *authorities, const char *witness)
{
	const struct followed *followed = find(authorities, witness);

	return followed && followed->is_wrong;
}

bool authorities_is_blind(const struct authorities *authorities, const char *witness, char ret_why[GW_TEXT_SIZE])
{
	const struct followed *followed = find(authorities, witness);
	int64_t now_ms = loop_mono_ms();

	if (!followed || followed->state != GW_READY_UNKNOWN || followed->wanted_ms == 0 ||
	    now_ms - followed->wanted_ms < BLIND_MS)
		return false;
	snprintf(ret_why, GW_TEXT_SIZE,
		 "no node has told of the active authority of %s for %lld s (get_accounts): nothing can be signed",
		 witness, (long long)(now_ms - followed->wanted_ms) / 1000);
	return true;
}

size_t authorities_keys(const struct authorities *authorities, const char *witness, uint32_t ret_keys[SIGNER_KEYS_MAX])
{
	const struct followed *followed = find(authorities, witness);

	if (!followed || followed->state != GW_READY_YES)
		return 0;
	memcpy(ret_keys, followed->choice.keys, followed->choice.count * sizeof(*ret_keys));
	return followed->choice.count;
}

struct authorities *authorities_new(struct loop *loop, struct observer *observer, const struct signer *signer,
				    void (*changed)(void *context, const char *witness, enum authorities_part part),
				    void *context)
{
	struct authorities *authorities = xcalloc(1, sizeof(*authorities));
	const struct public_key *keys = NULL;

	*authorities = (struct authorities){.observer = observer, .changed = changed, .context = context};
	authorities->key_count = signer ? signer_keys(signer, &keys) : 0;
	for (size_t i = 0; i < authorities->key_count; i++)
		public_key_format(authorities->keys[i], &keys[i]);
	authorities->timer = loop_timer_new(loop, on_timer, authorities);
	authorities->unready = loop_timer_new(loop, on_unready, authorities);
	return authorities;
}

void authorities_free(struct authorities *authorities)
{
	if (!authorities)
		return;
	loop_timer_free(authorities->timer);
	loop_timer_free(authorities->unready);
	forget_accounts(authorities);
	struct followed *followed, *next;

	HASH_ITER(hh, authorities->followed, followed, next)
	{
		HASH_DEL(authorities->followed, followed);
		free(followed);
	}
	free(authorities);
}
