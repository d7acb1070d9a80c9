/* SPDX-License-Identifier: MIT
 *
 * The host's side of golos-watch-signer: starts it before any plugin is loaded, gives it its policy once, asks for
 * signatures. The wire is in signer/protocol.h. One thread.
 */
#ifndef SIGNER_CLIENT_H
#define SIGNER_CLIENT_H

#include <sys/types.h>

#include "graphene/operation.h"

#define SIGNER_KEYS_MAX 16
#define SIGNER_INSTANCES_MAX 1024

/* Grants of `sign`. */
#define SIGN_WITNESS_UPDATE 1u
#define SIGN_WITNESS_DISABLE 2u /* witness_update to the null key */
#define SIGN_FEED_PUBLISH 4u
#define SIGN_CHAIN_PROPERTIES_UPDATE 8u /* command line only */
#define SIGN_ANY_KEY 16u /* command line's `update`: the key it showed, fixed in the policy all the same */

struct signer_policy_instance {
	char witness[GW_ACCOUNT_SIZE];
	struct public_key signing_key; /* the only key a witness_update may set; null key: none */
	uint32_t grants;               /* SIGN_* */
	uint32_t max_signatures;       /* an hour, for this witness and key */
};

struct signer_setup {
	const char *program;   /* path of golos-watch-signer */
	struct chain_id chain;
	const char *const *keys; /* sources: "file:PATH", "credential:NAME", "keystore:PATH[,passphrase source]" */
	size_t key_count;
	int inline_keys_fd;    /* sealed memfd with one WIF a line; -1: none. Closed by signer_start */
	const char *count_file; /* append-only record of signatures; NULL: none (command line, one signature) */
	const char *golosd_config; /* read by the signer; NULL: none */
	const char *user;      /* run as; NULL: as started */
	const struct signer_policy_instance *instances;
	size_t instance_count;
};

/* What golosd's own config holds, without its secrets. */
struct golosd_config_facts {
	bool readable;
	char text[GW_TEXT_SIZE]; /* why not */
	size_t witness_count, key_count;
	char witnesses[32][GW_ACCOUNT_SIZE];
	struct public_key keys[32];
};

struct signer;

/* Starts it and waits for READY. *err says what is wrong in the signer's own words; status GW_ERR_TRUST (a file others
 * can read), GW_ERR_SYNTAX (a bad key), GW_ERR_SYSTEM, GW_ERR_PROTOCOL, GW_ERR_TIMEOUT. */
NODISCARD gw_status signer_start(struct signer **ret, const struct signer_setup *setup, struct error *err);
/* Public halves of its keys, in its order. Borrowed. */
size_t signer_keys(const struct signer *signer, const struct public_key **ret);
const struct golosd_config_facts *signer_golosd_config(const struct signer *signer);
/* The channel's descriptor: readable outside of a call means that the signer ended. */
int signer_fd(const struct signer *signer);
pid_t signer_pid(const struct signer *signer);

struct signed_transaction {
	struct transaction_bytes bytes;
	char id[GW_ID_SIZE];
	size_t signature_count;
	struct signature signatures[SIGNER_KEYS_MAX];
};

/* Has one transaction of `instance` signed with the keys named (indices into signer_keys). Waits 2 s at most: signing
 * takes some 100 µs. GW_ERR_DENIED: policy, *err says which rule. GW_ERR_UNAVAILABLE: the signer is gone, for good. */
NODISCARD gw_status signer_sign(struct signer *signer, uint32_t instance, const struct transaction *tx,
				const uint32_t *keys, size_t key_count, struct signed_transaction *ret, struct error *err);
/* Closes the channel, which ends the signer, and reaps it. NULL is fine. */
void signer_stop(struct signer *signer);

#endif
