/* SPDX-License-Identifier: MIT
 *
 * Signer.
 */
#include "signer/program/harden.h"

#include <errno.h>
#include <seccomp.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* ---- system calls ------------------------------------------------------------------------------------------------ */

/* Allowed on one descriptor alone. */
static int allow_on(scmp_filter_ctx filter, int call, int fd)
{
	const struct scmp_arg_cmp on_fd = {.arg = 0, .op = SCMP_CMP_EQ, .datum_a = (scmp_datum_t)fd};

	return seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &on_fd);
}

/* Memory for the C library: anonymous, never executable. */
static int allow_memory(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp anonymous[] = {
		{.arg = 2, .op = SCMP_CMP_MASKED_EQ, .datum_a = PROT_EXEC, .datum_b = 0},
		{.arg = 3, .op = SCMP_CMP_MASKED_EQ, .datum_a = MAP_ANONYMOUS, .datum_b = MAP_ANONYMOUS},
	};

	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(brk), 0) |
	       seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(munmap), 0) |
	       seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, anonymous);
}

static int allow_service(scmp_filter_ctx filter, int channel_fd, int count_fd)
{
	static const int anywhere[] = {
		SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(time),
		SCMP_SYS(getrandom),	 SCMP_SYS(futex),	 SCMP_SYS(rt_sigreturn),
		SCMP_SYS(exit_group),	 SCMP_SYS(exit),	 SCMP_SYS(restart_syscall),
	};
	int failure = 0;

	for (size_t i = 0; i < sizeof(anywhere) / sizeof(anywhere[0]); i++)
		failure |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, anywhere[i], 0);
	failure |= allow_on(filter, SCMP_SYS(recvfrom), channel_fd);
	failure |= allow_on(filter, SCMP_SYS(sendto), channel_fd);
	failure |= allow_on(filter, SCMP_SYS(write), STDERR_FILENO);
	if (count_fd < 0)
		return failure;
	failure |= allow_on(filter, SCMP_SYS(write), count_fd);
	failure |= allow_on(filter, SCMP_SYS(fdatasync), count_fd);
	return failure | allow_on(filter, SCMP_SYS(ftruncate), count_fd);
}

/* The further calls of AddressSanitizer's own run-time; in no other build. They open nothing either. */
static int allow_sanitizer(scmp_filter_ctx filter)
{
	int failure = 0;
#ifdef GW_SANITIZED
	static const int calls[] = {
		SCMP_SYS(madvise), SCMP_SYS(sched_yield), SCMP_SYS(sigaltstack), SCMP_SYS(rt_sigaction),
		SCMP_SYS(getpid),  SCMP_SYS(gettid),	  SCMP_SYS(getrlimit),	 SCMP_SYS(prlimit64),
	};

	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		failure |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
#else
	(void)filter;
#endif
	return failure;
}

gw_status harden_seal(int channel_fd, int count_fd, struct error *err)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_KILL_PROCESS);

	tzset(); /* glibc opens /etc/localtime at the first gmtime_r, even for UTC: the log's, which may come after this
		  */
	if (!filter)
		return error_set(err, GW_ERR_SYSTEM, "seccomp cannot start");
	/* every thread there is, for they share the keys' memory */
	int failure = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) | allow_memory(filter) |
		      allow_service(filter, channel_fd, count_fd) | allow_sanitizer(filter);

	if (!failure)
		failure = seccomp_load(filter);
	seccomp_release(filter);
	return failure ? error_set(err, GW_ERR_SYSTEM, "the kernel refused the list of system calls: %s",
				   strerror(failure < 0 ? -failure : failure))
		       : GW_OK;
}
