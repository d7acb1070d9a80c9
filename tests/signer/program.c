/* SPDX-License-Identifier: MIT */
#include "program.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 60000 /* nothing here takes so long; a sanitizer on a busy machine may need some of it */

static const struct chain_id chain = {{0x78, 0x2a}};

void program_setup_key(struct program_setup *ret, size_t place, const char *source)
{
	snprintf(ret->key_text[place], sizeof(ret->key_text[place]), "%s", source);
	ret->keys[place] = ret->key_text[place];
	if (ret->setup.key_count <= place)
		ret->setup.key_count = place + 1;
}

void program_setup_init(struct program_setup *ret)
{
	char source[300];

	memset(ret, 0, sizeof(*ret));
	snprintf(source, sizeof(source), "file:%s", fixture_file("key0", fixture_keys[0].wif, 51, 0400));
	ret->instances[0] = (struct signer_policy_instance){
		.witness = "foo", .grants = SIGN_ALL, .max_signatures = 6, .feed = FIXTURE_BOUNDS};
	ret->instances[0].signing_key = fixture_public(0);
	ret->setup = (struct signer_setup){
		.program = PROGRAM,
		.chain = chain,
		.keys = ret->keys,
		.inline_keys_fd = -1,
		.instances = ret->instances,
		.instance_count = 1,
	};
	program_setup_key(ret, 0, source);
}

struct signer *program_start(const struct program_setup *setup)
{
	struct signer *signer = NULL;
	struct error err = {.text = ""};

	if (signer_start(&signer, &setup->setup, &err) != GW_OK)
		fail_msg("the signer does not start: %s", err.text);
	return signer;
}

void program_refused(const struct program_setup *setup, gw_status status, const char *part)
{
	struct signer *signer = NULL;
	struct error err = {.text = ""};
	gw_status got = signer_start(&signer, &setup->setup, &err);

	if (got != status || !strstr(err.text, part))
		fail_msg("status %d, \"%s\"; wanted %d and \"%s\"", got, err.text, status, part);
	for (size_t i = 0; i < FIXTURE_KEYS; i++) {
		char piece[9];

		snprintf(piece, sizeof(piece), "%.8s", fixture_keys[i].wif + 20);
		assert_null(strstr(err.text, piece));
	}
}

const uint32_t program_first_key[1] = {0};

struct transaction program_update(void)
{
	struct public_key key = fixture_public(0);

	return fixture_update("foo", &key, program_now_s() + 30);
}

gw_status program_sign(struct signer *signer, const struct transaction *tx, struct error *err)
{
	struct signed_transaction done;

	return signer_sign(signer, 0, false, tx, program_first_key, 1, &done, err);
}

gw_status program_sign_different(struct signer *signer, uint16_t n, struct error *err)
{
	struct transaction tx = program_update();

	tx.ref_block_num = n;
	return program_sign(signer, &tx, err);
}

gw_status program_sign_ordered(struct signer *signer, uint16_t n, struct error *err)
{
	struct transaction tx = program_update();
	struct signed_transaction done;

	tx.ref_block_num = n;
	return signer_sign(signer, 0, true, &tx, program_first_key, 1, &done, err);
}

int64_t program_now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

struct digest program_digest(const struct signed_transaction *done)
{
	struct digest digest;

	transaction_digest(&digest, &chain, &done->bytes);
	return digest;
}

/* ---- the raw channel -------------------------------------------------------------------------------------------- */

struct raw raw_start(void)
{
	struct raw raw;
	int channel[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel), 0);
	raw.fd = channel[0];
	raw.pid = fork();
	assert_true(raw.pid >= 0);
	if (raw.pid == 0) {
		int far = fcntl(channel[1], F_DUPFD, 100);

		dup2(far, SIGNER_CHANNEL_FD);
		close_range(SIGNER_CHANNEL_FD + 1, ~0U, 0);
		execle(PROGRAM, "golos-watch-signer", (char *)NULL, (char *[]){NULL});
		_exit(127);
	}
	close(channel[1]);
	return raw;
}

struct raw raw_start_ready(void)
{
	struct raw raw = raw_start();
	struct message setup = {.type = MESSAGE_SETUP}, key = {.type = MESSAGE_KEY}, answer;
	struct message instance = {.type = MESSAGE_INSTANCE}, seal = {.type = MESSAGE_SEAL};

	setup.setup.chain = chain;
	snprintf(key.path, sizeof(key.path), "file:%s", fixture_file("key0", fixture_keys[0].wif, 51, 0400));
	instance.instance = (struct signer_policy_instance){
		.witness = "foo", .grants = SIGN_ALL, .max_signatures = 6, .feed = FIXTURE_BOUNDS};
	instance.instance.signing_key = fixture_public(0);
	raw_send(&raw, &setup);
	raw_send(&raw, &key);
	raw_send(&raw, &instance);
	raw_send(&raw, &seal);
	raw_receive(&raw, &answer);
	assert_int_equal(answer.type, MESSAGE_READY);
	return raw;
}

struct message raw_sign_message(void)
{
	struct message message = {.type = MESSAGE_SIGN, .id = 1};

	message.sign.key_count = 1;
	message.sign.tx = program_update();
	return message;
}

void raw_send_bytes(const struct raw *raw, const void *bytes, size_t len)
{
	assert_int_equal(send(raw->fd, bytes, len, MSG_NOSIGNAL), (ssize_t)len);
}

void raw_send(const struct raw *raw, const struct message *message)
{
	static uint8_t bytes[SIGNER_MESSAGE_MAX];
	size_t len;

	assert_int_equal(message_encode(bytes, &len, message), GW_OK);
	raw_send_bytes(raw, bytes, len);
}

void raw_receive(const struct raw *raw, struct message *ret)
{
	static uint8_t bytes[SIGNER_MESSAGE_MAX];
	struct pollfd channel = {.fd = raw->fd, .events = POLLIN};
	struct error err = {.text = ""};

	assert_int_equal(poll(&channel, 1, PATIENCE_MS), 1);
	ssize_t n = recv(raw->fd, bytes, sizeof(bytes), 0);

	assert_true(n > 0);
	if (message_decode(ret, bytes, (size_t)n, &err) != GW_OK)
		fail_msg("%s", err.text);
}

int raw_end(struct raw *raw)
{
	struct pollfd channel = {.fd = raw->fd, .events = 0}; /* hang-up alone */
	int status = 0;

	if (raw->fd >= 0) {
		if (poll(&channel, 1, PATIENCE_MS) != 1)
			kill(raw->pid, SIGKILL);
		close(raw->fd);
		raw->fd = -1;
	}
	assert_int_equal(waitpid(raw->pid, &status, 0), raw->pid);
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}
