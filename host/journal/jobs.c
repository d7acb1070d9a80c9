/* SPDX-License-Identifier: MIT
 *
 * See jobs.h. Runs in golos-watchd.
 */
#include "journal/jobs.h"

#include <stdlib.h>

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

void jobs_init(struct job_list *list)
{
	*list = (struct job_list){.end = &list->first};
}

void jobs_append(struct job_list *list, struct job *job)
{
	job->next = NULL;
	*list->end = job;
	list->end = &job->next;
	list->count++;
}

struct job *jobs_unlink(struct job_list *list, struct job **at)
{
	struct job *job = *at;

	*at = job->next;
	if (!job->next)
		list->end = at;
	list->count--;
	return job;
}

struct job *jobs_take(struct job_list *list)
{
	return list->first ? jobs_unlink(list, &list->first) : NULL;
}

void jobs_move(struct job_list *to, struct job_list *from)
{
	if (!from->first)
		return;
	*to->end = from->first;
	to->end = from->end;
	to->count += from->count;
	jobs_init(from);
}

void jobs_evict_one(struct job_list *list)
{
	for (struct job **at = &list->first; *at; at = &(*at)->next)
		if ((*at)->type == JOB_NOTICE || ((*at)->type == JOB_PROGRESS && (*at)->end == SUBMISSION_OPEN)) {
			job_free(jobs_unlink(list, at));
			return;
		}
}

void jobs_answer(struct job_list *list)
{
	for (struct job *job; (job = jobs_take(list));) {
		if (job->recorded)
			job->recorded(job->context, job->ok);
		if (job->read)
			job->read(job->context, job->answer);
		job_free(job);
	}
}
