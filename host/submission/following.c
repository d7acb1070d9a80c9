/* SPDX-License-Identifier: MIT
 *
 * What became of a submission: a block that holds it, a fork that undoes that block, the end of its time. See
 * submission.h.
 */
#include "submission/parts.h"

void submission_settle(struct submission *s, const struct gw_now *now)
{
	if (!s->offered) {
		if (s->state == GW_SUBMISSION_SIGNED && s->connected == 0)
			submission_fail(s, GW_FAIL_UNREACHABLE, true, now, "its time passed and no node was connected");
		else if (s->state == GW_SUBMISSION_RECORDED && s->signing)
			submission_fail(s, GW_FAIL_EXPIRED, true, now, "its time passed before it was signed");
		else
			submission_fail(s, GW_FAIL_EXPIRED, true, now,
					"its time passed before a safe moment to send it came");
	} else if (!is_update(s)) {
		submission_fail(s, GW_FAIL_EXPIRED, true, now, "its time passed and no block was seen to hold it");
	} else {
		if (!s->settling)
			submission_forget_question(s);
		s->settling = 1;
		submission_ask(s, true, now);
	}
}

static void enter_block(struct submission *s, uint32_t num, const struct gw_now *now)
{
	const bool proved = s->settling;

	s->block_num = num;
	s->key_seen = 0;
	s->settling = 0;
	submission_forget_question(s);
	submission_enter(s, GW_SUBMISSION_IN_BLOCK, now, "block %u %s", num,
			 proved ? "or one before it holds it: its time is over and the key is ours" : "holds it");
}

void submission_settle_by(struct submission *s, const struct witness_answer *answer, const struct chain_view *view,
			  const struct gw_now *now)
{
	if (answer->exists && is_ours(s, answer->signing_key))
		enter_block(s, view->head_num, now);
	else
		submission_fail(s, GW_FAIL_EXPIRED, true, now,
				"its time passed and the key is not ours: no block holds it%s",
				s->unseen ? ", or another key came after it" : "");
}

void submission_advance_in_block(struct submission *s, const struct chain_view *view, const struct gw_now *now)
{
	if (is_ours(s, view->signing_key)) {
		s->key_seen = 1;
	} else if (s->key_seen && view->signing_key[0] != '\0') { /* its deed is done: the next need not wait */
		submission_fail(s, GW_FAIL_OVERTAKEN, true, now, "the signing key became another, %s",
				view->signing_key);
		return;
	}
	if (view->irreversible == 0 || view->irreversible < s->block_num)
		return;
	submission_enter(s, GW_SUBMISSION_IRREVERSIBLE, now, "the block that holds it is irreversible");
	s->wake_ms = INT64_MAX;
}

/* A fork undid its block, or the chain was lost sight of: no longer known to be in a block. */
static void leave_block(struct submission *s, const struct gw_now *now, const char *why)
{
	s->block_num = 0;
	submission_enter(s, GW_SUBMISSION_SENT, now, "%s", why);
}

static bool is_among(const struct submission *s, const struct block_transaction *transactions, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct block_transaction *t = &transactions[i];

		if (t->id[0] ? strcmp(t->id, s->txid) == 0 : t->signature[0] && strcmp(t->signature, s->signature) == 0)
			return true;
	}
	return false;
}

void submission_take_block(struct submission *s, const struct gw_block_event *block,
			   const struct block_transaction *transactions, size_t count, const struct gw_now *now)
{
	const bool other_driver = s->driver_epoch != 0 && s->driver_epoch != block->driver_epoch;

	s->driver_epoch = block->driver_epoch;
	s->unseen |= other_driver;
	if (s->state == GW_SUBMISSION_IN_BLOCK && block->undone != 0 && s->block_num >= block->num)
		leave_block(s, now, "a fork undid the block that held it");
	else if (s->state == GW_SUBMISSION_IN_BLOCK && other_driver)
		leave_block(s, now, "blocks were lost, or another node is followed: whether a block holds it is open");
	if ((s->state == GW_SUBMISSION_SIGNED || s->state == GW_SUBMISSION_SENT) && is_among(s, transactions, count)) {
		s->settling = 0;
		enter_block(s, block->num, now);
	}
	for (uint32_t i = 0; i < ENDPOINTS_MAX; i++)
		if (s->offers[i].state == OFFER_NEXT_BLOCK)
			s->offers[i].state = OFFER_DUE;
	if (s->pending)
		s->ask_at_ms = now->mono_ms;
}
