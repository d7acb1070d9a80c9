/* SPDX-License-Identifier: MIT
 *
 * One start of the real golos-watchd in a directory of its own, until it ends: what it said, and how it ended. Its one
 * plugin is `spy`, with which each daemon ends (EXIT_PLUGIN). What cannot be set up fails the test.
 */
#ifndef ATTACK_ONE_START_H
#define ATTACK_ONE_START_H

#include "base/error.h"
#include "test.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Group setup and teardown. */
int start_make_directory(void **state);
int start_remove_directory(void **state);
/* "DIRECTORY/name", until the next eighth. `plugins` and `state` are there. */
const char *start_path(const char *name);

/* Writes a configuration and returns its path. `top` (lines), `signer` (", "-joined) and `instance` (", …") come beside
 * what each has. */
const char *start_config(const char *top, const char *signer, const char *instance);
/* The older form, with the first fixture's key in it. */
const char *start_older_config(const char *top);

/* Where the host writes: a pipe, or a terminal of a session of its own. */
struct start_output {
	int ours, theirs;
};
struct start_output start_pipe(void);
struct start_output start_terminal(void);

/* From now on it is started as that user; NULL: as ourselves. Needs root. */
void start_as_user(const char *name);
/* Runs it until its end; the exit status. arguments, environment: lists up to NULL; the second may be NULL. */
int start_host(struct start_output output, const char *const *arguments, const char *const *environment);
int start_program(const char *name, struct start_output output, const char *const *arguments,
		  const char *const *environment);
/* By the program that ran last. */
const char *start_said(void);
void start_assert_said(const char *text);
void start_assert_not_said(const char *text);

#endif
