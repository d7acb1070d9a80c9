/* SPDX-License-Identifier: MIT
 *
 * The options that a plugin declares: is its table sound, and is what the configuration says what the table wants. A
 * default goes through the same check as a given value.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/value.h"
#include "graphene/operation.h"
#include "plugins/loader.h"

#define KEYS_MAX 64

/* ---- one value -------------------------------------------------------------------------------------------------- */

static gw_status read_keys(struct gw_option_value *value, const struct config_option *given, struct error *err)
{
	if (given->json && !given->is_list)
		return error_set(err, GW_ERR_CONFIG, "a value or a list is expected, not a section");
	if (given->no_value)
		return error_set(err, GW_ERR_CONFIG, "entry %zu is not a value", given->no_value);
	if (given->count > KEYS_MAX)
		return error_set(err, GW_ERR_CONFIG, "%zu keys: at most %d are accepted", given->count, KEYS_MAX);
	for (size_t i = 0; i < given->count; i++) {
		if (value_check_key(given->values[i], err) != GW_OK)
			return error_prefix(err, "entry %zu", i + 1);
		for (size_t j = 0; j < i; j++)
			if (!strcmp(given->values[i], given->values[j]))
				return error_set(err, GW_ERR_CONFIG, "entries %zu and %zu are the same", j + 1, i + 1);
	}
	value->list = (const char *const *)given->values;
	value->list_count = given->count;
	return GW_OK;
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

static gw_status check_option(const struct gw_option *option, struct error *err)
{
	struct gw_option_value value = {0};
	bool ranged = option->type == GW_OPTION_INT || option->type == GW_OPTION_SECONDS;

	if (option->type < GW_OPTION_STRING || option->type > GW_OPTION_JSON)
		return error_set(err, GW_ERR_UNSUPPORTED, "a type that this host does not know (%d)", option->type);
	if (!option->help || !*option->help)
		return error_set(err, GW_ERR_UNSUPPORTED, "no help");
	if (ranged && option->min > option->max)
		return error_set(err, GW_ERR_UNSUPPORTED, "a range that holds nothing");
	if (option->type == GW_OPTION_CHOICE && (!option->choices || !*option->choices))
		return error_set(err, GW_ERR_UNSUPPORTED, "no choices");
	if (!option->default_text)
		return GW_OK;
	if (option->required)
		return error_set(err, GW_ERR_UNSUPPORTED, "required, and yet with a default");
	if (option->type == GW_OPTION_KEYS || option->type == GW_OPTION_JSON)
		return error_set(err, GW_ERR_UNSUPPORTED, "a list with a default");
	if (value_read(&value, option, option->default_text, err) != GW_OK)
		return error_prefix(err, "the default");
	return GW_OK;
}

gw_status option_table_check(const struct gw_option *options, size_t count, struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		const char *name = options[i].name;

		if (!name || !value_is_word(name))
			return error_set(err, GW_ERR_UNSUPPORTED, "its option %zu has no proper name", i + 1);
		for (size_t j = 0; j < i; j++)
			if (!strcmp(options[j].name, name))
				return error_set(err, GW_ERR_UNSUPPORTED, "its option '%s' is declared twice", name);
		if (check_option(&options[i], err) != GW_OK) {
			error_prefix(err, "its option '%s'", name);
			return GW_ERR_UNSUPPORTED;
		}
	}
	return GW_OK;
}

/* ---- what an instance says -------------------------------------------------------------------------------------- */

struct reading {
	const struct gw_plugin_entry *entry;
	const struct config *config;
	const struct config_instance *instance;
	struct error *err;
};

/* Puts file, line and key, or the variable, before the sentence in *err. */
static gw_status fail_at(const struct reading *r, const struct config_option *given)
{
	if (given->origin)
		error_prefix(r->err, "%s: %s", r->config->source, given->origin);
	else
		error_prefix(r->err, "%s:%d: '%s' of %s", r->config->source, given->line, given->name,
			     r->instance->name);
	return GW_ERR_CONFIG;
}

static gw_status check_known(const struct reading *r, const struct config_option *given)
{
	struct nearest nearest = {0};
	char hint[80];

	for (size_t i = 0; i < r->entry->option_count; i++) {
		if (!strcmp(r->entry->options[i].name, given->name))
			return GW_OK;
		nearest_offer(&nearest, given->name, r->entry->options[i].name);
	}
	config_offer_instance_keys(&nearest, given->name);
	nearest_text(hint, sizeof(hint), &nearest);
	error_set(r->err, GW_ERR_CONFIG, "plugin %s has no such option%s", r->entry->name, hint);
	return fail_at(r, given);
}

/* Who asks for the word of every endpoint waits for as long as one is away: another node's goes with its machine, and
 * that is when a switch is due. */
static gw_status check_spare_endpoint(const struct reading *r, const struct gw_option_value *value,
				      const struct config_option *given)
{
	size_t nodes = r->config->node_count;

	if (strcmp(given->name, "confirm_nodes") != 0 || value->number <= 1 || (size_t)value->number < nodes)
		return GW_OK;
	error_set(r->err, GW_ERR_CONFIG,
		  "%lld endpoints are to agree, and 'node' lists %zu: the producer's machine may take one with it, so "
		  "list one more, or ask for fewer",
		  (long long)value->number, nodes);
	return fail_at(r, given);
}

static gw_status read_given(const struct reading *r, struct gw_option_value *value, const struct gw_option *option,
			    const struct config_option *given)
{
	gw_status status = GW_OK;

	value->given = 1;
	if (option->type == GW_OPTION_KEYS)
		status = read_keys(value, given, r->err);
	else if (option->type == GW_OPTION_JSON && given->json)
		value->text = given->json;
	else if (option->type == GW_OPTION_JSON)
		status = error_set(r->err, GW_ERR_CONFIG, "a list or a section is expected");
	else if (given->json)
		status = error_set(r->err, GW_ERR_CONFIG, "one value is expected, not a %s",
				   given->is_list ? "list" : "section");
	else
		status = value_read(value, option, given->values[0], r->err);
	return status == GW_OK ? check_spare_endpoint(r, value, given) : fail_at(r, given);
}

/* A plugin that sets keys has its own; another only wants to know which place its node has. */
static bool may_borrow_key(const struct gw_plugin_entry *entry)
{
	for (size_t i = 0; i < entry->option_count; i++)
		if (entry->options[i].type == GW_OPTION_KEY && strcmp(entry->options[i].name, "witness_pubkey") == 0)
			return !entry->options[i].required;
	return false;
}

/* Keys of a witness's nodes stand once: an instance that has no `order` or `witness_pubkey` of its own takes that of the one that moves
 * production of the same witness. */
static const struct config_option *find_borrowed(const struct reading *r, const struct gw_option *option)
{
	bool is_key = strcmp(option->name, "order") == 0 || strcmp(option->name, "witness_pubkey") == 0;

	if (!is_key || !may_borrow_key(r->entry) || !r->instance->witness[0])
		return NULL;
	for (size_t i = 0; i < r->config->instance_count; i++) {
		const struct config_instance *other = &r->config->instances[i];

		if (other != r->instance && other->witness_pubkey[0] &&
		    strcmp(other->witness, r->instance->witness) == 0)
			return config_find_option(other, option->name);
	}
	return NULL;
}

static gw_status read_option(const struct reading *r, struct gw_option_value *value, const struct gw_option *option)
{
	const struct config_option *given = config_find_option(r->instance, option->name);

	*value = (struct gw_option_value){
		.struct_size = sizeof(*value), .name = option->name, .type = option->type, .text = ""};
	/* the host's own is every instance's: one that did not know would say that it does what nobody does */
	if (r->config->dry_run && option->type == GW_OPTION_BOOL && strcmp(option->name, "dry_run") == 0) {
		value->number = 1;
		return GW_OK;
	}
	if (given)
		return read_given(r, value, option, given);
	given = option->required ? NULL : find_borrowed(r, option);
	if (given)
		return read_given(r, value, option, given);
	if (option->required)
		return error_set(r->err, GW_ERR_CONFIG, "%s:%d: '%s' of %s is missing: %s", r->config->source,
				 r->instance->line, option->name, r->instance->name, option->help);
	return option->default_text ? value_read(value, option, option->default_text, r->err) : GW_OK;
}

gw_status option_values_make(struct gw_option_value **ret, size_t *ret_count, const struct plugin *plugin,
			     const struct config *config, const struct config_instance *instance, struct error *err)
{
	const struct gw_plugin_entry *entry = plugin->entry;
	struct reading r = {.entry = entry, .config = config, .instance = instance, .err = err};
	gw_status status = GW_OK;

	for (size_t i = 0; i < instance->option_count && status == GW_OK; i++)
		status = check_known(&r, &instance->options[i]);
	if (status != GW_OK)
		return status;
	struct gw_option_value *values = xcalloc(entry->option_count, sizeof(*values));
	for (size_t i = 0; i < entry->option_count && status == GW_OK; i++)
		status = read_option(&r, &values[i], &entry->options[i]);
	if (status != GW_OK) {
		free(values);
		return status;
	}
	*ret = values;
	*ret_count = entry->option_count;
	return GW_OK;
}

/* ---- help ------------------------------------------------------------------------------------------------------- */

static void help_type(FILE *out, const struct gw_option *option)
{
	static const char *const names[] = {"text",	  "whole number",   "true or false", "account name",
					    "public key", "public keys",    "seconds",	     "percent",
					    "choice",	  "list or section"};

	fputs(names[option->type - GW_OPTION_STRING], out);
	if (option->type == GW_OPTION_INT || option->type == GW_OPTION_SECONDS)
		fprintf(out, ", %lld to %lld", (long long)option->min, (long long)option->max);
	if (option->type == GW_OPTION_PERCENT)
		fputs(", 0 to 100", out);
	if (option->type == GW_OPTION_CHOICE)
		fprintf(out, ": %s", option->choices);
	if (option->required)
		fputs("; required", out);
	else if (option->default_text)
		fprintf(out, "; default %s", *option->default_text ? option->default_text : "\"\"");
}

char *plugin_help(const struct plugin *plugin)
{
	const struct gw_plugin_entry *entry = plugin->entry;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		return xstrdup("");
	fprintf(out, "%s %s: %s\n%s\n", entry->name, entry->version, entry->summary, plugin->path);
	for (size_t i = 0; i < entry->option_count; i++) {
		const struct gw_option *option = &entry->options[i];

		fprintf(out, "\n  %s (", option->name);
		help_type(out, option);
		fprintf(out, ")\n      %s\n", option->help);
	}
	fclose(out);
	return text;
}
