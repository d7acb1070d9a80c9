/* SPDX-License-Identifier: MIT
 *
 * The inside of a watcher, shared by the files that it is made of: watcher.c (clock and life), watcher_nodes.c (what
 * the nodes send), watcher_actions.c (what belief and monitor want done), watcher_submission.c, watcher_journal.c,
 * watcher_readiness.c. What others may call is in world.h.
 */
#ifndef SIMULATION_WATCHER_H
#define SIMULATION_WATCHER_H

#include "world.h"

#define DEADLINE_MS 10000 /* as the host's nodes have it */

struct gw_now watcher_now(const struct watcher *w);
struct carrier_sight watcher_look(const struct watcher *w);

/* ---- watcher_nodes.c -------------------------------------------------------------------------------------------- */

/* After that many ms. */
void watcher_connect(struct watcher *w, uint8_t endpoint, int64_t delay_ms);
/* The connection ends: what is under way on it is not answered any more. */
void watcher_close(struct watcher *w, uint8_t endpoint);
/* The same, and the belief is told. */
void watcher_lose(struct watcher *w, uint8_t endpoint);
void watcher_ask(struct watcher *w, uint8_t endpoint, struct event ask);
void watcher_on_connect(struct watcher *w, const struct event *event);
void watcher_on_handle(struct watcher *w, const struct event *event);
void watcher_on_answer(struct watcher *w, const struct event *event);
void watcher_on_push(struct watcher *w, const struct event *event);

/* ---- watcher_actions.c ------------------------------------------------------------------------------------------ */

uint32_t watcher_connected(const struct watcher *w); /* bit per endpoint */
void watcher_do(struct watcher *w, const struct monitor_actions *actions);
void watcher_drain(struct watcher *w);
/* A notice: to people, and to the journal. */
void watcher_say(struct watcher *w, int32_t severity, const char *code, const char *text);

/* ---- watcher_submission.c --------------------------------------------------------------------------------------- */

struct carrier_effects watcher_effects(struct watcher *w);
gw_status watcher_begin(struct watcher *w, const struct gw_intent *intent, int32_t cause);
/* It is known now whether the account's authority is reached. */
void watcher_authority(struct watcher *w);
/* Takes up what the journal holds. */
void watcher_resume(struct watcher *w);
void watcher_settle(struct watcher *w);
void watcher_on_send(struct watcher *w, const struct event *event);
void watcher_on_sent(struct watcher *w, const struct event *event);
void watcher_on_timer(struct watcher *w, const struct event *event);
void watcher_on_dry_run(struct watcher *w, const struct event *event);

/* ---- watcher_journal.c ------------------------------------------------------------------------------------------ */

void watcher_write(struct watcher *w, struct journal_write write);
/* What the monitor must know after a restart. */
void watcher_keep(struct watcher *w);
void watcher_on_disk(struct watcher *w, const struct event *event);
void watcher_on_late(struct watcher *w);
/* Of what a restart must know. */
bool watcher_has_unwritten(const struct watcher *w);
/* The process died. */
void watcher_forget_writes(struct watcher *w);

/* ---- watcher_readiness.c ---- */

void watcher_tell_readiness(struct watcher *w);
void watcher_start_authorities(struct watcher *w);
void watcher_refresh_authorities(struct watcher *w);
void watcher_endpoints_changed(struct watcher *w);
/* NULL: no answer. */
/* Each second. */
void watcher_look_for_blindness(struct watcher *w);
void watcher_on_account(struct watcher *w, const bool *has_authority);
void watcher_on_authorities(struct watcher *w, const struct event *event);

#endif
