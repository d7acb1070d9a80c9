/* SPDX-License-Identifier: MIT
 *
 * The example plugin, loaded as the shared object that it is and driven through a host table made here.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "test.h"
#include <golos_watch/plugin.h>

/* The other side of the table: what the plugin asked for and said. */
struct gw_host {
	bool has_services;
	char watched[GW_ACCOUNT_SIZE];
	char log[GW_TEXT_SIZE];
	unsigned notices;
	int32_t severity;
	char code[64], text[GW_TEXT_SIZE], fields[GW_TEXT_SIZE];
};

static void host_log(struct gw_host *host, int32_t severity, const char *text)
{
	(void)severity;
	snprintf(host->log, sizeof(host->log), "%s", text);
}

static gw_status host_watch(struct gw_host *host, const char *witness, uint32_t endpoints)
{
	assert_int_equal(endpoints, 1);
	snprintf(host->watched, sizeof(host->watched), "%s", witness);
	return GW_OK;
}

static gw_status host_notice(struct gw_host *host, int32_t severity, const char *code, const char *text,
			     const char *fields_json)
{
	host->notices++;
	host->severity = severity;
	snprintf(host->code, sizeof(host->code), "%s", code);
	snprintf(host->text, sizeof(host->text), "%s", text);
	snprintf(host->fields, sizeof(host->fields), "%s", fields_json);
	return GW_OK;
}

static const void *host_service(struct gw_host *host, const char *id)
{
	static const struct gw_chain_v1 chain = {.struct_size = sizeof(chain), .watch = host_watch};
	static const struct gw_notice_v1 notice = {.struct_size = sizeof(notice), .notice = host_notice};

	if (host->has_services && !strcmp(id, GW_SERVICE_CHAIN))
		return &chain;
	return host->has_services && !strcmp(id, GW_SERVICE_NOTICE) ? &notice : NULL;
}

static const struct gw_host_api api = {
	.struct_size = sizeof(api),
	.abi_major = GW_ABI_MAJOR,
	.abi_minor = GW_ABI_MINOR,
	.log = host_log,
	.service = host_service,
};

static const struct gw_plugin_entry *entry;

static int load(void **state)
{
	void *library = dlopen(TEST_BINARY_DIR "/plugins/block_logger.so", RTLD_NOW | RTLD_LOCAL);

	(void)state;
	entry = library ? dlsym(library, "gw_plugin_entry") : NULL;
	return entry ? 0 : -1;
}

static void *open_for(struct gw_host *host, const char *witness)
{
	const struct gw_option_value value = {
		.name = "witness", .type = GW_OPTION_ACCOUNT, .given = 1, .text = witness};
	const struct gw_option_value *values[] = {&value};
	char error[GW_TEXT_SIZE] = "";
	void *self = NULL;

	assert_int_equal(entry->open(&api, host, values, 1, &self, error), GW_OK);
	assert_non_null(self);
	return self;
}

TEST(logs_and_notices)
{
	struct gw_host host = {.has_services = true};
	void *self = open_for(&host, "foo");
	const struct gw_slot of_bar = {.witness = "bar", .charged = 1}, of_foo = {.witness = "foo", .charged = 1};
	const struct gw_slot *missed[] = {&of_bar, &of_foo};
	struct gw_block_event block = {.struct_size = sizeof(block), .num = 1456, .witness = "foo"};
	char status[128];

	assert_string_equal(host.watched, ""); /* open does no work */
	assert_int_equal(entry->start(self), GW_OK);
	assert_string_equal(host.watched, "foo");

	entry->on_block(self, &block);
	assert_string_equal(host.log, "foo produced block 1456");
	assert_int_equal(host.notices, 0);

	block = (struct gw_block_event){.struct_size = sizeof(block), .num = 1457, .witness = "baz"};
	block.missed = missed;
	block.missed_count = 2;
	entry->on_block(self, &block);
	assert_int_equal(host.notices, 1); /* bar's miss is not ours */
	assert_int_equal(host.severity, GW_WARNING);
	assert_string_equal(host.code, "slot_missed");
	assert_string_equal(host.text, "foo missed a slot before block 1457");
	assert_string_equal(host.fields, "{\"witness\":\"foo\",\"block\":1457}");

	assert_int_equal(entry->status(self, status, sizeof(status)), GW_OK);
	assert_string_equal(status, "{\"witness\":\"foo\",\"produced\":1,\"missed\":1}");
	assert_int_equal(entry->status(self, status, 10), GW_ERR_RANGE);
	entry->stop(self);
	entry->close(self);
}

TEST(instances_are_apart)
{
	struct gw_host first = {.has_services = true}, second = {.has_services = true};
	void *foo = open_for(&first, "foo"), *bar = open_for(&second, "bar");
	const struct gw_block_event block = {.struct_size = sizeof(block), .num = 7, .witness = "bar"};

	assert_int_equal(entry->start(foo), GW_OK);
	assert_int_equal(entry->start(bar), GW_OK);
	entry->on_block(foo, &block);
	entry->on_block(bar, &block);
	assert_string_equal(first.log, "");
	assert_string_equal(second.log, "bar produced block 7");
	entry->stop(foo);
	entry->stop(bar);
	entry->close(foo);
	entry->close(bar);
}

TEST(without_its_services)
{
	struct gw_host host = {.has_services = false};
	const struct gw_option_value value = {.name = "witness", .type = GW_OPTION_ACCOUNT, .given = 1, .text = "foo"};
	const struct gw_option_value *values[] = {&value};
	char error[GW_TEXT_SIZE] = "";
	void *self = NULL;

	assert_int_equal(entry->open(&api, &host, values, 1, &self, error), GW_ERR_UNSUPPORTED);
	assert_string_equal(error, "the host does not give gw.chain/1 or gw.notice/1");
	assert_null(self);
}

int main(void)
{
	return test_run(load, NULL);
}
