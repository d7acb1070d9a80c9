/* SPDX-License-Identifier: MIT
 *
 * The smallest set of keys for an active authority: golosd's rules, case by case.
 */
#include "chain/authority.h"
#include "test.h"
#include <stdio.h>

struct entry {
	const char *name;
	uint32_t weight;
};

struct account {
	const char *name;
	uint32_t threshold;
	struct entry keys[4], accounts[3];
};

/* What a node would answer; parsed into struct authority on each look-up. */
struct chain {
	const struct account *accounts;
	size_t count;
	struct authority shown[8];
};

static const struct authority *look_up(void *context, const char *name)
{
	struct chain *chain = context;

	for (size_t i = 0; i < chain->count; i++) {
		const struct account *account = &chain->accounts[i];
		struct authority *shown = &chain->shown[i];

		if (!account->name || strcmp(account->name, name) != 0)
			continue;
		memset(shown, 0, sizeof(*shown));
		shown->threshold = account->threshold;
		for (size_t k = 0; k < 4 && account->keys[k].name; k++, shown->key_count++) {
			snprintf(shown->keys[k].key, GW_KEY_SIZE, "%s", account->keys[k].name);
			shown->keys[k].weight = account->keys[k].weight;
		}
		for (size_t a = 0; a < 3 && account->accounts[a].name; a++, shown->account_count++) {
			snprintf(shown->accounts[a].name, GW_ACCOUNT_SIZE, "%s", account->accounts[a].name);
			shown->accounts[a].weight = account->accounts[a].weight;
		}
		return shown;
	}
	return NULL;
}

static const char *const signer_keys[] = {"GLSa", "GLSb", "GLSc", "GLSd"};

struct authority_case {
	const char *about;
	struct account accounts[6];
	gw_status status;
	const char *chosen;  /* letters of the keys, with GW_OK */
	const char *missing; /* with GW_ERR_UNAVAILABLE */
};

static const struct authority_case cases[] = {
	{"one key", {{"foo", 1, {{"GLSa", 1}}, {{0}}}}, GW_OK, "a", NULL},
	{"a key that is not ours", {{"foo", 1, {{"GLSx", 1}}, {{0}}}}, GW_ERR_DENIED, NULL, NULL},
	{"keys are compared whole", {{"foo", 1, {{"GLSaa", 1}, {"GLS", 1}}, {{0}}}}, GW_ERR_DENIED, NULL, NULL},
	{"one of two is enough: no second one", {{"foo", 1, {{"GLSb", 1}, {"GLSa", 1}}, {{0}}}}, GW_OK, "a", NULL},
	{"two of three", {{"foo", 2, {{"GLSa", 1}, {"GLSx", 1}, {"GLSd", 1}}, {{0}}}}, GW_OK, "ad", NULL},
	{"two of three and we hold one",
	 {{"foo", 2, {{"GLSa", 1}, {"GLSx", 1}, {"GLSy", 1}}, {{0}}}},
	 GW_ERR_DENIED,
	 NULL,
	 NULL},
	{"a heavy key beats three light ones",
	 {{"foo", 3, {{"GLSa", 1}, {"GLSb", 1}, {"GLSc", 1}, {"GLSd", 3}}, {{0}}}},
	 GW_OK,
	 "d",
	 NULL},
	{"greedy by weight would take three",
	 {{"foo", 6, {{"GLSa", 4}, {"GLSb", 3}, {"GLSc", 3}, {"GLSd", 1}}, {{0}}}},
	 GW_OK,
	 "ab",
	 NULL},
	{"through an account", {{"foo", 1, {{0}}, {{"bar", 1}}}, {"bar", 1, {{"GLSc", 1}}, {{0}}}}, GW_OK, "c", NULL},
	{"the account wants two keys, a direct key alone is less",
	 {{"foo", 1, {{"GLSd", 1}}, {{"bar", 1}}}, {"bar", 2, {{"GLSa", 1}, {"GLSb", 1}}, {{0}}}},
	 GW_OK,
	 "d",
	 NULL},
	{"key and account together",
	 {{"foo", 2, {{"GLSa", 1}}, {{"bar", 1}}}, {"bar", 1, {{"GLSb", 1}}, {{0}}}},
	 GW_OK,
	 "ab",
	 NULL},
	{"one key counts at two places",
	 {{"foo", 2, {{"GLSa", 1}}, {{"bar", 1}}}, {"bar", 1, {{"GLSb", 1}, {"GLSa", 1}}, {{0}}}},
	 GW_OK,
	 "a",
	 NULL},
	{"two accounts deep",
	 {{"foo", 1, {{0}}, {{"b1", 1}}}, {"b1", 1, {{0}}, {{"b2", 1}}}, {"b2", 1, {{"GLSa", 1}}, {{0}}}},
	 GW_OK,
	 "a",
	 NULL},
	{"three deep is not followed, nor asked for",
	 {{"foo", 1, {{0}}, {{"b1", 1}}}, {"b1", 1, {{0}}, {{"b2", 1}}}, {"b2", 1, {{0}}, {{"b3", 1}}}},
	 GW_ERR_DENIED,
	 NULL,
	 NULL},
	{"a circle ends", {{"foo", 1, {{"GLSx", 1}}, {{"foo", 1}}}}, GW_ERR_DENIED, NULL, NULL},
	{"an account not fetched yet", {{"foo", 1, {{"GLSa", 1}}, {{"bar", 1}}}}, GW_ERR_UNAVAILABLE, NULL, "bar"},
	{"the account itself not fetched yet", {{0}}, GW_ERR_UNAVAILABLE, NULL, "foo"},
	{"an account that does not exist",
	 {{"foo", 1, {{"GLSa", 1}}, {{"gone", 1}}}, {"gone", 1, {{0}}, {{0}}}},
	 GW_OK,
	 "a",
	 NULL},
	{"weights do not wrap round", {{"foo", 5, {{"GLSa", UINT32_MAX}, {"GLSb", 5}}, {{0}}}}, GW_OK, "a", NULL},
};

TEST(cases)
{
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct authority_case *c = &cases[i];
		struct chain chain = {.accounts = c->accounts, .count = 6};
		struct authority_choice choice = {.count = 99};
		char missing[GW_ACCOUNT_SIZE] = "", chosen[5] = "";
		struct error err = {.status = GW_OK};
		gw_status status = authority_choose("foo", signer_keys, 4, look_up, &chain, &choice, missing, &err);

		if (status != c->status)
			print_error("%s: %s\n", c->about, err.text);
		assert_int_equal(status, c->status);
		assert_string_equal(missing, c->missing ? c->missing : "");
		if (status) {
			assert_int_equal(choice.count, 99);
			assert_true(err.text[0] != '\0');
			continue;
		}
		for (uint32_t k = 0; k < choice.count; k++)
			chosen[k] = signer_keys[choice.keys[k]][3];
		assert_string_equal(chosen, c->chosen);
	}
}

static const struct authority *look_up_only(void *context, const char *name)
{
	(void)name;
	return context;
}

TEST(sixteen_keys)
{
	char texts[17][8];
	const char *keys[17];
	struct authority only = {.threshold = 16, .key_count = 16};
	struct authority_choice choice;
	char missing[GW_ACCOUNT_SIZE];

	for (size_t i = 0; i < 17; i++) {
		snprintf(texts[i], sizeof(texts[i]), "GLS%zu", i);
		keys[i] = texts[i];
	}
	for (size_t i = 0; i < 16; i++) {
		memcpy(only.keys[i].key, texts[i], sizeof(texts[i]));
		only.keys[i].weight = 1;
	}
	assert_int_equal(authority_choose("foo", keys, 16, look_up_only, &only, &choice, missing, NULL), GW_OK);
	assert_int_equal(choice.count, 16);
	only.threshold = 17;
	only.keys[11].weight = 17;
	assert_int_equal(authority_choose("foo", keys, 16, look_up_only, &only, &choice, missing, NULL), GW_OK);
	assert_int_equal(choice.count, 1);
	assert_int_equal(choice.keys[0], 11);
	assert_int_equal(authority_choose("foo", keys, 17, look_up_only, &only, &choice, missing, NULL), GW_ERR_RANGE);
}

TEST(names_what_is_lacking)
{
	const struct account foo = {"foo", 3, {{"GLSa", 1}, {"GLSb", 1}, {"GLSx", 1}}, {{0}}};
	struct chain chain = {.accounts = &foo, .count = 1};
	struct authority_choice choice;
	char missing[GW_ACCOUNT_SIZE];
	struct error err;

	assert_int_equal(authority_choose("foo", signer_keys, 4, look_up, &chain, &choice, missing, &err),
			 GW_ERR_DENIED);
	assert_non_null(strstr(err.text, "'foo'"));
	assert_non_null(strstr(err.text, "weight of 3"));
	assert_non_null(strstr(err.text, "bring 2"));
}
