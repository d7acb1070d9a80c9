/* SPDX-License-Identifier: MIT
 *
 * Would golosd produce, by what its config holds? Host and command line. Pure.
 */
#include <stdio.h>
#include <string.h>

#include "signer/wire/protocol.h"

static bool facts_have_witness(const struct golosd_config_facts *facts, const char *witness)
{
	for (size_t i = 0; i < facts->witness_count; i++)
		if (strcmp(facts->witnesses[i], witness) == 0)
			return true;
	return false;
}

static bool facts_have_key(const struct golosd_config_facts *facts, const struct public_key *key)
{
	for (size_t i = 0; i < facts->key_count; i++)
		if (public_key_equal(&facts->keys[i], key))
			return true;
	return false;
}

uint8_t golosd_config_judge(const struct golosd_config_facts *facts, const char *witness, const struct public_key *key,
			    char ret_text[GW_TEXT_SIZE])
{
	if (!facts->readable) {
		snprintf(ret_text, GW_TEXT_SIZE, "%s", facts->text);
		return GW_READY_UNKNOWN;
	}
	if (!facts_have_witness(facts, witness)) {
		snprintf(ret_text, GW_TEXT_SIZE, "golosd's config has no witness \"%s\"", witness);
		return GW_READY_NO;
	}
	if (!facts_have_key(facts, key)) {
		snprintf(ret_text, GW_TEXT_SIZE, "golosd's config lacks the private half of %s's witness_pubkey",
			 witness);
		return GW_READY_NO;
	}
	return GW_READY_YES;
}
