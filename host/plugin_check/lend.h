/* SPDX-License-Identifier: MIT
 *
 * Memory that a plugin is lent for one call: read-only while the call runs, and out of reach after it. Who keeps a
 * pointer, writes into an event, or writes beyond a buffer dies of it and is named.
 */
#ifndef PLUGIN_CHECK_LEND_H
#define PLUGIN_CHECK_LEND_H

#include <stddef.h>

/* Begins what is lent to a call; calls nest. */
void lend_begin(const char *call);
/* Copies, until lend_lock. They live until lend_end of the same call. */
void *lend(const void *bytes, size_t len);
const char *lend_text(const char *text); /* NULL stays NULL */
/* An array of pointers to copies of `count` things of `len` bytes. */
const void *lend_list(const void *const *list, size_t count, size_t len);
/* Zeros to be written by the call, `len` bytes: the next one is out of reach. */
char *lend_buffer(size_t len);
void lend_lock(void);
void lend_end(void);

/* From now on a fatal signal ends the process with this status and a sentence in the report. */
#define LEND_FAULT_NAMED 97
void lend_catch_faults(void);

#endif
