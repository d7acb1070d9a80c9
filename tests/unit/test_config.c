/* SPDX-License-Identifier: MIT
 *
 * Configuration as people write it, and what is wrong with a sentence each.
 */
#include <stdio.h>
#include <stdlib.h>

#include "config/tree.h"
#include "config_scene.h"
#include "signer/client.h"

#define MAIN_CHAIN  "782a3039b478c839e4cb0c941ff4eaeb7df40bdd68bd441afd444b9da763de12"
#define FEED_BOUNDS "    feed_min: 0.001\n    feed_max: 0.1\n"
#define TEST_CHAIN  "5876894a41e6361bde2e73278f07340f2eb8b41c2facd29099de9deef6cdb679"

/* The least that a configuration must say; `rest` follows it at the top. */
#define LEAST "node: ws://127.0.0.1:8091\nplugins: [{name: block_logger, witness: foo}]\n"

/* ---- the present form -------------------------------------------------------------------------------------------- */

TEST(the_design_s_example)
{
	struct config *config = accept_text("node:                                  # golosd websocket endpoints\n"
					    "  - ws://127.0.0.1:8091\n"
					    "plugin_dir: /usr/lib/golos-watch\n"
					    "state_dir: /var/lib/golos-watch\n"
					    "signer:\n"
					    "  keys: [file:/etc/golos-watch/active.key]\n"
					    "plugins:\n"
					    "  - name: witness_monitor\n"
					    "    witness: foo\n"
					    "    witness_pubkey: " KEY_1 "\n"
					    "    order: [" KEY_1 ", " KEY_2 "]\n"
					    "    miss_window: 3600\n"
					    "    allowed_misses: 1\n"
					    "    sign: [witness_update]\n");
	const struct config_instance *instance = &config->instances[0];

	assert_string_equal(config->source, "x.yml");
	assert_int_equal(config->node_count, 1);
	assert_string_equal(config->nodes[0], "ws://127.0.0.1:8091");
	assert_string_equal(config->plugin_dir, "/usr/lib/golos-watch");
	assert_int_equal(config->signer.key_count, 1);
	assert_string_equal(config->signer.keys[0], "file:/etc/golos-watch/active.key");
	assert_false(config->signer.has_inline);
	assert_int_equal(config->instance_count, 1);
	assert_string_equal(instance->name, "witness_monitor");
	assert_string_equal(instance->plugin, "witness_monitor");
	assert_string_equal(instance->witness, "foo");
	assert_string_equal(instance->witness_pubkey, KEY_1);
	assert_int_equal(instance->signing_key.bytes[0], 0x03);
	assert_int_equal(instance->grants, SIGN_WITNESS_UPDATE);
	assert_int_equal(instance->max_signatures, 6);
	assert_int_equal(instance->option_count, 5);
	assert_string_equal(instance->options[2].name, "order");
	assert_int_equal(instance->options[2].line, 11);
	assert_true(instance->options[2].is_list);
	assert_int_equal(instance->options[2].count, 2);
	assert_string_equal(instance->options[2].values[1], KEY_2);
	assert_false(instance->options[3].is_list);
	assert_string_equal(instance->options[3].values[0], "3600");
	config_free(config);
}

TEST(defaults_are_the_documented_ones)
{
	struct config *config = accept_text(LEAST);

	assert_string_equal(config->chain_id, MAIN_CHAIN);
	assert_string_equal(config->state_dir, "/var/lib/golos-watch");
	assert_string_equal(config->control, "/run/golos-watch/ctl");
	assert_string_equal(config->http, "");
	assert_null(config->control_group);
	assert_null(config->ca_file);
	assert_null(config->notice_command);
	assert_null(config->user);
	assert_int_equal(config->log_format, LOG_TEXT);
	assert_int_equal(config->log_level, GW_INFO);
	assert_false(config->dry_run);
	assert_int_equal(config->signer.key_count, 0);
	assert_int_equal(config->instances[0].grants, 0);
	assert_int_equal(config->instances[0].max_signatures, 6);
	config_free(config);
}

TEST(every_key_of_the_host)
{
	struct config *config = accept_text(
		LEAST "chain_id: test\nplugin_dir: /p\nstate_dir: /s\ncontrol: off\ncontrol_group: watchers\n"
		      "http: '[::1]:8080'\nhttp_hosts: [watch.example, '[fd00::1]']\nca_file: /ca.pem\nlog_format: "
		      "json\nlog_level: critical\nuser: nobody\n"
		      "dry_run: true\nnotice_command: /bin/mail\n"
		      "signer:\n  keys: [credential:active, 'keystore:/k,file:/pass', env:ACTIVE_KEY]\n  user: keys\n"
		      "  program: /bin/signer\n  golosd_config: /golosd/config.ini\n  max_signatures: 3\n");

	assert_string_equal(config->chain_id, TEST_CHAIN);
	assert_string_equal(config->plugin_dir, "/p");
	assert_string_equal(config->state_dir, "/s");
	assert_string_equal(config->control, "");
	assert_string_equal(config->control_group, "watchers");
	assert_string_equal(config->http, "[::1]:8080");
	assert_int_equal(config->http_host_count, 2);
	assert_string_equal(config->http_hosts[1], "[fd00::1]");
	assert_string_equal(config->ca_file, "/ca.pem");
	assert_int_equal(config->log_format, LOG_JSON);
	assert_int_equal(config->log_level, GW_CRITICAL);
	assert_string_equal(config->user, "nobody");
	assert_true(config->dry_run);
	assert_string_equal(config->notice_command, "/bin/mail");
	assert_int_equal(config->signer.key_count, 2);
	assert_string_equal(config->signer.keys[0], "credential:active");
	assert_string_equal(config->signer.keys[1], "keystore:/k,file:/pass");
	assert_true(config->signer.has_inline); /* env: */
	assert_string_equal(config->signer.user, "keys");
	assert_string_equal(config->signer.program, "/bin/signer");
	assert_string_equal(config->signer.golosd_config, "/golosd/config.ini");
	assert_int_equal(config->instances[0].max_signatures, 3);
	config_free(config);
}

TEST(values_in_their_other_forms)
{
	static const struct {
		const char *line, *http, *control, *chain;
	} table[] = {
		{"http: off", "", "/run/golos-watch/ctl", MAIN_CHAIN},
		{"http: 127.0.0.1:65535", "127.0.0.1:65535", "/run/golos-watch/ctl", MAIN_CHAIN},
		{"http: unix:/run/h", "unix:/run/h", "/run/golos-watch/ctl", MAIN_CHAIN},
		{"control: ''", "", "", MAIN_CHAIN},
		{"chain_id: main", "", "/run/golos-watch/ctl", MAIN_CHAIN},
		{"chain_id: 5876894A41E6361BDE2E73278F07340F2EB8B41C2FACD29099DE9DEEF6CDB679", "",
		 "/run/golos-watch/ctl", TEST_CHAIN},
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		char text[400];

		snprintf(text, sizeof(text), LEAST "%s\n", table[i].line);
		struct config *config = accept_text(text);
		assert_string_equal(config->http, table[i].http);
		assert_string_equal(config->control, table[i].control);
		assert_string_equal(config->chain_id, table[i].chain);
		config_free(config);
	}
}

/* As the signer's key or as an option of an instance: the signer opens it either way. */
TEST(golosd_config_in_either_place)
{
	static const char *const texts[] = {
		LEAST "signer: {golosd_config: /golosd/config.ini}\n",
		"node: ws://a:1\nplugins:\n  - {name: a, golosd_config: /golosd/config.ini}\n  - {name: b}\n",
		"node: ws://a:1\nplugins:\n  - {name: a, golosd_config: /golosd/config.ini}\n"
		"signer: {golosd_config: /golosd/config.ini}\n",
		"node: ws://a:1\nwitness: foo\nwitness_pubkey: " KEY_1 "\nkeys: file:/k\n"
		"golosd_config: /golosd/config.ini\n",
	};

	for (size_t i = 0; i < COUNT(texts); i++) {
		struct config *config = accept_text(texts[i]);

		assert_string_equal(config->signer.golosd_config, "/golosd/config.ini");
		config_free(config);
	}
}

TEST(instances_of_one_plugin)
{
	struct config *config = accept_text("node: [ws://a:1, wss://b/path]\n"
					    "plugins:\n"
					    "  - {name: block_logger, witness: foo}\n"
					    "  - {name: block_logger, witness: bar}\n"
					    "  - {name: mine, plugin: block_logger, witness: foo, max_signatures: 9}\n"
					    "  - {name: other}\n");

	assert_int_equal(config->node_count, 2);
	assert_string_equal(config->instances[0].name, "block_logger(foo)");
	assert_string_equal(config->instances[1].name, "block_logger(bar)");
	assert_string_equal(config->instances[2].name, "mine");
	assert_string_equal(config->instances[2].plugin, "block_logger");
	assert_int_equal(config->instances[2].max_signatures, 9);
	assert_string_equal(config->instances[3].name, "other");
	assert_string_equal(config->instances[3].witness, "");
	config_free(config);
}

TEST(what_is_wrong_is_named)
{
	static const struct {
		const char *text, *sentence;
	} table[] = {
		{"", "x.yml:1: nothing is configured: the text is empty"},
		{"just words", "x.yml:1: 'key: value' lines are expected"},
		{"- a\n", "x.yml:1: 'key: value' lines are expected"},
		{"plugins: [{name: a}]\n", "x.yml:1: 'node' is missing"},
		{"node: ws://a:1\n", "x.yml:1: 'plugins' is missing"},
		{LEAST "nod: 1\n", "x.yml:3: 'nod': no such key, did you mean 'node'?"},
		{LEAST "log_levle: info\n", "x.yml:3: 'log_levle': no such key, did you mean 'log_level'?"},
		{LEAST "elephants: 1\n", "x.yml:3: 'elephants': no such key"},
		{LEAST "signer: {kyes: file:/a}\n", "x.yml:3: 'signer.kyes': no such key, did you mean 'keys'?"},
		{LEAST "signer: yes\n", "x.yml:3: 'signer': 'key: value' lines are expected"},
		{LEAST "node: ws://b:1\n", "x.yml:3: 'node' is given twice, first in line 1"},
		{LEAST "state_dir:\n", "x.yml:3: 'state_dir': has no value"},
		{LEAST "state_dir: [a]\n", "x.yml:3: 'state_dir': one value is expected, not a list or a section"},
		{LEAST "state_dir: here\n", "x.yml:3: 'state_dir': an absolute path is expected"},
		{LEAST "dry_run: 2\n", "x.yml:3: 'dry_run': true or false is expected"},
		{LEAST "log_format: xml\n", "x.yml:3: 'log_format': one of text|json is expected"},
		{LEAST "chain_id: abc\n", "x.yml:3: 'chain_id': main, test or 64 hex digits are expected"},
		{LEAST "http: 0.0.0.0:80\n",
		 "x.yml:3: 'http': off, 127.0.0.1:PORT, [::1]:PORT or unix:/PATH is expected"},
		{LEAST "http_hosts: [a.example, 'a:80']\n",
		 "x.yml:3: 'http_hosts': entry 2: a host name or address without a port is expected"},
		{LEAST "http: 127.0.0.1:65536\n",
		 "x.yml:3: 'http': off, 127.0.0.1:PORT, [::1]:PORT or unix:/PATH is expected"},
		{LEAST "control: ctl\n",
		 "x.yml:3: 'control': off or an absolute path of at most 107 bytes is expected"},
		{LEAST "signer: {max_signatures: 101}\n",
		 "x.yml:3: 'signer.max_signatures': a whole number from 1 to 100 is expected"},
		{LEAST "signer:\n  keys: [file:key]\n",
		 "x.yml:4: 'signer.keys': entry 1: an absolute path is expected after 'file:'"},
		{LEAST "signer:\n  keys: []\n", "x.yml:4: 'signer.keys': has no value"},
		{LEAST "signer:\n  keys: [file:/a, 'credential:']\n",
		 "x.yml:4: 'signer.keys': entry 2: the name of a credential is expected after 'credential:'"},
		{"node: http://a\n", "x.yml:1: 'node': endpoint \"http://a\": it does not begin with ws:// or wss://"},
		{"node: [ws://a:1, ws://a:1]\n", "x.yml:1: 'node': entries 1 and 2 are the same"},
		{"node: {a: b}\n", "x.yml:1: 'node': a value or a list is expected, not a section"},
		{"node: ws://a:1\nplugins: []\n",
		 "x.yml:2: 'plugins': a list of plugins is expected: '- name: witness_monitor'"},
		{"node: ws://a:1\nplugins: [a]\n", "x.yml:2: 'key: value' lines are expected"},
		{"node: ws://a:1\nplugins:\n  - witness: foo\n", "x.yml:3: 'plugins[1].name' is missing"},
		{"node: ws://a:1\nplugins:\n  - name: My Plugin\n",
		 "x.yml:3: 'plugins[1].name': 1 to 80 letters, digits and any of _ . - ( ) are expected"},
		{"node: ws://a:1\nplugins:\n  - name: My.Plugin\n",
		 "x.yml:3: 'plugins[1].name': 1 to 48 of a-z, 0-9 and _ are expected, or give 'plugin' too"},
		{"node: ws://a:1\nplugins:\n  - name: a\n    plugin: ../a\n",
		 "x.yml:4: 'plugins[1].plugin': 1 to 48 of a-z, 0-9 and _ are expected"},
		{"node: ws://a:1\nplugins:\n  - name: a\n  - name: a\n",
		 "x.yml:4: 'plugins[2].name': 'a' is already the instance of line 3"},
		{"node: ws://a:1\nplugins:\n  - name: a\n    witness: Foo\n",
		 "x.yml:4: 'plugins[1].witness': not an account name"},
		{"node: ws://a:1\nplugins:\n  - name: a\n    sources:\n      - {of: x}\n      - of: y\n        url: "
		 "ftp://a/\n",
		 "x.yml:7: 'plugins[1].sources[2].url': an address that begins with https:// is expected"},
		{"node: ws://a:1\nplugins:\n  - name: a\n    sources: {a: {url: [b]}}\n",
		 "x.yml:4: 'plugins[1].sources[1].url': one value is expected, not a list or a section"},
		{"node: ws://a:1\nplugins:\n  - name: a\n    deep: [[[[[[1]]]]]]\n", "x.yml:4: nested too deeply"},
		{"node: ws://a:1\nplugins:\n  - name: a\n    deep: {b: {c: 1, c: 2}}\n",
		 "x.yml:4: 'c' is given twice, first in line 4"},
		{"node: ws://a:1\nplugins:\n  - name: a\n    witness_pubkey: " GW_NULL_KEY "\n",
		 "x.yml:4: 'plugins[1].witness_pubkey': this is the null key: it takes a witness out of the schedule"},
		{"node: ws://a:1\nplugins:\n  - name: a\n    sign: [transfer]\n",
		 "x.yml:4: 'plugins[1].sign': a list of witness_update|witness_disable|feed_publish is expected"},
		{"node: ws://a:1\nplugins:\n  - name: a\n    sign: [feed_publish, feed_publish]\n",
		 "x.yml:4: 'plugins[1].sign': 'feed_publish' stands in it twice"},
		{"node: ws://a:1\nplugins:\n  - name: a\n    sign: [feed_publish]\n",
		 "x.yml:3: 'plugins[1].witness' is missing: 'sign' grants signatures for it"},
		{"node: ws://a:1\nplugins:\n  - name: a\n    witness: foo\n    sign: witness_update\n",
		 "x.yml:3: 'plugins[1].witness_pubkey' is missing: the only key that 'sign' lets be set"},
		{"node: ws://a:1\nplugins:\n  - name: a\n    witness: foo\n    sign: feed_publish\n" FEED_BOUNDS,
		 "x.yml:1: 'signer.keys' is missing: nothing could be signed (or set dry_run: true)"},
		{"node: ws://a:1\nplugins:\n  - name: a\n    witness: foo\n    sign: feed_publish\n    feed_max: 1\n",
		 "x.yml:3: 'plugins[1].feed_min' and 'plugins[1].feed_max' are wanted: 'sign' grants feed_publish"},
		{"node: ws://a:1\nplugins:\n  - name: a\n    witness: foo\n" FEED_BOUNDS,
		 "x.yml:3: 'plugins[1].feed_min', feed_max, feed_max_step and max_feeds go with 'sign: "
		 "[feed_publish]'"},
		{"node: ws://a:1\nplugins:\n  - name: a\n    witness: foo\n    sign: feed_publish\n    feed_min: 0.2\n "
		 "   feed_max: 0.1\n",
		 "x.yml:6: 'plugins[1].feed_min': above feed_max"},
		{"node: ws://a:1\nplugins:\n  - name: a\n    feed_min: -1\n",
		 "x.yml:4: 'plugins[1].feed_min': GBG per GOLOS is expected, above zero, with up to 9 decimals"},
		{"node: ws://a:1\nplugins:\n  - name: a\n    feed_max_step: 0\n",
		 "x.yml:4: 'plugins[1].feed_max_step': a whole number of percent from 1 to 1000 is expected"},
		{"node: ws://a:1\nplugins:\n  - name: a\n    max_feeds: 101\n",
		 "x.yml:4: 'plugins[1].max_feeds': a whole number from 1 to 100 is expected"},
		{"node: ws://a:1\nplugins:\n  - {name: a, golosd_config: /a}\n  - {name: b, golosd_config: /b}\n",
		 "x.yml:4: 'plugins[2].golosd_config': /a is given elsewhere: one golosd holds our keys"},
		{"node: ws://a:1\nplugins:\n  - {name: a, golosd_config: [/a]}\n",
		 "x.yml:3: 'plugins[1].golosd_config': one value is expected, not a list or a section"},
		{LEAST "signer: {golosd_config: a}\n", "x.yml:3: 'signer.golosd_config': an absolute path is expected"},
		{"a: &x 1\n", "x.yml:1: an anchor (&name) is not accepted here: write the value out"},
		{"a: 1\nb: *x\n", "x.yml:2: an alias (*name) is not accepted here: write the value out"},
		{"a: !!str 1\n", "x.yml:1: a tag (!name) is not accepted here"},
		{"? [a]\n: 1\n", "x.yml:1: a key must be one word"},
		{"a: 1\n---\nb: 1\n", "x.yml:2: a second document (---) begins: one is accepted"},
		{"a: [[[[[[[[[1]]]]]]]]]\n", "x.yml:1: nested too deeply"},
		{"a: \"\\0\"\n", "x.yml:1: a value holds a zero byte"},
		{"a: 1\nb: \"x\n", "x.yml:2: not well-formed YAML: found unexpected end of stream"},
		{"a: \xff\n", "x.yml:1: not well-formed YAML: invalid leading UTF-8 octet"},
	};

	for (size_t i = 0; i < COUNT(table); i++)
		expect_refused(table[i].text, table[i].sentence);
}

/* ---- the cluster ------------------------------------------------------------------------------------------------- */

#define CLUSTER_OF(nodes) "cluster:\n  name: a\n  key: file:/k\n  nodes: " nodes "\n"

TEST(a_cluster)
{
	struct config *config = accept_text(LEAST "cluster:\n  name: b-2\n  key: [file:/k, env:OLD]\n  nodes:\n"
						  "    a: 10.8.0.1:4700\n    b-2: [eye.example:4701, '[::1]:4702']\n");
	const struct cluster_settings *cluster = &config->cluster;

	assert_string_equal(cluster->name, "b-2");
	assert_int_equal(cluster->key_count, 2);
	assert_string_equal(cluster->keys[1], "env:OLD");
	assert_int_equal(cluster->node_count, 2);
	assert_string_equal(cluster->nodes[0].name, "a");
	assert_int_equal(cluster->nodes[1].count, 2);
	assert_string_equal(cluster->nodes[1].addresses[1].host, "::1");
	assert_int_equal(cluster->nodes[1].addresses[1].port, 4702);
	assert_string_equal(cluster->listen.host, "::");
	assert_int_equal(cluster->listen.port, 4701); /* of its own first address */
	config_free(config);
	config = accept_text(LEAST);
	assert_string_equal(config->cluster.name, "");
	config_free(config);
}

TEST(an_observer_has_nothing_but_a_cluster)
{
	struct config *config = accept_text(CLUSTER_OF("{a: 'h:1', b: 'h:2'}") "  listen: 127.0.0.1:0\n");

	assert_int_equal(config->node_count, 0);
	assert_int_equal(config->instance_count, 0);
	assert_string_equal(config->cluster.listen.host, "127.0.0.1");
	assert_int_equal(config->cluster.listen.port, 0);
	config_free(config);
	expect_refused("plugins:\n  - name: a\n" CLUSTER_OF("{a: 'h:1', b: 'h:2'}"), "x.yml:1: 'node' is missing");
	expect_refused("node: ws://a:1\n" CLUSTER_OF("{a: 'h:1', b: 'h:2'}"), "x.yml:1: 'plugins' is missing");
}

TEST(what_a_cluster_may_not_say)
{
	static const struct {
		const char *text, *sentence;
	} rows[] = {
		{"cluster: a\n", "x.yml:1: 'cluster': 'key: value' lines are expected"},
		{"cluster: {key: file:/k, nodes: {a: 'h:1', b: 'h:2'}}\n", "x.yml:1: 'cluster.name' is missing"},
		{"cluster:\n  name: A\n", "x.yml:2: 'cluster.name': 1 to 16 of a-z, 0-9 and - are expected"},
		{"cluster:\n  name: a\n  key: 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n",
		 "x.yml:3: 'cluster.key': entry 1: file:PATH, credential:NAME or env:NAME is expected, never a key"},
		{"cluster:\n  name: a\n  key: [file:/a, file:/b, file:/c]\n",
		 "x.yml:3: 'cluster.key': 3 entries: at most 2 are accepted"},
		{CLUSTER_OF("[a]"), "x.yml:4: 'cluster.nodes': 'name: address' lines are expected"},
		{CLUSTER_OF("{a: 'h:1'}"),
		 "x.yml:4: 'cluster.nodes': at least two nodes are expected, ours among them"},
		{CLUSTER_OF("{b: 'h:1', c: 'h:2'}"),
		 "x.yml:4: 'cluster.nodes': a, this node's own name, is not among them"},
		{CLUSTER_OF("{a: 'h:1', b: h}"),
		 "x.yml:4: 'cluster.b': \"h\": HOST:PORT is expected, with brackets for IPv6"},
		{CLUSTER_OF("{a: 'h:1', B: 'h:2'}"), "x.yml:4: 'cluster.B': 1 to 16 of a-z, 0-9 and - are expected"},
		{CLUSTER_OF("{a: 'h:1', b: ['h:1', 'h:2', 'h:3', 'h:4', 'h:5']}"),
		 "x.yml:4: 'cluster.b': 5 entries: at most 4 are accepted"},
		{CLUSTER_OF(
			 "{a: 'h:1', b: 'h:1', c: 'h:1', d: 'h:1', e: 'h:1', f: 'h:1', g: 'h:1', h: 'h:1', i: 'h:1'}"),
		 "x.yml:4: 'cluster.nodes': 9 nodes: at most 8 are accepted"},
		{CLUSTER_OF("{a: 'h:1', b: 'h:2'}") "  listen: 4700\n",
		 "x.yml:5: 'cluster.listen': \"4700\": HOST:PORT is expected, with brackets for IPv6"},
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		expect_refused(rows[i].text, rows[i].sentence);
}

TEST(a_key_of_another_prefix)
{
	expect_refused("node: ws://a:1\nplugins:\n  - name: a\n    witness_pubkey: "
		       "STM8jCSviSzAKMHvtWsThgDcXkWHyFAe33kajzCZdania1t2sPYVx\n",
		       "x.yml:4: 'plugins[1].witness_pubkey': not a public key: it does not begin with GLS");
}

/* What stands where a source of keys should may be a key. */
TEST(a_key_in_the_wrong_place_is_not_repeated)
{
	static const char secret[] = "5KsomethingThatLooksLikeAKeyAndMayBeOneWithASlip123";
	char text[300];
	struct config *config;
	struct error err;

	snprintf(text, sizeof(text), LEAST "signer:\n  keys: %s\n", secret);
	assert_int_equal(load_text(&config, text, &err), GW_ERR_CONFIG);
	assert_string_equal(err.text, "x.yml:4: 'signer.keys': entry 1: file:PATH, credential:NAME, keystore:PATH or "
				      "env:NAME is expected, never a key");
	snprintf(text, sizeof(text), LEAST "node: [%s\n", secret);
	assert_int_equal(load_text(&config, text, &err), GW_ERR_CONFIG);
	assert_null(strstr(err.text, secret));
}

TEST(help_tells_every_key)
{
	static const char *const pieces[] = {
		"\n  node\n      golosd's websocket address",
		"\ncluster:\n  name (required)\n",
		"\n  state_dir (default /var/lib/golos-watch)\n",
		"\nsigner:\n  keys\n",
		"\n  max_signatures (default 6)\n",
		"\n  sign\n      what may be signed for this instance",
	};
	char *help = config_help();

	for (size_t i = 0; i < COUNT(pieces); i++)
		if (!strstr(help, pieces[i]))
			fail_msg("not in it: '%s' but: %s", pieces[i], help);
	free(help);
}

static char *read_documentation(void)
{
	FILE *file = fopen(TEST_SOURCE_DIR "/../docs/configuration.md", "r");
	char *text = calloc(1, 65536);

	assert_non_null(file);
	assert_true(fread(text, 1, 65535, file) > 0);
	fclose(file);
	return text;
}

/* Each key of the schema has its row in the documentation's tables. */
TEST(the_documentation_has_every_key)
{
	char *documentation = read_documentation(), *help = config_help();
	size_t count = 0;

	for (const char *line = help; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		char row[80];
		int len = (int)strspn(line + (strncmp(line, "  ", 2) == 0 ? 2 : 0), "abcdefghijklmnopqrstuvwxyz_");

		if (strncmp(line, "  ", 2) != 0 || len == 0)
			continue;
		snprintf(row, sizeof(row), "| `%.*s` |", len, line + 2);
		if (!strstr(documentation, row))
			fail_msg("docs/configuration.md has no row '%s'", row);
		count++;
	}
	assert_true(count >= 24);
	free(documentation);
	free(help);
}

TEST(the_documentation_s_examples_load)
{
	char *documentation = read_documentation();
	size_t count = 0;

	for (char *at = strstr(documentation, "```yaml\n"); at; at = strstr(at + 1, "```yaml\n")) {
		char *text = at + strlen("```yaml\n"), *end = strstr(text, "\n```");

		assert_non_null(end);
		end[1] = 0;
		config_free(accept_text(text));
		at = end + 1;
		end[1] = '`';
		count++;
	}
	assert_int_equal(count, 5);
	free(documentation);
}

/* ---- limits ------------------------------------------------------------------------------------------------------ */

TEST(limits_hold)
{
	char *text = malloc(TREE_BYTES_MAX + 2);
	char *end = text + sprintf(text, "node: ws://a:1\nplugins:\n");

	for (int i = 0; i <= CONFIG_INSTANCES_MAX; i++)
		end += sprintf(end, "- name: a%d\n", i);
	expect_refused(text, "x.yml:2: 'plugins': 1025 instances: at most 1024 are accepted");
	*(strrchr(text, '-')) = 0; /* the last one */
	struct config *config = accept_text(text);
	assert_int_equal(config->instance_count, CONFIG_INSTANCES_MAX);
	config_free(config);

	end = text + sprintf(text, "node:\n");
	for (int i = 0; i <= CONFIG_NODES_MAX; i++)
		end += sprintf(end, "- ws://a:%d\n", i + 1);
	expect_refused(text, "x.yml:1: 'node': 9 entries: at most 8 are accepted");

	end = text;
	for (int i = 0; i < 257; i++)
		end += sprintf(end, "k%d: 1\n", i);
	expect_refused(text, "x.yml:257: too many keys in one place");

	memset(text, '#', TREE_BYTES_MAX + 1);
	text[TREE_BYTES_MAX + 1] = 0;
	expect_refused(text, "x.yml: larger than 1048576 bytes");
	free(text);
}

TEST(files_that_cannot_be_read)
{
	struct config *config;
	struct error err;

	assert_int_equal(config_load(&config, "/nonexistent.yml", &err), GW_ERR_NOT_FOUND);
	assert_string_equal(err.text, "/nonexistent.yml: No such file or directory");
	assert_int_equal(config_load(&config, "/", &err), GW_ERR_CONFIG);
	assert_string_equal(err.text, "/: not a regular file");
}

/* Each once, in their order; the places of an instance count entries without one. */
TEST(addresses_of_sources)
{
	static const char text[] =
		"node: ws://a:1\nplugins:\n"
		"  - name: a\n    sources: [{url: \"https://x.example/1\"}, {rpc: b}, c, {url: https://x.example/2}]\n"
		"  - name: b\n    sources: {one: {url: https://x.example/2}, two: {url: 'http://localhost:1/'}}\n"
		"  - name: c\n    sources: word\n";
	struct config *config = accept_text(text);
	const char *urls[CONFIG_ADDRESSES_MAX];

	assert_int_equal(config_addresses(config, urls), 3);
	assert_string_equal(urls[0], "https://x.example/1");
	assert_string_equal(urls[1], "https://x.example/2");
	assert_string_equal(urls[2], "http://localhost:1/");
	assert_int_equal(config->instances[0].source_count, 4);
	assert_null(config->instances[0].sources[1]);
	assert_null(config->instances[0].sources[2]);
	assert_string_equal(config->instances[0].sources[3], "https://x.example/2");
	assert_int_equal(config->instances[2].source_count, 0);
	config_free(config);
}

TEST(more_addresses_than_are_taken)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fprintf(out, "node: ws://a:1\nplugins:\n  - name: a\n    sources:\n");
	for (int i = 0; i <= CONFIG_ADDRESSES_MAX; i++)
		fprintf(out, "      - {url: https://x.example/%d}\n", i);
	fclose(out);
	expect_refused(text, "x.yml: 65 addresses in 'sources': at most 64 are accepted");
	free(text);
}
