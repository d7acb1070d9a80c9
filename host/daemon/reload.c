/* SPDX-License-Identifier: MIT
 *
 * SIGHUP: the configuration read again. Runs in golos-watchd.
 */
#include "daemon/reload.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "config/grants.h"
#include "daemon/state.h"

/* ---- what may change, and what did ------------------------------------------------------------------------------ */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_list(char *const *a, size_t a_count, char *const *b, size_t b_count)
{
	if (a_count != b_count)
		return false;
	for (size_t i = 0; i < a_count; i++)
		if (!same_text(a[i], b[i]))
			return false;
	return true;
}

/* Both are zero where nothing was written. */
static bool same_node(const struct cluster_node *a, const struct cluster_node *b)
{
	return memcmp(a->name, b->name, sizeof(a->name)) == 0 && a->count == b->count &&
	       memcmp(a->addresses, b->addresses, sizeof(a->addresses)) == 0;
}

static bool same_cluster(const struct cluster_settings *a, const struct cluster_settings *b)
{
	if (a->node_count != b->node_count)
		return false;
	for (size_t i = 0; i < a->node_count; i++)
		if (!same_node(&a->nodes[i], &b->nodes[i]))
			return false;
	return memcmp(a->name, b->name, sizeof(a->name)) == 0 &&
	       memcmp(&a->listen, &b->listen, sizeof(a->listen)) == 0 &&
	       same_list(a->keys, a->key_count, b->keys, b->key_count);
}

/* Name of the first key that is fixed at the start and differs; NULL: none. */
static const char *fixed_key_that_differs(const struct config *old, const struct config *wanted)
{
	const struct {
		const char *key;
		bool same;
	} fixed[] = {
		{"node", same_list(old->nodes, old->node_count, wanted->nodes, wanted->node_count)},
		{"chain_id", same_text(old->chain_id, wanted->chain_id)},
		{"plugin_dir", same_text(old->plugin_dir, wanted->plugin_dir)},
		{"state_dir", same_text(old->state_dir, wanted->state_dir)},
		{"control", same_text(old->control, wanted->control)},
		{"control_group", same_text(old->control_group, wanted->control_group)},
		{"http", same_text(old->http, wanted->http)},
		{"http_hosts",
		 same_list(old->http_hosts, old->http_host_count, wanted->http_hosts, wanted->http_host_count)},
		{"ca_file", same_text(old->ca_file, wanted->ca_file)},
		{"user", same_text(old->user, wanted->user)},
		{"dry_run", old->dry_run == wanted->dry_run},
		{"signer.keys",
		 same_list(old->signer.keys, old->signer.key_count, wanted->signer.keys, wanted->signer.key_count) &&
			 old->signer.has_inline == wanted->signer.has_inline},
		{"signer.user", same_text(old->signer.user, wanted->signer.user)},
		{"signer.program", same_text(old->signer.program, wanted->signer.program)},
		{"cluster", same_cluster(&old->cluster, &wanted->cluster)},
		{"signer.golosd_config", same_text(old->signer.golosd_config, wanted->signer.golosd_config)},
	};

	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (!fixed[i].same)
			return fixed[i].key;
	return NULL;
}

static bool same_instance(const struct config_instance *a, const struct config_instance *b)
{
	if (!same_text(a->plugin, b->plugin) || a->grants != b->grants || a->max_signatures != b->max_signatures ||
	    memcmp(&a->feed, &b->feed, sizeof(a->feed)) != 0 || a->option_count != b->option_count ||
	    !same_text(a->witness, b->witness) || !same_text(a->witness_pubkey, b->witness_pubkey))
		return false;
	for (size_t i = 0; i < a->option_count; i++) {
		const struct config_option *old = &a->options[i], *new = &b->options[i];

		if (!same_text(old->name, new->name) || !same_text(old->json, new->json) ||
		    !same_list(old->values, old->count, new->values, new->count))
			return false;
	}
	return true;
}

static const struct config_instance *find_instance(const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->instance_count; i++)
		if (strcmp(config->instances[i].name, name) == 0)
			return &config->instances[i];
	return NULL;
}

static bool is_unchanged(const struct config *old, const struct config_instance *wanted)
{
	const struct config_instance *present = find_instance(old, wanted->name);

	return present && same_instance(present, wanted);
}

/* ---- check first, then do --------------------------------------------------------------------------------------- */

static gw_status check_instance(const struct host *host, const struct config *wanted,
				const struct config_instance *instance, struct error *err)
{
	struct gw_option_value *values;
	struct plugin *plugin;
	size_t count;

	if (instance->grants && !wanted->dry_run && grants_find(host->policy, host->policy_count, instance) < 0)
		return error_set(
			err, GW_ERR_UNSUPPORTED,
			"%s line %d: new keys or grants of %s need a restart: the signer's policy is fixed at its "
			"start",
			wanted->source, instance->line, instance->name);
	gw_status status = plugin_load_wanted(&plugin, wanted, instance, err);
	if (!status)
		status = option_values_make(&values, &count, plugin, wanted, instance, err);
	if (!status)
		free(values);
	return status;
}

/* Who chooses where the internet is asked could carry something out: golos-watch-fetch was told once. */
static gw_status check_addresses(const struct host *host, const struct config *wanted, struct error *err)
{
	const char *old[CONFIG_ADDRESSES_MAX], *new[CONFIG_ADDRESSES_MAX];
	size_t old_count = config_addresses(host->config, old), new_count = config_addresses(wanted, new);

	for (size_t i = 0; i < new_count; i++) {
		size_t at = 0;

		while (at < old_count && strcmp(old[at], new[i]) != 0)
			at++;
		if (at == old_count)
			return error_set(err, GW_ERR_UNSUPPORTED,
					 "%s: a new address in 'sources' needs a restart: those of golos-watch-fetch "
					 "are fixed at its start",
					 wanted->source);
	}
	return GW_OK;
}

static gw_status check(const struct host *host, const struct config *wanted, struct error *err)
{
	const char *fixed = fixed_key_that_differs(host->config, wanted);

	if (fixed)
		return error_set(err, GW_ERR_UNSUPPORTED, "%s: a change of '%s' needs a restart", wanted->source,
				 fixed);
	if (check_addresses(host, wanted, err))
		return err->status;
	for (size_t i = 0; i < wanted->instance_count; i++) {
		gw_status status = is_unchanged(host->config, &wanted->instances[i])
					   ? GW_OK
					   : check_instance(host, wanted, &wanted->instances[i], err);
		if (status)
			return status;
	}
	return GW_OK;
}

/* Those that are gone, and those that come anew under their old name. */
static void remove_old(struct host *host, const struct config *wanted)
{
	for (size_t i = 0; i < host->config->instance_count; i++) {
		const char *name = host->config->instances[i].name;
		const struct config_instance *then = find_instance(wanted, name);

		struct instance *instance = instances_find(host->instances, name);

		if (!instance || (then && is_unchanged(host->config, then)))
			continue;
		log_line(GW_INFO, NULL, "instance %s shuts down", name);
		submitter_forget(host->submitter, instance);
		instances_remove(host->instances, instance);
	}
}

struct need {
	const struct instances *instances;
	const struct config *wanted;
};

/* One that comes anew under its old name is taken up with what is known of its witness. */
static bool is_needed(void *context, const char *witness)
{
	const struct need *need = context;

	for (size_t i = 0; i < need->wanted->instance_count; i++)
		if (same_text(need->wanted->instances[i].witness, witness))
			return true;
	return instances_is_watched(need->instances, witness);
}

static void add_new(struct host *host, const struct config *wanted)
{
	for (size_t i = 0; i < wanted->instance_count; i++) {
		const struct config_instance *instance = &wanted->instances[i];
		struct error err = {0};

		if (instances_find(host->instances, instance->name))
			continue;
		log_line(GW_INFO, NULL, "instance %s starts", instance->name);
		if (host_add_instance(host, wanted, instance, &err))
			host_notice(host, GW_CRITICAL, "instance_failed", "%s", err.text);
	}
}

static void say_replaced(void *context, const char *path)
{
	(void)context;
	log_line(GW_WARNING, NULL, "%s was replaced, and a reload keeps the code that is loaded: restart golos-watchd",
		 path);
}

gw_status host_reload(struct host *host, struct config *wanted, struct error *err)
{
	struct need need = {.instances = host->instances, .wanted = wanted};

	if (!journal_is_open(host->journal))
		return error_set(err, GW_ERR_UNAVAILABLE,
				 "the journal has not been read yet: its disk does not answer");
	gw_status status = check(host, wanted, err);

	if (status)
		return status;
	host_leave_nothing_out(host);
	remove_old(host, wanted);
	observer_retain(host->observer, is_needed, &need);
	add_new(host, wanted);
	log_set(wanted->log_format, host->debug ? GW_DEBUG : wanted->log_level);
	if (!same_text(host->config->notice_command, wanted->notice_command))
		host_set_notice_command(host, wanted->notice_command);
	config_free(host->config);
	host->config = wanted;
	plugin_each_replaced(say_replaced, NULL);
	return GW_OK;
}
