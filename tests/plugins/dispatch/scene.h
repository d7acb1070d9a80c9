/* SPDX-License-Identifier: MIT
 *
 * Instances of the plugin `probe`, opened by the real loader and host/plugins/instances.c, and a host behind
 * them that notes what it is asked.
 */
#ifndef TEST_DISPATCH_SCENE_H
#define TEST_DISPATCH_SCENE_H

#include "test.h"

#include "plugin_check/virtual_loop.h"
#include "plugins/instances.h"
#include "probe.h"

#define SCENE_PROBES 3

struct scene {
	struct instances *all;
	struct probe probes[SCENE_PROBES];
	struct instance *instances[SCENE_PROBES]; /* NULL: not added */
	/* what the host was asked last, and how often */
	unsigned watches, submits, cancels, notices, puts, gets, calls;
	struct gw_intent intent;
	struct gw_notice_event notice;
	uint32_t endpoints;
	gw_status answer; /* to submit, rpc and store */
	bool hands_notices_on;
	uint64_t last_call;
	char url[64];	     /* of the last gw.http/1 call */
	size_t source_count; /* that instances have: the first and each other one with a url */
};

/* The keys of the tests: a signing key, and the null key. */
#define SCENE_KEY "GLS756CkD8Bmrz151rkQPxsSJG6kTibMXwq4wD6fUZzCCKbRTxa66"

int scene_setup(void **state);
int scene_teardown(void **state);
/* Opens probe `index` as "p0", "p1" …, of witness "foo" for an even index and "bar" for an odd one. */
gw_status scene_add(struct scene *scene, size_t index, uint32_t grants, struct error *err);
/* Adds it and starts it; must work. */
void scene_start(struct scene *scene, size_t index, uint32_t grants);
/* Notes "NAME " into the probe's log: what each probe does unless told otherwise. */
gw_status scene_note(struct probe *probe, const char *callback, const void *event);

/* Standard error into a file until scene_heard, which gives it back and tells what was said; borrowed. */
void scene_listen(void);
const char *scene_heard(void);

#endif
