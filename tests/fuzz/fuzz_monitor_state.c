/* SPDX-License-Identifier: MIT
 * What the monitor finds in its store after a restart: refused whole, or taken as it would be written again; and the
 * rules go on from it, whatever it says. */
#include "fuzz.h"

#include "monitor.h"

static void begin(struct monitor *m)
{
	static const struct monitor_options options = {.witness = "foo",
						       .witness_pubkey = "GLSours",
						       .miss_window_s = 3600,
						       .allowed_misses = 1,
						       .max_gap = 3,
						       .max_head_age_s = 6,
						       .max_clock_skew_s = 3,
						       .min_participation = 34,
						       .max_switches = 3,
						       .confirm_nodes = 1,
						       .null_takeover = true,
						       .preempt_delay_s = 3600};
	struct monitor_actions actions = {0};

	memset(m, 0, sizeof(*m));
	monitor_init(m, &options, &actions);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char first[MONITOR_SAVE_SIZE], second[MONITOR_SAVE_SIZE], status[65536];
	static struct monitor m, before;
	struct monitor_actions actions = {0};
	struct gw_now now = {.wall_ms = 1795000000000, .mono_ms = 1000, .chain_ms = 1795000000000};

	begin(&m);
	memcpy(&before, &m, sizeof(m));
	if (monitor_load(&m, (const char *)data, size) != GW_OK) {
		MUST(memcmp(&m, &before, sizeof(m)) == 0);
		return 0;
	}
	MUST(monitor_save(&m, first) == GW_OK);
	monitor_timer(&m, &now, &actions);
	MUST(monitor_status(&m, &now, status, sizeof(status)) == GW_OK);
	begin(&m);
	MUST(monitor_load(&m, first, strlen(first)) == GW_OK);
	MUST(monitor_save(&m, second) == GW_OK);
	MUST(strcmp(first, second) == 0);
	return 0;
}
