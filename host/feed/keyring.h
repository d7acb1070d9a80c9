/* SPDX-License-Identifier: MIT
 *
 * Which of the signer's keys reach a witness account's active authority, and what golosd's own config holds: what the
 * plugins are told as readiness. Asks a node in sync at start, each ten minutes, and when golosd refused a signature;
 * each half minute about an account whose authority is not reached, for its owner may mend that at any time.
 * [loop]
 */
#ifndef HOST_KEYRING_H
#define HOST_KEYRING_H

#include "feed/watch.h"
#include "signer/client.h"

#define KEYRING_INTERVAL_S 600
#define KEYRING_UNREADY_S  30

struct keyring;

/* changed: what is known of this witness's authority changed. */
struct keyring *keyring_new(struct loop *loop, struct watch *watch, const struct signer *signer,
			    void (*changed)(void *context, const char *witness), void *context);
void keyring_free(struct keyring *keyring);
/* Begins to follow an account. */
void keyring_follow(struct keyring *keyring, const char *witness);
/* Asks again about all. */
void keyring_refresh(struct keyring *keyring);
/* An endpoint came, went or moved on: what is not known yet is asked at once. */
void keyring_endpoints(struct keyring *keyring);
/* GW_READY_*; where NO, ret_text says why. */
uint8_t keyring_authority(const struct keyring *keyring, const char *witness, char ret_text[GW_TEXT_SIZE]);
/* True where they have never reached it, and an answer has said so again some seconds after the first: a wrong
 * configuration. */
bool keyring_is_wrong(const struct keyring *keyring, const char *witness);
/* True: the nodes were asked for a while, and none has told of the authority; ret_why names it. */
bool keyring_is_blind(const struct keyring *keyring, const char *witness, char ret_why[GW_TEXT_SIZE]);
/* The smallest set of keys that reaches the threshold, as indices into the signer's list; 0: not known or not reached.
 */
size_t keyring_keys(const struct keyring *keyring, const char *witness, uint32_t ret_keys[SIGNER_KEYS_MAX]);

#endif
