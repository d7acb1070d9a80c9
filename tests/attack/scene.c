/* SPDX-License-Identifier: MIT
 * The real host and signer with a bad plugin. See scene.h. */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../signer/fixture.h"

#define PATIENCE_MS 60000
#define MAIN_CHAIN  "782a3039b478c839e4cb0c941ff4eaeb7df40bdd68bd441afd444b9da763de12"

/* ---- files ------------------------------------------------------------------------------------------------------ */

const char *scene_path(const struct scene *scene, const char *name)
{
	static char paths[8][300];
	static unsigned next;
	char *path = paths[next++ % 8];

	snprintf(path, sizeof(paths[0]), "%s/%s", scene->dir, name);
	return path;
}

static void copy_file(const char *from, const char *to)
{
	char bytes[65536];
	ssize_t n;
	int in = open(from, O_RDONLY | O_CLOEXEC), out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);

	if (in < 0 || out < 0)
		fail_msg("%s to %s: %s", from, to, strerror(errno));
	while ((n = read(in, bytes, sizeof(bytes))) > 0)
		assert_int_equal(write(out, bytes, (size_t)n), n);
	assert_int_equal(fchmod(out, 0755), 0);
	close(in);
	close(out);
}

static void make_directory(const struct scene *scene, const char *name)
{
	assert_int_equal(mkdir(scene_path(scene, name), 0755), 0);
}

static const struct passwd *user_nobody(void)
{
	const struct passwd *user = getpwnam("nobody");

	assert_non_null(user);
	return user;
}

static void give_to_nobody(const struct scene *scene, const char *name)
{
	if (geteuid() == 0)
		assert_int_equal(chown(scene_path(scene, name), user_nobody()->pw_uid, user_nobody()->pw_gid), 0);
}

static void make_files(struct scene *scene)
{
	static const char *const files[][2] = {
		{TEST_BINARY_DIR "/bin/golos-watchd", "bin/golos-watchd"},
		{TEST_BINARY_DIR "/bin/golos-watch-signer", "bin/golos-watch-signer"},
		{TEST_BINARY_DIR "/plugins/witness_monitor.so", "plugins/witness_monitor.so"},
		{TEST_BINARY_DIR "/test_plugins/puppet.so", "plugins/puppet.so"},
	};
	static const char *const directories[] = {"bin", "plugins", "run", "state"};

	/* The host loads no plugin below a directory that others can write, as /tmp is; and what the user "nobody" runs
	 * must lie where he can read, as a build directory of root's need not. */
	snprintf(scene->dir, sizeof(scene->dir), "%s/golos-watch-test-XXXXXX",
		 geteuid() == 0 ? "/var/lib" : TEST_BINARY_DIR);
	assert_non_null(mkdtemp(scene->dir));
	assert_int_equal(chmod(scene->dir, 0755), 0);
	for (size_t i = 0; i < COUNT(directories); i++)
		make_directory(scene, directories[i]);
	for (size_t i = 0; i < COUNT(files); i++)
		copy_file(files[i][0], scene_path(scene, files[i][1]));
	give_to_nobody(scene, "run");
	if (scene->setup.users == ONE_USER)
		give_to_nobody(scene, "state");
}

static FILE *create(const struct scene *scene, const char *name, mode_t mode)
{
	const char *path = scene_path(scene, name);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);

	assert_true(fd >= 0);
	FILE *file = fdopen(fd, "w");
	assert_non_null(file);
	return file;
}

static const char *wif_of(const struct scene *scene)
{
	return scene->setup.wif ? scene->setup.wif : fixture_keys[0].wif;
}

static void write_key(const struct scene *scene)
{
	FILE *file = create(scene, "active.key", 0400);

	fprintf(file, "%s\n", wif_of(scene));
	fclose(file);
	if (scene->setup.users == ONE_USER)
		give_to_nobody(scene, "active.key");
}

static void write_puppet(FILE *file, const struct scene *scene, const char *key, const char *sign)
{
	fprintf(file, "  - name: puppet\n    socket: %s\n    witness: foo\n    witness_pubkey: %s\n%s",
		strrchr(scene->dir, '/') + 1, key, sign);
}

static void write_monitor(FILE *file, const char *witness, const char *key, const char *sign)
{
	fprintf(file,
		"  - name: witness_monitor\n    witness: %s\n    witness_pubkey: %s\n    order: [%s]\n    sign: "
		"[%s]\n%s",
		witness, key, key, sign, strstr(sign, "feed_publish") ? "    feed_min: 0.01\n    feed_max: 1\n" : "");
}

static void write_instances(FILE *file, const struct scene *scene, const char *ours, const char *rivals)
{
	const struct scene_setup *setup = &scene->setup;

	write_monitor(file, "foo", ours, setup->sign ? setup->sign : "witness_update");
	write_puppet(file, scene, ours, "");
	write_monitor(file, setup->rival ? setup->rival : "rival", rivals, "witness_update");
}

static void write_config(const struct scene *scene)
{
	const struct scene_setup *setup = &scene->setup;
	FILE *file = create(scene, "watch.yml", 0644);
	char ours[GW_KEY_SIZE], rivals[GW_KEY_SIZE];
	struct public_key keys[2] = {fixture_public(0), fixture_public(1)};

	if (setup->pubkey)
		snprintf(ours, sizeof(ours), "%s", setup->pubkey);
	else
		public_key_format(ours, &keys[0]);
	public_key_format(rivals, &keys[1]);
	fprintf(file, "node: %s\nchain_id: %s\n", setup->node ? setup->node : "ws://127.0.0.1:9",
		setup->chain_id ? setup->chain_id : MAIN_CHAIN);
	fprintf(file, "plugin_dir: %s/plugins\nstate_dir: %s/state\ncontrol: ''\n", scene->dir, scene->dir);
	if (setup->users == TWO_USERS)
		fputs("user: nobody\n", file);
	fputs("signer:\n", file);
	if (setup->users == TWO_USERS)
		fputs("  user: games\n", file);
	if (setup->key_from_environment)
		fputs("  keys: ['env:KEY']\n", file);
	else
		fprintf(file, "  keys: ['file:%s/active.key']\n", scene->dir);
	fputs("plugins:\n", file);
	if (setup->puppet_signs)
		write_puppet(file, scene, ours, "    sign: [witness_update]\n");
	else
		write_instances(file, scene, ours, rivals);
	fclose(file);
}

static void listen_for_puppet(struct scene *scene)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	/* in the abstract namespace, first byte NUL: a path in a build directory may be too long */
	snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "%s", strrchr(scene->dir, '/') + 1);
	scene->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(scene->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(scene->listener, 1), 0);
}

/* ---- the host --------------------------------------------------------------------------------------------------- */

static void become_nobody(void)
{
	const struct passwd *user = getpwnam("nobody");

	if (!user || setgroups(0, NULL) || setresgid(user->pw_gid, user->pw_gid, user->pw_gid) ||
	    setresuid(user->pw_uid, user->pw_uid, user->pw_uid))
		_exit(126);
}

_Noreturn static void become_host(const struct scene *scene, int log)
{
	char key[128];
	char program[300], config[300], run[300];
	char *const arguments[] = {program, (char[]){"-c"}, config, NULL};
	/* a process that gave up root is not dumpable, and the leak checker cannot stop its threads */
	char no_leaks[] = "ASAN_OPTIONS=detect_leaks=0", nothing[] = "GW_TEST=1";
	char *const environment[] = {(char[]){"PATH=/usr/bin:/bin"},
				     scene->setup.users == TWO_USERS ? no_leaks : nothing,
				     scene->setup.key_from_environment ? key : NULL, NULL};
	struct rlimit core = {RLIM_INFINITY, RLIM_INFINITY};

	snprintf(key, sizeof(key), "KEY=%s", wif_of(scene));
	snprintf(program, sizeof(program), "%s", scene_path(scene, "bin/golos-watchd"));
	snprintf(config, sizeof(config), "%s", scene_path(scene, "watch.yml"));
	snprintf(run, sizeof(run), "%s", scene_path(scene, "run"));
	setrlimit(RLIMIT_CORE, &core); /* as far as we may */
	dup2(log, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	if (geteuid() == 0 && scene->setup.users == ONE_USER)
		become_nobody();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (chdir(run))
		_exit(125);
	if (scene->setup.without_standard_files)
		close_range(STDIN_FILENO, STDERR_FILENO, 0);
	execve(program, arguments, environment);
	_exit(127);
}

void scene_await_puppet(struct scene *scene)
{
	struct pollfd pollers[] = {{.fd = scene->listener, .events = POLLIN}, {.fd = scene->pidfd, .events = POLLIN}};

	if (poll(pollers, 2, PATIENCE_MS) <= 0 || !pollers[0].revents)
		fail_msg("the host does not start: %s", scene_log(scene));
	scene->puppet = accept4(scene->listener, NULL, NULL, SOCK_CLOEXEC);
	assert_true(scene->puppet >= 0);
}

void scene_launch(struct scene *scene)
{
	int log = open(scene->log_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	assert_true(log >= 0);
	assert_int_equal(scene->pid, 0);
	pid_t pid = fork();
	if (pid == 0)
		become_host(scene, log);
	assert_true(pid > 0);
	close(log);
	scene->pid = pid;
	scene->pidfd = pidfd_open(pid, 0);
}

void scene_start(struct scene *scene)
{
	scene_launch(scene);
	scene_await_puppet(scene);
}

int scene_await_end(struct scene *scene)
{
	struct pollfd end = {.fd = scene->pidfd, .events = POLLIN};
	int status = 0;
	bool ended = poll(&end, 1, PATIENCE_MS) == 1;

	if (!ended)
		kill(scene->pid, SIGKILL);
	assert_int_equal(waitpid(scene->pid, &status, 0), scene->pid);
	close(scene->pidfd);
	close(scene->puppet);
	scene->pid = 0;
	scene->pidfd = scene->puppet = -1;
	if (!ended)
		fail_msg("the host does not end: %s", scene_log(scene));
	return status;
}

int scene_stop(struct scene *scene)
{
	kill(scene->pid, SIGTERM);
	return scene_await_end(scene);
}

struct scene *scene_new(const struct scene_setup *setup)
{
	struct scene *scene = xcalloc(1, sizeof(*scene));

	scene->setup = *setup;
	scene->pidfd = scene->puppet = -1;
	make_files(scene);
	scene->log_path = xstrdup(scene_path(scene, "log"));
	write_key(scene);
	write_config(scene);
	listen_for_puppet(scene);
	scene_start(scene);
	return scene;
}

static int remove_entry(const char *path, const struct stat *facts, int type, struct FTW *where)
{
	(void)facts;
	(void)type;
	(void)where;
	return remove(path);
}

void scene_free(struct scene *scene)
{
	if (!scene)
		return;
	if (scene->pid)
		scene_stop(scene);
	close(scene->listener);
	nftw(scene->dir, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	free(scene->log_path);
	free(scene->log);
	free(scene);
}

const char *scene_log(struct scene *scene)
{
	FILE *file = fopen(scene->log_path, "re");
	size_t size = 0;

	free(scene->log);
	scene->log = NULL;
	assert_non_null(file);
	if (getdelim(&scene->log, &size, 0, file) < 0) {
		free(scene->log);
		scene->log = xstrdup("");
	}
	fclose(file);
	return scene->log;
}

/* Until the text is said; NULL: until anything is. */
static void await_log(struct scene *scene, const char *text)
{
	struct pollfd change = {.fd = inotify_init1(IN_CLOEXEC), .events = POLLIN};
	size_t len = strlen(scene_log(scene));
	char events[4096];

	assert_true(change.fd >= 0 && inotify_add_watch(change.fd, scene->log_path, IN_MODIFY) >= 0);
	while (text ? !strstr(scene_log(scene), text) : strlen(scene_log(scene)) == len) {
		if (poll(&change, 1, PATIENCE_MS) != 1)
			fail_msg("\"%s\" is not said: %s", text ? text : "", scene_log(scene));
		assert_true(read(change.fd, events, sizeof(events)) > 0);
	}
	close(change.fd);
}

void scene_await_said(struct scene *scene, const char *text)
{
	await_log(scene, text);
}

void scene_await_more(struct scene *scene)
{
	await_log(scene, NULL);
}

/* ---- orders ----------------------------------------------------------------------------------------------------- */

static void send_order(struct scene *scene, enum order order, const void *bytes, size_t len)
{
	assert_true(len < PUPPET_BYTES_MAX);
	scene->packet.what = (int32_t)order;
	scene->packet.len = (uint32_t)len;
	memcpy(scene->packet.bytes, bytes, len);
	assert_int_equal(send(scene->puppet, &scene->packet, PUPPET_HEADER_BYTES + len, MSG_NOSIGNAL),
			 (ssize_t)(PUPPET_HEADER_BYTES + len));
}

int32_t scene_order(struct scene *scene, enum order order, const void *bytes, size_t len)
{
	struct pollfd answer = {.fd = scene->puppet, .events = POLLIN};

	send_order(scene, order, bytes, len);
	if (poll(&answer, 1, PATIENCE_MS) != 1 ||
	    recv(scene->puppet, &scene->packet, sizeof(scene->packet), 0) < (ssize_t)PUPPET_HEADER_BYTES)
		fail_msg("no answer to order %d: %s", (int)order, scene_log(scene));
	return scene->packet.what;
}

int32_t scene_order_text(struct scene *scene, enum order order, const char *text)
{
	return scene_order(scene, order, text, strlen(text));
}

int32_t scene_order_number(struct scene *scene, enum order order, int number)
{
	return scene_order(scene, order, &number, sizeof(number));
}

void scene_order_last(struct scene *scene, enum order order, int number)
{
	send_order(scene, order, &number, sizeof(number));
}

int32_t scene_count(struct scene *scene, const void *bytes, size_t len)
{
	uint8_t masked[256];

	assert_true(len <= sizeof(masked));
	for (size_t i = 0; i < len; i++)
		masked[i] = ((const uint8_t *)bytes)[i] ^ SCAN_MASK;
	int32_t found = scene_order(scene, ORDER_SCAN, masked, len);

	assert_true(found >= 0);
	return found;
}

const struct message *scene_speak(struct scene *scene, const struct message *message)
{
	static uint8_t bytes[SIGNER_MESSAGE_MAX];
	struct error err = {0};
	size_t len;

	assert_int_equal(message_encode(bytes, &len, message), GW_OK);
	if (!scene_order(scene, ORDER_SEND, bytes, len))
		return NULL;
	if (message_decode(&scene->message, scene->packet.bytes, scene->packet.len, &err) != GW_OK)
		fail_msg("%s", err.text);
	return &scene->message;
}

void scene_must_end(struct scene *scene, const void *bytes, size_t len, const char *what)
{
	if (scene_order(scene, ORDER_SEND, bytes, len))
		fail_msg("%s was answered", what);
	int status = scene_await_end(scene);

	if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SIGNER)
		fail_msg("%s: the host ended with %#x: %s", what, (unsigned)status, scene_log(scene));
	scene_start(scene);
}

struct message scene_sign(struct scene *scene, const struct transaction *tx)
{
	struct message message = {.type = MESSAGE_SIGN, .id = ++scene->last_id};

	message.sign.instance = MONITOR;
	message.sign.key_count = 1;
	message.sign.tx = *tx;
	return message;
}

enum refusal scene_ask(struct scene *scene, const struct message *message)
{
	const struct message *answer = scene_speak(scene, message);

	if (answer && answer->type == MESSAGE_REFUSED)
		return (enum refusal)answer->refused.refusal;
	if (!answer || answer->type != MESSAGE_SIGNED)
		fail_msg("the signer closed its channel, or does not answer: %s", scene_log(scene));
	return REFUSED_NOT;
}
