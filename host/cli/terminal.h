/* SPDX-License-Identifier: MIT
 *
 * What only a person at a terminal gives: a yes, a secret. Secrets lie in memory that the caller wipes with
 * secret_text_wipe, and come from the terminal with echo off, from standard input, or from a file.
 */
#ifndef CTL_TERMINAL_H
#define CTL_TERMINAL_H

#include "base/error.h"
#include <stdbool.h>

#define SECRET_TEXT_MAX 2048

struct secret_text {
	size_t len;
	char text[SECRET_TEXT_MAX]; /* NUL-terminated */
};
void secret_text_wipe(struct secret_text *secret);

/* No core file, and no other process of this user may read this one's memory. */
void terminal_guard_memory(void);

/* All of standard input when it is no terminal, up to its end; else one line typed with echo off after `prompt`. A
 * newline at the end is taken off. */
NODISCARD gw_status terminal_read_secret(struct secret_text *ret, const char *prompt, struct error *err);
/* A passphrase: source "file:PATH" (private, one line), or NULL: typed at the terminal, twice if `twice`. */
NODISCARD gw_status terminal_read_passphrase(struct secret_text *ret, const char *source, const char *prompt,
					     bool twice, struct error *err);
#define ANSWER_SIZE 1024
struct answer {
	char text[ANSWER_SIZE]; /* NUL-terminated, without the newline */
};
/* Whether somebody can be asked: standard input is a terminal. */
bool terminal_is_there(void);
/* A line typed after `question`; where it is empty, `usual` (NULL: there is none, and it is asked again). Without a
 * terminal GW_ERR_SYNTAX, which says that `option` is missing. */
NODISCARD gw_status terminal_ask(struct answer *ret, const char *question, const char *usual, const char *option,
				 struct error *err);
/* "question [y/N] ". GW_ERR_DENIED: no, or nobody there to ask. */
NODISCARD gw_status terminal_confirm(const char *question, struct error *err);

#endif
