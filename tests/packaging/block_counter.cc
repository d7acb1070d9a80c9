/* SPDX-License-Identifier: MIT
 *
 * A plugin in C++, built from what golos-watch-dev installs alone: counts blocks and logs every second one. */
#include <golos_watch/plugin.h>

#include <cstdio>
#include <new>
#include <string>

namespace
{

struct block_counter {
	const gw_host_api *api;
	gw_host *host;
	unsigned long blocks = 0;
};

gw_status counter_open(const gw_host_api *api, gw_host *host, const gw_option_value *const *, std::size_t,
		       void **ret_self, char ret_error[GW_TEXT_SIZE])
{
	auto *self = new (std::nothrow) block_counter{api, host};

	if (!self) {
		std::snprintf(ret_error, GW_TEXT_SIZE, "no memory");
		return GW_ERR_NOMEM;
	}
	*ret_self = self;
	return GW_OK;
}

gw_status counter_start(void *)
{
	return GW_OK;
}

void counter_stop(void *)
{
}

void counter_close(void *context)
{
	delete static_cast<block_counter *>(context);
}

void counter_on_block(void *context, const gw_block_event *event)
{
	auto *self = static_cast<block_counter *>(context);

	if (++self->blocks % 2 == 0) {
		std::string text = "counted to block " + std::to_string(event->num);
		self->api->log(self->host, GW_INFO, text.c_str());
	}
}

} // namespace

GW_PLUGIN_EXPORT const struct gw_plugin_entry gw_plugin_entry = {
	.struct_size = sizeof(struct gw_plugin_entry),
	.abi_major = GW_ABI_MAJOR,
	.abi_minor = GW_ABI_MINOR,
	.name = "block_counter",
	.version = "1.0",
	.summary = "Counts blocks.",
	.open = counter_open,
	.start = counter_start,
	.stop = counter_stop,
	.close = counter_close,
	.on_block = counter_on_block,
};
