/* SPDX-License-Identifier: MIT
 *
 * Scenarios of the processes themselves: a log that nobody reads, a signer that is stopped. See scenario.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "scenario.h"

#define PATH_SIZE 160

/* A pipe in the place of the watcher's log, full to the brim. Its descriptor. */
static int block_log(struct cluster *cluster, const char *path)
{
	static const char bytes[4096];

	expect(cluster, unlink(path) == 0 && mkfifo(path, 0600) == 0);
	int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	expect(cluster, fd >= 0);
	while (write(fd, bytes, sizeof bytes) > 0)
		continue;
	expect(cluster, errno == EAGAIN);
	return fd;
}

/* The pipe is read up to and with these words. */
static bool reads(struct cluster *cluster, void *context)
{
	static char text[1 << 20];
	static size_t len;
	const int *fd = context;

	(void)cluster;
	for (ssize_t n; (n = read(*fd, text + len, sizeof text - 1 - len)) > 0;)
		for (char *at = text + len, *end = at + n; at < end; at++)
			if (*at)
				text[len++] = *at;
	text[len] = 0;
	return strstr(text, "signed witness_update") && strstr(text, "(producing)");
}

/* It starts, watches, signs and switches; what was said meanwhile comes when somebody reads it. */
struct cluster *log_unread(void)
{
	struct cluster *cluster = begin(2);
	char path[PATH_SIZE];

	cluster_end_watcher(cluster, 1, SIGTERM);
	snprintf(path, sizeof path, "%s/watcher-1.log", cluster_dir(cluster));
	int log = block_log(cluster, path);
	cluster_start_watcher(cluster, 1);
	expect(cluster, unlink(path) == 0); /* nobody reads it, and so does not this harness */
	cluster_await_watching(cluster, 1);
	uint32_t since = kill_primary(cluster);
	expect_prompt_takeover(cluster, 1, since, 2);
	expect(cluster, cluster_ask(cluster, 1, STATUS) != NULL);
	cluster_await(cluster, PATIENCE_S, reads, &log, "the log to be read");
	expect(cluster, cluster_end_watcher(cluster, 1, SIGTERM) == 0);
	close(log);
	return cluster;
}

/* Seen before a switch needs it, named where one fails for it, and the switch comes when it goes on. */
struct cluster *signer_stopped(void)
{
	struct cluster *cluster = begin(2);
	pid_t signer = cluster_signer_pid(cluster, 1);

	expect(cluster, signer > 0 && kill(signer, SIGSTOP) == 0);
	cluster_await_said(cluster, 1, "(signer_hangs)", PATIENCE_S);
	cluster_await_said(cluster, 1, "could not take over foo now: the signer does not answer", PATIENCE_S);
	expect(cluster, strstr(cluster_status(cluster, 1, "ready_text"), "the signer does not answer") != NULL);
	uint32_t since = kill_primary(cluster);
	cluster_await_said(cluster, 1, ": the signer did not answer: ", PATIENCE_S);
	expect(cluster, cluster_count_updates(cluster, since) == 0);
	expect(cluster, kill(signer, SIGCONT) == 0);
	cluster_await_said(cluster, 1, "(signer_answers)", PATIENCE_S);
	const struct cluster_block *update = cluster_await_update(cluster, 1, since, PATIENCE_S);
	cluster_await_production(cluster, 1, update->num, PATIENCE_S);
	expect(cluster, cluster_count_updates(cluster, since) == 1);
	return cluster;
}
