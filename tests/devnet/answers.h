/* SPDX-License-Identifier: MIT
 *
 * The values in golosd's answers: blocks, transactions, objects of the state. Each writes one JSON value.
 */
#ifndef DEVNET_ANSWERS_H
#define DEVNET_ANSWERS_H

#include "devnet/wire.h"

void answer_block(struct json_writer *w, struct block *block, enum block_form form, bool skip_virtual_ops);
/* get_block and get_block_header: with the times that golosd adds. */
void answer_stored_block(struct json_writer *w, struct block *block, enum block_form form, int64_t now_ms);
void answer_transaction(struct json_writer *w, const struct signed_transaction *tx);
/* Of a synchronous broadcast; index below 0: it expired. */
void answer_inclusion(struct json_writer *w, const char *transaction_id, uint32_t block_num, int64_t index);
void answer_virtual_operations(struct json_writer *w, const char *key, const struct block *block, bool skip);
void answer_witness(struct json_writer *w, const struct genesis *genesis, const struct state *state,
		    const struct witness_state *witness);
/* Of an amount of zero: golosd's "no price". */
void answer_price(struct json_writer *w, const char *key, const struct price *price);
void answer_properties(struct json_writer *w, struct block *head, const struct state *state);
void answer_schedule(struct json_writer *w, const struct state *state);
void answer_config(struct json_writer *w, const struct genesis *genesis, const char *blockchain_name);
void answer_account(struct json_writer *w, const struct genesis *genesis, const struct account *account);

#endif
