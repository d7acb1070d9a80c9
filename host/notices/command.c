/* SPDX-License-Identifier: MIT
 *
 * Runs the operator's program for each notice. Runs in golos-watchd.
 */
#include "notices/command.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utlist.h>

#include <golos_watch/names.h>

#include "base/json_writer.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/time_text.h"

#define RECENT_MAX   1024 /* notices remembered against repeats */
#define ASK_AGAIN_MS 1000
#define WORDS_MAX    160  /* of what the program writes, for the log */
#define END_MS	     1000 /* a killed program is waited for so long */

struct message {
	struct message *prev, *next;
	int32_t severity;
	char *json;
};

struct notice_command {
	struct loop *loop;
	char *path;
	int64_t limit_ms;
	bool (*may_run)(void *context);
	void *context;
	struct loop_timer *timer; /* asks again, or the running program's limit */
	struct message *first;	  /* utlist's */
	size_t waiting;
	/* the running program */
	pid_t pid; /* 0: none */
	int pidfd;
	struct loop_fd *loop_fd;
	int output; /* what it writes; -1: closed */
	struct loop_fd *output_watch;
	char words[WORDS_MAX]; /* its first ones */
	size_t words_len;
	/* against repeats */
	struct recent {
		uint64_t hash;
		uint64_t thing_hash; /* its subject; 0: no other notice has the same */
		int64_t reported_ms; /* monotonic */
	} recent[RECENT_MAX];
	size_t recent_at;
};

static void run_next(struct notice_command *command);

/* ---- repeats ---------------------------------------------------------------------------------------------------- */

/* Length of a number that stands alone; 0: none. A digit of a name or an address is no number. */
static size_t number_length(const char *text, bool word_begins)
{
	size_t len = word_begins ? strspn(text, "0123456789") : 0;

	if (len > 0 && text[len] == '.')
		len += 1 + strspn(text + len + 1, "0123456789");
	return len > 0 && strchr(" ,:;)", text[len]) ? len : 0;
}

/* The hash of a text without its numbers: they change while the news stays the same. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
	bool word_begins = true;

	while (*text) {
		text += number_length(text, word_begins);
		if (!*text)
			break;
		word_begins = strchr(" (", *text) != NULL;
		hash = (hash ^ (unsigned char)*text++) * 1099511628211u; /* FNV-1a */
	}
	return hash * 1099511628211u;
}

/* Notices of one thing, each its present state: another of them meanwhile makes a notice new again. So does another
 * text of the same code. */
static const char *thing_of(const char *code)
{
	static const struct {
		const char *code, *thing;
	} things[] = {
		{"standby_not_ready", "standby"},
		{"standby_ready", "standby"},
		{"producer_not_ready", "producer"},
		{"producer_ready", "producer"},
		{"switch_due", "due"},
		{"switch_not_due", "due"},
		{"switching", "key"},
		{"producing", "key"},
		{"signing_key_changed", "key"},
		{"ordered", "order"},
		{"irreversible_stands", "irreversible"},
		{"irreversible_moves", "irreversible"},
		{"journal_failed", "journal"},
		{"journal_recovered", "journal"},
		{"journal_unread", "journal"},
		{"journal_opened", "journal"},
	};

	for (size_t i = 0; i < sizeof(things) / sizeof(things[0]); i++)
		if (strcmp(things[i].code, code) == 0)
			return things[i].thing;
	return NULL;
}

static bool reported_lately(struct notice_command *command, const struct gw_notice_event *event)
{
	const char *thing = thing_of(event->code);
	uint64_t source = hash_text(14695981039346656037u, event->source);
	uint64_t thing_hash = thing ? hash_text(source, thing) : 0;
	uint64_t hash = hash_text(hash_text(source, event->code), event->text);

	for (size_t age = 1; age <= RECENT_MAX; age++) { /* the newest first */
		const struct recent *recent = &command->recent[(command->recent_at + RECENT_MAX - age) % RECENT_MAX];
		if (!recent->reported_ms || event->now.mono_ms - recent->reported_ms >= COMMAND_REPEAT_S * 1000LL)
			break;
		if (recent->hash == hash)
			return true;
		if (thing && recent->thing_hash == thing_hash)
			break; /* it was otherwise meanwhile */
	}
	command->recent[command->recent_at].hash = hash;
	command->recent[command->recent_at].thing_hash = thing_hash;
	command->recent[command->recent_at].reported_ms = event->now.mono_ms;
	command->recent_at = (command->recent_at + 1) % RECENT_MAX;
	return false;
}

/* ---- what it writes --------------------------------------------------------------------------------------------- */

static void close_output(struct notice_command *command)
{
	loop_fd_free(command->output_watch);
	command->output_watch = NULL;
	if (command->output >= 0)
		close(command->output);
	command->output = -1;
}

/* False: there is nothing now. All is read, so that it never waits for us; the first line is kept. */
static bool read_output(struct notice_command *command)
{
	char buffer[16384];
	ssize_t n = command->output < 0 ? -1 : read(command->output, buffer, sizeof(buffer));

	if (n == 0)
		close_output(command);
	for (ssize_t i = 0; i < n && command->words_len < WORDS_MAX - 1; i++)
		command->words[command->words_len++] = buffer[i];
	return n > 0;
}

static void on_output(void *context)
{
	(void)read_output(context);
}

/* ---- the program ------------------------------------------------------------------------------------------------ */

static void end_program(struct notice_command *command)
{
	loop_fd_free(command->loop_fd);
	close(command->pidfd);
	close_output(command);
	command->loop_fd = NULL;
	command->pid = 0;
}

/* False: it still runs. */
static bool reap(struct notice_command *command)
{
	int status;

	if (waitpid(command->pid, &status, WNOHANG) == 0)
		return false;
	(void)read_output(command);
	command->words[command->words_len] = 0;
	command->words[strcspn(command->words, "\n")] = 0;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		log_line(GW_WARNING, NULL, "notice_command %s failed (%s %d)%s%s", command->path,
			 WIFEXITED(status) ? "exit status" : "signal",
			 WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status), command->words_len ? ": " : "",
			 command->words);
	end_program(command);
	return true;
}

static void on_end(void *context)
{
	struct notice_command *command = context;

	if (reap(command))
		run_next(command);
}

/* With what it started; and also where it has left its group. */
static void kill_program(const struct notice_command *command)
{
	kill(-command->pid, SIGKILL);
	kill(command->pid, SIGKILL);
}

static void on_timer(void *context)
{
	struct notice_command *command = context;

	if (command->pid) {
		log_line(GW_WARNING, NULL, "notice_command %s ran for more than %lld ms and was killed", command->path,
			 (long long)command->limit_ms);
		kill_program(command);
	} else {
		run_next(command);
	}
}

/* The message lies whole in a memory file, so that a program that does not read cannot hold us up. */
static int message_file(const char *json)
{
	int fd = (int)syscall(SYS_memfd_create, "notice", 0u);
	size_t len = strlen(json);

	if (fd >= 0 && (write(fd, json, len) != (ssize_t)len || lseek(fd, 0, SEEK_SET) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static int spawn(struct notice_command *command, int input, int output)
{
	static char path_variable[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char *const environment[] = {path_variable, NULL};
	char *const arguments[] = {command->path, NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none, ignored;

	sigemptyset(&none);
	sigemptyset(&ignored);
	sigaddset(&ignored, SIGPIPE); /* by us, and a child would go on so */
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigdefault(&attributes, &ignored);
	posix_spawnattr_setsigmask(&attributes, &none);
	int failed = posix_spawn(&command->pid, command->path, &files, &attributes, arguments, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	return failed;
}

/* 0, or why not. */
static int start_program(struct notice_command *command, const char *json)
{
	int input = message_file(json), output[2], failed;

	if (input < 0)
		return errno;
	if (pipe2(output, O_CLOEXEC) != 0) {
		failed = errno;
		close(input);
		return failed;
	}
	failed = spawn(command, input, output[1]);
	close(input);
	close(output[1]);
	command->output = output[0];
	if (failed)
		close_output(command);
	return failed;
}

static void run_program(struct notice_command *command, const char *json)
{
	int failed = start_program(command, json);

	if (failed) {
		command->pid = 0;
		log_line(GW_WARNING, NULL, "notice_command %s cannot be run: %s", command->path, strerror(failed));
		return;
	}
	command->words_len = 0;
	fcntl(command->output, F_SETFL, O_NONBLOCK);
	command->output_watch = loop_fd_new(command->loop, command->output, on_output, NULL, command);
	command->pidfd = (int)syscall(SYS_pidfd_open, command->pid, 0u);
	command->loop_fd = loop_fd_new(command->loop, command->pidfd, on_end, NULL, command);
	loop_timer_set(command->timer, command->limit_ms);
}

static void free_message(struct notice_command *command, struct message *message)
{
	DL_DELETE(command->first, message);
	command->waiting--;
	free(message->json);
	free(message);
}

static void run_first(struct notice_command *command)
{
	run_program(command, command->first->json);
	free_message(command, command->first);
}

static void run_next(struct notice_command *command)
{
	while (!command->pid && command->first) {
		if (!command->may_run(command->context)) {
			loop_timer_set(command->timer, ASK_AGAIN_MS);
			return;
		}
		run_first(command);
	}
	if (!command->pid)
		loop_timer_set(command->timer, -1);
}

/* ---- in --------------------------------------------------------------------------------------------------------- */

static char *message_text(const struct gw_notice_event *event)
{
	char time[TIME_TEXT_SIZE];
	struct json_writer w;

	time_format(time, event->now.wall_ms / 1000);
	json_writer_init(&w);
	json_open(&w, NULL, '{');
	json_put_text(&w, "time", time);
	json_put_text(&w, "severity", gw_severity_name(event->severity));
	json_put_text(&w, "source", event->source);
	json_put_text(&w, "code", event->code);
	json_put_text(&w, "text", event->text);
	if (*event->fields_json)
		json_put_raw(&w, "fields", event->fields_json);
	json_close(&w, '}');
	char *text = xasprintf("%s\n", w.text);
	json_writer_done(&w);
	return text;
}

void notice_command_report(struct notice_command *command, const struct gw_notice_event *event)
{
	if (event->severity < COMMAND_LEAST_SEVERITY || reported_lately(command, event))
		return;
	if (command->waiting == COMMAND_QUEUE_MAX) {
		log_line(GW_WARNING, NULL, "notice_command: more than %d notices wait; the least severe is dropped",
			 COMMAND_QUEUE_MAX);
		struct message *least = command->first; /* the oldest of them */
		for (struct message *at = least; at; at = at->next)
			least = at->severity < least->severity ? at : least;
		free_message(command, least);
	}
	struct message *message = xcalloc(1, sizeof(*message));
	message->severity = event->severity;
	message->json = message_text(event);
	DL_APPEND(command->first, message);
	command->waiting++;
	/* with the next turn of the loop: what this notice is about goes first */
	if (!command->pid)
		loop_timer_set(command->timer, 0);
}

struct notice_command *notice_command_new(struct loop *loop, const char *path, int64_t limit_ms,
					  bool (*may_run)(void *context), void *context)
{
	struct notice_command *command = xcalloc(1, sizeof(*command));

	command->loop = loop;
	command->path = xstrdup(path);
	command->limit_ms = limit_ms;
	command->may_run = may_run;
	command->context = context;
	command->output = -1;
	command->timer = loop_timer_new(loop, on_timer, command);
	if (access(path, X_OK) != 0)
		log_line(GW_WARNING, NULL, "notice_command %s cannot be run: %s", path, strerror(errno));
	return command;
}

static void await_end(const struct notice_command *command, int64_t limit_ms)
{
	struct pollfd end = {.fd = command->pidfd, .events = POLLIN};

	(void)poll(&end, 1, limit_ms > 0 ? (int)limit_ms : 0);
}

void notice_command_finish(struct notice_command *command, int64_t limit_ms)
{
	struct gw_now now;

	if (!command)
		return;
	loop_now(&now);
	int64_t end_ms = now.mono_ms + limit_ms;
	while ((command->pid || command->first) && now.mono_ms < end_ms) {
		if (!command->pid) {
			run_first(command);
		} else {
			await_end(command, end_ms - now.mono_ms);
			(void)reap(command);
		}
		loop_now(&now);
	}
}

pid_t notice_command_pid(const struct notice_command *command)
{
	return command->pid;
}

void notice_command_free(struct notice_command *command)
{
	if (!command)
		return;
	if (command->pid) {
		kill_program(command);
		await_end(command, END_MS); /* one that a dead disk holds is left to the system */
		(void)waitpid(command->pid, NULL, WNOHANG);
		end_program(command);
	}
	while (command->first)
		free_message(command, command->first);
	loop_timer_free(command->timer);
	free(command->path);
	free(command);
}
