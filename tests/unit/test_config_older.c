/* SPDX-License-Identifier: MIT
 *
 * Configuration in its older forms: the older monitor's file, and the container's variables.
 */
#include <stdlib.h>

#include "config_scene.h"
#include "signer/client.h"

/* ---- the older file ---------------------------------------------------------------------------------------------- */

#define OLDER                                                                                                          \
	"node: [ws://golos:8091]\nwitness: foo\nwitness_pubkey: " KEY_1 "\nkeys: [file:/k]\nmiss_window: 600\n"        \
	"allowed_misses: 2\n"

TEST(the_older_file_is_one_monitor)
{
	struct config *config = accept_text(OLDER);
	const struct config_instance *instance = &config->instances[0];

	assert_int_equal(config->instance_count, 1);
	assert_string_equal(instance->name, "witness_monitor");
	assert_string_equal(instance->plugin, "witness_monitor");
	assert_string_equal(instance->witness, "foo");
	assert_string_equal(instance->witness_pubkey, KEY_1);
	assert_int_equal(instance->grants, SIGN_WITNESS_UPDATE);
	assert_int_equal(instance->option_count, 4);
	assert_string_equal(instance->options[2].name, "miss_window");
	assert_int_equal(instance->options[2].line, 5);
	assert_string_equal(instance->options[2].values[0], "600");
	assert_string_equal(config->signer.keys[0], "file:/k");
	assert_false(config->signer.has_inline);
	config_free(config);
}

TEST(the_older_file_says_its_own_keys)
{
	expect_refused("node: ws://a:1\nwitness: Foo\nkeys: file:/k\n", "x.yml:2: 'witness': not an account name");
	expect_refused("node: ws://a:1\nwitness: foo\nkeys: file:/k\n",
		       "x.yml:2: 'witness_pubkey' is missing: the only key that 'sign' lets be set");
	expect_refused("node: ws://a:1\nwitness: foo\nwitness_pubkey: " KEY_1 "\n",
		       "x.yml:1: 'keys' is missing: nothing could be signed (or set dry_run: true)");
	expect_refused(OLDER "signer: {keys: file:/other}\n",
		       "x.yml:4: 'keys': 'signer' has keys of its own: one place is wanted");
}

/* ---- the container's variables ----------------------------------------------------------------------------------- */

static const char *const variables[] = {"NODE",	       "WITNESS",	 "KEY",	    "KEY_FILE", "WITNESS_PUBKEY",
					"MISS_WINDOW", "ALLOWED_MISSES", "CHAIN_ID"};

static int clear_variables(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(variables); i++)
		unsetenv(variables[i]);
	return 0;
}

static void set_variables(void)
{
	setenv("NODE", "ws://golos:8091", 1);
	setenv("WITNESS", "foo", 1);
	setenv("KEY", "moved", 1); /* as config_take_secrets leaves it */
	setenv("WITNESS_PUBKEY", KEY_1, 1);
	setenv("MISS_WINDOW", "3600", 1);
	setenv("ALLOWED_MISSES", "", 1); /* compose's form of "not set" */
}

TEST(variables_are_one_monitor, clear_variables, clear_variables)
{
	struct config *config;
	struct error err;

	set_variables();
	if (config_load(&config, NULL, &err) != GW_OK)
		fail_msg("%s", err.text);
	assert_string_equal(config->source, "environment");
	assert_string_equal(config->nodes[0], "ws://golos:8091");
	assert_string_equal(config->instances[0].name, "witness_monitor");
	assert_string_equal(config->instances[0].witness, "foo");
	assert_string_equal(config->instances[0].witness_pubkey, KEY_1);
	assert_int_equal(config->instances[0].grants, SIGN_WITNESS_UPDATE);
	assert_int_equal(config->instances[0].option_count, 3);
	assert_string_equal(config->instances[0].options[2].name, "miss_window");
	assert_string_equal(config->instances[0].options[2].origin, "$MISS_WINDOW");
	assert_true(config->signer.has_inline);
	assert_int_equal(config->signer.key_count, 0);
	assert_string_equal(config->chain_id, CONFIG_CHAIN_MAIN);
	config_free(config);

	setenv("CHAIN_ID", "test", 1);
	assert_int_equal(config_load(&config, NULL, &err), GW_OK);
	assert_string_equal(config->chain_id, CONFIG_CHAIN_TEST);
	config_free(config);
	setenv("CHAIN_ID", "mian", 1);
	assert_int_equal(config_load(&config, NULL, &err), GW_ERR_CONFIG);
	assert_memory_equal(err.text, "environment: $CHAIN_ID: ", strlen("environment: $CHAIN_ID: "));
}

TEST(a_list_of_nodes_and_a_key_file, clear_variables, clear_variables)
{
	struct config *config;
	struct error err;

	set_variables();
	setenv("NODE", "[ws://a:1, ws://b:2]", 1);
	unsetenv("KEY");
	setenv("KEY_FILE", "/run/secrets/key", 1);
	if (config_load(&config, NULL, &err) != GW_OK)
		fail_msg("%s", err.text);
	assert_int_equal(config->node_count, 2);
	assert_string_equal(config->nodes[1], "ws://b:2");
	assert_string_equal(config->signer.keys[0], "file:/run/secrets/key");
	assert_false(config->signer.has_inline);
	config_free(config);

	unsetenv("NODE");
	assert_int_equal(config_load(&config, NULL, &err), GW_OK);
	assert_string_equal(config->nodes[0], "ws://golos:8091");
	config_free(config);
}

/* As compose files write it, with line ends before and after. */
TEST(nodes_in_a_block_text, clear_variables, clear_variables)
{
	struct config *config;
	struct error err;

	set_variables();
	setenv("NODE", "\n\n- ws://a:1\n- ws://b:2\n", 1);
	if (config_load(&config, NULL, &err) != GW_OK)
		fail_msg("%s", err.text);
	assert_int_equal(config->node_count, 2);
	assert_string_equal(config->nodes[1], "ws://b:2");
	config_free(config);
	setenv("NODE", "\n  ws://a:1\n", 1);
	assert_int_equal(config_load(&config, NULL, &err), GW_OK);
	assert_string_equal(config->nodes[0], "ws://a:1");
	config_free(config);
}

TEST(a_mark_of_utf8_is_no_text)
{
	config_free(accept_text("\xef\xbb\xbf" OLDER));
}

#define NO_FILE ", and no file is given: -c FILE, or /etc/golos-watch/golos-watch.yml"

TEST(wrong_variables_are_named, clear_variables, clear_variables)
{
	static const struct {
		const char *name, *value, *sentence;
	} table[] = {
		{"WITNESS", NULL, "environment: $WITNESS is missing" NO_FILE},
		{"WITNESS_PUBKEY", "", "environment: $WITNESS_PUBKEY is missing" NO_FILE},
		{"KEY", NULL, "environment: $KEY or $KEY_FILE is missing: the active key"},
		{"KEY_FILE", "/k", "environment: both $KEY and $KEY_FILE are set: one is wanted"},
		{"WITNESS", "F", "environment: $WITNESS: not an account name"},
		{"NODE", "golos:8091",
		 "environment: $NODE: endpoint \"golos:8091\": it does not begin with ws:// or wss://"},
		{"NODE", "[ws://a:1, b]", "environment: $NODE: endpoint \"b\": it does not begin with ws:// or wss://"},
		{"NODE", "[ws://a:1", "environment: $NODE:1: not well-formed YAML: did not find expected ',' or ']'"},
		{"WITNESS_PUBKEY", GW_NULL_KEY,
		 "environment: $WITNESS_PUBKEY: this is the null key: it takes a witness out of the schedule"},
	};
	struct config *config;
	struct error err;

	for (size_t i = 0; i < COUNT(table); i++) {
		clear_variables(state);
		set_variables();
		if (table[i].value)
			setenv(table[i].name, table[i].value, 1);
		else
			unsetenv(table[i].name);
		assert_int_equal(config_load(&config, NULL, &err), GW_ERR_CONFIG);
		assert_string_equal(err.text, table[i].sentence);
	}
}
