/* SPDX-License-Identifier: MIT
 *
 * Back to the loop: who asked or waits is called back. Runs in golos-watchd.
 */
#include <string.h>

#include "journal/thread.h"

void journal_deliver(void *context)
{
	struct journal *journal = context;
	struct job_list done = {0};
	char failure[sizeof(journal->failure)];

	pthread_mutex_lock(&journal->lock);
	bool failed = journal->failed_now;
	bool recovered = journal->recovered_now;
	memcpy(failure, journal->failure, sizeof(failure));
	journal->failed_now = journal->recovered_now = false;
	jobs_move(&done, &journal->done);
	bool opens = journal->is_read && !journal->open;
	journal->open = journal->is_read;
	pthread_mutex_unlock(&journal->lock);

	if (opens)
		journal->events.opened(journal->events.context);
	if (failed)
		journal->events.failed(journal->events.context, failure);
	if (recovered)
		journal->events.recovered(journal->events.context);
	jobs_answer(&done);
}
