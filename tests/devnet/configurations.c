/* SPDX-License-Identifier: MIT
 *
 * Files to try golos-watchd with by hand. See configurations.h.
 */
#include "devnet/configurations.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

#define FOO "foo"

/* Takes `text`. */
static gw_status put_file(const char *directory, const char *name, char *text, struct error *err)
{
	char *path = xasprintf("%s/%s", directory, name);
	gw_status status = GW_OK;

	unlink(path);
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		status = error_set(err, GW_ERR_SYSTEM, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	free(path);
	free(text);
	return status;
}

/* The plugins of the build that this program is of. */
static char *find_plugins(void)
{
	char self[PATH_MAX] = "";

	if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
		abort(); /* no /proc */
	*strrchr(self, '/') = '\0';
	return xasprintf("%.*s/plugins", (int)(strrchr(self, '/') - self), self);
}

static char *key_of(const struct secret_key *secret)
{
	struct public_key public;
	char text[GW_KEY_SIZE];

	if (secret_key_public(&public, secret) != GW_OK)
		abort(); /* a hash outside the group's order: not in our lifetime */
	public_key_format(text, &public);
	return xstrdup(text);
}

/* Takes both. */
static char *joined(char *text, char *more)
{
	char *both = xasprintf("%s%s", text, more);

	free(text);
	free(more);
	return both;
}

static char *address_line(const struct configurations *c, unsigned node)
{
	return xasprintf("  - ws://127.0.0.1:%u\n", c->ports[node]);
}

static char *addresses_of(const struct configurations *c, unsigned own)
{
	char *lines = address_line(c, own);

	for (unsigned i = 0; i < c->count; i++)
		if (i != own)
			lines = joined(lines, address_line(c, i));
	return lines;
}

static char *order_of(const struct configurations *c)
{
	char *lines = xstrdup("");

	for (unsigned i = 0; i < c->count; i++) {
		char *key = key_of(&c->signing[i]);

		lines = joined(lines, xasprintf("      - %s\n", key));
		free(key);
	}
	return lines;
}

static char *configuration_of(const struct configurations *c, unsigned node, const char *directory)
{
	char *plugins = find_plugins(), *nodes = addresses_of(c, node), *order = order_of(c);
	char *key = key_of(&c->signing[node]);
	bool root = geteuid() == 0; /* the package's users, where they are, cannot enter a clone under /root */
	char *text =
		xasprintf("chain_id: %s\n"
			  "node:                  # the first is its own\n"
			  "%s"
			  "plugin_dir: %s\n"
			  "state_dir: %s/node-%u\n"
			  "control: %s/node-%u.ctl\n"
			  "%s"
			  "signer:\n"
			  "%s"
			  "  keys: file:%s/active.key\n"
			  "  golosd_config: %s/node-%u.ini\n"
			  "plugins:\n"
			  "  - name: witness_monitor\n"
			  "    witness: " FOO "\n"
			  "    witness_pubkey: %s\n"
			  "    order:\n"
			  "%s"
			  "    sign: [witness_update]\n",
			  c->chain_id, nodes, plugins, directory, node, directory, node, root ? "user: root\n" : "",
			  root ? "  user: root\n" : "", directory, directory, node, key, order);

	free(key);
	free(order);
	free(nodes);
	free(plugins);
	return text;
}

static gw_status put_node(const struct configurations *c, unsigned node, const char *directory, struct error *err)
{
	char name[32], wif[WIF_SIZE];

	wif_encode(wif, &c->signing[node]);
	snprintf(name, sizeof name, "node-%u.ini", node);
	gw_status status = put_file(directory, name, xasprintf("witness = \"" FOO "\"\nprivate-key = %s\n", wif), err);
	snprintf(name, sizeof name, "node-%u.yml", node);
	return status ? status : put_file(directory, name, configuration_of(c, node, directory), err);
}

gw_status configurations_write(const struct configurations *c, const char *directory, struct error *err)
{
	char absolute[PATH_MAX], wif[WIF_SIZE];

	if ((mkdir(directory, 0755) != 0 && errno != EEXIST) || !realpath(directory, absolute))
		return error_set(err, GW_ERR_SYSTEM, "%s: %s", directory, strerror(errno));
	wif_encode(wif, &c->active);
	gw_status status = put_file(absolute, "active.key", xasprintf("%s\n", wif), err);
	for (unsigned i = 0; i < c->count && !status; i++)
		status = put_node(c, i, absolute, err);
	return status;
}
