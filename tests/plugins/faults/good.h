/* SPDX-License-Identifier: MIT
 *
 * A plugin without fault. Each file of this folder defines one thing otherwise and includes this one.
 */
#include <golos_watch/plugin.h>

#ifndef ABI_MAJOR
#define ABI_MAJOR GW_ABI_MAJOR
#endif
#ifndef ABI_MINOR
#define ABI_MINOR GW_ABI_MINOR
#endif
#ifndef STRUCT_SIZE
#define STRUCT_SIZE sizeof(struct gw_plugin_entry)
#endif
#ifndef NAME
#define NAME PLUGIN_NAME
#endif
#ifndef NEEDS
#define NEEDS NULL
#endif
#ifndef OPTIONS
#define OPTIONS	     NULL
#define OPTION_COUNT 0
#endif
#ifndef OPTION_SIZE
#define OPTION_SIZE sizeof(struct gw_option)
#endif
#ifndef OPEN
#define OPEN open_it
#endif
#ifndef STOP
#define STOP end_it
#endif

static __attribute__((unused)) gw_status open_it(const struct gw_host_api *api, struct gw_host *host,
						 const struct gw_option_value *const *values, size_t value_count,
						 void **ret_self, char ret_error[GW_TEXT_SIZE])
{
	static int instance;

	(void)api, (void)host, (void)values, (void)value_count, (void)ret_error;
	*ret_self = &instance;
	return GW_OK;
}

static gw_status start_it(void *self)
{
	(void)self;
	return GW_OK;
}

static void end_it(void *self)
{
	(void)self;
}

GW_PLUGIN_EXPORT const struct gw_plugin_entry gw_plugin_entry = {
	.struct_size = STRUCT_SIZE,
	.abi_major = ABI_MAJOR,
	.abi_minor = ABI_MINOR,
	.name = NAME,
	.version = "1.0",
	.summary = "For the loader's tests.",
	.needs = NEEDS,
	.options = (const struct gw_option *)OPTIONS,
	.option_count = OPTION_COUNT,
	.option_size = OPTION_SIZE,
	.open = OPEN,
	.start = start_it,
	.stop = STOP,
	.close = end_it,
};
