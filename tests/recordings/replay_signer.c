/* SPDX-License-Identifier: MIT
 *
 * host/signer/client.h without the process: the real signer's policy at the replay's time, and real signatures by
 * foo's throwaway active key (the private testnet's, of the recordings). The real program would refuse transactions of
 * the past.
 */
#include <string.h>

#include "loop/loop.h"
#include "signer/client.h"

#define FOO_ACTIVE_WIF "5KWiUZBUi13sVfDnqDLYJUpZ8V52vaqPMfuY5KLnqTfAxquR4QK"

struct signer {
	struct chain_id chain;
	struct secret_key secret;
	struct public_key key;
	struct signer_policy_instance instance;
	enum refusal refusal;
};

gw_status signer_start(struct signer **ret, const struct signer_setup *setup, struct error *err)
{
	static struct signer signer;

	signer = (struct signer){.chain = setup->chain, .instance = setup->instances[0]};
	gw_status r = wif_decode(&signer.secret, FOO_ACTIVE_WIF, strlen(FOO_ACTIVE_WIF), err);
	if (!r)
		r = secret_key_public(&signer.key, &signer.secret);
	*ret = &signer;
	return r;
}

size_t signer_keys(const struct signer *signer, const struct public_key **ret)
{
	*ret = &signer->key;
	return 1;
}

const struct golosd_config_facts *signer_golosd_config(const struct signer *signer)
{
	(void)signer;
	return NULL;
}

int signer_fd(const struct signer *signer)
{
	(void)signer;
	return -1;
}

bool signer_has_ended(struct signer *signer, struct error *err)
{
	(void)signer, (void)err;
	return false;
}

pid_t signer_pid(const struct signer *signer)
{
	(void)signer;
	return 0;
}

void signer_ping(struct signer *signer)
{
	(void)signer;
}

int64_t signer_silent_ms(const struct signer *signer)
{
	(void)signer;
	return 0;
}

void signer_ask_ahead(struct signer *signer, uint32_t instance, bool ordered, const struct transaction *tx,
		      const uint32_t *keys, size_t key_count)
{
	(void)signer, (void)instance, (void)ordered, (void)tx, (void)keys,
		(void)key_count; /* it has no disk to wait for */
}

gw_status signer_sign(struct signer *signer, uint32_t instance, bool ordered, const struct transaction *tx,
		      const uint32_t *keys, size_t key_count, struct signed_transaction *ret, struct error *err)
{
	struct digest digest;
	struct gw_now now;

	(void)ordered; /* it counts nothing */
	loop_now(&now);
	signer->refusal = policy_check_keys(keys, key_count, 1, err);
	if (!signer->refusal)
		signer->refusal = policy_check(instance == 0 ? &signer->instance : NULL, tx, now.wall_ms / 1000, err);
	if (signer->refusal)
		return GW_ERR_DENIED;
	memset(ret, 0, sizeof(*ret));
	gw_status r = transaction_serialize(&ret->bytes, tx);
	if (r)
		return error_set(err, r, "not serialised");
	transaction_id(ret->id, &ret->bytes);
	transaction_digest(&digest, &signer->chain, &ret->bytes);
	ret->signature_count = 1;
	return sign_digest(&ret->signatures[0], &digest, &signer->secret);
}

enum refusal signer_last_refusal(const struct signer *signer)
{
	return signer->refusal;
}

void signer_stop(struct signer *signer)
{
	secret_key_wipe(&signer->secret);
}
