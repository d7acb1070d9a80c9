/* SPDX-License-Identifier: MIT
 *
 * Plugins that were not built with this tree's C headers: the frozen one of ABI 1.0, and those in C++, through the real
 * loader.
 */
#include "test.h"

#include <stdio.h>

#include "plugins/loader.h"

#define PLUGIN_DIR TEST_BINARY_DIR "/test_plugins"

struct gw_host {
	char log[GW_TEXT_SIZE];
	int64_t delay_ms;
};

static void host_log(struct gw_host *host, int32_t severity, const char *text)
{
	(void)severity;
	snprintf(host->log, sizeof(host->log), "%s", text);
}

static gw_status host_timer_set(struct gw_host *host, uint32_t id, int64_t delay_ms)
{
	assert_int_equal(id, 1);
	host->delay_ms = delay_ms;
	return GW_OK;
}

static const struct gw_host_api api = {
	.struct_size = sizeof(api),
	.abi_major = GW_ABI_MAJOR,
	.abi_minor = GW_ABI_MINOR,
	.log = host_log,
	.timer_set = host_timer_set,
};

static const struct gw_plugin_entry *load(const char *name)
{
	struct plugin *plugin;
	struct error err = {0};

	if (plugin_load(&plugin, PLUGIN_DIR, name, &err) != GW_OK)
		fail_msg("%s", err.text);
	return plugin->entry;
}

static void *open_v1(const struct gw_plugin_entry *entry, struct gw_host *host)
{
	struct gw_option_value values[10] = {{.name = "witness", .type = GW_OPTION_ACCOUNT, .given = 1, .text = "foo"},
					     {.name = "window", .type = GW_OPTION_SECONDS, .number = 600}};
	const struct gw_option_value *list[COUNT(values)];
	char error[GW_TEXT_SIZE] = "";
	void *self = NULL;

	assert_int_equal(entry->option_count, COUNT(values));
	for (size_t i = 2; i < COUNT(values); i++)
		values[i] = (struct gw_option_value){.name = entry->options[i].name, .text = ""};
	for (size_t i = 0; i < COUNT(values); i++)
		list[i] = &values[i];
	assert_int_equal(entry->open(&api, host, list, COUNT(values), &self, error), GW_OK);
	return self;
}

static void send_every_event(const struct gw_plugin_entry *entry, void *self)
{
	const struct gw_block_event block = {.struct_size = sizeof(block), .witness = "foo"};
	const struct gw_witness_event witness = {.struct_size = sizeof(witness)};
	const struct gw_nodes_event nodes = {.struct_size = sizeof(nodes)};
	const struct gw_readiness_event readiness = {.struct_size = sizeof(readiness)};
	const struct gw_submission_event submission = {.struct_size = sizeof(submission)};
	const struct gw_timer_event timer = {.struct_size = sizeof(timer), .id = 1};
	const struct gw_notice_event notice = {.struct_size = sizeof(notice)};
	const struct gw_rpc_event rpc = {.struct_size = sizeof(rpc)};
	const struct gw_http_event http = {.struct_size = sizeof(http)};

	entry->on_block(self, &block);
	entry->on_witness(self, &witness);
	entry->on_nodes(self, &nodes);
	entry->on_readiness(self, &readiness);
	entry->on_submission(self, &submission);
	entry->on_timer(self, &timer);
	entry->on_notice(self, &notice);
	entry->on_rpc(self, &rpc);
	entry->on_http(self, &http);
}

TEST(the_frozen_plugin_lives_its_whole_life)
{
	const struct gw_plugin_entry *entry = load("v1_plugin");
	const struct gw_command_event command = {.struct_size = sizeof(command), .verb = GW_COMMAND_TAKEOVER};
	struct gw_host host = {0};
	void *self = open_v1(entry, &host);
	char text[GW_TEXT_SIZE];

	assert_int_equal(entry->start(self), GW_OK);
	assert_string_equal(host.log, "version 1.0 started");
	assert_int_equal(host.delay_ms, 1000);
	send_every_event(entry, self);
	assert_int_equal(entry->on_command(self, &command, text), GW_OK);
	assert_string_equal(text, "version 1.0 got command 3");
	assert_int_equal(entry->status(self, text, sizeof(text)), GW_OK);
	assert_string_equal(text, "{\"witness\":\"foo\",\"window\":600,\"blocks\":1,\"others\":8}");
	entry->stop(self);
	assert_string_equal(host.log, "version 1.0 stopped");
	entry->close(self);
}

TEST(plugins_in_cxx_load)
{
	static const char *const names[] = {"abi_cxx11", "abi_cxx14", "abi_cxx17", "abi_cxx20"};

	for (size_t i = 0; i < COUNT(names); i++) {
		const struct gw_plugin_entry *entry = load(names[i]);
		char error[GW_TEXT_SIZE];
		void *self = NULL;

		assert_string_equal(entry->summary, "A plugin written in C++.");
		assert_int_equal(entry->open(&api, NULL, NULL, 0, &self, error), GW_OK);
		assert_int_equal(entry->start(self), GW_OK);
		entry->stop(self);
		entry->close(self);
	}
}

static int forget(void **state)
{
	(void)state;
	plugin_free_all();
	return 0;
}

int main(void)
{
	return test_run(NULL, forget);
}
