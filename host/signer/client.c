/* SPDX-License-Identifier: MIT
 *
 * Host and command line.
 */
#include "signer/client.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "system/helper.h"

#define START_MS    60000  /* a keystore's passphrase may take seconds to check */
#define TERMINAL_MS 300000 /* and somebody may have to type it */
#define SIGN_MS	    2000
#define STOP_MS	    2000

struct signer {
	int fd;			  /* -1: not yet started */
	int64_t end_ms;		  /* of the monotonic clock: by then the call under way returns */
	int64_t pending_since_ms; /* of the first request since its last message; 0: no answer is due */
	pid_t pid;
	bool ended;  /* or was told to, and given up on */
	bool reaped; /* wait_status says how */
	int wait_status;
	uint32_t last_id;
	enum refusal last_refusal;
	struct message_ready ready;
	struct message message; /* question or answer under way */
	uint8_t bytes[SIGNER_MESSAGE_MAX];
};

/* ---- the channel ------------------------------------------------------------------------------------------------- */

/* Waits for the end and reaps. False: it did not come in time. */
static bool await_end(struct signer *signer)
{
	struct pollfd end = {.fd = pidfd_open(signer->pid, 0), .events = POLLIN};
	int ended = 0;

	if (end.fd >= 0) {
		do
			ended = poll(&end, 1, STOP_MS);
		while (ended < 0 && errno == EINTR);
		close(end.fd);
	}
	pid_t reaped;
	do
		reaped = waitpid(signer->pid, &signer->wait_status, WNOHANG);
	while (reaped < 0 && errno == EINTR);
	return reaped == signer->pid;
}

/* Awaits the end that a closed channel brings, and kills where it does not come. A thread that waits for a disk ends
 * with the disk's answer, and no kill makes that sooner. Such a process is not waited for, and holds the count file's
 * lock until then. */
static void reap(struct signer *signer)
{
	signer->ended = true;
	signer->reaped = await_end(signer);
	if (signer->reaped)
		return;
	kill(signer->pid, SIGKILL);
	signer->reaped = await_end(signer);
}

static gw_status tell_end(struct signer *signer, struct error *err)
{
	if (!signer->ended)
		return error_set(err, GW_ERR_UNAVAILABLE, "the signer was never started");
	if (!signer->reaped)
		return error_set(err, GW_ERR_UNAVAILABLE, "the signer was killed, and its disk does not let it end");
	if (WIFSIGNALED(signer->wait_status))
		return error_set(err, GW_ERR_UNAVAILABLE, "the signer was killed by signal %d",
				 WTERMSIG(signer->wait_status));
	return error_set(err, GW_ERR_UNAVAILABLE, "the signer ended with status %d", WEXITSTATUS(signer->wait_status));
}

/* The channel is closed or broken: the signer ends, or is ended. */
static gw_status give_up(struct signer *signer, struct error *err)
{
	/* Ends the signer. Our end stays open until signer_stop, and readable: the loop that watches it is to see it.
	 */
	if (signer->fd >= 0)
		shutdown(signer->fd, SHUT_RDWR);
	if (signer->pid > 0 && !signer->ended)
		reap(signer);
	return tell_end(signer, err);
}

/* Waits until the channel may be used so (POLLIN, POLLOUT), or the call's time is over: GW_ERR_TIMEOUT. */
static gw_status wait_channel(struct signer *signer, short events, struct error *err)
{
	struct pollfd channel = {.fd = signer->fd, .events = events};
	int ready;

	do {
		int64_t left_ms = signer->end_ms - clock_ms(CLOCK_MONOTONIC);

		ready = poll(&channel, 1, left_ms > 0 ? (int)left_ms : 0);
	} while (ready < 0 && errno == EINTR);
	return ready > 0 ? GW_OK : error_set(err, GW_ERR_TIMEOUT, "the signer does not answer");
}

static gw_status send_message(struct signer *signer, struct error *err)
{
	size_t len = 0;

	if (message_encode(signer->bytes, &len, &signer->message) != GW_OK)
		return error_set(err, GW_ERR_RANGE, "a message to the signer holds a value that is too long");
	for (;;) {
		gw_status status = wait_channel(signer, POLLOUT, err);

		if (status != GW_OK)
			return status;
		ssize_t n = send(signer->fd, signer->bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n == (ssize_t)len) {
			signer->pending_since_ms =
				signer->pending_since_ms ? signer->pending_since_ms : clock_ms(CLOCK_MONOTONIC);
			return GW_OK;
		}
		if (n >= 0 || (errno != EINTR && errno != EAGAIN))
			return GW_ERR_UNAVAILABLE; /* its last messages may still be read */
	}
}

/* The next message. GW_ERR_TIMEOUT, GW_ERR_UNAVAILABLE, GW_ERR_PROTOCOL. */
static gw_status receive_message(struct signer *signer, struct error *err)
{
	for (;;) {
		gw_status status = wait_channel(signer, POLLIN, err);

		if (status != GW_OK)
			return status;
		ssize_t n = recv(signer->fd, signer->bytes, sizeof(signer->bytes), MSG_TRUNC | MSG_DONTWAIT);

		/* ECONNRESET comes once, when it ended with messages of ours unread, and before its own last ones. */
		if (n < 0 && (errno == EINTR || errno == EAGAIN || errno == ECONNRESET))
			continue;
		if (n <= 0)
			return give_up(signer, err);
		signer->pending_since_ms = 0;
		return message_decode(&signer->message, signer->bytes, (size_t)n, err);
	}
}

/* ---- set-up ------------------------------------------------------------------------------------------------------ */

static gw_status put_text(char *ret, size_t size, const char *text, const char *what, struct error *err)
{
	if (!text)
		text = "";
	if ((size_t)snprintf(ret, size, "%s", text) >= size)
		return error_set(err, GW_ERR_RANGE, "%s is longer than %zu bytes", what, size - 1);
	return GW_OK;
}

static gw_status put_user(struct message_setup *ret, const char *user, struct error *err)
{
	if (!user || geteuid() != 0)
		return GW_OK;
	errno = 0;
	const struct passwd *entry = getpwnam(user);

	if (!entry)
		return error_set(err, GW_ERR_CONFIG, "the signer's user %s does not exist", user);
	ret->has_user = true;
	ret->uid = entry->pw_uid;
	ret->gid = entry->pw_gid;
	return GW_OK;
}

static void begin(struct signer *signer, enum message_type type)
{
	memset(&signer->message, 0, sizeof(signer->message));
	signer->message.type = type;
}

static gw_status send_setup(struct signer *signer, const struct signer_setup *setup, struct error *err)
{
	struct message_setup *message = &signer->message.setup;

	begin(signer, MESSAGE_SETUP);
	message->chain = setup->chain;
	message->inline_keys = setup->inline_keys_fd >= 0;
	message->log_json = setup->log_json;
	message->quiet = setup->quiet;
	message->log_to_journal = getenv("JOURNAL_STREAM") != NULL;
	if (put_user(message, setup->user, err) ||
	    put_text(message->count_file, sizeof(message->count_file), setup->count_file, "count file", err) ||
	    put_text(message->credentials, sizeof(message->credentials), getenv("CREDENTIALS_DIRECTORY"),
		     "$CREDENTIALS_DIRECTORY", err))
		return err->status;
	return send_message(signer, err);
}

static gw_status send_path(struct signer *signer, enum message_type type, const char *path, const char *what,
			   struct error *err)
{
	begin(signer, type);
	gw_status status = put_text(signer->message.path, sizeof(signer->message.path), path, what, err);

	return status == GW_OK ? send_message(signer, err) : status;
}

static gw_status send_all(struct signer *signer, const struct signer_setup *setup, struct error *err)
{
	gw_status status = send_setup(signer, setup, err);

	for (size_t i = 0; status == GW_OK && i < setup->key_count; i++)
		status = send_path(signer, MESSAGE_KEY, setup->keys[i], "source of keys", err);
	for (size_t i = 0; status == GW_OK && i < setup->instance_count; i++) {
		begin(signer, MESSAGE_INSTANCE);
		signer->message.instance = setup->instances[i];
		status = send_message(signer, err);
	}
	if (status == GW_OK && setup->golosd_config)
		status = send_path(signer, MESSAGE_GOLOSD_CONFIG, setup->golosd_config, "golosd_config", err);
	if (status == GW_OK) {
		begin(signer, MESSAGE_SEAL);
		status = send_message(signer, err);
	}
	return status;
}

static bool asks_terminal(const struct signer_setup *setup)
{
	for (size_t i = 0; i < setup->key_count; i++) {
		const char *passphrase = strstr(setup->keys[i], ",passphrase=");

		if (strncmp(setup->keys[i], "keystore:", 9) == 0 && (!passphrase || strstr(passphrase, "=tty")))
			return true;
	}
	return false;
}

static gw_status wait_ready(struct signer *signer, struct error *err)
{
	gw_status status = receive_message(signer, err);

	if (status != GW_OK)
		return status;
	if (signer->message.type == MESSAGE_FAILED) {
		const struct message_failed *failed = &signer->message.failed;

		return error_set(err, failed->status < 0 ? failed->status : GW_ERR_PROTOCOL, "signer: %s",
				 failed->text);
	}
	if (signer->message.type != MESSAGE_READY)
		return error_set(err, GW_ERR_PROTOCOL, "the signer answered its set-up with message %d",
				 (int)signer->message.type);
	signer->ready = signer->message.ready;
	return GW_OK;
}

gw_status signer_start(struct signer **ret, const struct signer_setup *setup, struct error *err)
{
	struct signer *signer = xcalloc(1, sizeof(*signer));

	signer->end_ms = clock_ms(CLOCK_MONOTONIC) + (asks_terminal(setup) ? TERMINAL_MS : START_MS);
	signer->fd = -1;
	signer->pid = -1;
	char *program = setup->program ? xstrdup(setup->program) : helper_find_program("golos-watch-signer");
	gw_status status = helper_start(&signer->fd, &signer->pid, program, setup->inline_keys_fd, err);

	free(program);
	if (setup->inline_keys_fd >= 0)
		close(setup->inline_keys_fd);
	if (status == GW_OK)
		status = send_all(signer, setup, err);
	if (status == GW_OK || status == GW_ERR_UNAVAILABLE)
		status = wait_ready(signer, err);
	if (status != GW_OK) {
		signer_stop(signer);
		return status;
	}
	*ret = signer;
	return GW_OK;
}

/* ---- service ----------------------------------------------------------------------------------------------------- */

size_t signer_keys(const struct signer *signer, const struct public_key **ret)
{
	*ret = signer->ready.keys;
	return signer->ready.key_count;
}

const struct golosd_config_facts *signer_golosd_config(const struct signer *signer)
{
	return &signer->ready.golosd_config;
}

int signer_fd(const struct signer *signer)
{
	return signer->fd;
}

pid_t signer_pid(const struct signer *signer)
{
	return signer->pid;
}

enum refusal signer_last_refusal(const struct signer *signer)
{
	return signer->last_refusal;
}

bool signer_has_ended(struct signer *signer, struct error *err)
{
	while (signer->fd >= 0) {
		ssize_t n = recv(signer->fd, signer->bytes, sizeof(signer->bytes), MSG_DONTWAIT);

		if (n > 0) {
			signer->pending_since_ms = 0;
			continue; /* it is there, or an answer that came too late */
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return false;
		break;
	}
	give_up(signer, err);
	return true;
}

/* Each question has a number of its own; 0 is the set-up's. */
static void begin_question(struct signer *signer, enum message_type type)
{
	begin(signer, type);
	signer->message.id = signer->last_id = signer->last_id == UINT32_MAX ? 1 : signer->last_id + 1;
}

void signer_ping(struct signer *signer)
{
	struct error ignored;

	if (signer->ended || signer->pending_since_ms)
		return;
	signer->end_ms = 0; /* it is not waited for */
	begin_question(signer, MESSAGE_PING);
	(void)!send_message(signer, &ignored);
}

int64_t signer_silent_ms(const struct signer *signer)
{
	return signer->pending_since_ms ? clock_ms(CLOCK_MONOTONIC) - signer->pending_since_ms : 0;
}

static gw_status take_answer(struct signer *signer, struct signed_transaction *ret, struct error *err)
{
	const struct message *answer = &signer->message;

	if (answer->type == MESSAGE_REFUSED && refusal_name(answer->refused.refusal) && answer->refused.refusal) {
		signer->last_refusal = answer->refused.refusal;
		return error_set(err, GW_ERR_DENIED, "the signer refused: %s", answer->refused.text);
	}
	if (answer->type != MESSAGE_SIGNED) {
		give_up(signer, NULL);
		return error_set(err, GW_ERR_UNAVAILABLE, "the signer answered with message %d", (int)answer->type);
	}
	*ret = answer->done;
	return GW_OK;
}

/* The answer to question `last_id`; those of earlier questions, given up on, are passed over. */
static gw_status wait_answer(struct signer *signer, struct error *err)
{
	for (;;) {
		gw_status status = receive_message(signer, err);

		if (status == GW_ERR_PROTOCOL) {
			give_up(signer, NULL);
			return GW_ERR_UNAVAILABLE;
		}
		if (status != GW_OK || signer->message.id == signer->last_id)
			return status;
	}
}

/* Sends the question, waiting for room until the call's end. */
static gw_status ask(struct signer *signer, uint32_t instance, bool ordered, const struct transaction *tx,
		     const uint32_t *keys, size_t key_count, struct error *err)
{
	struct message_sign *sign = &signer->message.sign;

	if (key_count > SIGNER_KEYS_MAX)
		return error_set(err, GW_ERR_RANGE, "%zu keys, more than %d", key_count, SIGNER_KEYS_MAX);
	begin_question(signer, MESSAGE_SIGN);
	sign->instance = instance;
	sign->ordered = ordered;
	sign->tx = *tx;
	sign->key_count = (uint32_t)key_count;
	if (key_count)
		memcpy(sign->keys, keys, key_count * sizeof(keys[0]));
	return send_message(signer, err);
}

void signer_ask_ahead(struct signer *signer, uint32_t instance, bool ordered, const struct transaction *tx,
		      const uint32_t *keys, size_t key_count)
{
	struct error ignored;

	signer->end_ms = 0; /* it is not waited for */
	if (!signer->ended)
		(void)!ask(signer, instance, ordered, tx, keys, key_count,
			   &ignored); /* signer_sign meets what is wrong */
}

gw_status signer_sign(struct signer *signer, uint32_t instance, bool ordered, const struct transaction *tx,
		      const uint32_t *keys, size_t key_count, struct signed_transaction *ret, struct error *err)
{
	signer->last_refusal = REFUSED_NOT;
	/* one that has kept a question waiting for so long is not waited for again */
	signer->end_ms = signer_silent_ms(signer) < SIGN_MS ? clock_ms(CLOCK_MONOTONIC) + SIGN_MS : 0;
	if (signer->ended)
		return tell_end(signer, err);
	gw_status status = ask(signer, instance, ordered, tx, keys, key_count, err);

	if (status == GW_ERR_UNAVAILABLE)
		return give_up(signer, err);
	if (status == GW_OK)
		status = wait_answer(signer, err);
	return status == GW_OK ? take_answer(signer, ret, err) : status;
}

void signer_stop(struct signer *signer)
{
	if (!signer)
		return;
	give_up(signer, NULL);
	if (signer->fd >= 0)
		close(signer->fd);
	free(signer);
}
