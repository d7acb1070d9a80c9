/* SPDX-License-Identifier: MIT
 * See crashes.h. A line of the file is "WALL_S AGE_MS INSTANCE MARK CALLBACK SIGNAL", or "start". Runs in golos-watchd.
 */
#include "plugins/crashes.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"

#define DEATHS_MAX  256 /* kept, the newest */
#define LINE_SIZE   512
#define ROOM_BYTES  8192 /* kept for what comes, where the file system lets us: a full disk then hides no death */
#define WRITE_S	    3	 /* a dying process waits no longer for a disk */
#define STACK_BYTES 65536

struct death {
	int64_t wall_s, age_ms;
	char instance[200], mark[CRASH_MARK_SIZE], callback[32];
	int signal; /* 0: it called exit */
};

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS};
#define FATAL (sizeof(fatal) / sizeof(fatal[0]))

/* A signal's handler can ask nobody: the process's own state. */
static struct {
	int fd; /* where deaths go; -1: nowhere */
	pthread_t loop;
	const struct crashes_call *volatile call; /* the innermost; NULL: none */
	struct sigaction before[FATAL];
	size_t count;
	struct death deaths[DEATHS_MAX];
} crashes = {.fd = -1};

/* ---- at the death: only what a signal's handler may do ---------------------------------------------------------- */

static size_t put_text(char *line, size_t len, const char *text)
{
	while (*text && len < LINE_SIZE - 2)
		line[len++] = *text++;
	line[len++] = ' ';
	return len;
}

static size_t put_number(char *line, size_t len, int64_t number)
{
	char digits[24];
	size_t at = sizeof(digits) - 1;

	digits[at] = 0;
	do
		digits[--at] = (char)('0' + number % 10);
	while ((number /= 10) > 0);
	return put_text(line, len, digits + at);
}

static void note_death(int signal)
{
	const struct crashes_call *call = crashes.call;
	char line[LINE_SIZE];
	size_t len = 0;

	if (!call || crashes.fd < 0 || !pthread_equal(pthread_self(), crashes.loop))
		return;
	crashes.call = NULL;
	int64_t age_ms = clock_ms(CLOCK_MONOTONIC) - call->started_ms;

	len = put_number(line, len, clock_ms(CLOCK_REALTIME) / 1000);
	len = put_number(line, len, age_ms > 0 ? age_ms : 0);
	len = put_text(line, len, call->instance);
	len = put_text(line, len, call->mark);
	len = put_text(line, len, call->callback);
	len = put_number(line, len, signal);
	line[len - 1] = '\n';
	alarm(WRITE_S);
	ssize_t ignored = write(crashes.fd, line, len);
	(void)ignored;
	alarm(0);
}

/* Then it goes on as it would have without us. */
static void on_fatal(int signal)
{
	int saved_errno = errno;

	note_death(signal);
	for (size_t i = 0; i < FATAL; i++)
		if (fatal[i] == signal)
			sigaction(signal, &crashes.before[i], NULL);
	raise(signal); /* it is blocked until we return */
	errno = saved_errno;
}

static void on_exit_call(void)
{
	note_death(0);
}

/* ---- what stands in the file ------------------------------------------------------------------------------------ */

/* The next word of a line, which ends at a space or the line's end. */
static bool take_word(const char **at, char *ret, size_t size)
{
	size_t len = strcspn(*at, " \n");

	if (len == 0 || len >= size)
		return false;
	memcpy(ret, *at, len);
	ret[len] = '\0';
	*at += len + (*(*at + len) != '\0');
	return true;
}

static bool take_number(const char **at, int64_t *ret)
{
	char word[24], *end;

	if (!take_word(at, word, sizeof(word)))
		return false;
	errno = 0;
	*ret = strtoll(word, &end, 10);
	return !*end && !errno && *ret >= 0;
}

static bool parse_death(struct death *ret, const char *line)
{
	int64_t signal = 0;

	if (!take_number(&line, &ret->wall_s) || !take_number(&line, &ret->age_ms) ||
	    !take_word(&line, ret->instance, sizeof(ret->instance)) ||
	    !take_word(&line, ret->mark, sizeof(ret->mark)) ||
	    !take_word(&line, ret->callback, sizeof(ret->callback)) || !take_number(&line, &signal) || signal > 64)
		return false;
	ret->signal = (int)signal;
	return true;
}

static void describe(const struct death *death, char ret[GW_TEXT_SIZE])
{
	char how[64] = "exit was called";

	if (death->signal)
		snprintf(how, sizeof(how), "signal %d, %s", death->signal, strsignal(death->signal));
	snprintf(ret, GW_TEXT_SIZE,
		 "the process died in %s of plugin instance %.100s, %" PRId64 " s after its start (%.44s)",
		 death->callback, death->instance, death->age_ms / 1000, how);
}

/* The deaths; returns how many of the last are new since the last start. */
static size_t read_deaths(FILE *file)
{
	char line[LINE_SIZE];
	size_t fresh = 0;

	crashes.count = 0;
	while (fgets(line, sizeof(line), file)) {
		struct death death;

		if (strcmp(line, "start\n") == 0) {
			fresh = 0;
		} else if (parse_death(&death, line)) {
			if (crashes.count == DEATHS_MAX)
				memmove(crashes.deaths, crashes.deaths + 1, --crashes.count * sizeof(death));
			crashes.deaths[crashes.count++] = death;
			fresh += fresh < DEATHS_MAX;
		}
	}
	return fresh;
}

static void write_deaths(int fd)
{
	if (ftruncate(fd, 0))
		return;
	for (size_t i = 0; i < crashes.count; i++) {
		const struct death *death = &crashes.deaths[i];

		dprintf(fd, "%" PRId64 " %" PRId64 " %s %s %s %d\n", death->wall_s, death->age_ms, death->instance,
			death->mark, death->callback, death->signal);
	}
	dprintf(fd, "start\n");
	(void)fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)crashes.count * LINE_SIZE + ROOM_BYTES);
}

static void handle_fatal_signals(void)
{
	static char stack[STACK_BYTES];
	struct sigaction action = {.sa_handler = on_fatal, .sa_flags = SA_ONSTACK};
	stack_t present;

	if (sigaltstack(NULL, &present) == 0 && (present.ss_flags & SS_DISABLE))
		sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof(stack)}, NULL);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < FATAL; i++)
		sigaction(fatal[i], &action, &crashes.before[i]);
}

void crashes_open(const char *path, void (*tell)(void *context, const char *text), void *context)
{
	static bool handled;
	FILE *file = fopen(path, "re");
	size_t fresh = file ? read_deaths(file) : 0;
	char text[GW_TEXT_SIZE];

	if (file)
		fclose(file);
	for (size_t i = crashes.count - fresh; i < crashes.count; i++) {
		describe(&crashes.deaths[i], text);
		tell(context, text);
	}
	crashes.loop = pthread_self();
	crashes.fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (crashes.fd >= 0)
		write_deaths(crashes.fd);
	if (handled)
		return;
	handled = true;
	handle_fatal_signals();
	atexit(on_exit_call);
}

void crashes_close(void)
{
	if (crashes.fd >= 0)
		close(crashes.fd);
	crashes.fd = -1;
	crashes.count = 0;
}

void crashes_forget(void)
{
	crashes.count = 0;
	if (crashes.fd >= 0)
		write_deaths(crashes.fd);
}

/* ---- who is left out -------------------------------------------------------------------------------------------- */

/* FNV-1a: what is to be told apart are versions, not lies. */
static uint64_t add_bytes(uint64_t hash, const void *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ ((const uint8_t *)bytes)[i]) * 0x100000001b3;
	return hash;
}

static uint64_t add_text(uint64_t hash, const char *text)
{
	return add_bytes(hash, text, strlen(text) + 1);
}

static uint64_t add_file(uint64_t hash, const char *path)
{
	static char bytes[65536];
	FILE *file = fopen(path, "re");

	for (size_t n; file && (n = fread(bytes, 1, sizeof(bytes), file)) > 0;)
		hash = add_bytes(hash, bytes, n);
	if (file)
		fclose(file);
	return hash;
}

void crashes_mark(char ret[CRASH_MARK_SIZE], const struct config *config, const struct config_instance *instance)
{
	char *path = xasprintf("%s/%s.so", config->plugin_dir, instance->plugin);
	uint64_t hash = add_file(0xcbf29ce484222325, path);

	free(path);
	hash = add_text(hash, instance->plugin);
	hash = add_bytes(hash, &instance->grants, sizeof(instance->grants));
	for (size_t i = 0; i < instance->option_count; i++) {
		const struct config_option *option = &instance->options[i];

		hash = add_text(hash, option->name);
		for (size_t j = 0; j < option->count; j++)
			hash = add_text(hash, option->values[j]);
	}
	snprintf(ret, CRASH_MARK_SIZE, "%016" PRIx64, hash);
}

bool crashes_leaves_out(const char *instance, const char *mark, char ret_text[GW_TEXT_SIZE])
{
	const struct death *last = NULL;
	size_t found = 0;

	for (size_t i = crashes.count; i-- > 0 && found < CRASHES_MAX;) {
		const struct death *death = &crashes.deaths[i];

		if (strcmp(death->instance, instance) != 0 || strcmp(death->mark, mark) != 0 ||
		    death->age_ms > CRASHES_SOON_MS)
			continue;
		last = last ? last : death;
		if (last->wall_s - death->wall_s > CRASHES_SPAN_S)
			break;
		found++;
	}
	if (found < CRASHES_MAX)
		return false;
	snprintf(ret_text, GW_TEXT_SIZE,
		 "plugin instance %.100s is left out: the process died in its %s, %d deaths in a row; a reload, other "
		 "options or file try it again",
		 instance, last->callback, CRASHES_MAX);
	return true;
}

/* ---- around each call ------------------------------------------------------------------------------------------- */

void crashes_enter(struct crashes_call *call)
{
	call->outer = crashes.call;
	crashes.call = call;
}

void crashes_leave(const struct crashes_call *call)
{
	crashes.call = call->outer;
}
