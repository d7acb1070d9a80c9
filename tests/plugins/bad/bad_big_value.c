/* SPDX-License-Identifier: MIT
 * Stores more than the store takes. */
static const char bytes[20000];
#define IN_BLOCK(self, event) (self)->store->put((self)->host, "key", bytes, sizeof(bytes))
#include "bad.h"
