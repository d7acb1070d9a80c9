/* SPDX-License-Identifier: MIT
 *
 * The JSON-RPC envelope. See rpc.h.
 */
#include "devnet/rpc.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/memory.h"
#include "base/time_text.h"
#include "devnet/wire.h"

#define NULL_ID "null"

/* ---- errors -------------------------------------------------------------------------------------------------- */

static enum rpc_outcome fail(struct rpc_failure *failure, int code, int64_t data_code, const char *name,
			     const char *title, const char *text)
{
	failure->code = code;
	failure->data_code = data_code;
	failure->name = name;
	failure->title = title;
	snprintf(failure->text, sizeof failure->text, "%s", text);
	return RPC_FAILURE;
}

enum rpc_outcome rpc_fail(struct rpc_call *call, int code, int64_t data_code, const char *name, const char *title,
			  const char *fmt, ...)
{
	char text[sizeof call->failure->text];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	return fail(call->failure, code, data_code, name, title, text);
}

enum rpc_outcome rpc_fail_parameter(struct rpc_call *call, const char *parameter, const char *value, const char *why)
{
	return rpc_fail(call, -32002, 1020400, "invalid_parameter", "Invalid parameter value",
			"Invalid value \"%.200s\" for parameter \"%s\": %s\n\n", value, parameter, why);
}

bool rpc_limit_argument(struct rpc_call *call, size_t index, uint64_t most, uint64_t *ret)
{
	const struct variant *value = variant_element(call->args, index);
	char why[96];
	*ret = 0;
	(void)variant_as_u64(value, ret);
	if (*ret <= most)
		return true;
	snprintf(why, sizeof why, "Exceeded limit value (4020100)\nExceeded limit value. Maximum allowed %" PRIu64 "\n",
		 most);
	(void)rpc_fail_parameter(call, "limit", variant_as_text(value), why);
	return false;
}

static void write_frame(struct json_writer *w, const struct rpc_failure *failure)
{
	char now[TIME_TEXT_SIZE];
	time_format(now, (int64_t)time(NULL));
	json_open(w, NULL, '{');
	json_open(w, "context", '{');
	json_put_text(w, "level", "error");
	json_put_text(w, "file", "devnet.cpp");
	json_put_i64(w, "line", 1);
	json_put_text(w, "method", failure->method ? failure->method : "");
	json_put_text(w, "hostname", "");
	json_put_text(w, "thread_name", "th_1");
	json_put_text(w, "timestamp", now);
	json_close(w, '}');
	json_put_text(w, "format", failure->format ? failure->format : failure->text);
	json_put_raw(w, "data", failure->frame ? failure->frame : "{}");
	json_close(w, '}');
}

/* The message of an error with data is "title (code)\ntext\n"; json_rpc puts its own words before it, or in its place
 * where the request itself is wrong. */
static void write_error(struct json_writer *w, const struct rpc_failure *failure)
{
	json_open(w, "error", '{');
	json_put_i64(w, "code", failure->code);
	if (failure->data_code && (failure->code > -32600 || failure->code == -32603)) {
		char *message = xasprintf("%s%s (%" PRId64 ")\n%s\n", failure->code == -32603 ? "Internal error: " : "",
					  failure->title, failure->data_code, failure->text);
		json_put_text(w, "message", message);
		free(message);
	} else {
		json_put_text(w, "message", failure->text);
	}
	if (failure->data_code) {
		json_open(w, "data", '{');
		json_put_i64(w, "code", failure->data_code);
		json_put_text(w, "name", failure->name);
		json_put_text(w, "message", failure->title);
		json_open(w, "stack", '[');
		write_frame(w, failure);
		json_close(w, ']');
		json_close(w, '}');
	} else if (failure->frame) {
		json_put_raw(w, "data", failure->frame);
	}
	json_close(w, '}');
}

/* ---- requests ------------------------------------------------------------------------------------------------ */

/* The id as JSON; NULL: of a wrong type. Integers above 32 bits come back as strings, and so does 1e3. */
static char *read_id(const struct variant *request)
{
	const struct variant *id = variant_member(request, "id");
	if (!id)
		return xstrdup(NULL_ID);
	if (id->type == VARIANT_INTEGER && strtoll(id->text, NULL, 10) <= UINT32_MAX &&
	    strtoll(id->text, NULL, 10) >= INT32_MIN)
		return xstrdup(id->text);
	if (id->type != VARIANT_STRING && id->type != VARIANT_INTEGER)
		return NULL;
	struct json_writer w;
	json_writer_init(&w);
	json_put_text(&w, NULL, id->text);
	char *text = xstrdup(w.text);
	json_writer_done(&w);
	return text;
}

static enum rpc_outcome fail_name(struct rpc_call *call, const char *text, const char *key, const char *name)
{
	struct json_writer w;
	json_writer_init(&w);
	json_open(&w, NULL, '{');
	json_put_text(&w, key, name);
	json_close(&w, '}');
	call->failure->frame = xstrdup(w.text);
	json_writer_done(&w);
	return fail(call->failure, -32601, 0, "", "", text);
}

static enum rpc_outcome check_count(struct rpc_call *call, const struct rpc_method *method)
{
	if (method->least > method->most || (call->arg_count >= method->least && call->arg_count <= method->most))
		return RPC_RESULT;
	call->failure->method = method->name;
	if (method->least == method->most) {
		call->failure->format = "Expected ${required} parameter, received ${n}";
		call->failure->frame = xasprintf("{\"n\":%zu,\"required\":%zu}", call->arg_count, method->least);
		return rpc_fail(call, -32002, 1020100, "invalid_arguments_count", "Invalid argument count",
				"Expected %zu parameter, received %zu", method->least, call->arg_count);
	}
	call->failure->format = "Expected at least ${min} and up to ${max} parameters, received ${n}";
	call->failure->frame =
		xasprintf("{\"n\":%zu,\"min\":%zu,\"max\":%zu}", call->arg_count, method->least, method->most);
	return rpc_fail(call, -32002, 1020100, "invalid_arguments_count", "Invalid argument count",
			"Expected at least %zu and up to %zu parameters, received %zu", method->least, method->most,
			call->arg_count);
}

/* NULL: this node answers it. */
static const struct failing_calls *find_failing(const struct rpc_call *call, const char *api, const char *name)
{
	const struct failing_calls *list = call->wire->faults[call->node].failing;
	for (size_t i = 0; i < FAILING_MAX; i++)
		if (strcmp(list[i].api, api) == 0 && (!list[i].method[0] || strcmp(list[i].method, name) == 0))
			return &list[i];
	return NULL;
}

static enum rpc_outcome dispatch(struct rpc_call *call, const char *api, const char *name)
{
	const struct failing_calls *failing = find_failing(call, api, name);
	if (failing && failing->code == -32601)
		return fail_name(call, "Could not find API ${api}", "api", api);
	if (failing)
		return failing->code ? fail(call->failure, failing->code, 0, "", "", failing->text) : RPC_LATER;
	static const struct rpc_method *const tables[] = {database_methods, witness_methods, broadcast_methods,
							  devnet_methods};
	bool api_known = false;
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
		for (const struct rpc_method *method = tables[i]; method->name; method++) {
			if (strcmp(method->api, api) != 0)
				continue;
			api_known = true;
			if (strcmp(method->name, name) != 0)
				continue;
			enum rpc_outcome outcome = check_count(call, method);
			return outcome == RPC_RESULT ? method->run(call) : outcome;
		}
	}
	return api_known ? fail_name(call, "Could not find method ${method}", "method", name)
			 : fail_name(call, "Could not find API ${api}", "api", api);
}

static enum rpc_outcome fail_cast(struct rpc_call *call, int code, const char *text, const char *to,
				  const struct variant *value)
{
	call->failure->format = to;
	call->failure->frame = xasprintf("{\"type\":\"%s\"}", variant_type_name(value));
	return fail(call->failure, code, 7, "bad_cast_exception", "Bad Cast", text);
}

static enum rpc_outcome read_params(struct rpc_call *call, const struct variant *params)
{
	static const char form[] = "A member \"params\" should be [\"api\", \"method\", \"args\"]";
	if (!params)
		return fail(call->failure, -32600, 0, "", "", "A member \"params\" does not exist");
	if (params->type != VARIANT_ARRAY || params->count < 2 || params->count > 3)
		return fail(call->failure, -32600, 0, "", "", form);
	const char *api = variant_as_text(params->values[0]), *name = variant_as_text(params->values[1]);
	if (!api || !name)
		return fail_cast(call, -32603, "Invalid cast from array_type to std::string",
				 "Invalid cast from ${type} to std::string", params->values[api ? 1 : 0]);
	call->args = variant_element(params, 2);
	if (call->args && call->args->type != VARIANT_ARRAY)
		return fail_cast(call, -32600, "A member \"args\" should be array",
				 "Invalid cast from ${type} to Array", call->args);
	call->arg_count = call->args ? call->args->count : 0;
	return dispatch(call, api, name);
}

static enum rpc_outcome read_request(struct rpc_call *call, const struct variant *request)
{
	const struct variant *version = variant_member(request, "jsonrpc"), *method = variant_member(request, "method");
	if (!version || version->type != VARIANT_STRING || strcmp(version->text, "2.0") != 0)
		return fail(call->failure, -32600, 0, "", "", "jsonrpc value is not \"2.0\"");
	if (!method || method->type != VARIANT_STRING || strcmp(method->text, "call") != 0)
		return fail(call->failure, -32600, 0, "", "", "A member \"method\" is not \"call\"");
	return read_params(call, variant_member(request, "params"));
}

static void write_answer(struct json_writer *w, enum rpc_outcome outcome, const char *result,
			 const struct rpc_failure *failure, const char *id)
{
	json_open(w, NULL, '{');
	json_put_text(w, "jsonrpc", "2.0");
	if (outcome == RPC_RESULT)
		json_put_raw(w, "result", result);
	else
		write_error(w, failure);
	json_put_raw(w, "id", id);
	json_close(w, '}');
}

/* Writes the answer to one request; nothing where it comes later. */
static void answer_one(const struct rpc_call *of_client, const struct variant *request, struct json_writer *w)
{
	struct rpc_failure failure = {0};
	struct json_writer result;
	json_writer_init(&result);
	struct rpc_call call = *of_client;
	call.failure = &failure;
	call.result = &result;
	call.args = NULL;
	enum rpc_outcome outcome;
	char *id = request->type == VARIANT_OBJECT ? read_id(request) : xstrdup(NULL_ID);
	call.id = id ? id : NULL_ID;
	if (request->type != VARIANT_OBJECT)
		outcome = fail_cast(&call, -32600, "Invalid request structure",
				    "Invalid cast from type '${type}' to Object", request);
	else if (!id)
		outcome = fail(&failure, -32603, 4, "parse_error_exception", "Parse Error",
			       "Only integer value or string is allowed for member \"id\"");
	else
		outcome = read_request(&call, request);
	if (outcome != RPC_LATER)
		write_answer(w, outcome, result.text, &failure, call.id);
	free(failure.frame);
	free(id);
	json_writer_done(&result);
}

static void answer_unreadable(struct json_writer *w, enum variant_failure failure)
{
	struct rpc_failure error = {.format = ""};
	switch (failure) {
	case VARIANT_EMPTY:
		(void)fail(&error, -32700, 11, "eof_exception", "End Of File", "Invalid JSON-structure");
		break;
	case VARIANT_SYNTAX:
		(void)fail(&error, -32700, 4, "parse_error_exception", "Parse Error", "Invalid JSON-structure");
		break;
	case VARIANT_TOO_DEEP:
		(void)fail(&error, -32700, 10, "assert_exception", "Assert Exception", "Invalid JSON-structure");
		break;
	}
	write_answer(w, RPC_FAILURE, NULL, &error, NULL_ID);
}

static void answer_batch(struct rpc_call *call, const struct variant *batch, struct json_writer *w)
{
	if (batch->count == 0) {
		struct rpc_failure error = {0};
		(void)fail(&error, -32600, 0, "", "", "Array of requests must be non-empty");
		write_answer(w, RPC_FAILURE, NULL, &error, NULL_ID);
		return;
	}
	json_open(w, NULL, '[');
	for (size_t i = 0; i < batch->count; i++)
		answer_one(call, batch->values[i], w);
	json_close(w, ']');
}

char *rpc_answer(struct wire *wire, size_t node, uint64_t client, const char *text, size_t len)
{
	struct json_writer w;
	json_writer_init(&w);
	struct rpc_call call = {.wire = wire, .node = node, .client = client};
	enum variant_failure failure = VARIANT_SYNTAX;
	struct variant *request = variant_parse(text, len, &failure);
	if (!request)
		answer_unreadable(&w, failure);
	else if (request->type == VARIANT_ARRAY)
		answer_batch(&call, request, &w);
	else
		answer_one(&call, request, &w);
	variant_free(request);
	char *answer = w.len ? xstrdup(w.text) : NULL;
	json_writer_done(&w);
	return answer;
}

char *rpc_result_text(const char *id, const char *result)
{
	struct json_writer w;
	json_writer_init(&w);
	write_answer(&w, RPC_RESULT, result, NULL, id);
	char *text = xstrdup(w.text);
	json_writer_done(&w);
	return text;
}
