/* SPDX-License-Identifier: MIT
 * Amounts: what is taken is written and read as the same amount. */
#include "fuzz.h"

#include "graphene/operation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[GW_ACCOUNT_SIZE + 8], text[ASSET_TEXT_SIZE];
	struct asset asset, again;
	struct error err;

	if (!asset_parse(&asset, (const char *)data, size, &err)) {
		asset_format(text, &asset);
		MUST(!asset_parse(&again, text, strlen(text), &err));
		MUST(asset.amount == again.amount && asset.decimals == again.decimals &&
		     strcmp(asset.symbol, again.symbol) == 0);
	}
	if (size < sizeof(name)) {
		memcpy(name, data, size);
		name[size] = '\0';
		MUST(!account_name_is_valid(name) || strlen(name) < GW_ACCOUNT_SIZE);
	}
	return 0;
}
