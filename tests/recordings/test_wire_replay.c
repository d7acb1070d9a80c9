/* SPDX-License-Identifier: MIT
 *
 * Recordings of a real golosd on the wire: the real golos-watchd with witness_monitor.so, dry_run, at a websocket that
 * pushes each recorded frame verbatim but for the subscription's id, and answers from the recording. One table, worked
 * out by hand from the frames, says what the host's status must show.
 *
 * The frames come as fast as they are taken. The host asks once a second while blocks are old, and what it is to know
 * before the next block (a new order, the misses of a key that the next block moves) is waited for.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/memory.h"
#include "cli/client.h"
#include "integration/hostile_node.h"
#include "integration/process.h"
#include "recording.h"
#include "test.h"

#define KEY_A	    "GLS7MLinU13CHGgUke7bSLeAwGWb14NTqiPxb1UdHJxxiVnitgjvR"
#define KEY_B	    "GLS73XWb5iP4rFiaAQ14QjVYjfF9jZR9uh12Zev5DcyMps7QxU3az"
#define CHAIN_ID    "5876894a41e6361bde2e73278f07340f2eb8b41c2facd29099de9deef6cdb679"
#define PATIENCE_MS 60000
#define LOOK_MS	    5 /* the status is asked again after a request of the host, or so long */
#define SCHEDULED   21
#define RANGES_MAX  5
#define LOOKS_MAX   3
#define PARTS	    4
#define ROWS	    (sizeof(expectations) / sizeof(expectations[0]))

struct range {
	uint32_t first, last; /* blocks that told one counted miss each */
};

/* What the monitor's status lists once a block has been pushed. */
struct look {
	uint32_t after; /* 0: no further look */
	struct range misses[RANGES_MAX];
};

struct expectation {
	const char *recording;
	const char *subscription; /* recorded id of the frames pushed; NULL: nobody subscribed */
	size_t frames;		  /* pushed, and read */
	uint32_t head;		  /* in the status at the end */
	uint32_t protocol_errors;
	bool dropped;		 /* with the first frame; else the connection is kept */
	const char *our_key;	 /* NULL: KEY_A */
	uint32_t allowed_misses; /* the status lists 9 more */
	struct look looks[LOOKS_MAX];
};

/* golosd takes "nonsense", 7, null, {} and "FULL" for "block", and 0 to 3 and "3" for the four forms. The host asks for
 * "full" or "header", so virtual_ops is no block, and an error ends the subscription. */
static const struct expectation expectations[] = {
	{"01-queries", NULL, 0, 0, 0, .dropped = false},
	{"02-sub-bad-case", "1", 10, 653, 0, .dropped = false},
	{"02-sub-bad-int7", "1", 10, 653, 0, .dropped = false},
	{"02-sub-bad-missing", "1", 1, 0, 1, .dropped = true},
	{"02-sub-bad-noargs", "1", 1, 0, 1, .dropped = true},
	{"02-sub-bad-null", "1", 10, 653, 0, .dropped = false},
	{"02-sub-bad-object", "1", 10, 653, 0, .dropped = false},
	{"02-sub-bad-string", "1", 10, 653, 0, .dropped = false},
	{"02-sub-bad-two", "1", 1, 0, 1, .dropped = true},
	{"02-sub-block", "1", 10, 653, 0, .dropped = false},
	{"02-sub-full", "1", 10, 653, 0, false, .looks = {{653, {{0}}}}},
	{"02-sub-header", "1", 10, 653, 0, .dropped = false},
	{"02-sub-int0", "1", 10, 653, 0, .dropped = false},
	{"02-sub-int1", "1", 10, 653, 0, .dropped = false},
	{"02-sub-int2", "1", 1, 0, 1, .dropped = true},
	{"02-sub-int3", "1", 10, 653, 0, false, .looks = {{653, {{0}}}}},
	{"02-sub-string-id", "\"sub-1\"", 10, 653, 0, .dropped = false},
	{"02-sub-string-id", "null", 10, 653, 0, .dropped = false},
	{"02-sub-string-int3", "1", 10, 653, 0, false, .looks = {{653, {{0}}}}},
	/* the same id again with "header": from 648 on each block comes full, and then its header */
	{"02-sub-twice", "1", 16, 653, 0, .dropped = false},
	{"02-sub-twice", "2", 10, 653, 0, .dropped = false},
	{"02-sub-twice", "3", 8, 653, 0, .dropped = false},
	{"02-sub-virtual_ops", "1", 1, 0, 1, .dropped = true},
	{"03-setup-foo", NULL, 0, 0, 0, .dropped = false},
	{"04-errors", "54", 1, 0, 1, .dropped = true},
	{"05-tx", NULL, 0, 0, 0, .dropped = false},
	{"05b-chain-properties", NULL, 0, 0, 0, .dropped = false},
	{"06-two-witnesses", "1", 36, 679, 0, false, KEY_B, 1, {{669, {{667, 669}}}, {679, {{0}}}}},
	{"06b-two-witnesses-reconnect", "1", 21, 711, 0, false, KEY_A, 1, {{702, {{702, 702}}}, {705, {{702, 705}}}}},
	{"07-kill9", "1", 12, 849, 0, false, KEY_A, 1, {{849, {{0}}}}},
	{"07b-stop-and-catch-up", "1", 19, 1212, 0, false, KEY_A, 1, {{1212, {{0}}}}},
	{"08-null-key", "1", 69, 950, 0, false, KEY_A, 30, {{924, {{907, 924}}}, {950, {{0}}}}},
	/* the chain's null takes no misses away, the operator's update of 2104 does */
	{"08b-shutdown-witness",
	 "1",
	 52,
	 2124,
	 0,
	 false,
	 KEY_A,
	 30,
	 {{2100, {{2074, 2079}, {2081, 2100}}}, {2124, {{2123, 2124}}}}},
	{"08c-null-key-round-end", "1", 32, 866, 0, false, KEY_A, 1, {{866, {{0}}}}},
	/* 1120 to 1122 are undone with their misses; the new branch has its own */
	{"09-fork", "1", 34, 1132, 0, false, KEY_A, 10, {{1122, {{1117, 1122}}}, {1132, {{1117, 1127}}}}},
	{"09-fork-block", "1", 34, 1132, 0, .dropped = false},
	{"09-fork-block", "2", 1, 0, 1, .dropped = true},
	{"09-fork-block", "3", 34, 1132, 0, .dropped = false},
	{"09b-split-no-rejoin",
	 "1",
	 39,
	 1033,
	 0,
	 false,
	 KEY_A,
	 40,
	 {{1033, {{1000, 1008}, {1010, 1029}, {1031, 1033}}}}},
	/* back from 1081 to 1078' and 1079', where nothing is missed; the 7 slots before 1080 are a halt's */
	{"09c-fork-switch-fails-midway",
	 "1",
	 22,
	 1087,
	 0,
	 false,
	 KEY_A,
	 1,
	 {{1081, {{1075, 1081}}}, {1087, {{1075, 1077}, {1081, 1082}}}}},
	{"09c-fork-switch-fails-midway-block", "1", 22, 1087, 0, .dropped = false},
	{"09c-fork-switch-fails-midway-block", "2", 1, 0, 1, .dropped = true},
	{"09c-fork-switch-fails-midway-block", "3", 22, 1087, 0, .dropped = false},
	{"11-pending-race", "1", 19, 829, 0, false, KEY_B, 1, {{829, {{0}}}}},
	{"12-round-of-21", "1", 159, 1521, 0, false, KEY_B, 1, {{1456, {{1447, 1447}, {1456, 1456}}}, {1521, {{0}}}}},
	{"13-planned-handover", "1", 85, 1611, 0, false, KEY_A, 1, {{1611, {{0}}}}},
};

/* ---- the recording ---------------------------------------------------------------------------------------------- */

struct wire {
	const struct expectation *expected;
	struct recording *answers;
	struct recorded recorded;
	size_t played, pushed;	 /* lines, frames */
	const struct look *look; /* the next */

	char *dir, *config_path, *control_path, *log_path;
	struct process host;
	int listen_fd;
	struct hostile_link *link; /* NULL: not connected */
	uint32_t subscription;	   /* the host's id; 0: none yet */
	bool fresh;		   /* nothing pushed on this connection */
	/* asked and answered since the last await_asks began */
	bool asked_schedule, asked_head, asked_witness;
	struct json *status; /* whole answer, */
	const struct json *result;
};

/* Whether it came of the subscription; its length without the id. golosd writes the id last. */
static bool is_push(const struct wire *wire, const struct recorded_line *frame, size_t *ret_len)
{
	if (!wire->expected->subscription || frame->direction != '<')
		return false;
	char *end = xasprintf("\"id\":%s}", wire->expected->subscription);
	size_t len = strlen(frame->text), end_len = strlen(end);
	bool is = len > end_len && strcmp(frame->text + len - end_len, end) == 0;

	free(end);
	*ret_len = len - end_len;
	return is;
}

static bool is_full(const struct recorded_line *frame)
{
	return strstr(frame->text, "\"block_id\"") != NULL;
}

/* A block's number is in its parent's id. */
static uint32_t frame_num(const struct recorded_line *frame)
{
	static const char key[] = "\"previous\":\"";
	const char *previous = strstr(frame->text, key);
	char digits[9];

	if (!previous)
		return 0;
	snprintf(digits, sizeof(digits), "%.8s", previous + strlen(key));
	return (uint32_t)strtoul(digits, NULL, 16) + 1;
}

/* ---- the node --------------------------------------------------------------------------------------------------- */

/* What the recorded node would tell once the line has been played. Caller frees. */
static char *answer_of(const struct wire *wire, const char *method, const char *args)
{
	int64_t now_ms = recording_lines(wire->answers)->lines[wire->played].at_ms, told_ms;

	recording_pass(wire->answers, wire->played);
	char *text = recording_answer(wire->answers, method, args, now_ms, &told_ms);
	if (!text && strcmp(method, "get_witness_by_account") == 0) /* nobody asked: foo as it was just before */
		text = json_text(recording_queried(wire->answers, "\"get_witness_by_account\",[\"foo\"]"));
	return text;
}

static void answer_call(struct wire *wire, uint32_t id)
{
	char *args, *answer;
	const struct json *params;
	struct json *request;
	struct error err;

	assert_int_equal(json_parse(&request, link_request(wire->link), strlen(link_request(wire->link)), &err), GW_OK);
	assert_int_equal(json_get_array(request, "params", &params, &err), GW_OK);
	const char *method = json_string(json_element(params, 1), NULL);
	args = json_text(json_element(params, 2));
	if (strcmp(method, "broadcast_transaction") == 0) { /* is there such a call? */
		assert_string_equal(args, "[]");
		link_send_text(wire->link,
			       "{\"jsonrpc\":\"2.0\",\"error\":{\"code\":-32002,\"message\":\"\"},\"id\":%u}", id);
		free(args);
		json_free(request);
		return;
	}
	answer = answer_of(wire, method, args);
	if (!answer)
		fail_msg("the recording has no answer to %s %s", method, args);
	link_send_text(wire->link, "{\"jsonrpc\":\"2.0\",\"result\":%s,\"id\":%u}", answer, id);
	wire->asked_head =
		wire->asked_head || (wire->asked_schedule && strcmp(method, "get_dynamic_global_properties") == 0);
	wire->asked_schedule = wire->asked_schedule || strcmp(method, "get_witness_schedule") == 0;
	wire->asked_witness = wire->asked_witness || strcmp(method, "get_witness_by_account") == 0;
	free(answer);
	free(args);
	json_free(request);
}

static void disconnect(struct wire *wire)
{
	link_close(wire->link);
	wire->link = NULL;
	wire->subscription = 0;
}

/* All requests that have come; the first is waited for. */
static void serve(struct wire *wire, int wait_ms)
{
	struct pollfd poller = {.fd = wire->link ? link_fd(wire->link) : -1, .events = POLLIN};

	for (; poll(&poller, 1, wait_ms) > 0; wait_ms = 0) {
		uint32_t id = link_next_request(wire->link);

		if (id == 0) {
			disconnect(wire);
			return;
		}
		if (strstr(link_request(wire->link), "\"set_block_applied_callback\""))
			wire->subscription = id;
		else
			answer_call(wire, id);
	}
}

/* ---- waiting ---------------------------------------------------------------------------------------------------- */

static void load_status(struct wire *wire)
{
	struct error err;

	json_free(wire->status);
	wire->status = NULL;
	wire->result = NULL;
	if (ctl_ask(wire->control_path, "{\"v\":1,\"verb\":\"status\"}", &wire->status, &wire->result, &err))
		wire->status = NULL; /* not up yet */
}

static _Noreturn void give_up(struct wire *wire, const char *what)
{
	char *text = json_text(wire->status), *command = xasprintf("cat '%s' >&2", wire->log_path);

	print_error("%s: line %zu, in vain: %s\n%s\n", wire->expected->recording, wire->played + 2, what, text);
	if (system(command))
		print_error("no log\n");
	free(command);
	free(text);
	process_end(&wire->host, SIGKILL);
	fail();
	abort();
}

/* Serves the host until the condition holds. */
static void await(struct wire *wire, bool (*holds)(struct wire *wire, uint32_t number), uint32_t number,
		  const char *what)
{
	int64_t deadline_ms = process_now_ms() + PATIENCE_MS;

	serve(wire, 0);
	while (!holds(wire, number)) {
		if (process_now_ms() > deadline_ms)
			give_up(wire, what);
		serve(wire, LOOK_MS);
	}
}

static uint64_t number_of(const struct json *object, const char *key)
{
	struct error err;
	uint64_t number;

	assert_int_equal(json_get_u64(object, key, UINT32_MAX, &number, &err), GW_OK);
	return number;
}

static const struct json *first_of(const struct json *result, const char *list)
{
	const struct json *array;
	struct error err;

	return json_get_array(result, list, &array, &err) ? NULL : json_element(array, 0);
}

static bool is_subscribed(struct wire *wire, uint32_t unused)
{
	(void)unused;
	return wire->subscription != 0;
}

static bool node_shows(struct wire *wire, uint32_t head)
{
	load_status(wire);
	return wire->result && number_of(first_of(wire->result, "nodes"), "head") == head;
}

static bool has_errors(struct wire *wire, uint32_t count)
{
	load_status(wire);
	return wire->result && number_of(first_of(wire->result, "nodes"), "protocol_errors") == count;
}

static bool is_dropped(struct wire *wire, uint32_t unused)
{
	(void)unused;
	return wire->link == NULL;
}

static bool has_asked_schedule(struct wire *wire, uint32_t unused)
{
	(void)unused;
	return wire->asked_head;
}

static bool has_asked_witness(struct wire *wire, uint32_t unused)
{
	(void)unused;
	return wire->asked_witness;
}

static bool range_has(const struct range misses[RANGES_MAX], size_t n, uint32_t *ret_block)
{
	for (size_t i = 0; i < RANGES_MAX && misses[i].first; i++) {
		size_t size = misses[i].last - misses[i].first + 1;

		if (n < size) {
			*ret_block = misses[i].first + (uint32_t)n;
			return true;
		}
		n -= size;
	}
	return false;
}

static bool shows_misses(struct wire *wire, uint32_t head)
{
	const struct json *status, *misses;
	struct error err;
	uint32_t block;
	size_t n = 0;

	load_status(wire);
	if (!wire->result)
		return false;
	assert_int_equal(json_get_object(first_of(wire->result, "instances"), "status", &status, &err), GW_OK);
	assert_int_equal(json_get_array(status, "misses", &misses, &err), GW_OK);
	for (; range_has(wire->look->misses, n, &block); n++)
		if (n >= json_array_size(misses) || number_of(json_element(misses, n), "block") != block)
			return false;
	return n == json_array_size(misses) && number_of(status, "head") == head;
}

/* ---- a run ------------------------------------------------------------------------------------------------------ */

static void write_config(const struct wire *wire, uint16_t port)
{
	const struct expectation *e = wire->expected;
	FILE *file = fopen(wire->config_path, "we");

	assert_non_null(file);
	fprintf(file,
		"node: ws://127.0.0.1:%u\nchain_id: " CHAIN_ID "\nplugin_dir: " TEST_BINARY_DIR "/plugins\n"
		"state_dir: %s/state\ncontrol: %s\ndry_run: true\nplugins:\n  - name: witness_monitor\n"
		"    witness: foo\n    witness_pubkey: %s\n    order: [" KEY_A ", " KEY_B "]\n"
		"    allowed_misses: %u\n    sign: [witness_update]\n",
		port, wire->dir, wire->control_path, e->our_key ? e->our_key : KEY_A, e->allowed_misses);
	assert_int_equal(fclose(file), 0);
}

static void start_host(struct wire *wire)
{
	char program[] = TEST_BINARY_DIR "/bin/golos-watchd", option[] = "-c", path[] = "PATH=/usr/bin:/bin";
	char *argv[] = {program, option, wire->config_path, NULL}, *environment[] = {path, NULL};
	int log = open(wire->log_path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	assert_true(log >= 0);
	wire->host = process_start(argv, environment, (struct process_output){.out = log, .err = log});
	close(log);
}

/* Answers are needed for the full form alone; get_config is the same in all. */
static const char *answers_of(const struct wire *wire)
{
	size_t len;

	for (size_t n = 0; n < wire->recorded.count; n++)
		if (is_push(wire, &wire->recorded.lines[n], &len) && is_full(&wire->recorded.lines[n]))
			return wire->expected->recording;
	return "06-two-witnesses";
}

static void open_wire(struct wire *wire, const struct expectation *e)
{
	char template[] = "/tmp/gw-wire-XXXXXX";
	uint16_t port;

	*wire = (struct wire){.expected = e, .look = e->looks};
	assert_non_null(mkdtemp(template));
	wire->dir = xstrdup(template);
	wire->config_path = xasprintf("%s/golos-watch.yml", template);
	wire->control_path = xasprintf("%s/ctl", template);
	wire->log_path = xasprintf("%s/log", template);
	recorded_read(&wire->recorded, e->recording);
	wire->answers = recording_open(answers_of(wire), strncmp(e->recording, "08b", 3) == 0 ? 3600 : 21600);
	wire->listen_fd = link_listen(&port);
	write_config(wire, port);
	start_host(wire);
}

static void close_wire(struct wire *wire)
{
	char *command = xasprintf("rm -r '%s'", wire->dir);

	assert_int_equal(process_end(&wire->host, SIGTERM), 0);
	disconnect(wire);
	close(wire->listen_fd);
	recording_close(wire->answers);
	recorded_done(&wire->recorded);
	json_free(wire->status);
	assert_int_equal(system(command), 0);
	free(command);
	free(wire->dir);
	free(wire->config_path);
	free(wire->control_path);
	free(wire->log_path);
}

static void connect_host(struct wire *wire)
{
	struct pollfd poller = {.fd = wire->listen_fd, .events = POLLIN};

	disconnect(wire);
	if (poll(&poller, 1, PATIENCE_MS) <= 0 || !(wire->link = link_accept(wire->listen_fd)))
		give_up(wire, "a connection of the host");
	wire->fresh = true;
	await(wire, is_subscribed, 0, "a subscription");
}

/* What the host must have heard of this block before the next. */
static void await_asks(struct wire *wire, bool schedule, bool witness)
{
	wire->asked_schedule = wire->asked_head = wire->asked_witness = false;
	if (schedule)
		await(wire, has_asked_schedule, 0, "the host to ask for the order");
	if (witness)
		await(wire, has_asked_witness, 0, "the host to ask for the witness");
}

static void push(struct wire *wire, const struct recorded_line *frame, size_t len)
{
	const struct look *look = wire->look;
	uint32_t num = frame_num(frame);

	link_send_text(wire->link, "%.*s\"id\":%u}", (int)len, frame->text, wire->subscription);
	wire->pushed++;
	if (!look->after || !is_full(frame))
		return;
	bool border = wire->fresh || num % SCHEDULED == 0;
	bool moves_key = wire->fresh || strstr(frame->text, "[\"witness_update\"") != NULL;
	wire->fresh = false;
	if (border || moves_key) {
		await(wire, node_shows, num, "a block to be read");
		await_asks(wire, border, moves_key);
	}
	if (num != look->after)
		return;
	await(wire, shows_misses, num, "the recording's misses");
	wire->look++;
}

static void play(struct wire *wire)
{
	for (size_t len; wire->played < wire->recorded.count; wire->played++) {
		const struct recorded_line *frame = &wire->recorded.lines[wire->played];

		if (frame->direction == '*' && strncmp(frame->text, "open", 4) == 0)
			connect_host(wire);
		if (!is_push(wire, frame, &len))
			continue;
		push(wire, frame, len);
		if (wire->expected->dropped)
			return;
	}
	wire->played--;
}

static void test_recording(void **state)
{
	const struct expectation *e = *state;
	struct wire wire;

	open_wire(&wire, e);
	play(&wire);
	assert_int_equal(wire.pushed, e->frames);
	if (e->dropped)
		await(&wire, is_dropped, 0, "the connection to be dropped");
	await(&wire, node_shows, e->head, "the last block to be read");
	await(&wire, has_errors, e->protocol_errors, "the errors");
	serve(&wire, 0);
	assert_int_equal(wire.link == NULL, e->dropped);
	assert_int_equal(wire.look->after, 0);
	close_wire(&wire);
}

/* Every PARTS-th row, from row `part` on. */
static int run_part(size_t part)
{
	static struct CMUnitTest tests[ROWS];
	size_t count = 0;

	for (size_t i = part; i < ROWS; i += PARTS)
		tests[count++] = (struct CMUnitTest){.name = expectations[i].recording,
						     .test_func = test_recording,
						     .initial_state = (void *)(uintptr_t)&expectations[i]};
	return _cmocka_run_group_tests("recordings", tests, count, NULL, NULL);
}

/* Several at once: a run waits for the host's ticks most of its time. */
int main(void)
{
	pid_t parts[PARTS];
	int failed = 0;

	for (size_t part = 0; part < PARTS; part++) {
		parts[part] = fork();
		if (parts[part] == 0)
			exit(run_part(part) != 0);
	}
	for (size_t part = 0; part < PARTS; part++) {
		int status;

		failed |= parts[part] < 0 || waitpid(parts[part], &status, 0) != parts[part] || status != 0;
	}
	return failed;
}
