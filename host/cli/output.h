/* SPDX-License-Identifier: MIT
 *
 * What golos-watch says on standard output. At a terminal lines are wrapped at its width and words may have a colour
 * (not where NO_COLOR is set); into a pipe or a file each line stays whole and plain. One thread.
 */
#ifndef CTL_OUTPUT_H
#define CTL_OUTPUT_H

#include <stdio.h>

#include "base/error.h"
#include "base/json_writer.h"

enum tone { TONE_PLAIN, TONE_GOOD, TONE_DOUBT, TONE_BAD };

/* A word at the beginning of a line, padded to `width` columns; what is printed next goes on behind it. */
void print_word(enum tone tone, int width, const char *word);
/* The rest of a line. Control bytes, which may come from a node, are shown as \xNN. At a terminal it is wrapped under
 * where it began. */
void print_line(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* "label        text" */
void print_field(const char *label, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Text that goes on at column `at`, and its continued lines under that, 80 columns wide wherever it goes. */
void print_wrapped(FILE *to, int at, const char *text);
/* JSON and a newline on stdout; control characters in its strings, which may come from a node, as \uXXXX. */
void print_json(const char *text);
/* The same of the writer's text; frees it. */
void print_json_take(struct json_writer *w);
/* The same escapes, in one line. */
void print_escaped(FILE *to, const char *text);

/* Begins the screen anew: at a terminal from its top, and what would scroll is left out; else after an empty line. */
void print_screen(void);

#endif
