/* SPDX-License-Identifier: MIT
 *
 * Child processes of a test: they end with this process whatever ends it, and each wait has a deadline.
 */
#ifndef INTEGRATION_PROCESS_H
#define INTEGRATION_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct process {
	pid_t pid; /* 0: none */
	int fd;	   /* its pidfd */
};

/* Descriptors of the child; -1: /dev/null. */
struct process_output {
	int out, err;
};

/* argv[0] is a path. environment NULL: ours. A group of its own, so that Ctrl-C reaches us alone. Aborts on failure. */
struct process process_start(char *const argv[], char *const environment[], struct process_output output);
/* false: it still runs at the deadline. *ret_status as waitpid gives it; *process is none any more. */
bool process_await_end(struct process *process, int64_t deadline_ms, int *ret_status);
/* Sends the signal and waits; after 10 s SIGKILL. None is fine. Returns waitpid's status. */
int process_end(struct process *process, int signal);
/* The first child of a process, or the first of that name (15 characters of it); 0: it has none. */
pid_t process_child_of(pid_t pid);
pid_t process_child_named(pid_t pid, const char *name);

int64_t process_now_ms(void); /* monotonic */

#endif
