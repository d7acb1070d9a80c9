/* SPDX-License-Identifier: MIT
 * A line at the control socket: a request within its limits, or one sentence and nothing else. */
#include "fuzz.h"

#include "api/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ctl_request request, before;
	struct error err = {.text = ""};

	memset(&before, 0x5a, sizeof(before));
	memcpy(&request, &before, sizeof(request));
	if (ctl_request_parse(&request, (const char *)data, size, &err)) {
		MUST(err.text[0]);
		MUST(memcmp(&request, &before, sizeof(request)) == 0);
		return 0;
	}
	MUST(request.verb <= CTL_PUBLISH);
	MUST(memchr(request.instance, 0, sizeof(request.instance)));
	MUST(request.since_s >= 0 && request.for_s >= 0);
	MUST(request.limit >= 1 && request.limit <= 10000);
	MUST(request.for_s == 0 || request.verb == CTL_HOLD);
	MUST(!request.follow || request.verb == CTL_TAKEOVER);
	MUST(!request.yes || request.verb == CTL_PUBLISH);
	return 0;
}
