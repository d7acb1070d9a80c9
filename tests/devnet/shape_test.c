/* SPDX-License-Identifier: MIT
 *
 * The devnet beside a real golosd: the recordings' requests are put to it, and each answer is compared with the
 * recorded one: members and types of everything, and of errors code, name and id too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "devnet/ws_client.h"

#define ANSWER_MS      60000
#define LINE_MAX_BYTES (1 << 20)

static struct {
	pid_t pid;
	uint16_t ports[2];
} devnet;

/* ---- shapes -------------------------------------------------------------------------------------------------- */

static struct json *parse(const char *text)
{
	struct json *root;
	struct error err;
	if (json_parse(&root, text, strlen(text), &err) != GW_OK)
		fail_msg("%s: %.200s", err.text, text);
	return root;
}

enum shape { SHAPE_NULL, SHAPE_OBJECT, SHAPE_ARRAY, SHAPE_STRING, SHAPE_BOOL, SHAPE_NUMBER };

static enum shape shape_of(const struct json *value)
{
	if (json_is_null(value))
		return SHAPE_NULL;
	if (json_is_object(value))
		return SHAPE_OBJECT;
	if (json_is_array(value))
		return SHAPE_ARRAY;
	if (json_is_string(value))
		return SHAPE_STRING;
	char *text = json_text(value);
	bool boolean = text[0] == 't' || text[0] == 'f';
	free(text);
	return boolean ? SHAPE_BOOL : SHAPE_NUMBER;
}

struct comparison {
	const struct json *other;
	const char *path;
};

static void compare(const struct json *recorded, const struct json *ours, const char *path);

static gw_status compare_member(void *context, const char *key, const struct json *recorded)
{
	const struct comparison *comparison = context;
	const struct json *ours;
	char *path = xasprintf("%s.%s", comparison->path, key);
	if (!json_member(comparison->other, key, &ours))
		fail_msg("%s is missing", path);
	/* how golosd failed inside is its own, and nobody votes here */
	if (strcmp(key, "stack") != 0 && strcmp(key, "witness_votes") != 0)
		compare(recorded, ours, path);
	free(path);
	return GW_OK;
}

static gw_status find_member(void *context, const char *key, const struct json *ours)
{
	const struct comparison *comparison = context;
	const struct json *recorded;
	(void)ours;
	if (!json_member(comparison->other, key, &recorded))
		fail_msg("%s.%s is no member golosd has", comparison->path, key);
	return GW_OK;
}

static void compare(const struct json *recorded, const struct json *ours, const char *path)
{
	if (shape_of(recorded) != shape_of(ours))
		fail_msg("%s has another type than golosd's", path);
	if (shape_of(recorded) == SHAPE_OBJECT) {
		struct comparison there = {ours, path}, here = {recorded, path};
		(void)json_each(recorded, compare_member, &there);
		(void)json_each(ours, find_member, &here);
	}
	if (shape_of(recorded) != SHAPE_ARRAY)
		return;
	size_t count = json_array_size(recorded), our_count = json_array_size(ours);
	if (count > 0 && our_count == 0)
		fail_msg("%s is empty", path);
	for (size_t i = 0; i < count && i < our_count; i++)
		compare(json_element(recorded, i), json_element(ours, i), path);
}

static void compare_text(const struct json *recorded, const struct json *ours, const char *key)
{
	const struct json *left = NULL, *right = NULL;
	bool there = json_member(recorded, key, &left), here = json_member(ours, key, &right);
	assert_int_equal(there, here);
	char *left_text = json_text(left), *right_text = json_text(right);
	if (there)
		assert_string_equal(left_text, right_text);
	free(left_text);
	free(right_text);
}

/* What a client decides by is the same to the letter. */
static void compare_meaning(const struct json *recorded, const struct json *ours)
{
	const struct json *left, *right;
	compare_text(recorded, ours, "id");
	if (!json_member(recorded, "error", &left) || !json_member(ours, "error", &right))
		return;
	compare_text(left, right, "code");
	if (!json_member(left, "data", &left))
		return;
	assert_true(json_member(right, "data", &right));
	compare_text(left, right, "code");
	compare_text(left, right, "name");
	compare_text(left, right, "message");
}

static void compare_answers(const char *recorded_text, const char *our_text)
{
	struct json *recorded = parse(recorded_text), *ours = parse(our_text);
	compare(recorded, ours, "answer");
	if (json_is_object(recorded))
		compare_meaning(recorded, ours);
	for (size_t i = 0; json_is_array(recorded) && i < json_array_size(recorded); i++)
		compare_meaning(json_element(recorded, i), json_element(ours, i));
	json_free(recorded);
	json_free(ours);
}

/* ---- recordings ---------------------------------------------------------------------------------------------- */

struct frame { /* one line of a recording */
	char direction;
	bool binary;
	char *text;
};

struct recording {
	FILE *file;
	char *line;
	struct frame frame;
};

static void recording_open(struct recording *recording, const char *name)
{
	char *path = xasprintf(TEST_SOURCE_DIR "/recordings/%s.jsonl", name);
	*recording = (struct recording){.file = fopen(path, "re"), .line = xcalloc(1, LINE_MAX_BYTES)};
	if (!recording->file)
		fail_msg("%s is missing", path);
	free(path);
}

static bool recording_next(struct recording *recording)
{
	struct error err;
	free(recording->frame.text);
	recording->frame.text = NULL;
	while (fgets(recording->line, LINE_MAX_BYTES, recording->file)) {
		struct json *line = parse(recording->line);
		char direction[2];
		const struct json *text;
		if (json_get_text(line, "dir", direction, sizeof direction, &err) == GW_OK &&
		    json_member(line, "text", &text)) {
			recording->frame.direction = direction[0];
			recording->frame.text = xstrdup(json_string(text, NULL));
			recording->frame.binary = json_get_bool(line, "bin", &recording->frame.binary, &err) == GW_OK;
		}
		json_free(line);
		if (recording->frame.text && direction[0] != '*')
			return true;
		free(recording->frame.text);
		recording->frame.text = NULL;
	}
	return false;
}

static void recording_close(struct recording *recording)
{
	free(recording->frame.text);
	free(recording->line);
	fclose(recording->file);
}

static struct ws_client *connect_client(void)
{
	struct ws_client *client;
	assert_int_equal(ws_connect(&client, devnet.ports[0], ANSWER_MS), GW_OK);
	return client;
}

/* Each request with the answer that follows it. */
static void replay(const char *name)
{
	struct recording recording;
	struct ws_client *client = connect_client();
	unsigned compared = 0;
	recording_open(&recording, name);
	while (recording_next(&recording)) {
		const struct frame *frame = &recording.frame;
		if (frame->direction == '>') {
			assert_int_equal(frame->binary ? ws_send_binary(client, frame->text, strlen(frame->text))
						       : ws_send(client, frame->text, strlen(frame->text)),
					 GW_OK);
			continue;
		}
		char *answer;
		assert_int_equal(ws_receive(client, &answer, ANSWER_MS), GW_OK);
		if (frame->text[0] == '{' || frame->text[0] == '[')
			compare_answers(frame->text, answer);
		else
			assert_string_equal(frame->text, answer);
		free(answer);
		compared++;
	}
	recording_close(&recording);
	ws_close(client);
	assert_true(compared > 50);
}

/* ---- tests --------------------------------------------------------------------------------------------------- */

static void queries_have_golosds_shapes(void **unused)
{
	(void)unused;
	replay("01-queries");
}

static void errors_have_golosds_codes(void **unused)
{
	(void)unused;
	replay("04-errors");
}

/* All of them at once, each on its own socket: one block later each has what the recording begins with. */
static void subscriptions_have_golosds_forms(void **unused)
{
	(void)unused;
	static const char *const names[] = {
		"02-sub-block",	     "02-sub-header",	"02-sub-full",	     "02-sub-virtual_ops", "02-sub-int0",
		"02-sub-int1",	     "02-sub-int2",	"02-sub-int3",	     "02-sub-string-int3", "02-sub-bad-string",
		"02-sub-bad-int7",   "02-sub-bad-null", "02-sub-bad-object", "02-sub-bad-case",	   "02-sub-bad-missing",
		"02-sub-bad-noargs", "02-sub-bad-two",
	};
	enum { COUNT = sizeof names / sizeof *names };
	struct recording recordings[COUNT];
	struct ws_client *clients[COUNT];
	for (size_t i = 0; i < COUNT; i++) {
		recording_open(&recordings[i], names[i]);
		clients[i] = connect_client();
		assert_true(recording_next(&recordings[i]));
		assert_int_equal(recordings[i].frame.direction, '>');
		assert_int_equal(ws_send(clients[i], recordings[i].frame.text, strlen(recordings[i].frame.text)),
				 GW_OK);
	}
	for (size_t i = 0; i < COUNT; i++) {
		char *answer;
		print_message("%s\n", names[i]);
		assert_true(recording_next(&recordings[i]));
		assert_int_equal(ws_receive(clients[i], &answer, ANSWER_MS), GW_OK);
		compare_answers(recordings[i].frame.text, answer);
		free(answer);
		recording_close(&recordings[i]);
		ws_close(clients[i]);
	}
}

static char *push_id(struct ws_client *client)
{
	char *text;
	const struct json *id = NULL;
	assert_int_equal(ws_receive(client, &text, ANSWER_MS), GW_OK);
	struct json *push = parse(text);
	assert_true(json_member(push, "id", &id));
	char *id_text = json_text(id);
	json_free(push);
	free(text);
	return id_text;
}

static void each_subscription_adds_a_stream(void **unused)
{
	(void)unused;
	static const char first[] = "{\"id\":\"sub-1\",\"jsonrpc\":\"2.0\",\"method\":\"call\",\"params\":"
				    "[\"database_api\",\"set_block_applied_callback\",[\"header\"]]}";
	static const char second[] = "{\"jsonrpc\":\"2.0\",\"method\":\"call\",\"params\":"
				     "[\"database_api\",\"set_block_applied_callback\",[\"full\"]]}";
	struct ws_client *client = connect_client();
	assert_int_equal(ws_send(client, first, sizeof first - 1), GW_OK);
	assert_int_equal(ws_send(client, second, sizeof second - 1), GW_OK);
	char *a = push_id(client), *b = push_id(client);
	assert_string_equal(a, "\"sub-1\"");
	assert_string_equal(b, "null");
	free(a);
	free(b);
	ws_close(client);
}

static void order(struct ws_client *client, const char *method, const char *args)
{
	struct json *answer;
	assert_int_equal(ws_call(client, "devnet_api", method, args, &answer, ANSWER_MS), GW_OK);
	json_free(answer);
}

/* What it answers: the member `result` or `error` of *ret_answer, which the caller frees. */
static const struct json *ask(struct ws_client *client, const char *api, const char *method, const char *args,
			      const char *member, struct json **ret_answer)
{
	const struct json *value = NULL;
	assert_int_equal(ws_call(client, api, method, args, ret_answer, ANSWER_MS), GW_OK);
	if (!json_member(*ret_answer, member, &value))
		fail_msg("%s has no %s", method, member);
	return value;
}

static void expect(struct ws_client *client, const char *api, const char *method, const char *args,
		   const char *wanted_result)
{
	struct json *answer;
	char *text = json_text(ask(client, api, method, args, "result", &answer));
	assert_string_equal(text, wanted_result);
	free(text);
	json_free(answer);
}

/* A real golosd took it into block 783 of its network, and gave these bytes. */
#define FEED                                                                                                           \
	"{\"ref_block_num\":781,\"ref_block_prefix\":1786565805,\"expiration\":\"2026-11-30T15:35:56\","               \
	"\"operations\":[["                                                                                            \
	"\"feed_publish\",{\"publisher\":\"foo\",\"exchange_rate\":{\"base\":\"0.056 GBG\",\"quote\":\"1.000 "         \
	"GOLOS\"}}]],"                                                                                                 \
	"\"extensions\":[],\"signatures\":["                                                                           \
	"\"207a22ce19feff0fc55762af6d631c580f326a85f123bfa96f983f604906d51f872f483ff3d"                                \
	"105d963e698128fbce6f86de207ea710084f7fc4aa48d75f1e3d93c\"]}"
#define FEED_HEX    "0d03add47c6adc970d6b010703666f6f38000000000000000347424700000000e80300000000000003474f4c4f53000000"
#define STRANGE_KEY "GLS6suaVAi34pDEasf9HaZesN3Gs8f5P3YKWng4pwvd6WVQxmMnEL"

static void active_key_of_foo(struct ws_client *client, char ret[64])
{
	struct json *answer;
	const struct json *keys = NULL, *active = NULL;
	const struct json *accounts = ask(client, "database_api", "get_accounts", "[[\"foo\"]]", "result", &answer);
	assert_true(json_member(json_element(accounts, 0), "active", &active));
	assert_true(json_member(active, "key_auths", &keys));
	snprintf(ret, 64, "%s", json_string(json_element(json_element(keys, 0), 0), NULL));
	json_free(answer);
}

static void a_transaction_is_packed_and_its_keys_are_named(void **unused)
{
	(void)unused;
	struct ws_client *client = connect_client();
	struct json *answer;
	char key[64], code[32];
	expect(client, "database_api", "get_transaction_hex", "[" FEED "]", "\"" FEED_HEX "\"");
	active_key_of_foo(client, key);
	char *args = xasprintf("[" FEED ",[\"" STRANGE_KEY "\",\"%s\"]]", key), *wanted = xasprintf("[\"%s\"]", key);
	expect(client, "database_api", "get_required_signatures", args, wanted);
	free(args);
	free(wanted);
	expect(client, "database_api", "get_required_signatures", "[" FEED ",[\"" STRANGE_KEY "\"]]", "[]");
	const struct json *error = ask(client, "database_api", "verify_authority", "[" FEED "]", "error", &answer);
	char *text = json_text(error);
	snprintf(code, sizeof code, "%s", strstr(text, "3020100") ? "3020100" : "another");
	assert_string_equal(code, "3020100"); /* the key is of another network's foo */
	free(text);
	json_free(answer);
	ws_close(client);
}

static void a_signed_transaction_has_authority(void **unused)
{
	(void)unused;
	static const char subscribe[] = "{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"call\",\"params\":"
					"[\"database_api\",\"set_pending_transaction_callback\",[]]}";
	struct ws_client *client = connect_client(), *listener = connect_client();
	struct json *answer;
	const struct json *tx = NULL;
	char *push;
	assert_int_equal(ws_send(listener, subscribe, sizeof subscribe - 1), GW_OK);
	assert_int_equal(ws_call(listener, "database_api", "get_account_count", "[]", &answer, ANSWER_MS), GW_OK);
	json_free(answer);
	order(client, "witness_update", "[\"foo\",\"" STRANGE_KEY "\"]");
	assert_int_equal(ws_receive(listener, &push, ANSWER_MS), GW_OK);
	struct json *pushed = parse(push);
	assert_true(json_member(pushed, "result", &tx));
	char *text = json_text(tx), *args = xasprintf("[%s]", text);
	expect(client, "database_api", "verify_authority", args, "true");
	free(args);
	free(text);
	free(push);
	json_free(pushed);
	ws_close(listener);
	ws_close(client);
}

static void accounts_are_told(void **unused)
{
	(void)unused;
	struct ws_client *client = connect_client();
	struct json *answer;
	expect(client, "database_api", "lookup_accounts", "[\"cos\",2]", "[\"cosigner\",\"cyberfounder\"]");
	expect(client, "database_api", "lookup_accounts", "[\"foo\",1]", "[\"foo\"]");
	json_free(((void)ask(client, "database_api", "lookup_accounts", "[\"\",1001]", "error", &answer), answer));
	json_free(((void)ask(client, "database_api", "get_account_count", "[]", "result", &answer), answer));
	json_free(((void)ask(client, "market_history", "get_ticker", "[[\"GOLOS\",\"YMUSDT\"]]", "error", &answer),
		   answer));
	ws_close(client);
}

#define NO_PRICE "{\"base\":\"0.000 GOLOS\",\"quote\":\"0.000 GOLOS\"}"

/* As a golosd answers before any feed, and on a chain without a median: zeros, and GOLOS on both sides. */
static void without_a_feed_both_halves_are_zero_golos(void **unused)
{
	(void)unused;
	struct ws_client *client = connect_client();
	struct json *answer;
	const struct json *rate = NULL;
	char time[32];

	const struct json *witness =
		ask(client, "witness_api", "get_witness_by_account", "[\"foo\"]", "result", &answer);
	assert_true(json_member(witness, "sbd_exchange_rate", &rate));
	char *text = json_text(rate);
	assert_string_equal(text, NO_PRICE);
	assert_int_equal(json_get_text(witness, "last_sbd_exchange_update", time, sizeof time, NULL), GW_OK);
	assert_string_equal(time, "1970-01-01T00:00:00");
	free(text);
	json_free(answer);
	expect(client, "witness_api", "get_current_median_history_price", "[]", NO_PRICE);
	expect(client, "witness_api", "get_feed_history", "[]",
	       "{\"id\":0,\"current_median_history\":" NO_PRICE ",\"price_history\":[]}");
	ws_close(client);
}

static void a_killed_node_refuses_until_it_is_revived(void **unused)
{
	(void)unused;
	struct ws_client *client = connect_client(), *victim, *refused;
	assert_int_equal(ws_connect(&victim, devnet.ports[1], ANSWER_MS), GW_OK);
	order(client, "kill", "[1]");
	assert_int_equal(ws_connect(&refused, devnet.ports[1], ANSWER_MS), GW_ERR_UNAVAILABLE);
	char *text;
	assert_int_equal(ws_receive(victim, &text, ANSWER_MS), GW_ERR_UNAVAILABLE);
	ws_close(victim);
	order(client, "revive", "[1]");
	assert_int_equal(ws_connect(&victim, devnet.ports[1], ANSWER_MS), GW_OK);
	order(victim, "status", "[]");
	ws_close(victim);
	ws_close(client);
}

/* ---- the program --------------------------------------------------------------------------------------------- */

static int start_devnet(void **unused)
{
	(void)unused;
	int out[2];
	char line[16384] = "";
	if (pipe(out) != 0)
		return -1;
	devnet.pid = fork();
	if (devnet.pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		close(out[0]);
		close(out[1]);
		execl(TEST_BINARY_DIR "/bin/golos-devnet", "golos-devnet", "--witnesses", "2", "--nodes", "2",
		      "--foo-nodes", "1", "--prerun", "650", "--json", "--die-with-parent", (char *)NULL);
		_exit(127);
	}
	close(out[1]);
	FILE *from = fdopen(out[0], "r");
	char *read = from ? fgets(line, sizeof line, from) : NULL;
	if (from)
		fclose(from);
	if (!read)
		return -1;
	struct json *root = parse(line);
	const struct json *nodes;
	struct error err;
	gw_status status = json_get_array(root, "nodes", &nodes, &err);
	for (size_t i = 0; status == GW_OK && i < 2; i++) {
		uint64_t port = 0;
		status = json_get_u64(json_element(nodes, i), "port", 65535, &port, &err);
		devnet.ports[i] = (uint16_t)port;
	}
	json_free(root);
	return status == GW_OK ? 0 : -1;
}

static int stop_devnet(void **unused)
{
	(void)unused;
	int status = -1;
	kill(devnet.pid, SIGTERM);
	waitpid(devnet.pid, &status, 0);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(queries_have_golosds_shapes),
		cmocka_unit_test(errors_have_golosds_codes),
		cmocka_unit_test(subscriptions_have_golosds_forms),
		cmocka_unit_test(each_subscription_adds_a_stream),
		cmocka_unit_test(a_transaction_is_packed_and_its_keys_are_named),
		cmocka_unit_test(a_signed_transaction_has_authority),
		cmocka_unit_test(accounts_are_told),
		cmocka_unit_test(without_a_feed_both_halves_are_zero_golos),
		cmocka_unit_test(a_killed_node_refuses_until_it_is_revived),
	};
	return cmocka_run_group_tests(tests, start_devnet, stop_devnet);
}
