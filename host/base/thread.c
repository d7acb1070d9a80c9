/* SPDX-License-Identifier: MIT
 * A thread that takes no signals. */
#include "base/thread.h"

#include <signal.h>

int thread_start(pthread_t *ret, const char *name, size_t stack_bytes, void *(*run)(void *context), void *context)
{
	pthread_attr_t attributes;
	sigset_t all_signals;
	pthread_t thread;

	sigfillset(&all_signals);
	pthread_attr_init(&attributes);
	pthread_attr_setsigmask_np(&attributes, &all_signals);
	if (stack_bytes)
		pthread_attr_setstacksize(&attributes, stack_bytes);
	if (!ret)
		pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	int failure = pthread_create(&thread, &attributes, run, context);
	pthread_attr_destroy(&attributes);
	if (failure)
		return failure;
	if (name)
		(void)pthread_setname_np(thread, name);
	if (ret)
		*ret = thread;
	return 0;
}
