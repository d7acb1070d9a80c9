/* SPDX-License-Identifier: MIT
 *
 * golos-watch-signer: holds the active keys, signs what its policy grants, and can do nothing else. Started by
 * golos-watchd or golos-watch (client.c), never by hand. One thread, one that writes the count file
 * (count_writer.h), and one that writes the log; memory is taken at start.
 *
 * set-up -> files opened -> user dropped -> hardened -> secrets read -> sealed -> service, until the channel closes.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/standard_files.h"
#include "signer/program/golosd_config.h"
#include "signer/program/harden.h"
#include "signer/program/ledger.h"
#include "signer/program/secrets.h"
#include "system/harden.h"

#define STACK_TO_WIPE 16384 /* what a call that touched a key may have left below us */
#define TEXT_MAX      1024

struct signer {
	pid_t host;
	uid_t user; /* whose the files may be, beside root's: the one we run as in the end */
	struct message_setup setup;
	size_t key_text_count, source_count, instance_count;
	char key_texts[SIGNER_KEYS_MAX][SIGNER_PATH_SIZE];
	struct key_source sources[SIGNER_KEYS_MAX + 1]; /* and the inline keys */
	struct signer_policy_instance instances[SIGNER_INSTANCES_MAX];
	bool has_golosd_config;
	int golosd_config_fd, golosd_config_errno;
	char golosd_config_path[SIGNER_PATH_SIZE];
	struct golosd_config_facts golosd_config;
	struct key_ring *ring;
	struct ledger ledger;
	struct message question, answer;
	bool repeated; /* the answer was given before: it is one signature, and logged once */
	uint8_t bytes[SIGNER_MESSAGE_MAX];
};

/* ---- the channel ------------------------------------------------------------------------------------------------- */

/* GW_ERR_UNAVAILABLE: the host closed it. GW_ERR_PROTOCOL: odd. */
static gw_status receive(struct signer *signer, struct error *err)
{
	ssize_t n;

	do
		n = recv(SIGNER_CHANNEL_FD, signer->bytes, sizeof(signer->bytes), MSG_TRUNC);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return error_set(err, GW_ERR_UNAVAILABLE, "the host is gone");
	return message_decode(&signer->question, signer->bytes, (size_t)n, err);
}

static gw_status send_answer(struct signer *signer, struct error *err)
{
	size_t len = 0;
	ssize_t n;

	if (message_encode(signer->bytes, &len, &signer->answer) != GW_OK)
		return error_set(err, GW_ERR_INTERNAL, "an answer that has no form");
	do
		n = send(SIGNER_CHANNEL_FD, signer->bytes, len, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)len ? GW_OK : error_set(err, GW_ERR_UNAVAILABLE, "the host is gone");
}

static gw_status out_of_order(const struct signer *signer, struct error *err)
{
	return error_set(err, GW_ERR_PROTOCOL, "message %u is not for now", signer->question.type);
}

/* ---- set-up ------------------------------------------------------------------------------------------------------ */

static gw_status take_key(struct signer *signer, struct error *err)
{
	if (signer->key_text_count == SIGNER_KEYS_MAX)
		return error_set(err, GW_ERR_PROTOCOL, "more than %d sources of keys", SIGNER_KEYS_MAX);
	memcpy(signer->key_texts[signer->key_text_count++], signer->question.path, SIGNER_PATH_SIZE);
	return GW_OK;
}

static gw_status take_instance(struct signer *signer, struct error *err)
{
	if (signer->instance_count == SIGNER_INSTANCES_MAX)
		return error_set(err, GW_ERR_PROTOCOL, "more than %d instances", SIGNER_INSTANCES_MAX);
	signer->instances[signer->instance_count++] = signer->question.instance;
	return policy_check_instance(&signer->question.instance, err);
}

static gw_status take_golosd_config(struct signer *signer, struct error *err)
{
	if (signer->has_golosd_config)
		return out_of_order(signer, err);
	signer->has_golosd_config = true;
	memcpy(signer->golosd_config_path, signer->question.path, SIGNER_PATH_SIZE);
	return GW_OK;
}

/* One message after SETUP. Types only rise: the order is part of the protocol. */
static gw_status take_message(struct signer *signer, enum message_type last, struct error *err)
{
	enum message_type type = signer->question.type;

	if (type < last || signer->question.id != 0)
		return out_of_order(signer, err);
	if (type == MESSAGE_KEY)
		return take_key(signer, err);
	if (type == MESSAGE_INSTANCE)
		return take_instance(signer, err);
	if (type == MESSAGE_GOLOSD_CONFIG)
		return take_golosd_config(signer, err);
	return type == MESSAGE_SEAL ? GW_OK : out_of_order(signer, err);
}

static gw_status take_setup(struct signer *signer, struct error *err)
{
	gw_status status = receive(signer, err);

	if (status != GW_OK)
		return status;
	if (signer->question.type != MESSAGE_SETUP || signer->question.id != 0)
		return out_of_order(signer, err);
	signer->setup = signer->question.setup;
	if (signer->setup.log_to_journal)
		setenv("JOURNAL_STREAM", "host's", 1); /* as log_init looks for it; our environment is empty */
	log_init("signer", signer->setup.log_json ? LOG_JSON : LOG_TEXT, signer->setup.quiet ? GW_CRITICAL : GW_INFO);
	signer->user = geteuid() == 0 && signer->setup.has_user ? signer->setup.uid : geteuid();
	for (enum message_type last = MESSAGE_SETUP; status == GW_OK && last != MESSAGE_SEAL;
	     last = signer->question.type) {
		status = receive(signer, err);
		if (status == GW_OK)
			status = take_message(signer, last, err);
	}
	return status;
}

/* ---- files, with the rights we were started with ----------------------------------------------------------------- */

static gw_status open_sources(struct signer *signer, struct error *err)
{
	for (; signer->source_count < signer->key_text_count; signer->source_count++)
		if (key_source_open(&signer->sources[signer->source_count], signer->key_texts[signer->source_count],
				    signer->user, signer->setup.credentials, err))
			return err->status;
	if (signer->setup.inline_keys &&
	    key_source_open_inline(&signer->sources[signer->source_count++], SIGNER_INLINE_KEYS_FD, err))
		return err->status;
	return GW_OK;
}

/* A directory that others can write makes the count theirs: they may take the file away. */
static void warn_of_count_directory(const char *count_file, uid_t owner)
{
	char path[SIGNER_PATH_SIZE];
	struct stat st;

	snprintf(path, sizeof(path), "%s", count_file);
	const char *directory = dirname(path);

	if (stat(directory, &st) == 0 && ((st.st_uid != 0 && st.st_uid != owner) || (st.st_mode & 022)))
		log_line(GW_WARNING, NULL,
			 "%s can be written by another user than the signer's, who may take %s away and so renew the "
			 "hour's signatures at a restart",
			 directory, count_file);
}

/* golosd's own file is golosd's own matter, but its key is worth a word. */
static void open_golosd_config(struct signer *signer)
{
	const char *path = signer->golosd_config_path;
	struct stat st;

	signer->golosd_config_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	signer->golosd_config_errno = errno;
	if (signer->golosd_config_fd >= 0 && fstat(signer->golosd_config_fd, &st) == 0 && (st.st_mode & 007))
		log_line(GW_WARNING, NULL, "%s holds golosd's private key, and every user can reach it: chmod o= it",
			 path);
}

static gw_status open_files(struct signer *signer, struct error *err)
{
	const char *count_file = signer->setup.count_file[0] ? signer->setup.count_file : NULL;
	gw_status status = open_sources(signer, err);

	if (status != GW_OK)
		return status;
	if (signer->has_golosd_config)
		open_golosd_config(signer);
	if (count_file)
		warn_of_count_directory(count_file, signer->user);
	status = ledger_open(&signer->ledger, count_file, signer->user, clock_ms(CLOCK_REALTIME) / 1000, err);
	if (status == GW_OK && signer->ledger.damaged)
		log_line(GW_WARNING, NULL, "%s was damaged; what is lost counts as made now", count_file);
	if (status == GW_OK && signer->ledger.refused)
		log_line(GW_CRITICAL, NULL,
			 "%s cannot be written: %s; nothing is signed within an hour of our start, and later once for "
			 "each witness, until we are started again on a disk that can be written",
			 count_file, strerror(signer->ledger.refused));
	return status;
}

static gw_status drop_user(struct signer *signer, struct error *err)
{
	if (geteuid() != 0 || !signer->setup.has_user)
		return GW_OK; /* the host has logged what that means */
	if (signer->setup.uid == 0) {
		log_line(GW_WARNING, NULL, "'signer.user' is root: what root may do to it is not stopped");
		return GW_OK;
	}
	return harden_drop_user(signer->setup.uid, signer->setup.gid, err);
}

static gw_status read_secrets(struct signer *signer, struct error *err)
{
	bool locked = false;
	gw_status status = key_ring_new(&signer->ring, &locked, err);

	if (status != GW_OK)
		return status;
	if (!locked)
		log_line(GW_WARNING, NULL, "the system locks no memory for us (ulimit -l): a key could be swapped out");
	for (size_t i = 0; status == GW_OK && i < signer->source_count; i++)
		status = key_source_read(signer->ring, &signer->sources[i], err);
	key_ring_freeze(signer->ring);
	if (signer->has_golosd_config)
		golosd_config_read(&signer->golosd_config, signer->golosd_config_fd, signer->golosd_config_errno,
				   signer->golosd_config_path);
	sodium_stackzero(STACK_TO_WIPE);
	return status;
}

static void tell_of_count_file(const char *why)
{
	if (why)
		log_line(GW_CRITICAL, NULL,
			 "the count file cannot be written: %s; until it is back each key signs for each witness once "
			 "at most, and not at all within an hour of our start",
			 why);
	else
		log_line(GW_INFO, NULL, "the count file is written again, and holds every signature");
}

static gw_status start(struct signer *signer, struct error *err)
{
	if (open_files(signer, err) || drop_user(signer, err) || harden_process(signer->host, err))
		return err->status;
	if (sodium_init() < 0)
		return error_set(err, GW_ERR_SYSTEM, "libsodium cannot start");
	/* a thread has its maker's user and seal */
	if (read_secrets(signer, err) ||
	    ledger_start(&signer->ledger, clock_ms(CLOCK_REALTIME) / 1000, tell_of_count_file, err) ||
	    harden_seal(SIGNER_CHANNEL_FD, signer->ledger.fd, err))
		return err->status;
	return GW_OK;
}

static gw_status tell_ready(struct signer *signer, struct error *err)
{
	struct message_ready *ready = &signer->answer.ready;

	signer->answer.type = MESSAGE_READY;
	ready->key_count = signer->ring->count;
	memcpy(ready->keys, signer->ring->public_keys, sizeof(ready->keys));
	ready->golosd_config = signer->golosd_config;
	log_line(GW_INFO, NULL, "ready: %zu key%s, %zu instance%s", signer->ring->count,
		 signer->ring->count == 1 ? "" : "s", signer->instance_count, signer->instance_count == 1 ? "" : "s");
	return send_answer(signer, err);
}

static void tell_failed(struct signer *signer, const struct error *err)
{
	struct error ignored;

	signer->answer.type = MESSAGE_FAILED;
	signer->answer.failed.status = err->status;
	snprintf(signer->answer.failed.text, sizeof(signer->answer.failed.text), "%s", err->text);
	if (send_answer(signer, &ignored) != GW_OK)
		log_line(GW_CRITICAL, NULL, "%s", err->text);
}

/* ---- service ----------------------------------------------------------------------------------------------------- */

/* Room in the hour for those of the keys that have not signed this digest yet. */
static enum refusal check_budget(struct signer *signer, const struct message_sign *sign, const struct digest *digest,
				 int64_t now, struct error *err)
{
	const struct signer_policy_instance *instance = &signer->instances[sign->instance];
	const bool is_feed = policy_is_feed(&sign->tx);
	/* one more by an operator's order, where rules used up the hour; whether it is one, the host alone knows */
	const uint32_t most = is_feed ? instance->feed.per_hour : instance->max_signatures + sign->ordered;
	const uint32_t allowed =
		is_feed ? most
			: ledger_allowed(&signer->ledger, instance->max_signatures, now) + (uint32_t)sign->ordered;

	for (uint32_t i = 0; i < sign->key_count; i++) {
		const struct public_key *key = &signer->ring->public_keys[sign->keys[i]];
		size_t used = ledger_used(&signer->ledger, instance->witness, key, is_feed, now);

		if (used < allowed || ledger_has(&signer->ledger, key, digest))
			continue;
		error_set(err, GW_ERR_DENIED, "key %u signed %zu %s for %s within an hour, and may %u%s", sign->keys[i],
			  used, is_feed ? "prices" : "times", instance->witness, most,
			  allowed < most ? ", but for one so soon after a start" : "");
		return REFUSED_BUDGET;
	}
	return REFUSED_NOT;
}

/* A plugin that lies moves the price by so much in a day, and no further. */
static enum refusal check_feed_step(struct signer *signer, const struct signer_policy_instance *instance,
				    const struct digest *digest, uint64_t rate, int64_t now, struct error *err)
{
	uint64_t lowest, highest;

	ledger_rates(&signer->ledger, instance->witness, digest, now, &lowest, &highest);
	return feed_check_step(&instance->feed, rate, lowest, highest, err) == GW_OK ? REFUSED_NOT : REFUSED_FEED_STEP;
}

static enum refusal count_signatures(struct signer *signer, const struct message_sign *sign,
				     const struct digest *digest, struct error *err)
{
	const struct signer_policy_instance *instance = &signer->instances[sign->instance];
	const int64_t now = clock_ms(CLOCK_REALTIME) / 1000;
	const uint64_t rate = policy_is_feed(&sign->tx) ? feed_rate(&sign->tx.operations[0].feed_publish) : 0;
	struct ledger_entry entries[SIGNER_KEYS_MAX];
	enum refusal refusal = check_budget(signer, sign, digest, now, err);

	if (refusal == REFUSED_NOT && rate)
		refusal = check_feed_step(signer, instance, digest, rate, now, err);
	for (uint32_t i = 0; i < sign->key_count; i++) {
		entries[i] = (struct ledger_entry){.time_s = now,
						   .key = signer->ring->public_keys[sign->keys[i]],
						   .digest = *digest,
						   .rate = rate};
		memcpy(entries[i].witness, instance->witness, sizeof(instance->witness));
	}
	if (refusal == REFUSED_NOT &&
	    ledger_add(&signer->ledger, entries, sign->key_count,
		       !rate && ledger_allows_unpersisted(&signer->ledger, instance->max_signatures, now),
		       err) != GW_OK)
		refusal = REFUSED_COUNT_FILE;
	signer->repeated = refusal == REFUSED_NOT && !ledger_release(&signer->ledger, entries, sign->key_count);
	return refusal;
}

/* Counted first, then made: a signature that goes out is in the file, or unpersisted (ledger.h). */
static enum refusal make_signatures(struct signer *signer, const struct message_sign *sign,
				    struct signed_transaction *ret, struct error *err)
{
	struct digest digest;

	if (transaction_serialize(&ret->bytes, &sign->tx) != GW_OK) {
		error_set(err, GW_ERR_DENIED, "the transaction has no bytes");
		return REFUSED_DEFECT;
	}
	transaction_digest(&digest, &signer->setup.chain, &ret->bytes);
	transaction_id(ret->id, &ret->bytes);
	enum refusal refusal = count_signatures(signer, sign, &digest, err);

	if (refusal != REFUSED_NOT)
		return refusal;
	for (uint32_t i = 0; i < sign->key_count; i++) {
		if (sign_digest(&ret->signatures[i], &digest, &signer->ring->secrets[sign->keys[i]]) != GW_OK) {
			error_set(err, GW_ERR_DENIED, "key %u could not sign", sign->keys[i]);
			return REFUSED_DEFECT;
		}
	}
	sodium_stackzero(STACK_TO_WIPE);
	ret->signature_count = sign->key_count;
	return REFUSED_NOT;
}

static enum refusal try_sign(struct signer *signer, const struct message_sign *sign, struct signed_transaction *ret,
			     struct error *err)
{
	const struct signer_policy_instance *instance =
		sign->instance < signer->instance_count ? &signer->instances[sign->instance] : NULL;
	enum refusal refusal = policy_check(instance, &sign->tx, clock_ms(CLOCK_REALTIME) / 1000, err);

	if (refusal == REFUSED_NOT)
		refusal = policy_check_keys(sign->keys, sign->key_count, signer->ring->count, err);
	return refusal == REFUSED_NOT ? make_signatures(signer, sign, ret, err) : refusal;
}

/* Describes the signed operations in public words: "witness_update of foo to 02ab…". Raw keys: the readable form wants
 * RIPEMD-160. */
static void describe(char ret[TEXT_MAX], const struct transaction *tx)
{
	size_t len = 0;

	for (uint32_t i = 0; i < tx->operation_count && len < TEXT_MAX; i++) {
		const struct operation *op = &tx->operations[i];
		char key[2 * PUBLIC_KEY_BYTES + 1] = "";

		if (op->type == OPERATION_WITNESS_UPDATE)
			sodium_bin2hex(key, sizeof(key), op->witness_update.signing_key.bytes, PUBLIC_KEY_BYTES);
		len += (size_t)snprintf(ret + len, TEXT_MAX - len, "%s%s of %s%s%s", i ? ", " : "",
					operation_name(op->type), operation_account(op), key[0] ? " to " : "", key);
	}
}

static gw_status answer_sign(struct signer *signer, struct error *err)
{
	const struct message_sign *sign = &signer->question.sign;
	struct message *answer = &signer->answer;
	struct error why = {.text = ""};
	char text[TEXT_MAX] = "";

	memset(answer, 0, sizeof(*answer));
	enum refusal refusal = try_sign(signer, sign, &answer->done, &why);

	answer->id = signer->question.id;
	if (refusal == REFUSED_NOT) {
		answer->type = MESSAGE_SIGNED;
		describe(text, &sign->tx);
		if (!signer->repeated)
			log_line(GW_INFO, NULL, "signed %s; instance=%u keys=%u id=%s", text, sign->instance,
				 sign->key_count, answer->done.id);
	} else {
		memset(&answer->done, 0, sizeof(answer->done));
		answer->type = MESSAGE_REFUSED;
		answer->refused.refusal = refusal;
		snprintf(answer->refused.text, sizeof(answer->refused.text), "%s", why.text);
		log_line(GW_WARNING, NULL, "refused: %s; instance=%u rule=%s", why.text, sign->instance,
			 refusal_name(refusal));
	}
	return send_answer(signer, err);
}

static gw_status answer(struct signer *signer, struct error *err)
{
	if (signer->question.id != 0 && signer->question.type == MESSAGE_SIGN)
		return answer_sign(signer, err);
	if (signer->question.id == 0 || signer->question.type != MESSAGE_PING)
		return out_of_order(signer, err);
	signer->answer.type = MESSAGE_PONG;
	signer->answer.id = signer->question.id;
	return send_answer(signer, err);
}

static gw_status serve(struct signer *signer, struct error *err)
{
	for (;;) {
		gw_status status = receive(signer, err);

		if (status == GW_OK)
			status = answer(signer, err);
		if (status != GW_OK)
			return status;
	}
}

/* ---- main -------------------------------------------------------------------------------------------------------- */

static gw_status run(struct signer *signer, struct error *err)
{
	gw_status status = harden_early(err);

	if (status == GW_OK)
		status = take_setup(signer, err);
	if (status == GW_OK)
		status = start(signer, err);
	if (status != GW_OK) {
		key_ring_free(signer->ring);
		tell_failed(signer, err);
		return status;
	}
	status = tell_ready(signer, err);
	if (status == GW_OK)
		status = serve(signer, err);
	if (status != GW_ERR_UNAVAILABLE)
		log_line(GW_CRITICAL, NULL, "ends: %s", err->text);
	return status;
}

int main(int argc, char **argv)
{
	struct error err = {.status = GW_OK};

	standard_files_open();
	pid_t host = harden_find_host();
	(void)argv;
	if (argc != 1 || host == 0) {
		fputs("golos-watch-signer is started by golos-watchd and golos-watch, over descriptor 3; "
		      "see golos-watch-signer(8)\n",
		      stderr);
		return EXIT_USAGE;
	}
	struct signer *signer = calloc(1, sizeof(*signer));

	if (!signer)
		return EXIT_SYSTEM;
	log_init("signer", LOG_TEXT, GW_INFO);
	signer->ledger.fd = -1;
	signer->host = host;
	log_start_writer();
	gw_status status = run(signer, &err);

	log_end();
	/* Sealed, the keys' pages cannot be made writable any more; the kernel wipes them before anybody gets them. */
	_exit(status == GW_ERR_UNAVAILABLE
		      ? EXIT_OK
		      : exit_status_of(status, true, status == GW_ERR_PROTOCOL ? EXIT_SIGNER : EXIT_SYSTEM));
}
