/* SPDX-License-Identifier: MIT
 * JSON: what is taken can be written and read again, and is then the same. */
#include "fuzz.h"

#include "base/json.h"

static gw_status visit(void *context, const char *key, const struct json *value)
{
	const struct json *root = context, *found = NULL;
	struct error err;
	char text[8];
	uint64_t number;
	int64_t other, time_s;
	bool flag;

	MUST(json_member(root, key, &found) && found == value);
	(void)!json_get_text(root, key, text, sizeof(text), &err);
	(void)!json_get_u64(root, key, 1000, &number, &err);
	(void)!json_get_i64(root, key, -5, 5, &other, &err);
	(void)!json_get_bool(root, key, &flag, &err);
	(void)!json_get_time(root, key, &time_s, &err);
	return GW_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json *root = NULL, *again = NULL;
	struct error err;

	if (json_parse(&root, (const char *)data, size, &err)) {
		MUST(!root && err.text[0]);
		return 0;
	}
	char *text = json_text(root);
	MUST(json_parse(&again, text, strlen(text), &err) == GW_OK);
	char *text_again = json_text(again);
	MUST(strcmp(text, text_again) == 0);
	(void)json_each(root, visit, root);
	free(text);
	free(text_again);
	json_free(root);
	json_free(again);
	return 0;
}
