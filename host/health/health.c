/* SPDX-License-Identifier: MIT
 *
 * The host's own health. Runs in golos-watchd.
 */
#include "health/health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#define SIGNER_CHECK_MS 5000
#define SIGNER_LATE_MAX                                                                                                \
	2	   /* checks in a row that find an answer due: it hangs. One alone may be our own standing still */
#define STALE_S 60 /* a head older than this is no sight of the chain */

struct health {
	struct health_parts parts;
	const struct cluster *observed;	 /* NULL: this host watches the chain */
	struct loop_timer *signer_check; /* NULL: no signer */
	unsigned signer_late;		 /* checks in a row during which an answer was due */
	char left_out[GW_TEXT_SIZE];	 /* the last instance that is not opened, for it killed the host; "": none */
	char blindness[GW_TEXT_SIZE];	 /* the nodes do not answer what some instance needs: */
};

/* ---- readiness: what only the host can know --------------------------------------------------------------------- */

static uint8_t golosd_config_state(const struct health *health, const struct config_instance *config,
				   char ret_text[GW_TEXT_SIZE])
{
	if (!health->parts.has_golosd_config)
		return GW_READY_UNKNOWN;
	if (!health->parts.signer) {
		snprintf(ret_text, GW_TEXT_SIZE, "golosd_config is not read: nothing is signed here");
		return GW_READY_UNKNOWN;
	}
	return golosd_config_judge(signer_golosd_config(health->parts.signer), config->witness, &config->signing_key,
				   ret_text);
}

static bool signer_hangs(const struct health *health)
{
	return health->signer_late >= SIGNER_LATE_MAX;
}

/* Whether the nodes answer what this instance needs of them. */
static uint8_t node_state(const struct health *health, const struct config_instance *config,
			  char ret_text[GW_TEXT_SIZE])
{
	bool is_blind = observer_is_blind(health->parts.observer, config->witness, ret_text) ||
			authorities_is_blind(health->parts.authorities, config->witness, ret_text);

	return is_blind ? GW_READY_NO : GW_READY_YES;
}

bool health_readiness(const struct health *health, const struct instance *instance, struct gw_readiness_event *ret)
{
	const struct health_parts *parts = &health->parts;
	const struct config_instance *config = instance_config(instance);

	*ret = (struct gw_readiness_event){.struct_size = sizeof(*ret)};
	if (!config->witness[0])
		return false;
	observer_now(parts->observer, &ret->now);
	ret->authority = authorities_state(parts->authorities, config->witness, ret->authority_text);
	ret->power = authorities_power(parts->authorities, config->witness, ret->power_text);
	if (signer_hangs(health)) {
		ret->authority = GW_READY_NO;
		snprintf(ret->authority_text, sizeof(ret->authority_text), "the signer does not answer (process %d)",
			 (int)signer_pid(parts->signer));
	}
	ret->golosd_config = golosd_config_state(health, config, ret->golosd_config_text);
	ret->journal = journal_is_writable(parts->journal) ? GW_READY_YES : GW_READY_NO;
	ret->node = node_state(health, config, ret->node_text);
	if (health->left_out[0]) { /* what was wanted of this host does not run */
		ret->node = GW_READY_NO;
		memcpy(ret->node_text, health->left_out, sizeof(ret->node_text));
	}
	return true;
}

void health_report(struct health *health, struct instance *instance)
{
	struct gw_readiness_event event;

	if (health_readiness(health, instance, &event))
		instance_readiness(instance, &event);
}

void health_report_all(struct health *health)
{
	for (size_t i = 0; i < instances_count(health->parts.instances); i++)
		health_report(health, instances_at(health->parts.instances, i));
}

/* ---- the signer ------------------------------------------------------------------------------------------------- */

static void report_signer(struct health *health)
{
	char text[GW_TEXT_SIZE] = "the signer answers again";
	bool hangs = signer_hangs(health);

	if (hangs)
		snprintf(text, sizeof(text),
			 "the signer does not answer (process %d): nothing can be signed until it does, or is killed "
			 "and both are started again",
			 (int)signer_pid(health->parts.signer));
	health->parts.notice(health->parts.context, hangs ? GW_CRITICAL : GW_INFO,
			     hangs ? "signer_hangs" : "signer_answers", text);
	health_report_all(health);
}

/* A signer that is stopped, or caught in the kernel, keeps its channel open: only a question shows it. */
static void on_signer_check(void *context)
{
	struct health *health = context;
	bool hung = signer_hangs(health);

	if (signer_silent_ms(health->parts.signer) == 0)
		health->signer_late = 0;
	else if (!hung)
		health->signer_late++;
	if (signer_hangs(health) != hung)
		report_signer(health);
	signer_ping(health->parts.signer);
	loop_timer_set(health->signer_check, SIGNER_CHECK_MS);
}

bool health_signer_answers(const struct health *health)
{
	return health->parts.signer && !signer_hangs(health);
}

void health_signer_answered(struct health *health)
{
	if (signer_hangs(health))
		on_signer_check(health);
}

/* ---- sight ------------------------------------------------------------------------------------------------------ */

void health_look(struct health *health)
{
	bool was_blind = health->blindness[0];

	health->blindness[0] = '\0';
	for (size_t i = 0; i < instances_count(health->parts.instances); i++) {
		const struct config_instance *config = instance_config(instances_at(health->parts.instances, i));
		char why[GW_TEXT_SIZE];

		if (config->witness[0] && node_state(health, config, why) == GW_READY_NO) {
			memcpy(health->blindness, why, sizeof(why));
			break;
		}
	}
	if (health->blindness[0] || was_blind)
		health_report_all(health);
}

const char *health_blindness(const struct health *health)
{
	return health->blindness;
}

void health_leave_out(struct health *health, const char *why)
{
	snprintf(health->left_out, sizeof(health->left_out), "%s", why ? why : "");
}

const char *health_left_out(const struct health *health)
{
	return health->left_out;
}

bool health_sees_chain(const struct health *health)
{
	const struct health_parts *parts = &health->parts;
	struct chain_view view;
	struct gw_now now;

	if (health->observed)
		return journal_is_open(parts->journal) && cluster_is_heard(health->observed);
	observer_now(parts->observer, &now);
	belief_view(observer_belief(parts->observer), "", &now, &view);
	return journal_is_open(parts->journal) && belief_driver(observer_belief(parts->observer)) >= 0 &&
	       view.head_num && now.wall_ms / 1000 - view.head_time_s <= STALE_S;
}

bool health_is_well(const struct health *health)
{
	return health_sees_chain(health) && !health->blindness[0] && !health->left_out[0];
}

/* ---- life ------------------------------------------------------------------------------------------------------- */

struct health *health_new(const struct health_parts *parts)
{
	struct health *health = xcalloc(1, sizeof(*health));

	health->parts = *parts;
	if (parts->signer) {
		health->signer_check = loop_timer_new(parts->loop, on_signer_check, health);
		loop_timer_set(health->signer_check, 0);
	}
	return health;
}

void health_observe(struct health *health, const struct cluster *cluster)
{
	health->observed = cluster;
}

void health_free(struct health *health)
{
	if (!health)
		return;
	loop_timer_free(health->signer_check);
	free(health);
}
