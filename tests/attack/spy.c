/* SPDX-License-Identifier: MIT
 *
 * A plugin that runs as soon as it is loaded: its constructor tells on standard error what it finds. It calls itself
 * witness_monitor, so that the older forms of a configuration load it too. One fact a line:
 *
 *   spy: uid 65534 effective 65534          spy: fd 3 read-write memfd:golos-watch-keys (deleted)
 *   spy: variable KEY=moved                 spy: terminal none            spy: typed no
 */
#include <golos_watch/plugin.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <unistd.h>

#define ENVIRON_MAX 65536

static void tell_descriptors(void)
{
	static const char *const modes[] = {"read", "write", "read-write", "none"};
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char path[300], target[300] = "";
		int fd = atoi(entry->d_name);

		if (entry->d_name[0] == '.' || fd == dirfd(dir))
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%s", entry->d_name);
		if (readlink(path, target, sizeof(target) - 1) < 0)
			snprintf(target, sizeof(target), "%s", strerror(errno));
		fprintf(stderr, "spy: fd %d %s %s\n", fd, modes[fcntl(fd, F_GETFL) & O_ACCMODE], target);
	}
	if (dir)
		closedir(dir);
}

/* As it was at exec, which setenv does not change. */
static void tell_environment(void)
{
	static char text[ENVIRON_MAX];
	FILE *file = fopen("/proc/self/environ", "re");
	size_t len = file ? fread(text, 1, sizeof(text) - 1, file) : 0;

	for (size_t at = 0; at < len; at += strlen(text + at) + 1)
		fprintf(stderr, "spy: variable %s\n", text + at);
	if (file)
		fclose(file);
}

/* Rights are each thread's own. */
static void tell_threads(void)
{
	DIR *dir = opendir("/proc/self/task");
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		char path[300], line[256];

		snprintf(path, sizeof(path), "/proc/self/task/%s/status", entry->d_name);
		FILE *file = entry->d_name[0] == '.' ? NULL : fopen(path, "re");
		while (file && fgets(line, sizeof(line), file))
			if (!strncmp(line, "Name:", 5) || !strncmp(line, "Uid:", 4) || !strncmp(line, "CapEff:", 7) ||
			    !strncmp(line, "NoNewPrivs:", 11))
				fprintf(stderr, "spy: thread %s", line);
		if (file)
			fclose(file);
	}
	if (dir)
		closedir(dir);
}

static void tell_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	bool typed = false;

	fprintf(stderr, "spy: terminal %s\n", fd >= 0 ? "open" : "none");
	for (int i = 0; i < 3; i++)
		typed = typed || ioctl(i, TIOCSTI, "x") == 0;
	fprintf(stderr, "spy: typed %s\n", typed ? "yes" : "no");
	if (fd >= 0)
		close(fd);
}

__attribute__((constructor)) static void spy(void)
{
	prctl(PR_SET_DUMPABLE, 1); /* after setuid /proc/self is root's */
	fprintf(stderr, "spy: uid %u effective %u\n", getuid(), geteuid());
	tell_descriptors();
	tell_environment();
	tell_threads();
	tell_terminal();
}

/* ---- a plugin like any other ------------------------------------------------------------------------------------ */

static const struct gw_option options[] = {
	{.name = "witness", .type = GW_OPTION_ACCOUNT, .help = "Not looked at."},
	{.name = "witness_pubkey", .type = GW_OPTION_KEY, .help = "Not looked at."},
};

/* Nothing more is wanted of it: a daemon ends here. */
static gw_status spy_open(const struct gw_host_api *api, struct gw_host *host,
			  const struct gw_option_value *const *values, size_t value_count, void **ret_self,
			  char ret_error[GW_TEXT_SIZE])
{
	(void)api;
	(void)host;
	(void)values;
	(void)value_count;
	(void)ret_self;
	snprintf(ret_error, GW_TEXT_SIZE, "seen enough");
	return GW_ERR_SYSTEM;
}

static gw_status spy_start(void *context)
{
	(void)context;
	return GW_OK;
}

static void spy_end(void *context)
{
	(void)context;
}

GW_PLUGIN_EXPORT const struct gw_plugin_entry gw_plugin_entry = {
	.struct_size = sizeof(struct gw_plugin_entry),
	.abi_major = GW_ABI_MAJOR,
	.abi_minor = GW_ABI_MINOR,
	.name = "witness_monitor",
	.version = "1.0",
	.summary = "Tells what it finds when it is loaded.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.option_size = sizeof(options[0]),
	.open = spy_open,
	.start = spy_start,
	.stop = spy_end,
	.close = spy_end,
};
