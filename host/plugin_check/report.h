/* SPDX-License-Identifier: MIT
 *
 * What was found, in memory that the tool shares with the process in which a plugin runs: a crash loses nothing.
 */
#ifndef PLUGIN_CHECK_REPORT_H
#define PLUGIN_CHECK_REPORT_H

#include <stdatomic.h>
#include <stdbool.h>

#include "base/error.h"

#define FINDINGS_MAX 64
#define FINDING_SIZE 400

struct report {
	atomic_uint count; /* of findings; those beyond FINDINGS_MAX are not kept */
	char findings[FINDINGS_MAX][FINDING_SIZE];
	char call[48];	  /* the plugin's function that runs; "": none */
	char during[200]; /* what is being tried */
	char watches[GW_ACCOUNT_SIZE * 8];
	unsigned calls;		  /* into the plugin, of all scenes */
	bool over;		  /* the scene came to its end */
	bool closed;		  /* it does not even open: there is nothing else to try */
	char usage[FINDING_SIZE]; /* what is wrong with the arguments; "": nothing */
};

/* One for the program; made before the first fork. */
extern struct report *report;
void report_open(void);
/* [any] One sentence; the same one is kept once. */
void report_finding(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* "on_block", or "it" where no function of the plugin runs. */
const char *report_who(void);

#endif
