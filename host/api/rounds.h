/* SPDX-License-Identifier: MIT
 *
 * The slots of the last two rounds, as block events told them: who had each, and what became of it. For people; no rule
 * reads it. [loop]
 */
#ifndef API_ROUNDS_H
#define API_ROUNDS_H

#include <golos_watch/types.h>

#include "base/json_writer.h"

struct rounds;

struct rounds *rounds_new(void);
void rounds_free(struct rounds *rounds); /* NULL is fine */
void rounds_block(struct rounds *rounds, const struct gw_block_event *event);
/* "slots": the oldest first, each with time, witness ("" where it was not known), filled, and the key that signed it. */
void rounds_write(const struct rounds *rounds, struct json_writer *w);

#endif
