/* SPDX-License-Identifier: MIT
 *
 * Can an account pay for a transaction by its Golos Power? golosd refuses one that it cannot with -32003
 * (docs/protocol.md 6), and every node does. Pure.
 * Source: golosd's libraries/chain/database.cpp (update_account_bandwidth).
 */
#ifndef CHAIN_POWER_H
#define CHAIN_POWER_H

#include "node/answers.h"

#define POWER_BYTES 512 /* of a transaction of ours with a url of usual length */

/* GW_READY_*, as of the head of *chain. NO: ret_text says why and what to do. UNKNOWN: an answer does not tell, or has
 * not come; ret_text is then empty. Without *chain being known, no Golos Power at all is a NO, and all else UNKNOWN. */
uint8_t power_judge(const char *account, const struct account_power *power, const struct chain_bandwidth *chain,
		    char ret_text[GW_TEXT_SIZE]);

#endif
