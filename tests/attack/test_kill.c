/* SPDX-License-Identifier: MIT
 *
 * Host or signer killed at each step of a submission, from inside the plugin whose submission it is, so at that very
 * step: nothing hangs, the other one ends, a restart works, and one update alone comes into a block.
 */
#include "scene.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../integration/cluster.h"

#define OLD_NODE 0
#define OUR_NODE 1

struct step {
	int32_t state;
	bool signer;	 /* it is killed, else the host */
	bool asks_again; /* it was not sent, and a restart sends nothing: the plugin asks anew when its time is over */
	/* of different transactions, at most, over all lives of the host: the signer is asked ahead of the record, and may
	 * have signed by the time that the host is killed */
	unsigned int signatures;
};

static struct cluster *cluster;

static int setup(void **state)
{
	(void)state;
	cluster = cluster_new(&(const struct cluster_setup){.witnesses = 3, .watchers = 2, .starts_no_watcher = true});
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	cluster_free(cluster);
	return 0;
}

static int32_t submit(struct scene *scene)
{
	struct gw_intent intent = {.struct_size = sizeof(intent),
				   .operation = GW_OP_WITNESS_UPDATE,
				   .mode = GW_INTENT_AUTOMATIC,
				   .witness = "foo"};

	snprintf(intent.signing_key, sizeof(intent.signing_key), "%s", cluster_key(cluster, OUR_NODE));
	return scene_order(scene, ORDER_SUBMIT, &intent, sizeof(intent));
}

/* Until what the process before recorded is over, 30 s of chain time at most, another one is refused as one too many.
 */
static bool is_taken(struct cluster *unused, void *context)
{
	struct scene *const *scene = context;

	(void)unused;
	return submit(*scene) == GW_OK;
}

static bool said(struct cluster *unused, void *context)
{
	struct scene *const *scene = context;

	(void)unused;
	return strstr(scene_log(*scene), "holds it") != NULL;
}

#define IDS_MAX 8
struct ids {
	unsigned int count;
	char list[IDS_MAX][GW_ID_SIZE];
};

/* Each id that follows `words` on a line that holds `of`. */
static void add_ids(struct ids *ids, const char *log, const char *of, const char *words)
{
	for (const char *at = log; (at = strstr(at, of)) && (at = strstr(at, words));) {
		bool known = false;

		at += strlen(words);
		for (unsigned i = 0; i < ids->count; i++)
			known |= strncmp(ids->list[i], at, GW_ID_SIZE - 1) == 0;
		if (!known && ids->count < IDS_MAX)
			snprintf(ids->list[ids->count++], GW_ID_SIZE, "%s", at);
	}
}

/* Different transactions that were signed, over all lives of both: who is killed may not have written his last line. */
static unsigned count_signed(struct scene *scene)
{
	struct ids ids = {.count = 0};

	add_ids(&ids, scene_log(scene), "signed as transaction ", "transaction ");
	add_ids(&ids, scene_log(scene), "signer: signed witness_update", " id=");
	return ids.count;
}

/* Both end; the host as it should. */
static void await_both_ends(struct scene *scene, const struct step *step, int signer_pidfd)
{
	struct pollfd end = {.fd = signer_pidfd, .events = POLLIN};
	int status = scene_await_end(scene);

	if (step->signer) {
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), EXIT_SIGNER);
	} else {
		assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	assert_int_equal(poll(&end, 1, PATIENCE_S * 1000), 1);
	close(signer_pidfd);
}

/* foo's key is the old node's again, by its owner. */
static void begin_anew(void)
{
	uint32_t since = cluster_head(cluster);

	if (cluster_producer(cluster) == OLD_NODE)
		return;
	cluster_fault(cluster, "witness_update", "[\"foo\",\"%s\"]", cluster_key(cluster, OLD_NODE));
	cluster_await_update(cluster, OLD_NODE, since, PATIENCE_S);
	cluster_await_blocks(cluster, 1); /* by then our node has it too, and the next submission does not meet it */
}

static void kill_at(void **state)
{
	const struct step *step = *state;
	const struct kill_at order = {.state = step->state, .signer = step->signer};

	begin_anew();
	struct scene *scene = scene_new(&(const struct scene_setup){.users = ONE_USER,
								    .node = cluster_url(cluster, OUR_NODE),
								    .chain_id = cluster_chain_id(cluster),
								    .wif = cluster_active_wif(cluster),
								    .pubkey = cluster_key(cluster, OUR_NODE),
								    .puppet_signs = true});
	uint32_t since = cluster_head(cluster);
	int signer = pidfd_open(scene_order(scene, ORDER_SIGNER, "", 0), 0);

	assert_true(signer >= 0);
	assert_int_equal(scene_order(scene, ORDER_KILL_AT, &order, sizeof(order)), 0);
	assert_int_equal(submit(scene), GW_OK);
	await_both_ends(scene, step, signer);
	scene_start(scene);
	if (step->asks_again)
		cluster_await(cluster, PATIENCE_S, is_taken, &scene, "a second submission to be taken");
	cluster_await_update(cluster, OUR_NODE, since, PATIENCE_S);
	cluster_await(cluster, PATIENCE_S, said, &scene, "the host to see its update in a block");
	assert_in_range(count_signed(scene), 1, step->signatures);
	assert_int_equal(cluster_count_updates(cluster, since), 1);
	assert_int_equal(scene_stop(scene), 0);
	scene_free(scene);
}

int main(void)
{
	static struct step steps[] = {
		{GW_SUBMISSION_WAITING, false, true, 1},   {GW_SUBMISSION_WAITING, true, true, 1},
		{GW_SUBMISSION_RECORDED, false, true, 2},  {GW_SUBMISSION_RECORDED, true, true, 2},
		{GW_SUBMISSION_SIGNED, false, true, 2},	   {GW_SUBMISSION_SIGNED, true, false, 1},
		{GW_SUBMISSION_SENT, false, false, 1},	   {GW_SUBMISSION_SENT, true, false, 1},
		{GW_SUBMISSION_IN_BLOCK, false, false, 1}, {GW_SUBMISSION_IN_BLOCK, true, false, 1},
	};
#define STEP(number, title)                                                                                            \
	{                                                                                                              \
		.name = title, .test_func = kill_at, .initial_state = &steps[number]                                   \
	}
	const struct CMUnitTest tests[] = {
		STEP(0, "host killed while it waits"),	STEP(1, "signer killed while it waits"),
		STEP(2, "host killed when recorded"),	STEP(3, "signer killed when recorded"),
		STEP(4, "host killed when signed"),	STEP(5, "signer killed when signed"),
		STEP(6, "host killed when sent"),	STEP(7, "signer killed when sent"),
		STEP(8, "host killed when in a block"), STEP(9, "signer killed when in a block"),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
