/* SPDX-License-Identifier: MIT
 * A plugin author's file, compiled as each C standard from C11 on. */
#include <golos_watch/names.h>
#include <golos_watch/own_node.h>
#include <golos_watch/plugin.h>

gw_status compile_check(const struct gw_plugin_entry *entry);

gw_status compile_check(const struct gw_plugin_entry *entry)
{
	return GW_HAS(struct gw_plugin_entry, entry, status) ? GW_OK : GW_ERR_UNSUPPORTED;
}
