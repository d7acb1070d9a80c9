/* SPDX-License-Identifier: MIT
 *
 * The operator's program for notices: the real loop, real programs (shell scripts in a directory of the test's own),
 * and what they say comes through a pipe with a name. Time for repeats is the notices' own.
 */
#include "test.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "notices/command.h"

#define LIMIT_MS    3000 /* of a program that hangs; a busy machine starts a shell in less */
#define HURRY_MS    300	 /* of a host that ends */
#define PATIENCE_MS 60000

struct scene {
	struct loop *loop;
	struct notice_command *command;
	struct loop_fd *loop_fd;
	struct loop_timer *patience;
	char dir[64], fifo[96], program[96];
	int fd; /* of the pipe */
	char heard[65536];
	size_t len, lines, wanted;
	unsigned refusals_left, asked, wanted_asked; /* may_run */
	bool timed_out;
	int kept_stderr, stderr_file;
	char said[16384];
};

static bool may_run(void *context)
{
	struct scene *scene = context;

	scene->asked++;
	if (scene->asked == scene->wanted_asked)
		loop_stop(scene->loop);
	if (!scene->refusals_left)
		return true;
	scene->refusals_left--;
	return false;
}

static void on_line(void *context)
{
	struct scene *scene = context;
	ssize_t n = read(scene->fd, scene->heard + scene->len, sizeof(scene->heard) - 1 - scene->len);

	if (n <= 0)
		return;
	for (ssize_t i = 0; i < n; i++)
		scene->lines += scene->heard[scene->len + (size_t)i] == '\n';
	scene->len += (size_t)n;
	scene->heard[scene->len] = 0;
	if (scene->lines >= scene->wanted)
		loop_stop(scene->loop);
}

static void on_patience(void *context)
{
	struct scene *scene = context;

	scene->timed_out = true;
	loop_stop(scene->loop);
}

static int setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	struct error err;

	assert_non_null(scene);
	snprintf(scene->dir, sizeof(scene->dir), "/tmp/golos-watch-notice-XXXXXX");
	assert_non_null(mkdtemp(scene->dir));
	snprintf(scene->fifo, sizeof(scene->fifo), "%s/said", scene->dir);
	snprintf(scene->program, sizeof(scene->program), "%s/program", scene->dir);
	assert_int_equal(mkfifo(scene->fifo, 0600), 0);
	scene->fd = open(scene->fifo, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	assert_true(scene->fd >= 0);
	assert_int_equal(loop_new(&scene->loop, &err), GW_OK);
	scene->loop_fd = loop_fd_new(scene->loop, scene->fd, on_line, NULL, scene);
	scene->patience = loop_timer_new(scene->loop, on_patience, scene);
	scene->stderr_file = memfd_create("stderr", MFD_CLOEXEC);
	scene->kept_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 50);
	assert_true(dup2(scene->stderr_file, STDERR_FILENO) >= 0);
	*state = scene;
	return 0;
}

static int teardown(void **state)
{
	struct scene *scene = *state;

	notice_command_free(scene->command);
	dup2(scene->kept_stderr, STDERR_FILENO);
	close(scene->kept_stderr);
	close(scene->stderr_file);
	loop_timer_free(scene->patience);
	loop_fd_free(scene->loop_fd);
	loop_free(scene->loop);
	close(scene->fd);
	unlink(scene->fifo);
	unlink(scene->program);
	rmdir(scene->dir);
	free(scene);
	return 0;
}

/* The host's own log lines so far. */
static const char *log_text(struct scene *scene)
{
	ssize_t n = pread(scene->stderr_file, scene->said, sizeof(scene->said) - 1, 0);

	scene->said[n < 0 ? 0 : n] = 0;
	return scene->said;
}

/* A shell script: $OUT is the pipe, $IN the notice. */
static void run_script(struct scene *scene, const char *text)
{
	FILE *file = fopen(scene->program, "we");

	assert_non_null(file);
	fprintf(file, "#!/bin/sh\nOUT=%s\nIN=$(cat)\n%s\n", scene->fifo, text);
	fclose(file);
	assert_int_equal(chmod(scene->program, 0700), 0);
	notice_command_free(scene->command);
	scene->command = notice_command_new(scene->loop, scene->program, PATIENCE_MS, may_run, scene);
}

static void say_code(struct scene *scene, int32_t severity, const char *source, const char *code, const char *text,
		     int64_t mono_ms)
{
	const struct gw_notice_event event = {.struct_size = sizeof(event),
					      .severity = severity,
					      .now = {.wall_ms = 1600000000000, .mono_ms = mono_ms},
					      .source = source,
					      .code = code,
					      .text = text,
					      .fields_json = "{\"n\":1}"};

	notice_command_report(scene->command, &event);
}

static void say_of(struct scene *scene, int32_t severity, const char *source, const char *text, int64_t mono_ms)
{
	say_code(scene, severity, source, "a_code", text, mono_ms);
}

static void say_at(struct scene *scene, int32_t severity, const char *text, int64_t mono_ms)
{
	say_of(scene, severity, "somebody", text, mono_ms);
}

static void say(struct scene *scene, const char *text)
{
	say_at(scene, GW_CRITICAL, text, 1000);
}

/* Runs the loop until the programs have said so many lines. */
static const char *await_lines(struct scene *scene, size_t lines)
{
	scene->wanted = lines;
	loop_timer_set(scene->patience, PATIENCE_MS);
	if (scene->lines < lines)
		loop_run(scene->loop);
	if (scene->timed_out)
		fail_msg("%zu lines in vain; said: %s; log: %s", lines, scene->heard, log_text(scene));
	return scene->heard;
}

/* Runs the loop until so many programs have been tried since the start. */
static void await_tried(struct scene *scene, unsigned programs)
{
	scene->wanted_asked = programs;
	loop_timer_set(scene->patience, PATIENCE_MS);
	if (scene->asked < programs)
		loop_run(scene->loop);
	assert_false(scene->timed_out);
}

TEST(one_object_on_standard_input, setup, teardown)
{
	struct scene *scene = *state;

	run_script(scene, "printf '%s\\n' \"$IN\" >$OUT");
	say(scene, "words with \"quotes\"\nand a line");
	assert_string_equal(await_lines(scene, 1),
			    "{\"time\":\"2020-09-13T12:26:40\",\"severity\":\"critical\",\"source\":\"somebody\","
			    "\"code\":\"a_code\",\"text\":\"words with \\\"quotes\\\"\\nand a line\","
			    "\"fields\":{\"n\":1}}\n");
}

TEST(one_at_a_time_in_order, setup, teardown)
{
	struct scene *scene = *state;

	run_script(scene, "echo begin >$OUT; echo \"$IN\" | grep -o 'number[0-9]' >$OUT; echo end >$OUT");
	for (char text[] = "number1"; text[6] <= '4'; text[6]++)
		say(scene, text);
	assert_string_equal(await_lines(scene, 12), "begin\nnumber1\nend\nbegin\nnumber2\nend\n"
						    "begin\nnumber3\nend\nbegin\nnumber4\nend\n");
}

/* Neither our environment, nor our descriptors, nor our signals. */
TEST(a_clean_start, setup, teardown)
{
	struct scene *scene = *state;
	int stray = dup2(scene->fd, 77); /* without close-on-exec */

	assert_int_equal(setenv("GW_TEST_SECRET", "shh", 1), 0);
	run_script(scene, "{ tr '\\0' ' ' </proc/$$/environ; ls /proc/$$/fd | tr '\\n' ' '\n"
			  "grep -E 'Sig(Blk|Ign)' /proc/self/status | tr '\\n\\t' '  '; echo; } >$OUT");
	say(scene, "hello");
	const char *said = await_lines(scene, 1);

	assert_ptr_equal(strstr(said, "PATH="), said);
	assert_null(strstr(said, "SECRET"));
	assert_null(strstr(said, " 77 "));
	assert_non_null(strstr(said, "SigBlk: 0000000000000000"));
	const char *ignored = strstr(said, "SigIgn: ");

	assert_non_null(ignored);
	assert_int_equal(strtoull(ignored + 8, NULL, 16) & 1u << (SIGPIPE - 1), 0);
	close(stray);
	unsetenv("GW_TEST_SECRET");
}

static void assert_ended(int pidfd)
{
	struct pollfd end = {.fd = pidfd, .events = POLLIN};

	assert_int_equal(poll(&end, 1, PATIENCE_MS), 1);
	close(pidfd);
}

/* A pid that the script says, before it could end. */
static int pidfd_of(const char *line)
{
	int fd = pidfd_open((pid_t)strtol(line, NULL, 10), 0);

	assert_true(fd >= 0);
	return fd;
}

TEST(killed_after_its_limit, setup, teardown)
{
	struct scene *scene = *state;

	run_script(scene, "case $IN in *stuck*) sleep 1000 & echo $! >$OUT; wait ;; *) echo other >$OUT ;; esac");
	notice_command_free(scene->command);
	scene->command = notice_command_new(scene->loop, scene->program, LIMIT_MS, may_run, scene);
	say(scene, "stuck");
	say(scene, "and one more");
	int child = pidfd_of(await_lines(scene, 1));

	assert_non_null(strstr(await_lines(scene, 2), "other\n"));
	assert_ended(child); /* what it had started is gone as well */
	assert_non_null(strstr(log_text(scene), "/program ran for more than 3000 ms and was killed"));
	assert_non_null(strstr(log_text(scene), "/program failed (signal 9)"));
}

/* What it leaves behind keeps its descriptors open, and holds nobody up. */
TEST(a_child_that_keeps_what_it_got, setup, teardown)
{
	struct scene *scene = *state;

	run_script(scene, "sleep 1000 <&0 & echo $! >$OUT");
	say(scene, "one");
	say(scene, "two");
	const char *said = await_lines(scene, 2);
	pid_t first = (pid_t)strtol(said, NULL, 10), second = (pid_t)strtol(strchr(said, '\n'), NULL, 10);

	assert_int_equal(kill(first, SIGKILL), 0);
	assert_int_equal(kill(second, SIGKILL), 0);
}

/* It cannot fill the log, nor hold us up by what it writes; its first line says why it failed. */
TEST(a_program_that_floods, setup, teardown)
{
	struct scene *scene = *state;

	run_script(scene, "case $IN in *flood*) echo cannot reach the mail server >&2; head -c 3000000 /dev/zero\n"
			  "echo gone >$OUT; exit 7 ;; *) echo other >$OUT ;; esac");
	say(scene, "flood");
	say(scene, "and one more");
	assert_string_equal(await_lines(scene, 2), "gone\nother\n");
	assert_non_null(strstr(log_text(scene), "/program failed (exit status 7): cannot reach the mail server\n"));
	assert_in_range(strlen(log_text(scene)), 1, 300);
}

TEST(a_program_that_is_removed, setup, teardown)
{
	struct scene *scene = *state;

	run_script(scene, "echo ran >$OUT");
	say(scene, "one");
	await_lines(scene, 1);
	assert_int_equal(unlink(scene->program), 0);
	say(scene, "two");
	await_tried(scene, 2);
	assert_non_null(strstr(log_text(scene), "/program cannot be run: No such file"));
	run_script(scene, "echo ran >$OUT"); /* and put back */
	say(scene, "three");
	await_lines(scene, 2);
}

/* A host that ends: what was said last is told all the same, and one that hangs is not waited for. */
TEST(told_before_the_host_ends, setup, teardown)
{
	struct scene *scene = *state;

	run_script(scene, "echo \"$IN\" | grep -oE 'number[0-9]' >$OUT");
	say(scene, "number1");
	say(scene, "number2");
	scene->refusals_left = 1000; /* no broadcast goes out any more */
	notice_command_finish(scene->command, PATIENCE_MS);
	assert_string_equal(await_lines(scene, 2), "number1\nnumber2\n");

	run_script(scene, "echo $$ >$OUT; exec sleep 1000");
	say(scene, "number3");
	say(scene, "never said");
	notice_command_finish(scene->command, HURRY_MS);
	await_lines(scene, 3);
	int program = pidfd_of(strchr(strchr(scene->heard, '\n') + 1, '\n') + 1);

	notice_command_free(scene->command);
	scene->command = NULL;
	assert_ended(program);
}

TEST(freed_while_it_runs, setup, teardown)
{
	struct scene *scene = *state;

	run_script(scene, "echo $$ >$OUT; exec sleep 1000");
	say(scene, "hello");
	say(scene, "never said");
	int program = pidfd_of(await_lines(scene, 1));

	notice_command_free(scene->command);
	scene->command = NULL;
	assert_ended(program);
}

/* A program that leaves its process group is killed all the same. */
TEST(a_program_that_leaves_its_group, setup, teardown)
{
	struct scene *scene = *state;
	char self[4096];
	ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

	assert_true(len > 0);
	self[len] = 0;
	assert_int_equal(symlink(self, scene->program), 0);
	scene->command = notice_command_new(scene->loop, scene->program, PATIENCE_MS, may_run, scene);
	say(scene, "hello");
	int program = pidfd_of(await_lines(scene, 1));

	notice_command_free(scene->command);
	scene->command = NULL;
	assert_ended(program);
}

/* The part of the program above: this one, under another name. */
static int leave_the_group(const char *program)
{
	char fifo[4096];

	snprintf(fifo, sizeof(fifo), "%.*s/said", (int)(strrchr(program, '/') - program), program);
	int out = open(fifo, O_WRONLY | O_CLOEXEC);

	if (setpgid(0, getpgid(getppid())) != 0 || out < 0)
		return 1;
	dprintf(out, "%d\n", getpid());
	for (;;)
		pause();
}

/* It is known at the start, and not when somebody ought to be told. */
TEST(a_program_that_is_not_there_is_said_at_once, setup, teardown)
{
	struct scene *scene = *state;

	scene->command = notice_command_new(scene->loop, "/nowhere/mail", LIMIT_MS, may_run, scene);
	assert_non_null(strstr(log_text(scene), "notice_command /nowhere/mail cannot be run: No such file"));
}

TEST(a_program_that_fails_or_is_none, setup, teardown)
{
	struct scene *scene = *state;

	run_script(scene, "case $IN in *fails*) exit 3 ;; *) echo fine >$OUT ;; esac");
	say(scene, "fails");
	say(scene, "is fine");
	assert_string_equal(await_lines(scene, 1), "fine\n");
	assert_non_null(strstr(log_text(scene), "/program failed (exit status 3)"));
	notice_command_free(scene->command);
	scene->command = notice_command_new(scene->loop, "/nonexistent/program", LIMIT_MS, may_run, scene);
	const char *at_start = strstr(log_text(scene), "/nonexistent/program cannot be run: No such file");

	assert_non_null(at_start);
	size_t said_at_start = (size_t)(at_start - scene->said) + 1;
	say(scene, "a");
	await_tried(scene, 3);
	assert_non_null(strstr(log_text(scene) + said_at_start, "/nonexistent/program cannot be run: No such file"));
}

TEST(the_same_not_more_often_than_hourly, setup, teardown)
{
	struct scene *scene = *state;

	run_script(scene, "echo \"$IN\" | grep -oE 'same|other|last' >$OUT");
	say_at(scene, GW_WARNING, "same", 1000);
	say_at(scene, GW_WARNING, "same", 1000 + COMMAND_REPEAT_S * 1000 - 1);
	say_at(scene, GW_WARNING, "other", 2000);
	say_at(scene, GW_WARNING, "same", 1000 + COMMAND_REPEAT_S * 1000);
	say_at(scene, GW_WARNING, "last", 3000);
	assert_string_equal(await_lines(scene, 4), "same\nother\nsame\nlast\n");
}

/* Down, up, down: the last thing heard is not that all is well. */
TEST(its_opposite_makes_it_new, setup, teardown)
{
	static const struct {
		const char *source, *code, *text;
		bool told;
	} table[] = {
		{"m", "standby_not_ready", "down", true},
		{"m", "standby_ready", "up", true},
		{"m", "standby_not_ready", "down", true},
		{"m", "slot_missed", "missed", true},
		{"m", "standby_not_ready", "down", false},
		{"other", "standby_ready", "up", true},
		{"m", "standby_not_ready", "down", false},
		{"m", "standby_ready", "up", true},
		{"m", "signing_key_changed", "to a", true},
		{"m", "signing_key_changed", "to b", true},
		{"m", "signing_key_changed", "to a", true},
		{"m", "slot_missed", "missed", false},
		{"m", "ordered", "held", true},
		{"m", "ordered", "not held", true},
		{"m", "ordered", "held", true},
		{"m", "last", "last", true},
	};
	struct scene *scene = *state;
	char wanted[1024] = "";
	size_t lines = 0;

	run_script(scene, "echo \"$IN\" | grep -oE '\"text\":\"[^\"]*' >$OUT");
	for (size_t i = 0; i < COUNT(table); i++) {
		say_code(scene, GW_CRITICAL, table[i].source, table[i].code, table[i].text, 1000 + (int64_t)i);
		if (!table[i].told)
			continue;
		lines++;
		snprintf(wanted + strlen(wanted), sizeof(wanted) - strlen(wanted), "\"text\":\"%s\n", table[i].text);
	}
	assert_string_equal(await_lines(scene, lines), wanted);
}

/* What changes from one time to the next is its numbers; whose notice it is never is. */
TEST(the_same_but_for_its_numbers, setup, teardown)
{
	static const struct {
		const char *source, *text;
		bool told;
	} table[] = {
		{"monitor(foo)", "foo missed 1 of its slots, before block 1200: 2 in the window", true},
		{"monitor(foo)", "foo missed 2 of its slots, before block 1263: 4 in the window", false},
		{"monitor(bar)", "foo missed 3 of its slots, before block 1300: 5 in the window", true},
		{"host", "the key does not reach the account foo-1", true},
		{"host", "the key does not reach the account foo-2", true},
		{"host", "ws://127.0.0.1:8091: it is on another chain", true},
		{"host", "ws://127.0.0.1:8092: it is on another chain", true},
		{"host", "our clock differs from the chain's by 3.4 s", true},
		{"host", "our clock differs from the chain's by 12.9 s", false},
		{"host", "last", true},
	};
	struct scene *scene = *state;
	char wanted[1024] = "";
	size_t lines = 0;

	run_script(scene, "echo \"$IN\" | grep -oE '\"text\":\"[^\"]*' >$OUT");
	for (size_t i = 0; i < COUNT(table); i++) {
		say_of(scene, GW_CRITICAL, table[i].source, table[i].text, 1000);
		if (!table[i].told)
			continue;
		lines++;
		snprintf(wanted + strlen(wanted), sizeof(wanted) - strlen(wanted), "\"text\":\"%s\n", table[i].text);
	}
	assert_string_equal(await_lines(scene, lines), wanted);
}

TEST(small_things_are_not_told, setup, teardown)
{
	struct scene *scene = *state;

	run_script(scene, "echo \"$IN\" | grep -oE 'small|big' >$OUT");
	say_at(scene, GW_DEBUG, "small", 1000);
	say_at(scene, GW_INFO, "big", 1000);
	assert_string_equal(await_lines(scene, 1), "big\n");
}

TEST(the_queue_has_an_end, setup, teardown)
{
	struct scene *scene = *state;
	char text[32];

	run_script(scene, "echo \"$IN\" | grep -oE 'number[0-9]+' >$OUT");
	for (int i = 0; i < COMMAND_QUEUE_MAX + 5; i++) {
		snprintf(text, sizeof(text), "number%d", i);
		say(scene, text);
	}
	assert_non_null(strstr(log_text(scene), "more than 100 notices wait; the least severe is dropped"));
	assert_ptr_equal(strstr(await_lines(scene, 2), "number5\nnumber6\n"), scene->heard);
}

TEST(the_least_severe_makes_room, setup, teardown)
{
	static const int32_t severities[] = {GW_INFO, GW_CRITICAL, GW_WARNING};
	struct scene *scene = *state;
	char text[32];

	run_script(scene, "echo \"$IN\" | grep -oE 'number[0-9]+_' >$OUT");
	for (int i = 0; i < COMMAND_QUEUE_MAX + 35; i++) {
		snprintf(text, sizeof(text), "number%d_", i);
		say_at(scene, severities[i % 3], text, 1000);
	}
	/* 45 of 135 were of no weight: the first 35 of them are gone */
	assert_ptr_equal(strstr(await_lines(scene, 3), "number1_\nnumber2_\nnumber4_\n"), scene->heard);
}

TEST(never_before_a_broadcast, setup, teardown)
{
	struct scene *scene = *state;

	run_script(scene, "echo run >$OUT");
	scene->refusals_left = 1;
	say(scene, "hello");
	assert_int_equal(scene->asked, 0); /* not from inside the call: what it is about goes first */
	await_lines(scene, 1);
	assert_int_equal(scene->asked, 2);
	assert_int_equal(scene->refusals_left, 0);
}

int main(int argc, char **argv)
{
	if (argc == 1 && strstr(argv[0], "golos-watch-notice-"))
		return leave_the_group(argv[0]);
	return test_run(NULL, NULL);
}
