/* SPDX-License-Identifier: MIT
 *
 * Runs the real golos-watch and keeps what it said.
 */
#ifndef TESTS_CTL_RUN_H
#define TESTS_CTL_RUN_H

#include <sys/types.h>

#include "base/json.h"
#include "test.h"

#define RUN_TEXT_MAX (1u << 18)

struct run {
	int status; /* exit status; 1000 + signal */
	char out[RUN_TEXT_MAX], err[RUN_TEXT_MAX];
};

/* arguments: NULL-terminated, without the program. input: what stands on standard input; NULL: nothing, /dev/null. The
 * result lives until the next run. */
const struct run *run_with(const char *input, const char *const *arguments);
#define run(...)	      run_with(NULL, (const char *const[]){__VA_ARGS__, NULL})
#define run_input(input, ...) run_with(input, (const char *const[]){__VA_ARGS__, NULL})
/* In two steps, so that several run at once. */
struct run_begun {
	pid_t pid;
	int out, err;
};
struct run_begun run_begin(const char *input, const char *const *arguments);
const struct run *run_finish(const struct run_begun *begun);

#define RUN_ROWS    18
#define RUN_COLUMNS 80
/* The same at a terminal of its own and of that size, where each part of `answers` is typed when its turn comes: {what
 * it shows first, what is then typed}, up to {NULL}. All that the terminal showed is in `out`. */
struct run_answer {
	const char *prompt, *typed;
};
const struct run *run_at_terminal(const struct run_answer *answers, const char *const *arguments);

/* Fails the test unless it ended with this status; shows what it said. */
void assert_status(const struct run *run, int status);
/* Fails the test unless the text holds `part`. */
void assert_holds(const char *text, const char *part);
void assert_lacks(const char *text, const char *part);
/* A file of the test's own. */
void run_write_file(const char *path, const char *text, mode_t mode);
/* What was printed as JSON; freed by the caller. */
struct json *run_json(const struct run *run);

#endif
