/* SPDX-License-Identifier: MIT
 * Does not look at the length that it is given. */
#define STATUS_TEXT		 "{\"a\":1}"
#define IN_STATUS(ret_json, cap) ((void)(cap), memcpy(ret_json, STATUS_TEXT, sizeof(STATUS_TEXT)), GW_OK)
#include "bad.h"
