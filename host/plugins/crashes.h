/* SPDX-License-Identifier: MIT
 *
 * Which instance's callback the process died in. While the host calls a plugin, this module knows whom; a fatal signal,
 * or an exit from inside, writes one line of it to a file. The next start reads it, says it, and leaves out an instance
 * that keeps killing the host. Nothing is written before the death, so no disk is waited for. [loop]
 *
 * What kills without a word is not seen: SIGKILL, and _exit from inside a plugin.
 */
#ifndef PLUGINS_CRASHES_H
#define PLUGINS_CRASHES_H

#include "config/config.h"

#define CRASHES_MAX	3      /* then the instance is left out */
#define CRASHES_SOON_MS 600000 /* of an instance's start: a death that comes later counts for nothing */
#define CRASHES_SPAN_S	86400  /* between the first and the last of them */
#define CRASH_MARK_SIZE 17

/* Reads the deaths of before, and begins to note new ones. `tell` is called with a sentence for each since the last
 * start. A file that cannot be opened is as one that is empty, and nothing is noted. */
void crashes_open(const char *path, void (*tell)(void *context, const char *text), void *context);
void crashes_close(void);

/* The plugin's file and the instance's configuration in short: another one is another instance. */
void crashes_mark(char ret[CRASH_MARK_SIZE], const struct config *config, const struct config_instance *instance);
/* The process died of it CRASHES_MAX times in a row of at most a day, soon after its start each time; ret_text then
 * says so. */
bool crashes_leaves_out(const char *instance, const char *mark, char ret_text[GW_TEXT_SIZE]);
/* All is forgiven: somebody asks for another try. */
void crashes_forget(void);

/* ---- around each call into a plugin; they nest ------------------------------------------------------------------ */
struct crashes_call {
	const char *instance, *mark, *callback;
	int64_t started_ms; /* of the instance, monotonic */
	const struct crashes_call *outer;
};
void crashes_enter(struct crashes_call *call); /* all but `outer` is filled in; it lives until crashes_leave */
void crashes_leave(const struct crashes_call *call);

#endif
