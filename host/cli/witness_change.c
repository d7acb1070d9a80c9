/* SPDX-License-Identifier: MIT
 * What a command would change of a witness. Runs in golos-watch. */
#include "cli/witness_change.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/source.h"
#include "config/value.h"
#include "graphene/operation_json.h"
#include "submission/submission.h"

/* ---- what the chain has ------------------------------------------------------------------------------------------ */

static bool shows_version(const struct json *props, unsigned version)
{
	const struct json *value;

	for (size_t i = 0; i < chain_properties_of_version(version); i++)
		if (!json_member(props, chain_property_table[i].name, &value))
			return false;
	return true;
}

static gw_status read_properties(struct chain_properties_update *ret, const struct json *raw, struct error *err)
{
	const struct json *props = NULL;
	unsigned version = CHAIN_PROPERTIES_VERSION_MAX;
	gw_status r = json_get_object(raw, "props", &props, err);

	if (r)
		return r;
	while (version > 0 && !shows_version(props, version))
		version--;
	ret->version = (uint8_t)version;
	for (size_t i = 0; !r && i < chain_properties_of_version(version); i++)
		r = property_read_json(&ret->values[i], i, props, err);
	return r;
}

gw_status witness_change_begin(struct witness_change *ret, const struct json *raw, const struct witness_answer *present,
			       struct error *err)
{
	struct witness_change *change = xcalloc(1, sizeof(*change));

	change->present = *present;
	gw_status r =
		submission_witness_update(&change->update, present->owner, present->url, present->signing_key, err);
	if (!r)
		r = read_properties(&change->old_properties, raw, err);
	memcpy(change->old_properties.owner, present->owner, sizeof(present->owner));
	change->new_properties = change->old_properties;
	if (!r)
		*ret = *change;
	free(change);
	return r;
}

/* ---- what was asked for ------------------------------------------------------------------------------------------ */

gw_status witness_change_key(struct witness_change *change, const char *key, struct error *err)
{
	gw_status r = public_key_parse(&change->update.signing_key, key, strlen(key), err);

	change->key_changes = strcmp(key, change->present.signing_key) != 0;
	return r ? error_prefix(err, "signing key") : GW_OK;
}

gw_status witness_change_url(struct witness_change *change, const char *url, struct error *err)
{
	if ((size_t)snprintf(change->update.url, sizeof(change->update.url), "%s", url) >= sizeof(change->update.url))
		return error_set(err, GW_ERR_SYNTAX, "url: %d bytes at most", GW_URL_SIZE - 1);
	change->url_changes = strcmp(url, change->present.url) != 0;
	return GW_OK;
}

/* As the member of an object in golosd's JSON, which is what property_read_json checks. */
static gw_status read_value(union property_value *ret, size_t index, const char *value, struct error *err)
{
	const struct property_info *info = &chain_property_table[index];
	struct json *object = NULL;
	struct json_writer w;

	json_writer_init(&w);
	json_open(&w, NULL, '{');
	if (info->type == PROPERTY_BOOL && (strcmp(value, "true") == 0 || strcmp(value, "false") == 0))
		json_put_raw(&w, info->name, value);
	else
		json_put_text(&w, info->name, value);
	json_close(&w, '}');
	gw_status r = json_parse(&object, w.text, w.len, err);
	if (!r)
		r = property_read_json(ret, index, object, err);
	json_free(object);
	json_writer_done(&w);
	return r;
}

/* Its JSON, "\"name\":value". Caller frees. */
static char *property_text(size_t index, const union property_value *value)
{
	struct json_writer w;

	json_writer_init(&w);
	property_write_json(&w, index, value);
	return json_writer_take(&w);
}

gw_status witness_change_property(struct witness_change *change, const char *name, const char *value, struct error *err)
{
	size_t index = chain_property_index(name);
	struct nearest nearest = {.best = NULL};
	char hint[96] = "";

	if (index >= chain_property_count) {
		for (size_t i = 0; i < chain_property_count; i++)
			nearest_offer(&nearest, name, chain_property_table[i].name);
		nearest_text(hint, sizeof(hint), &nearest);
		return error_set(err, GW_ERR_SYNTAX, "\"%.60s\" is no votable property%s", name, hint);
	}
	if (index >= chain_properties_of_version(change->new_properties.version))
		return error_set(err, GW_ERR_RANGE, "%s: the node's hard fork does not have it yet", name);
	gw_status r = read_value(&change->new_properties.values[index], index, value, err);
	if (r)
		return r;
	char *from = property_text(index, &change->old_properties.values[index]);
	char *to = property_text(index, &change->new_properties.values[index]);
	bool differs = strcmp(from, to) != 0;
	free(from);
	free(to);
	change->property_changes += (size_t)(differs - change->properties_change[index]);
	change->properties_change[index] = differs;
	return GW_OK;
}

gw_status witness_change_assignment(struct witness_change *change, const char *text, struct error *err)
{
	const char *equals = strchr(text, '=');

	if (!equals || equals == text)
		return error_set(err, GW_ERR_SYNTAX, "--set \"%.60s\": not NAME=VALUE", text);
	char *name = xstrndup(text, (size_t)(equals - text));
	gw_status r = witness_change_property(change, name, equals + 1, err);
	free(name);
	return r ? error_prefix(err, "--set") : GW_OK;
}

gw_status witness_change_file(struct witness_change *change, const char *path, struct error *err)
{
	struct source_text text;
	struct tree *tree = NULL;
	gw_status r = source_read(&text, path, err);

	if (r)
		return r;
	r = tree_parse(&tree, path, text.bytes, text.len, err);
	source_text_free(&text);
	if (!r && tree->kind != TREE_MAP)
		r = error_set(err, GW_ERR_CONFIG, "%s: not a list of \"name: value\" lines", path);
	for (size_t i = 0; !r && i < tree->count; i++) {
		const struct tree *member = tree->children[i];

		r = member->kind == TREE_SCALAR ? witness_change_property(change, member->key, member->text, err)
						: error_set(err, GW_ERR_SYNTAX, "%s has no single value", member->key);
		if (r)
			error_prefix(err, "%s:%d", path, member->line);
	}
	tree_free(tree);
	return r;
}

/* ---- what comes of it -------------------------------------------------------------------------------------------- */

/* "chain_properties_update: NAME: ..." */
static size_t refused_property(const struct error *err)
{
	const char *name = strstr(err->text, ": ");
	char word[64] = "";

	if (name)
		snprintf(word, sizeof(word), "%.*s", (int)strcspn(name + 2, ":"), name + 2);
	return chain_property_index(word);
}

/* One that golosd takes, whatever the others are. */
static union property_value good_value(size_t index)
{
	const struct property_info *info = &chain_property_table[index];
	union property_value value = {.number = info->type == PROPERTY_BOOL ? 1 : (uint64_t)info->min};

	if (info->type == PROPERTY_ASSET)
		value.asset = (struct asset){info->min, 3, ""};
	if (info->type == PROPERTY_ASSET && info->symbol)
		snprintf(value.asset.symbol, sizeof(value.asset.symbol), "%s", info->symbol);
	return value;
}

size_t witness_change_missing(const struct witness_change *change, char ret[][WITNESS_CHANGE_TEXT_SIZE], size_t max)
{
	struct operation *op = xcalloc(1, sizeof(*op));
	struct error err = {0};
	size_t count = 0;

	op->type = OPERATION_CHAIN_PROPERTIES_UPDATE;
	op->chain_properties_update = change->new_properties;
	while (count < max && operation_validate(op, &err)) {
		size_t index = refused_property(&err);

		if (index >= chain_property_count || change->properties_change[index])
			break; /* the change itself is refused */
		const char *sentence = strstr(err.text, ": ") + 2;
		snprintf(ret[count++], WITNESS_CHANGE_TEXT_SIZE, "%.*s", WITNESS_CHANGE_TEXT_SIZE - 1, sentence);
		op->chain_properties_update.values[index] = good_value(index);
	}
	free(op);
	return count;
}

gw_status witness_change_operations(const struct witness_change *change, struct operation *ret, uint32_t *ret_count,
				    struct error *err)
{
	uint32_t count = 0;
	gw_status r = GW_OK;

	if (change->key_changes || change->url_changes) {
		ret[count].type = OPERATION_WITNESS_UPDATE;
		ret[count].witness_update = change->update;
		r = operation_validate(&ret[count++], err);
	}
	if (!r && change->property_changes > 0) {
		ret[count].type = OPERATION_CHAIN_PROPERTIES_UPDATE;
		ret[count].chain_properties_update = change->new_properties;
		r = operation_validate(&ret[count++], err);
	}
	*ret_count = count;
	return r;
}

static void print_property(const struct witness_change *change, size_t index)
{
	char *from = property_text(index, &change->old_properties.values[index]);
	char *to = property_text(index, &change->new_properties.values[index]);
	size_t skip = strlen(chain_property_table[index].name) + strlen("\"\":");

	print_line("%s: %s -> %s", chain_property_table[index].name, from + skip, to + skip);
	free(from);
	free(to);
}

void witness_change_print(const struct witness_change *change)
{
	char key[GW_KEY_SIZE];

	public_key_format(key, &change->update.signing_key);
	if (change->key_changes)
		print_line("signing key: %s -> %s", change->present.signing_key, key);
	if (change->url_changes)
		print_line("url: %s -> %s", change->present.url, change->update.url);
	for (size_t i = 0; i < chain_property_count; i++)
		if (change->properties_change[i])
			print_property(change, i);
}
