/* SPDX-License-Identifier: MIT
 *
 * The text of a configuration, and its older forms. Host and command line.
 */
#include "config/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include "base/memory.h"
#include "config/schema.h"

#define BLANKS " \t\r\n"

/* ---- files ------------------------------------------------------------------------------------------------------ */

gw_status source_read_fd(struct source_text *ret, int fd, const char *path, struct error *err)
{
	struct source_text text = {0};
	ssize_t got = 1;

	if (fstat(fd, &text.stat) != 0)
		return error_set(err, GW_ERR_SYSTEM, "%s: %s", path, strerror(errno));
	if (!S_ISREG(text.stat.st_mode))
		return error_set(err, GW_ERR_CONFIG, "%s: not a regular file", path);
	if (text.stat.st_size > TREE_BYTES_MAX)
		return error_set(err, GW_ERR_CONFIG, "%s: larger than %u bytes", path, TREE_BYTES_MAX);
	size_t size = (size_t)text.stat.st_size;
	text.bytes = xcalloc(size + 1, 1);
	while (text.len < size && got > 0) {
		got = pread(fd, text.bytes + text.len, size - text.len, (off_t)text.len);
		text.len += got > 0 ? (size_t)got : 0;
	}
	if (got < 0) {
		error_set(err, GW_ERR_SYSTEM, "%s: %s", path, strerror(errno));
		source_text_free(&text);
		return GW_ERR_SYSTEM;
	}
	*ret = text;
	return GW_OK;
}

gw_status source_read(struct source_text *ret, const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return error_set(err, errno == ENOENT ? GW_ERR_NOT_FOUND : GW_ERR_SYSTEM, "%s: %s", path,
				 strerror(errno));
	gw_status status = source_read_fd(ret, fd, path, err);
	close(fd);
	return status;
}

void source_text_free(struct source_text *text)
{
	if (text->bytes)
		explicit_bzero(text->bytes, text->len);
	free(text->bytes);
	*text = (struct source_text){0};
}

static bool is_older(const struct tree *root)
{
	return root->kind == TREE_MAP && tree_member(root, "witness") && !tree_member(root, "plugins");
}

static bool holds_inline_key(const struct tree *root)
{
	bool older;
	const struct tree *keys = source_keys(root, &older);

	if (!keys || !older)
		return false;
	if (keys->kind == TREE_SCALAR)
		return source_is_inline_key(keys->text);
	for (size_t i = 0; i < keys->count; i++)
		if (keys->children[i]->kind == TREE_SCALAR && source_is_inline_key(keys->children[i]->text))
			return true;
	return false;
}

/* May the configuration name programs and files, and the users for them? The present form may. The older form, which a
 * container mounts from anybody, may not, unless it has another of the host's keys. */
static bool names_programs(const struct tree *root)
{
	static const char *const harmless[] = {"node", "chain_id", "log_format", "log_level", "dry_run"};

	if (!is_older(root))
		return true;
	for (size_t i = 0; i < root->count; i++) {
		const char *key = root->children[i]->key;
		bool named = strcmp(key, "golosd_config") == 0 || schema_is_host_key(key);

		for (size_t j = 0; named && j < sizeof(harmless) / sizeof(harmless[0]); j++)
			named = strcmp(key, harmless[j]) != 0;
		if (named)
			return true;
	}
	return false;
}

/* root runs what it names, also at a reload, when we are root no more. */
static gw_status check_roots_trust(const char *path, const struct tree *root, const struct stat *stat,
				   struct error *err)
{
	if (getauxval(AT_EUID) != 0)
		return GW_OK;
	if (stat->st_mode & S_IWGRP)
		return error_set(err, GW_ERR_TRUST,
				 "%s: its group can write it, and it says what is signed: chmod g-w %s", path, path);
	if (stat->st_uid != 0 && names_programs(root))
		return error_set(err, GW_ERR_TRUST,
				 "%s: belongs to user %u, and it names what root runs: chown root %s", path,
				 stat->st_uid, path);
	return GW_OK;
}

static gw_status check_trust(const char *path, const struct tree *root, const struct stat *stat, struct error *err)
{
	if (stat->st_mode & S_IWOTH)
		return error_set(err, GW_ERR_TRUST,
				 "%s: every user can write it, and it says what is signed: chmod o-w %s", path, path);
	gw_status status = check_roots_trust(path, root, stat, err);
	if (status != GW_OK || !holds_inline_key(root))
		return status;
	if (stat->st_uid != 0 && stat->st_uid != geteuid())
		return error_set(err, GW_ERR_TRUST, "%s: holds keys and belongs to another user", path);
	if (stat->st_mode & 077)
		return error_set(err, GW_ERR_TRUST, "%s: holds keys and others can read it: chmod 600 %s", path, path);
	return GW_OK;
}

gw_status source_file(struct tree **ret, struct source_text *ret_text, const char *path, struct error *err)
{
	struct source_text text;
	struct tree *tree = NULL;
	gw_status status = source_read(&text, path, err);

	if (status != GW_OK)
		return status;
	status = tree_parse(&tree, path, text.bytes, text.len, err);
	if (status == GW_OK)
		status = check_trust(path, tree, &text.stat, err);
	if (status != GW_OK || !ret_text)
		source_text_free(&text);
	if (status != GW_OK) {
		tree_free(tree);
		return status;
	}
	if (ret_text)
		*ret_text = text;
	*ret = tree;
	return GW_OK;
}

/* ---- variables -------------------------------------------------------------------------------------------------- */

/* An empty variable is what compose makes of one that is not set. */
static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

static void set_origin(struct tree *tree, const char *origin)
{
	tree->origin = origin;
	for (size_t i = 0; i < tree->count; i++)
		set_origin(tree->children[i], origin);
}

static void add_text(struct tree *root, const char *key, const char *origin, const char *text)
{
	struct tree *node = tree_new(TREE_SCALAR, 0, key, text);

	node->plain = false;
	node->origin = origin;
	tree_add(root, node);
}

/* One address, or a YAML list of them. Compose's block texts begin and end with line ends. */
static gw_status add_nodes(struct tree *root, const char *text, struct error *err)
{
	const char *begin = text + strspn(text, BLANKS);
	size_t len = strlen(begin);
	struct tree *list;

	while (len > 0 && strchr(BLANKS, begin[len - 1]))
		len--;
	if (*begin != '[' && *begin != '-') {
		char *address = xstrndup(begin, len);

		add_text(root, "node", "$NODE", address);
		free(address);
		return GW_OK;
	}
	gw_status status = tree_parse(&list, SOURCE_ENVIRONMENT ": $NODE", text, strlen(text), err);
	if (status != GW_OK)
		return status;
	list->key = xstrdup("node");
	set_origin(list, "$NODE");
	tree_add(root, list);
	return GW_OK;
}

static gw_status add_key(struct tree *root, struct error *err)
{
	const char *key = variable("KEY"), *file = variable("KEY_FILE");

	if (key && file)
		return error_set(err, GW_ERR_CONFIG, "%s: both $KEY and $KEY_FILE are set: one is wanted",
				 SOURCE_ENVIRONMENT);
	if (key) {
		add_text(root, "keys", "$KEY", key);
	} else if (file) {
		char *source = xasprintf("file:%s", file);

		add_text(root, "keys", "$KEY_FILE", source);
		free(source);
	} else {
		return error_set(err, GW_ERR_CONFIG, "%s: $KEY or $KEY_FILE is missing: the active key",
				 SOURCE_ENVIRONMENT);
	}
	return GW_OK;
}

static gw_status add_variables(struct tree *root, struct error *err)
{
	static const struct {
		const char *key, *origin;
		bool required;
	} options[] = {
		{"witness", "$WITNESS", true},		{"witness_pubkey", "$WITNESS_PUBKEY", true},
		{"miss_window", "$MISS_WINDOW", false}, {"allowed_misses", "$ALLOWED_MISSES", false},
		{"chain_id", "$CHAIN_ID", false},
	};
	const char *node = variable("NODE");

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
		const char *text = variable(options[i].origin + 1);

		if (text)
			add_text(root, options[i].key, options[i].origin, text);
		else if (options[i].required)
			return error_set(err, GW_ERR_CONFIG,
					 "%s: %s is missing, and no file is given: -c FILE, or " CONFIG_DEFAULT_PATH,
					 SOURCE_ENVIRONMENT, options[i].origin);
	}
	gw_status status = add_key(root, err);
	/* the older container's default: the service's name in its compose file */
	return status == GW_OK ? add_nodes(root, node ? node : "ws://golos:8091", err) : status;
}

gw_status source_environment(struct tree **ret, struct error *err)
{
	struct tree *root = tree_new(TREE_MAP, 0, NULL, NULL);
	gw_status status = add_variables(root, err);

	if (status != GW_OK) {
		tree_free(root);
		return status;
	}
	*ret = root;
	return GW_OK;
}

/* ---- the older form --------------------------------------------------------------------------------------------- */

const struct tree *source_keys(const struct tree *root, bool *ret_older)
{
	const struct tree *signer = tree_member(root, "signer");

	*ret_older = is_older(root);
	if (*ret_older)
		return tree_member(root, "keys");
	return signer ? tree_member(signer, "keys") : NULL;
}

bool source_is_inline_key(const char *text)
{
	return strncmp(text, "file:", 5) != 0 && strncmp(text, "keystore:", 9) != 0 &&
	       strncmp(text, "credential:", 11) != 0 && strncmp(text, "env:", 4) != 0;
}

/* The host's own keys stay at the top, `keys` goes to the signer, all else is the monitor's. */
bool source_modernise(struct tree *root)
{
	if (!is_older(root))
		return false;
	int line = tree_member(root, "witness")->line;
	struct tree *instance = tree_new(TREE_MAP, line, NULL, NULL);
	struct tree *plugins = tree_new(TREE_LIST, line, "plugins", NULL);
	struct tree *signer = tree_member(root, "signer");
	struct tree *keys = tree_take(root, "keys");

	tree_add(instance, tree_new(TREE_SCALAR, line, "name", "witness_monitor"));
	tree_add(instance, tree_new(TREE_SCALAR, line, "sign", "witness_update"));
	for (size_t i = 0; i < root->count;) {
		if (schema_is_host_key(root->children[i]->key))
			i++;
		else
			tree_add(instance, tree_take(root, root->children[i]->key));
	}
	tree_add(plugins, instance);
	tree_add(root, plugins);
	if (keys && !signer) {
		signer = tree_new(TREE_MAP, keys->line, "signer", NULL);
		tree_add(root, signer);
	}
	/* Two lists of keys: the older one stays where the schema refuses it. */
	if (keys)
		tree_add(signer->kind == TREE_MAP && !tree_member(signer, "keys") ? signer : root, keys);
	return true;
}
