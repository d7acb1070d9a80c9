/* SPDX-License-Identifier: MIT
 *
 * What a plugin finds at the moment it is loaded, on every path that loads one: no key in a descriptor or in the
 * environment, no terminal to type into, and not root where the host was started as root. The plugin `spy` tells.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "../signer/fixture.h"
#include "base/memory.h"

#define PUBKEY	    "GLS756CkD8Bmrz151rkQPxsSJG6kTibMXwq4wD6fUZzCCKbRTxa66"
#define SAID_MAX    65536
#define PATIENCE_MS 60000

static char dir[200];
static char said[SAID_MAX]; /* by the host that ran last */

/* ---- the files -------------------------------------------------------------------------------------------------- */

static const char *in_dir(const char *name)
{
	static char paths[8][300];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", dir, name);
	return path;
}

/* As in scene.c: no plugin is loaded below a directory that others can write. */
static int make_directory(void **state)
{
	char command[1200];

	(void)state;
	snprintf(dir, sizeof(dir), "%s/golos-watch-test-XXXXXX", geteuid() == 0 ? "/var/lib" : TEST_BINARY_DIR);
	assert_non_null(mkdtemp(dir));
	snprintf(command, sizeof(command),
		 "chmod 0755 '%s' && mkdir -m 0755 '%s/plugins' '%s/state' && "
		 "install -m 0644 '" TEST_BINARY_DIR "/test_plugins/spy.so' '%s/plugins/witness_monitor.so'",
		 dir, dir, dir, dir);
	return system(command);
}

static int remove_entry(const char *path, const struct stat *facts, int type, struct FTW *where)
{
	(void)facts;
	(void)type;
	(void)where;
	return remove(path);
}

static int remove_directory(void **state)
{
	(void)state;
	return nftw(dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

/* `top` and the instance's own lines come beside what each configuration has. */
static const char *write_config(const char *top, const char *signer, const char *instance)
{
	const char *path = in_dir("watch.yml");
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

/* The older form, with the key in it. */
static const char *write_older_config(const char *top)
{
	const char *path = in_dir("older.yml");
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

/* Where the host writes: a pipe, or a terminal of its own. */
struct output {
	int ours, theirs;
};

static struct output open_pipe(void)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	return (struct output){ends[0], ends[1]};
}

static struct output open_terminal(void)
{
	int ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	char name[64];

	assert_true(ours >= 0 && grantpt(ours) == 0 && unlockpt(ours) == 0);
	assert_int_equal(ptsname_r(ours, name, sizeof(name)), 0);
	int theirs = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(theirs >= 0);
	return (struct output){ours, theirs};
}

static void read_all(int fd, pid_t pid)
{
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < SAID_MAX - 1) {
		struct pollfd readable = {.fd = fd, .events = POLLIN};

		if (poll(&readable, 1, PATIENCE_MS) != 1) {
			kill(pid, SIGKILL);
			fail_msg("the host does not end: %s", said);
		}
		n = read(fd, said + len, SAID_MAX - 1 - len); /* a terminal ends in EIO */
		len += n > 0 ? (size_t)n : 0;
		said[len] = 0;
	}
}

_Noreturn static void become_host(int out, const char *const *arguments, const char *const *environment)
{
	static char program[] = TEST_BINARY_DIR "/bin/golos-watchd";
	char *argv[8] = {program}, *envp[8] = {(char[]){"PATH=/usr/bin:/bin"}};
	size_t count = 1;

	/* a process that gave up root is not dumpable, and the leak checker cannot stop its threads */
	envp[count++] = (char[]){"ASAN_OPTIONS=detect_leaks=0"};
	for (size_t i = 0; environment && environment[i]; i++)
		envp[count++] = xstrdup(environment[i]);
	for (size_t i = 0; arguments[i]; i++)
		argv[i + 1] = xstrdup(arguments[i]);
	if (isatty(out))
		dup2(out, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	execve(program, argv, envp);
	_exit(127);
}

/* Between a terminal and the host stands a shell, whose session it is. */
static int be_shell(int terminal, const char *const *arguments, const char *const *environment)
{
	int status = 0;

	if (setsid() < 0 || ioctl(terminal, TIOCSCTTY, 0) != 0)
		return 126;
	pid_t pid = fork();
	if (pid == 0)
		become_host(terminal, arguments, environment);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return 125;
	return WEXITSTATUS(status);
}

/* Runs it until its end; what it said stands in `said`. The exit status. */
static int run_host(struct output output, const char *const *arguments, const char *const *environment)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (isatty(output.theirs))
			_exit(be_shell(output.theirs, arguments, environment));
		become_host(output.theirs, arguments, environment);
	}
	assert_true(pid > 0);
	close(output.theirs);
	said[0] = 0;
	read_all(output.ours, pid);
	close(output.ours);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (!strstr(said, "spy: "))
		fail_msg("no plugin was loaded; status %#x: %s", (unsigned)status, said);
	return WEXITSTATUS(status);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void assert_not_said(const char *text)
{
	if (strstr(said, text))
		fail_msg("\"%s\": %s", text, said);
}

/* On every path: neither the key nor what carried it, and no more root. */
static void assert_nothing_to_find(void)
{
	assert_not_said("memfd:");
	assert_not_said(fixture_keys[0].wif);
	assert_not_said("uid 0 ");
	assert_not_said("effective 0\n");
}

/* root's host becomes a user that every Debian has. */
static const char *user(void)
{
	return geteuid() == 0 ? "user: nobody\n" : "";
}

static const char *key_variable(void)
{
	static char text[128];

	snprintf(text, sizeof(text), "KEY=%s", fixture_keys[0].wif);
	return text;
}

static const char *and_dry_run(const char *text)
{
	static char all[64];

	snprintf(all, sizeof(all), "%sdry_run: true\n", text);
	return all;
}

/* ---- each path -------------------------------------------------------------------------------------------------- */

static void a_daemon_that_signs(void **state)
{
	(void)state;
	const char *config = write_config(user(), "keys: ['env:KEY']", ", sign: [witness_update]");

	assert_int_equal(run_host(open_pipe(), LIST("-c", config), LIST(key_variable())), EXIT_PLUGIN);
	assert_nothing_to_find();
	assert_non_null(strstr(said, "spy: variable KEY=moved\n"));
}

static void a_dry_run(void **state)
{
	(void)state;
	const char *config = write_config(and_dry_run(user()), "keys: ['env:KEY']", ", sign: [witness_update]");

	assert_int_equal(run_host(open_pipe(), LIST("-c", config), LIST(key_variable())), EXIT_PLUGIN);
	assert_nothing_to_find();
}

static void a_daemon_that_may_sign_nothing(void **state)
{
	(void)state;
	const char *config = write_config(user(), "keys: ['env:KEY']", "");

	assert_int_equal(run_host(open_pipe(), LIST("-c", config), LIST(key_variable())), EXIT_PLUGIN);
	assert_nothing_to_find();
}

static void a_check_of_the_configuration(void **state)
{
	(void)state;
	const char *config = write_config(user(), "keys: ['env:KEY']", ", sign: [witness_update]");

	assert_int_equal(run_host(open_pipe(), LIST("-n", "-c", config), LIST(key_variable())), 0);
	assert_nothing_to_find();
}

static void help_of_a_plugin(void **state)
{
	(void)state;
	const char *config = write_config(user(), "keys: ['env:KEY']", ", sign: [witness_update]");

	assert_int_equal(
		run_host(open_pipe(), LIST("--plugin-help", "witness_monitor", "-c", config), LIST(key_variable())), 0);
	assert_nothing_to_find();
}

static void a_key_in_an_older_file(void **state)
{
	(void)state;
	char *top = xstrdup(and_dry_run(user()));

	assert_int_equal(run_host(open_pipe(), LIST("-c", write_older_config(top)), NULL), EXIT_PLUGIN);
	assert_nothing_to_find();
	assert_int_equal(run_host(open_pipe(), LIST("-n", "-c", write_older_config(user())), NULL), 0);
	assert_nothing_to_find();
	free(top);
}

/* Started at root's terminal, whose shell will read again what is typed there when we are gone. */
static void a_terminal(void **state)
{
	(void)state;
	const char *config = write_config(user(), "keys: ['env:KEY']", "");

	for (int check = 0; check < 2; check++) {
		(void)run_host(open_terminal(), check ? LIST("-n", "-c", config) : LIST("-c", config),
			       LIST(key_variable()));
		assert_non_null(strstr(said, "spy: terminal none"));
		assert_non_null(strstr(said, "spy: typed no"));
		assert_non_null(strstr(said, "spy: fd 2 write /dev/pts/"));
		assert_not_said("read-write /dev/pts/");
		assert_not_said("read /dev/pts/");
		assert_nothing_to_find();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_daemon_that_signs),
		cmocka_unit_test(a_dry_run),
		cmocka_unit_test(a_daemon_that_may_sign_nothing),
		cmocka_unit_test(a_check_of_the_configuration),
		cmocka_unit_test(help_of_a_plugin),
		cmocka_unit_test(a_key_in_an_older_file),
		cmocka_unit_test(a_terminal),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
