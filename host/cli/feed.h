/* SPDX-License-Identifier: MIT
 *
 * A price feed of the running daemon: what it shows, and the orders that ask its sources now.
 */
#ifndef CLI_FEED_H
#define CLI_FEED_H

#include "cli/daemon.h"

/* Of an entry of the status's `instances`. */
bool feed_is(const struct json *instance);
/* Its sources, quantities, price, and what is on chain; status: the instance's own. */
void feed_show(const struct json *status, int64_t now_s);

/* "try" or "publish". Errors as ctl_ask; *ret_answers has the instance's words, which may be a refusal. */
NODISCARD gw_status feed_order(const struct cli *cli, const char *instance, const char *verb, struct json **ret_root,
			       const struct json **ret_answers, struct error *err);
/* Waits until what was ordered is over; *ret_instance is the instance as it then stands, borrowed of *ret_root. tells: each
 * step is printed. GW_ERR_TIMEOUT, GW_ERR_UNAVAILABLE: nobody knows what came of it. */
NODISCARD gw_status feed_await(const char *control, const char *instance, bool tells, struct json **ret_root,
			       const struct json **ret_instance, struct error *err);

#endif
