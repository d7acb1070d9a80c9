/* SPDX-License-Identifier: MIT
 *
 * From what the configuration says to the values that a plugin gets: each type, given, left out and wrong. The table is
 * the frozen plugin's, which has one option of each type.
 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "plugins/loader.h"

#define KEY_1 "GLS8jCSviSzAKMHvtWsThgDcXkWHyFAe33kajzCZdania1t2sPYVx"
#define KEY_2 "GLS756CkD8Bmrz151rkQPxsSJG6kTibMXwq4wD6fUZzCCKbRTxa66"

static struct plugin *plugin;

/* The order of the frozen plugin's table. */
enum { WITNESS, WINDOW, KEYS, MODE, SHARE, LOUD, AMOUNT, TEXT, KEY, NESTED, OPTION_COUNT };

static struct config *configure_nodes(const char *nodes, const char *name, const char *options)
{
	char path[] = TEST_BINARY_DIR "/options.XXXXXX";
	struct config *config;
	struct error err = {0};
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	dprintf(fd, "node: %s\nplugins:\n  - name: %s\n%s", nodes, name, options);
	gw_status status = config_load_fd(&config, fd, "x.yml", &err);
	close(fd);
	unlink(path);
	if (status != GW_OK)
		fail_msg("%s", err.text);
	return config;
}

static struct config *configure(const char *options)
{
	return configure_nodes("ws://127.0.0.1:8091", "v1_plugin", options);
}

static void expect_refused(const char *options, const char *sentence)
{
	struct config *config = configure(options);
	struct gw_option_value *values = NULL;
	struct error err = {0};
	size_t count = 77;

	assert_int_equal(option_values_make(&values, &count, plugin, config, &config->instances[0], &err),
			 GW_ERR_CONFIG);
	assert_string_equal(err.text, sentence);
	assert_null(values);
	assert_int_equal(count, 77);
	config_free(config);
}

TEST(defaults)
{
	struct config *config = configure("    witness: foo\n");
	struct gw_option_value *values;
	struct error err;
	size_t count;

	assert_int_equal(option_values_make(&values, &count, plugin, config, &config->instances[0], &err), GW_OK);
	assert_int_equal(count, OPTION_COUNT);
	for (size_t i = 0; i < count; i++) {
		assert_string_equal(values[i].name, plugin->entry->options[i].name);
		assert_int_equal(values[i].type, plugin->entry->options[i].type);
		assert_int_equal(values[i].given, i == WITNESS);
		assert_non_null(values[i].text);
	}
	assert_string_equal(values[WITNESS].text, "foo");
	assert_int_equal(values[WINDOW].number, 3600);
	assert_int_equal(values[KEYS].list_count, 0);
	assert_string_equal(values[MODE].text, "one");
	assert_int_equal(values[SHARE].number, 50);
	assert_int_equal(values[LOUD].number, 0);
	assert_int_equal(values[AMOUNT].number, -1);
	assert_string_equal(values[TEXT].text, "");
	assert_string_equal(values[KEY].text, "");
	assert_string_equal(values[NESTED].text, "");
	free(values);
	config_free(config);
}

TEST(given_values)
{
	struct config *config = configure("    witness: foo\n    window: 86400\n    keys: [" KEY_1 ", " KEY_2 "]\n"
					  "    mode: two\n    share: 100\n    loud: yes\n    count: 5\n"
					  "    text: 'two words'\n    key: " KEY_2 "\n    nested: [1]\n");
	struct gw_option_value *values;
	struct error err;
	size_t count;

	assert_int_equal(option_values_make(&values, &count, plugin, config, &config->instances[0], &err), GW_OK);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(values[i].given, 1);
	assert_int_equal(values[WINDOW].number, 86400);
	assert_int_equal(values[KEYS].list_count, 2);
	assert_string_equal(values[KEYS].list[0], KEY_1);
	assert_string_equal(values[KEYS].list[1], KEY_2);
	assert_string_equal(values[MODE].text, "two");
	assert_int_equal(values[SHARE].number, 100);
	assert_int_equal(values[LOUD].number, 1);
	assert_int_equal(values[AMOUNT].number, 5);
	assert_string_equal(values[TEXT].text, "two words");
	assert_string_equal(values[KEY].text, KEY_2);
	assert_string_equal(values[NESTED].text, "[1]");
	free(values);
	config_free(config);
}

TEST(one_key_is_a_list_of_one)
{
	struct config *config = configure("    witness: foo\n    keys: " KEY_1 "\n");
	struct gw_option_value *values;
	struct error err;
	size_t count;

	assert_int_equal(option_values_make(&values, &count, plugin, config, &config->instances[0], &err), GW_OK);
	assert_int_equal(values[KEYS].list_count, 1);
	assert_string_equal(values[KEYS].list[0], KEY_1);
	free(values);
	config_free(config);
}

/* As a person writes it, and what the plugin's reader gets. */
TEST(nested_values_are_json)
{
	static const struct {
		const char *yaml, *json;
	} table[] = {
		{"[]", "[]"},
		{"{}", "{}"},
		{"[a, b]", "[\"a\",\"b\"]"},
		{"[[GOLOS, YMUSDT]]", "[[\"GOLOS\",\"YMUSDT\"]]"},
		{"[1, -2.50, 1e400, 010, 0x1, +1, .5, 1_0]",
		 "[1,-2.50,\"1e400\",\"010\",\"0x1\",\"+1\",\".5\",\"1_0\"]"},
		{"[true, false, yes, ~, null, '', '1', \"true\", 4d]",
		 "[true,false,\"yes\",null,null,\"\",\"1\",\"true\",\"4d\"]"},
		{"\n      golos_usd: {least: 1, spread: 10}\n      xau_usd: {least: 2, spread: 2.5}",
		 "{\"golos_usd\":{\"least\":1,\"spread\":10},\"xau_usd\":{\"least\":2,\"spread\":2.5}}"},
		{"\n      - {of: x, url: \"https://a.example/p?q=1&r=%2F\", value: /price}\n      - of: y\n        "
		 "args: [[a]]",
		 "[{\"of\":\"x\",\"url\":\"https://a.example/p?q=1&r=%2F\",\"value\":\"/price\"},"
		 "{\"of\":\"y\",\"args\":[[\"a\"]]}]"},
		{"{a: \"q\\\"\\n\", 'b c': x}", "{\"a\":\"q\\\"\\n\",\"b c\":\"x\"}"},
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		char *text = NULL;
		struct gw_option_value *values;
		struct error err;
		size_t count;

		assert_true(asprintf(&text, "    witness: foo\n    nested: %s\n", table[i].yaml) > 0);
		struct config *config = configure(text);
		assert_int_equal(option_values_make(&values, &count, plugin, config, &config->instances[0], &err),
				 GW_OK);
		assert_string_equal(values[NESTED].text, table[i].json);
		assert_int_equal(values[NESTED].given, 1);
		free(values);
		config_free(config);
		free(text);
	}
}

TEST(wrong_values_are_named)
{
	static const struct {
		const char *line, *sentence;
	} table[] = {
		{"windows: 5",
		 "x.yml:5: 'windows' of v1_plugin: plugin v1_plugin has no such option, did you mean 'window'?"},
		{"max_signature: 5",
		 "x.yml:5: 'max_signature' of v1_plugin: plugin v1_plugin has no such option, did you mean "
		 "'max_signatures'?"},
		{"elephant: 5", "x.yml:5: 'elephant' of v1_plugin: plugin v1_plugin has no such option"},
		{"window: 0", "x.yml:5: 'window' of v1_plugin: a whole number of seconds from 1 to 86400 is expected"},
		{"window: 1h", "x.yml:5: 'window' of v1_plugin: a whole number of seconds from 1 to 86400 is expected"},
		{"window: 18446744073709551617",
		 "x.yml:5: 'window' of v1_plugin: a whole number of seconds from 1 to 86400 is expected"},
		{"window: [5]", "x.yml:5: 'window' of v1_plugin: one value is expected, not a list"},
		{"window: {a: 5}", "x.yml:5: 'window' of v1_plugin: one value is expected, not a section"},
		{"nested: word", "x.yml:5: 'nested' of v1_plugin: a list or a section is expected"},
		{"nested: '[1]'", "x.yml:5: 'nested' of v1_plugin: a list or a section is expected"},
		{"keys: {b: c}", "x.yml:5: 'keys' of v1_plugin: a value or a list is expected, not a section"},
		{"keys: [" KEY_1 ", ~]", "x.yml:5: 'keys' of v1_plugin: entry 2 is not a value"},
		{"keys: [[" KEY_1 "]]", "x.yml:5: 'keys' of v1_plugin: entry 1 is not a value"},
		{"share: 101", "x.yml:5: 'share' of v1_plugin: a whole number of percent from 0 to 100 is expected"},
		{"count: -2", "x.yml:5: 'count' of v1_plugin: a whole number from -1 to 5 is expected"},
		{"count: 1.0", "x.yml:5: 'count' of v1_plugin: a whole number from -1 to 5 is expected"},
		{"loud: 1", "x.yml:5: 'loud' of v1_plugin: true or false is expected"},
		{"mode: on", "x.yml:5: 'mode' of v1_plugin: one of one|two is expected"},
		{"key: " GW_NULL_KEY, "x.yml:5: 'key' of v1_plugin: this is the null key"},
		{"keys: [" KEY_1 ", " KEY_1 "]", "x.yml:5: 'keys' of v1_plugin: entries 1 and 2 are the same"},
		{"keys: [" KEY_1 ", " GW_NULL_KEY "]", "x.yml:5: 'keys' of v1_plugin: entry 2: this is the null key"},
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		char options[400];

		snprintf(options, sizeof(options), "    witness: foo\n    %s\n", table[i].line);
		expect_refused(options, table[i].sentence);
	}
	expect_refused("    window: 5\n", "x.yml:3: 'witness' of v1_plugin is missing: A witness.");
}

TEST(a_key_of_another_prefix)
{
	struct config *config =
		configure("    witness: foo\n    key: STM8jCSviSzAKMHvtWsThgDcXkWHyFAe33kajzCZdania1t2sPYVx\n");
	struct gw_option_value *values;
	struct error err = {0};
	size_t count;

	assert_int_equal(option_values_make(&values, &count, plugin, config, &config->instances[0], &err),
			 GW_ERR_CONFIG);
	assert_string_equal(err.text, "x.yml:5: 'key' of v1_plugin: not a public key: it does not begin with GLS");
	config_free(config);
}

/* An instance that did not know of it would say that it moves production. */
TEST(the_hosts_dry_run_is_every_instances)
{
	struct config *config = configure("    plugin: witness_monitor\n    witness: foo\n    witness_pubkey: " KEY_1
					  "\n    dry_run: false\ndry_run: true\n");
	struct gw_option_value *values;
	struct plugin *monitor;
	struct error err;
	size_t count, i = 0;

	assert_int_equal(plugin_load(&monitor, TEST_BINARY_DIR "/plugins", "witness_monitor", &err), GW_OK);
	assert_int_equal(option_values_make(&values, &count, monitor, config, &config->instances[0], &err), GW_OK);
	while (strcmp(values[i].name, "dry_run") != 0)
		i++;
	assert_int_equal(values[i].number, 1);
	free(values);
	config_free(config);
}

/* The second of two goes with the producer's machine. */
TEST(one_endpoint_is_to_spare)
{
	static const struct {
		const char *nodes, *confirm;
		bool right;
	} rows[] = {
		{"ws://a:1", "", true},
		{"ws://a:1", "    confirm_nodes: 1\n", true},
		{"[ws://a:1, ws://b:1]", "    confirm_nodes: 1\n", true},
		{"[ws://a:1, ws://b:1]", "    confirm_nodes: 2\n", false},
		{"[ws://a:1, ws://b:1]", "    confirm_nodes: 3\n", false},
		{"[ws://a:1, ws://b:1, ws://c:1]", "    confirm_nodes: 2\n", true},
	};
	struct plugin *monitor;
	struct error err;

	assert_int_equal(plugin_load(&monitor, TEST_BINARY_DIR "/plugins", "witness_monitor", &err), GW_OK);
	for (size_t i = 0; i < COUNT(rows); i++) {
		char options[256];
		struct gw_option_value *values = NULL;
		size_t count;

		snprintf(options, sizeof(options), "    witness: foo\n    witness_pubkey: " KEY_1 "\n%s",
			 rows[i].confirm);
		struct config *config = configure_nodes(rows[i].nodes, "witness_monitor", options);
		gw_status status = option_values_make(&values, &count, monitor, config, &config->instances[0], &err);

		assert_int_equal(status, rows[i].right ? GW_OK : GW_ERR_CONFIG);
		if (!rows[i].right)
			assert_non_null(strstr(err.text, "'node' lists 2: the producer's machine may take one"));
		free(values);
		config_free(config);
	}
}

static int load(void **state)
{
	struct error err;

	(void)state;
	return plugin_load(&plugin, TEST_BINARY_DIR "/test_plugins", "v1_plugin", &err) == GW_OK ? 0 : -1;
}

static int forget(void **state)
{
	(void)state;
	plugin_free_all();
	return 0;
}

int main(void)
{
	return test_run(load, forget);
}
