/* SPDX-License-Identifier: MIT
 * One start of the real host. See one_start.h. */
#include "one_start.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../signer/fixture.h"
#include "base/memory.h"

#define PUBKEY	    "GLS756CkD8Bmrz151rkQPxsSJG6kTibMXwq4wD6fUZzCCKbRTxa66"
#define SAID_MAX    65536
#define PATIENCE_MS 60000

static char dir[200];
static char text_said[SAID_MAX];
static const char *start_user;

/* ---- the files -------------------------------------------------------------------------------------------------- */

const char *start_path(const char *name)
{
	static char paths[8][300];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

/* As in scene.c: no plugin is loaded below a directory that others can write, and another user cannot read everywhere.
 */
int start_make_directory(void **state)
{
	char command[1200];

	(void)state;
	snprintf(dir, sizeof(dir), "%s/golos-watch-test-XXXXXX", geteuid() == 0 ? "/var/lib" : TEST_BINARY_DIR);
	assert_non_null(mkdtemp(dir));
	snprintf(command, sizeof(command),
		 "cd '%s' && chmod 0755 . && mkdir -m 0755 bin plugins state && "
		 "for program in golos-watch golos-watchd golos-watch-signer; do "
		 "install -m 0755 '" TEST_BINARY_DIR "/bin/'$program bin || exit 1; done && "
		 "install -m 0644 '" TEST_BINARY_DIR "/test_plugins/spy.so' plugins/witness_monitor.so",
		 dir);
	return system(command);
}

static int remove_entry(const char *path, const struct stat *facts, int type, struct FTW *where)
{
	(void)facts;
	(void)type;
	(void)where;
	return remove(path);
}

int start_remove_directory(void **state)
{
	(void)state;
	return nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

const char *start_config(const char *top, const char *signer, const char *instance)
{
	const char *path = start_path("watch.yml");
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fchmod(fileno(file), 0644), 0);
	fprintf(file, "node: ws://127.0.0.1:9\nplugin_dir: %s/plugins\nstate_dir: %s/state\ncontrol: off\n%s", dir, dir,
		top);
	fprintf(file, "signer: {%s%s}\nplugins:\n", geteuid() == 0 ? "user: games, " : "", signer);
	fprintf(file, "  - {name: witness_monitor, witness: foo, witness_pubkey: " PUBKEY "%s}\n", instance);
	fclose(file);
	return path;
}

const char *start_older_config(const char *top)
{
	const char *path = start_path("older.yml");
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fchmod(fileno(file), 0600), 0);
	fprintf(file,
		"node: ws://127.0.0.1:9\nwitness: foo\nwitness_pubkey: " PUBKEY "\nkeys: %s\n"
		"plugin_dir: %s/plugins\nstate_dir: %s/state\ncontrol: off\n%s",
		fixture_keys[0].wif, dir, dir, top);
	fclose(file);
	return path;
}

/* ---- the host --------------------------------------------------------------------------------------------------- */

struct start_output start_pipe(void)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	return (struct start_output){ends[0], ends[1]};
}

struct start_output start_terminal(void)
{
	int ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	char name[64];

	assert_true(ours >= 0 && grantpt(ours) == 0 && unlockpt(ours) == 0);
	assert_int_equal(ptsname_r(ours, name, sizeof(name)), 0);
	int theirs = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(theirs >= 0);
	return (struct start_output){ours, theirs};
}

static void read_all(int fd, pid_t pid)
{
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < SAID_MAX - 1) {
		struct pollfd readable = {.fd = fd, .events = POLLIN};

		if (poll(&readable, 1, PATIENCE_MS) != 1) {
			kill(pid, SIGKILL);
			fail_msg("the host does not end: %s", text_said);
		}
		n = read(fd, text_said + len, SAID_MAX - 1 - len); /* a terminal ends in EIO */
		len += n > 0 ? (size_t)n : 0;
		text_said[len] = 0;
	}
}

void start_as_user(const char *name)
{
	start_user = name;
}

static void become_user(void)
{
	const struct passwd *user = start_user ? getpwnam(start_user) : NULL;

	if (!start_user)
		return;
	if (!user || setgroups(0, NULL) || setresgid(user->pw_gid, user->pw_gid, user->pw_gid) ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid))
		_exit(126);
}

_Noreturn static void become_program(int out, const char *name, const char *const *arguments,
				     const char *const *environment)
{
	char *program = xasprintf("%s/bin/%s", dir, name);
	char *argv[8] = {program}, *envp[8] = {(char[]){"PATH=/usr/bin:/bin"}};
	size_t count = 1;

	/* a process that gave up root is not dumpable, and the leak checker cannot stop its threads */
	envp[count++] = (char[]){"ASAN_OPTIONS=detect_leaks=0"};
	for (size_t i = 0; environment && environment[i]; i++)
		envp[count++] = xstrdup(environment[i]);
	for (size_t i = 0; arguments[i]; i++)
		argv[i + 1] = xstrdup(arguments[i]);
	(void)!open(start_path("inherited"), O_RDONLY | O_CREAT, 0600); /* what a careless shell leaves open */
	become_user();
	if (isatty(out))
		dup2(out, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execve(program, argv, envp);
	_exit(127);
}

/* Between a terminal and the host stands a shell, whose session it is. */
static int be_shell(int terminal, const char *name, const char *const *arguments, const char *const *environment)
{
	int status = 0;

	if (setsid() < 0 || ioctl(terminal, TIOCSCTTY, 0) != 0)
		return 126;
	pid_t pid = fork();
	if (pid == 0)
		become_program(terminal, name, arguments, environment);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 125;
	return WEXITSTATUS(status);
}

int start_host(struct start_output output, const char *const *arguments, const char *const *environment)
{
	return start_program("golos-watchd", output, arguments, environment);
}

int start_program(const char *name, struct start_output output, const char *const *arguments,
		  const char *const *environment)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (isatty(output.theirs))
			_exit(be_shell(output.theirs, name, arguments, environment));
		become_program(output.theirs, name, arguments, environment);
	}
	assert_true(pid > 0);
	close(output.theirs);
	text_said[0] = 0;
	read_all(output.ours, pid);
	close(output.ours);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status);
}

const char *start_said(void)
{
	return text_said;
}

void start_assert_said(const char *text)
{
	if (!strstr(text_said, text))
		fail_msg("no \"%s\": %s", text, text_said);
}

void start_assert_not_said(const char *text)
{
	if (strstr(text_said, text))
		fail_msg("\"%s\": %s", text, text_said);
}
