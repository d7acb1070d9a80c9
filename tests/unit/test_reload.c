/* SPDX-License-Identifier: MIT
 *
 * The configuration read again, and the signer's policy made of it: the real host with its plugins, a journal in a
 * directory of the test's own, and a loop that does not run.
 */
#include "host_scene.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "config/grants.h"
#include "daemon/reload.h"

static int setup(void **state)
{
	host_scene_make(state);
	host_scene_open(*state, FOO LOGGER);
	return 0;
}

static int teardown(void **state)
{
	host_scene_close(*state);
	return host_scene_remove(state);
}

static void reload(struct scene *scene, const char *top, const char *plugins)
{
	struct error err = {.text = ""};

	if (host_reload(&scene->host, host_scene_configure(scene, top, plugins), &err))
		fail_msg("%s", err.text);
}

/* Refused with a sentence that ends so, and nothing is another than before. */
static void expect_refused(struct scene *scene, const char *top, const char *plugins, gw_status status,
			   const char *sentence)
{
	struct config *before = scene->host.config, *wanted = host_scene_configure(scene, top, plugins);
	struct instance *foo = host_scene_find(scene, "monitor_foo");
	size_t count = instances_count(scene->host.instances);
	struct error err = {.text = ""};

	assert_int_equal(host_reload(&scene->host, wanted, &err), status);
	if (!strstr(err.text, sentence))
		fail_msg("'%s' is not in '%s'", sentence, err.text);
	assert_ptr_equal(scene->host.config, before);
	assert_ptr_equal(host_scene_find(scene, "monitor_foo"), foo);
	assert_int_equal(instances_count(scene->host.instances), count);
	config_free(wanted);
}

/* ---- what a reload changes -------------------------------------------------------------------------------------- */

TEST(nothing_changed, setup, teardown)
{
	struct scene *scene = *state;
	struct instance *foo = host_scene_find(scene, "monitor_foo"), *logger = host_scene_find(scene, "block_logger");

	reload(scene, "", FOO LOGGER);
	assert_ptr_equal(host_scene_find(scene, "monitor_foo"), foo);
	assert_ptr_equal(host_scene_find(scene, "block_logger"), logger);
	assert_string_equal(instance_config(foo)->witness, "foo");
	assert_int_equal(instance_policy(foo), 0);
	reload(scene, "", LOGGER FOO); /* their order is nothing either */
	assert_ptr_equal(host_scene_find(scene, "monitor_foo"), foo);
}

TEST(one_comes_and_one_goes, setup, teardown)
{
	struct scene *scene = *state;
	struct instance *foo = host_scene_find(scene, "monitor_foo");

	reload(scene, "", FOO "  - {name: other, plugin: block_logger, witness: bar}\n");
	assert_int_equal(instances_count(scene->host.instances), 2);
	assert_ptr_equal(host_scene_find(scene, "monitor_foo"), foo);
	assert_null(host_scene_find(scene, "block_logger"));
	assert_non_null(host_scene_find(scene, "other"));
}

/* It comes anew, with what it kept: its store goes with its name. */
TEST(a_changed_one_keeps_its_store, setup, teardown)
{
	static const char changed[] =
		"  - {name: monitor_foo, plugin: witness_monitor, witness: foo, witness_pubkey: " KEY_1
		", miss_window: 600, sign: [witness_update]}\n" LOGGER;
	struct scene *scene = *state;
	struct instance *logger = host_scene_find(scene, "block_logger");
	char text[GW_TEXT_SIZE];

	assert_int_equal(host_scene_order(scene, GW_COMMAND_HOLD, text), GW_OK);
	reload(scene, "", changed);
	assert_ptr_equal(host_scene_find(scene, "block_logger"), logger);
	assert_string_equal(scene->host.config->instances[0].options[2].name, "miss_window");
	assert_int_equal(instance_policy(host_scene_find(scene, "monitor_foo")), 0);
	assert_int_equal(host_scene_order(scene, GW_COMMAND_RESUME, text), GW_OK);
	assert_string_equal(text, "foo is no longer held");
}

TEST(what_may_change_at_the_top, setup, teardown)
{
	struct scene *scene = *state;

	reload(scene, "notice_command: /bin/true\nlog_format: json", FOO LOGGER);
	assert_string_equal(scene->host.config->notice_command, "/bin/true");
	reload(scene, "", FOO LOGGER);
	assert_null(scene->host.config->notice_command);
}

/* ---- what it refuses -------------------------------------------------------------------------------------------- */

TEST(what_is_fixed_at_the_start, setup, teardown)
{
	static const struct {
		const char *top, *key;
	} table[] = {
		{"node: ws://127.0.0.1:2", "node"},
		{"node: [ws://127.0.0.1:1, ws://127.0.0.1:2]", "node"},
		{"chain_id: test", "chain_id"},
		{"plugin_dir: /usr/lib", "plugin_dir"},
		{"state_dir: /tmp", "state_dir"},
		{"control: /run/other", "control"},
		{"control_group: nobody", "control_group"},
		{"http: 127.0.0.1:1", "http"},
		{"http_hosts: a.example", "http_hosts"},
		{"ca_file: /etc/ca.pem", "ca_file"},
		{"user: nobody", "user"},
		{"dry_run: true", "dry_run"},
		{"signer: {keys: [file:/other]}", "signer.keys"},
		{"signer: {keys: [file:/none, file:/other]}", "signer.keys"},
		{"signer: {keys: [file:/none], user: nobody}", "signer.user"},
		{"signer: {keys: [file:/none], program: /bin/signer}", "signer.program"},
		{"signer: {keys: [file:/none], golosd_config: /golosd/config.ini}", "signer.golosd_config"},
		{"cluster: {name: a, key: file:/k, nodes: {a: 'h:1', b: 'h:2'}}", "cluster"},
	};
	struct scene *scene = *state;
	char sentence[80];

	for (size_t i = 0; i < COUNT(table); i++) {
		snprintf(sentence, sizeof(sentence), ": a change of '%s' needs a restart", table[i].key);
		expect_refused(scene, table[i].top, FOO LOGGER, GW_ERR_UNSUPPORTED, sentence);
	}
}

/* The signer's policy is fixed at its start: what it does not allow needs a new signer. */
TEST(what_the_signer_was_not_told_of, setup, teardown)
{
	static const char *const plugins[] = {
		FOO LOGGER BAR,
		"  - {name: monitor_foo, plugin: witness_monitor, witness: foo, witness_pubkey: " KEY_2
		", sign: [witness_update]}\n",
		"  - {name: monitor_foo, plugin: witness_monitor, witness: foo, witness_pubkey: " KEY_1
		", sign: [witness_update, witness_disable]}\n",
		"  - {name: monitor_foo, plugin: witness_monitor, witness: foo, witness_pubkey: " KEY_1
		", sign: [witness_update], max_signatures: 7}\n",
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < COUNT(plugins); i++)
		expect_refused(scene, "", plugins[i], GW_ERR_UNSUPPORTED,
			       "need a restart: the signer's policy is fixed at its start");
}

/* Checked before anything is touched: the good change beside it is not made either. */
TEST(a_bad_one_changes_nothing, setup, teardown)
{
	static const struct {
		const char *plugins;
		gw_status status;
		const char *sentence;
	} table[] = {
		{LOGGER "  - {name: other, plugin: block_logger, witness: foo, no_such: 1}\n", GW_ERR_CONFIG,
		 "plugin block_logger has no such option"},
		{LOGGER "  - {name: other, plugin: block_logger}\n", GW_ERR_CONFIG, "'witness' of other is missing"},
		{LOGGER "  - {name: no_plugin}\n", GW_ERR_NOT_FOUND, "no_plugin.so"},
	};
	struct scene *scene = *state;

	for (size_t i = 0; i < COUNT(table); i++)
		expect_refused(scene, "", table[i].plugins, table[i].status, table[i].sentence);
}

/* ---- grants ----------------------------------------------------------------------------------------------------- */

TEST(policy_of_the_configuration, setup, teardown)
{
	struct scene *scene = *state;
	struct config *config =
		host_scene_configure(scene, "signer: {keys: [file:/none], max_signatures: 3}",
				     LOGGER "  - {name: all, plugin: good, witness: bar, witness_pubkey: " KEY_2
					    ", sign: [witness_update, witness_disable, feed_publish], max_signatures: "
					    "9, feed_min: 0.0075, feed_max: 2}\n"
					    "  - {name: nobody, plugin: good}\n");
	struct signer_policy_instance *policy = grants_make_policy(config);

	assert_true(grants_any(config));
	assert_string_equal(policy[0].witness, "foo");
	assert_int_equal(policy[0].grants, 0);
	assert_int_equal(policy[0].max_signatures, 3);
	assert_string_equal(policy[1].witness, "bar");
	assert_int_equal(policy[1].grants, SIGN_WITNESS_UPDATE | SIGN_WITNESS_DISABLE | SIGN_FEED_PUBLISH);
	assert_int_equal(policy[1].max_signatures, 9);
	assert_true(public_key_equal(&policy[1].signing_key, &config->instances[1].signing_key));
	assert_string_equal(policy[2].witness, "");
	assert_int_equal(policy[2].grants, 0);
	for (size_t i = 0; i < config->instance_count; i++)
		assert_int_equal(grants_find(policy, config->instance_count, &config->instances[i]), i);
	free(policy);
	config_free(config);
	config = host_scene_configure(scene, "", LOGGER);
	assert_false(grants_any(config));
	config_free(config);
}

TEST(an_entry_that_allows_as_much, setup, teardown)
{
	struct scene *scene = *state;
	struct config *config =
		host_scene_configure(scene, "",
				     "  - {name: all, plugin: good, witness: bar, witness_pubkey: " KEY_2
				     ", sign: [witness_update, witness_disable]}\n");
	struct signer_policy_instance *policy = grants_make_policy(config);
	struct config_instance wanted = config->instances[0];

	wanted.grants = SIGN_WITNESS_UPDATE; /* less than it was granted */
	assert_int_equal(grants_find(policy, 1, &wanted), 0);
	wanted.grants = SIGN_WITNESS_UPDATE | SIGN_FEED_PUBLISH;
	assert_int_equal(grants_find(policy, 1, &wanted), -1);
	wanted = config->instances[0];
	wanted.max_signatures++;
	assert_int_equal(grants_find(policy, 1, &wanted), -1);
	wanted = config->instances[0];
	wanted.signing_key.bytes[1] ^= 1;
	assert_int_equal(grants_find(policy, 1, &wanted), -1);
	wanted = config->instances[0];
	strcpy(wanted.witness, "foo");
	assert_int_equal(grants_find(policy, 1, &wanted), -1);
	assert_int_equal(grants_find(policy, 0, &config->instances[0]), -1);
	free(policy);
	config_free(config);
}

int main(void)
{
	log_set(LOG_TEXT, GW_CRITICAL);
	return test_run(NULL, NULL);
}
