/* SPDX-License-Identifier: MIT
 *
 * The observer on real sockets: an endpoint on another chain decides for itself alone, whoever answers first.
 */
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "feed/observer.h"
#include "hostile_node.h"
#include "test.h"

#define TEST_LIMIT_MS 60000
#define OWN	      1u
#define OTHER	      2u

/* ---- the nodes --------------------------------------------------------------------------------------------------- */

static bool is_of_another_chain(struct hostile_link *link, uint32_t id)
{
	return link_send_text(link,
			      "{\"jsonrpc\":\"2.0\",\"result\":{\"STEEMIT_CHAIN_ID\":\"%064d\","
			      "\"STEEMIT_ADDRESS_PREFIX\":\"GLS\",\"STEEMIT_BLOCK_INTERVAL\":3,"
			      "\"STEEMIT_MAX_WITNESSES\":21},\"id\":%u}",
			      7, id);
}

static sem_t other_has_spoken;

static bool waits_for_the_other(struct hostile_link *link, uint32_t id)
{
	sem_wait(&other_has_spoken);
	return link_answer(link, id);
}

/* ---- the observer ------------------------------------------------------------------------------------------------ */

struct scene {
	struct hostile_node *own, *other;
	char urls[2][64];
	struct config config;
	struct loop *loop;
	struct loop_timer *limit;
	struct observer *observer;
	uint32_t wanted;    /* the loop ends once they are connected */
	unsigned int wrong; /* notices */
	char notice[GW_TEXT_SIZE];
	bool timed_out;
};

static void on_block(void *context, const struct gw_block_event *event, const struct block_transaction *transactions,
		     size_t count)
{
	(void)context, (void)event, (void)transactions, (void)count;
}

static void on_witness(void *context, const struct gw_witness_event *event)
{
	(void)context, (void)event;
}

static void on_nodes(void *context, const struct gw_nodes_event *event)
{
	(void)context, (void)event;
}

static void on_notice(void *context, int32_t severity, const char *code, const char *text)
{
	struct scene *scene = context;
	char why[GW_TEXT_SIZE];

	if (strcmp(code, "wrong_chain") != 0)
		return;
	assert_int_equal(severity, strncmp(text, scene->urls[0], strlen(scene->urls[0])) ? GW_WARNING : GW_CRITICAL);
	scene->wrong++;
	snprintf(scene->notice, sizeof(scene->notice), "%s", text);
	sem_post(&other_has_spoken);
	if (observer_wrong_chain(scene->observer, why))
		loop_stop(scene->loop);
}

static void on_actions_done(void *context)
{
	struct scene *scene = context;

	if (scene->observer && observer_connected(scene->observer) == scene->wanted)
		loop_stop(scene->loop);
}

static void on_time_out(void *context)
{
	struct scene *scene = context;

	scene->timed_out = true;
	loop_stop(scene->loop);
}

/* Each act is of its node's first connection; after it the node is good. */
static void begin(struct scene *scene, hostile_act own, hostile_act other)
{
	struct observer_listener listener = {scene, on_block, on_witness, on_nodes, on_notice, on_actions_done};
	struct error err;

	*scene = (struct scene){.wanted = OWN | OTHER};
	sem_init(&other_has_spoken, 0, 0);
	scene->own = hostile_node_start(AT_CONFIG, own);
	scene->other = hostile_node_start(AT_CONFIG, other);
	snprintf(scene->urls[0], sizeof(scene->urls[0]), "ws://127.0.0.1:%u", hostile_node_port(scene->own));
	snprintf(scene->urls[1], sizeof(scene->urls[1]), "ws://127.0.0.1:%u", hostile_node_port(scene->other));
	scene->config.node_count = 2;
	scene->config.nodes[0] = scene->urls[0];
	scene->config.nodes[1] = scene->urls[1];
	memset(scene->config.chain_id, '0', 64);
	assert_int_equal(loop_new(&scene->loop, &err), GW_OK);
	scene->limit = loop_timer_new(scene->loop, on_time_out, scene);
	loop_timer_set(scene->limit, TEST_LIMIT_MS);
	scene->observer = observer_new(scene->loop, &scene->config, &listener);
	loop_run(scene->loop);
	assert_false(scene->timed_out);
}

static void end(struct scene *scene)
{
	observer_free(scene->observer);
	loop_timer_free(scene->limit);
	loop_free(scene->loop);
	hostile_node_stop(scene->own);
	hostile_node_stop(scene->other);
	sem_destroy(&other_has_spoken);
}

TEST(another_endpoint_answers_first)
{
	struct scene scene;
	char why[GW_TEXT_SIZE];

	begin(&scene, waits_for_the_other, is_of_another_chain);
	assert_int_equal(scene.wrong, 1);
	assert_int_equal(strncmp(scene.notice, scene.urls[1], strlen(scene.urls[1])), 0);
	assert_false(observer_wrong_chain(scene.observer, why));
	end(&scene);
}

TEST(the_own_node_is_believed)
{
	struct scene scene;
	char why[GW_TEXT_SIZE];

	begin(&scene, is_of_another_chain, NULL);
	assert_true(observer_wrong_chain(scene.observer, why));
	assert_int_equal(strncmp(why, scene.urls[0], strlen(scene.urls[0])), 0);
	end(&scene);
}
