/* SPDX-License-Identifier: MIT
 *
 * The table of faults. Pure.
 */
#include "node/fault.h"

/* A fault that touches no other message keeps the connection. A repeated reply is not used, and an answer of a wrong
 * form reaches its own caller alone. Where a message cannot be assigned to its request, or a block is lost, the
 * connection ends. A new one starts from the node's head at that time. */
static const struct fault_rule rules[FAULT_COUNT] = {
	[FAULT_NONE] = {"none", false},
	[FAULT_BINARY] = {"binary message", true},
	[FAULT_TOO_LONG] = {"message too long", true},
	[FAULT_NOT_JSON] = {"not one JSON value", true},
	[FAULT_NOT_REPLY] = {"not a reply", true},
	[FAULT_VERSION] = {"wrong JSON-RPC version", true},
	[FAULT_ID_FORM] = {"id of a wrong form", true},
	[FAULT_ID_NULL] = {"id is null", false},
	[FAULT_ID_UNKNOWN] = {"reply to no request", true},
	[FAULT_ID_REPEATED] = {"reply twice", false},
	[FAULT_BOTH] = {"result and error", true},
	[FAULT_NEITHER] = {"neither result nor error", true},
	[FAULT_ERROR_FORM] = {"error of a wrong form", true},
	[FAULT_BLOCK] = {"bad block", true},
	[FAULT_CONFIG] = {"bad get_config", true},
	[FAULT_SUBSCRIPTION] = {"subscription refused", true},
	[FAULT_ANSWER] = {"bad answer", false},
};

const struct fault_rule *fault_rule(enum fault fault)
{
	return &rules[fault];
}
