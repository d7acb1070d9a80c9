/* SPDX-License-Identifier: MIT
 *
 * What the tests of belief on a model chain share.
 */
#ifndef BELIEF_SCENE_H
#define BELIEF_SCENE_H

#include "chain_model.h"

#define NEW_KEY "GLSanother_key"

/* Own node up, `n` blocks of 21 witnesses pushed without a gap. */
struct model *started(uint32_t n, int *ret_head);
/* The same with w5 watched from the start. */
struct model *watching(uint32_t n, int *ret_head);
/* Own node and one other, both up, 30 blocks. */
struct model *two_nodes(int *ret_head);
int push_next(struct model *model, int head);
/* The node is away for `n` blocks, then stands at the last of them; returns it. */
int away(struct model *model, int head, uint32_t n);

/* The block event so many before the newest. */
const struct gw_block_event *event_at(const struct model *model, uint32_t back);
/* The newest event is of this block, and tells its id. */
void assert_head(const struct model *model, int block);
struct chain_view view_of(const struct model *model, const char *witness);
/* Asks about witnesses so far. */
uint32_t fetches(const struct model *model);
/* The belief about w5's key, by what a plugin last heard and by the view. */
void assert_key(const struct model *model, const char *key);

#endif
