/* SPDX-License-Identifier: MIT
 * A devnet and its watchers, from beginning to end. See cluster.h. */
#include "cluster_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/memory.h"
#include "devnet/ws_client.h"

/* ---- the end ---------------------------------------------------------------------------------------------------- */

static int remove_entry(const char *path, const struct stat *facts, int type, struct FTW *where)
{
	(void)facts;
	(void)type;
	(void)where;
	return remove(path);
}

static void free_watcher(struct watcher *watcher)
{
	free(watcher->config_path);
	free(watcher->control_path);
	free(watcher->log_path);
	free(watcher->log);
	free(watcher->answer_text);
	json_free(watcher->answer);
}

static void free_node(struct node *node)
{
	free(node->url);
	free(node->public_key);
	free(node->wif);
}

void cluster_free(struct cluster *cluster)
{
	if (!cluster)
		return;
	for (size_t i = 0; i < CLUSTER_NODES_MAX; i++)
		process_end(&cluster->watchers[i].process, SIGTERM);
	process_end(&cluster->devnet, SIGTERM);
	ws_close(cluster->eye);
	ws_close(cluster->hand);
	if (cluster->inotify_fd >= 0)
		close(cluster->inotify_fd);
	if (cluster->signal_fd >= 0)
		close(cluster->signal_fd);
	nftw(cluster->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	for (size_t i = 0; i < CLUSTER_NODES_MAX; i++) {
		free_watcher(&cluster->watchers[i]);
		free_node(&cluster->nodes[i]);
	}
	json_free(cluster->last_answer);
	json_free(cluster->facts);
	free(cluster->chain_id);
	free(cluster->active_wif);
	free(cluster);
}

static void show_blocks(const struct cluster *cluster)
{
	for (uint32_t num = cluster->head > 60 ? cluster->head - 60 : 1; num <= cluster->head; num++) {
		const struct cluster_block *block = &cluster->blocks[num];

		fprintf(stderr, "  block %u time %lld %s%s%s%s%s\n", num, (long long)block->time_s, block->witness,
			block->skipped ? ", slots empty before it" : "", block->updates ? ", sets the key to " : "",
			block->updates ? block->update_key : "",
			strcmp(block->witness, "foo") == 0 ? block->signing_key : "");
	}
}

void cluster_give_up(struct cluster *cluster, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fprintf(stderr, "FAILED: ");
	vfprintf(stderr, fmt, args);
	fprintf(stderr, "\n");
	va_end(args);
	show_blocks(cluster);
	for (unsigned i = 0; i < cluster->setup.watchers; i++)
		if (cluster->watchers[i].log_path)
			fprintf(stderr, "---- watcher %u, beside node %u ----\n%s", i, i, cluster_log(cluster, (int)i));
	cluster_free(cluster);
	exit(EXIT_FAILURE);
}

/* ---- the beginning ---------------------------------------------------------------------------------------------- */

FILE *cluster_create_file(struct cluster *cluster, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file)
		cluster_give_up(cluster, "%s: %s", path, strerror(errno));
	return file;
}

static void write_key(struct cluster *cluster)
{
	char *path = xasprintf("%s/active.key", cluster->dir);
	FILE *file = cluster_create_file(cluster, path);

	fprintf(file, "%s\n", cluster->active_wif);
	if (fclose(file))
		cluster_give_up(cluster, "%s: %s", path, strerror(errno));
	free(path);
}

static void make_dir(struct cluster *cluster)
{
	bool in_memory = !cluster->setup.on_disk && access("/dev/shm", W_OK) == 0;

	snprintf(cluster->dir, sizeof cluster->dir, "%s/golos-watch-XXXXXX", in_memory ? "/dev/shm" : "/tmp");
	if (!mkdtemp(cluster->dir))
		cluster_give_up(cluster, "%s: %s", cluster->dir, strerror(errno));
	cluster->inotify_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (cluster->inotify_fd < 0 || inotify_add_watch(cluster->inotify_fd, cluster->dir, IN_MODIFY) < 0)
		cluster_give_up(cluster, "inotify: %s", strerror(errno));
}

static void take_signals(struct cluster *cluster)
{
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	cluster->signal_fd = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
	if (cluster->signal_fd < 0)
		cluster_give_up(cluster, "signalfd: %s", strerror(errno));
}

struct cluster *cluster_new(const struct cluster_setup *setup)
{
	struct cluster *cluster = xcalloc(1, sizeof *cluster);

	cluster->setup = *setup;
	cluster->inotify_fd = cluster->signal_fd = -1;
	if (!setup->bin_dir)
		cluster->setup.bin_dir = TEST_BINARY_DIR "/bin";
	if (!setup->plugin_dir)
		cluster->setup.plugin_dir = TEST_BINARY_DIR "/plugins";
	if (!setup->witnesses)
		cluster->setup.witnesses = 7;
	cluster->node_count = setup->watchers + setup->more_nodes + 1;
	if (setup->ends_on_signal)
		take_signals(cluster);
	make_dir(cluster);
	cluster_start_devnet(cluster);
	cluster_open_eye(cluster);
	write_key(cluster);
	for (unsigned i = 0; i < setup->watchers; i++)
		cluster_configure_watcher(cluster, i);
	for (unsigned i = 0; i < setup->watchers && !setup->starts_no_watcher; i++)
		cluster_start_watcher(cluster, (int)i);
	for (unsigned i = 0; i < setup->watchers && !setup->starts_no_watcher; i++)
		cluster_await_watching(cluster, (int)i);
	return cluster;
}
