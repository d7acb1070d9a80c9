/* SPDX-License-Identifier: MIT
 *
 * What the signer does not stop, in the words of its man page and of README: each thing on the list is done here, from
 * inside a plugin, to show that the list is true; and what lies beyond it is tried, to show that it ends there. The
 * plugin asks over the host's own channel; what it would send from a socket of its own, the test sends to the devnet.
 */
#include "scene.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../integration/cluster.h"
#include "../signer/fixture.h"
#include "devnet/ws_client.h"
#include "graphene/transaction_json.h"

#define OLD_NODE  0 /* its key of foo is the chain's */
#define OUR_NODE  1
#define ANSWER_MS (PATIENCE_S * 1000)

#define OTHER_WITNESS "cyberfounder"

struct list {
	struct cluster *cluster;
	struct scene *scene;
	struct ws_client *sender;
};

/* The other witness's account is one that foo's key may sign for as well, as one owner's two witnesses have it. */
static void share_the_key(struct list *list)
{
	struct secret_key secret;
	struct public_key key;
	char text[GW_KEY_SIZE];

	assert_int_equal(wif_decode(&secret, cluster_active_wif(list->cluster), 51, NULL), GW_OK);
	assert_int_equal(secret_key_public(&key, &secret), GW_OK);
	public_key_format(text, &key);
	cluster_fault(list->cluster, "set_active_authority",
		      "[\"%s\",{\"weight_threshold\":1,\"account_auths\":[],\"key_auths\":[[\"%s\",1]]}]",
		      OTHER_WITNESS, text);
}

static int setup(void **state)
{
	struct list *list = xcalloc(1, sizeof(*list));
	uint16_t port;

	list->cluster = cluster_new(&(const struct cluster_setup){.watchers = 2, .starts_no_watcher = true});
	share_the_key(list);
	list->scene = scene_new(&(const struct scene_setup){.users = ONE_USER,
							    .node = cluster_url(list->cluster, OUR_NODE),
							    .chain_id = cluster_chain_id(list->cluster),
							    .wif = cluster_active_wif(list->cluster),
							    .pubkey = cluster_key(list->cluster, OUR_NODE),
							    .rival = OTHER_WITNESS,
							    .sign = "witness_update, witness_disable, feed_publish"});
	port = (uint16_t)strtoul(strrchr(cluster_url(list->cluster, OLD_NODE), ':') + 1, NULL, 10);
	assert_int_equal(ws_connect(&list->sender, port, ANSWER_MS), GW_OK);
	cluster_await_blocks(list->cluster, 1); /* the first that is seen */
	cluster_await_blocks(list->cluster, 1);
	*state = list;
	return 0;
}

static int teardown(void **state)
{
	struct list *list = *state;

	ws_close(list->sender);
	scene_free(list->scene);
	cluster_free(list->cluster);
	free(list);
	return 0;
}

static int64_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

static struct public_key key_of(const struct list *list, int node)
{
	const char *text = cluster_key(list->cluster, node);
	struct public_key key;

	assert_int_equal(public_key_parse(&key, text, strlen(text), NULL), GW_OK);
	return key;
}

/* The block before the head: the head may not yet have come to every node. */
static const struct cluster_block *settled_block(const struct cluster *cluster)
{
	const struct cluster_block *block = cluster_block(cluster, cluster_head(cluster) - 1);

	assert_non_null(block);
	return block;
}

/* Has it signed by the monitor's instance. */
static enum refusal obtain(struct list *list, struct transaction *tx)
{
	assert_int_equal(transaction_set_tapos(tx, settled_block(list->cluster)->id), GW_OK);
	const struct message ask = scene_sign(list->scene, tx);

	return scene_ask(list->scene, &ask);
}

/* Sends what was signed last. */
static bool broadcast(struct list *list, const struct transaction *tx)
{
	const struct signed_transaction *done = &list->scene->message.done;
	const struct json *member;
	struct json_writer w;
	struct json *answer;

	json_writer_init(&w);
	json_open(&w, NULL, '[');
	transaction_write_json(&w, NULL, tx, done->signatures, done->signature_count);
	json_close(&w, ']');
	assert_int_equal(
		ws_call(list->sender, "network_broadcast_api", "broadcast_transaction", w.text, &answer, ANSWER_MS),
		GW_OK);
	bool taken = !json_member(answer, "error", &member);
	if (!taken) {
		char *text = json_text(answer);
		print_message("the node: %.300s\n", text);
		free(text);
	}
	json_free(answer);
	json_writer_done(&w);
	return taken;
}

/* ---- the list --------------------------------------------------------------------------------------------------- */

TEST(makes_our_key_the_signing_key_though_golosd_is_dead)
{
	struct list *list = *state;
	struct public_key key = key_of(list, OUR_NODE);
	struct transaction tx = fixture_update("foo", &key, now_s() + 30);
	uint32_t since = cluster_head(list->cluster);

	cluster_fault(list->cluster, "kill", "[%d]", OUR_NODE);
	assert_int_equal(obtain(list, &tx), REFUSED_NOT);
	assert_true(broadcast(list, &tx));
	cluster_await_update(list->cluster, OUR_NODE, since, PATIENCE_S);
	assert_int_equal(cluster_producer(list->cluster), OUR_NODE);
}

TEST(changes_the_url)
{
	struct list *list = *state;
	struct public_key key = key_of(list, OUR_NODE);
	struct transaction tx = fixture_update("foo", &key, now_s() + 30);
	uint32_t since = cluster_head(list->cluster);
	char url[128];

	snprintf(tx.operations[0].witness_update.url, GW_URL_SIZE, "https://example.org/owned");
	assert_int_equal(obtain(list, &tx), REFUSED_NOT);
	assert_true(broadcast(list, &tx));
	cluster_await_update(list->cluster, OUR_NODE, since, PATIENCE_S);
	struct error err;
	const struct json *witness = cluster_call(list->cluster, "witness_api", "get_witness_by_account", "[\"foo\"]");

	assert_int_equal(json_get_text(witness, "url", url, sizeof(url), &err), GW_OK);
	assert_string_equal(url, "https://example.org/owned");
}

TEST(nulls_the_witness_where_that_is_granted)
{
	struct list *list = *state;
	struct public_key null_key = {{0}};
	struct transaction tx = fixture_update("foo", &null_key, now_s() + 30);
	uint32_t since = cluster_head(list->cluster);

	assert_int_equal(obtain(list, &tx), REFUSED_NOT);
	assert_true(broadcast(list, &tx));
	cluster_await_update(list->cluster, NOBODY, since, PATIENCE_S);
	assert_int_equal(cluster_producer(list->cluster), NOBODY);
}

static bool has_price(struct cluster *cluster, void *context)
{
	const struct json *rate;
	char quote[32];
	struct error err;

	(void)context;
	return json_get_object(cluster_call(cluster, "witness_api", "get_witness_by_account", "[\"foo\"]"),
			       "sbd_exchange_rate", &rate, &err) == GW_OK &&
	       json_get_text(rate, "quote", quote, sizeof(quote), &err) == GW_OK && strcmp(quote, "12.345 GOLOS") == 0;
}

TEST(publishes_a_price_where_that_is_granted)
{
	struct list *list = *state;
	struct transaction tx = fixture_feed("foo", now_s() + 30);

	assert_int_equal(obtain(list, &tx), REFUSED_NOT);
	assert_true(broadcast(list, &tx));
	cluster_await(list->cluster, PATIENCE_S, has_price, NULL, "the price in foo's feed");
}

static bool is_disowned(struct cluster *cluster, void *context)
{
	const struct public_key key = fixture_public(1);
	char wanted[GW_KEY_SIZE], found[GW_KEY_SIZE];
	struct error err;

	(void)context;
	public_key_format(wanted, &key);
	return json_get_text(cluster_call(cluster, "witness_api", "get_witness_by_account", "[\"" OTHER_WITNESS "\"]"),
			     "signing_key", found, sizeof(found), &err) == GW_OK &&
	       strcmp(found, wanted) == 0;
}

TEST(asks_in_the_name_of_any_instance)
{
	struct list *list = *state;
	const struct public_key key = fixture_public(1);
	struct transaction tx = fixture_update(OTHER_WITNESS, &key, now_s() + 30);

	assert_int_equal(transaction_set_tapos(&tx, settled_block(list->cluster)->id), GW_OK);
	struct message ask = scene_sign(list->scene, &tx);

	ask.sign.instance = RIVAL;
	assert_int_equal(scene_ask(list->scene, &ask), REFUSED_NOT);
	assert_true(broadcast(list, &tx));
	cluster_await(list->cluster, PATIENCE_S, is_disowned, NULL, "the other witness's key to be changed");
}

TEST(reads_whatever_its_user_may_read)
{
	struct list *list = *state;

	assert_int_equal(scene_order_text(list->scene, ORDER_OPEN, scene_path(list->scene, "state/host/journal.db")),
			 0);
	assert_int_equal(scene_order_text(list->scene, ORDER_OPEN, scene_path(list->scene, "watch.yml")), 0);
}

TEST(lies_to_people)
{
	struct list *list = *state;

	assert_int_equal(scene_order_text(list->scene, ORDER_NOTICE, "all is well, go back to sleep"), GW_OK);
	scene_await_said(list->scene, "puppet: all is well, go back to sleep");
}

/* ---- and here it ends ------------------------------------------------------------------------------------------- */

TEST(sets_no_other_key_and_moves_nothing)
{
	struct list *list = *state;
	struct public_key old_key = key_of(list, OLD_NODE);
	struct transaction tx = fixture_update("foo", &old_key, now_s() + 30);

	assert_int_equal(obtain(list, &tx), REFUSED_SIGNING_KEY);
	for (uint32_t type = 0; type < 80; type++)
		if (type != OPERATION_WITNESS_UPDATE && type != OPERATION_FEED_PUBLISH &&
		    type != OPERATION_CHAIN_PROPERTIES_UPDATE) {
			tx.operations[0].type = type;
			assert_int_equal(obtain(list, &tx), REFUSED_OPERATION);
		}
	tx = fixture_properties("foo", now_s() + 30);
	assert_int_equal(obtain(list, &tx), REFUSED_OPERATION);
}

static bool time_has_come(struct cluster *cluster, void *context)
{
	return settled_block(cluster)->time_s > *(const int64_t *)context;
}

/* A signature that is kept for later is dead when its time is over, and no later time can be had. */
TEST(each_signature_is_dead_within_a_minute)
{
	struct list *list = *state;
	struct public_key key = key_of(list, OUR_NODE);
	int64_t end_s = now_s() + 5; /* on a busy machine the signer is asked some seconds later */
	struct transaction tx = fixture_update("foo", &key, end_s);

	tx.expiration_s = (uint32_t)(now_s() + SIGNER_EXPIRATION_MAX_S + 30);
	assert_int_equal(obtain(list, &tx), REFUSED_EXPIRATION);
	tx.expiration_s = (uint32_t)end_s;
	assert_int_equal(obtain(list, &tx), REFUSED_NOT);
	cluster_await(list->cluster, PATIENCE_S, time_has_come, &end_s, "the expiration to pass");
	assert_false(broadcast(list, &tx));
}

TEST(uses_up_the_hours_signatures)
{
	struct list *list = *state;
	struct public_key key = key_of(list, OUR_NODE);
	int64_t end_s = now_s() + 20;
	unsigned had = 0;

	for (;; had++) {
		struct transaction tx = fixture_update("foo", &key, end_s - (int64_t)had); /* each another one */
		enum refusal refusal = obtain(list, &tx);

		if (refusal == REFUSED_BUDGET)
			break;
		assert_int_equal(refusal, REFUSED_NOT);
		assert_in_range(had, 0, SIGNER_SIGNATURES_DEFAULT);
	}
	/* with the four of the tests before: update, url, null, and the one that died. The price counts apart */
	assert_int_equal(had, SIGNER_SIGNATURES_DEFAULT - 4);
}

TEST(stops_the_host)
{
	struct list *list = *state;
	int signer = pidfd_open(scene_order(list->scene, ORDER_SIGNER, "", 0), 0);
	struct pollfd end = {.fd = signer, .events = POLLIN};

	assert_true(signer >= 0);
	scene_order_last(list->scene, ORDER_EXIT, 3);
	int status = scene_await_end(list->scene);

	assert_int_equal(WEXITSTATUS(status), 3);
	assert_int_equal(poll(&end, 1, ANSWER_MS), 1); /* the signer goes with it */
	close(signer);
	scene_start(list->scene); /* and a supervisor's restart finds all in order */
	assert_true(scene_order(list->scene, ORDER_SIGNER, "", 0) > 0);
}

int main(void)
{
	return test_run(setup, teardown);
}
