/* SPDX-License-Identifier: MIT
 *
 * Text and actions of the monitor.
 */
#include "rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Notices leave so many places to the actions that must not be lost. */
#define ROOM_FOR_DEEDS 8 /* what two decisions can ask for */

void text_copy(char *to, size_t size, const char *from)
{
	size_t len = strnlen(from, size - 1);

	memmove(to, from, len);
	memset(to + len, 0, size - len);
}

bool text_say(char text[GW_TEXT_SIZE], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(text, GW_TEXT_SIZE, format, args);
	va_end(args);
	return true;
}

struct monitor_action *text_action(struct monitor_actions *out, enum monitor_action_type type)
{
	struct monitor_action *action;

	if (out->count == MONITOR_ACTIONS_MAX) /* never so many: notices leave room */
		out->count--;
	action = &out->list[out->count++];
	memset(action, 0, sizeof(*action));
	action->type = type;
	return action;
}

void text_notice(struct monitor_actions *out, int32_t severity, const char *code, const char *format, ...)
{
	struct monitor_action *action;
	va_list args;

	if (out->count >= MONITOR_ACTIONS_MAX - ROOM_FOR_DEEDS)
		return;
	action = text_action(out, MONITOR_NOTICE);
	action->severity = severity;
	action->code = code;
	va_start(args, format);
	vsnprintf(action->text, sizeof(action->text), format, args);
	va_end(args);
}

void text_put(struct writer *w, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(w->text + w->used, w->cap - w->used, format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= w->cap - w->used)
		w->full = true;
	else
		w->used += (size_t)len;
}
