/* SPDX-License-Identifier: MIT
 *
 * Everything that a host gone bad could send the real golos-watch-signer: what is odd ends it, what is not granted is
 * refused.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"

TEST(raw_signing_works)
{
	struct raw raw = raw_start_ready();
	struct message message = raw_sign_message();

	raw_send(&raw, &message);
	raw_receive(&raw, &message);
	assert_int_equal(message.type, MESSAGE_SIGNED);
	assert_int_equal(message.id, 1);
	close(raw.fd);
	raw.fd = -1;
	assert_int_equal(raw_end(&raw), EXIT_OK);
}

/* Each type that is not SIGN, once it is sealed; set-up again among them. */
TEST(other_types_end_it)
{
	static const enum message_type types[] = {
		MESSAGE_SETUP, MESSAGE_KEY,    MESSAGE_INSTANCE, MESSAGE_GOLOSD_CONFIG, MESSAGE_SEAL,
		MESSAGE_READY, MESSAGE_FAILED, MESSAGE_SIGNED,	 MESSAGE_REFUSED,	MESSAGE_PONG};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		struct raw raw = raw_start_ready();
		const struct message message = {.type = types[i], .id = 1};

		raw_send(&raw, &message);
		assert_int_equal(raw_end(&raw), EXIT_SIGNER);
	}
}

TEST(a_ping_is_answered)
{
	struct raw raw = raw_start_ready();
	struct message ping = {.type = MESSAGE_PING, .id = 77}, answer;

	raw_send(&raw, &ping);
	raw_receive(&raw, &answer);
	assert_int_equal(answer.type, MESSAGE_PONG);
	assert_int_equal(answer.id, 77);
	ping.id = 0; /* a question has a number */
	raw_send(&raw, &ping);
	assert_int_equal(raw_end(&raw), EXIT_SIGNER);
}

/* One byte changed in each field of the header, cuts, and what is too long. */
TEST(odd_bytes_end_it)
{
	static uint8_t bytes[SIGNER_MESSAGE_MAX + 1000];
	struct message message = raw_sign_message();
	size_t len;

	assert_int_equal(message_encode(bytes, &len, &message), GW_OK);
	for (size_t at = 0; at < SIGNER_HEADER_BYTES; at += at == 7 ? 5 : 1) { /* 8 to 11: the request's number */
		struct raw raw = raw_start_ready();

		bytes[at] ^= 0x40;
		raw_send_bytes(&raw, bytes, len);
		bytes[at] ^= 0x40;
		assert_int_equal(raw_end(&raw), EXIT_SIGNER);
	}
	const size_t lengths[] = {1, 15, 16, len - 1, len + 1, SIGNER_MESSAGE_MAX, sizeof(bytes)};

	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct raw raw = raw_start_ready();

		raw_send_bytes(&raw, bytes, lengths[i]);
		assert_int_equal(raw_end(&raw), EXIT_SIGNER);
	}
}

TEST(setup_out_of_order)
{
	const struct message setup = {.type = MESSAGE_SETUP}, seal = {.type = MESSAGE_SEAL};
	const struct message key = {.type = MESSAGE_KEY, .path = "file:/nonexistent"};
	const struct message config = {.type = MESSAGE_GOLOSD_CONFIG, .path = "/nonexistent"};
	const struct message *const orders[][3] = {
		{&seal}, {&key}, {&setup, &setup}, {&setup, &config, &key}, {&setup, &config, &config},
	};

	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct raw raw = raw_start();
		struct message answer;

		for (size_t n = 0; n < 3 && orders[i][n]; n++)
			raw_send(&raw, orders[i][n]);
		raw_receive(&raw, &answer);
		assert_int_equal(answer.type, MESSAGE_FAILED);
		assert_int_equal(answer.failed.status, GW_ERR_PROTOCOL);
		assert_int_equal(raw_end(&raw), EXIT_SIGNER);
	}
}

TEST(too_many_of_each)
{
	const struct message setup = {.type = MESSAGE_SETUP};
	struct message key = {.type = MESSAGE_KEY, .path = "file:/nonexistent"}, answer;
	struct message instance = {.type = MESSAGE_INSTANCE};

	instance.instance = (struct signer_policy_instance){.witness = "foo", .grants = 2, .max_signatures = 1};
	for (int which = 0; which < 2; which++) {
		struct raw raw = raw_start();
		int count = which ? SIGNER_INSTANCES_MAX : SIGNER_KEYS_MAX;

		raw_send(&raw, &setup);
		for (int i = 0; i <= count; i++)
			raw_send(&raw, which ? &instance : &key);
		raw_receive(&raw, &answer);
		assert_int_equal(answer.type, MESSAGE_FAILED);
		assert_int_equal(answer.failed.status, GW_ERR_PROTOCOL);
		assert_int_equal(raw_end(&raw), EXIT_SIGNER);
	}
}

/* Every operation there is, for every account: what comes back is REFUSED, and the signer still serves. */
TEST(every_operation)
{
	struct raw raw = raw_start_ready();

	for (uint32_t type = 0; type < 80; type++) {
		struct message message = raw_sign_message();

		if (type == OPERATION_WITNESS_UPDATE || type == OPERATION_FEED_PUBLISH ||
		    type == OPERATION_CHAIN_PROPERTIES_UPDATE)
			continue;
		message.id = type + 1;
		message.sign.tx.operations[0].type = type;
		raw_send(&raw, &message);
		raw_receive(&raw, &message);
		assert_int_equal(message.type, MESSAGE_REFUSED);
		assert_int_equal(message.id, type + 1);
		assert_int_equal(message.refused.refusal, REFUSED_OPERATION);
	}
	struct message good = raw_sign_message();

	raw_send(&raw, &good);
	raw_receive(&raw, &good);
	assert_int_equal(good.type, MESSAGE_SIGNED);
	close(raw.fd);
	raw.fd = -1;
	assert_int_equal(raw_end(&raw), EXIT_OK);
}

/* The same question twice in a row: the same signature, and no room for another transaction taken. */
TEST(replay)
{
	struct raw raw = raw_start_ready();
	struct message question = raw_sign_message(), first, second;

	raw_send(&raw, &question);
	raw_receive(&raw, &first);
	for (int i = 0; i < 10; i++) {
		raw_send(&raw, &question);
		raw_receive(&raw, &second);
		assert_int_equal(second.type, MESSAGE_SIGNED);
		assert_memory_equal(&second.done.signatures[0], &first.done.signatures[0], SIGNATURE_BYTES);
	}
	close(raw.fd);
	raw.fd = -1;
	assert_int_equal(raw_end(&raw), EXIT_OK);
}

TEST(not_started_by_hand)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		close_range(3, ~0U, 0);
		execl(PROGRAM, "golos-watch-signer", (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(WEXITSTATUS(status), EXIT_USAGE);
}

int main(void)
{
	return test_run(fixture_make_directory, fixture_remove_directory);
}
