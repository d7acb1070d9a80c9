/* SPDX-License-Identifier: MIT
 * golos-watch cluster: the peers as the daemon knows them, both ways. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/daemon.h"

/* "0.4 s", "2 min"; "-" where there is none. */
static void age_text(char ret[32], const struct json *node, const char *name)
{
	int64_t ms;

	if (json_get_i64(node, name, 0, INT64_MAX, &ms, NULL))
		snprintf(ret, 32, "-");
	else if (ms < 100000)
		snprintf(ret, 32, "%" PRId64 ".%" PRId64 " s", ms / 1000, ms % 1000 / 100);
	else
		snprintf(ret, 32, "%" PRId64 " min", ms / 60000);
}

static void golosd_text(char ret[32], const struct json *node)
{
	int64_t head = told_number(node, "head");

	if (head)
		snprintf(ret, 32, "%.10s, %" PRId64, told_text(node, "golosd"), head);
	else
		snprintf(ret, 32, "%.10s", told_text(node, "golosd"));
}

/* "foo: produces, ready" */
static void show_witnesses(const struct json *node)
{
	const struct json *witnesses = told_list(node, "witnesses");

	for (size_t i = 0; i < told_size(witnesses); i++) {
		const struct json *witness = json_element(witnesses, i);

		print_word(TONE_PLAIN, 18, "");
		print_line("%s: %s%s%s", told_text(witness, "witness"),
			   told_flag(witness, "produces") ? "produces" : "stands by",
			   told_flag(witness, "ready") ? ", ready" : ", NOT READY",
			   told_flag(witness, "key_checked") ? ", its golosd holds the key" : "");
	}
}

/* What is wrong with the link; "": nothing. */
static void link_text(char ret[96], const struct json *node)
{
	const char *state = told_text(node, "state");
	int64_t version = told_number(node, "version"), lag = told_number(node, "lag");

	*ret = 0;
	if (version)
		snprintf(ret, 96, "speaks version %" PRId64, version);
	else if (!told_flag(node, "same_nodes"))
		snprintf(ret, 96, "HAS ANOTHER LIST OF NODES");
	else if (strcmp(state, "fresh") == 0 && lag)
		snprintf(ret, 96, "%" PRId64 " blocks behind", lag);
	else if (strcmp(state, "fresh") == 0 && told_flag(node, "relayed"))
		snprintf(ret, 96, "by a relay");
}

static void show_node(const struct json *node)
{
	const char *state = told_text(node, "state");
	bool is_own = told_flag(node, "own");
	char name[24], golosd[32], heard[32], hears_us[32], link[96] = "";

	snprintf(name, sizeof(name), "%.16s%s", told_text(node, "name"), is_own ? " *" : "");
	golosd_text(golosd, node);
	age_text(heard, node, "heard_ms");
	age_text(hears_us, node, "hears_us_ms");
	if (!is_own)
		link_text(link, node);
	print_word(is_own			   ? TONE_PLAIN
		   : strcmp(state, "fresh") == 0   ? TONE_GOOD
		   : strcmp(state, "unknown") == 0 ? TONE_DOUBT
						   : TONE_BAD,
		   18, name);
	print_line("%-9s%-20s%-10s%-10s%s", is_own ? "" : state, golosd, heard, hears_us, link);
	show_witnesses(node);
}

static void show_cluster(const struct json *cluster)
{
	const struct json *nodes = told_list(cluster, "nodes");

	print_word(TONE_PLAIN, 18, "node");
	print_line("%-9s%-20s%-10s%-10s", "state", "golosd", "heard", "hears us");
	for (size_t i = 0; i < told_size(nodes); i++)
		show_node(json_element(nodes, i));
	print_word(TONE_PLAIN, 18, "fresh");
	print_line("%" PRId64 " of %zu, this node with them; a majority is %" PRId64, told_number(cluster, "fresh"),
		   told_size(nodes), told_number(cluster, "majority"));
}

int cmd_cluster(struct cli *cli)
{
	const struct json *status = NULL, *cluster = NULL;
	struct json *root = NULL;
	struct error err = {0};

	if (ctl_ask(cli->config->control, DAEMON_STATUS, &root, &status, &err))
		return daemon_fail(&err);
	bool runs = json_get_object(status, "cluster", &cluster, NULL) == GW_OK;

	if (runs && cli->arguments.given[OPTION_JSON]) {
		char *text = json_text(cluster);

		print_json(text);
		free(text);
	} else if (runs) {
		show_cluster(cluster);
	}
	json_free(root);
	if (runs)
		return EXIT_OK;
	error_set(&err, GW_ERR_NOT_FOUND,
		  "golos-watchd runs without a cluster: the configuration's section `cluster` makes one");
	return cli_fail(&err);
}
