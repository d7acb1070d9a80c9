/* SPDX-License-Identifier: MIT
 *
 * The control socket: a unix stream socket, one JSON object a line each way. docs/design.md "Control". [loop]
 *
 * Request   {"v":1,"verb":"status"}
 *           {"v":1,"verb":"history","since_s":0,"limit":100,"instance":"…"}    the last three may be left out
 *           {"v":1,"verb":"hold","instance":"…","for_s":7200}                 instance, for_s may be left out
 *           {"v":1,"verb":"resume","instance":"…"}
 *           {"v":1,"verb":"takeover","instance":"…","follow":true}             the last two may be left out
 *           {"v":1,"verb":"try","instance":"…"}                               may be left out where one takes orders
 *           {"v":1,"verb":"publish","instance":"…","yes":true}                 the same; yes: even under its dry_run
 * Answer    {"v":1,"ok":true,"result":…}   or   {"v":1,"ok":false,"code":"denied","error":"one sentence"}
 *
 * Event     {"v":1,"event":…}   after the answer to a takeover that is followed, until the client hangs up
 *
 * Of the 16 places 4 are kept for root and the host's own user, so that a group of readers cannot lock root out. A
 * client that is silent for 30 s, or does not fetch its answer, is hung up on. One that waits for an answer or follows
 * a takeover is not.
 *
 * A line is 64 KiB at most; anything that is no request is answered by an error and the connection is closed. Answers
 * come in the order of the requests; one request a connection is in work at a time.
 *
 * Rights, by SO_PEERCRED: the socket's mode 0660 and group let people read (`status`, `history`); all else is for root
 * and the host's own user.
 */
#ifndef CTL_SERVER_H
#define CTL_SERVER_H

#include <sys/types.h>

#include "base/json.h"
#include "loop/loop.h"

#define CTL_VERSION	1
#define CTL_LINE_MAX	65536
#define CTL_CLIENTS_MAX 16
#define CTL_READERS_MAX 12

enum ctl_verb { CTL_STATUS, CTL_HISTORY, CTL_HOLD, CTL_RESUME, CTL_TAKEOVER, CTL_TRY, CTL_PUBLISH };

struct ctl_request {
	enum ctl_verb verb;
	char instance[256]; /* "": not named */
	int64_t since_s;    /* history: wall time */
	uint32_t limit;	    /* history: 1..10000 */
	int64_t for_s;	    /* hold: 0: for ever */
	bool follow;	    /* takeover: its events are wanted */
	bool yes;	    /* publish: even under the instance's dry_run */
	char by[64];	    /* the client's user name and uid */
};

/* Reads one line. Pure. The sentence in *err goes to the peer. */
NODISCARD gw_status ctl_request_parse(struct ctl_request *ret, const char *line, size_t len, struct error *err);

struct ctl_server;
struct ctl_client;

/* Answer with ctl_answer or ctl_refuse, now or later, once. */
typedef void (*ctl_handler)(void *context, struct ctl_client *client, const struct ctl_request *request);

/* May we give a file to this group? Its number. GW_ERR_CONFIG: there is none, or this process is neither in it nor
 * root. */
NODISCARD gw_status ctl_group_find(gid_t *ret, const char *group, struct error *err);

/* Listens at `path`. A stale socket of a dead host is replaced; a living one is GW_ERR_BUSY. group NULL: our own; else
 * errors of ctl_group_find too. */
NODISCARD gw_status ctl_server_new(struct ctl_server **ret, struct loop *loop, const char *path, const char *group,
				   ctl_handler handler, void *context, struct error *err);
void ctl_server_set_idle(struct ctl_server *server, int64_t ms); /* of clients to come; 30 s at first */
void ctl_server_free(struct ctl_server *server);		 /* NULL is fine; clients are closed */

/* This event, and those of the instance from now on, go to the client: what comes before its answer, just behind that.
 */
void ctl_follow(struct ctl_client *client, const char *instance, const char *event_json);
/* To who follows that instance; event_json: any JSON value. */
void ctl_publish(struct ctl_server *server, const char *instance, const char *event_json);

/* result_json: any JSON value. A client that has gone meanwhile is fine. */
void ctl_answer(struct ctl_client *client, const char *result_json);
void ctl_refuse(struct ctl_client *client, gw_status code, const char *sentence);

#endif
