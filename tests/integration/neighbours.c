/* SPDX-License-Identifier: MIT
 *
 * The watchers of one witness know each other: two real golos-watchd beside nodes of a devnet and an observer, whose
 * statements pass a proxy that cuts, delays, replays and changes them. What each knows is read from its status. No
 * switch may come of it.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "cluster.h"
#include "links.h"
#include "process.h"

#define STATUS	   "{\"v\":1,\"verb\":\"status\"}"
#define OBSERVER   2
#define SILENCE_MS 7000 /* as cluster/peers.h has it */
#define KEY_DIGITS 64
#define REGION_MAX ((size_t)1 << 30)
#define BLOCK_SIZE ((size_t)1 << 20)

static const char *const names[LINKS_NODES] = {"frankfurt", "helsinki", "eye"};
/* made up here, and of a form that nothing else has */
static const char *const keys[] = {"c0ffee00c0ffee11c0ffee22c0ffee33c0ffee44c0ffee55c0ffee66c0ffee77",
				   "deadbe00deadbe11deadbe22deadbe33deadbe44deadbe55deadbe66deadbe77"};

static struct cluster *cluster;
static struct links *links;
static struct process observer;

#define EXPECT(holds)                                                                                                  \
	do {                                                                                                           \
		if (!(holds))                                                                                          \
			cluster_give_up(cluster, "%s:%d: %s", __FILE__, __LINE__, #holds);                             \
	} while (0)

static void say(const char *what)
{
	printf("%s\n", what);
	fflush(stdout);
}

/* ---- configuration ---------------------------------------------------------------------------------------------- */

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd) != 0) {
		perror(path);
		abort();
	}
}

/* Both keys lie beside the configuration; `key` names one of them, or both. */
static void write_section(FILE *file, unsigned node, const char *key)
{
	fprintf(file, "cluster:\n  name: %s\n  key: %s\n  listen: 127.0.0.1:0\n  nodes:\n", names[node], key);
	for (int to = 0; to < LINKS_NODES; to++)
		fprintf(file, "    %s: 127.0.0.1:%u\n", names[to],
			to == (int)node ? 1u : (unsigned)links_port(links, (int)node, to));
}

static char *key_source(const char *dir, int n)
{
	return xasprintf("file:%s/cluster-%d.key", dir, n);
}

static void write_host_lines(FILE *file, const char *dir, unsigned watcher)
{
	char *path = xasprintf("%s/cluster-0.key", dir), *source = key_source(dir, 0);

	write_text(path, keys[0]);
	write_section(file, watcher, source);
	free(source);
	free(path);
}

/* Another `key` in a watcher's configuration, for its next start. */
static void change_keys(int watcher, const char *key)
{
	char *path = xasprintf("%s/watcher-%d.yml", cluster_dir(cluster), watcher), *text = NULL;
	char line[1024];
	size_t len = 0;
	FILE *in = fopen(path, "re"), *out = open_memstream(&text, &len);

	EXPECT(in && out);
	while (fgets(line, sizeof line, in))
		if (strncmp(line, "  key: ", 7) == 0)
			fprintf(out, "  key: %s\n", key);
		else
			fputs(line, out);
	fclose(in);
	fclose(out);
	write_text(path, text);
	free(text);
	free(path);
}

/* ---- what a watcher knows --------------------------------------------------------------------------------------- */

static const struct json *cluster_of(int watcher)
{
	const struct json *status = cluster_ask(cluster, watcher, STATUS), *known = NULL;

	return status && json_get_object(status, "cluster", &known, NULL) == GW_OK ? known : NULL;
}

/* NULL: the watcher does not answer. */
static const struct json *node_of(int watcher, int about)
{
	const struct json *known = cluster_of(watcher), *nodes = NULL;

	if (!known || json_get_array(known, "nodes", &nodes, NULL) || json_array_size(nodes) != LINKS_NODES)
		return NULL;
	return json_element(nodes, (size_t)about);
}

static bool text_is(const struct json *node, const char *name, const char *wanted)
{
	char text[64] = "";

	return node && json_get_text(node, name, text, sizeof text, NULL) == GW_OK && strcmp(text, wanted) == 0;
}

static int64_t number(const struct json *node, const char *name)
{
	int64_t value;

	return node && json_get_i64(node, name, INT64_MIN, INT64_MAX, &value, NULL) == GW_OK ? value : -1;
}

static bool flag(const struct json *node, const char *name)
{
	bool value;

	return node && json_get_bool(node, name, &value, NULL) == GW_OK && value;
}

struct wanted {
	int watcher, about;
	const char *state;
	bool relayed;
};

static bool has_state(struct cluster *unused, void *context)
{
	const struct wanted *wanted = context;
	const struct json *node = node_of(wanted->watcher, wanted->about);

	(void)unused;
	return text_is(node, "state", wanted->state) && (!wanted->relayed || flag(node, "relayed"));
}

static void await_state(int watcher, int about, const char *state)
{
	struct wanted wanted = {watcher, about, state, false};
	char what[96];

	snprintf(what, sizeof what, "%s to be %s for watcher %d", names[about], state, watcher);
	cluster_await(cluster, PATIENCE_S, has_state, &wanted, what);
}

static void await_all_fresh(void)
{
	for (int watcher = 0; watcher < 2; watcher++)
		for (int about = 0; about < LINKS_NODES; about++)
			if (about != watcher)
				await_state(watcher, about, "fresh");
}

/* So many milliseconds of links and blocks. */
static void let_pass(int64_t ms)
{
	int64_t end_ms = process_now_ms() + ms;

	while (cluster_step(cluster, end_ms))
		continue;
}

/* ---- the steps -------------------------------------------------------------------------------------------------- */

static void start_observer(void)
{
	char *config = xasprintf("%s/observer.yml", cluster_dir(cluster)), *log = NULL;
	char *variable = xasprintf("WATCH_CLUSTER_KEY=%s", keys[0]);
	char *program = xasprintf("%s/bin/golos-watchd", TEST_BINARY_DIR);
	char *argv[] = {program, (char *)(uintptr_t) "-c", config, NULL};
	char *environment[] = {(char *)(uintptr_t) "PATH=/usr/bin:/bin", variable, NULL};
	FILE *file = fopen(config, "we");

	EXPECT(file != NULL);
	fprintf(file, "chain_id: %s\nstate_dir: %s/state-eye\ncontrol: %s/ctl-eye\n%s", cluster_chain_id(cluster),
		cluster_dir(cluster), cluster_dir(cluster), geteuid() == 0 ? "user: root\n" : "");
	write_section(file, OBSERVER, "env:WATCH_CLUSTER_KEY");
	EXPECT(fclose(file) == 0 && chmod(config, 0600) == 0);
	log = xasprintf("%s/observer.log", cluster_dir(cluster));
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	observer = process_start(argv, environment, (struct process_output){.out = fd, .err = fd});
	close(fd);
	free(log);
	free(program);
	free(variable);
	free(config);
}

/* Exit status of golos-watch for the observer. */
static int run_for_observer(const char *command)
{
	char *config = xasprintf("%s/observer.yml", cluster_dir(cluster));
	char *program = xasprintf("%s/bin/golos-watch", TEST_BINARY_DIR);
	char *argv[] = {program, (char *)(uintptr_t) "-c", config, (char *)(uintptr_t)command, NULL};
	struct process process =
		process_start(argv, NULL, (struct process_output){.out = STDOUT_FILENO, .err = STDERR_FILENO});
	int status = -1;

	EXPECT(process_await_end(&process, process_now_ms() + PATIENCE_S * 1000, &status));
	free(program);
	free(config);
	return status;
}

static bool tells_of_golosd(struct cluster *unused, void *context)
{
	const struct json *node = node_of(1, 0), *witnesses = NULL;

	(void)unused, (void)context;
	if (!text_is(node, "golosd", "up") || number(node, "head") <= 0 ||
	    json_get_array(node, "witnesses", &witnesses, NULL) || json_array_size(witnesses) != 1)
		return false;
	const struct json *foo = json_element(witnesses, 0);

	return text_is(foo, "witness", "foo") && text_is(foo, "signing_key", cluster_key(cluster, 0)) &&
	       flag(foo, "produces") && flag(foo, "ready");
}

static void each_hears_each(void)
{
	say("each hears each, and what is stated arrives");
	await_all_fresh();
	cluster_await(cluster, PATIENCE_S, tells_of_golosd, NULL, "frankfurt to state its golosd and foo");
	EXPECT(number(cluster_of(0), "fresh") == 3 && number(cluster_of(0), "majority") == 2);
	EXPECT(text_is(node_of(0, OBSERVER), "golosd", "none"));
	EXPECT(number(node_of(1, 0), "lag") == 0 && flag(node_of(1, 0), "same_nodes"));
	cluster_await_said(cluster, 0, "helsinki is heard, and hears this node", PATIENCE_S);
	EXPECT(run_for_observer("cluster") == 0);
	EXPECT(run_for_observer("check") == 0);
}

static void a_golosd_that_ends_is_stated(void)
{
	struct wanted wanted = {1, 0, "fresh", false};

	say("a golosd that is gone is stated within seconds");
	EXPECT(has_state(cluster, &wanted));
	cluster_fault(cluster, "kill", "[0]");
	int64_t killed_ms = process_now_ms(), known_ms;

	while (!text_is(node_of(1, 0), "golosd", "down"))
		EXPECT(cluster_step(cluster, killed_ms + PATIENCE_S * 1000));
	known_ms = process_now_ms() - killed_ms;
	printf("  helsinki knew it after %.1f s, seen at the next event\n", (double)known_ms / 1000);
	EXPECT(known_ms >= 1900); /* no mere reconnect is told */
}

static void set_cut(int from, int to, bool is_cut)
{
	links_cut(links, from, to, is_cut);
}

static void a_cut_link_is_relayed(void)
{
	struct wanted wanted[] = {{0, 1, "fresh", true}, {1, 0, "fresh", true}};

	say("two that do not reach each other hear each other through the third");
	set_cut(0, 1, true);
	set_cut(1, 0, true);
	for (int i = 0; i < 2; i++)
		cluster_await(cluster, PATIENCE_S, has_state, &wanted[i], "a word by a relay");
	let_pass(SILENCE_MS + 2000);
	for (int i = 0; i < 2; i++)
		EXPECT(has_state(cluster, &wanted[i]));
}

static void one_that_nobody_hears_is_silent(void)
{
	say("one that nobody hears is silent, and hears them without being sure of them");
	set_cut(1, 0, false);
	set_cut(0, OBSERVER, true);
	await_state(1, 0, "silent");
	cluster_await_said(cluster, 1, "frankfurt is silent", PATIENCE_S);
	await_state(0, 1, "unknown");
	EXPECT(number(node_of(0, 1), "heard_ms") < SILENCE_MS);
	set_cut(0, 1, false);
	set_cut(0, OBSERVER, false);
	await_all_fresh();
}

static void set_delay(int64_t ms)
{
	for (int from = 0; from < LINKS_NODES; from++)
		for (int to = 0; to < LINKS_NODES; to++)
			links_delay(links, from, to, ms);
}

static void delays(void)
{
	say("links of 2 s are fresh; one of 12 s is no evidence");
	set_delay(2000);
	let_pass(SILENCE_MS);
	await_all_fresh();
	set_delay(12000);
	await_state(1, 0, "unknown");
	set_delay(0);
	await_all_fresh();
}

/* Datagrams that watcher opened and had heard before. */
static int64_t repeated_by(int watcher)
{
	const struct json *counts = NULL, *known = cluster_of(watcher);

	EXPECT(known && json_get_object(known, "datagrams", &counts, NULL) == GW_OK);
	return number(counts, "repeated");
}

static void replay_is_nothing(void)
{
	say("what was said by one that is gone is no word when it is replayed");
	cluster_end_watcher(cluster, 0, SIGKILL);
	await_state(1, 0, "silent");
	int64_t before = repeated_by(1);
	unsigned replayed = links_replay(links, 0, 1);

	EXPECT(replayed > 10);
	let_pass(2000);
	EXPECT(repeated_by(1) >= before + (int64_t)replayed / 2); /* a full socket buffer may lose some */
	await_state(1, 0, "silent");
	EXPECT(number(node_of(1, 0), "heard_ms") >= SILENCE_MS);
	say("  nor after our own restart");
	cluster_end_watcher(cluster, 1, SIGTERM);
	cluster_start_watcher(cluster, 1);
	await_state(1, OBSERVER, "fresh");
	EXPECT(links_replay(links, 0, 1) > 10);
	let_pass(2000);
	EXPECT(text_is(node_of(1, 0), "state", "unknown"));
	say("  and the restarted one is heard");
	cluster_start_watcher(cluster, 0);
	await_all_fresh();
}

static void another_version(void)
{
	say("another version is told, and no evidence");
	links_version(links, 0, 1, 2);
	set_cut(0, OBSERVER, true);
	cluster_await_said(cluster, 1, "frankfurt speaks version 2", PATIENCE_S);
	await_state(1, 0, "unknown");
	EXPECT(number(node_of(1, 0), "version") == 2);
	links_version(links, 0, 1, 0);
	set_cut(0, OBSERVER, false);
	await_all_fresh();
	EXPECT(number(node_of(1, 0), "version") == -1);
}

static void restart_with(const char *key)
{
	for (int watcher = 0; watcher < 2; watcher++) {
		change_keys(watcher, key);
		EXPECT(cluster_end_watcher(cluster, watcher, SIGTERM) == 0);
		cluster_start_watcher(cluster, watcher);
		await_state(watcher, 1 - watcher, "fresh");
		await_state(1 - watcher, watcher, "fresh");
	}
}

static void a_key_is_changed(void)
{
	const char *dir = cluster_dir(cluster);
	char *old = key_source(dir, 0), *new = key_source(dir, 1), *path = xasprintf("%s/cluster-1.key", dir);
	char *rounds[] = {xasprintf("[%s, %s]", old, new), xasprintf("[%s, %s]", new, old), xasprintf("%s", new)};

	say("a key is changed in three rounds, one watcher at a time");
	write_text(path, keys[1]);
	for (int i = 0; i < 3; i++) {
		restart_with(rounds[i]);
		free(rounds[i]);
	}
	await_state(0, OBSERVER, "unknown"); /* which has the old one alone; this watcher was started anew */
	free(path);
	free(new);
	free(old);
}

/* ---- the key is nowhere ----------------------------------------------------------------------------------------- */

static size_t must_lack(const char *path, off_t offset, size_t len)
{
	uint8_t *block = xcalloc(BLOCK_SIZE, 1), raw[KEY_DIGITS / 2];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t total = 0;
	ssize_t n;

	EXPECT(fd >= 0);
	while (total < len &&
	       (n = pread(fd, block, len - total < BLOCK_SIZE ? len - total : BLOCK_SIZE, offset + (off_t)total)) > 0) {
		for (int key = 0; key < 2; key++) {
			for (size_t i = 0; i < sizeof raw; i++) {
				char digits[] = {keys[key][2 * i], keys[key][2 * i + 1], 0};

				raw[i] = (uint8_t)strtoul(digits, NULL, 16);
			}
			if (memmem(block, (size_t)n, keys[key], KEY_DIGITS) ||
			    memmem(block, (size_t)n, raw, sizeof raw))
				cluster_give_up(cluster, "the cluster's key is in %s", path);
		}
		total += (size_t)n;
	}
	close(fd);
	free(block);
	return total;
}

static size_t search_memory(pid_t pid)
{
	char *maps_path = xasprintf("/proc/%d/maps", (int)pid), *mem_path = xasprintf("/proc/%d/mem", (int)pid);
	FILE *maps = fopen(maps_path, "re");
	unsigned long from, to;
	char line[4096], rights[5];
	size_t total = 0;

	EXPECT(maps != NULL);
	while (fgets(line, sizeof line, maps))
		if (sscanf(line, "%lx-%lx %4s", &from, &to, rights) == 3 && rights[0] == 'r' &&
		    to - from < REGION_MAX && !strstr(line, "[v"))
			total += must_lack(mem_path, (off_t)from, to - from);
	fclose(maps);
	free(mem_path);
	free(maps_path);
	return total;
}

/* AddressSanitizer makes nothing of mlock, and keeps a copy of the environment as the program was started with it. */
#ifdef GW_SANITIZED
#define IS_SANITIZED true
#else
#define IS_SANITIZED false
#endif

static int64_t locked_kib(pid_t pid)
{
	char *path = xasprintf("/proc/%d/status", (int)pid), line[256];
	FILE *file = fopen(path, "re");
	long kib = -1;

	EXPECT(file != NULL);
	while (fgets(line, sizeof line, file))
		(void)!sscanf(line, "VmLck: %ld", &kib);
	fclose(file);
	free(path);
	return kib;
}

static void the_key_is_nowhere(void)
{
	const pid_t pids[] = {cluster_pid(cluster, 0), cluster_pid(cluster, 1), observer.pid};
	static const char *const files[] = {"watcher-0.log", "watcher-1.log", "observer.log", "watcher-0.yml"};
	size_t read_bytes = 0;

	say("the key is in no log, environment and memory of the hosts but as that of the links, which is locked");
	for (size_t i = 0; i < 4; i++) {
		char *path = xasprintf("%s/%s", cluster_dir(cluster), files[i]);

		EXPECT(must_lack(path, 0, SIZE_MAX) > 0);
		free(path);
	}
	for (size_t i = 0; i < 3; i++) {
		char *path = xasprintf("/proc/%d/environ", (int)pids[i]);

		must_lack(path, 0, SIZE_MAX);
		free(path);
		EXPECT(IS_SANITIZED || locked_kib(pids[i]) > 0);
		if (geteuid() == 0 && !(IS_SANITIZED && i == OBSERVER))
			read_bytes += search_memory(pids[i]);
	}
	printf("  %zu KiB of memory read\n", read_bytes / 1024);
	EXPECT(geteuid() != 0 || read_bytes > BLOCK_SIZE);
}

int main(void)
{
	links = links_new();
	struct cluster_setup setup = {.witnesses = 3, .watchers = 2, .more_host_lines = write_host_lines};

	cluster = cluster_new(&setup);
	uint32_t since = cluster_head(cluster);
	start_observer();
	each_hears_each();
	a_cut_link_is_relayed();
	one_that_nobody_hears_is_silent();
	delays();
	replay_is_nothing();
	another_version();
	the_key_is_nowhere();
	a_key_is_changed();
	the_key_is_nowhere();
	EXPECT(cluster_count_updates(cluster, since) == 0);
	a_golosd_that_ends_is_stated();
	EXPECT(process_end(&observer, SIGTERM) == 0);
	cluster_free(cluster);
	links_free(links);
	return EXIT_SUCCESS;
}
