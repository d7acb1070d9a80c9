/* SPDX-License-Identifier: MIT
 * Loads, and cannot be opened: says why. */
#include <golos_watch/plugin.h>

#include <stdio.h>

static gw_status open_never(const struct gw_host_api *api, struct gw_host *host,
			    const struct gw_option_value *const *values, size_t value_count, void **ret_self,
			    char ret_error[GW_TEXT_SIZE])
{
	(void)api, (void)host, (void)values, (void)value_count, (void)ret_self;
	snprintf(ret_error, GW_TEXT_SIZE, "the moon is not full");
	return GW_ERR_UNAVAILABLE;
}

#define OPEN open_never
#include "good.h"
