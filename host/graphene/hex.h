/* SPDX-License-Identifier: MIT
 *
 * Hex, and nothing else. Pure.
 */
#ifndef GRAPHENE_HEX_H
#define GRAPHENE_HEX_H

#include "base/error.h"

void hex_encode(char *ret /* 2 * len + 1 */, const uint8_t *bytes, size_t len);
/* Exactly 2 * len digits, either case; else GW_ERR_SYNTAX. */
NODISCARD gw_status hex_decode(uint8_t *ret, size_t len, const char *text, size_t text_len);

#endif
