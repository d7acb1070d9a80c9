/* SPDX-License-Identifier: MIT
 *
 * The keys of the configuration: one table per section. A default is a text that goes through the same reader as the
 * file's text, so the file could hold each default.
 */
#include "config/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/read.h"
#include "config/value.h"
#include "fetch/wire/address.h"
#include "graphene/operation.h"
#include "signer/client.h"

static config_read_fn read_plugins, read_signer, read_cluster;

/* ---- the tables ------------------------------------------------------------------------------------------------- */

#ifndef GW_PLUGIN_DIR
#error "GW_PLUGIN_DIR: where plugins are installed; the build gives it"
#endif
#define AT(member) offsetof(struct config, member)
#define IN(member) offsetof(struct config_instance, member)

static const struct schema_key top_section[] = {
	{.is.name = "node",
	 .read = config_read_nodes,
	 .is.help = "golosd's websocket address, or a list of them; the first is our own golosd. An observer has none"},
	{.is.name = "chain_id",
	 .read_text = config_read_chain_id,
	 .offset = AT(chain_id),
	 .is.default_text = "main",
	 .is.help = "the chain to act on: main, test or 64 hex digits; a node on another chain is refused"},
	{.is.name = "plugin_dir",
	 .read_text = config_read_path,
	 .offset = AT(plugin_dir),
	 .is.default_text = GW_PLUGIN_DIR,
	 .is.help = "where the plugins lie"},
	{.is.name = "state_dir",
	 .read_text = config_read_path,
	 .offset = AT(state_dir),
	 .is.default_text = "/var/lib/golos-watch",
	 .is.help = "where the journal lies"},
	{.is.name = "control",
	 .read_text = config_read_control,
	 .offset = AT(control),
	 .is.default_text = "/run/golos-watch/ctl",
	 .is.help = "the control socket of golos-watch, or off"},
	{.is.name = "control_group",
	 .read_text = config_read_text,
	 .offset = AT(control_group),
	 .is.help = "group that may read the control socket"},
	{.is.name = "http",
	 .read_text = config_read_http,
	 .offset = AT(http),
	 .is.default_text = "off",
	 .is.help = "status over HTTP: off, 127.0.0.1:PORT, [::1]:PORT or unix:/PATH"},
	{.is.name = "http_hosts",
	 .read = config_read_hosts,
	 .is.help = "names beside loopback that the status may be asked by, one or a list: a proxy's"},
	{.is.name = "ca_file",
	 .read_text = config_read_path,
	 .offset = AT(ca_file),
	 .is.help = "certificates to trust for wss; the system's when not given"},
	{.is.name = "log_format",
	 .is.type = GW_OPTION_CHOICE,
	 .offset = AT(log_format),
	 .is.choices = "text|json",
	 .is.default_text = "text",
	 .is.help = "text or json"},
	{.is.name = "log_level",
	 .is.type = GW_OPTION_CHOICE,
	 .offset = AT(log_level),
	 .is.choices = "debug|info|warning|critical",
	 .is.default_text = "info",
	 .is.help = "the least that is logged: debug, info, warning or critical"},
	{.is.name = "user",
	 .read_text = config_read_text,
	 .offset = AT(user),
	 .is.help = "user to run as when started as root; golos-watch when not given"},
	{.is.name = "dry_run",
	 .is.type = GW_OPTION_BOOL,
	 .offset = AT(dry_run),
	 .is.default_text = "false",
	 .is.help = "decide and say, and sign nothing"},
	{.is.name = "notice_command",
	 .read_text = config_read_path,
	 .offset = AT(notice_command),
	 .is.help = "program that is run with each notice as JSON on its standard input"},
	{.is.name = "signer", .read = read_signer, .is.help = "the keys and who holds them; keys below"},
	{.is.name = "cluster",
	 .read = read_cluster,
	 .is.help = "the other nodes of the witness, which then know each other; keys below"},
	{.is.name = "plugins",
	 .read = read_plugins,
	 .is.help = "the instances to run; keys below. An observer has none"},
};

static const struct schema_key cluster_section[] = {
	{.is.name = "name",
	 .read_text = config_read_cluster_name,
	 .offset = AT(cluster.name),
	 .is.required = 1,
	 .is.help = "this node's name, one of `nodes`"},
	{.is.name = "key",
	 .read = config_read_cluster_keys,
	 .is.required = 1,
	 .is.help = "where the cluster's key is: file:PATH, credential:NAME or env:NAME; two while it is changed: the "
		    "first seals, each opens"},
	{.is.name = "nodes",
	 .read = config_read_cluster_nodes,
	 .is.required = 1,
	 .is.help = "each node's name with HOST:PORT, or a list of them: 2 to 8, this one among them"},
	{.is.name = "listen",
	 .read_text = config_read_cluster_listen,
	 .offset = AT(cluster.listen),
	 .is.help = "ADDRESS:PORT to listen at; all addresses, and the port of this node's own entry, when not given"},
};

static const struct schema_key signer_section[] = {
	{.is.name = "keys",
	 .read = config_read_keys,
	 .is.help = "where active keys are: file:PATH, credential:NAME, keystore:PATH or env:NAME, or a list of them"},
	{.is.name = "max_signatures",
	 .is.type = GW_OPTION_INT,
	 .is.min = 1,
	 .is.max = CONFIG_SIGNATURES_MAX,
	 .offset = AT(signer.max_signatures),
	 .is.default_text = "6",
	 .is.help = "signatures an hour for one witness and key, 1 to 100"},
	{.is.name = "user",
	 .read_text = config_read_text,
	 .offset = AT(signer.user),
	 .is.help = "user to run as when started as root; golos-watch-signer when not given"},
	{.is.name = "program",
	 .read_text = config_read_path,
	 .offset = AT(signer.program),
	 .is.help = "the signer program; beside golos-watchd when not given"},
	{.is.name = "golosd_config",
	 .read_text = config_read_path,
	 .offset = AT(signer.golosd_config),
	 .is.help = "config.ini of the own golosd: checked to hold the witness and our key's private half"},
};

static const struct schema_key instance_section[] = {
	{.is.name = "name",
	 .read_text = config_read_instance_name,
	 .offset = IN(name),
	 .is.required = 1,
	 .is.help = "name of the instance, and of the plugin where `plugin` is not given"},
	{.is.name = "plugin",
	 .read_text = config_read_word,
	 .offset = IN(plugin),
	 .is.help = "name of the plugin: NAME.so in plugin_dir"},
	{.is.name = "sign",
	 .read = config_read_grants,
	 .offset = IN(grants),
	 .is.help = "what may be signed for this instance: a list of witness_update, witness_disable, feed_publish"},
	{.is.name = "max_signatures",
	 .is.type = GW_OPTION_INT,
	 .is.min = 1,
	 .is.max = CONFIG_SIGNATURES_MAX,
	 .offset = IN(max_signatures),
	 .is.help = "as the signer's, for this instance"},
	{.is.name = "feed_min",
	 .read_text = config_read_rate,
	 .offset = IN(feed.min),
	 .is.help = "the lowest price that is signed, GBG per GOLOS; wanted where feed_publish is granted"},
	{.is.name = "feed_max",
	 .read_text = config_read_rate,
	 .offset = IN(feed.max),
	 .is.help = "the highest price that is signed, GBG per GOLOS; wanted where feed_publish is granted"},
	{.is.name = "feed_max_step",
	 .read_text = config_read_percent,
	 .offset = IN(feed.step),
	 .is.help = "percent by which a price may differ from each that was signed within 24 h; 50 when not given"},
	{.is.name = "max_feeds",
	 .is.type = GW_OPTION_INT,
	 .is.min = 1,
	 .is.max = CONFIG_SIGNATURES_MAX,
	 .offset = IN(feed.per_hour),
	 .is.help = "prices signed in an hour, counted apart from max_signatures; 2 when not given"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct schema_key *find_key(const struct schema_key *keys, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(keys[i].is.name, name))
			return &keys[i];
	return NULL;
}

bool schema_is_host_key(const char *name)
{
	return find_key(top_section, COUNT(top_section), name) != NULL;
}

void config_offer_instance_keys(struct nearest *nearest, const char *wrong)
{
	for (size_t i = 0; i < COUNT(instance_section); i++)
		nearest_offer(nearest, wrong, instance_section[i].is.name);
}

static gw_status fail_unknown(struct reader *r, const struct tree *at, const struct schema_key *keys, size_t count)
{
	struct nearest nearest = {0};
	char hint[80];

	if (r->older && !strcmp(at->key, "keys"))
		return config_fail(r, at, "'signer' has keys of its own: one place is wanted");
	for (size_t i = 0; i < count; i++)
		nearest_offer(&nearest, at->key, keys[i].is.name);
	nearest_text(hint, sizeof(hint), &nearest);
	return config_fail(r, at, "no such key%s", hint);
}

static gw_status read_default(struct reader *r, const struct schema_key *key, void *target)
{
	struct tree *value = tree_new(TREE_SCALAR, 0, key->is.name, key->is.default_text);
	gw_status status = config_read(r, value, key, target);

	tree_free(value);
	return status;
}

/* Reads what stands in `map`, then the defaults of what does not. `base`: the struct the table's offsets count from.
 * other: takes the keys that are not in the table; NULL: there are none. */
static gw_status read_section(struct reader *r, const struct tree *map, const struct schema_key *keys, size_t count,
			      void *base, gw_status (*other)(struct reader *r, const struct tree *value, void *base))
{
	const struct tree place = {.line = map->line, .origin = map->origin}; /* the section names it already */
	gw_status status = GW_OK;

	if (map->kind != TREE_MAP)
		return config_fail(r, map, "'key: value' lines are expected");
	for (size_t i = 0; i < map->count && status == GW_OK; i++) {
		const struct tree *value = map->children[i];
		const struct schema_key *key = find_key(keys, count, value->key);

		if (key)
			status = config_read(r, value, key, (char *)base + key->offset);
		else
			status = other ? other(r, value, base) : fail_unknown(r, value, keys, count);
	}
	for (size_t i = 0; i < count && status == GW_OK; i++) {
		const struct schema_key *key = &keys[i];

		if (tree_member(map, key->is.name))
			continue;
		if (key->is.required)
			status = config_fail(r, &place, "'%s%s' is missing", r->section, key->is.name);
		else if (key->is.default_text)
			status = read_default(r, key, (char *)base + key->offset);
	}
	return status;
}

static gw_status read_signer(struct reader *r, const struct tree *value, void *target)
{
	(void)target;
	if (value->kind != TREE_MAP)
		return config_fail(r, value, "'key: value' lines are expected");
	snprintf(r->section, sizeof(r->section), "%s", r->older ? "" : "signer.");
	gw_status status = read_section(r, value, signer_section, COUNT(signer_section), r->config, NULL);
	r->section[0] = 0;
	return status;
}

static gw_status read_cluster(struct reader *r, const struct tree *value, void *target)
{
	struct cluster_settings *cluster = &r->config->cluster;
	struct error why;

	(void)target;
	if (value->kind != TREE_MAP)
		return config_fail(r, value, "'key: value' lines are expected");
	snprintf(r->section, sizeof(r->section), "cluster.");
	gw_status status = read_section(r, value, cluster_section, COUNT(cluster_section), r->config, NULL);
	if (status == GW_OK && cluster_check_names(cluster, &why) != GW_OK)
		status = config_fail(r, tree_member(value, "nodes"), "%s", why.text);
	r->section[0] = 0;
	for (size_t i = 0; i < cluster->node_count && !cluster->listen.host[0]; i++)
		if (strcmp(cluster->nodes[i].name, cluster->name) == 0)
			cluster->listen = (struct cluster_address){"::", cluster->nodes[i].addresses[0].port};
	return status;
}

/* A list or a section, as a plugin may want it: GW_OPTION_JSON. */
static gw_status take_nested(const struct reader *r, const struct tree *value, struct config_option *option)
{
	option->json = tree_json(value);
	if (strlen(option->json) > CONFIG_OPTION_JSON_MAX)
		return config_fail(r, value, "longer than %u bytes as JSON", CONFIG_OPTION_JSON_MAX);
	option->is_list = value->kind == TREE_LIST;
	for (size_t i = value->count; option->is_list && i-- > 0;)
		if (value->children[i]->kind != TREE_SCALAR || tree_is_empty(value->children[i]))
			option->no_value = i + 1; /* the first one */
	if (!option->is_list || option->no_value)
		return GW_OK;
	option->count = value->count;
	option->values = xcalloc(option->count, sizeof(*option->values));
	for (size_t i = 0; i < option->count; i++)
		option->values[i] = xstrdup(value->children[i]->text);
	return GW_OK;
}

/* A key that is the plugin's own: kept as written, its type is checked against the plugin's table. */
static gw_status take_option(struct reader *r, const struct tree *value, void *base)
{
	struct config_instance *instance = base;

	if (tree_is_empty(value))
		return config_fail(r, value, "has no value");
	if (!value_is_word(value->key))
		return config_fail(r, value, "not the name of an option");
	struct config_option *option = &instance->options[instance->option_count++];
	*option = (struct config_option){.name = xstrdup(value->key), .line = value->line, .origin = value->origin};
	if (value->kind != TREE_SCALAR)
		return take_nested(r, value, option);
	option->count = 1;
	option->values = xcalloc(1, sizeof(*option->values));
	option->values[0] = xstrdup(value->text);
	return GW_OK;
}

/* `witness` and `witness_pubkey` are options of plugins, and what the signer's policy is made of. */
static gw_status read_policy(struct reader *r, const struct tree *map, struct config_instance *instance)
{
	const struct tree *witness = tree_member(map, "witness"), *pubkey = tree_member(map, "witness_pubkey");
	struct error why;
	const char *text;

	if (witness) {
		gw_status status = config_scalar(r, witness, &text);

		if (status != GW_OK)
			return status;
		if (!account_name_is_valid(text))
			return config_fail(r, witness, "not an account name");
		snprintf(instance->witness, sizeof(instance->witness), "%s", text);
	}
	if (pubkey) {
		gw_status status = config_scalar(r, pubkey, &text);

		if (status != GW_OK)
			return status;
		if (public_key_parse(&instance->signing_key, text, strlen(text), &why) != GW_OK)
			return config_fail(r, pubkey, "%s", why.text);
		if (public_key_is_null(&instance->signing_key))
			return config_fail(r, pubkey, "this is the null key: it takes a witness out of the schedule");
		public_key_format(instance->witness_pubkey, &instance->signing_key);
	}
	if (instance->grants && !witness)
		return config_fail(r, map, "'%switness' is missing: 'sign' grants signatures for it", r->section);
	if ((instance->grants & SIGN_WITNESS_UPDATE) && !pubkey)
		return config_fail(r, map, "'%switness_pubkey' is missing: the only key that 'sign' lets be set",
				   r->section);
	return GW_OK;
}

/* The bounds of what is signed must be a person's own, so there are no defaults for the two that matter. */
static gw_status read_feed(struct reader *r, const struct tree *map, struct config_instance *instance)
{
	struct feed_bounds *feed = &instance->feed;
	bool is_granted = instance->grants & SIGN_FEED_PUBLISH;

	if (!is_granted && (feed->min || feed->max || feed->step || feed->per_hour))
		return config_fail(r, map,
				   "'%sfeed_min', feed_max, feed_max_step and max_feeds go with 'sign: [feed_publish]'",
				   r->section);
	if (is_granted && (!feed->min || !feed->max))
		return config_fail(r, map, "'%sfeed_min' and '%sfeed_max' are wanted: 'sign' grants feed_publish",
				   r->section, r->section);
	if (feed->min > feed->max)
		return config_fail(r, tree_member(map, "feed_min"), "above feed_max");
	if (is_granted && !feed->step)
		feed->step = FEED_STEP_DEFAULT;
	if (is_granted && !feed->per_hour)
		feed->per_hour = FEEDS_DEFAULT;
	return GW_OK;
}

/* The addresses that the instance may have asked of the internet. All else in an entry is its plugin's. */
static gw_status read_source(struct reader *r, const struct tree *entry, char **ret)
{
	const struct tree *url = entry->kind == TREE_MAP ? tree_member(entry, "url") : NULL;
	struct fetch_url parsed;
	struct error why;
	const char *text;

	if (!url)
		return GW_OK;
	gw_status status = config_scalar(r, url, &text);
	if (status != GW_OK)
		return status;
	if (fetch_url_parse(&parsed, text, &why) != GW_OK)
		return config_fail(r, url, "%s", why.text);
	*ret = xstrdup(text);
	return GW_OK;
}

static gw_status read_sources(struct reader *r, const struct tree *map, struct config_instance *instance)
{
	const struct tree *sources = tree_member(map, "sources");
	size_t section_len = strlen(r->section);
	gw_status status = GW_OK;

	if (!sources || sources->kind == TREE_SCALAR)
		return GW_OK;
	instance->sources = xcalloc(sources->count, sizeof(*instance->sources));
	instance->source_count = sources->count;
	for (size_t i = 0; i < sources->count && status == GW_OK; i++) {
		snprintf(r->section + section_len, sizeof(r->section) - section_len, "sources[%zu].", i + 1);
		status = read_source(r, sources->children[i], &instance->sources[i]);
	}
	r->section[section_len] = 0;
	return status;
}

static gw_status read_instance(struct reader *r, const struct tree *item, struct config_instance *instance)
{
	instance->line = item->line;
	if (item->kind == TREE_MAP)
		instance->options = xcalloc(item->count, sizeof(*instance->options));
	gw_status status = read_section(r, item, instance_section, COUNT(instance_section), instance, take_option);
	if (status != GW_OK)
		return status;
	if (!instance->plugin && !value_is_word(instance->name))
		return config_fail(r, tree_member(item, "name"),
				   "1 to 48 of a-z, 0-9 and _ are expected, or give 'plugin' too");
	if (!instance->plugin)
		instance->plugin = xstrdup(instance->name);
	status = read_policy(r, item, instance);
	if (status == GW_OK)
		status = read_sources(r, item, instance);
	return status ? status : read_feed(r, item, instance);
}

static gw_status read_plugins(struct reader *r, const struct tree *value, void *target)
{
	struct config *config = r->config;
	gw_status status = GW_OK;

	(void)target;
	if (value->kind != TREE_LIST || value->count == 0)
		return config_fail(r, value, "a list of plugins is expected: '- name: witness_monitor'");
	if (value->count > CONFIG_INSTANCES_MAX)
		return config_fail(r, value, "%zu instances: at most %d are accepted", value->count,
				   CONFIG_INSTANCES_MAX);
	config->instances = xcalloc(value->count, sizeof(*config->instances));
	for (size_t i = 0; i < value->count && status == GW_OK; i++) {
		if (r->older)
			r->section[0] = 0;
		else
			snprintf(r->section, sizeof(r->section), "plugins[%zu].", i + 1);
		config->instance_count++;
		status = read_instance(r, value->children[i], &config->instances[i]);
	}
	r->section[0] = 0;
	return status;
}

/* ---- what no single key shows ----------------------------------------------------------------------------------- */

/* "witness_monitor" several times: "witness_monitor(foo)" each, where the witnesses tell them apart. */
static void name_apart(struct config *config)
{
	bool *shared = xcalloc(config->instance_count, sizeof(*shared));

	for (size_t i = 0; i < config->instance_count; i++)
		for (size_t j = 0; j < config->instance_count; j++)
			if (i != j && !strcmp(config->instances[i].name, config->instances[j].name))
				shared[i] = true;
	for (size_t i = 0; i < config->instance_count; i++) {
		struct config_instance *instance = &config->instances[i];

		if (!shared[i] || !*instance->witness)
			continue;
		char *name = xasprintf("%s(%s)", instance->name, instance->witness);
		free(instance->name);
		instance->name = name;
	}
	free(shared);
}

size_t config_addresses(const struct config *config, const char *ret[CONFIG_ADDRESSES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < config->instance_count; i++)
		for (size_t j = 0; j < config->instances[i].source_count; j++) {
			const char *url = config->instances[i].sources[j];
			size_t at = 0;

			while (url && at < count && strcmp(ret[at], url) != 0)
				at++;
			if (url && at == count && count < CONFIG_ADDRESSES_MAX)
				ret[count++] = url;
		}
	return count;
}

/* One more would be a source that nobody asks. */
static gw_status check_addresses(const struct config *config, struct error *err)
{
	size_t urls = 0;

	for (size_t i = 0; i < config->instance_count; i++)
		for (size_t j = 0; j < config->instances[i].source_count; j++)
			urls += config->instances[i].sources[j] != NULL;
	return urls <= CONFIG_ADDRESSES_MAX
		       ? GW_OK
		       : error_set(err, GW_ERR_CONFIG, "%s: %zu addresses in 'sources': at most %d are accepted",
				   config->source, urls, CONFIG_ADDRESSES_MAX);
}

static gw_status check_names(const struct config *config, struct error *err)
{
	for (size_t i = 0; i < config->instance_count; i++)
		for (size_t j = 0; j < i; j++)
			if (!strcmp(config->instances[i].name, config->instances[j].name))
				return error_set(err, GW_ERR_CONFIG,
						 "%s:%d: 'plugins[%zu].name': '%s' is already the instance of line %d",
						 config->source, config->instances[i].line, i + 1,
						 config->instances[i].name, config->instances[j].line);
	return GW_OK;
}

/* `golosd_config` is an option of plugins, and the signer opens that file at its start. Either place will do. Both must
 * name the same file, for one golosd holds our keys. */
static gw_status share_golosd_config(struct reader *r, const struct tree *root)
{
	const struct tree *plugins = tree_member(root, "plugins");
	char **shared = &r->config->signer.golosd_config;
	gw_status status = GW_OK;

	for (size_t i = 0; plugins && i < plugins->count && status == GW_OK; i++) {
		const struct tree *value = tree_member(plugins->children[i], "golosd_config");
		const char *text;

		if (!value)
			continue;
		if (!r->older)
			snprintf(r->section, sizeof(r->section), "plugins[%zu].", i + 1);
		status = config_scalar(r, value, &text);
		if (status == GW_OK && !*shared)
			status = config_read_path(r, value, text, shared);
		else if (status == GW_OK && strcmp(*shared, text) != 0)
			status = config_fail(r, value, "%s is given elsewhere: one golosd holds our keys", *shared);
	}
	r->section[0] = 0;
	return status;
}

/* Each grant needs a key to sign with; an instance without `max_signatures` has the signer's. */
static gw_status check_signing(const struct reader *r, const struct tree *root)
{
	struct config *config = r->config;
	uint32_t grants = 0;

	for (size_t i = 0; i < config->instance_count; i++) {
		grants |= config->instances[i].grants;
		if (!config->instances[i].max_signatures)
			config->instances[i].max_signatures = config->signer.max_signatures;
	}
	if (grants && !config->dry_run && !config->signer.key_count && !config->signer.has_inline)
		return config_fail(r, root, "'%s' is missing: nothing could be signed (or set dry_run: true)",
				   r->older ? "keys" : "signer.keys");
	return GW_OK;
}

/* An observer of a cluster has neither golosd nor plugins; everybody else has both. */
static gw_status check_parts(const struct reader *r, const struct tree *root)
{
	const char *const parts[] = {"node", "plugins"};
	bool is_observer = tree_member(root, "cluster") && !tree_member(root, "node") && !tree_member(root, "plugins");

	for (size_t i = 0; i < COUNT(parts) && !is_observer; i++)
		if (!tree_member(root, parts[i]))
			return config_fail(r, root, "'%s' is missing", parts[i]);
	return GW_OK;
}

gw_status schema_read(struct config *config, const struct tree *root, bool older, struct error *err)
{
	struct reader r = {.config = config, .err = err, .older = older};
	const struct schema_key *max = find_key(signer_section, COUNT(signer_section), "max_signatures");

	if (read_section(&r, root, top_section, COUNT(top_section), config, NULL) || check_parts(&r, root) ||
	    (!config->signer.max_signatures && read_default(&r, max, &config->signer.max_signatures)) ||
	    share_golosd_config(&r, root) || check_signing(&r, root))
		return err->status;
	name_apart(config);
	return check_addresses(config, err) || check_names(config, err) ? err->status : GW_OK;
}

/* ---- help ------------------------------------------------------------------------------------------------------- */

static void help_section(FILE *out, const char *title, const struct schema_key *keys, size_t count)
{
	fprintf(out, "%s\n", title);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "  %s", keys[i].is.name);
		if (keys[i].is.required)
			fputs(" (required)", out);
		else if (keys[i].is.default_text)
			fprintf(out, " (default %s)", keys[i].is.default_text);
		fprintf(out, "\n      %s\n", keys[i].is.help);
	}
}

char *config_help(void)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return xstrdup("");
	help_section(out, "Keys of golos-watch.yml:", top_section, COUNT(top_section));
	help_section(out, "\nsigner:", signer_section, COUNT(signer_section));
	help_section(out, "\ncluster:", cluster_section, COUNT(cluster_section));
	help_section(out,
		     "\nplugins, each entry, beside the plugin's own options (--plugin-help NAME):", instance_section,
		     COUNT(instance_section));
	fclose(out);
	return text;
}
