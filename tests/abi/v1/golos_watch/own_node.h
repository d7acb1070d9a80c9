/* SPDX-License-Identifier: MIT
 *
 * Whether our own golosd is fit to produce, by what gw_nodes_event says: what a switch waits for, and a takeover by
 * command line as well (docs/design.md "The rules of a switch", guard own_node). Pure, and no part of the ABI.
 */
#ifndef GOLOS_WATCH_OWN_NODE_H
#define GOLOS_WATCH_OWN_NODE_H

#include <inttypes.h>
#include <stdio.h>

#include <golos_watch/types.h>

/* Defaults of the monitor's options that the command line reads too. */
#define GW_DEFAULT_MAX_HEAD_AGE	  "6"
#define GW_DEFAULT_MAX_CLOCK_SKEW "3"
#define GW_DEFAULT_ALLOWED_MISSES "1"

#define GW_HEAD_NEAR_S	     30 /* a head further from now says what was, or will be: its node syncs, or lies */
#define GW_HEAD_BEHIND_MAX   1	/* blocks that our golosd's head may lag behind the newest one */
#define GW_BRANCH_BEHIND_MAX 1 /* blocks by which another branch as high as ours may seem lower: its news comes later */

/* Chain time, or this machine's clock before that is known. */
static inline int64_t gw_chain_now_ms(const struct gw_now *now)
{
	return now->chain_ms != 0 ? now->chain_ms : now->wall_ms;
}

static inline int gw_is_near(const struct gw_now *now, int64_t time_s)
{
	const int64_t age_ms = gw_chain_now_ms(now) - time_s * 1000;

	return age_ms <= GW_HEAD_NEAR_S * 1000 && age_ms >= -GW_HEAD_NEAR_S * 1000;
}

/* So many blocks lower than `other`, whose head must say what is; 0: it is not behind. */
static inline uint32_t gw_blocks_behind(const struct gw_node *node, const struct gw_node *other,
					const struct gw_now *now)
{
	return other->connected && gw_is_near(now, other->head_time_s) &&
			       other->head_num > node->head_num + GW_HEAD_BEHIND_MAX
		       ? other->head_num - node->head_num
		       : 0;
}

/* A much lower branch is about to lose. The one that drives is what was counted: our golosd must agree with it. */
static inline int gw_is_rival_branch(const struct gw_node *own, const struct gw_node *other, const struct gw_now *now)
{
	return other->branch == GW_BRANCH_OTHER &&
	       (other->is_driver || (other->connected && gw_is_near(now, other->head_time_s) &&
				     other->head_num + GW_BRANCH_BEHIND_MAX >= own->head_num));
}

/* By itself. Non-zero: it is not well, and `why` says so in one sentence. */
static inline int gw_own_node_is_ill(const struct gw_node *own, int64_t max_head_age_s, const struct gw_now *now,
				     char why[GW_TEXT_SIZE])
{
	const int64_t age_ms = gw_chain_now_ms(now) - own->head_time_s * 1000;

	if (!own->connected)
		snprintf(why, GW_TEXT_SIZE, "our golosd is not connected");
	else if (own->head_num == 0)
		snprintf(why, GW_TEXT_SIZE, "our golosd has sent no block yet");
	else if (age_ms > max_head_age_s * 1000)
		snprintf(why, GW_TEXT_SIZE, "our golosd's head block %" PRIu32 " is %" PRId64 " s old", own->head_num,
			 age_ms / 1000);
	else
		return 0;
	return 1;
}

/* Beside another endpoint. */
static inline int gw_own_node_differs(const struct gw_node *own, const struct gw_node *other, const struct gw_now *now,
				      char why[GW_TEXT_SIZE])
{
	if (gw_blocks_behind(own, other, now))
		snprintf(why, GW_TEXT_SIZE, "our golosd is at block %" PRIu32 ", another endpoint at %" PRIu32,
			 own->head_num, other->head_num);
	else if (gw_is_rival_branch(own, other, now))
		snprintf(why, GW_TEXT_SIZE, "our golosd is on another branch than an endpoint at block %" PRIu32,
			 other->head_num);
	else
		return 0;
	return 1;
}

#endif
