/* SPDX-License-Identifier: MIT
 *
 * What a test and the plugin `probe` share: the plugin passes each call on to the test that loaded it. The option
 * `shared` is the address of a struct probe, in hexadecimal.
 */
#ifndef TEST_DISPATCH_PROBE_H
#define TEST_DISPATCH_PROBE_H

#include <golos_watch/plugin.h>

struct probe {
	const struct gw_host_api *api;
	struct gw_host *host; /* both set by `open` */
	/* A call of the host's: "open", "start", "on_block" …; event is what came with it, or NULL. The result counts
	 * where the call has one. */
	gw_status (*called)(struct probe *probe, const char *callback, const void *event);
	char log[1024]; /* the test's own */
};

#endif
