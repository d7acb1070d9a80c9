/* SPDX-License-Identifier: MIT
 *
 * The host's own state. Between the files of this folder alone.
 */
#ifndef DAEMON_STATE_H
#define DAEMON_STATE_H

#include "api/parts.h"
#include "api/rounds.h"
#include "cluster/cluster.h"
#include "daemon/host.h"
#include "feed/authorities.h"
#include "feed/observer.h"
#include "feed/submitter.h"
#include "fetch/client/client.h"
#include "health/health.h"
#include "journal/journal.h"
#include "notices/notices.h"

/* Of the chain. */
enum sight {
	SIGHT_NONE_YET,
	SIGHT_WATCHING,
	SIGHT_BLIND,
	SIGHT_LEFT_OUT,
	SIGHT_STALE,
	SIGHT_LOST,
	SIGHT_NO_JOURNAL,
	SIGHT_OBSERVING,
	SIGHT_UNHEARD
};

struct host {
	struct loop *loop;
	struct config *config;		       /* the one in force; owned */
	struct signer *signer;		       /* NULL: no instance may sign; owned by main */
	struct signer_policy_instance *policy; /* the signer's, of its start */
	size_t policy_count;
	struct fetch *fetch; /* NULL: no source is on the internet; owned by main */
	bool debug;	     /* everything is logged, whatever the configuration says */
	struct journal *journal;
	struct observer *observer;
	struct authorities *authorities;
	struct instances *instances;
	struct submitter *submitter;
	struct notices *notices;
	struct rounds *rounds;
	struct health *health;
	struct cluster_keys *cluster_keys; /* NULL: no cluster; owned */
	struct cluster *cluster;	   /* NULL: none */
	uint64_t key_seq;		   /* of the newest change of a signing key that the cluster heard of */
	struct api_parts api;
	char chain_id[65]; /* outlives the configuration, which a reload replaces */
	struct loop_fd *signer_loop_fd;
	struct ctl_server *ctl; /* NULL: off */
	struct http *http;	/* NULL: off */
	struct loop_timer *watchdog;
	struct loop_timer *sight_check;
	int64_t watchdog_ms;
	enum sight sight;     /* as reported to the supervisor */
	int64_t heartbeat_ms; /* monotonic: the next line of the day */
	bool closing;	      /* the instances are gone; late answers are not handed on */
	int exit_status;
};

#endif
