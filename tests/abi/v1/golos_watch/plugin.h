/* SPDX-License-Identifier: MIT
 *
 * Golos Watch plugin ABI, part 2: the tables.
 *
 * A plugin is a shared object that exports one constant, `gw_plugin_entry`, and nothing else. The host reads its
 * header, checks the options that the configuration gives against the table the plugin declares, and then
 *
 *     open -> start -> events ... -> stop -> close
 *
 * once for every instance in the configuration. A callback that takes long stops the watch of everybody: a plugin never
 * waits, and is named in the log where a callback took more than GW_CALLBACK_MS.
 *
 * Each function has a tag, [THREAD & STATE]. THREAD is `loop`, the host's one thread, or `any`. STATE is when in an
 * instance's life the function may be called, or for a plugin's own function is called:
 *
 *     opening      `open` runs
 *     opened       from there until `start` is called
 *     started      from the call of `start` until `stop` is called; `start` itself is within
 *     stopped      from the call of `stop` until `close` returns
 *     from-start   started or stopped
 *     alive        any of them
 *
 * A call of the host's from another thread is GW_ERR_DENIED, one in another state GW_ERR_UNAVAILABLE; both are logged.
 *
 * The golden rules: data handed over is borrowed until the call returns; nobody frees what the other side allocated;
 * an unknown member beyond `struct_size` does not exist; a service not granted is NULL.
 */
#ifndef GOLOS_WATCH_PLUGIN_H
#define GOLOS_WATCH_PLUGIN_H

#include <golos_watch/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* This is ABI 1.0. It is stable from the first release on: whatever is built with it loads into every later host of
 * major 1. Before that release it may still change, and plugins are built anew. ABI-HISTORY beside this file tells. */
#define GW_ABI_MAJOR 1u /* another one is refused, both ways */
#define GW_ABI_MINOR 0u /* members appended at the end of structs only */

/* True when the side that filled *p compiled a struct long enough to hold member m. */
#define GW_HAS(type, p, m) ((p)->struct_size >= offsetof(type, m) + sizeof((p)->m))

/* Milliseconds within which each function of a plugin that is tagged `started` returns. */
#define GW_CALLBACK_MS 50

#if defined(__GNUC__)
#define GW_PLUGIN_EXPORT __attribute__((visibility("default")))
#else
#define GW_PLUGIN_EXPORT
#endif

/* The host's handle of one plugin instance. Opaque. */
struct gw_host;

/* ---- options --------------------------------------------------------------------------------------------------- */

#define GW_OPTION_STRING  1
#define GW_OPTION_INT	  2 /* whole number within min..max */
#define GW_OPTION_BOOL	  3
#define GW_OPTION_ACCOUNT 4 /* an account name, checked */
#define GW_OPTION_KEY	  5 /* a public key, checked: prefix, checksum, not the null key */
#define GW_OPTION_KEYS	  6 /* a list of them, each different */
#define GW_OPTION_SECONDS 7 /* whole seconds within min..max */
#define GW_OPTION_PERCENT 8 /* 0..100 */
#define GW_OPTION_CHOICE  9 /* one of the words in `choices`, separated by '|' */
/* A list or a section of anything, handed over as JSON text: an array or an object, GW_OPTION_JSON_SIZE bytes at most,
 * nested 6 deep at most. An unquoted true, false, null or number is that, written as it stood; all else is a string.
 * What belongs into it is the plugin's to check, in `open`, with the place in its sentence ("sources[2].max_age: ...").
 * No default. */
#define GW_OPTION_JSON	    10
#define GW_OPTION_JSON_SIZE 65536u

/* One option a plugin takes: a row of its static table. A later minor version appends members; what an older plugin's
 * row does not reach is zero to the host. */
struct gw_option {
	const char *name;
	int32_t type;
	uint8_t required;
	const char *default_text; /* as it would stand in the configuration; NULL: none */
	int64_t min, max;	  /* INT, SECONDS */
	const char *choices;	  /* CHOICE */
	const char *help;	  /* one sentence */
};

/* The value of one declared option. The host hands over one per declared option, in the table's order. */
struct gw_option_value {
	uint32_t struct_size;
	int32_t type;
	const char *name;
	uint8_t given;		 /* 0: the default, or nothing */
	int64_t number;		 /* INT, BOOL, SECONDS, PERCENT */
	const char *text;	 /* STRING, ACCOUNT, KEY, CHOICE, JSON; "" where nothing is given */
	const char *const *list; /* KEYS */
	size_t list_count;
};

/* ---- what the host offers -------------------------------------------------------------------------------------- */

struct gw_host_api {
	uint32_t struct_size;
	uint16_t abi_major, abi_minor;

	/* [any & alive] Logs one finished line under the instance's name. severity: GW_DEBUG..GW_CRITICAL. */
	void (*log)(struct gw_host *host, int32_t severity, const char *text);
	/* [loop & started] One timer per id and instance; a new call replaces the old time. delay_ms < 0 stops it
	 * [loop & alive]. None fires before `start` or from `stop` on.
	 * GW_ERR_RANGE: id above 15. */
	gw_status (*timer_set)(struct gw_host *host, uint32_t id, int64_t delay_ms);
	/* [loop & alive] The clocks now; zeros where the call is refused. */
	void (*now)(struct gw_host *host, struct gw_now *ret_now);
	/* [loop & alive] A service by "name/revision"; NULL: not offered, or not granted to this instance. The table
	 * lives as long as the instance. */
	const void *(*service)(struct gw_host *host, const char *id);
};

#define GW_SERVICE_CHAIN "gw.chain/1"
/* What the chain is believed to be. Always there. */
struct gw_chain_v1 {
	uint32_t struct_size;
	/* [loop & started] Watch a witness: its on_witness events come to this instance from now on. All else comes
	 * without it: on_block (of every block, with its key updates and whose slots were skipped), on_nodes, on_notice, and where
	 * the entry has a `witness` on_readiness. `endpoints`: how many nodes to ask
	 * about it (1: the driving one). The host asks each node once however many instances watch.
	 * GW_ERR_SYNTAX: not an account name. GW_ERR_BUSY: more witnesses than the host's limit. */
	gw_status (*watch)(struct gw_host *host, const char *witness, uint32_t endpoints);
	/* [loop & alive] The newest block. GW_ERR_UNAVAILABLE before the first. */
	gw_status (*head)(struct gw_host *host, uint32_t *ret_num, char ret_id[GW_ID_SIZE], int64_t *ret_time_s);
	/* [loop & alive] Name of the witness whose slot is the n-th after the head (1: the next).
	 * GW_ERR_UNAVAILABLE: beyond what the schedule tells. */
	gw_status (*slot)(struct gw_host *host, uint32_t n, char ret_witness[GW_ACCOUNT_SIZE]);
};

#define GW_SERVICE_SUBMIT "gw.submit/1"
/* Signing and broadcasting. Granted by `sign` in the instance's configuration. */
struct gw_submit_v1 {
	uint32_t struct_size;
	/* [loop & started] Takes an intent; its life comes back through on_submission. One in flight per instance.
	 * GW_ERR_DENIED: operation not granted. GW_ERR_BUSY: one is in flight. GW_ERR_RANGE: a member is wrong.
	 * GW_ERR_UNAVAILABLE: the host cannot sign now. */
	gw_status (*submit)(struct gw_host *host, const struct gw_intent *intent, uint64_t *ret_id);
	/* [loop & from-start] Ends one that is not yet in a block: it is sent nowhere again. It may still be in
	 * flight. GW_ERR_NOT_FOUND: none of that id is in flight. */
	gw_status (*cancel)(struct gw_host *host, uint64_t id, const char *why);
};

#define GW_SERVICE_NOTICE "gw.notice/1"
struct gw_notice_v1 {
	uint32_t struct_size;
	/* [loop & from-start] Says something to people: journalled, logged, handed to the other instances.
	 * code: [a-z0-9_], 48 characters at most. text: 4096 bytes at most. fields_json: an object's text or NULL.
	 * GW_ERR_SYNTAX / GW_ERR_RANGE on bad arguments. */
	gw_status (*notice)(struct gw_host *host, int32_t severity, const char *code, const char *text,
			    const char *fields_json);
};

#define GW_SERVICE_STORE "gw.store/1"
/* Small values of this instance that survive restarts. key: 1..48 of [a-z0-9_]; value: 16 KiB at most. */
struct gw_store_v1 {
	uint32_t struct_size;
	/* [loop & from-start] Kept in memory at once, on disk soon after (the journal's thread). */
	gw_status (*put)(struct gw_host *host, const char *key, const void *value, size_t len);
	/* [loop & from-start] Copies at most cap bytes; *ret_len is the whole length. GW_ERR_NOT_FOUND: never put. */
	gw_status (*get)(struct gw_host *host, const char *key, void *ret_value, size_t cap, size_t *ret_len);
};

#define GW_SERVICE_RPC "gw.rpc/1"
/* Questions to golosd that no other service answers. */
struct gw_rpc_v1 {
	uint32_t struct_size;
	/* [loop & started] Calls API.METHOD with args_json (an array's text) at the driving node; the answer comes
	 * through on_rpc with *ret_id. No subscriptions (anything with "callback"), no broadcasts: GW_ERR_DENIED.
	 * Two in flight per instance: GW_ERR_BUSY. GW_ERR_SYNTAX: args_json is not an array.
	 * GW_ERR_UNAVAILABLE: no node is connected. */
	gw_status (*call)(struct gw_host *host, const char *api, const char *method, const char *args_json,
			  uint64_t *ret_id);
};

struct gw_rpc_event {
	uint32_t struct_size;
	gw_status status; /* GW_OK: `json` is the result; GW_ERR_PROTOCOL: the error object; else no answer came */
	struct gw_now now;
	uint64_t id;
	const char *json;
	size_t json_len;
};

#define GW_SERVICE_HTTP "gw.http/1"
/* Answers of the internet, of the addresses that the configuration declares: an entry of the instance's nested option
 * `sources` may have a `url`. A plugin names the place of an entry, and so carries nothing out. NULL where no entry has
 * one. What is asked for within one callback goes out together. */
struct gw_http_v1 {
	uint32_t struct_size;
	/* [loop & started] Asks source number `source`: the place of its entry among all of them, from 0. The answer comes
	 * through on_http with *ret_id, deadline_ms (1 to GW_HTTP_DEADLINE_MS) from now at the latest; of that a server
	 * has 10 s. GW_HTTP_IN_FLIGHT per instance: GW_ERR_BUSY. GW_ERR_NOT_FOUND: no such entry, or one without a url.
	 * GW_ERR_RANGE: deadline_ms. GW_ERR_UNAVAILABLE: golos-watch-fetch does not run. */
	gw_status (*get)(struct gw_host *host, uint32_t source, int64_t deadline_ms, uint64_t *ret_id);
};
#define GW_HTTP_DEADLINE_MS 30000
#define GW_HTTP_IN_FLIGHT   32
#define GW_HTTP_BODY_SIZE   65536u /* a longer answer is GW_ERR_RANGE */

struct gw_http_event {
	uint32_t struct_size;
	/* GW_OK: `body` is what came with 200. GW_ERR_PROTOCOL: the server said something else; a redirect is not
	 * followed. GW_ERR_RANGE: too long. GW_ERR_TRUST: its certificate, or an address that is not the internet's.
	 * GW_ERR_TIMEOUT. GW_ERR_UNAVAILABLE: no answer. */
	gw_status status;
	struct gw_now now;
	uint64_t id;
	uint32_t source;
	int32_t http_status; /* 0: none came */
	int64_t age_s;	     /* seconds since it was made, as its head says: the larger of Age and now - Date; 0: new */
	const char *body;    /* NUL-terminated, and may hold others; "" where there is none */
	size_t body_len;
	const char *text; /* a sentence of what is wrong; "" */
};

/* ---- what a plugin is ------------------------------------------------------------------------------------------ */

struct gw_plugin_entry {
	uint32_t struct_size;
	uint16_t abi_major, abi_minor;
	const char *name; /* equals the file's name without ".so" */
	const char *version;
	const char *summary;		 /* one sentence */
	const char *const *needs;	 /* NULL-terminated service ids without which it cannot run; may be NULL */
	const struct gw_option *options; /* may be NULL when option_count is 0 */
	size_t option_count;
	size_t option_size; /* sizeof(struct gw_option), with which the table was compiled; not read without options */

	/* [loop & opening] Makes an instance. It may read options and take services, and does no work yet. On failure
	 * it leaves nothing behind and writes a sentence into ret_error; `close` is then not called. Required. */
	gw_status (*open)(const struct gw_host_api *api, struct gw_host *host,
			  const struct gw_option_value *const *values, size_t value_count, void **ret_self,
			  char ret_error[GW_TEXT_SIZE]);
	/* [loop & started] Events may come from now on. On failure `close` follows, and `stop` is not called.
	 * Required. */
	gw_status (*start)(void *self);
	/* [loop & stopped] No event comes from now on. Called once. Required. */
	void (*stop)(void *self);
	/* [loop & opened or stopped] Frees the instance: nothing is called after this. Required. */
	void (*close)(void *self);

	/* [loop & started] Events; each may be NULL. on_notice may come while another callback of this instance runs:
	 * one in which it raises a notice that another instance answers. */
	void (*on_block)(void *self, const struct gw_block_event *event);
	void (*on_witness)(void *self, const struct gw_witness_event *event);
	void (*on_nodes)(void *self, const struct gw_nodes_event *event);
	void (*on_readiness)(void *self, const struct gw_readiness_event *event);
	void (*on_submission)(void *self, const struct gw_submission_event *event);
	void (*on_timer)(void *self, const struct gw_timer_event *event);
	void (*on_notice)(void *self, const struct gw_notice_event *event);
	void (*on_rpc)(void *self, const struct gw_rpc_event *event);
	void (*on_http)(void *self, const struct gw_http_event *event);
	/* [loop & started] An operator's command. Returns GW_OK and says in ret_text what will be done, or an error and
	 * why not. */
	gw_status (*on_command)(void *self, const struct gw_command_event *event, char ret_text[GW_TEXT_SIZE]);
	/* [loop & started] Writes the instance's state as a JSON object, NUL-terminated, cap bytes at most.
	 * GW_ERR_RANGE: it does not fit. */
	gw_status (*status)(void *self, char *ret_json, size_t cap);
};

/* The one export of a plugin. */
extern GW_PLUGIN_EXPORT const struct gw_plugin_entry gw_plugin_entry;

#ifdef __cplusplus
}
#endif
#endif
