/* SPDX-License-Identifier: MIT
 *
 * One reader for each kind of value that a configuration holds.
 */
#include "config/read.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/value.h"
#include "node/nodes.h"
#include "signer/client.h"

#define PATH_MAX_BYTES 1024

gw_status config_fail(const struct reader *r, const struct tree *at, const char *fmt, ...)
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

gw_status config_scalar(const struct reader *r, const struct tree *value, const char **ret)
{
	if (value->kind == TREE_SCALAR && !tree_is_empty(value)) {
		*ret = value->text;
		return GW_OK;
	}
	config_fail(r, value,
		    value->kind == TREE_SCALAR ? "has no value" : "one value is expected, not a list or a section");
	return GW_ERR_CONFIG;
}

gw_status config_read_text(struct reader *r, const struct tree *value, const char *text, void *target)
{
	if (!*text || strlen(text) > PATH_MAX_BYTES)
		return config_fail(r, value, "1 to %d characters are expected", PATH_MAX_BYTES);
	*(char **)target = xstrdup(text);
	return GW_OK;
}

/* Absolute, because a daemon's working directory is nobody's choice. */
gw_status config_read_path(struct reader *r, const struct tree *value, const char *text, void *target)
{
	if (*text != '/' || strlen(text) > PATH_MAX_BYTES)
		return config_fail(r, value, "an absolute path is expected");
	*(char **)target = xstrdup(text);
	return GW_OK;
}

gw_status config_read(struct reader *r, const struct tree *value, const struct schema_key *key, void *target)
{
	struct gw_option_value read = {.struct_size = sizeof(read)};
	struct error why = {.text = ""};
	const char *text;

	if (key->read)
		return key->read(r, value, target);
	gw_status status = config_scalar(r, value, &text);
	if (status != GW_OK)
		return status;
	if (key->read_text)
		return key->read_text(r, value, text, target);
	if (value_read(&read, &key->is, text, &why) != GW_OK)
		return config_fail(r, value, "%s", why.text);
	if (key->is.type == GW_OPTION_BOOL)
		*(bool *)target = read.number != 0;
	else if (key->is.type == GW_OPTION_INT)
		*(uint32_t *)target = (uint32_t)read.number;
	else
		(void)!value_parse_choice(text, key->is.choices, target);
	return GW_OK;
}

gw_status config_read_percent(struct reader *r, const struct tree *value, const char *text, void *target)
{
	int64_t number;

	if (!value_parse_whole(text, &number) || number < 1 || number > FEED_STEP_MAX)
		return config_fail(r, value, "a whole number of percent from 1 to %d is expected", FEED_STEP_MAX);
	*(uint32_t *)target = (uint32_t)number;
	return GW_OK;
}

gw_status config_read_rate(struct reader *r, const struct tree *value, const char *text, void *target)
{
	if (!feed_rate_parse(text, target))
		return config_fail(r, value, "GBG per GOLOS is expected, above zero, with up to %d decimals",
				   FEED_RATE_DIGITS);
	return GW_OK;
}

bool config_chain_id(char ret[65], const char *text)
{
	if (!strcmp(text, "main"))
		text = CONFIG_CHAIN_MAIN;
	else if (!strcmp(text, "test"))
		text = CONFIG_CHAIN_TEST;
	else if (strlen(text) != 64 || strspn(text, "0123456789abcdefABCDEF") != 64)
		return false;
	for (size_t i = 0; i <= 64; i++)
		ret[i] = (char)(text[i] >= 'A' && text[i] <= 'F' ? text[i] - 'A' + 'a' : text[i]);
	return true;
}

gw_status config_read_chain_id(struct reader *r, const struct tree *value, const char *text, void *target)
{
	return config_chain_id(target, text) ? GW_OK
					     : config_fail(r, value, "main, test or 64 hex digits are expected");
}

gw_status config_read_control(struct reader *r, const struct tree *value, const char *text, void *target)
{
	if (!strcmp(text, "off"))
		text = "";
	/* sun_path takes 107 bytes and NUL */
	if (*text && (*text != '/' || strlen(text) > 107))
		return config_fail(r, value, "off or an absolute path of at most 107 bytes is expected");
	*(char **)target = xstrdup(text);
	return GW_OK;
}

static bool is_port(const char *text)
{
	int64_t port;

	return value_parse_whole(text, &port) && port >= 1 && port <= 65535;
}

/* Status is for this machine alone: nothing but loopback and unix sockets is accepted. */
gw_status config_read_http(struct reader *r, const struct tree *value, const char *text, void *target)
{
	static const char v4[] = "127.0.0.1:", v6[] = "[::1]:", sock[] = "unix:/";

	if (!strcmp(text, "off"))
		text = "";
	if (*text && !(!strncmp(text, v4, sizeof(v4) - 1) && is_port(text + sizeof(v4) - 1)) &&
	    !(!strncmp(text, v6, sizeof(v6) - 1) && is_port(text + sizeof(v6) - 1)) &&
	    !(!strncmp(text, sock, sizeof(sock) - 1) && strlen(text) <= 107 + 5))
		return config_fail(r, value, "off, 127.0.0.1:PORT, [::1]:PORT or unix:/PATH is expected");
	*(char **)target = xstrdup(text);
	return GW_OK;
}

gw_status config_read_word(struct reader *r, const struct tree *value, const char *text, void *target)
{
	if (!value_is_word(text))
		return config_fail(r, value, "1 to 48 of a-z, 0-9 and _ are expected");
	*(char **)target = xstrdup(text);
	return GW_OK;
}

gw_status config_read_instance_name(struct reader *r, const struct tree *value, const char *text, void *target)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-()";

	if (!*text || strlen(text) > 80 || strspn(text, letters) != strlen(text))
		return config_fail(r, value, "1 to 80 letters, digits and any of _ . - ( ) are expected");
	*(char **)target = xstrdup(text);
	return GW_OK;
}

/* ---- one value or a list of them -------------------------------------------------------------------------------- */

/* Calls take for the one scalar or for each of the list. */
static gw_status each_text(struct reader *r, const struct tree *value, size_t max,
			   gw_status (*take)(struct reader *r, const struct tree *value, const char *text, size_t nth))
{
	bool is_list = value->kind == TREE_LIST;
	size_t count = is_list ? value->count : 1;
	gw_status status = GW_OK;

	if (value->kind == TREE_MAP)
		return config_fail(r, value, "a value or a list is expected, not a section");
	if (count == 0 || (!is_list && tree_is_empty(value)))
		return config_fail(r, value, "has no value");
	if (count > max)
		return config_fail(r, value, "%zu entries: at most %zu are accepted", count, max);
	for (size_t i = 0; i < count && status == GW_OK; i++) {
		const struct tree *item = is_list ? value->children[i] : value;

		if (item->kind != TREE_SCALAR || tree_is_empty(item))
			return config_fail(r, value, "entry %zu is not a value", i + 1);
		status = take(r, value, item->text, i);
	}
	return status;
}

static gw_status take_node(struct reader *r, const struct tree *value, const char *text, size_t nth)
{
	struct config *config = r->config;
	struct error why;

	if (nodes_url_check(text, &why) != GW_OK)
		return config_fail(r, value, "%s", why.text);
	for (size_t i = 0; i < config->node_count; i++)
		if (!strcmp(config->nodes[i], text))
			return config_fail(r, value, "entries %zu and %zu are the same", i + 1, nth + 1);
	config->nodes[config->node_count++] = xstrdup(text);
	return GW_OK;
}

gw_status config_read_nodes(struct reader *r, const struct tree *value, void *target)
{
	(void)target;
	return each_text(r, value, CONFIG_NODES_MAX, take_node);
}

static gw_status take_host(struct reader *r, const struct tree *value, const char *text, size_t nth)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_[]:";
	bool v6 = text[0] == '[' && text[strlen(text) - 1] == ']';

	if (strlen(text) > 253 || strspn(text, letters) != strlen(text) || (strpbrk(text, "[]:") && !v6))
		return config_fail(r, value, "entry %zu: a host name or address without a port is expected", nth + 1);
	r->config->http_hosts[r->config->http_host_count++] = xstrdup(text);
	return GW_OK;
}

gw_status config_read_hosts(struct reader *r, const struct tree *value, void *target)
{
	(void)target;
	return each_text(r, value, CONFIG_HOSTS_MAX, take_host);
}

/* A source of keys, or a key itself in an older form. The text of what is no source is never repeated: it may be one.
 */
static gw_status take_key_source(struct reader *r, const struct tree *value, const char *text, size_t nth)
{
	struct config *config = r->config;

	if (!strncmp(text, "file:", 5) || !strncmp(text, "keystore:", 9)) {
		if (strchr(text, ':')[1] != '/')
			return config_fail(r, value, "entry %zu: an absolute path is expected after '%.*s'", nth + 1,
					   (int)(strchr(text, ':') - text + 1), text);
	} else if (!strncmp(text, "credential:", 11)) {
		if (!text[11] || strchr(text, '/'))
			return config_fail(r, value,
					   "entry %zu: the name of a credential is expected after 'credential:'",
					   nth + 1);
	} else if (!strncmp(text, "env:", 4)) {
		if (!text[4] || strchr(text, '='))
			return config_fail(r, value, "entry %zu: the name of a variable is expected after 'env:'",
					   nth + 1);
		config->signer.has_inline = true;
		const char *key = getenv(text + 4);
		if ((!key || !*key) && !config->signer.unset_key)
			config->signer.unset_key = xstrdup(text);
		return GW_OK;
	} else if (r->older) {
		config->signer.has_inline = true;
		return GW_OK;
	} else {
		return config_fail(
			r, value,
			"entry %zu: file:PATH, credential:NAME, keystore:PATH or env:NAME is expected, never a key",
			nth + 1);
	}
	config->signer.keys[config->signer.key_count++] = xstrdup(text);
	return GW_OK;
}

gw_status config_read_keys(struct reader *r, const struct tree *value, void *target)
{
	(void)target;
	return each_text(r, value, CONFIG_KEYS_MAX, take_key_source);
}

gw_status config_read_grants(struct reader *r, const struct tree *value, void *target)
{
	static const char choices[] = "witness_update|witness_disable|feed_publish";
	static const uint32_t bits[] = {SIGN_WITNESS_UPDATE, SIGN_WITNESS_DISABLE, SIGN_FEED_PUBLISH};
	bool is_list = value->kind == TREE_LIST;
	size_t count = is_list ? value->count : 1;
	uint32_t grants = 0;
	int32_t place;

	for (size_t i = 0; i < count; i++) {
		const struct tree *item = is_list ? value->children[i] : value;

		if (item->kind != TREE_SCALAR || !value_parse_choice(item->text, choices, &place))
			return config_fail(r, value, "a list of %s is expected", choices);
		if (grants & bits[place])
			return config_fail(r, value, "'%s' stands in it twice", item->text);
		grants |= bits[place];
	}
	*(uint32_t *)target = grants;
	return GW_OK;
}

/* ---- cluster ---------------------------------------------------------------------------------------------------- */

gw_status config_read_cluster_name(struct reader *r, const struct tree *value, const char *text, void *target)
{
	if (!cluster_name_is_good(text))
		return config_fail(r, value, "1 to 16 of a-z, 0-9 and - are expected");
	memcpy(target, text, strlen(text) + 1);
	return GW_OK;
}

gw_status config_read_cluster_listen(struct reader *r, const struct tree *value, const char *text, void *target)
{
	struct error why;

	return cluster_address_parse(target, text, 0, &why) == GW_OK ? GW_OK : config_fail(r, value, "%s", why.text);
}

/* The text of what is no source is never repeated: it may be the key. */
static gw_status take_cluster_key(struct reader *r, const struct tree *value, const char *text, size_t nth)
{
	struct cluster_settings *cluster = &r->config->cluster;
	struct error why;

	if (cluster_source_check(text, &why) != GW_OK)
		return config_fail(r, value, "entry %zu: %s", nth + 1, why.text);
	cluster->keys[cluster->key_count++] = xstrdup(text);
	return GW_OK;
}

gw_status config_read_cluster_keys(struct reader *r, const struct tree *value, void *target)
{
	(void)target;
	return each_text(r, value, CLUSTER_KEYS_MAX, take_cluster_key);
}

/* Of the node that is read just now. */
static gw_status take_cluster_address(struct reader *r, const struct tree *value, const char *text, size_t nth)
{
	struct cluster_node *node = &r->config->cluster.nodes[r->config->cluster.node_count];
	struct error why;

	(void)nth;
	if (cluster_address_parse(&node->addresses[node->count], text, 1, &why) != GW_OK)
		return config_fail(r, value, "%s", why.text);
	node->count++;
	return GW_OK;
}

gw_status config_read_cluster_nodes(struct reader *r, const struct tree *value, void *target)
{
	struct cluster_settings *cluster = &r->config->cluster;
	gw_status status = GW_OK;

	(void)target;
	if (value->kind != TREE_MAP)
		return config_fail(r, value, "'name: address' lines are expected");
	if (value->count > CLUSTER_NODES_MAX)
		return config_fail(r, value, "%zu nodes: at most %d are accepted", value->count, CLUSTER_NODES_MAX);
	for (size_t i = 0; i < value->count && status == GW_OK; i++) {
		const struct tree *item = value->children[i];

		status = config_read_cluster_name(r, item, item->key, cluster->nodes[i].name);
		if (status == GW_OK)
			status = each_text(r, item, CLUSTER_ADDRESSES_MAX, take_cluster_address);
		cluster->node_count++;
	}
	return status;
}
