/* SPDX-License-Identifier: MIT
 *
 * The submissions that a restart must know: those that are open, and those that may still come into a block.
 */
#ifndef HOST_JOURNAL_LIVE_H
#define HOST_JOURNAL_LIVE_H

#include "journal/db.h"

struct live_submission; /* a list, the newest first; NULL: none */

/* Keeps a copy of the record. The copy replaces the one of its id, and those of the instance that are over. A new
 * submission begins only when no block can hold an older one any more. */
void live_keep(struct live_submission **all, const char *instance, const struct submission_record *record,
	       enum submission_end end);
/* Sets how the submission stands. Unknown ids are ignored. */
void live_end(struct live_submission **all, uint64_t id, enum submission_end end);
/* The newest of the instance with that `end`; NULL: none. Borrowed until the next call of the others. */
const struct submission_record *live_find(const struct live_submission *all, const char *instance,
					  enum submission_end end);
void live_free(struct live_submission **all);

#endif
