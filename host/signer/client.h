/* SPDX-License-Identifier: MIT
 *
 * The host's side of golos-watch-signer: starts it before any plugin is loaded, gives it its policy once, asks for
 * signatures. The wire is in signer/wire/protocol.h, the policy in signer/wire/policy.h. One thread, and the signer dies with
 * that thread: start it from the program's first one.
 */
#ifndef SIGNER_CLIENT_H
#define SIGNER_CLIENT_H

#include <sys/types.h>

#include "signer/wire/protocol.h"

struct signer_setup {
	const char *program; /* path; NULL: golos-watch-signer beside this program, else where it is installed */
	struct chain_id chain;
	const char *const *keys; /* sources: "file:PATH", "credential:NAME", "keystore:PATH[,passphrase=SOURCE]" */
	size_t key_count;
	int inline_keys_fd; /* sealed memfd with one WIF a line; -1: none. Closed by signer_start */
	/* Record of signatures; NULL: none (command line, one signature). Its directory should belong to root or the
	 * signer's user: anybody who can take the file away renews the hour's signatures. */
	const char *count_file;
	const char *golosd_config; /* read by the signer; NULL: none */
	const char *user;	   /* run as, when started as root; NULL: as started */
	bool quiet;		   /* critical lines alone are logged */
	bool log_json;		   /* its lines go to our stderr, in this form */
	const struct signer_policy_instance *instances;
	size_t instance_count;
};

struct signer;

/* Starts it and waits for READY (60 s; 5 minutes where a passphrase is asked for at the terminal). *err has the
 * signer's own sentence. GW_ERR_TRUST: a file others can reach. GW_ERR_SYNTAX: a bad key. GW_ERR_DENIED: a wrong
 * passphrase. GW_ERR_CONFIG: policy or source of keys. GW_ERR_RANGE, GW_ERR_SYSTEM, GW_ERR_PROTOCOL, GW_ERR_TIMEOUT. */
NODISCARD gw_status signer_start(struct signer **ret, const struct signer_setup *setup, struct error *err);
/* Public halves of its keys, in its order. Borrowed. */
size_t signer_keys(const struct signer *signer, const struct public_key **ret);
const struct golosd_config_facts *signer_golosd_config(const struct signer *signer);
/* The channel's descriptor: when it is readable outside of a call, ask signer_has_ended. */
int signer_fd(const struct signer *signer);
pid_t signer_pid(const struct signer *signer);
/* True when the signer is gone, for good; *err then says how it ended. Does not wait. */
bool signer_has_ended(struct signer *signer, struct error *err);

/* Sends a PING; the answer makes signer_fd readable. Nothing is sent while an answer is due. Does not wait.
 */
void signer_ping(struct signer *signer);
/* Milliseconds for which an answer has been due, as far as the channel has been read; 0: none is due. */
int64_t signer_silent_ms(const struct signer *signer);

/* Has one transaction of `instance` signed with the keys named (indices into signer_keys). Waits 2 s at most, and not
 * at all for a signer that has been silent for longer. Signing takes some 100 µs, beside the sync of the count file.
 * GW_ERR_DENIED: policy, *err says which rule, signer_last_refusal its number. ordered: an operator's command, for
 * which the hour has one more. GW_ERR_TIMEOUT: ask again; the same transaction counts once. GW_ERR_UNAVAILABLE: the
 * signer is gone, for good. */
NODISCARD gw_status signer_sign(struct signer *signer, uint32_t instance, bool ordered, const struct transaction *tx,
				const uint32_t *keys, size_t key_count, struct signed_transaction *ret,
				struct error *err);
/* Has the same transaction counted and signed before signer_sign asks for it: the sync goes on beside the caller's own
 * work. Waits for nothing; signer_sign meets any error. */
void signer_ask_ahead(struct signer *signer, uint32_t instance, bool ordered, const struct transaction *tx,
		      const uint32_t *keys, size_t key_count);
/* The rule that refused the last signer_sign; REFUSED_NOT where none did. */
enum refusal signer_last_refusal(const struct signer *signer);
/* Closes the channel, which ends the signer, and reaps it. NULL is fine. */
void signer_stop(struct signer *signer);

#endif
