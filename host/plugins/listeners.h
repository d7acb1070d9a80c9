/* SPDX-License-Identifier: MIT
 *
 * Which instances watch a witness, found by its name: an answer about one of 1,000 witnesses must not be offered to
 * the instances of all the others. Only instances.c and services.c include this.
 */
#ifndef PLUGINS_LISTENERS_H
#define PLUGINS_LISTENERS_H

#include <stddef.h>

#include "golos_watch/types.h"

struct instance;
struct listeners; /* of all witnesses; NULL: none yet */

/* Those of one witness, in the order in which they began to watch. */
struct listener_list {
	size_t count;
	struct instance **list;
};

void listeners_add(struct listeners **all, const char *witness, struct instance *instance);
void listeners_remove(struct listeners **all, const char *witness, const struct instance *instance);
/* NULL: nobody. It stays where it is while any of them is left; its list moves when one is added. */
const struct listener_list *listeners_of(const struct listeners *all, const char *witness);

#endif
