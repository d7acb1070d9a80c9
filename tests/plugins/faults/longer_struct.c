/* SPDX-License-Identifier: MIT
 * Not a fault: a later minor's entry is longer, and has members that this host does not know. */
#include <golos_watch/types.h>

#include <stddef.h>

static gw_status open_it(void *api, void *host, const void *values, size_t value_count, void **ret_self,
			 char *ret_error)
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

/* gw_plugin_entry as version 1.9 may have it. */
struct later_entry {
	uint32_t struct_size;
	uint16_t abi_major, abi_minor;
	const char *name, *version, *summary;
	const void *needs, *options;
	size_t option_count, option_size;
	gw_status (*open)(void *, void *, const void *, size_t, void **, char *);
	gw_status (*start)(void *);
	void (*stop)(void *), (*close)(void *);
	const void *events[9], *on_command, *status;
	const void *of_a_later_minor[16];
};

extern const struct later_entry gw_plugin_entry;
__attribute__((visibility("default"))) const struct later_entry gw_plugin_entry = {
	.struct_size = sizeof(struct later_entry),
	.abi_major = 1,
	.abi_minor = 9,
	.name = PLUGIN_NAME,
	.version = "1.0",
	.summary = "For the loader's tests.",
	.open = open_it,
	.start = start_it,
	.stop = end_it,
	.close = end_it,
	.of_a_later_minor = {"not known to this host"},
};
