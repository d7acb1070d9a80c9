/* SPDX-License-Identifier: MIT
 * Standard output for people. Runs in golos-watch. */
#include "cli/output.h"

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/utf8.h"

#define COLUMNS	    80 /* of a terminal that does not tell */
#define COLUMNS_MIN 40
#define HANG_MAX    32 /* a continued line begins there at most */
#define FIELD_WIDTH 15

static int column;		/* where the next character goes, from 0 */
static int rows_left = INT_MAX; /* of the screen */

static bool is_terminal(void)
{
	return isatty(STDOUT_FILENO) == 1;
}

static struct winsize terminal_size(void)
{
	struct winsize size = {.ws_row = 0};

	if (!is_terminal() || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0)
		size.ws_row = size.ws_col = 0;
	return size;
}

/* Columns of a line; INT_MAX: it is never wrapped. */
static int line_width(void)
{
	int columns = terminal_size().ws_col;

	if (!is_terminal())
		return INT_MAX;
	return columns == 0 ? COLUMNS : columns < COLUMNS_MIN ? COLUMNS_MIN : columns;
}

static bool has_colours(void)
{
	const char *none = getenv("NO_COLOR"), *term = getenv("TERM");

	return is_terminal() && !(none && *none) && !(term && strcmp(term, "dumb") == 0);
}

/* ---- text -------------------------------------------------------------------------------------------------------- */

/* Bytes of the first character, which is shown as `ret`; columns are counted as characters. */
static size_t take_character(const char *text, const char *end, char ret[8])
{
	size_t len = utf8_length(text, (size_t)(end - text));
	unsigned char byte = (unsigned char)*text;

	if (len == 0 || utf8_is_control(utf8_code(text, len))) {
		snprintf(ret, 8, "\\x%02x", byte);
		return 1;
	}
	memcpy(ret, text, len);
	ret[len] = '\0';
	return len;
}

static int columns_of(const char *shown)
{
	return shown[0] == '\\' && shown[1] == 'x' ? 4 : 1;
}

void print_escaped(FILE *to, const char *text)
{
	const char *end = text + strlen(text);
	char shown[8];

	while (text < end) {
		text += take_character(text, end, shown);
		fputs(shown, to);
	}
	fputc('\n', to);
}

static void end_line(FILE *to)
{
	column = 0;
	if (rows_left > 1) /* the last row has no newline, which would scroll */
		fputc('\n', to);
	if (rows_left != INT_MAX)
		rows_left--;
}

/* Columns up to the next space. */
static int word_columns(const char *text, const char *end)
{
	int columns = 0;
	char shown[8];

	while (text < end && *text != ' ') {
		text += take_character(text, end, shown);
		columns += columns_of(shown);
	}
	return columns;
}

/* The rest of a line; what does not fit goes on under column `hang`. */
static void put_wrapped(FILE *to, const char *text, int width, int hang)
{
	const char *end = text + strlen(text);
	char shown[8];

	while (text < end && rows_left > 0) {
		if (*text == ' ' && column > hang && column + 1 + word_columns(text + 1, end) > width) {
			end_line(to);
			for (text++; column < hang && rows_left > 0; column++)
				fputc(' ', to);
			continue;
		}
		text += take_character(text, end, shown);
		fputs(shown, to);
		column += columns_of(shown);
	}
	if (rows_left > 0)
		end_line(to);
}

void print_wrapped(FILE *to, int at, const char *text)
{
	column = at;
	put_wrapped(to, text, COLUMNS, at);
}

/* ---- lines ------------------------------------------------------------------------------------------------------- */

void print_word(enum tone tone, int width, const char *word)
{
	static const char *const colours[] = {"", "\033[32m", "\033[33m", "\033[1;31m"};
	bool coloured = tone != TONE_PLAIN && has_colours();
	int len = (int)strlen(word);

	if (rows_left <= 0)
		return;
	printf("%s%s%s%*s", coloured ? colours[tone] : "", word, coloured ? "\033[0m" : "",
	       len < width ? width - len : 0, "");
	column += len < width ? width : len;
}

static void print_formatted(const char *fmt, va_list args) __attribute__((format(printf, 1, 0)));

static void print_formatted(const char *fmt, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, args) < 0)
		abort(); /* no memory */
	int hang = column + (int)strspn(text, " ");
	put_wrapped(stdout, text, line_width(), hang < HANG_MAX ? hang : HANG_MAX);
	free(text);
}

void print_line(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	print_formatted(fmt, args);
	va_end(args);
}

void print_field(const char *label, const char *fmt, ...)
{
	va_list args;

	print_word(TONE_PLAIN, FIELD_WIDTH, label);
	va_start(args, fmt);
	print_formatted(fmt, args);
	va_end(args);
}

void print_json(const char *text)
{
	const char *end = text + strlen(text);

	while (text < end) {
		size_t len = utf8_length(text, (size_t)(end - text));
		uint32_t code = len ? utf8_code(text, len) : 0;

		if (code >= 0x7f && utf8_is_control(code)) /* those below are escaped in it already */
			printf("\\u%04x", code);
		else
			fwrite(text, 1, len ? len : 1, stdout);
		text += len ? len : 1;
	}
	putchar('\n');
}

void print_json_take(struct json_writer *w)
{
	print_json(w->text);
	json_writer_done(w);
}

void print_screen(void)
{
	static bool again;
	int rows = terminal_size().ws_row;

	column = 0;
	if (is_terminal())
		fputs("\033[H\033[J", stdout);
	else if (again)
		putchar('\n');
	again = true;
	rows_left = rows > 0 ? rows : INT_MAX;
}
