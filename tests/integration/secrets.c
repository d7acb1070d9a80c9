/* SPDX-License-Identifier: MIT
 *
 * No secret leaves the signer: after a whole failover the active key is looked for, as WIF text, as hexadecimal and as
 * raw bytes, in everything the watchers wrote (logs, journal, configuration), in the arguments and environments of host
 * and signer, and in the host's memory. With the key in a file, and in the environment. The memory is read as root
 * alone.
 */
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "cluster.h"
#include "graphene/hex.h"
#include "graphene/keys.h"

#define BLOCK_SIZE  ((size_t)1 << 20)
#define REGION_MAX  ((size_t)1 << 30) /* a sanitizer's shadow memory is larger, and holds nothing */
#define PATTERNS    3
#define PATTERN_MAX 96

static struct {
	const char *name;
	size_t len;
	uint8_t bytes[PATTERN_MAX];
} patterns[PATTERNS];

static struct cluster *cluster;

static void make_patterns(const char *wif)
{
	struct secret_key key;
	struct error err = {0};
	char hex[2 * sizeof key.bytes + 1];

	if (wif_decode(&key, wif, strlen(wif), &err))
		cluster_give_up(cluster, "%s", err.text);
	hex_encode(hex, key.bytes, sizeof key.bytes);
	patterns[0].name = "the WIF text";
	patterns[0].len = strlen(wif);
	memcpy(patterns[0].bytes, wif, patterns[0].len);
	patterns[1].name = "the key in hexadecimal";
	patterns[1].len = strlen(hex);
	memcpy(patterns[1].bytes, hex, patterns[1].len);
	patterns[2].name = "the key's bytes";
	patterns[2].len = sizeof key.bytes;
	memcpy(patterns[2].bytes, key.bytes, patterns[2].len);
}

/* NULL: none of them is in it. */
static const char *found_in(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < PATTERNS; i++)
		if (memmem(bytes, len, patterns[i].bytes, patterns[i].len))
			return patterns[i].name;
	return NULL;
}

/* Reads from `fd`, at `offset` on where it is not negative, `len` bytes or to the end; blocks overlap by a pattern. */
static size_t search(int fd, off_t offset, size_t len, const char *where)
{
	uint8_t *block = xcalloc(BLOCK_SIZE, 1);
	size_t kept = 0, total = 0; /* kept: the end of the block before, for what lies across */

	while (total < len) {
		size_t room = BLOCK_SIZE - kept < len - total ? BLOCK_SIZE - kept : len - total;
		ssize_t n = offset < 0 ? read(fd, block + kept, room)
				       : pread(fd, block + kept, room, offset + (off_t)total);
		if (n <= 0)
			break;
		total += (size_t)n;
		size_t filled = kept + (size_t)n;
		const char *found = found_in(block, filled);
		if (found)
			cluster_give_up(cluster, "%s is in %s", found, where);
		kept = filled < PATTERN_MAX ? filled : PATTERN_MAX;
		memmove(block, block + filled - kept, kept);
	}
	free(block);
	return total;
}

static size_t search_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		cluster_give_up(cluster, "%s cannot be read", path);
	size_t total = search(fd, -1, SIZE_MAX, path);
	close(fd);
	return total;
}

static int search_entry(const char *path, const struct stat *facts, int type, struct FTW *where)
{
	if (type == FTW_F && S_ISREG(facts->st_mode) && strcmp(path + where->base, "active.key") != 0)
		search_file(path);
	return 0;
}

static void search_process(pid_t pid)
{
	static const char *const files[] = {"cmdline", "environ"};

	for (size_t i = 0; i < 2; i++) {
		char *path = xasprintf("/proc/%d/%s", (int)pid, files[i]);
		search_file(path);
		free(path);
	}
}

/* The signer leaves no core file, whatever ends it. */
static void check_core_limit(pid_t pid)
{
	static const char limit[] = "Max core file size        0                    0 ";
	char *path = xasprintf("/proc/%d/limits", (int)pid), line[256] = "";
	FILE *file = fopen(path, "re");

	while (file && !strstr(line, limit))
		if (!fgets(line, sizeof line, file))
			cluster_give_up(cluster, "%s allows a core file", path);
	if (!file)
		cluster_give_up(cluster, "%s cannot be read", path);
	fclose(file);
	free(path);
}

/* Returns the bytes read. */
static size_t search_memory(pid_t pid)
{
	char *maps_path = xasprintf("/proc/%d/maps", (int)pid), *mem_path = xasprintf("/proc/%d/mem", (int)pid);
	FILE *maps = fopen(maps_path, "re");
	int mem = open(mem_path, O_RDONLY | O_CLOEXEC);
	unsigned long from, to;
	char line[4096], rights[5];
	size_t total = 0;

	if (!maps || mem < 0)
		cluster_give_up(cluster, "%s cannot be read", mem_path);
	while (fgets(line, sizeof line, maps))
		if (sscanf(line, "%lx-%lx %4s", &from, &to, rights) == 3 && rights[0] == 'r' &&
		    to - from < REGION_MAX && !strstr(line, "[v"))
			total += search(mem, (off_t)from, to - from, mem_path);
	close(mem);
	fclose(maps);
	free(mem_path);
	free(maps_path);
	return total;
}

static void fail_over(bool key_from_environment)
{
	struct cluster_setup setup = {
		.witnesses = 3, .watchers = 2, .key_from_environment = key_from_environment, .debug = true};

	cluster = cluster_new(&setup);
	make_patterns(cluster_active_wif(cluster));
	uint32_t since = cluster_head(cluster);
	cluster_fault(cluster, "kill", "[0]");
	cluster_await_production(cluster, 1, cluster_await_update(cluster, 1, since, PATIENCE_S)->num, PATIENCE_S);
}

/* What is looked for is found where it is: in the one file that has it. */
static void check_the_search(void)
{
	char *path = xasprintf("%s/active.key", cluster_dir(cluster)), wif[128] = "";
	FILE *file = fopen(path, "re");

	if (!file || !fgets(wif, sizeof wif, file) || !found_in((const uint8_t *)wif, strlen(wif)))
		cluster_give_up(cluster, "the key is not found where it stands");
	fclose(file);
	free(path);
}

int main(void)
{
	for (int form = 0; form < 2; form++) {
		size_t read_bytes = 0;

		fail_over(form == 1);
		check_the_search();
		nftw(cluster_dir(cluster), search_entry, 16, FTW_PHYS);
		for (int i = 0; i < 2; i++) {
			search_process(cluster_pid(cluster, i));
			search_process(cluster_signer_pid(cluster, i));
			check_core_limit(cluster_signer_pid(cluster, i));
			if (geteuid() == 0)
				read_bytes += search_memory(cluster_pid(cluster, i));
		}
		printf("key from %s: nowhere but in the signer; %zu KiB of the hosts' memory read\n",
		       form == 1 ? "the environment" : "a file", read_bytes / 1024);
		if (geteuid() == 0 && read_bytes < ((size_t)1 << 20))
			cluster_give_up(cluster, "too little of the memory could be read");
		cluster_free(cluster);
	}
	return EXIT_SUCCESS;
}
