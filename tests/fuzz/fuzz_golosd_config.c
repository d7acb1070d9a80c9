/* SPDX-License-Identifier: MIT
 * golosd's config.ini: names are names, the rest is counted and bounded. */
#include "fuzz.h"

#include "signer/program/golosd_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct golosd_config_facts facts;

	golosd_config_parse(&facts, (const char *)data, size);
	MUST(facts.readable);
	MUST(facts.witness_count <= GOLOSD_CONFIG_ENTRIES_MAX && facts.key_count <= GOLOSD_CONFIG_ENTRIES_MAX);
	for (size_t i = 0; i < facts.witness_count; i++)
		MUST(account_name_is_valid(facts.witnesses[i]));
	return 0;
}
