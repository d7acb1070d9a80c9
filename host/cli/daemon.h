/* SPDX-License-Identifier: MIT
 *
 * Orders to the running daemon: one request of the control socket's each, and what its instances said to it. A takeover
 * is followed until our first block.
 */
#ifndef CLI_DAEMON_H
#define CLI_DAEMON_H

#include "cli/cli.h"
#include "cli/client.h"

#define DAEMON_STATUS "{\"v\":1,\"verb\":\"status\"}"

/* A request with --instance in it; more members may follow. daemon_ask closes, sends and frees it. */
void daemon_begin(struct json_writer *w, const struct cli *cli, const char *verb);
/* As ctl_ask. */
NODISCARD gw_status daemon_ask(const struct cli *cli, struct json_writer *w, struct json **ret_root,
			       const struct json **ret_result, struct error *err);
/* As cli_fail; a daemon that is not there is no mistake in the command line: EXIT_UNAVAILABLE. */
int daemon_fail(const struct error *err);
/* What each instance said to an order; EXIT_FAILED where one refused, or none took it. */
int daemon_show_answers(const struct cli *cli, const struct json *answers);

/* "witness_monitor: foo", with the plugin where the instance has another name. */
void daemon_show_heading(const struct json *instance, const char *witness);

/* The running daemon takes over; configured. Returns once our first block came, or it is known why not, or when no more
 * is known in time; with --no-wait at once. GW_ERR_NOT_FOUND: no daemon runs; GW_OK: *ret_exit is the exit status. */
NODISCARD gw_status daemon_takeover(struct cli *cli, int *ret_exit, struct error *err);

#endif
