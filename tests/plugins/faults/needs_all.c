/* SPDX-License-Identifier: MIT
 * Not a fault: needs all that the host offers. */
#include <golos_watch/plugin.h>
static const char *const needs[] = {GW_SERVICE_CHAIN,
				    GW_SERVICE_SUBMIT,
				    GW_SERVICE_NOTICE,
				    GW_SERVICE_STORE,
				    GW_SERVICE_RPC,
				    GW_SERVICE_HTTP,
				    NULL};
#define NEEDS needs
#include "good.h"
