/* SPDX-License-Identifier: MIT
 * The wire of golos-watch-fetch: a message that is taken encodes to just the bytes it was read from. And an address that
 * is taken has a host, and one of http is this machine's. */
#include "fuzz.h"

#include "fetch/wire/message.h"

static void judge_url(const char *text)
{
	struct fetch_url url;
	struct error err;

	if (fetch_url_parse(&url, text, &err) != GW_OK) {
		MUST(err.text[0]);
		return;
	}
	MUST(url.host[0] && strlen(text) < FETCH_URL_SIZE);
	MUST(url.is_https || url.is_loopback);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t bytes[FETCH_MESSAGE_MAX];
	static struct fetch_message message;
	struct error err;
	size_t len = 0;

	if (fetch_decode(&message, data, size, &err) != GW_OK) {
		MUST(err.status == GW_ERR_PROTOCOL);
		return 0;
	}
	MUST(fetch_encode(bytes, &len, &message) == GW_OK);
	MUST(len == size && memcmp(bytes, data, len) == 0);
	if (message.type == FETCH_ADDRESS)
		judge_url(message.url);
	return 0;
}
