/* SPDX-License-Identifier: MIT
 *
 * Which needed calls are answered. See methods.h.
 */
#include "node/methods.h"

#include <stdio.h>
#include <string.h>

enum state { STATE_GOOD, STATE_FAILS, STATE_LACKING_METHOD, STATE_LACKING_API };

static const struct {
	const char *api, *method;
	bool refuses; /* an error answers the arguments, and the caller reports it */
} needed[] = {
	{"database_api", "get_config", false},
	{"database_api", "get_dynamic_global_properties", false},
	{"database_api", "get_block", false},
	{"database_api", "get_accounts", false},
	{"witness_api", "get_witness_schedule", false},
	{"witness_api", "get_witness_by_account", false},
	{"network_broadcast_api", "broadcast_transaction", true},
};
#define NEEDED (sizeof(needed) / sizeof(needed[0]))
_Static_assert(NEEDED <= METHODS_MAX, "a state for each");

static enum state state_after(size_t which, enum method_outcome outcome, const struct rpc_error *error)
{
	switch (outcome) {
	case METHOD_ANSWERED:
		return STATE_GOOD;
	case METHOD_SILENT:
		return STATE_FAILS;
	case METHOD_ERROR:
		break;
	}
	if (error->code == RPC_NO_SUCH_METHOD)
		return strstr(error->message, "API") ? STATE_LACKING_API : STATE_LACKING_METHOD;
	return needed[which].refuses ? STATE_GOOD : STATE_FAILS;
}

static void say_lacking(size_t which, enum state state, char ret_text[GW_TEXT_SIZE])
{
	if (state == STATE_LACKING_API)
		snprintf(ret_text, GW_TEXT_SIZE, "this golosd has no %s: its config.ini wants the line plugin = %s",
			 needed[which].api, needed[which].api);
	else
		snprintf(ret_text, GW_TEXT_SIZE, "this golosd has no %s.%s: it is too old, or of another kind",
			 needed[which].api, needed[which].method);
}

static bool lacks_api(const struct methods *methods, const char *api)
{
	for (size_t i = 0; i < NEEDED; i++)
		if (methods->states[i] == STATE_LACKING_API && strcmp(needed[i].api, api) == 0)
			return true;
	return false;
}

bool methods_note(struct methods *methods, const char *api, const char *method, enum method_outcome outcome,
		  const struct rpc_error *error, char ret_text[GW_TEXT_SIZE])
{
	size_t i = 0;

	while (i < NEEDED && (strcmp(needed[i].api, api) != 0 || strcmp(needed[i].method, method) != 0))
		i++;
	if (i == NEEDED)
		return false;
	enum state before = methods->states[i], after = state_after(i, outcome, error);

	bool is_reported = after == STATE_LACKING_API && lacks_api(methods, api);

	methods->states[i] = (uint8_t)after;
	if (before == after || is_reported)
		return false;
	if (after == STATE_GOOD)
		snprintf(ret_text, GW_TEXT_SIZE, "%s.%s is answered again", api, method);
	else if (after != STATE_FAILS)
		say_lacking(i, after, ret_text);
	else
		snprintf(ret_text, GW_TEXT_SIZE, "%s.%s fails: %.160s", api, method,
			 outcome == METHOD_SILENT ? "no answer" : error->message);
	return true;
}

bool methods_lacking(const struct methods *methods, char ret_text[GW_TEXT_SIZE])
{
	for (size_t i = 0; i < NEEDED; i++)
		if (methods->states[i] >= STATE_LACKING_METHOD) {
			say_lacking(i, methods->states[i], ret_text);
			return true;
		}
	return false;
}

size_t methods_missing_apis(const struct methods *methods, const char *ret[METHODS_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < NEEDED; i++)
		if (methods->states[i] >= STATE_LACKING_METHOD &&
		    (count == 0 || strcmp(ret[count - 1], needed[i].api) != 0)) /* those of one API stand together */
			ret[count++] = needed[i].api;
	return count;
}
