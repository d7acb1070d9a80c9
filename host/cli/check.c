/* SPDX-License-Identifier: MIT
 * golos-watch check: the lines of its report. */
#include "cli/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void check_say(struct check *check, enum check_state state, const char *what, const char *fmt, ...)
{
	static const char *const names[] = {"ok", "wrong", "unknown"};
	static const enum tone tones[] = {TONE_GOOD, TONE_BAD, TONE_DOUBT};
	char text[640];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	check->counts[state]++;
	if (!check->cli->arguments.given[OPTION_JSON]) {
		print_word(tones[state], 9, names[state]);
		print_word(TONE_PLAIN, 15, what);
		print_line("%s", text);
		fflush(stdout); /* what comes next may take seconds */
		return;
	}
	json_open(&check->json, NULL, '{');
	json_put_text(&check->json, "check", what);
	json_put_text(&check->json, "state", names[state]);
	json_put_text(&check->json, "text", text);
	json_close(&check->json, '}');
}

enum check_state check_state_of(const char *word)
{
	return strcmp(word, "yes") == 0 ? CHECK_OK : strcmp(word, "no") == 0 ? CHECK_WRONG : CHECK_UNKNOWN;
}

void check_say_state(struct check *check, enum check_state state, const char *what, const char *text, const char *good,
		     const char *unknown)
{
	check_say(check, state, what, "%s", text[0] ? text : state == CHECK_OK ? good : unknown);
}

void check_say_told(struct check *check, const struct config_instance *instance, const char *what, const char *good,
		    const char *unknown)
{
	const struct json *instances = check->daemon ? told_list(check->daemon, "instances") : NULL, *told = NULL;

	for (size_t i = 0; i < told_size(instances); i++)
		if (strcmp(told_text(json_element(instances, i), "name"), instance->name) == 0 &&
		    json_get_object(json_element(instances, i), what, &told, NULL))
			told = NULL; /* an older daemon */
	enum check_state state = told ? check_state_of(told_text(told, "state")) : CHECK_UNKNOWN;
	const char *text = told ? told_text(told, "text") : "";

	check_say_state(check, state, what, text, good, unknown);
}
