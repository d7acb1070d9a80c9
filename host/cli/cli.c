/* SPDX-License-Identifier: MIT
 * golos-watch: configuration, words, output. */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/time_text.h"
#include "cluster/keys.h"
#include "config/value.h"
#include "node/nodes.h"

#define DEFAULT_CONTROL	 "/run/golos-watch/ctl"
#define TEN_YEARS_S	 (10 * 365 * 86400LL)
#define ORDER_PLACES_MAX 64

/* ---- configuration ----------------------------------------------------------------------------------------------- */

static gw_status load(struct cli *cli, struct error *err)
{
	const char *path = cli->arguments.values[OPTION_CONFIG];

	if (!path && access(CONFIG_DEFAULT_PATH, R_OK) == 0)
		path = CONFIG_DEFAULT_PATH;
	cli->has_config = path || getenv("WITNESS") || getenv("GOLOS_WATCH_KEYS_FD");
	if (!cli->has_config) { /* what a file that says nothing would give */
		cli->config = xcalloc(1, sizeof(*cli->config));
		cli->config->source = xstrdup("command line");
		cli->config->control = xstrdup(DEFAULT_CONTROL);
		memcpy(cli->config->chain_id, CONFIG_CHAIN_MAIN, sizeof(cli->config->chain_id));
		return GW_OK;
	}
	gw_status r = config_open(&cli->config, &cli->secrets, path, cli->argv, err);
	if (r == GW_OK) /* no plugin that a command loads finds it */
		cluster_keys_hide((const char *const *)cli->config->cluster.keys, cli->config->cluster.key_count);
	if (r == GW_ERR_NOT_FOUND) /* a configuration that is not there, not a thing asked about */
		r = err->status = GW_ERR_CONFIG;
	return r;
}

static gw_status set_nodes(struct config *config, const struct cli_list *nodes, struct error *err)
{
	if (nodes->count > CONFIG_NODES_MAX)
		return error_set(err, GW_ERR_RANGE, "--node: %d at most", CONFIG_NODES_MAX);
	for (size_t i = 0; i < nodes->count; i++) {
		gw_status r = nodes_url_check(nodes->items[i], err);

		if (r)
			return error_set(err, GW_ERR_SYNTAX, "--node: %.400s", err->text);
	}
	for (size_t i = 0; i < config->node_count; i++)
		free(config->nodes[i]);
	config->node_count = nodes->count;
	for (size_t i = 0; i < nodes->count; i++)
		config->nodes[i] = xstrdup(nodes->items[i]);
	return GW_OK;
}

gw_status cli_configure(struct cli *cli, struct error *err)
{
	const struct cli_arguments *arguments = &cli->arguments;
	gw_status r = cli->config ? GW_OK : load(cli, err);

	if (!r && arguments->nodes.count > 0)
		r = set_nodes(cli->config, &arguments->nodes, err);
	if (!r && arguments->given[OPTION_CHAIN_ID] &&
	    !config_chain_id(cli->config->chain_id, arguments->values[OPTION_CHAIN_ID]))
		r = error_set(err, GW_ERR_SYNTAX, "--chain-id: main, test or 64 lower-case hex digits");
	if (!r && arguments->given[OPTION_SOCKET]) {
		free(cli->config->control);
		cli->config->control = xstrdup(arguments->values[OPTION_SOCKET]);
	}
	return r;
}

/* ---- instances -------------------------------------------------------------------------------------------------- */

gw_status cli_instance(const struct cli *cli, const char *witness, const struct config_instance **ret,
		       struct error *err)
{
	const char *name = cli->arguments.values[OPTION_INSTANCE];
	const struct config_instance *found = NULL;

	for (size_t i = 0; i < cli->config->instance_count; i++) {
		const struct config_instance *instance = &cli->config->instances[i];

		if (!instance->witness[0] || (name && strcmp(name, instance->name) != 0) ||
		    (witness && strcmp(witness, instance->witness) != 0))
			continue;
		if (found && !witness)
			return error_set(err, GW_ERR_NOT_FOUND,
					 "%s has several instances with a witness: name one with --instance",
					 cli->config->source);
		found = instance;
	}
	if (!found)
		return error_set(err, GW_ERR_NOT_FOUND, "no instance %s%sin %s", name ? name : "",
				 name ? " " : "with a witness ",
				 cli->has_config ? cli->config->source : "the configuration: give it with -c FILE");
	*ret = found;
	return GW_OK;
}

const char *cli_instance_option(const struct config_instance *instance, const char *name)
{
	const struct config_option *option = config_find_option(instance, name);

	return option && option->count > 0 ? option->values[0] : NULL;
}

int64_t cli_instance_number(const struct config_instance *instance, const char *name, const char *default_text)
{
	const char *text = instance ? cli_instance_option(instance, name) : NULL;
	int64_t number = 0;

	if (!text || !value_parse_whole(text, &number))
		(void)!value_parse_whole(default_text, &number);
	return number;
}

void cli_key_name(const struct cli *cli, const char *witness, const char *key, char *ret, size_t size)
{
	ret[0] = '\0';
	for (size_t i = 0; cli->config && i < cli->config->instance_count; i++) {
		const struct config_instance *instance = &cli->config->instances[i];
		const struct config_option *order = config_find_option(instance, "order");

		/* a price feed of the same witness has neither, and may stand before the monitor */
		if (strcmp(instance->witness, witness) != 0 || (!order && !instance->witness_pubkey[0]))
			continue;
		if (strcmp(instance->witness_pubkey, key) == 0)
			snprintf(ret, size, "this node's");
		for (size_t place = 0; order && place < order->count && place < ORDER_PLACES_MAX; place++)
			if (strcmp(order->values[place], key) == 0)
				snprintf(ret + strlen(ret), size - strlen(ret), "%splace %zu in order",
					 ret[0] ? ", " : "", place + 1);
		return;
	}
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

static int say(const struct error *err, bool of_key)
{
	fflush(stdout);
	fputs("golos-watch: ", stderr);
	print_escaped(stderr, err->text);
	switch (err->status) {
	case GW_ERR_UNAVAILABLE:
	case GW_ERR_TIMEOUT:
	case GW_ERR_BUSY:
		return EXIT_UNAVAILABLE;
	case GW_ERR_SYSTEM:
		return EXIT_SYSTEM;
	case GW_ERR_SYNTAX:
		return exit_status_of(err->status, of_key, EXIT_USAGE);
	case GW_ERR_UNSUPPORTED:
		return exit_status_of(err->status, of_key, EXIT_CHAIN);
	default:
		return exit_status_of(err->status, of_key, EXIT_FAILED);
	}
}

int cli_fail(const struct error *err)
{
	return say(err, false);
}

int cli_fail_key(const struct error *err)
{
	return say(err, true);
}

/* ---- words ------------------------------------------------------------------------------------------------------- */

gw_status cli_parse_duration(const char *text, int64_t *ret_s, struct error *err)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	size_t digits = strspn(text, "0123456789");
	int64_t unit_s = text[digits] ? 0 : 1;
	char number[12] = "";
	int64_t value = 0;

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (text[digits] == units[i].unit && !text[digits + 1])
			unit_s = units[i].seconds;
	if (digits > 0 && digits < sizeof(number))
		memcpy(number, text, digits);
	if (!value_parse_whole(number, &value) || unit_s == 0 || value < 1 || value > TEN_YEARS_S / unit_s)
		return error_set(err, GW_ERR_SYNTAX, "\"%.40s\" is no duration: 90s, 30m, 2h or 7d, ten years at most",
				 text);
	*ret_s = value * unit_s;
	return GW_OK;
}

gw_status cli_parse_since(const char *text, int64_t now_s, int64_t *ret_s, struct error *err)
{
	char full[TIME_TEXT_SIZE + 16]; /* with room for what %.19s and a time of day could be */
	int64_t ago_s;

	if (cli_parse_duration(text, &ago_s, NULL) == GW_OK) {
		*ret_s = now_s > ago_s ? now_s - ago_s : 0;
		return GW_OK;
	}
	snprintf(full, sizeof(full), "%.19s%s", text, strlen(text) == 10 ? "T00:00:00" : "");
	if (strlen(text) < TIME_TEXT_SIZE && time_parse(full, strlen(full), ret_s) == GW_OK)
		return GW_OK;
	return error_set(err, GW_ERR_SYNTAX,
			 "\"%.40s\" is no time: 2h or 7d (ago), 2026-11-23 or 2026-11-23T20:00:00 (UTC)", text);
}

int64_t wall_s(void)
{
	return (int64_t)time(NULL);
}
