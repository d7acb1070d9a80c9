/* SPDX-License-Identifier: MIT
 *
 * Carries submissions (submission/submission.c, which decides) to journal, signer and nodes, and their progress back to the
 * instances. One submission in flight per instance. [loop]
 */
#ifndef HOST_SUBMITTER_H
#define HOST_SUBMITTER_H

#include "feed/keyring.h"
#include "feed/watch.h"
#include "journal/journal.h"
#include "plugins/instances.h"
#include "signer/client.h"

struct submitter;

struct submitter_parts {
	struct loop *loop;
	struct watch *watch;
	struct signer *signer; /* NULL: nothing can be signed */
	struct keyring *keyring;
	struct journal *journal;
	bool dry_run; /* decide and say, sign nothing */
};

struct submitter *submitter_new(const struct submitter_parts *parts);
void submitter_free(struct submitter *submitter);

/* An intent that services.c has checked. GW_ERR_BUSY: one of this instance is in flight. GW_ERR_UNAVAILABLE: the
 * journal cannot be written and one was already made without it. Progress never comes from inside this call. */
NODISCARD gw_status submitter_begin(struct submitter *submitter, struct instance *who, const struct gw_intent *intent,
				    uint64_t *ret_id);
NODISCARD gw_status submitter_cancel(struct submitter *submitter, struct instance *who, uint64_t id, const char *why);
/* Takes up what the journal says was in flight when we last stopped. */
void submitter_resume(struct submitter *submitter, struct instance *who);
/* Forgets an instance that is going away; a transaction already sent lives on without us. */
void submitter_forget(struct submitter *submitter, struct instance *who);

void submitter_block(struct submitter *submitter, const struct gw_block_event *event,
		     const struct block_transaction *transactions, size_t count);
void submitter_endpoints(struct submitter *submitter);
/* What is known of an account's authority changed, or the signer answers again: what waited for that is signed. */
void submitter_sign_waiting(struct submitter *submitter);
/* What is believed of the chain may be another now: a submission that waits for the schedule, say, looks again. */
void submitter_view(struct submitter *submitter);
/* Does what the submissions want by now. Called when an event has been worked off. */
void submitter_settle(struct submitter *submitter);
/* True while a submission is on its way to its first broadcast. */
bool submitter_is_about_to_send(const struct submitter *submitter);
void submitter_journal_recovered(struct submitter *submitter);

#endif
