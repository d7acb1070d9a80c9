/* SPDX-License-Identifier: MIT
 * A plugin in C++, compiled as each standard from C++11 on, and loaded by test_abi. */
#include <golos_watch/names.h>
#include <golos_watch/own_node.h>
#include <golos_watch/plugin.h>

namespace
{
int instance;

gw_status open_it(const struct gw_host_api *, struct gw_host *, const struct gw_option_value *const *, size_t, void **ret_self,
		  char *)
{
	*ret_self = &instance;
	return GW_OK;
}

gw_status start_it(void *)
{
	return GW_OK;
}

void end_it(void *)
{
}

struct gw_plugin_entry make_entry()
{
	struct gw_plugin_entry entry = {};

	entry.struct_size = sizeof(entry);
	entry.abi_major = GW_ABI_MAJOR;
	entry.abi_minor = GW_ABI_MINOR;
	entry.name = PLUGIN_NAME;
	entry.version = "1.0";
	entry.summary = "A plugin written in C++.";
	entry.open = open_it;
	entry.start = start_it;
	entry.stop = end_it;
	entry.close = end_it;
	return entry;
}
} // namespace

const struct gw_plugin_entry gw_plugin_entry = make_entry();
