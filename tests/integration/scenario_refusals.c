/* SPDX-License-Identifier: MIT
 * Each way in which golosd refuses a broadcast, from every node over real sockets: what the host makes of it. */
#include "scenario.h"

#include <golos_watch/types.h>
#include <stdio.h>
#include <string.h>

#define WATCHERS (sizeof refusals / sizeof refusals[0])
#define NODES	 (WATCHERS + 1)
#define LANDS	 GW_FAIL_NONE

/* Code, data.code and message as golosd's; each from every node once, to an order of its own watcher. */
static const struct refusal {
	int watcher;
	const char *code;
	int data_code;
	const char *text;
	const char *says;
	int reason; /* GW_FAIL_* it ends with, LANDS: it is offered again, and taken */
	bool lives; /* until its time is over: somebody may hold it */
} refusals[] = {
	/* who has it already is good news; here nobody has, and its time passes */
	{1, "-32006", 3080000, "duplicate transaction", "has taken it", GW_FAIL_EXPIRED, true},
	{3, "-32004", 3020100, "missing required active authority", "missing required active authority (3020100)",
	 GW_FAIL_AUTHORITY, false},
	{4, "-32003", 2030000, "business logic error", "business logic error (2030000)", GW_FAIL_BANDWIDTH, false},
	{5, "-32603", 10, "Assert Exception", "Internal error: Assert Exception (10)", GW_FAIL_REFUSED, false},
	/* a node's head may be ahead of ours; ours alone tells that the time is over, so it is offered with the next block */
	{2, "-32006", 3100000, "expired transaction", "expired transaction (3100000)", LANDS, false},
	/* its branch lacks the block: it may have it with the next one */
	{6, "-32006", 3110000, "invalid transaction field", "invalid transaction field (3110000)", LANDS, false},
	{0, "-32603", 0, "Unable to acquire WRITE lock", "Unable to acquire WRITE lock", LANDS, false},
};

/* Each node has refused once. */
static bool is_refused(struct cluster *cluster, void *context)
{
	const struct json *nodes = NULL;
	int64_t left = 0;

	(void)context;
	expect(cluster,
	       json_get_array(cluster_call(cluster, "devnet_api", "status", "[]"), "nodes", &nodes, NULL) == GW_OK);
	for (size_t i = 0; i < NODES; i++)
		if (json_get_i64(json_element(nodes, i), "refuses", 0, 1, &left, NULL) || left > 0)
			return false;
	return true;
}

static void order(struct cluster *cluster, const struct refusal *refusal)
{
	for (size_t node = 0; node < NODES; node++)
		cluster_fault(cluster, "refuse_broadcasts", "[%zu,1,\"%s\",%d,\"%s\"]", node, refusal->code,
			      refusal->data_code, refusal->text);
	const struct json *answers = cluster_ask(cluster, refusal->watcher, "{\"v\":1,\"verb\":\"takeover\"}");
	bool ok = false;
	expect(cluster, answers && json_get_bool(json_element(answers, 0), "ok", &ok, NULL) == GW_OK && ok);
	cluster_await_said(cluster, refusal->watcher, refusal->says, PATIENCE_S);
	cluster_await(cluster, PATIENCE_S, is_refused, NULL, "each node to refuse it");
}

struct failure {
	int watcher;
	int64_t reason;
};

/* The journal's last word on a submission that failed. */
static bool has_failed(struct cluster *cluster, void *context)
{
	struct failure *failure = context;
	const struct json *entries = cluster_ask(cluster, failure->watcher, "{\"v\":1,\"verb\":\"history\"}"), *fields;

	for (size_t i = 0; entries && i < json_array_size(entries); i++)
		if (json_member(json_element(entries, i), "fields", &fields) && json_is_object(fields) &&
		    json_get_i64(fields, "reason", GW_FAIL_EXPIRED, GW_FAIL_INTERNAL, &failure->reason, NULL) == GW_OK)
			return true;
	return false;
}

static void expect_failure(struct cluster *cluster, const struct refusal *refusal)
{
	struct failure failure = {.watcher = refusal->watcher};

	cluster_await(cluster, PATIENCE_S, has_failed, &failure, refusal->text);
	expect(cluster, failure.reason == refusal->reason);
	expect_signed(cluster, refusal->watcher, 1);
}

struct cluster *refused_by_all(void)
{
	struct cluster_setup setup = {.witnesses = WITNESSES, .watchers = WATCHERS};
	struct cluster *cluster = cluster_new(&setup);

	cluster_await_production(cluster, 0, 0, PATIENCE_S);
	cluster_await_blocks(cluster, 2); /* so that every watcher has seen the key in it */
	for (size_t i = 0; i < WATCHERS; i++) {
		if (refusals[i].reason == LANDS)
			continue;
		order(cluster, &refusals[i]);
		if (!refusals[i].lives)
			expect_failure(cluster, &refusals[i]);
	}
	for (size_t i = 0; i < WATCHERS; i++)
		if (refusals[i].lives)
			expect_failure(cluster, &refusals[i]);
	expect(cluster, cluster_count_updates(cluster, 0) == 0);
	expect(cluster, cluster_total_missed(cluster) == 0);
	for (size_t i = 0; i < WATCHERS; i++) {
		if (refusals[i].reason != LANDS)
			continue;
		uint32_t since = cluster_head(cluster);
		order(cluster, &refusals[i]);
		const struct cluster_block *update =
			cluster_await_update(cluster, refusals[i].watcher, since, PATIENCE_S);
		cluster_await_production(cluster, refusals[i].watcher, update->num, PATIENCE_S);
		expect_signed(cluster, refusals[i].watcher, 1);
	}
	return cluster;
}
