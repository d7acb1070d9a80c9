/* SPDX-License-Identifier: MIT
 *
 * uthash, as every file here wants it: its usual hash has a switch that falls through, which clang warns of wherever it
 * is expanded.
 */
#ifndef BASE_HASH_TABLE_H
#define BASE_HASH_TABLE_H

#define HASH_FUNCTION(key, len, ret) HASH_FNV(key, len, ret)
#include <uthash.h>

#endif
