/* SPDX-License-Identifier: MIT
 *
 * What the configuration may say: one table per section, one reader per kind of value. A default is a text that goes
 * through the same reader as what the file says, so it cannot be something that the file could not say.
 */
#include "config_schema.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config_value.h"
#include "graphene/operation.h"
#include "node/nodes.h"
#include "signer/client.h"

#define PATH_MAX_BYTES 1024

struct reader {
	struct config *config;
	struct error *err;
	bool older;	  /* the keys stand at the top of an older file, or are variables */
	char section[48]; /* "", "signer.", "plugins[2]." */
};

struct schema_key;
typedef gw_status (*read_fn)(struct reader *r, const struct tree *value, const struct schema_key *key, void *target);

struct schema_key {
	const char *name;
	read_fn read;
	size_t offset;		  /* of the target, in struct config or struct config_instance */
	const char *choices;	  /* read_choice: "a|b" */
	const char *default_text; /* NULL: the target stays zero */
	bool required;
	const char *help;
};

/* "FILE:LINE: 'section.key': …", or "environment: $NAME: …". */
static gw_status fail(const struct reader *r, const struct tree *at, const char *fmt, ...) PRINTF_LIKE(3, 4);

static gw_status fail(const struct reader *r, const struct tree *at, const char *fmt, ...)
{
	char what[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	if (at->origin)
		return error_set(r->err, GW_ERR_CONFIG, "%s: %s: %s", r->config->source, at->origin, what);
	if (!at->key)
		return error_set(r->err, GW_ERR_CONFIG, "%s:%d: %s", r->config->source, at->line, what);
	return error_set(r->err, GW_ERR_CONFIG, "%s:%d: '%s%s': %s", r->config->source, at->line, r->section, at->key,
			 what);
}

/* ---- readers of single values ----------------------------------------------------------------------------------- */

/* The text of a scalar that says something. */
static gw_status scalar(const struct reader *r, const struct tree *value, const char **ret)
{
	if (value->kind == TREE_SCALAR && !tree_is_empty(value)) {
		*ret = value->text;
		return GW_OK;
	}
	fail(r, value, value->kind == TREE_SCALAR ? "has no value" : "one value is expected, not a list or a section");
	return GW_ERR_CONFIG;
}

static gw_status read_text(struct reader *r, const struct tree *value, const struct schema_key *key, void *target)
{
	const char *text;
	gw_status status = scalar(r, value, &text);

	(void)key;
	if (status != GW_OK)
		return status;
	if (!*text || strlen(text) > PATH_MAX_BYTES)
		return fail(r, value, "1 to %d characters are expected", PATH_MAX_BYTES);
	*(char **)target = xstrdup(text);
	return GW_OK;
}

/* Absolute, because a daemon's working directory is nobody's choice. */
static gw_status check_path(const struct reader *r, const struct tree *value, const char *path)
{
	if (*path != '/' || strlen(path) > PATH_MAX_BYTES)
		return fail(r, value, "an absolute path is expected");
	return GW_OK;
}

static gw_status read_path(struct reader *r, const struct tree *value, const struct schema_key *key, void *target)
{
	const char *text;
	gw_status status = scalar(r, value, &text);

	(void)key;
	if (status == GW_OK)
		status = check_path(r, value, text);
	if (status == GW_OK)
		*(char **)target = xstrdup(text);
	return status;
}

static gw_status read_bool(struct reader *r, const struct tree *value, const struct schema_key *key, void *target)
{
	const char *text;
	gw_status status = scalar(r, value, &text);

	(void)key;
	if (status == GW_OK && !value_parse_bool(text, target))
		return fail(r, value, "true or false is expected");
	return status;
}

static gw_status read_choice(struct reader *r, const struct tree *value, const struct schema_key *key, void *target)
{
	const char *text;
	gw_status status = scalar(r, value, &text);

	if (status == GW_OK && !value_parse_choice(text, key->choices, target))
		return fail(r, value, "one of %s is expected", key->choices);
	return status;
}

static gw_status read_log_format(struct reader *r, const struct tree *value, const struct schema_key *key, void *target)
{
	int32_t place = 0;
	gw_status status = read_choice(r, value, key, &place);

	if (status == GW_OK)
		*(enum log_format *)target = place == 0 ? LOG_TEXT : LOG_JSON;
	return status;
}

static gw_status read_signatures(struct reader *r, const struct tree *value, const struct schema_key *key, void *target)
{
	const char *text;
	int64_t number;
	gw_status status = scalar(r, value, &text);

	(void)key;
	if (status != GW_OK)
		return status;
	if (!value_parse_whole(text, &number) || number < 1 || number > CONFIG_SIGNATURES_MAX)
		return fail(r, value, "a whole number from 1 to %d is expected", CONFIG_SIGNATURES_MAX);
	*(uint32_t *)target = (uint32_t)number;
	return GW_OK;
}

static gw_status read_chain_id(struct reader *r, const struct tree *value, const struct schema_key *key, void *target)
{
	const char *text;
	char *id = target;
	gw_status status = scalar(r, value, &text);

	(void)key;
	if (status != GW_OK)
		return status;
	if (!strcmp(text, "main"))
		text = CONFIG_CHAIN_MAIN;
	else if (!strcmp(text, "test"))
		text = CONFIG_CHAIN_TEST;
	else if (strlen(text) != 64 || strspn(text, "0123456789abcdefABCDEF") != 64)
		return fail(r, value, "main, test or 64 hex digits are expected");
	for (size_t i = 0; i <= 64; i++)
		id[i] = (char)(text[i] >= 'A' && text[i] <= 'F' ? text[i] - 'A' + 'a' : text[i]);
	return GW_OK;
}

static gw_status read_control(struct reader *r, const struct tree *value, const struct schema_key *key, void *target)
{
	const char *text;
	gw_status status = scalar(r, value, &text);

	(void)key;
	if (status != GW_OK)
		return status;
	if (!strcmp(text, "off"))
		text = "";
	/* sun_path takes 107 bytes and NUL */
	if (*text && (*text != '/' || strlen(text) > 107))
		return fail(r, value, "off or an absolute path of at most 107 bytes is expected");
	*(char **)target = xstrdup(text);
	return GW_OK;
}

static bool is_port(const char *text)
{
	int64_t port;

	return value_parse_whole(text, &port) && port >= 1 && port <= 65535;
}

/* Status is for this machine alone: nothing but loopback and unix sockets is accepted. */
static gw_status read_http(struct reader *r, const struct tree *value, const struct schema_key *key, void *target)
{
	static const char v4[] = "127.0.0.1:", v6[] = "[::1]:", sock[] = "unix:/";
	const char *text;
	gw_status status = scalar(r, value, &text);

	(void)key;
	if (status != GW_OK)
		return status;
	if (!strcmp(text, "off"))
		text = "";
	if (*text && !(!strncmp(text, v4, sizeof(v4) - 1) && is_port(text + sizeof(v4) - 1)) &&
	    !(!strncmp(text, v6, sizeof(v6) - 1) && is_port(text + sizeof(v6) - 1)) &&
	    !(!strncmp(text, sock, sizeof(sock) - 1) && strlen(text) <= 107 + 5))
		return fail(r, value, "off, 127.0.0.1:PORT, [::1]:PORT or unix:/PATH is expected");
	*(char **)target = xstrdup(text);
	return GW_OK;
}

/* ---- one value or a list of them -----------------------------------------------------------------------------------
 */

/* Calls take for the one scalar or for each of the list. */
static gw_status each_text(struct reader *r, const struct tree *value, size_t max,
			   gw_status (*take)(struct reader *r, const struct tree *value, const char *text, size_t nth))
{
	bool is_list = value->kind == TREE_LIST;
	size_t count = is_list ? value->count : 1;
	gw_status status = GW_OK;

	if (value->kind == TREE_MAP)
		return fail(r, value, "a value or a list is expected, not a section");
	if (count == 0 || (!is_list && tree_is_empty(value)))
		return fail(r, value, "has no value");
	if (count > max)
		return fail(r, value, "%zu entries: at most %zu are accepted", count, max);
	for (size_t i = 0; i < count && status == GW_OK; i++) {
		const struct tree *item = is_list ? value->children[i] : value;

		if (item->kind != TREE_SCALAR || tree_is_empty(item))
			return fail(r, value, "entry %zu is not a value", i + 1);
		status = take(r, value, item->text, i);
	}
	return status;
}

static gw_status take_node(struct reader *r, const struct tree *value, const char *text, size_t nth)
{
	struct config *config = r->config;
	struct error why;

	if (nodes_url_check(text, &why) != GW_OK)
		return fail(r, value, "%s", why.text);
	for (size_t i = 0; i < config->node_count; i++)
		if (!strcmp(config->nodes[i], text))
			return fail(r, value, "entries %zu and %zu are the same", i + 1, nth + 1);
	config->nodes[config->node_count++] = xstrdup(text);
	return GW_OK;
}

static gw_status read_nodes(struct reader *r, const struct tree *value, const struct schema_key *key, void *target)
{
	(void)key;
	(void)target;
	return each_text(r, value, CONFIG_NODES_MAX, take_node);
}

/* A source of keys, or a key itself in an older form. The text of what is no source is never repeated: it may be one.
 */
static gw_status take_key_source(struct reader *r, const struct tree *value, const char *text, size_t nth)
{
	struct config *config = r->config;

	if (!strncmp(text, "file:", 5) || !strncmp(text, "keystore:", 9)) {
		if (strchr(text, ':')[1] != '/')
			return fail(r, value, "entry %zu: an absolute path is expected after '%.*s'", nth + 1,
				    (int)(strchr(text, ':') - text + 1), text);
	} else if (!strncmp(text, "credential:", 11)) {
		if (!text[11] || strchr(text, '/'))
			return fail(r, value, "entry %zu: the name of a credential is expected after 'credential:'",
				    nth + 1);
	} else if (!strncmp(text, "env:", 4)) {
		if (!text[4] || strchr(text, '='))
			return fail(r, value, "entry %zu: the name of a variable is expected after 'env:'", nth + 1);
		config->signer.has_inline = true;
		return GW_OK;
	} else if (r->older) {
		config->signer.has_inline = true;
		return GW_OK;
	} else {
		return fail(r, value,
			    "entry %zu: file:PATH, credential:NAME, keystore:PATH or env:NAME is expected, never a key",
			    nth + 1);
	}
	config->signer.keys[config->signer.key_count++] = xstrdup(text);
	return GW_OK;
}

static gw_status read_keys(struct reader *r, const struct tree *value, const struct schema_key *key, void *target)
{
	(void)key;
	(void)target;
	return each_text(r, value, CONFIG_KEYS_MAX, take_key_source);
}

/* ---- instances -------------------------------------------------------------------------------------------------- */

static gw_status read_word(struct reader *r, const struct tree *value, const struct schema_key *key, void *target)
{
	const char *text;
	gw_status status = scalar(r, value, &text);

	(void)key;
	if (status == GW_OK && !value_is_word(text))
		return fail(r, value, "1 to 48 of a-z, 0-9 and _ are expected");
	if (status == GW_OK)
		*(char **)target = xstrdup(text);
	return status;
}

static gw_status read_instance_name(struct reader *r, const struct tree *value, const struct schema_key *key,
				    void *target)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-()";
	const char *text;
	gw_status status = scalar(r, value, &text);

	(void)key;
	if (status != GW_OK)
		return status;
	if (!*text || strlen(text) > 80 || strspn(text, letters) != strlen(text))
		return fail(r, value, "1 to 80 letters, digits and any of _ . - ( ) are expected");
	*(char **)target = xstrdup(text);
	return GW_OK;
}

static gw_status read_grants(struct reader *r, const struct tree *value, const struct schema_key *key, void *target)
{
	static const uint32_t bits[] = {SIGN_WITNESS_UPDATE, SIGN_WITNESS_DISABLE, SIGN_FEED_PUBLISH};
	bool is_list = value->kind == TREE_LIST;
	size_t count = is_list ? value->count : 1;
	uint32_t grants = 0;
	int32_t place;

	for (size_t i = 0; i < count; i++) {
		const struct tree *item = is_list ? value->children[i] : value;

		if (item->kind != TREE_SCALAR || !value_parse_choice(item->text, key->choices, &place))
			return fail(r, value, "a list of %s is expected", key->choices);
		if (grants & bits[place])
			return fail(r, value, "'%s' stands in it twice", item->text);
		grants |= bits[place];
	}
	*(uint32_t *)target = grants;
	return GW_OK;
}

static gw_status read_plugins(struct reader *r, const struct tree *value, const struct schema_key *key, void *target);
static gw_status read_signer(struct reader *r, const struct tree *value, const struct schema_key *key, void *target);

/* ---- the tables ------------------------------------------------------------------------------------------------- */

#ifndef GW_PLUGIN_DIR
#error "GW_PLUGIN_DIR: where plugins are installed; the build gives it"
#endif
#define AT(member) offsetof(struct config, member)
#define IN(member) offsetof(struct config_instance, member)

static const struct schema_key top_section[] = {
	{"node", read_nodes, 0, NULL, NULL, true,
	 "golosd's websocket address, or a list of them; the first is our own golosd"},
	{"chain_id", read_chain_id, AT(chain_id), NULL, "main", false,
	 "the chain to act on: main, test or 64 hex digits; a node on another chain is refused"},
	{"plugin_dir", read_path, AT(plugin_dir), NULL, GW_PLUGIN_DIR, false, "where the plugins lie"},
	{"state_dir", read_path, AT(state_dir), NULL, "/var/lib/golos-watch", false, "where the journal lies"},
	{"control", read_control, AT(control), NULL, "/run/golos-watch/ctl", false,
	 "the control socket of golos-watch, or off"},
	{"control_group", read_text, AT(control_group), NULL, NULL, false, "group that may read the control socket"},
	{"http", read_http, AT(http), NULL, "off", false,
	 "status over HTTP: off, 127.0.0.1:PORT, [::1]:PORT or unix:/PATH"},
	{"ca_file", read_path, AT(ca_file), NULL, NULL, false,
	 "certificates to trust for wss; the system's when not given"},
	{"log_format", read_log_format, AT(log_format), "text|json", "text", false, "text or json"},
	{"log_level", read_choice, AT(log_level), "debug|info|warning|critical", "info", false,
	 "the least that is logged: debug, info, warning or critical"},
	{"user", read_text, AT(user), NULL, NULL, false,
	 "user to run as when started as root; golos-watch when not given"},
	{"dry_run", read_bool, AT(dry_run), NULL, "false", false, "decide and say, and sign nothing"},
	{"notice_command", read_path, AT(notice_command), NULL, NULL, false,
	 "program that is run with each notice as JSON on its standard input"},
	{"signer", read_signer, 0, NULL, NULL, false, "the keys and who holds them; keys below"},
	{"plugins", read_plugins, 0, NULL, NULL, true, "the instances to run; keys below"},
};

static const struct schema_key signer_section[] = {
	{"keys", read_keys, 0, NULL, NULL, false,
	 "where active keys are: file:PATH, credential:NAME, keystore:PATH or env:NAME, or a list of them"},
	{"max_signatures", read_signatures, AT(signer.max_signatures), NULL, "6", false,
	 "signatures an hour for one witness and key, 1 to 100"},
	{"user", read_text, AT(signer.user), NULL, NULL, false,
	 "user to run as when started as root; golos-watch-signer when not given"},
	{"program", read_path, AT(signer.program), NULL, NULL, false,
	 "the signer program; beside golos-watchd when not given"},
	{"golosd_config", read_path, AT(signer.golosd_config), NULL, NULL, false,
	 "config.ini of the own golosd: checked to hold the witness and our key's private half"},
};

static const struct schema_key instance_section[] = {
	{"name", read_instance_name, IN(name), NULL, NULL, true,
	 "name of the instance, and of the plugin where `plugin` is not given"},
	{"plugin", read_word, IN(plugin), NULL, NULL, false, "name of the plugin: NAME.so in plugin_dir"},
	{"sign", read_grants, IN(grants), "witness_update|witness_disable|feed_publish", NULL, false,
	 "what may be signed for this instance: a list of witness_update, witness_disable, feed_publish"},
	{"max_signatures", read_signatures, IN(max_signatures), NULL, NULL, false,
	 "as the signer's, for this instance"},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct schema_key *find_key(const struct schema_key *keys, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(keys[i].name, name))
			return &keys[i];
	return NULL;
}

bool schema_is_host_key(const char *name)
{
	return find_key(top_section, COUNT(top_section), name) != NULL;
}

static gw_status fail_unknown(struct reader *r, const struct tree *at, const struct schema_key *keys, size_t count)
{
	struct nearest nearest = {0};
	char hint[80];

	if (r->older && !strcmp(at->key, "keys"))
		return fail(r, at, "'signer' has keys of its own: one place is wanted");
	for (size_t i = 0; i < count; i++)
		nearest_offer(&nearest, at->key, keys[i].name);
	nearest_text(hint, sizeof(hint), &nearest);
	return fail(r, at, "no such key%s", hint);
}

static gw_status read_default(struct reader *r, const struct schema_key *key, void *target)
{
	struct tree *value = tree_new(TREE_SCALAR, 0, key->name, key->default_text);
	gw_status status = key->read(r, value, key, target);

	tree_free(value);
	return status;
}

/* Reads what stands in `map`, then the defaults of what does not. `base`: the struct the table's offsets count from.
 * other: takes the keys that are not in the table; NULL: there are none. */
static gw_status read_section(struct reader *r, const struct tree *map, const struct schema_key *keys, size_t count,
			      void *base, gw_status (*other)(struct reader *r, const struct tree *value, void *base))
{
	gw_status status = GW_OK;

	if (map->kind != TREE_MAP)
		return fail(r, map, "'key: value' lines are expected");
	for (size_t i = 0; i < map->count && status == GW_OK; i++) {
		const struct tree *value = map->children[i];
		const struct schema_key *key = find_key(keys, count, value->key);

		if (key)
			status = key->read(r, value, key, (char *)base + key->offset);
		else
			status = other ? other(r, value, base) : fail_unknown(r, value, keys, count);
	}
	for (size_t i = 0; i < count && status == GW_OK; i++) {
		const struct schema_key *key = &keys[i];

		if (tree_member(map, key->name))
			continue;
		if (key->required)
			status = fail(r, map, "'%s%s' is missing", r->section, key->name);
		else if (key->default_text)
			status = read_default(r, key, (char *)base + key->offset);
	}
	return status;
}

static gw_status read_signer(struct reader *r, const struct tree *value, const struct schema_key *key, void *target)
{
	(void)key;
	(void)target;
	if (value->kind != TREE_MAP)
		return fail(r, value, "'key: value' lines are expected");
	snprintf(r->section, sizeof(r->section), "%s", r->older ? "" : "signer.");
	gw_status status = read_section(r, value, signer_section, COUNT(signer_section), r->config, NULL);
	r->section[0] = 0;
	return status;
}

/* A key that is the plugin's own: kept as written, its type is checked against the plugin's table. */
static gw_status take_option(struct reader *r, const struct tree *value, void *base)
{
	struct config_instance *instance = base;
	bool is_list = value->kind == TREE_LIST;

	if (value->kind == TREE_MAP)
		return fail(r, value, "a value or a list is expected, not a section");
	if (tree_is_empty(value))
		return fail(r, value, "has no value");
	if (!value_is_word(value->key))
		return fail(r, value, "not the name of an option");
	for (size_t i = 0; is_list && i < value->count; i++)
		if (value->children[i]->kind != TREE_SCALAR || tree_is_empty(value->children[i]))
			return fail(r, value, "entry %zu is not a value", i + 1);

	struct config_option *option = &instance->options[instance->option_count++];
	*option = (struct config_option){.name = xstrdup(value->key), .line = value->line, .origin = value->origin};
	option->is_list = is_list;
	option->count = is_list ? value->count : 1;
	option->values = xcalloc(option->count, sizeof(*option->values));
	for (size_t i = 0; i < option->count; i++)
		option->values[i] = xstrdup(is_list ? value->children[i]->text : value->text);
	return GW_OK;
}

/* `witness` and `witness_pubkey` are options of plugins, and what the signer's policy is made of. */
static gw_status read_policy(struct reader *r, const struct tree *map, struct config_instance *instance)
{
	const struct tree *witness = tree_member(map, "witness"), *pubkey = tree_member(map, "witness_pubkey");
	struct error why;
	const char *text;

	if (witness) {
		gw_status status = scalar(r, witness, &text);

		if (status != GW_OK)
			return status;
		if (!account_name_is_valid(text))
			return fail(r, witness, "not an account name");
		snprintf(instance->witness, sizeof(instance->witness), "%s", text);
	}
	if (pubkey) {
		gw_status status = scalar(r, pubkey, &text);

		if (status != GW_OK)
			return status;
		if (public_key_parse(&instance->signing_key, text, strlen(text), &why) != GW_OK)
			return fail(r, pubkey, "not a public key: %s", why.text);
		if (public_key_is_null(&instance->signing_key))
			return fail(r, pubkey, "this is the null key: it takes a witness out of the schedule");
		public_key_format(instance->witness_pubkey, &instance->signing_key);
	}
	if (instance->grants && !witness)
		return fail(r, map, "'%switness' is missing: 'sign' grants signatures for it", r->section);
	if ((instance->grants & SIGN_WITNESS_UPDATE) && !pubkey)
		return fail(r, map, "'%switness_pubkey' is missing: the only key that 'sign' lets be set", r->section);
	return GW_OK;
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
		return fail(r, tree_member(item, "name"),
			    "1 to 48 of a-z, 0-9 and _ are expected, or give 'plugin' too");
	if (!instance->plugin)
		instance->plugin = xstrdup(instance->name);
	return read_policy(r, item, instance);
}

static gw_status read_plugins(struct reader *r, const struct tree *value, const struct schema_key *key, void *target)
{
	struct config *config = r->config;
	gw_status status = GW_OK;

	(void)key;
	(void)target;
	if (value->kind != TREE_LIST || value->count == 0)
		return fail(r, value, "a list of plugins is expected: '- name: witness_monitor'");
	if (value->count > CONFIG_INSTANCES_MAX)
		return fail(r, value, "%zu instances: at most %d are accepted", value->count, CONFIG_INSTANCES_MAX);
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

/* `golosd_config` is an option of plugins, and what the signer opens at its start: either place does, and says the same
 * file, for one golosd holds our keys. */
static gw_status share_golosd_config(struct reader *r, const struct tree *root)
{
	const struct tree *plugins = tree_member(root, "plugins");
	char **shared = &r->config->signer.golosd_config;
	gw_status status = GW_OK;

	for (size_t i = 0; i < plugins->count && status == GW_OK; i++) {
		const struct tree *value = tree_member(plugins->children[i], "golosd_config");
		const char *text;

		if (!value)
			continue;
		if (!r->older)
			snprintf(r->section, sizeof(r->section), "plugins[%zu].", i + 1);
		status = scalar(r, value, &text);
		if (status == GW_OK && !*shared)
			status = read_path(r, value, NULL, shared);
		else if (status == GW_OK && strcmp(*shared, text) != 0)
			status = fail(r, value, "%s is given elsewhere: one golosd holds our keys", *shared);
	}
	r->section[0] = 0;
	return status;
}

/* What is granted needs a key to sign with; signatures not given for an instance are the signer's. */
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
		return fail(r, root, "'%s' is missing: nothing could be signed (or set dry_run: true)",
			    r->older ? "keys" : "signer.keys");
	return GW_OK;
}

gw_status schema_read(struct config *config, const struct tree *root, bool older, struct error *err)
{
	struct reader r = {.config = config, .err = err, .older = older};
	gw_status status = read_section(&r, root, top_section, COUNT(top_section), config, NULL);

	if (status == GW_OK && !config->signer.max_signatures)
		status = read_default(&r, find_key(signer_section, COUNT(signer_section), "max_signatures"),
				      &config->signer.max_signatures);
	if (status == GW_OK)
		status = share_golosd_config(&r, root);
	if (status == GW_OK)
		status = check_signing(&r, root);
	if (status != GW_OK)
		return status;
	name_apart(config);
	return check_names(config, err);
}

/* ---- help ------------------------------------------------------------------------------------------------------- */

static void help_section(FILE *out, const char *title, const struct schema_key *keys, size_t count)
{
	fprintf(out, "%s\n", title);
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "  %s", keys[i].name);
		if (keys[i].required)
			fputs(" (required)", out);
		else if (keys[i].default_text)
			fprintf(out, " (default %s)", keys[i].default_text);
		fprintf(out, "\n      %s\n", keys[i].help);
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
	help_section(out,
		     "\nplugins, each entry, beside the plugin's own options (--plugin-help NAME):", instance_section,
		     COUNT(instance_section));
	fclose(out);
	return text;
}
