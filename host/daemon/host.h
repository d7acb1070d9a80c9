/* SPDX-License-Identifier: MIT
 *
 * The host: all parts joined. Owns everything but the configuration and the signer, which exist before it. [loop]
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include "config/config.h"
#include "feed/keyring.h"
#include "feed/submitter.h"
#include "feed/watch.h"
#include "journal/journal.h"
#include "notices/notices.h"
#include "plugins/instances.h"

/* Of the chain. */
enum sight { SIGHT_NONE_YET, SIGHT_WATCHING, SIGHT_BLIND, SIGHT_LEFT_OUT, SIGHT_STALE, SIGHT_LOST, SIGHT_NO_JOURNAL };

struct host {
	struct loop *loop;
	struct config *config;		       /* the one in force; owned */
	struct signer *signer;		       /* NULL: no instance may sign; owned by main */
	struct signer_policy_instance *policy; /* the signer's, of its start */
	size_t policy_count;
	bool debug; /* everything is logged, whatever the configuration says */
	struct journal *journal;
	struct watch *watch;
	struct keyring *keyring;
	struct instances *instances;
	struct submitter *submitter;
	struct notices *notices;
	struct loop_fd *signer_watch;
	struct loop_timer *signer_check;
	unsigned signer_late;	/* checks in a row that found it owing an answer */
	struct ctl_server *ctl; /* NULL: off */
	struct http *http;	/* NULL: off */
	struct loop_timer *watchdog;
	struct loop_timer *sight_check;
	int64_t watchdog_ms;
	enum sight sight;	     /* as the supervisor was told */
	int64_t heartbeat_ms;	     /* monotonic: the next line of the day */
	char left_out[GW_TEXT_SIZE]; /* the last instance that is not opened, for it killed the host; "": none */
	bool is_blind;		     /* the nodes do not answer what some instance needs: */
	char blind_why[GW_TEXT_SIZE];
	bool closing; /* the instances are gone; late answers are not handed on */
	int exit_status;
};

/* Opens the plugins' instances and begins to connect; where the journal's disk does not answer, the instances are
 * opened when it does. `config` is taken over on success. *err has the sentence, and *ret_exit the exit status that
 * fits. */
NODISCARD gw_status host_open(struct host *host, struct loop *loop, struct config *config, struct signer *signer,
			      int *ret_exit, struct error *err);
void host_close(struct host *host);
/* Opens and starts one more instance, and takes up what it had in flight. */
NODISCARD gw_status host_add_instance(struct host *host, const struct config *config,
				      const struct config_instance *wanted, struct error *err);
/* Those left out get another try, when somebody adds them. */
void host_leave_nothing_out(struct host *host);
void host_set_notice_command(struct host *host, const char *path); /* NULL: none */
/* What the host knows of an instance's readiness: the active key's authority, golosd's own config, the journal. false:
 * the instance has no witness. */
bool host_readiness(struct host *host, const struct instance *instance, struct gw_readiness_event *ret);
/* Ends the loop with an exit status; the first reason counts. */
void host_stop(struct host *host, int exit_status);
/* Says something in the host's own name. */
void host_notice(struct host *host, int32_t severity, const char *code, const char *fmt, ...) PRINTF_LIKE(4, 5);

#endif
