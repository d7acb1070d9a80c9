/* SPDX-License-Identifier: MIT
 * A devnet and its watchers, as processes. See cluster.h. */
#include "cluster.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"
#include "devnet/ws_client.h"
#include "process.h"

#define ANSWER_MS	10000
#define LINE_SIZE	((size_t)1 << 16)
#define BLOCKS_PATIENCE 6 /* times the interval: a block that a scenario waits for may have missed slots before it */

struct node {
	char *url, *public_key, *wif; /* the latter two NULL: no node of foo */
	uint16_t port;
};

struct watcher {
	struct process process;
	char *config_path, *control_path, *log_path;
	char *log, *answer_text;
	struct json *answer;
};

struct cluster {
	struct cluster_setup setup;
	char dir[64];
	struct process devnet;
	struct json *facts; /* what the devnet said of itself */
	char *chain_id, *active_wif;
	int64_t interval_s;
	unsigned node_count;
	struct node nodes[CLUSTER_NODES_MAX];
	struct watcher watchers[CLUSTER_NODES_MAX];
	struct ws_client *eye;	  /* block subscription at the last node */
	struct ws_client *hand;	  /* calls to it */
	struct json *last_answer; /* of the hand */
	int inotify_fd, signal_fd;
	cluster_witness *witness;
	void *witness_context;
	uint32_t head;
	struct cluster_block blocks[CLUSTER_BLOCKS_MAX];
};

int64_t cluster_now_ms(void)
{
	return process_now_ms();
}

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

_Noreturn void cluster_give_up(struct cluster *cluster, const char *fmt, ...)
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

/* ---- the devnet ------------------------------------------------------------------------------------------------- */

/* One line, or what came until the end or the deadline. Caller frees. */
static char *read_line(int fd, int64_t deadline_ms)
{
	char *line = xcalloc(LINE_SIZE, 1);
	size_t len = 0;

	while (len + 1 < LINE_SIZE && !memchr(line, '\n', len)) {
		struct pollfd poller = {.fd = fd, .events = POLLIN};
		int64_t left_ms = deadline_ms - process_now_ms();

		if (poll(&poller, 1, left_ms > 0 ? (int)left_ms : 0) <= 0)
			break;
		ssize_t n = read(fd, line + len, LINE_SIZE - 1 - len);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	return line;
}

static const struct json *member(const struct json *object, const char *key)
{
	const struct json *value = NULL;

	return json_is_object(object) && json_member(object, key, &value) ? value : NULL;
}

static char *member_text(const struct json *object, const char *key)
{
	const char *text = json_string(member(object, key), NULL);

	return text ? xstrdup(text) : NULL;
}

static bool read_node(struct node *ret, const struct json *facts)
{
	uint64_t port = 0;
	struct error err;

	ret->url = member_text(facts, "url");
	ret->public_key = member_text(member(facts, "signing_key"), "public");
	ret->wif = member_text(member(facts, "signing_key"), "wif");
	if (json_get_u64(facts, "port", UINT16_MAX, &port, &err))
		return false;
	ret->port = (uint16_t)port;
	return ret->url != NULL;
}

static bool read_facts(struct cluster *cluster, const char *line)
{
	struct error err;

	if (json_parse(&cluster->facts, line, strlen(line), &err) || !json_is_object(cluster->facts))
		return false;
	const struct json *nodes = member(cluster->facts, "nodes");
	cluster->chain_id = member_text(cluster->facts, "chain_id");
	cluster->active_wif = member_text(member(member(cluster->facts, "active_keys"), "foo"), "wif");
	for (unsigned i = 0; i < cluster->node_count; i++)
		if (i >= json_array_size(nodes) || !read_node(&cluster->nodes[i], json_element(nodes, i)))
			return false;
	return cluster->chain_id && cluster->active_wif &&
	       json_get_i64(cluster->facts, "interval", 1, 60, &cluster->interval_s, &err) == GW_OK;
}

static void start_devnet(struct cluster *cluster)
{
	const struct cluster_setup *setup = &cluster->setup;
	char *program = xasprintf("%s/golos-devnet", setup->bin_dir);
	char witnesses[16], nodes[16], foo_nodes[16];
	char *argv[16] = {program, "--die-with-parent", "--witnesses", witnesses, "--nodes",
			  nodes,   "--foo-nodes",	foo_nodes};
	int ends[2], count = 8;

	snprintf(witnesses, sizeof witnesses, "%u", setup->witnesses);
	snprintf(nodes, sizeof nodes, "%u", cluster->node_count);
	snprintf(foo_nodes, sizeof foo_nodes, "%u", cluster->node_count - 1);
	for (size_t i = 0; i < 4 && setup->devnet_options[i]; i++)
		argv[count++] = (char *)(uintptr_t)setup->devnet_options[i];
	if (pipe2(ends, O_CLOEXEC))
		cluster_give_up(cluster, "no pipe: %s", strerror(errno));
	cluster->devnet = process_start(argv, NULL, (struct process_output){.out = ends[1], .err = STDERR_FILENO});
	close(ends[1]);
	char *line = read_line(ends[0], process_now_ms() + ANSWER_MS);
	close(ends[0]);
	if (!read_facts(cluster, line))
		cluster_give_up(cluster, "%s did not say what it is: \"%s\"", program, line);
	free(line);
	free(program);
}

static void open_eye(struct cluster *cluster)
{
	static const char subscribe[] = "{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"call\",\"params\":"
					"[\"database_api\",\"set_block_applied_callback\",[\"full\"]]}";
	uint16_t port = cluster->nodes[cluster->node_count - 1].port;

	if (ws_connect(&cluster->eye, port, ANSWER_MS) || ws_connect(&cluster->hand, port, ANSWER_MS) ||
	    ws_send(cluster->eye, subscribe, strlen(subscribe)))
		cluster_give_up(cluster, "the devnet's last node cannot be reached");
}

/* ---- configuration ---------------------------------------------------------------------------------------------- */

static FILE *create_file(struct cluster *cluster, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file)
		cluster_give_up(cluster, "%s: %s", path, strerror(errno));
	return file;
}

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

static void configure_watcher(struct cluster *cluster, unsigned index)
{
	const struct cluster_setup *setup = &cluster->setup;
	struct watcher *watcher = &cluster->watchers[index];

	watcher->config_path = xasprintf("%s/watcher-%u.yml", cluster->dir, index);
	watcher->control_path = xasprintf("%s/ctl-%u", cluster->dir, index);
	watcher->log_path = xasprintf("%s/watcher-%u.log", cluster->dir, index);
	FILE *file = create_file(cluster, watcher->config_path);
	write_endpoints(file, cluster, index);
	fprintf(file, "chain_id: %s\nplugin_dir: %s\n", cluster->chain_id, setup->plugin_dir);
	fprintf(file, "state_dir: %s/state-%u\ncontrol: %s\n", cluster->dir, index, watcher->control_path);
	if (setup->key_from_environment)
		fputs("signer: {keys: ['env:KEY']}\n", file);
	else
		fprintf(file, "signer: {keys: ['file:%s/active.key']}\n", cluster->dir);
	write_lines(file, "", setup->host_options, 4);
	fputs("plugins:\n", file);
	write_monitor(file, cluster, index);
	if (fclose(file))
		cluster_give_up(cluster, "%s: %s", watcher->config_path, strerror(errno));
}

static void write_key(struct cluster *cluster)
{
	char *path = xasprintf("%s/active.key", cluster->dir);
	FILE *file = create_file(cluster, path);

	fprintf(file, "%s\n", cluster->active_wif);
	if (fclose(file))
		cluster_give_up(cluster, "%s: %s", path, strerror(errno));
	free(path);
}

/* ---- the beginning ---------------------------------------------------------------------------------------------- */

static void make_dir(struct cluster *cluster)
{
	snprintf(cluster->dir, sizeof cluster->dir, "/tmp/golos-watch-XXXXXX");
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
	start_devnet(cluster);
	open_eye(cluster);
	write_key(cluster);
	for (unsigned i = 0; i < setup->watchers; i++)
		configure_watcher(cluster, i);
	for (unsigned i = 0; i < setup->watchers && !setup->starts_no_watcher; i++)
		cluster_start_watcher(cluster, (int)i);
	for (unsigned i = 0; i < setup->watchers && !setup->starts_no_watcher; i++)
		cluster_await_watching(cluster, (int)i);
	return cluster;
}

/* ---- the chain -------------------------------------------------------------------------------------------------- */

const struct json *cluster_call(struct cluster *cluster, const char *api, const char *method, const char *args)
{
	json_free(cluster->last_answer);
	cluster->last_answer = NULL;
	gw_status r = ws_call(cluster->hand, api, method, args, &cluster->last_answer, ANSWER_MS);
	const struct json *result = r ? NULL : member(cluster->last_answer, "result");
	if (!result) {
		char *text = json_text(cluster->last_answer);
		fprintf(stderr, "%s\n", text);
		free(text);
		cluster_give_up(cluster, "%s.%s %s: no result (%s)", api, method, args, status_name(r));
	}
	return result;
}

void cluster_fault(struct cluster *cluster, const char *method, const char *args_fmt, ...)
{
	va_list args;
	char text[512];

	va_start(args, args_fmt);
	vsnprintf(text, sizeof text, args_fmt, args);
	va_end(args);
	cluster_call(cluster, "devnet_api", method, text);
}

const char *cluster_key(const struct cluster *cluster, int node)
{
	return node == NOBODY ? GW_NULL_KEY : cluster->nodes[node].public_key;
}

const char *cluster_signing_wif(const struct cluster *cluster, int node)
{
	return cluster->nodes[node].wif;
}

const char *cluster_active_wif(const struct cluster *cluster)
{
	return cluster->active_wif;
}

const char *cluster_chain_id(const struct cluster *cluster)
{
	return cluster->chain_id;
}

const char *cluster_url(const struct cluster *cluster, int node)
{
	return cluster->nodes[node].url;
}

uint16_t cluster_port(const struct cluster *cluster, int node)
{
	return cluster->nodes[node].port;
}

uint32_t cluster_head(const struct cluster *cluster)
{
	return cluster->head;
}

const struct cluster_block *cluster_block(const struct cluster *cluster, uint32_t num)
{
	const struct cluster_block *block = &cluster->blocks[num ? num : cluster->head];

	return num <= cluster->head && block->num ? block : NULL;
}

const struct cluster_block *cluster_produced(const struct cluster *cluster, int node, uint32_t since)
{
	for (uint32_t num = cluster->head; num > since; num--)
		if (strcmp(cluster->blocks[num].witness, "foo") == 0 &&
		    strcmp(cluster->blocks[num].signing_key, cluster_key(cluster, node)) == 0)
			return &cluster->blocks[num];
	return NULL;
}

const struct cluster_block *cluster_updated(const struct cluster *cluster, int node, uint32_t since)
{
	for (uint32_t num = since + 1; num <= cluster->head; num++)
		if (cluster->blocks[num].updates &&
		    strcmp(cluster->blocks[num].update_key, cluster_key(cluster, node)) == 0)
			return &cluster->blocks[num];
	return NULL;
}

unsigned cluster_count_updates(const struct cluster *cluster, uint32_t since)
{
	unsigned count = 0;

	for (uint32_t num = since + 1; num <= cluster->head; num++)
		count += cluster->blocks[num].updates;
	return count;
}

int64_t cluster_total_missed(struct cluster *cluster)
{
	int64_t missed = -1;
	struct error err;

	if (json_get_i64(cluster_call(cluster, "witness_api", "get_witness_by_account", "[\"foo\"]"), "total_missed", 0,
			 UINT32_MAX, &missed, &err))
		cluster_give_up(cluster, "%s", err.text);
	return missed;
}

int cluster_producer(struct cluster *cluster)
{
	const char *key = json_string(
		member(cluster_call(cluster, "witness_api", "get_witness_by_account", "[\"foo\"]"), "signing_key"),
		NULL);

	for (unsigned i = 0; i < cluster->setup.watchers; i++)
		if (key && strcmp(key, cluster->nodes[i].public_key) == 0)
			return (int)i;
	return NOBODY;
}

/* ---- blocks seen ------------------------------------------------------------------------------------------------ */

static void read_updates(struct cluster_block *block, const struct json *push)
{
	const struct json *transactions = member(push, "transactions"), *ids = member(push, "transaction_ids");

	for (size_t i = 0; i < json_array_size(transactions); i++) {
		const struct json *operations = member(json_element(transactions, i), "operations");
		const struct json *operation = json_element(operations, 0), *body = json_element(operation, 1);
		const char *name = json_string(json_element(operation, 0), NULL);
		const char *owner = json_string(member(body, "owner"), NULL);
		const char *key = json_string(member(body, "block_signing_key"), NULL);
		const char *id = json_string(json_element(ids, i), NULL);

		if (!name || !owner || !key || !id || strcmp(name, "witness_update") || strcmp(owner, "foo"))
			continue;
		block->updates++;
		snprintf(block->update_key, sizeof block->update_key, "%s", key);
		snprintf(block->update_id, sizeof block->update_id, "%s", id);
	}
}

static bool read_block(struct cluster *cluster, struct cluster_block *block, const struct json *push)
{
	struct error err;

	if (!json_is_object(push) || json_get_text(push, "block_id", block->id, sizeof block->id, &err) ||
	    json_get_text(push, "witness", block->witness, sizeof block->witness, &err) ||
	    json_get_text(push, "signing_key", block->signing_key, sizeof block->signing_key, &err) ||
	    json_get_time(push, "timestamp", &block->time_s, &err))
		return false;
	block->num = (uint32_t)strtoul((char[]){block->id[0], block->id[1], block->id[2], block->id[3], block->id[4],
						block->id[5], block->id[6], block->id[7], 0},
				       NULL, 16);
	const struct cluster_block *before = block->num > 1 ? cluster_block(cluster, block->num - 1) : NULL;
	if (before)
		block->skipped = (unsigned)((block->time_s - before->time_s) / cluster->interval_s - 1);
	read_updates(block, push);
	return block->num > 0 && block->num < CLUSTER_BLOCKS_MAX;
}

/* Also a fork's: it takes the place of what it undoes. */
static void see_message(struct cluster *cluster, const char *text)
{
	struct json *message;
	struct error err;
	struct cluster_block block = {0};

	if (json_parse(&message, text, strlen(text), &err))
		cluster_give_up(cluster, "the last node said what is no JSON: %s", err.text);
	if (read_block(cluster, &block, member(message, "result"))) {
		cluster->blocks[block.num] = block;
		cluster->head = block.num;
		if (cluster->witness)
			cluster->witness(cluster->witness_context, &cluster->blocks[block.num]);
	}
	json_free(message);
}

/* ---- watchers --------------------------------------------------------------------------------------------------- */

/* The container's variables are set aside: they would be read where a configuration is missing. */
void cluster_start_watcher(struct cluster *cluster, int index)
{
	struct watcher *watcher = &cluster->watchers[index];
	char *program = xasprintf("%s/golos-watchd", cluster->setup.bin_dir);
	char *key = xasprintf("KEY=%s", cluster->active_wif);
	char *argv[] = {program, (char *)(uintptr_t) "-c", watcher->config_path,
			cluster->setup.debug ? (char *)(uintptr_t) "-d" : NULL, NULL};
	char *environment[] = {(char *)(uintptr_t) "PATH=/usr/bin:/bin",
			       cluster->setup.key_from_environment ? key : NULL, NULL};
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
		line = read_line(fd, process_now_ms() + ANSWER_MS);
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
	return member(watcher->answer, "result");
}

const char *cluster_status(struct cluster *cluster, int index, const char *name)
{
	struct watcher *watcher = &cluster->watchers[index];
	const struct json *result = cluster_ask(cluster, index, "{\"v\":1,\"verb\":\"status\"}");
	const struct json *value =
		result ? member(member(json_element(member(result, "instances"), 0), "status"), name) : NULL;
	const char *text = json_string(value, NULL);

	free(watcher->answer_text);
	watcher->answer_text = text ? xstrdup(text) : value ? json_text(value) : xstrdup("");
	return watcher->answer_text;
}

/* ---- waiting ---------------------------------------------------------------------------------------------------- */

void cluster_on_block(struct cluster *cluster, cluster_witness *witness, void *context)
{
	cluster->witness = witness;
	cluster->witness_context = context;
}

static void forget_changes(const struct cluster *cluster)
{
	char changes[4096];

	while (read(cluster->inotify_fd, changes, sizeof changes) > 0)
		continue;
}

bool cluster_step(struct cluster *cluster, int64_t deadline_ms)
{
	struct pollfd pollers[] = {{.fd = ws_fd(cluster->eye), .events = POLLIN},
				   {.fd = cluster->inotify_fd, .events = POLLIN},
				   {.fd = cluster->signal_fd, .events = POLLIN}};
	int64_t left_ms = deadline_ms - process_now_ms();
	char *text;

	if (poll(pollers, 3, left_ms > 0 ? (int)left_ms : 0) <= 0)
		return false;
	if (pollers[2].revents) {
		fprintf(stderr, "\nended; nothing is left running\n");
		cluster_free(cluster);
		exit(130);
	}
	if (pollers[1].revents)
		forget_changes(cluster);
	if (!pollers[0].revents)
		return true;
	if (ws_receive(cluster->eye, &text, ANSWER_MS))
		cluster_give_up(cluster, "the devnet's last node is gone");
	see_message(cluster, text);
	free(text);
	return true;
}

void cluster_await(struct cluster *cluster, unsigned timeout_s, cluster_condition *condition, void *context,
		   const char *what)
{
	int64_t deadline_ms = process_now_ms() + (int64_t)timeout_s * 1000;

	while (!condition(cluster, context)) {
		if (!cluster_step(cluster, deadline_ms) && process_now_ms() >= deadline_ms)
			cluster_give_up(cluster, "waited %u s in vain for %s", timeout_s, what);
		for (unsigned i = 0; i < cluster->setup.watchers; i++)
			if (cluster->watchers[i].process.pid && !cluster_watcher_runs(cluster, (int)i))
				cluster_give_up(cluster, "watcher %u ended by itself, while waiting for %s", i, what);
	}
}

struct wanted {
	int node;
	uint32_t num;
	const char *text;
};

static bool was_said(struct cluster *cluster, void *context)
{
	const struct wanted *wanted = context;

	return cluster_has_said(cluster, wanted->node, wanted->text);
}

void cluster_await_said(struct cluster *cluster, int watcher, const char *text, unsigned timeout_s)
{
	struct wanted wanted = {.node = watcher, .text = text};
	char *what = xasprintf("\"%s\" in the log of watcher %d", text, watcher);

	cluster_await(cluster, timeout_s, was_said, &wanted, what);
	free(what);
}

static bool has_block(struct cluster *cluster, void *context)
{
	const struct wanted *wanted = context;

	return cluster->head >= wanted->num;
}

void cluster_await_blocks(struct cluster *cluster, unsigned count)
{
	struct wanted wanted = {.num = cluster->head + count};

	cluster_await(cluster, (count + 1) * BLOCKS_PATIENCE * (unsigned)cluster->interval_s, has_block, &wanted,
		      "blocks");
}

static bool watches(struct cluster *cluster, void *context)
{
	const struct wanted *wanted = context;

	uint32_t head = (uint32_t)strtoul(cluster_status(cluster, wanted->node, "head"), NULL, 10);

	return head > 0 && head + 1 >= cluster->head &&
	       strcmp(cluster_status(cluster, wanted->node, "producer"), "unknown") != 0;
}

void cluster_await_watching(struct cluster *cluster, int watcher)
{
	struct wanted wanted = {.node = watcher};

	cluster_await(cluster, 20, watches, &wanted, "a watcher to know head and witness");
}

static bool has_update(struct cluster *cluster, void *context)
{
	const struct wanted *wanted = context;

	return cluster_updated(cluster, wanted->node, wanted->num) != NULL;
}

const struct cluster_block *cluster_await_update(struct cluster *cluster, int node, uint32_t since, unsigned timeout_s)
{
	struct wanted wanted = {.node = node, .num = since};
	char *what = xasprintf("a block with foo's key set to node %d's", node);

	cluster_await(cluster, timeout_s, has_update, &wanted, what);
	free(what);
	return cluster_updated(cluster, node, since);
}

static bool has_produced(struct cluster *cluster, void *context)
{
	const struct wanted *wanted = context;

	return cluster_produced(cluster, wanted->node, wanted->num) != NULL;
}

const struct cluster_block *cluster_await_production(struct cluster *cluster, int node, uint32_t since,
						     unsigned timeout_s)
{
	struct wanted wanted = {.node = node, .num = since};
	char *what = xasprintf("a block of foo made by node %d", node);

	cluster_await(cluster, timeout_s, has_produced, &wanted, what);
	free(what);
	return cluster_produced(cluster, node, since);
}
