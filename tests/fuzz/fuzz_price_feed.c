/* SPDX-License-Identifier: MIT
 * What the price feed reads. The first byte chooses: an answer of a source, a decimal number, a formula, the options, or the state that
 * it finds in its store. */
#include "fuzz.h"

#include <stdlib.h>

#include "feed.h"

static const char quantities_text[] = "{\"p\":{\"least\":1,\"spread\":10}}";

static struct feed_options options;

static void begin(void)
{
	static const char sources[] = "[{\"of\":\"p\",\"url\":\"https://x\",\"value\":\"/v\",\"low\":\"/a/"
				      "0\",\"high\":\"/a/1\",\"time\":\"/t\","
				      "\"max_age\":\"1d\",\"refuse_if\":\"/f\",\"invert\":true,\"scale\":\"1e3\"},"
				      "{\"of\":\"p\",\"url\":\"https://y\",\"value\":\"/v\"}]";
	static const char *const names[] = {"p"};

	MUST(source_read_quantities(options.quantities, &options.quantity_count, quantities_text, NULL) == GW_OK);
	MUST(source_read_all(options.sources, &options.source_count, sources, options.quantities, 1, NULL) == GW_OK);
	MUST(formula_read(&options.formula, "p", names, 1, NULL) == GW_OK);
}

static void try_answer(const char *text, size_t len)
{
	struct decimal value;
	struct error err;
	int64_t age_s;

	for (uint32_t i = 0; i < options.source_count; i++) {
		gw_status status = source_value(&options.sources[i], text, len, 0, 1796083200, &value, &age_s, &err);

		MUST(status == GW_OK || status == GW_ERR_PROTOCOL);
		MUST(status != GW_OK || (decimal_is_sound(value) && age_s >= 0));
	}
}

static void try_decimal(const char *text, size_t len)
{
	char first[DECIMAL_TEXT_SIZE], second[DECIMAL_TEXT_SIZE], base[PRICE_TEXT_SIZE], quote[PRICE_TEXT_SIZE];
	struct decimal value, again;
	bool is_reversed;

	if (decimal_parse(&value, text, len, NULL) != GW_OK)
		return;
	decimal_format(first, value, 18);
	MUST(decimal_parse(&again, first, strlen(first), NULL) == GW_OK);
	decimal_format(second, again, 18);
	MUST(strcmp(first, second) == 0);
	MUST(decimal_compare(value, again) == 0);
	if (price_form(value, base, quote, NULL) != GW_OK)
		return;
	MUST(price_read(base, quote, &again, &is_reversed, NULL) == GW_OK && !is_reversed);
	MUST(!decimal_is_apart(value, again, decimal_of(1))); /* 3 decimals lose less than a percent */
}

static void try_formula(const char *text)
{
	static const char *const names[] = {"p", "q"};
	struct decimal values[] = {decimal_of(3), decimal_of(7)}, value;
	struct formula formula;

	if (formula_read(&formula, text, names, 2, NULL) == GW_OK &&
	    formula_value(&formula, values, &value, NULL) == GW_OK)
		MUST(decimal_is_sound(value));
}

static void try_options(const char *text)
{
	static struct source sources[QUANTITY_SOURCES_MAX];
	static struct quantity quantities[FORMULA_NAMES_MAX];
	uint32_t count;
	struct error err;

	if (source_read_quantities(quantities, &count, text, &err) == GW_OK)
		MUST(count <= FORMULA_NAMES_MAX);
	if (source_read_all(sources, &count, text, options.quantities, 1, &err) == GW_OK)
		MUST(count >= 1 && count <= QUANTITY_SOURCES_MAX);
}

static void try_state(const char *text, size_t len)
{
	static char first[FEED_SAVE_SIZE], second[FEED_SAVE_SIZE];
	static struct feed feed, before;

	feed_init(&feed, &options);
	memcpy(&before, &feed, sizeof(feed));
	if (feed_load(&feed, text, len) != GW_OK) {
		MUST(memcmp(&feed, &before, sizeof(feed)) == 0);
		return;
	}
	MUST(feed_save(&feed, first) == GW_OK);
	MUST(feed_load(&feed, first, strlen(first)) == GW_OK);
	MUST(feed_save(&feed, second) == GW_OK);
	MUST(strcmp(first, second) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (options.source_count == 0)
		begin();
	if (size == 0)
		return 0;
	char *text = strndup((const char *)data + 1, size - 1);
	MUST(text != NULL);
	switch (data[0] % 5) {
	case 0:
		try_answer((const char *)data + 1, size - 1);
		break;
	case 1:
		try_decimal((const char *)data + 1, size - 1);
		break;
	case 2:
		try_formula(text);
		break;
	case 3:
		try_options(text);
		break;
	case 4:
		try_state((const char *)data + 1, size - 1);
		break;
	}
	free(text);
	return 0;
}
