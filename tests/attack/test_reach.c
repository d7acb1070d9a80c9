/* SPDX-License-Identifier: MIT
 *
 * How far arbitrary code inside the host reaches: it cannot read the signer, the signer takes nothing odd and signs
 * nothing else than was granted, and the key is nowhere where the host, its log or its core file could show it.
 */
#include "scene.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../signer/fixture.h"
#include "graphene/hex.h"
#include "signature_recover.h"

static int setup(void **state)
{
	*state = scene_new(&(const struct scene_setup){.users = ONE_USER});
	return 0;
}

static int setup_two_users(void **state)
{
	*state = geteuid() == 0 ? scene_new(&(const struct scene_setup){.users = TWO_USERS}) : NULL;
	return 0;
}

static int setup_environment(void **state)
{
	*state = scene_new(&(const struct scene_setup){.users = ONE_USER, .key_from_environment = true});
	return 0;
}

static int setup_without_standard_files(void **state)
{
	*state = scene_new(&(const struct scene_setup){.users = ONE_USER, .without_standard_files = true});
	return 0;
}

static int teardown(void **state)
{
	scene_free(*state);
	return 0;
}

static int64_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec;
}

/* What the monitor's instance is granted, and nothing else. */
static struct transaction granted(void)
{
	const struct public_key key = fixture_public(0);

	return fixture_update("foo", &key, now_s() + 30);
}

/* ---- reading the signer ----------------------------------------------------------------------------------------- */

static void try_files(struct scene *scene)
{
	static const char *const files[] = {"mem",   "environ", "maps",	   "smaps",	"auxv",
					    "fd",    "fd/2",	"fd/3",	   "fd/4",	"exe",
					    "cwd/.", "root/.",	"pagemap", "map_files", "task/self/mem"};
	int pid = scene_order(scene, ORDER_SIGNER, "", 0);
	char path[64];

	assert_true(pid > 0);
	for (size_t i = 0; i < COUNT(files); i++) {
		if (strcmp(files[i], "task/self/mem") == 0)
			snprintf(path, sizeof(path), "/proc/%d/task/%d/mem", pid, pid);
		else
			snprintf(path, sizeof(path), "/proc/%d/%s", pid, files[i]);
		int failure = scene_order_text(scene, ORDER_OPEN, path);

		if (failure != EACCES && failure != EPERM)
			fail_msg("%s: %s", path, failure ? strerror(failure) : "opened");
	}
	/* that an ordinary process can be opened so: or the above shows nothing */
	assert_true(scene_count(scene, "witness_monitor", 15) > 0);
	assert_int_equal(scene_order_text(scene, ORDER_OPEN, "/proc/self/mem"), 0);
}

static void try_all_ways(struct scene *scene)
{
	try_files(scene);
	assert_int_equal(scene_order(scene, ORDER_TRACE, "", 0), 0);
	for (int fd = 0; fd < 8; fd++)
		assert_int_equal(scene_order_number(scene, ORDER_STEAL, fd), EPERM);
	const struct transaction tx = granted();
	const struct message sign = scene_sign(scene, &tx);

	assert_int_equal(scene_ask(scene, &sign), REFUSED_NOT); /* it came through unharmed */
}

TEST(the_signer_cannot_be_read_by_its_own_user, setup, teardown)
{
	struct scene *scene = *state;

	try_all_ways(scene);
	/* what not being root weakens, as the host says at its start: the file itself can be read */
	assert_int_equal(scene_order_text(scene, ORDER_OPEN, scene_path(scene, "active.key")), 0);
	scene_await_said(scene, "not started as root");
}

/* Needs root to be given up; where the test is not root it cannot be made. */
static bool made(struct scene *scene)
{
	if (!scene)
		print_message("[          ] not made: it needs root, to be given up for two users\n");
	return scene != NULL;
}

TEST(as_root_the_signer_is_another_user, setup_two_users, teardown)
{
	struct scene *scene = *state;

	if (!made(scene))
		skip();
	try_all_ways(scene);
	assert_int_equal(scene_order_text(scene, ORDER_OPEN, scene_path(scene, "active.key")), EACCES);
	assert_int_equal(scene_order_text(scene, ORDER_OPEN, scene_path(scene, "state/signer/signatures")), EACCES);
	assert_int_equal(scene_order_number(scene, ORDER_SIGNAL, SIGKILL), EPERM);
	assert_int_equal(scene_order_number(scene, ORDER_SIGNAL, SIGSTOP), EPERM);
	assert_int_equal(scene_order_text(scene, ORDER_OPEN, "/etc/shadow"), EACCES);
}

/* ---- asking it -------------------------------------------------------------------------------------------------- */

static void must_refuse(struct scene *scene, const struct message *message, enum refusal refusal)
{
	enum refusal got = scene_ask(scene, message);

	if (got != refusal)
		fail_msg("refusal %d, wanted %d: %s", (int)got, (int)refusal, scene->message.refused.text);
}

TEST(what_is_not_granted_is_refused, setup, teardown)
{
	struct scene *scene = *state;
	const struct public_key other_key = fixture_public(1), null_key = {{0}};
	const struct transaction tx = granted();
	struct message ask = scene_sign(scene, &tx);

	must_refuse(scene, &ask, REFUSED_NOT);
	for (uint32_t type = 0; type < 80; type++) /* 2 is transfer */
		if (type != OPERATION_WITNESS_UPDATE && type != OPERATION_FEED_PUBLISH &&
		    type != OPERATION_CHAIN_PROPERTIES_UPDATE) {
			ask = scene_sign(scene, &tx);
			ask.sign.tx.operations[0].type = type;
			must_refuse(scene, &ask, REFUSED_OPERATION);
		}
	struct transaction other = fixture_feed("foo", now_s() + 30);
	ask = scene_sign(scene, &other);
	must_refuse(scene, &ask, REFUSED_OPERATION);
	other = fixture_properties("foo", now_s() + 30);
	ask = scene_sign(scene, &other);
	must_refuse(scene, &ask, REFUSED_OPERATION);
	other = fixture_update("bar", &tx.operations[0].witness_update.signing_key, now_s() + 30);
	ask = scene_sign(scene, &other);
	must_refuse(scene, &ask, REFUSED_WITNESS);
	other = fixture_update("foo", &other_key, now_s() + 30);
	ask = scene_sign(scene, &other);
	must_refuse(scene, &ask, REFUSED_SIGNING_KEY);
	other = fixture_update("foo", &null_key, now_s() + 30);
	ask = scene_sign(scene, &other);
	must_refuse(scene, &ask, REFUSED_SIGNING_KEY);
	other = granted();
	other.operations[0].witness_update.fee.amount = 1;
	ask = scene_sign(scene, &other);
	must_refuse(scene, &ask, REFUSED_FEE);
}

TEST(nor_late_nor_in_anothers_name, setup, teardown)
{
	struct scene *scene = *state;
	struct transaction tx = granted();
	struct message ask = scene_sign(scene, &tx);

	ask.sign.tx.expiration_s = (uint32_t)(now_s() + SIGNER_EXPIRATION_MAX_S + 30);
	must_refuse(scene, &ask, REFUSED_EXPIRATION);
	ask = scene_sign(scene, &tx);
	ask.sign.tx.expiration_s = UINT32_MAX;
	must_refuse(scene, &ask, REFUSED_EXPIRATION);
	ask = scene_sign(scene, &tx);
	ask.sign.tx.expiration_s = (uint32_t)now_s() - 1;
	must_refuse(scene, &ask, REFUSED_EXPIRED);
	ask = scene_sign(scene, &tx);
	ask.sign.instance = PUPPET; /* granted nothing */
	must_refuse(scene, &ask, REFUSED_OPERATION);
	ask.sign.instance = RIVAL; /* of another witness */
	must_refuse(scene, &ask, REFUSED_WITNESS);
	ask.sign.instance = 3;
	must_refuse(scene, &ask, REFUSED_INSTANCE);
	ask = scene_sign(scene, &tx);
	ask.sign.key_count = 0;
	must_refuse(scene, &ask, REFUSED_KEYS);
	ask = scene_sign(scene, &tx);
	ask.sign.keys[0] = 1; /* there is one */
	must_refuse(scene, &ask, REFUSED_KEYS);
	ask = scene_sign(scene, &tx);
	ask.sign.key_count = 2; /* the same twice */
	must_refuse(scene, &ask, REFUSED_KEYS);
	ask = scene_sign(scene, &tx);
	ask.sign.tx.operation_count = 2; /* one is counted, and one is signed */
	ask.sign.tx.operations[1] = granted().operations[0];
	must_refuse(scene, &ask, REFUSED_OPERATION_COUNT);
	ask = scene_sign(scene, &tx);
	ask.sign.tx.operation_count = 0;
	must_refuse(scene, &ask, REFUSED_OPERATION_COUNT);
	assert_int_equal(scene_order_number(scene, ORDER_SUBMIT, 0), GW_ERR_UNSUPPORTED); /* gw.submit/1 is NULL */
}

/* There is no way to name another chain: what it signs is its own chain's, and a stranger's key there. */
TEST(another_chain_has_no_use_of_it, setup, teardown)
{
	struct scene *scene = *state;
	struct chain_id ours, other = {{0x78}};
	struct public_key key, wanted = fixture_public(0);
	struct digest digest;
	const struct transaction tx = granted();
	const struct message ask = scene_sign(scene, &tx);

	must_refuse(scene, &ask, REFUSED_NOT);
	assert_int_equal(hex_decode(ours.bytes, sizeof(ours.bytes),
				    "782a3039b478c839e4cb0c941ff4eaeb7df40bdd68bd441afd444b9da763de12", 64),
			 GW_OK);
	const struct signed_transaction *done = &scene->message.done;

	transaction_digest(&digest, &ours, &done->bytes);
	assert_int_equal(signature_recover(&key, &done->signatures[0], &digest), GW_OK);
	assert_true(public_key_equal(&key, &wanted));
	transaction_digest(&digest, &other, &done->bytes);
	if (signature_recover(&key, &done->signatures[0], &digest) == GW_OK)
		assert_false(public_key_equal(&key, &wanted));
}

TEST(a_seventh_signature_is_refused, setup, teardown)
{
	struct scene *scene = *state;
	struct transaction tx = granted();

	for (uint16_t i = 0; i < 7; i++) {
		tx.ref_block_num = i;
		const struct message ask = scene_sign(scene, &tx);

		must_refuse(scene, &ask, i < 6 ? REFUSED_NOT : REFUSED_BUDGET);
	}
	scene_stop(scene);
	scene_start(scene); /* no new ones */
	const struct message ask = scene_sign(scene, &tx);

	must_refuse(scene, &ask, REFUSED_BUDGET);
	scene_await_said(scene, "refus");
}

/* ---- odd messages ----------------------------------------------------------------------------------------------- */

TEST(other_messages_end_both, setup, teardown)
{
	static const struct {
		enum message_type type;
		const char *name;
	} types[] = {{MESSAGE_SETUP, "SETUP"},	     {MESSAGE_KEY, "KEY"},
		     {MESSAGE_INSTANCE, "INSTANCE"}, {MESSAGE_GOLOSD_CONFIG, "GOLOSD_CONFIG"},
		     {MESSAGE_SEAL, "SEAL"},	     {MESSAGE_READY, "READY"},
		     {MESSAGE_FAILED, "FAILED"},     {MESSAGE_SIGNED, "SIGNED"},
		     {MESSAGE_REFUSED, "REFUSED"}};
	static uint8_t bytes[SIGNER_MESSAGE_MAX];
	struct scene *scene = *state;
	size_t len;

	for (size_t i = 0; i < COUNT(types); i++) {
		const struct message message = {.type = types[i].type, .id = 1};

		assert_int_equal(message_encode(bytes, &len, &message), GW_OK);
		scene_must_end(scene, bytes, len, types[i].name);
	}
	assert_non_null(strstr(scene_log(scene), "ending too"));
}

/* SIGN with each of its fields made odd, and cut or lengthened. Offsets as protocol.h gives them. */
TEST(odd_fields_end_both, setup, teardown)
{
	static const struct {
		size_t at;
		const char *name;
	} fields[] = {{0, "magic"}, {4, "version"}, {6, "type"}, {8 + 4, "length"}, {20, "number of keys"}};
	static uint8_t bytes[SIGNER_MESSAGE_MAX];
	struct scene *scene = *state;
	const struct transaction tx = granted();
	size_t len;

	for (size_t i = 0; i < COUNT(fields) + 3; i++) {
		const struct message message = scene_sign(scene, &tx);

		assert_int_equal(message_encode(bytes, &len, &message), GW_OK);
		if (i < COUNT(fields)) {
			memset(bytes + fields[i].at, 0xff, 2);
			scene_must_end(scene, bytes, len, fields[i].name);
		} else if (i == COUNT(fields)) {
			scene_must_end(scene, bytes, len - 1, "a cut message");
		} else if (i == COUNT(fields) + 1) {
			scene_must_end(scene, bytes, len + 1, "a byte too many");
		} else {
			scene_must_end(scene, bytes, 1, "one byte");
		}
	}
}

/* ---- where the key is not --------------------------------------------------------------------------------------- */

struct needle {
	const char *name;
	uint8_t bytes[64];
	size_t len;
};

/* The forms in which the key could lie about. */
static size_t needles(struct needle ret[6])
{
	const char *wif = fixture_keys[0].wif;
	struct secret_key secret = fixture_secret(0);
	char hex[2 * SECRET_KEY_BYTES + 1];

	hex_encode(hex, secret.bytes, SECRET_KEY_BYTES);
	ret[0] = (struct needle){.name = "raw", .len = SECRET_KEY_BYTES};
	memcpy(ret[0].bytes, secret.bytes, SECRET_KEY_BYTES);
	ret[1] = (struct needle){.name = "half of it, raw", .len = 16};
	memcpy(ret[1].bytes, secret.bytes + 16, 16);
	ret[2] = (struct needle){.name = "WIF", .len = 51};
	memcpy(ret[2].bytes, wif, 51);
	ret[3] = (struct needle){.name = "a piece of the WIF", .len = 20};
	memcpy(ret[3].bytes, wif + 20, 20);
	ret[4] = (struct needle){.name = "hexadecimal", .len = 64};
	memcpy(ret[4].bytes, hex, 64);
	ret[5] = (struct needle){.name = "half of it, reversed", .len = 16};
	for (size_t i = 0; i < 16; i++)
		ret[5].bytes[i] = secret.bytes[31 - i];
	return 6;
}

/* One walk at a time: nftw hands over no context. */
static struct {
	struct needle list[6];
	size_t count, files;
} searched;

static void search_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat facts;

	assert_true(fd >= 0 && fstat(fd, &facts) == 0);
	if (facts.st_size > 0) {
		size_t size = (size_t)facts.st_size;
		const void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);

		assert_ptr_not_equal(bytes, MAP_FAILED);
		for (size_t i = 0; i < searched.count; i++)
			if (memmem(bytes, size, searched.list[i].bytes, searched.list[i].len))
				fail_msg("%s holds the key: %s", path, searched.list[i].name);
		munmap((void *)(uintptr_t)bytes, size);
	}
	close(fd);
	searched.files++;
}

static int search_entry(const char *path, const struct stat *facts, int type, struct FTW *where)
{
	(void)where;
	if (type == FTW_F && S_ISREG(facts->st_mode) && !strstr(path, "/active.key"))
		search_file(path);
	return 0;
}

/* Everything that host and signer have written: log, journal, count of signatures, core files. */
static void assert_no_file_holds_it(struct scene *scene)
{
	searched.count = needles(searched.list);
	searched.files = 0;
	assert_int_equal(nftw(scene->dir, search_entry, 16, FTW_PHYS), 0);
	assert_true(searched.files >= 5);
}

static void assert_not_in_memory(struct scene *scene)
{
	struct needle list[6];
	size_t count = needles(list);
	const struct transaction tx = granted();
	const struct message ask = scene_sign(scene, &tx);

	must_refuse(scene, &ask, REFUSED_NOT);
	for (size_t i = 0; i < count; i++)
		if (scene_count(scene, list[i].bytes, list[i].len))
			fail_msg("the host's memory holds the key: %s", list[i].name);
	/* and the search finds what is there */
	assert_true(scene_count(scene, "witness_monitor(foo)", 20) > 0);
	struct public_key public = fixture_public(0);

	assert_true(scene_count(scene, public.bytes, sizeof(public.bytes)) > 0);
}

TEST(the_key_is_not_in_the_host, setup, teardown)
{
	struct scene *scene = *state;

	assert_not_in_memory(scene);
	assert_int_equal(scene_stop(scene), 0);
	assert_no_file_holds_it(scene);
	scene_start(scene);
}

TEST(the_key_is_not_in_the_host_that_was_root, setup_two_users, teardown)
{
	struct scene *scene = *state;

	if (!made(scene))
		skip();
	assert_not_in_memory(scene);
	assert_no_file_holds_it(scene);
}

TEST(a_key_from_the_environment_is_not_in_the_host, setup_environment, teardown)
{
	struct scene *scene = *state;

	assert_not_in_memory(scene);
	assert_int_equal(scene_order_text(scene, ORDER_OPEN, "/proc/self/environ"), 0);
	assert_no_file_holds_it(scene);
}

/* ---- core files ------------------------------------------------------------------------------------------------- */

/* Core files fall into the working directory, and may have some size. */
static bool cores_fall_here(void)
{
	char pattern[256] = "";
	struct rlimit limit;
	FILE *file = fopen("/proc/sys/kernel/core_pattern", "re");

	if (file) {
		if (!fgets(pattern, sizeof(pattern), file))
			pattern[0] = 0;
		fclose(file);
	}
	return pattern[0] && pattern[0] != '|' && pattern[0] != '/' && pattern[0] != '\n' &&
	       getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == RLIM_INFINITY;
}

static size_t count_cores(struct scene *scene)
{
	DIR *dir = opendir(scene_path(scene, "run"));
	const struct dirent *entry;
	size_t count = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)))
		count += strncmp(entry->d_name, "core", 4) == 0;
	closedir(dir);
	return count;
}

/* A plugin that wants a core file of the host, and the signer that is killed with it. */
TEST(the_hosts_core_file_does_not_hold_it, setup, teardown)
{
	struct scene *scene = *state;

	assert_not_in_memory(scene);
	scene_order_last(scene, ORDER_DUMP, 0);
	int status = scene_await_end(scene);

	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	if (cores_fall_here()) {
		assert_true(WCOREDUMP(status));
		assert_int_equal(count_cores(scene), 1);
	} else {
		print_message("[          ] not made: this system writes no core file into the working directory\n");
	}
	assert_no_file_holds_it(scene);
	scene_start(scene);
}

TEST(the_signer_leaves_no_core_file, setup, teardown)
{
	struct scene *scene = *state;

	assert_int_equal(scene_order_number(scene, ORDER_SIGNAL, SIGABRT), 0);
	int status = scene_await_end(scene);

	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_SIGNER);
	assert_non_null(strstr(scene_log(scene), "the signer was killed by signal 6"));
	assert_int_equal(count_cores(scene), 0);
	assert_no_file_holds_it(scene);
	scene_start(scene);
}

static void assert_standard_files_are_null(pid_t pid)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		char path[64], target[64] = "";

		snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)pid, fd);
		assert_true(readlink(path, target, sizeof(target) - 1) > 0);
		assert_string_equal(target, "/dev/null");
	}
}

/* No line of the log goes into the signer's channel, or into the journal. */
TEST(closed_standard_files_are_no_harm, setup_without_standard_files, teardown)
{
	struct scene *scene = *state;
	struct transaction tx = granted();
	const struct message ask = scene_sign(scene, &tx);

	assert_standard_files_are_null(scene->pid);
	assert_standard_files_are_null(scene_order(scene, ORDER_SIGNER, "", 0));
	assert_int_equal(scene_ask(scene, &ask), REFUSED_NOT);
	assert_int_equal(scene_order_text(scene, ORDER_NOTICE, "into nothing"), GW_OK);
	assert_int_equal(scene_ask(scene, &ask), REFUSED_NOT);
	assert_int_equal(scene_stop(scene), 0);
	scene_start(scene); /* also from what it has written */
}
