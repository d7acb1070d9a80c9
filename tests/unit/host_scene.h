/* SPDX-License-Identifier: MIT
 *
 * The real host with its plugins, in a directory and on a loop of the test's own. No node answers and there is no
 * signer.
 */
#ifndef UNIT_HOST_SCENE_H
#define UNIT_HOST_SCENE_H

#include "daemon/state.h"
#include "test.h"

#define KEY_1 "GLS8jCSviSzAKMHvtWsThgDcXkWHyFAe33kajzCZdania1t2sPYVx"
#define KEY_2 "GLS756CkD8Bmrz151rkQPxsSJG6kTibMXwq4wD6fUZzCCKbRTxa66"

#define FOO                                                                                                            \
	"  - {name: monitor_foo, plugin: witness_monitor, witness: foo, witness_pubkey: " KEY_1                        \
	", sign: [witness_update]}\n"
#define BAR                                                                                                            \
	"  - {name: monitor_bar, plugin: witness_monitor, witness: bar, witness_pubkey: " KEY_2                        \
	", sign: [witness_update]}\n"
#define LOGGER "  - {name: block_logger, witness: foo}\n"

struct scene {
	char dir[64], path[96];
	struct loop *loop;
	struct host host;
	struct loop_timer *poll; /* the test's own */
};

/* Setup and teardown: a directory, and no host yet. */
int host_scene_make(void **state);
int host_scene_remove(void **state);
/* top: keys at the top beside those that every test wants, which it may give otherwise. */
struct config *host_scene_configure(struct scene *scene, const char *top, const char *plugins);
/* Must succeed. Loop and host, as one process has them. */
void host_scene_open(struct scene *scene, const char *plugins);
void host_scene_close(struct scene *scene);
struct instance *host_scene_find(struct scene *scene, const char *name);
/* An operator's order to monitor_foo. */
gw_status host_scene_order(struct scene *scene, int32_t verb, char ret_text[GW_TEXT_SIZE]);

#endif
