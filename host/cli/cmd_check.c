/* SPDX-License-Identifier: MIT
 * golos-watch check: everything that would stop a failover when it is needed, one line each. */
#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/check.h"
#include "cli/feed.h"
#include "config/grants.h"
#include "plugins/loader.h"
#include "plugins/trial.h"
#include "system/helper.h"
#include "system/privileges.h"

/* ---- configuration, plugins, signer, daemon ---------------------------------------------------------------------- */

static bool check_config(struct check *check)
{
	struct error err = {0};

	if (cli_configure(check->cli, &err)) {
		check_say(check, CHECK_WRONG, "config", "%s", err.text);
		return false;
	}
	const struct config *config = check->cli->config;
	if (!check->cli->has_config) {
		check_say(check, CHECK_WRONG, "config", "there is none: give it with -c FILE");
		return false;
	}
	check_say(check, config->dry_run ? CHECK_WRONG : CHECK_OK, "config", "%s: %zu plugin instance%s%s%s",
		  config->source, config->instance_count, config->instance_count == 1 ? "" : "s",
		  config->node_count ? "" : ", an observer of the cluster",
		  config->dry_run ? ", and dry_run: nothing would be signed" : "");
	return true;
}

static void check_plugin(struct check *check, struct instances *all, const struct config_instance *instance)
{
	const struct config *config = check->cli->config;
	struct instance *opened = NULL;
	struct plugin *plugin = NULL;
	struct error err = {0};
	gw_status r = plugin_load_wanted(&plugin, config, instance, &err);

	if (!r)
		r = instances_add(all, config, instance, &opened, &err);
	if (r)
		check_say(check, CHECK_WRONG, "plugin", "%s: %s", instance->name, err.text);
	else
		check_say(check, CHECK_OK, "plugin", "%s: %s %s", instance->name, plugin->entry->name,
			  plugin->entry->version);
}

/* Last of all: a plugin's code runs as soon as it is loaded, and then finds neither key nor signer, and not root. */
static void check_plugins(struct check *check)
{
	const struct config *config = check->cli->config;
	const char *user = NULL;
	struct error err = {0};

	signer_stop(check->signer);
	check->signer = NULL;
	config_secrets_done(&check->cli->secrets);
	gw_status r = privileges_user(&user, config->user, HOST_USER, &err);
	if (!r)
		r = privileges_drop(user, &err);
	if (r) {
		check_say(check, CHECK_WRONG, "plugin", "%s", err.text);
		return;
	}
	struct instances *all = trial_new();
	for (size_t i = 0; i < config->instance_count; i++)
		check_plugin(check, all, &config->instances[i]);
	instances_free(all);
}

static void say_keys(struct check *check, const char *words, int64_t count)
{
	check_say(check, CHECK_OK, "signer", "%s %" PRId64 " active key%s", words, count, count == 1 ? "" : "s");
}

/* systemd lends a credential to its service alone. */
static void check_lent_signer(struct check *check, const char *lent)
{
	struct error err = {0};

	if (config_check_lent(check->cli->config, lent, &err))
		check_say(check, CHECK_WRONG, "signer", "%s", err.text);
	else if (!check->daemon)
		check_say(check, CHECK_UNKNOWN, "signer",
			  "%s is lent to the service alone, which does not answer: start it, or give --key file:PATH",
			  lent);
	else if (!told_flag(check->daemon, "signer"))
		check_say(check, CHECK_WRONG, "signer", "golos-watchd runs without one, and signs nothing");
	else
		say_keys(check, "golos-watchd's own holds", told_number(check->daemon, "signer_keys"));
}

/* With the daemon's own policy; nothing is signed. */
static void check_signer(struct check *check)
{
	const struct config *config = check->cli->config;
	const char *lent = signing_lent_key(check->cli);
	const struct public_key *keys = NULL;
	struct error err = {0};
	int exit_status = EXIT_OK;

	if (!grants_any(config)) {
		check_say(check, CHECK_WRONG, "signer",
			  "no instance may sign anything: it wants sign: [witness_update]");
		return;
	}
	if (lent) {
		check_lent_signer(check, lent);
		return;
	}
	struct signer_policy_instance *policy = grants_make_policy(config);
	gw_status r =
		signing_start(&check->signer, check->cli, policy, config->instance_count, true, &exit_status, &err);
	free(policy);
	if (r == GW_ERR_SYSTEM && geteuid() != 0)
		check_say(check, CHECK_UNKNOWN, "signer", "%s; as root this could be told", err.text);
	else if (r)
		check_say(check, CHECK_WRONG, "signer", "%s", err.text);
	else
		say_keys(check, "starts, and reads", (int64_t)signer_keys(check->signer, &keys));
}

static void check_notice_command(struct check *check)
{
	const char *program = check->cli->config->notice_command;

	if (!program)
		return;
	if (access(program, X_OK) != 0)
		check_say(check, CHECK_WRONG, "notices", "notice_command %s cannot be run: %s", program,
			  strerror(errno));
	else
		check_say(check, CHECK_OK, "notices", "notice_command %s can be run", program);
}

static void say_fetch(struct check *check, const struct json *told, size_t count)
{
	const struct passwd *user = getpwuid((uid_t)told_number(told, "uid"));
	const char *name = user ? user->pw_name : "a user without a name";
	const char *files = told_flag(told, "landlock") ? "" : "; this kernel cannot bound the files that it reads";

	if (told_flag(told, "own_user"))
		check_say(check, CHECK_OK, "fetch", "golos-watch-fetch runs as %s, for %zu address%s%s", name, count,
			  count == 1 ? "" : "es", files);
	else
		check_say(
			check, CHECK_OK, "fetch",
			"golos-watch-fetch runs as %s, the host's own user: with root's start it has one of its own%s",
			name, files);
}

/* Only where a source is on the internet. */
static void check_fetch(struct check *check)
{
	const char *urls[CONFIG_ADDRESSES_MAX];
	size_t count = config_addresses(check->cli->config, urls);
	const struct json *told = NULL;
	char *program = helper_find_program("golos-watch-fetch");

	if (count == 0)
		;
	else if (access(program, X_OK) != 0)
		check_say(check, CHECK_WRONG, "fetch",
			  "%s cannot be run, and sources are on the internet: install the package golos-watch-fetch",
			  program);
	else if (!check->daemon)
		check_say(check, CHECK_UNKNOWN, "fetch",
			  "golos-watchd does not answer, so nobody requests the sources");
	else if (json_get_object(check->daemon, "fetch", &told, NULL))
		check_say(check, CHECK_WRONG, "fetch",
			  "golos-watchd was started before sources had addresses: restart it, by root");
	else if (!told_flag(told, "running"))
		check_say(check, CHECK_WRONG, "fetch", "%s", told_text(told, "why"));
	else
		say_fetch(check, told, count);
	free(program);
}

/* What the daemon's newest round, a try, has of a feed's sources. One of several that fails is no fault where the others agree. */
static void say_sources(struct check *check, const char *name, const struct json *status)
{
	const struct json *sources = told_list(status, "sources");
	const char *price = told_text(status, "price");

	for (size_t i = 0; i < told_size(sources); i++) {
		const struct json *source = json_element(sources, i);
		bool counts = told_flag(source, "counts");
		enum check_state state = counts ? CHECK_OK : price[0] ? CHECK_UNKNOWN : CHECK_WRONG;

		check_say(check, state, "source", "%s: %s of %s: %s", name, told_text(source, "name"),
			  told_text(source, "of"), told_text(source, counts ? "value" : "why"));
	}
	check_say(check, price[0] ? CHECK_OK : CHECK_WRONG, "price", "%s: %s%s", name,
		  price[0] ? price : "unknown: ", price[0] ? " GBG for one GOLOS" : told_text(status, "why"));
}

/* The running daemon asks them: it alone has the nodes of an rpc source, and the addresses. */
static void check_feed(struct check *check, const char *name)
{
	const struct json *answers = NULL, *instance = NULL, *status = NULL;
	struct json *root = NULL;
	struct error err = {0};
	gw_status r = feed_order(check->cli, name, "try", &root, &answers, &err);

	if (!r && !told_flag(json_element(answers, 0), "ok"))
		r = error_set(&err, GW_ERR_BUSY, "%s", told_text(json_element(answers, 0), "text"));
	json_free(root);
	root = NULL;
	if (!r)
		r = feed_await(check->cli->config->control, name, false, &root, &instance, &err);
	if (!r)
		r = json_get_object(instance, "status", &status, &err);
	if (r)
		check_say(check, CHECK_UNKNOWN, "source", "%s: not asked: %s", name, err.text);
	else
		say_sources(check, name, status);
	json_free(root);
}

static void check_feeds(struct check *check)
{
	const struct json *instances = check->daemon ? told_list(check->daemon, "instances") : NULL;
	const struct config *config = check->cli->config;

	for (size_t i = 0; i < told_size(instances); i++)
		if (feed_is(json_element(instances, i)))
			check_feed(check, told_text(json_element(instances, i), "name"));
	for (size_t i = 0; i < config->instance_count && !check->daemon; i++)
		if (strcmp(config->instances[i].plugin, "price_feed") == 0)
			check_say(check, CHECK_UNKNOWN, "source",
				  "%s: golos-watchd asks its sources, and does not answer", config->instances[i].name);
}

/* A daemon that runs knows best whether it could take over now. */
static void check_daemon(struct check *check)
{
	const struct json *status = check->daemon, *inner = NULL;

	if (!status) {
		gw_status why = check->daemon_err.status;

		check_say(check, why == GW_ERR_NOT_FOUND || why == GW_ERR_DENIED ? CHECK_UNKNOWN : CHECK_WRONG,
			  "daemon", "%s", check->daemon_err.text);
		return;
	}
	const char *ill = told_ill(status);

	check_say(check, ill ? CHECK_WRONG : CHECK_OK, "daemon", "golos-watchd %s %s%s", told_text(status, "version"),
		  ill					  ? "runs, and is not healthy: "
		  : told_flag(status, "cluster.observer") ? "runs and observes the cluster"
							  : "runs and sees the chain",
		  ill ? ill : "");
	const struct json *instances = told_list(status, "instances");
	for (size_t i = 0; i < told_size(instances); i++) {
		const struct json *instance = json_element(instances, i);

		if (json_get_object(instance, "status", &inner, NULL) || !told_text(inner, "ready")[0])
			continue;
		const char *why = told_text(inner, "ready_text");
		check_say(check, check_state_of(told_text(inner, "ready")), "readiness", "%s: %s",
			  told_text(instance, "name"), why[0] ? why : "could take over now");
	}
}

/* ---- the command ------------------------------------------------------------------------------------------------- */

static int finish(struct check *check)
{
	if (check->cli->arguments.given[OPTION_JSON]) {
		json_close(&check->json, ']');
		print_json(check->json.text);
	} else if (check->counts[CHECK_WRONG] || check->counts[CHECK_UNKNOWN]) {
		print_line("%u wrong, %u unknown", check->counts[CHECK_WRONG], check->counts[CHECK_UNKNOWN]);
	}
	return check->counts[CHECK_WRONG] ? EXIT_FAILED : EXIT_OK;
}

int cmd_check(struct cli *cli)
{
	struct check check = {.cli = cli};

	json_writer_init(&check.json);
	json_open(&check.json, NULL, '[');
	if (check_config(&check)) {
		bool observes = cli->config->node_count == 0; /* no golosd, and nothing to sign */

		if (ctl_ask(cli->config->control, DAEMON_STATUS, &check.daemon_root, &check.daemon, &check.daemon_err))
			check.daemon = NULL;
		if (!observes)
			check_signer(&check);
		check_notice_command(&check);
		check_fetch(&check);
		check_feeds(&check);
		check_daemon(&check);
		check_cluster(&check);
		if (!observes)
			check_network(&check);
		check_plugins(&check);
	}
	int status = finish(&check);
	json_writer_done(&check.json);
	chain_client_free(check.client);
	signer_stop(check.signer);
	json_free(check.daemon_root);
	plugin_free_all();
	return status;
}
