/* SPDX-License-Identifier: MIT
 * base/error.c */
#include "test.h"

#include "base/error.h"

TEST(set_fills_and_returns_the_status)
{
	struct error err;

	assert_int_equal(error_set(&err, GW_ERR_RANGE, "%s is %d", "n", 7), GW_ERR_RANGE);
	assert_int_equal(err.status, GW_ERR_RANGE);
	assert_string_equal(err.text, "n is 7");
	assert_int_equal(error_set(NULL, GW_ERR_BUSY, "nobody listens"), GW_ERR_BUSY);
}

TEST(prefix_goes_before_the_sentence)
{
	struct error err;

	error_set(&err, GW_ERR_SYNTAX, "member 'num': missing");
	assert_int_equal(error_prefix(&err, "node %d", 2), GW_ERR_SYNTAX);
	assert_string_equal(err.text, "node 2: member 'num': missing");
}

TEST(what_it_says_may_be_said_again)
{
	struct error err;

	error_set(&err, GW_ERR_SYNTAX, "endpoint: no port");
	error_set(&err, GW_ERR_SYNTAX, "--node: %.400s", err.text);
	assert_string_equal(err.text, "--node: endpoint: no port");
}

/* The cut shows as "…" and lies within the buffer, wherever the end falls. */
TEST(a_long_sentence_is_cut_visibly)
{
	char text[1000];
	struct error err;

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	error_set(&err, GW_ERR_SYNTAX, "%s", text);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_string_equal(err.text + sizeof(err.text) - 4, "…");
	error_prefix(&err, "longer still");
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
	assert_memory_equal(err.text, "longer still: aaa", 17);
	assert_string_equal(err.text + sizeof(err.text) - 4, "…");
}

TEST(every_status_has_a_name)
{
	assert_string_equal(status_name(GW_OK), "ok");
	assert_string_equal(status_name(GW_ERR_TIMEOUT), "timeout");
	for (gw_status status = 0; status >= GW_ERR_TIMEOUT; status--)
		assert_string_not_equal(status_name(status), "unknown status");
	assert_string_equal(status_name(1), "unknown status");
	assert_string_equal(status_name(GW_ERR_TIMEOUT - 1), "unknown status");
	assert_string_equal(status_name(INT32_MIN), "unknown status");
}

/* Wherever a key was put by mistake, no sentence repeats it; public keys and ids are told. */
TEST(no_sentence_holds_a_key)
{
	static const char wif[] = "5JCsnENUV1nWwPP7W4tEoyAn7uRJ8upYdVoRzesi2tRQLVMKHtt"; /* of tests/vectors */
	static const char *const told[] = {
		"GLS756CkD8Bmrz151rkQPxsSJG6kTibMXwq4wD6fUZzCCKbRTxa66",
		"782a3039b478c839e4cb0c941ff4eaeb7df40bdd68bd441afd444b9da763de12",
	};
	struct error err;

	error_set(&err, GW_ERR_CONFIG, "x.yml:3: '%s': no such key", wif);
	assert_string_equal(err.text, "x.yml:3: 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx': no such key");
	error_set(&err, GW_ERR_CONFIG, "\"%.48s\"", wif); /* mistyped */
	assert_string_equal(err.text, "\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"");
	error_set(&err, GW_ERR_CONFIG, "%s and %s", wif, wif);
	assert_null(strstr(err.text, "5J"));
	for (size_t i = 0; i < COUNT(told); i++) {
		error_set(&err, GW_ERR_CONFIG, "%s", told[i]);
		assert_string_equal(err.text, told[i]);
	}
}
