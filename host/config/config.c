/* SPDX-License-Identifier: MIT
 *
 * From a file or the environment to struct config. Both older forms are turned into the tree of the present one, so
 * that one schema reads all three. Each value keeps the line or variable it came from.
 */
#include "config/config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "config/schema.h"
#include "config/source.h"

static void free_instance(struct config_instance *instance)
{
	for (size_t i = 0; i < instance->option_count; i++) {
		struct config_option *option = &instance->options[i];

		for (size_t j = 0; j < option->count; j++)
			free(option->values[j]);
		free(option->values);
		free(option->json);
		free(option->name);
	}
	free(instance->options);
	for (size_t i = 0; i < instance->source_count; i++)
		free(instance->sources[i]);
	free(instance->sources);
	free(instance->plugin);
	free(instance->name);
}

void config_free(struct config *config)
{
	if (!config)
		return;
	char *const texts[] = {config->source,
			       config->plugin_dir,
			       config->state_dir,
			       config->control,
			       config->control_group,
			       config->http,
			       config->ca_file,
			       config->notice_command,
			       config->user,
			       config->signer.user,
			       config->signer.unset_key,
			       config->signer.program,
			       config->signer.golosd_config};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		free(texts[i]);
	for (size_t i = 0; i < config->node_count; i++)
		free(config->nodes[i]);
	for (size_t i = 0; i < config->http_host_count; i++)
		free(config->http_hosts[i]);
	for (size_t i = 0; i < config->signer.key_count; i++)
		free(config->signer.keys[i]);
	for (size_t i = 0; i < config->cluster.key_count; i++)
		free(config->cluster.keys[i]);
	for (size_t i = 0; i < config->instance_count; i++)
		free_instance(&config->instances[i]);
	free(config->instances);
	free(config);
}

static gw_status config_from_tree(struct config **ret, struct tree *tree, const char *source, struct error *err)
{
	bool older = source_modernise(tree);
	struct config *config = xcalloc(1, sizeof(*config));

	config->source = xstrdup(source);
	gw_status status = schema_read(config, tree, older, err);
	if (status != GW_OK) {
		config_free(config);
		return status;
	}
	*ret = config;
	return GW_OK;
}

gw_status config_load_fd(struct config **ret, int fd, const char *path, struct error *err)
{
	struct source_text text;
	struct tree *tree = NULL;
	gw_status status = source_read_fd(&text, fd, path, err);

	if (status != GW_OK)
		return status;
	status = tree_parse(&tree, path, text.bytes, text.len, err);
	source_text_free(&text);
	if (status == GW_OK)
		status = config_from_tree(ret, tree, path, err);
	tree_free(tree);
	return status;
}

gw_status config_load(struct config **ret, const char *path, struct error *err)
{
	struct tree *tree = NULL;
	gw_status status = path ? source_file(&tree, NULL, path, err) : source_environment(&tree, err);

	if (status == GW_OK)
		status = config_from_tree(ret, tree, path ? path : SOURCE_ENVIRONMENT, err);
	tree_free(tree);
	return status;
}

const struct config_option *config_find_option(const struct config_instance *instance, const char *name)
{
	for (size_t i = 0; i < instance->option_count; i++)
		if (strcmp(instance->options[i].name, name) == 0)
			return &instance->options[i];
	return NULL;
}

gw_status config_check_lent(const struct config *config, const char *source, struct error *err)
{
	static const char mark[] = "credential:";
	const char *lent = strstr(source, mark), *slash = strrchr(config->source, '/');
	gw_status status = GW_OK;
	struct stat st;

	if (!lent || !slash)
		return GW_OK;
	char *path = xasprintf("%.*s/%s.key", (int)(slash - config->source), config->source, lent + strlen(mark));
	if (stat(path, &st) == 0 && (st.st_mode & 077 || st.st_uid != 0))
		status = error_set(
			err, GW_ERR_TRUST,
			"%s is lent to the service, and others can reach it (user %u, mode %04o): chown root %s && "
			"chmod 0400 %s",
			path, st.st_uid, st.st_mode & 07777, path, path);
	free(path);
	return status;
}
