/* SPDX-License-Identifier: MIT
 *
 * The plugin instances of the configuration: their life, the events they get, the services they may call. [loop]
 *
 * Callbacks are timed: one that takes longer than GW_CALLBACK_MS is logged, for it stops the watch of everybody.
 */
#ifndef PLUGINS_INSTANCES_H
#define PLUGINS_INSTANCES_H

#include "chain/belief.h"
#include "loop/loop.h"
#include "plugins/loader.h"

#define INSTANCE_TIMERS	       16
#define INSTANCE_WITNESSES_MAX 32 /* that one instance may watch */
#define INSTANCE_RPC_MAX       2  /* calls in flight */

struct instance; /* the ABI's struct gw_host */
struct instances;

/* What the host does for its plugins. The instance that asks comes first. */
struct instance_services {
	void *context;
	void (*now)(void *context, struct gw_now *ret);
	gw_status (*watch)(void *context, struct instance *who, const char *witness, uint32_t endpoints);
	gw_status (*head)(void *context, uint32_t *ret_num, char ret_id[GW_ID_SIZE], int64_t *ret_time_s);
	gw_status (*slot)(void *context, uint32_t n, char ret_witness[GW_ACCOUNT_SIZE]);
	/* the intent's form and grant have been checked */
	gw_status (*submit)(void *context, struct instance *who, const struct gw_intent *intent, uint64_t *ret_id);
	gw_status (*cancel)(void *context, struct instance *who, uint64_t id, const char *why);
	void (*notice)(void *context, struct instance *who, const struct gw_notice_event *notice);
	gw_status (*store_put)(void *context, struct instance *who, const char *key, const void *value, size_t len);
	gw_status (*store_get)(void *context, struct instance *who, const char *key, void *ret, size_t cap,
			       size_t *ret_len);
	/* api, method and args have been checked; the answer comes through instance_rpc */
	gw_status (*rpc)(void *context, struct instance *who, uint64_t id, const char *api, const char *method,
			 const char *args_json);
	/* source and deadline have been checked; the answer comes through instance_http */
	gw_status (*http)(void *context, struct instance *who, uint64_t id, uint32_t source, const char *url,
			  int64_t deadline_ms);
	/* [any] A call was refused because it breaks a rule of plugin.h. NULL: it is logged. */
	void (*misuse)(void *context, struct instance *who, const char *text);
};

struct instances *instances_new(struct loop *loop, const struct instance_services *services);
/* Stops and closes all, newest first. */
void instances_free(struct instances *all);

/* Loads the plugin, checks the options, opens an instance. It starts with instances_start. */
NODISCARD gw_status instances_add(struct instances *all, const struct config *config,
				  const struct config_instance *wanted, struct instance **ret, struct error *err);
/* Starts what has been opened and not yet started. */
NODISCARD gw_status instances_start(struct instances *all, struct error *err);
void instances_remove(struct instances *all, struct instance *instance);
struct instance *instances_find(struct instances *all, const char *name);
/* True when one of them watches that witness. */
bool instances_is_watched(const struct instances *all, const char *witness);
size_t instances_count(const struct instances *all);
/* In the order of the configuration; NULL at the end. */
struct instance *instances_at(struct instances *all, size_t index);

/* ---- one instance ----------------------------------------------------------------------------------------------- */
const char *instance_name(const struct instance *instance);
const struct config_instance *instance_config(const struct instance *instance);
const char *instance_plugin_name(const struct instance *instance);
/* Its place in the signer's policy, given by whoever wrote the policy. */
void instance_set_policy(struct instance *instance, uint32_t index);
uint32_t instance_policy(const struct instance *instance);
/* It is being given an operator's `takeover` right now: what it submits meanwhile is ordered by him. */
bool instance_is_ordered(const struct instance *instance);

/* ---- events ----------------------------------------------------------------------------------------------------- */
void instances_block(struct instances *all, const struct gw_block_event *event);
void instances_witness(struct instances *all, const struct gw_witness_event *event); /* to its watchers */
void instances_nodes(struct instances *all, const struct gw_nodes_event *event);
void instances_notice(struct instances *all, const struct instance *source, const struct gw_notice_event *event);
void instance_nodes(struct instance *instance, const struct gw_nodes_event *event); /* one that came later */
void instance_readiness(struct instance *instance, const struct gw_readiness_event *event);
void instance_submission(struct instance *instance, const struct gw_submission_event *event);
void instance_rpc(struct instance *instance, const struct gw_rpc_event *event);
void instance_http(struct instance *instance, const struct gw_http_event *event);
/* False: a plugin without on_command, which is nobody that an order for all could mean. */
bool instance_takes_orders(const struct instance *instance);
gw_status instance_command(struct instance *instance, const struct gw_command_event *event,
			   char ret_text[GW_TEXT_SIZE]);
/* Its status as a JSON object, or NULL where it gives none. Caller frees. */
char *instance_status(struct instance *instance);

#endif
