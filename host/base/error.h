/* SPDX-License-Identifier: MIT
 *
 * Errors, one way throughout: a function that can fail returns a gw_status. One that knows the reason also fills a
 * `struct error` with one sentence, which names the thing and its place. Outputs are written only on success. Pure: no
 * log, no I/O.
 */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H

#include <golos_watch/types.h>
#include <stdbool.h>

#define NODISCARD	       __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

struct error {
	gw_status status;
	char text[512]; /* one sentence, no newline, never a secret */
};

/* Fills *err (may be NULL) and returns `status`, so that a failing path is one line. Cuts with "…" at its size. */
gw_status error_set(struct error *err, gw_status status, const char *fmt, ...) PRINTF_LIKE(3, 4);
#ifdef __clang_analyzer__ /* which cannot see into error.c that what comes back is `status`, and so not GW_OK */
#define error_set(err, status, ...) ((error_set)(err, status, __VA_ARGS__), (status))
#endif

/* Puts "prefix: " before the text already in *err, as the error travels up; returns err->status. */
gw_status error_prefix(struct error *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* A short name of a status, for logs. Never NULL. */
const char *status_name(gw_status status);

/* Exit statuses of golos-watchd and golos-watch; sysexits-like, listed in the man pages. A supervisor must not restart
 * EXIT_CONFIG, EXIT_TRUST, EXIT_KEY, EXIT_PLUGIN and EXIT_CHAIN. */
enum exit_status {
	EXIT_OK = 0,
	EXIT_FAILED = 1,       /* anything else */
	EXIT_USAGE = 64,       /* wrong command line */
	EXIT_UNAVAILABLE = 69, /* command line: node or daemon not reached */
	EXIT_SIGNER = 70,      /* the signer ended */
	EXIT_SYSTEM = 71,      /* the operating system refused what is needed */
	EXIT_CONFIG = 78,      /* configuration */
	EXIT_KEY = 79,	       /* a key cannot be read, is bad, or is not the account's active key */
	EXIT_TRUST = 80,       /* a file that others could have changed */
	EXIT_PLUGIN = 81,      /* a plugin is missing, of another ABI, or failed to open */
	EXIT_CHAIN = 82,       /* the node is on another chain */
};

/* Of a failure: trust and configuration go before all; of_key: it was about a key, so a value that is not one is
 * EXIT_KEY; `otherwise`: of all else. GW_OK: EXIT_OK. */
int exit_status_of(gw_status status, bool of_key, int otherwise);

#endif
