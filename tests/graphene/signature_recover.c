/* SPDX-License-Identifier: MIT
 * See signature_recover.h. */
#include "signature_recover.h"

#include <secp256k1_recovery.h>

#define RECOVERY_BASE (27 + 4) /* 4: the key is a compressed one */

gw_status signature_recover(struct public_key *ret, const struct signature *sig, const struct digest *digest)
{
	const secp256k1_context *context = secp256k1_context_static;
	secp256k1_ecdsa_recoverable_signature recoverable;
	int recovery_id = sig->bytes[0] - RECOVERY_BASE;
	size_t len = sizeof(ret->bytes);
	secp256k1_pubkey point;

	if (recovery_id < 0 || recovery_id > 3 ||
	    !secp256k1_ecdsa_recoverable_signature_parse_compact(context, &recoverable, sig->bytes + 1, recovery_id) ||
	    !secp256k1_ecdsa_recover(context, &point, &recoverable, digest->bytes))
		return GW_ERR_SYNTAX;
	secp256k1_ec_pubkey_serialize(context, ret->bytes, &len, &point, SECP256K1_EC_COMPRESSED);
	return GW_OK;
}
