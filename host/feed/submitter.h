/* SPDX-License-Identifier: MIT
 *
 * Carries submissions (host/submission, which decides) to signer and nodes, and their progress back to who asked for
 * them: the daemon's plugin instances, and the command line. One submission in flight each. [loop]
 */
#ifndef HOST_SUBMITTER_H
#define HOST_SUBMITTER_H

#include "feed/authorities.h"
#include "feed/observer.h"
#include "signer/client.h"
#include "submission/submission.h"

struct submitter;

/* What differs between a daemon, which has a journal, and a command, which has none. `who` is whoever asked. */
struct submitter_effects {
	void *context;
	bool (*is_journal_writable)(void *context);
	/* Calls done once, now or later: ok, it would outlive this process. */
	void (*record)(void *context, const char *name, const struct submission_record *record,
		       void (*done)(void *context, bool ok), void *done_context);
	/* may_come: it ends without a proof that no block can hold it any more. */
	void (*progress)(void *context, void *who, const struct gw_submission_event *event, bool may_come);
};

struct submitter_parts {
	struct loop *loop;
	struct observer *observer;
	struct signer *signer; /* NULL: nothing can be signed */
	struct authorities *authorities;
	struct submitter_effects effects;
	bool dry_run; /* decide and say, sign nothing */
};

/* Who has something signed. */
struct submitter_client {
	void *who;	  /* tells one from the other */
	const char *name; /* for the log; lives as long as `who` */
	uint32_t policy;  /* index of the signer's instance */
	bool ordered;	  /* by an operator: the signer has one more for that */
};

struct submitter *submitter_new(const struct submitter_parts *parts);
void submitter_free(struct submitter *submitter);

/* record: id and a checked intent, or operations. older_until_s: see submission_begin. GW_ERR_BUSY: one of this client
 * is in flight. GW_ERR_UNAVAILABLE: no signer, or the journal cannot be written and one was already made without it.
 * Progress never comes from inside this call. */
NODISCARD gw_status submitter_begin(struct submitter *submitter, const struct submitter_client *client,
				    const struct submission_record *record, uint32_t older_until_s);
NODISCARD gw_status submitter_cancel(struct submitter *submitter, const void *who, uint64_t id, const char *why);
/* Takes up one that was in flight when we last stopped. */
void submitter_resume(struct submitter *submitter, const struct submitter_client *client,
		      const struct submission_record *record);
/* Forgets one that is going away; a transaction already sent lives on without us. */
void submitter_forget(struct submitter *submitter, const void *who);

void submitter_block(struct submitter *submitter, const struct gw_block_event *event,
		     const struct block_transaction *transactions, size_t count);
void submitter_endpoints(struct submitter *submitter);
/* What is known of an account's authority changed, or the signer answers again: what waited for that is signed. */
void submitter_sign_waiting(struct submitter *submitter);
/* What is believed of the chain may be another now: a submission that waits for the schedule, say, looks again. */
void submitter_view(struct submitter *submitter);
/* Does what the submissions want by now. Called when an event has been worked off. */
void submitter_settle(struct submitter *submitter);
/* True while one of `who` is in no block yet. */
bool submitter_is_under_way(const struct submitter *submitter, const void *who);
/* True while a submission is on its way to its first broadcast. */
bool submitter_is_about_to_send(const struct submitter *submitter);
void submitter_journal_recovered(struct submitter *submitter);

#endif
