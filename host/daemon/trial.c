/* SPDX-License-Identifier: MIT
 * A start on trial. Runs in golos-watchd -n. */
#include "daemon/trial.h"

#include "plugins/instances.h"

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

gw_status trial_open(const struct config *config, struct error *err)
{
	const struct instance_services services = {.now = now, .head = no_head, .slot = no_slot};
	struct instances *all = instances_new(NULL, &services);
	gw_status status = GW_OK;

	for (size_t i = 0; i < config->instance_count && !status; i++) {
		struct instance *instance;

		status = instances_add(all, config, &config->instances[i], &instance, err);
	}
	instances_free(all);
	return status;
}
