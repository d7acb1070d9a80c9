/* SPDX-License-Identifier: MIT
 * The devnet, what is asked of it, and the blocks seen. See cluster.h. */
#include "cluster_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "devnet/ws_client.h"

#define LINE_SIZE ((size_t)1 << 16)

/* ---- the devnet ------------------------------------------------------------------------------------------------- */

char *cluster_read_line(int fd, int64_t deadline_ms)
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

const struct json *cluster_member(const struct json *object, const char *key)
{
	const struct json *value = NULL;

	return json_is_object(object) && json_member(object, key, &value) ? value : NULL;
}

static char *member_text(const struct json *object, const char *key)
{
	const char *text = json_string(cluster_member(object, key), NULL);

	return text ? xstrdup(text) : NULL;
}

static bool read_node(struct node *ret, const struct json *facts)
{
	uint64_t port = 0;
	struct error err;

	ret->url = member_text(facts, "url");
	ret->public_key = member_text(cluster_member(facts, "signing_key"), "public");
	ret->wif = member_text(cluster_member(facts, "signing_key"), "wif");
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
	const struct json *nodes = cluster_member(cluster->facts, "nodes");
	cluster->chain_id = member_text(cluster->facts, "chain_id");
	cluster->active_wif = member_text(cluster_member(cluster_member(cluster->facts, "active_keys"), "foo"), "wif");
	for (unsigned i = 0; i < cluster->node_count; i++)
		if (i >= json_array_size(nodes) || !read_node(&cluster->nodes[i], json_element(nodes, i)))
			return false;
	return cluster->chain_id && cluster->active_wif &&
	       json_get_i64(cluster->facts, "interval", 1, 60, &cluster->interval_s, &err) == GW_OK;
}

void cluster_start_devnet(struct cluster *cluster)
{
	const struct cluster_setup *setup = &cluster->setup;
	char *program = xasprintf("%s/golos-devnet", setup->bin_dir);
	char witnesses[16], nodes[16], foo_nodes[16];
	char *argv[16] = {program,   "--json", "--die-with-parent", "--witnesses", witnesses,
			  "--nodes", nodes,    "--foo-nodes",	    foo_nodes};
	int ends[2], count = 9;

	snprintf(witnesses, sizeof witnesses, "%u", setup->witnesses);
	snprintf(nodes, sizeof nodes, "%u", cluster->node_count);
	snprintf(foo_nodes, sizeof foo_nodes, "%u", cluster->node_count - 1);
	for (size_t i = 0; i < 6 && setup->devnet_options[i]; i++)
		argv[count++] = (char *)(uintptr_t)setup->devnet_options[i];
	if (pipe2(ends, O_CLOEXEC))
		cluster_give_up(cluster, "no pipe: %s", strerror(errno));
	cluster->devnet = process_start(argv, NULL, (struct process_output){.out = ends[1], .err = STDERR_FILENO});
	close(ends[1]);
	char *line = cluster_read_line(ends[0], process_now_ms() + ANSWER_MS);
	close(ends[0]);
	if (!read_facts(cluster, line))
		cluster_give_up(cluster, "%s did not say what it is: \"%s\"", program, line);
	free(line);
	free(program);
}

void cluster_open_eye(struct cluster *cluster)
{
	static const char subscribe[] = "{\"id\":1,\"jsonrpc\":\"2.0\",\"method\":\"call\",\"params\":"
					"[\"database_api\",\"set_block_applied_callback\",[\"full\"]]}";
	uint16_t port = cluster->nodes[cluster->node_count - 1].port;

	if (ws_connect(&cluster->eye, port, ANSWER_MS) || ws_connect(&cluster->hand, port, ANSWER_MS) ||
	    ws_send(cluster->eye, subscribe, strlen(subscribe)))
		cluster_give_up(cluster, "the devnet's last node cannot be reached");
}

/* ---- the chain -------------------------------------------------------------------------------------------------- */

const struct json *cluster_call(struct cluster *cluster, const char *api, const char *method, const char *args)
{
	json_free(cluster->last_answer);
	cluster->last_answer = NULL;
	gw_status r = ws_call(cluster->hand, api, method, args, &cluster->last_answer, ANSWER_MS);
	const struct json *result = r ? NULL : cluster_member(cluster->last_answer, "result");
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

uint32_t cluster_chain_head(struct cluster *cluster)
{
	const struct json *properties = cluster_call(cluster, "database_api", "get_dynamic_global_properties", "[]");
	struct error err;
	int64_t num = 0;

	if (json_get_i64(properties, "head_block_number", 0, CLUSTER_BLOCKS_MAX - 1, &num, &err))
		cluster_give_up(cluster, "%s", err.text);
	return (uint32_t)num;
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
	const char *key =
		json_string(cluster_member(cluster_call(cluster, "witness_api", "get_witness_by_account", "[\"foo\"]"),
					   "signing_key"),
			    NULL);

	for (unsigned i = 0; i < cluster->setup.watchers; i++)
		if (key && strcmp(key, cluster->nodes[i].public_key) == 0)
			return (int)i;
	return NOBODY;
}

/* ---- blocks seen ------------------------------------------------------------------------------------------------ */

static void read_updates(struct cluster_block *block, const struct json *push)
{
	const struct json *transactions = cluster_member(push, "transactions"),
			  *ids = cluster_member(push, "transaction_ids");

	for (size_t i = 0; i < json_array_size(transactions); i++) {
		const struct json *operations = cluster_member(json_element(transactions, i), "operations");
		const struct json *operation = json_element(operations, 0), *body = json_element(operation, 1);
		const char *name = json_string(json_element(operation, 0), NULL);
		const char *owner = json_string(cluster_member(body, "owner"), NULL);
		const char *key = json_string(cluster_member(body, "block_signing_key"), NULL);
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
void cluster_see_message(struct cluster *cluster, const char *text)
{
	struct json *message;
	struct error err;
	struct cluster_block block = {0};

	if (json_parse(&message, text, strlen(text), &err))
		cluster_give_up(cluster, "the last node said what is no JSON: %s", err.text);
	if (read_block(cluster, &block, cluster_member(message, "result"))) {
		cluster->blocks[block.num] = block;
		cluster->head = block.num;
		if (cluster->witness)
			cluster->witness(cluster->witness_context, &cluster->blocks[block.num]);
	}
	json_free(message);
}
