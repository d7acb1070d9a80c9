/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <stdio.h>
#include <string.h>

#include "node/methods.h"

static struct methods methods;
static char text[GW_TEXT_SIZE];

static int begin(void **state)
{
	(void)state;
	memset(&methods, 0, sizeof(methods));
	text[0] = '\0';
	return 0;
}

static bool note(const char *api, const char *method, enum method_outcome outcome, int64_t code, const char *message)
{
	struct rpc_error error = {.code = code};

	snprintf(error.message, sizeof(error.message), "%s", message);
	return methods_note(&methods, api, method, outcome, &error, text);
}

TEST(what_fails_is_news_once_and_once_when_it_is_over, begin)
{
	static const char lock[] = "Internal error: Unable to acquire READ lock";
	static const char api[] = "witness_api", method[] = "get_witness_by_account";

	assert_false(note(api, method, METHOD_ANSWERED, 0, ""));
	assert_true(note(api, method, METHOD_ERROR, -32603, lock));
	assert_non_null(strstr(text, "witness_api.get_witness_by_account"));
	assert_non_null(strstr(text, "Unable to acquire READ lock"));
	assert_false(note(api, method, METHOD_ERROR, -32603, lock));
	assert_false(note(api, method, METHOD_SILENT, 0, ""));
	assert_true(note("witness_api", "get_witness_schedule", METHOD_SILENT, 0, "")); /* each by itself */
	assert_non_null(strstr(text, "no answer"));
	assert_true(note(api, method, METHOD_ANSWERED, 0, ""));
	assert_non_null(strstr(text, "answered again"));
	assert_false(methods_lacking(&methods, text));
}

TEST(what_golosd_does_not_have_is_named_with_the_line_for_its_config, begin)
{
	assert_true(note("witness_api", "get_witness_schedule", METHOD_ERROR, -32601, "Could not find API ${api}"));
	assert_non_null(strstr(text, "plugin = witness_api"));
	assert_true(methods_lacking(&methods, text));
	assert_non_null(strstr(text, "plugin = witness_api"));
	/* the other call of that plugin is no further news */
	assert_false(note("witness_api", "get_witness_by_account", METHOD_ERROR, -32601, "Could not find API ${api}"));
	assert_true(note("database_api", "get_block", METHOD_ERROR, -32601, "Could not find API ${api}"));
	begin(NULL);
	assert_true(
		note("witness_api", "get_witness_schedule", METHOD_ERROR, -32601, "Could not find method ${method}"));
	assert_true(methods_lacking(&methods, text));
	assert_non_null(strstr(text, "witness_api.get_witness_schedule"));
}

/* What golosd says of a transaction is told by who sent it; that there is nobody to take one is not. */
TEST(a_refused_broadcast_is_an_answer, begin)
{
	static const char api[] = "network_broadcast_api", method[] = "broadcast_transaction";

	assert_false(note(api, method, METHOD_ERROR, -32002, "Expected at least 1 and up to 2 parameters, received 0"));
	assert_false(note(api, method, METHOD_ERROR, -32004, "Missing Active Authority"));
	assert_false(methods_lacking(&methods, text));
	assert_true(note(api, method, METHOD_ERROR, -32601, "Could not find API ${api}"));
	assert_true(methods_lacking(&methods, text));
	assert_non_null(strstr(text, "plugin = network_broadcast_api"));
}

TEST(what_only_a_plugin_calls_is_its_own_affair, begin)
{
	assert_false(note("tags", "get_trending_tags", METHOD_ERROR, -32601, "Could not find API ${api}"));
	assert_false(note("witness_api", "get_miner_queue", METHOD_ERROR, -32601, "Could not find method ${method}"));
	assert_false(methods_lacking(&methods, text));
}
