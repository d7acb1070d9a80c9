/* SPDX-License-Identifier: MIT
 *
 * See jobs.h. Runs in golos-watchd.
 */
#include "journal/jobs.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/memory.h"

struct job *job_new(enum job_type type, const char *instance)
{
	struct job *job = xcalloc(1, sizeof(*job));
	struct gw_now now;

	loop_now(&now);
	job->type = type;
	job->instance = xstrdup(instance);
	job->wall_ms = now.wall_ms;
	job->requested_ms = now.mono_ms;
	return job;
}

void job_free(struct job *job)
{
	if (!job)
		return;
	free(job->instance);
	free(job->key);
	free(job->text);
	free(job->fields);
	free(job->value);
	free(job->answer);
	free(job);
}

void jobs_append(struct job_list *list, struct job *job)
{
	DL_APPEND(list->first, job);
	list->count++;
}

struct job *jobs_unlink(struct job_list *list, struct job *job)
{
	DL_DELETE(list->first, job);
	list->count--;
	return job;
}

void jobs_move(struct job_list *to, struct job_list *from)
{
	DL_CONCAT(to->first, from->first);
	to->count += from->count;
	*from = (struct job_list){0};
}

void jobs_evict_one(struct job_list *list)
{
	for (struct job *job = list->first; job; job = job->next)
		if (job->type == JOB_NOTICE || (job->type == JOB_PROGRESS && job->end == SUBMISSION_OPEN)) {
			job_free(jobs_unlink(list, job));
			return;
		}
}

void jobs_answer(struct job_list *list)
{
	while (list->first) {
		struct job *job = jobs_unlink(list, list->first);

		if (job->recorded)
			job->recorded(job->context, job->ok);
		if (job->read)
			job->read(job->context, job->answer);
		job_free(job);
	}
}
