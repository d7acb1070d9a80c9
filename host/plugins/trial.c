/* SPDX-License-Identifier: MIT
 * A start on trial. Runs in golos-watchd -n and golos-watch. */
#include "plugins/trial.h"

/* What `open` may call; everything else is refused before the start. */
static void now(void *context, struct gw_now *ret)
{
	(void)context;
	loop_now(ret);
}

static gw_status no_head(void *context, uint32_t *ret_num, char ret_id[GW_ID_SIZE], int64_t *ret_time_s)
{
	(void)context, (void)ret_num, (void)ret_id, (void)ret_time_s;
	return GW_ERR_UNAVAILABLE;
}

static gw_status no_slot(void *context, uint32_t n, char ret_witness[GW_ACCOUNT_SIZE])
{
	(void)context, (void)n, (void)ret_witness;
	return GW_ERR_UNAVAILABLE;
}

struct instances *trial_new(void)
{
	const struct instance_services services = {.now = now, .head = no_head, .slot = no_slot};

	return instances_new(NULL, &services);
}
