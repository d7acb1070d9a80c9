/* SPDX-License-Identifier: MIT
 *
 * See settings.h.
 */
#include "cluster/settings.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool port_is_good(uint16_t *ret, const char *text, uint16_t port_min)
{
	size_t len = strlen(text);
	unsigned long port = strtoul(text, NULL, 10);

	*ret = (uint16_t)port;
	return len >= 1 && len <= 5 && strspn(text, "0123456789") == len && port >= port_min && port <= UINT16_MAX;
}

gw_status cluster_address_parse(struct cluster_address *ret, const char *text, uint16_t port_min, struct error *err)
{
	static const char name[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	static const char six[] = "0123456789abcdefABCDEF:.%";
	bool is_six = text[0] == '[';
	const char *host = text + is_six, *colon = strrchr(text, ':');
	const char *end = is_six ? strchr(text, ']') : colon;
	size_t len = end && end > host ? (size_t)(end - host) : 0;

	if (!len || len >= sizeof(ret->host) || (is_six && end + 1 != colon) ||
	    !port_is_good(&ret->port, colon + 1, port_min))
		return error_set(err, GW_ERR_SYNTAX, "\"%.60s\": HOST:PORT is expected, with brackets for IPv6", text);
	memcpy(ret->host, host, len);
	ret->host[len] = 0;
	/* a zone (%eth0) may have further letters: the resolver judges it */
	size_t good = strspn(ret->host, is_six ? six : name);

	if (good != len && !(is_six && memchr(ret->host, '%', good)))
		return error_set(err, GW_ERR_SYNTAX, "\"%.60s\": HOST:PORT is expected, with brackets for IPv6", text);
	return GW_OK;
}

gw_status cluster_check_names(const struct cluster_settings *settings, struct error *err)
{
	const struct cluster_node *nodes = settings->nodes;
	size_t count = settings->node_count;
	bool is_listed = false;

	if (count > CLUSTER_NODES_MAX)
		return error_set(err, GW_ERR_RANGE, "%zu nodes: at most %d are accepted", count, CLUSTER_NODES_MAX);
	if (count < 2)
		return error_set(err, GW_ERR_RANGE, "at least two nodes are expected, ours among them");
	for (size_t i = 0; i < count; i++) {
		if (!cluster_name_is_good(nodes[i].name))
			return error_set(err, GW_ERR_RANGE, "\"%.40s\": 1 to 16 of a-z, 0-9 and - are expected",
					 nodes[i].name);
		is_listed |= strcmp(nodes[i].name, settings->name) == 0;
		for (size_t j = 0; j < i; j++)
			if (strcmp(nodes[i].name, nodes[j].name) == 0)
				return error_set(err, GW_ERR_RANGE, "%s stands there twice", nodes[i].name);
			else if (cluster_name_hash(nodes[i].name) == cluster_name_hash(nodes[j].name))
				return error_set(err, GW_ERR_RANGE,
						 "%s and %s have the same hash: give one of them another name",
						 nodes[j].name, nodes[i].name);
	}
	return is_listed ? GW_OK
			 : error_set(err, GW_ERR_RANGE, "%s, this node's own name, is not among them", settings->name);
}

/* The part of `text` after `prefix`, or NULL. */
static const char *after(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);

	return strncmp(text, prefix, len) == 0 ? text + len : NULL;
}

gw_status cluster_source_check(const char *source, struct error *err)
{
	const char *rest;

	if ((rest = after(source, "file:")))
		return *rest == '/' ? GW_OK
				    : error_set(err, GW_ERR_SYNTAX, "an absolute path is expected after 'file:'");
	if ((rest = after(source, "credential:")))
		return *rest && *rest != '.' && !strchr(rest, '/')
			       ? GW_OK
			       : error_set(err, GW_ERR_SYNTAX,
					   "the name of a credential is expected after 'credential:'");
	if ((rest = after(source, "env:")))
		return *rest && !strchr(rest, '=')
			       ? GW_OK
			       : error_set(err, GW_ERR_SYNTAX, "the name of a variable is expected after 'env:'");
	return error_set(err, GW_ERR_SYNTAX, "file:PATH, credential:NAME or env:NAME is expected, never a key");
}
