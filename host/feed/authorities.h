/* SPDX-License-Identifier: MIT
 *
 * Follows which of the signer's keys satisfy the active authority of a witness's account. A node in sync is asked at
 * the start, each ten minutes, and when golosd refused a signature. While an authority is not reached, each half
 * minute, for the owner may mend that at any time. The same answers show whether the account's Golos Power pays for a
 * transaction. [loop]
 */
#ifndef HOST_AUTHORITIES_H
#define HOST_AUTHORITIES_H

#include "feed/observer.h"
#include "signer/client.h"

#define AUTHORITIES_INTERVAL_S 600
#define AUTHORITIES_UNREADY_S  30

struct authorities;

enum authorities_part { PART_AUTHORITY, PART_POWER };

/* changed: the known authority of this witness, or what its Golos Power pays for, changed. */
struct authorities *authorities_new(struct loop *loop, struct observer *observer, const struct signer *signer,
				    void (*changed)(void *context, const char *witness, enum authorities_part part),
				    void *context);
void authorities_free(struct authorities *authorities);
/* Begins to follow an account. */
void authorities_follow(struct authorities *authorities, const char *witness);
/* Asks again about all. */
void authorities_refresh(struct authorities *authorities);
/* An endpoint came, went or moved on: unknown authorities are requested at once. */
void authorities_endpoints(struct authorities *authorities);
/* GW_READY_*; where NO, ret_text says why. */
uint8_t authorities_state(const struct authorities *authorities, const char *witness, char ret_text[GW_TEXT_SIZE]);
/* Can the account pay for a transaction by its Golos Power? GW_READY_*; where NO, ret_text says why. UNKNOWN with a text:
 * the nodes do not tell; without: no answer yet. This says nothing of the keys. */
uint8_t authorities_power(const struct authorities *authorities, const char *witness, char ret_text[GW_TEXT_SIZE]);
/* True where the keys have never reached it, and an answer some seconds after the first confirmed that: a wrong
 * configuration. */
bool authorities_is_wrong(const struct authorities *authorities, const char *witness);
/* True: no node has answered for the authority within 90 s; ret_why names it. */
bool authorities_is_blind(const struct authorities *authorities, const char *witness, char ret_why[GW_TEXT_SIZE]);
/* The smallest set of keys that reaches the threshold, as indices into the signer's list; 0: not known or not reached.
 */
size_t authorities_keys(const struct authorities *authorities, const char *witness, uint32_t ret_keys[SIGNER_KEYS_MAX]);

#endif
