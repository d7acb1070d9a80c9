/* SPDX-License-Identifier: MIT
 *
 * The real golos-watchd and golos-watch-signer, as somebody without rights, with witness_monitor and the bad plugin
 * `puppet` beside it. What cannot be set up fails the test.
 */
#ifndef ATTACK_SCENE_H
#define ATTACK_SCENE_H

#include "base/memory.h"
#include "puppet.h"
#include "signer/wire/protocol.h"
#include "test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Places in the configuration, and so in the signer's policy. */
#define MONITOR 0 /* witness foo */
#define PUPPET	1 /* granted nothing */
#define RIVAL	2 /* another witness */

enum users {
	ONE_USER,  /* host and signer as one user that is not root: "nobody" where the test is root */
	TWO_USERS, /* started as root, dropped to two: needs root */
};

struct scene_setup {
	enum users users;
	const char *node;     /* NULL: one that does not answer */
	const char *chain_id; /* NULL: the main network's */
	const char *wif;      /* foo's active key; NULL: the fixture's */
	const char *pubkey;   /* our signing key; NULL: the fixture's */
	const char *sign;     /* of the monitor; NULL: "witness_update" */
	const char *rival;    /* the other witness; NULL: "rival" */
	bool puppet_signs;    /* the puppet is granted witness_update, and there is no other instance */
	bool key_from_environment;
	bool without_standard_files; /* 0 to 2 are closed at the start */
};

struct scene {
	struct scene_setup setup;
	char dir[200]; /* bin, plugins: root's or ours; run: the host's; state */
	char *log_path;
	int listener, puppet; /* sockets */
	pid_t pid;	      /* the host; 0: not running */
	int pidfd;
	uint32_t last_id;
	char *log;
	struct puppet_packet packet;
	struct message message;
};

struct scene *scene_new(const struct scene_setup *setup);
void scene_free(struct scene *scene); /* ends the host, removes the directory */
/* Starts the host, until the puppet is on its strings. scene_new has done it once. */
void scene_start(struct scene *scene);
void scene_launch(struct scene *scene); /* does not wait for it */
void scene_await_puppet(struct scene *scene);
/* Waits for the end that must come; waitpid's status. */
int scene_await_end(struct scene *scene);
int scene_stop(struct scene *scene);				     /* SIGTERM */
const char *scene_path(const struct scene *scene, const char *name); /* under its directory; until the next eighth */
const char *scene_log(struct scene *scene);
void scene_await_more(struct scene *scene);
void scene_await_said(struct scene *scene, const char *text); /* in the log, which a thread of the host's writes */

/* ---- orders ------------------------------------------------------------------------------------------------------ */

/* The value; what came with it is in scene->packet. */
int32_t scene_order(struct scene *scene, enum order order, const void *bytes, size_t len);
int32_t scene_order_text(struct scene *scene, enum order order, const char *text);
int32_t scene_order_number(struct scene *scene, enum order order, int number);
void scene_order_last(struct scene *scene, enum order order, int number); /* no answer comes */

/* How often bytes stand in the host's memory. */
int32_t scene_count(struct scene *scene, const void *bytes, size_t len);

/* Through the host's own channel, as the plugin found it. NULL: the signer closed it. */
const struct message *scene_speak(struct scene *scene, const struct message *message);
/* Whether the signer of a fresh host ends at these bytes, and the host with EXIT_SIGNER; starts the host again. */
void scene_must_end(struct scene *scene, const void *bytes, size_t len, const char *what);
/* A SIGN of one operation that the policy grants; change it and it must be refused. */
struct message scene_sign(struct scene *scene, const struct transaction *tx);
/* The refusal, or REFUSED_NOT where it is signed: then scene->message.done has it. */
enum refusal scene_ask(struct scene *scene, const struct message *message);

#endif
