/* SPDX-License-Identifier: MIT
 *
 * What an operator may get wrong: the real golos-watchd says one sentence that names the thing and its place, ends with
 * the exit status of that kind of mistake, and shows no key. One devnet for all; each row spoils a configuration that
 * is good (the first row).
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "cluster.h"

#define WIF_OTHER "5KZcMXyVaHvmnzZKThrEk7BKcRpo9pVE7MsMkcdpphsZGAyFjCq" /* of some other account */
#define NO_WIF	  "5KZcMXyVaHvmnzZKThrEk7BKcRpo9pVE7MsMkcdpphsZGAyFjCr" /* its checksum is wrong */

static const struct mistake {
	const char *name;
	int status;
	const char *says[3];   /* all in the last critical line */
	bool said_first;       /* a line before that one: people hear of it before it ends the host */
	const char *from, *to; /* in the configuration, once */
	const char *key;       /* in the key file instead of the good one */
	mode_t key_mode;       /* 0: 0600 */
	const char *plugin;    /* a copy of it in a directory of its own, */
	mode_t plugin_mode;    /* with this mode, */
	mode_t directory_mode; /* and the directory with this one */
} mistakes[] = {
	{"nothing", EXIT_OK, {NULL}, .key = NULL},
	{"unknown key",
	 EXIT_CONFIG,
	 {"watcher-0.yml:", "allowed_mises"},
	 .from = "    order:",
	 .to = "    allowed_mises: 1\n    order:"},
	{"unknown key at the top",
	 EXIT_CONFIG,
	 {"watcher-0.yml:", "'state_dri'"},
	 .from = "state_dir:",
	 .to = "state_dri:"},
	{"value out of range",
	 EXIT_CONFIG,
	 {"watcher-0.yml:", "max_gap", "1 to 64"},
	 .from = "    order:",
	 .to = "    max_gap: 65\n    order:"},
	{"no YAML", EXIT_CONFIG, {"watcher-0.yml:"}, .from = "plugins:", .to = "plugins: ["},
	{"public key of another prefix",
	 EXIT_CONFIG,
	 {"watcher-0.yml:", "witness_pubkey", "GLS"},
	 .from = "witness_pubkey: GLS",
	 .to = "witness_pubkey: STM"},
	{"mistyped public key",
	 EXIT_CONFIG,
	 {"watcher-0.yml:", "witness_pubkey"},
	 .from = "witness_pubkey: GLS6",
	 .to = "witness_pubkey: GLS7"},
	{"bad WIF", EXIT_KEY, {"active.key"}, .key = NO_WIF},
	{"public key where a private one belongs",
	 EXIT_KEY,
	 {"active.key"},
	 .key = "GLS6xxQ2i3YDycyaS1sdjJ1fDZrssMJYPXQp7epy9STYuPGbXrzj5"},
	{"empty key file", EXIT_KEY, {"active.key"}, .key = ""},
	{"no key file", EXIT_KEY, {"inactive.key"}, .from = "/active.key", .to = "/inactive.key"},
	{"no such variable", EXIT_CONFIG, {"NO_SUCH_KEY"}, .from = "['file:", .to = "['env:NO_SUCH_KEY']} #"},
	{"key of another account", EXIT_KEY, {"foo", "active", "ending"}, .said_first = true, .key = WIF_OTHER},
	{"key file that others can read", EXIT_TRUST, {"active.key", "0644"}, .key_mode = 0644},
	{"no such plugin",
	 EXIT_PLUGIN,
	 {"watcher-0.yml:", "absent"},
	 .from = "name: witness_monitor",
	 .to = "name: absent"},
	{"plugin of a later ABI",
	 EXIT_PLUGIN,
	 {"newer_major", "ABI"},
	 .from = "name: witness_monitor",
	 .to = "name: newer_major",
	 .plugin = "newer_major"},
	{"plugin of an earlier ABI",
	 EXIT_PLUGIN,
	 {"older_major", "ABI"},
	 .from = "name: witness_monitor",
	 .to = "name: older_major",
	 .plugin = "older_major"},
	{"no plugin at all",
	 EXIT_PLUGIN,
	 {"no_symbol", "gw_plugin_entry"},
	 .from = "name: witness_monitor",
	 .to = "name: no_symbol",
	 .plugin = "no_symbol"},
	{"plugin that others can write",
	 EXIT_TRUST,
	 {"good.so", "0666"},
	 .from = "name: witness_monitor",
	 .to = "name: good",
	 .plugin = "good",
	 .plugin_mode = 0666},
	{"directory of plugins that others can write",
	 EXIT_TRUST,
	 {"plugins-", "0777"},
	 .from = "name: witness_monitor",
	 .to = "name: good",
	 .plugin = "good",
	 .directory_mode = 0777},
	{"node on another chain", EXIT_CHAIN, {"ws://127.0.0.1:", "chain"}, .from = "chain_id: 5", .to = "chain_id: 6"},
};

/* ---- files ------------------------------------------------------------------------------------------------------ */

static void write_whole(const char *path, const char *bytes, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, bytes, len) != (ssize_t)len || fchmod(fd, mode) || close(fd)) {
		perror(path);
		exit(EXIT_FAILURE);
	}
}

/* Caller frees. */
static char *read_whole(const char *path, size_t *ret_len)
{
	struct stat facts;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || fstat(fd, &facts)) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	char *bytes = xcalloc((size_t)facts.st_size + 1, 1);
	if (read(fd, bytes, (size_t)facts.st_size) != facts.st_size) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	close(fd);
	*ret_len = (size_t)facts.st_size;
	return bytes;
}

/* ---- one mistake ------------------------------------------------------------------------------------------------ */

struct place {
	struct cluster *cluster;
	char *config_path, *key_path, *log_path, *config;
	char plugin_dir[sizeof TEST_BINARY_DIR + 32]; /* not in /tmp, which others can write */
};

static void place_plugin(const struct place *place, const struct mistake *mistake)
{
	char *from = xasprintf("%s/test_plugins/%s.so", TEST_BINARY_DIR, mistake->plugin);
	char *to = xasprintf("%s/%s.so", place->plugin_dir, mistake->plugin);
	size_t len;
	char *bytes = read_whole(from, &len);

	write_whole(to, bytes, len, mistake->plugin_mode ? mistake->plugin_mode : 0644);
	chmod(place->plugin_dir, mistake->directory_mode ? mistake->directory_mode : 0755);
	free(bytes);
	free(to);
	free(from);
}

static void remove_plugin(const struct place *place, const struct mistake *mistake)
{
	char *path = xasprintf("%s/%s.so", place->plugin_dir, mistake->plugin);

	unlink(path);
	free(path);
}

/* A copy of `text` with the first `from` replaced. */
static char *replace(struct cluster *cluster, const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);

	if (!at)
		cluster_give_up(cluster, "no \"%s\" in the configuration", from);
	return xasprintf("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
}

static void spoil(const struct place *place, const struct mistake *mistake)
{
	const char *key = mistake->key ? mistake->key : cluster_active_wif(place->cluster);
	char *config = mistake->from ? replace(place->cluster, place->config, mistake->from, mistake->to)
				     : xstrdup(place->config);

	if (mistake->plugin) {
		char *dir = xasprintf("plugin_dir: %s", place->plugin_dir);
		char *moved = replace(place->cluster, config, "plugin_dir: " TEST_BINARY_DIR "/plugins", dir);

		place_plugin(place, mistake);
		free(config);
		free(dir);
		config = moved;
	}
	write_whole(place->config_path, config, strlen(config), 0600);
	write_whole(place->key_path, key, strlen(key), mistake->key_mode ? mistake->key_mode : 0600);
	write_whole(place->log_path, "", 0, 0600);
	free(config);
}

/* NULL: it said what it should, and no more. */
static const char *complaint(const struct place *place, const struct mistake *mistake, int status)
{
	const char *log = cluster_log(place->cluster, 0), *line = strstr(log, " critical ");

	if (strstr(log, cluster_active_wif(place->cluster)) || strstr(log, WIF_OTHER) || strstr(log, NO_WIF))
		return "a key in the log";
	if (!WIFEXITED(status) || WEXITSTATUS(status) != mistake->status)
		return "another exit status";
	if (mistake->status == EXIT_OK)
		return line ? "a complaint" : NULL;
	if (!line)
		return "no critical line";
	if (mistake->said_first)
		line = strstr(line + 1, " critical ");
	if (!line)
		return "no second critical line";
	if (strstr(line + 1, " critical "))
		return "too many critical lines";
	for (size_t i = 0; i < 3 && mistake->says[i]; i++)
		if (!strstr(line, mistake->says[i]))
			return mistake->says[i];
	return NULL;
}

static bool try(const struct place *place, const struct mistake *mistake)
{
	int status;

	spoil(place, mistake);
	cluster_start_watcher(place->cluster, 0);
	if (mistake->status == EXIT_OK) {
		cluster_await_watching(place->cluster, 0);
		status = cluster_end_watcher(place->cluster, 0, SIGTERM);
	} else {
		status = cluster_await_end(place->cluster, 0, PATIENCE_S);
	}
	const char *missing = complaint(place, mistake, status);
	if (mistake->plugin)
		remove_plugin(place, mistake);
	printf("%-44s %d %s%s\n", mistake->name, WEXITSTATUS(status), missing ? "WRONG: " : "as expected",
	       missing ? missing : "");
	if (missing)
		printf("%s\n", cluster_log(place->cluster, 0));
	fflush(stdout);
	return !missing;
}

int main(void)
{
	struct cluster_setup setup = {.watchers = 1, .starts_no_watcher = true};
	struct place place = {.cluster = cluster_new(&setup)};
	size_t wrong = 0, len;

	place.config_path = xasprintf("%s/watcher-0.yml", cluster_dir(place.cluster));
	place.key_path = xasprintf("%s/active.key", cluster_dir(place.cluster));
	place.log_path = xasprintf("%s/watcher-0.log", cluster_dir(place.cluster));
	place.config = read_whole(place.config_path, &len);
	snprintf(place.plugin_dir, sizeof place.plugin_dir, "%s/plugins-XXXXXX", TEST_BINARY_DIR);
	if (!mkdtemp(place.plugin_dir))
		cluster_give_up(place.cluster, "%s: %s", place.plugin_dir, strerror(errno));
	for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++)
		wrong += try(&place, &mistakes[i]) ? 0 : 1;
	rmdir(place.plugin_dir);
	free(place.config);
	free(place.config_path);
	free(place.key_path);
	free(place.log_path);
	cluster_free(place.cluster);
	return wrong ? EXIT_FAILURE : EXIT_SUCCESS;
}
