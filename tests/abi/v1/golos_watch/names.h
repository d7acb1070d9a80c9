/* SPDX-License-Identifier: MIT
 *
 * The words for numbers of types.h, as they stand in JSON, in the journal and in log lines. Pure, and no part of the
 * ABI.
 */
#ifndef GOLOS_WATCH_NAMES_H
#define GOLOS_WATCH_NAMES_H

#include <golos_watch/types.h>

/* GW_SUBMISSION_*; 0: there is none. */
static inline const char *gw_submission_name(int32_t state)
{
	static const char *const names[] = {"none", "waiting",	"recorded",	"signed",
					    "sent", "in_block", "irreversible", "failed"};

	return state < 0 || state > GW_SUBMISSION_FAILED ? "failed" : names[state];
}

/* GW_DEBUG to GW_CRITICAL; what is none of them is info. */
static inline const char *gw_severity_name(int32_t severity)
{
	static const char *const names[] = {"debug", "info", "warning", "critical"};

	return names[severity < GW_DEBUG || severity > GW_CRITICAL ? GW_INFO : severity];
}

/* GW_READY_* */
static inline const char *gw_ready_name(int32_t ready)
{
	static const char *const names[] = {"unknown", "yes", "no"};

	return names[ready < GW_READY_UNKNOWN || ready > GW_READY_NO ? GW_READY_UNKNOWN : ready];
}

#endif
