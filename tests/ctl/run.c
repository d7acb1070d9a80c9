/* SPDX-License-Identifier: MIT */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM	    TEST_BINARY_DIR "/bin/golos-watch"
#define WORDS_MAX   40
#define PATIENCE_MS 60000

static struct run last;

static _Noreturn void become(const char *const *arguments)
{
	char *words[WORDS_MAX + 2] = {(char[]){PROGRAM}};

	for (size_t i = 0; i < WORDS_MAX && arguments[i]; i++)
		words[i + 1] = strdup(arguments[i]);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execv(PROGRAM, words);
	_exit(127);
}

static void wait_for(pid_t pid)
{
	int status = 0;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	last.status = WIFSIGNALED(status) ? 1000 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void keep(char *ret, int fd)
{
	ssize_t n = pread(fd, ret, RUN_TEXT_MAX - 1, 0);

	assert_true(n >= 0);
	ret[n] = '\0';
	close(fd);
}

struct run_begun run_begin(const char *input, const char *const *arguments)
{
	int out = memfd_create("out", MFD_CLOEXEC), err = memfd_create("err", MFD_CLOEXEC);
	int in = input ? memfd_create("in", MFD_CLOEXEC) : open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(in >= 0 && out >= 0 && err >= 0);
	if (input)
		assert_int_equal(pwrite(in, input, strlen(input), 0), (ssize_t)strlen(input));
	pid_t pid = fork();
	if (pid == 0) {
		dup2(in, STDIN_FILENO);
		dup2(out, STDOUT_FILENO);
		dup2(err, STDERR_FILENO);
		become(arguments);
	}
	assert_true(pid > 0);
	close(in);
	return (struct run_begun){.pid = pid, .out = out, .err = err};
}

const struct run *run_finish(const struct run_begun *begun)
{
	wait_for(begun->pid);
	keep(last.out, begun->out);
	keep(last.err, begun->err);
	return &last;
}

const struct run *run_with(const char *input, const char *const *arguments)
{
	struct run_begun begun = run_begin(input, arguments);

	return run_finish(&begun);
}

/* Adds what the terminal shows; false: the program has closed it. */
static bool read_terminal(int terminal, size_t *len)
{
	struct pollfd poller = {.fd = terminal, .events = POLLIN};
	char shown[4096];

	if (poll(&poller, 1, PATIENCE_MS) != 1)
		fail_msg("nothing more came after: %s", last.out);
	ssize_t n = read(terminal, shown, sizeof(shown));
	if (n <= 0)
		return false;
	assert_true(*len + (size_t)n < RUN_TEXT_MAX);
	memcpy(last.out + *len, shown, (size_t)n);
	*len += (size_t)n;
	last.out[*len] = '\0';
	return true;
}

const struct run *run_at_terminal(const struct run_answer *answers, const char *const *arguments)
{
	int terminal = -1;
	size_t len = 0, seen = 0;

	last.out[0] = last.err[0] = '\0';
	struct winsize size = {.ws_row = RUN_ROWS, .ws_col = RUN_COLUMNS};
	pid_t pid = forkpty(&terminal, NULL, NULL, &size);
	assert_true(pid >= 0);
	if (pid == 0)
		become(arguments);
	while (read_terminal(terminal, &len)) {
		const char *prompt = answers->prompt ? strstr(last.out + seen, answers->prompt) : NULL;

		if (!prompt)
			continue;
		seen = (size_t)(prompt - last.out) + strlen(answers->prompt);
		assert_int_equal(write(terminal, answers->typed, strlen(answers->typed)),
				 (ssize_t)strlen(answers->typed));
		answers++;
	}
	close(terminal);
	wait_for(pid);
	return &last;
}

void assert_status(const struct run *run, int status)
{
	if (run->status != status)
		fail_msg("status %d, not %d\n%s%s", run->status, status, run->out, run->err);
}

void assert_holds(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("\"%s\" is not in:\n%s", part, text);
}

void assert_lacks(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("\"%s\" is in:\n%s", part, text);
}

void run_write_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

struct json *run_json(const struct run *run)
{
	struct json *json = NULL;
	struct error err = {.text = ""};

	if (json_parse(&json, run->out, strlen(run->out), &err) != GW_OK)
		fail_msg("%s in: %s", err.text, run->out);
	return json;
}
