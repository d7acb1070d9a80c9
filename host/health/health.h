/* SPDX-License-Identifier: MIT
 *
 * The host's own health: whether it sees the chain, whether the signer answers, and the host's part of an instance's
 * readiness. Owns the reasons for which the host is not well. [loop]
 */
#ifndef HEALTH_HEALTH_H
#define HEALTH_HEALTH_H

#include "cluster/cluster.h"
#include "feed/authorities.h"
#include "feed/observer.h"
#include "journal/journal.h"
#include "plugins/instances.h"
#include "signer/client.h"

struct health;

struct health_parts {
	struct loop *loop;
	struct observer *observer;
	struct authorities *authorities;
	struct journal *journal;
	struct instances *instances;
	struct signer *signer;	/* NULL: nothing is signed here */
	bool has_golosd_config; /* the signer compares golosd's own configuration with the keys */
	void *context;
	void (*notice)(void *context, int32_t severity, const char *code, const char *text);
};

struct health *health_new(const struct health_parts *parts);
void health_free(struct health *health); /* NULL is fine */
/* This host is an observer of the cluster: it is well as long as it hears another one. */
void health_observe(struct health *health, const struct cluster *cluster);

/* The active key's authority, golosd's own config, the journal, the nodes' answers. false: the instance has no witness. */
bool health_readiness(const struct health *health, const struct instance *instance, struct gw_readiness_event *ret);
void health_report(struct health *health, struct instance *instance); /* its readiness, to the instance */
void health_report_all(struct health *health);

/* Once a second: missing answers of nodes show by time alone. */
void health_look(struct health *health);
/* False: the signer hangs, or there is none. */
bool health_signer_answers(const struct health *health);
/* A message of the signer has come: one that hung answers again. */
void health_signer_answered(struct health *health);

/* An instance of the configuration is not opened, for `why`; NULL: none is left out any more. */
void health_leave_out(struct health *health, const char *why);
const char *health_left_out(const struct health *health); /* "": none */
/* The answer that some instance needs and the nodes do not give; "": none. */
const char *health_blindness(const struct health *health);
/* A driving node whose head is not older than 60 s, and the journal has been read. An observer: another one is heard. */
bool health_sees_chain(const struct health *health);
/* The host sees the chain, the nodes answer, and each plugin instance of the configuration runs. */
bool health_is_well(const struct health *health);

#endif
