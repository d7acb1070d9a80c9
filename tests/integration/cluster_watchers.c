/* SPDX-License-Identifier: MIT
 * Watchers: configuration, processes, logs, control sockets. See cluster.h. */
#include "cluster_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/memory.h"

/* ---- configuration ---------------------------------------------------------------------------------------------- */

static void write_lines(FILE *file, const char *indent, const char *const *lines, size_t count)
{
	for (size_t i = 0; i < count && lines[i]; i++)
		fprintf(file, "%s%s\n", indent, lines[i]);
}

/* Its own node first, then the others in a ring, the last node among them. */
static void write_endpoints(FILE *file, const struct cluster *cluster, unsigned watcher)
{
	fputs("node:\n", file);
	for (unsigned i = 0; i < cluster->node_count; i++)
		fprintf(file, "  - %s\n", cluster->nodes[(watcher + i) % cluster->node_count].url);
}

static void write_monitor(FILE *file, const struct cluster *cluster, unsigned watcher)
{
	fprintf(file,
		"  - name: witness_monitor\n    witness: foo\n    witness_pubkey: %s\n    sign: [witness_update]\n",
		cluster->nodes[watcher].public_key);
	fputs("    order:\n", file);
	for (unsigned i = 0; i < cluster->setup.watchers; i++)
		fprintf(file, "      - %s\n", cluster->nodes[i].public_key);
	write_lines(file, "    ", cluster->setup.monitor_options, 6);
}

void cluster_configure_watcher(struct cluster *cluster, unsigned index)
{
	const struct cluster_setup *setup = &cluster->setup;
	struct watcher *watcher = &cluster->watchers[index];

	watcher->config_path = xasprintf("%s/watcher-%u.yml", cluster->dir, index);
	watcher->control_path = xasprintf("%s/ctl-%u", cluster->dir, index);
	watcher->log_path = xasprintf("%s/watcher-%u.log", cluster->dir, index);
	FILE *file = cluster_create_file(cluster, watcher->config_path);
	write_endpoints(file, cluster, index);
	fprintf(file, "chain_id: %s\nplugin_dir: %s\n", cluster->chain_id, setup->plugin_dir);
	fprintf(file, "state_dir: %s/state-%u\ncontrol: %s\n", cluster->dir, index, watcher->control_path);
	/* the package's users, where they are, cannot enter a clone under /root */
	const char *user = geteuid() == 0 ? ", user: root" : "";
	if (*user)
		fputs("user: root\n", file);
	if (setup->key_from_environment)
		fprintf(file, "signer: {keys: ['env:KEY']%s}\n", user);
	else if (setup->key_as_credential)
		fprintf(file, "signer: {keys: ['credential:active.key'], golosd_config: %s/golosd-%u.ini%s}\n",
			cluster->dir, index, user);
	else
		fprintf(file, "signer: {keys: ['file:%s/active.key']%s}\n", cluster->dir, user);
	write_lines(file, "", setup->host_options, 4);
	if (setup->more_host_lines)
		setup->more_host_lines(file, cluster->dir, index);
	fputs("plugins:\n", file);
	write_monitor(file, cluster, index);
	write_lines(file, "", setup->more_plugins, 32);
	if (fclose(file))
		cluster_give_up(cluster, "%s: %s", watcher->config_path, strerror(errno));
}

/* ---- watchers --------------------------------------------------------------------------------------------------- */

/* The container's variables are set aside: they would be read where a configuration is missing. */
void cluster_start_watcher(struct cluster *cluster, int index)
{
	struct watcher *watcher = &cluster->watchers[index];
	char *program = xasprintf("%s/golos-watchd", cluster->setup.bin_dir);
	const struct cluster_setup *setup = &cluster->setup;
	char *key = setup->key_from_environment ? xasprintf("KEY=%s", cluster->active_wif)
		    : setup->key_as_credential	? xasprintf("CREDENTIALS_DIRECTORY=%s", cluster->dir)
						: NULL;
	char *argv[] = {program, (char *)(uintptr_t) "-c", watcher->config_path,
			cluster->setup.debug ? (char *)(uintptr_t) "-d" : NULL, NULL};
	char *environment[] = {(char *)(uintptr_t) "PATH=/usr/bin:/bin", key, NULL};
	int log = open(watcher->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	if (log < 0)
		cluster_give_up(cluster, "%s: %s", watcher->log_path, strerror(errno));
	watcher->process = process_start(argv, environment, (struct process_output){.out = log, .err = log});
	close(log);
	free(key);
	free(program);
}

int cluster_end_watcher(struct cluster *cluster, int watcher, int signal)
{
	return process_end(&cluster->watchers[watcher].process, signal);
}

int cluster_await_end(struct cluster *cluster, int watcher, unsigned timeout_s)
{
	int status = 0;

	if (!process_await_end(&cluster->watchers[watcher].process, process_now_ms() + (int64_t)timeout_s * 1000,
			       &status))
		cluster_give_up(cluster, "watcher %d still runs", watcher);
	return status;
}

bool cluster_watcher_runs(const struct cluster *cluster, int watcher)
{
	struct pollfd poller = {.fd = cluster->watchers[watcher].process.fd, .events = POLLIN};

	return cluster->watchers[watcher].process.pid && poll(&poller, 1, 0) == 0;
}

pid_t cluster_pid(const struct cluster *cluster, int watcher)
{
	return cluster->watchers[watcher].process.pid;
}

pid_t cluster_signer_pid(struct cluster *cluster, int watcher)
{
	return process_child_of(cluster->watchers[watcher].process.pid);
}

const char *cluster_dir(const struct cluster *cluster)
{
	return cluster->dir;
}

const char *cluster_log(struct cluster *cluster, int index)
{
	struct watcher *watcher = &cluster->watchers[index];
	FILE *file = fopen(watcher->log_path, "re");
	size_t size = 0;

	free(watcher->log);
	watcher->log = NULL;
	if (!file || getdelim(&watcher->log, &size, 0, file) < 0) {
		free(watcher->log);
		watcher->log = xstrdup("");
	}
	if (file)
		fclose(file);
	return watcher->log;
}

bool cluster_has_said(struct cluster *cluster, int watcher, const char *text)
{
	return strstr(cluster_log(cluster, watcher), text) != NULL;
}

/* ---- the control socket ----------------------------------------------------------------------------------------- */

/* Caller frees; NULL: nobody listens there. */
static char *converse(const char *path, const char *request)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char *line = NULL;

	snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
	    send(fd, request, strlen(request), MSG_NOSIGNAL) > 0 && send(fd, "\n", 1, MSG_NOSIGNAL) == 1)
		line = cluster_read_line(fd, process_now_ms() + ANSWER_MS);
	if (fd >= 0)
		close(fd);
	return line;
}

const struct json *cluster_ask(struct cluster *cluster, int index, const char *request)
{
	struct watcher *watcher = &cluster->watchers[index];
	char *line = converse(watcher->control_path, request);
	struct error err;

	json_free(watcher->answer);
	watcher->answer = NULL;
	if (!line)
		return NULL;
	if (*line && json_parse(&watcher->answer, line, strlen(line), &err))
		cluster_give_up(cluster, "watcher %d answers \"%s\" to %s", index, line, request);
	free(line);
	return cluster_member(watcher->answer, "result");
}

const char *cluster_status(struct cluster *cluster, int index, const char *name)
{
	struct watcher *watcher = &cluster->watchers[index];
	const struct json *result = cluster_ask(cluster, index, "{\"v\":1,\"verb\":\"status\"}");
	const struct json *value =
		result ? cluster_member(cluster_member(json_element(cluster_member(result, "instances"), 0), "status"),
					name)
		       : NULL;
	const char *text = json_string(value, NULL);

	free(watcher->answer_text);
	watcher->answer_text = text ? xstrdup(text) : value ? json_text(value) : xstrdup("");
	return watcher->answer_text;
}
