/* SPDX-License-Identifier: MIT
 * See confine.h. */
#include "fetch/program/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define MEMORY_MAX	((rlim_t)192 << 20) /* address space; libraries take a good half of it */
#define DESCRIPTORS_MAX 64
#define CPU_S_MAX	20

/* ---- limits ----------------------------------------------------------------------------------------------------- */

static gw_status limit(int what, rlim_t value, struct error *err)
{
	const struct rlimit both = {value, value};

	return setrlimit((unsigned)what, &both) == 0
		       ? GW_OK
		       : error_set(err, GW_ERR_SYSTEM, "a limit cannot be set: %s", strerror(errno));
}

static gw_status set_limits(struct error *err)
{
	if (limit(RLIMIT_NOFILE, DESCRIPTORS_MAX, err) || limit(RLIMIT_CPU, CPU_S_MAX, err) ||
	    limit(RLIMIT_FSIZE, 0, err))
		return err->status;
#ifndef GW_SANITIZED /* whose run-time reserves terabytes */
	return limit(RLIMIT_AS, MEMORY_MAX, err);
#else
	return GW_OK;
#endif
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

/* glibc has no names for these calls. */
bool confine_has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, LANDLOCK_CREATE_RULESET_VERSION) >= 1;
}

/* A path that is not there needs no rule. */
static void allow_reading(int rules, const char *path)
{
	struct landlock_path_beneath_attr beneath = {.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE};

	beneath.parent_fd = open(path, O_PATH | O_CLOEXEC);
	if (beneath.parent_fd < 0)
		return;
	(void)syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0);
	close(beneath.parent_fd);
}

static gw_status bound_files(const char *ca_file, struct error *err)
{
	/* certificates; what glibc resolves names with, and its modules */
	static const char *const readable[] = {
		"/etc/ssl",
		"/usr/lib/ssl",
		"/usr/share/ca-certificates",
		"/usr/local/share/ca-certificates",
		"/etc/hosts",
		"/etc/resolv.conf",
		"/etc/nsswitch.conf",
		"/etc/host.conf",
		"/etc/gai.conf",
		"/etc/ld.so.cache",
		"/etc/localtime",
		"/etc/services",
		"/usr/lib",
		"/lib",
		"/lib64",
		"/dev/urandom",
	};
	const uint64_t all = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1; /* of its first version */
	const struct landlock_ruleset_attr handled = {.handled_access_fs = all};

	if (!confine_has_landlock())
		return GW_OK;
	int rules = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof(handled.handled_access_fs), 0);

	for (size_t i = 0; i < sizeof(readable) / sizeof(readable[0]) && rules >= 0; i++)
		allow_reading(rules, readable[i]);
	if (ca_file && rules >= 0)
		allow_reading(rules, ca_file);
	bool done = rules >= 0 && syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	int failure = errno;
	if (rules >= 0)
		close(rules);
	return done ? GW_OK : error_set(err, GW_ERR_SYSTEM, "files cannot be bounded: %s", strerror(failure));
}

/* ---- system calls ------------------------------------------------------------------------------------------------ */

/* Of sockets those of a client: TCP and UDP, what a resolver of this machine listens on, and the list of addresses that
 * glibc asks the kernel for. */
static int allow_sockets(scmp_filter_ctx filter)
{
	static const int families[] = {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK};
	int failure = 0;

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		const struct scmp_arg_cmp family = {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)families[i]};

		failure |= seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(socket), 1, &family);
	}
	return failure;
}

/* A thread (of the resolver), and no process. clone3 hides its flags and is not there: glibc does without. */
static int allow_threads(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp thread = {
		.arg = 0, .op = SCMP_CMP_MASKED_EQ, .datum_a = CLONE_THREAD, .datum_b = CLONE_THREAD};

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1, &thread);
}

static gw_status load(scmp_filter_ctx filter, int failure, struct error *err)
{
	if (!failure)
		failure = seccomp_load(filter);
	seccomp_release(filter);
	return failure ? error_set(err, GW_ERR_SYSTEM, "the kernel refused the list of system calls: %s",
				   strerror(failure < 0 ? -failure : failure))
		       : GW_OK;
}

static gw_status bound_calls(struct error *err)
{
	static const int calls[] = {
		/* memory, threads, time */
		SCMP_SYS(brk),
		SCMP_SYS(mmap),
		SCMP_SYS(munmap),
		SCMP_SYS(mremap),
		SCMP_SYS(mprotect),
		SCMP_SYS(madvise),
		SCMP_SYS(futex),
		SCMP_SYS(set_robust_list),
		SCMP_SYS(rseq),
		SCMP_SYS(exit),
		SCMP_SYS(exit_group),
		SCMP_SYS(restart_syscall),
		SCMP_SYS(sched_yield),
		SCMP_SYS(sched_getaffinity),
		SCMP_SYS(gettimeofday),
		SCMP_SYS(time),
		SCMP_SYS(clock_gettime),
		SCMP_SYS(clock_nanosleep),
		SCMP_SYS(nanosleep),
		SCMP_SYS(getrandom),
		SCMP_SYS(rt_sigaction),
		SCMP_SYS(rt_sigprocmask),
		SCMP_SYS(rt_sigreturn),
		SCMP_SYS(sigaltstack),
		SCMP_SYS(getpid),
		SCMP_SYS(gettid),
		SCMP_SYS(getuid),
		SCMP_SYS(geteuid),
		SCMP_SYS(getgid),
		SCMP_SYS(getegid),
		SCMP_SYS(uname),
		SCMP_SYS(sysinfo),
		SCMP_SYS(prlimit64),
		SCMP_SYS(getrlimit),
		SCMP_SYS(prctl),
		/* files, which Landlock bounds */
		SCMP_SYS(open),
		SCMP_SYS(openat),
		SCMP_SYS(close),
		SCMP_SYS(read),
		SCMP_SYS(readv),
		SCMP_SYS(pread64),
		SCMP_SYS(write),
		SCMP_SYS(writev),
		SCMP_SYS(lseek),
		SCMP_SYS(stat),
		SCMP_SYS(lstat),
		SCMP_SYS(fstat),
		SCMP_SYS(newfstatat),
		SCMP_SYS(statx),
		SCMP_SYS(access),
		SCMP_SYS(faccessat),
		SCMP_SYS(faccessat2),
		SCMP_SYS(readlink),
		SCMP_SYS(readlinkat),
		SCMP_SYS(fcntl),
		SCMP_SYS(dup),
		SCMP_SYS(ioctl),
		/* the network */
		SCMP_SYS(connect),
		SCMP_SYS(bind),
		SCMP_SYS(sendto),
		SCMP_SYS(recvfrom),
		SCMP_SYS(sendmsg),
		SCMP_SYS(recvmsg),
		SCMP_SYS(sendmmsg),
		SCMP_SYS(recvmmsg),
		SCMP_SYS(shutdown),
		SCMP_SYS(getsockname),
		SCMP_SYS(getpeername),
		SCMP_SYS(getsockopt),
		SCMP_SYS(setsockopt),
		SCMP_SYS(socketpair),
		SCMP_SYS(poll),
		SCMP_SYS(ppoll),
		SCMP_SYS(select),
		SCMP_SYS(pselect6),
		SCMP_SYS(epoll_create1),
		SCMP_SYS(epoll_ctl),
		SCMP_SYS(epoll_wait),
		SCMP_SYS(epoll_pwait),
		SCMP_SYS(pipe),
		SCMP_SYS(pipe2),
		SCMP_SYS(eventfd2),
	};
	/* a call that a later glibc tries is one that this kernel does not have */
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));

	if (!filter)
		return error_set(err, GW_ERR_SYSTEM, "seccomp cannot start");
	int failure = allow_sockets(filter) | allow_threads(filter);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i] >= 0) /* not on this machine: libseccomp's negative pseudo number */
			failure |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	return load(filter, failure, err);
}

gw_status confine_parent(struct error *err)
{
	static const int never[] = {SCMP_SYS(execve),
				    SCMP_SYS(execveat),
				    SCMP_SYS(ptrace),
				    SCMP_SYS(mount),
				    SCMP_SYS(process_vm_readv),
				    SCMP_SYS(process_vm_writev),
				    SCMP_SYS(setuid),
				    SCMP_SYS(setresuid),
				    SCMP_SYS(bpf),
				    SCMP_SYS(unshare),
				    SCMP_SYS(setns),
				    SCMP_SYS(keyctl),
				    SCMP_SYS(io_uring_setup),
				    SCMP_SYS(userfaultfd),
				    SCMP_SYS(listen)};
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	int failure = 0;

	tzset(); /* as long as its file can be read */
	if (!filter)
		return error_set(err, GW_ERR_SYSTEM, "seccomp cannot start");
	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++)
		if (never[i] >= 0)
			failure |= seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, never[i], 0);
	return load(filter, failure, err);
}

gw_status confine_child(const char *ca_file, struct error *err)
{
	return set_limits(err) || bound_files(ca_file, err) || bound_calls(err) ? err->status : GW_OK;
}
