/* SPDX-License-Identifier: MIT
 *
 * What the tests of the count of signatures share: a ledger with its writer, and one witness's and key's count.
 */
#ifndef TEST_SIGNER_LEDGER_SCENE_H
#define TEST_SIGNER_LEDGER_SCENE_H

#include "fixture.h"
#include "signer/program/ledger.h"

#define LEDGER_NOW	   1700000000
#define LEDGER_PATIENCE_MS 60000 /* for a disk that is only busy */

/* path: NULL for one in memory. report: as ledger_start. Ended by scene_end. */
struct ledger *scene_open(const char *path, int64_t now_s, void (*report)(const char *why));
void scene_end(struct ledger *ledger);
size_t scene_used(struct ledger *ledger, const char *witness, size_t key, int64_t now_s);

#endif
