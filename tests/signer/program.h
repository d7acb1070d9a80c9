/* SPDX-License-Identifier: MIT
 *
 * The real golos-watch-signer for a test: through the host's client, or with its channel in the test's own hands.
 */
#ifndef TEST_SIGNER_PROGRAM_H
#define TEST_SIGNER_PROGRAM_H

#include "fixture.h"
#include "signer/client.h"

#define PROGRAM TEST_BINARY_DIR "/bin/golos-watch-signer"

/* A set-up with key 0 in a file, instance 0 = foo with every grant and signing key 0. Change what the test is about. */
struct program_setup {
	struct signer_setup setup;
	const char *keys[4];
	char key_text[4][300];
	struct signer_policy_instance instances[2];
};
void program_setup_init(struct program_setup *ret);
void program_setup_key(struct program_setup *ret, size_t place, const char *source);

struct signer *program_start(const struct program_setup *setup);
/* Must fail with `status`, a sentence that holds `part`, and no text of any fixture key. */
void program_refused(const struct program_setup *setup, gw_status status, const char *part);

/* What instance 0 is granted, for 30 s. */
struct transaction program_update(void);
extern const uint32_t program_first_key[1];
/* For instance 0, by the first key. */
gw_status program_sign(struct signer *signer, const struct transaction *tx, struct error *err);
/* One of its own for each n, so that each counts. */
gw_status program_sign_different(struct signer *signer, uint16_t n, struct error *err);
/* The same, by an operator's order. */
gw_status program_sign_ordered(struct signer *signer, uint16_t n, struct error *err);

int64_t program_now_s(void);
/* The digest of what was signed, by our own account of it. */
struct digest program_digest(const struct signed_transaction *done);

/* ---- the raw channel -------------------------------------------------------------------------------------------- */

struct raw {
	int fd;
	pid_t pid;
};
/* The program with descriptor 3 as its channel, and nothing sent. */
struct raw raw_start(void);
/* SETUP, one key in a file, instance foo, SEAL; up to READY. */
struct raw raw_start_ready(void);
/* Asks to sign program_update by the first key. */
struct message raw_sign_message(void);
void raw_send(const struct raw *raw, const struct message *message);
void raw_send_bytes(const struct raw *raw, const void *bytes, size_t len);
/* The next message; fails the test where none comes in a minute. */
void raw_receive(const struct raw *raw, struct message *ret);
/* Waits for the end: its exit status, or 1000 + the signal's number. */
int raw_end(struct raw *raw);

#endif
