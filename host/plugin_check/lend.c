/* SPDX-License-Identifier: MIT
 *
 * See lend.h. Pages are kept for thousands of calls, so that an address names the call to which it was lent.
 */
#include "plugin_check/lend.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "plugin_check/report.h"

#define REGION_BYTES ((size_t)256 << 10) /* an option may be JSON of 64 KiB */
#define REGIONS_MAX  2048		 /* then the oldest is given back */
#define BUFFERS_MAX  4
#define PAGE_BYTES   ((size_t)4096)

struct buffer {
	char *start;
	size_t pages, len; /* bytes of it up to the guard page; what was asked for */
};

struct region {
	char *start;
	const char *call;
	size_t used;
	enum { REGION_FILLED, REGION_LENT, REGION_BACK } state;
	size_t buffer_count;
	struct buffer buffers[BUFFERS_MAX];
	struct region *outer;
};

static struct region regions[REGIONS_MAX];
static size_t region_count; /* since the start */
static struct region *current;

static char *map(size_t len)
{
	char *start = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (start == MAP_FAILED)
		abort();
	return start;
}

static void protect(char *start, size_t len, int rights)
{
	if (mprotect(start, len, rights) != 0)
		abort();
}

void lend_begin(const char *call)
{
	struct region *region = &regions[region_count++ % REGIONS_MAX];

	for (size_t i = 0; i < region->buffer_count; i++)
		munmap(region->buffers[i].start, region->buffers[i].pages + PAGE_BYTES);
	if (region->start)
		munmap(region->start, REGION_BYTES);
	*region = (struct region){.start = map(REGION_BYTES), .call = call, .outer = current};
	current = region;
}

void *lend(const void *bytes, size_t len)
{
	char *at = current->start + current->used;

	current->used += (len + 15) & ~(size_t)15;
	if (current->used > REGION_BYTES)
		abort();
	return memcpy(at, bytes, len);
}

const char *lend_text(const char *text)
{
	return text ? lend(text, strlen(text) + 1) : NULL;
}

const void *lend_list(const void *const *list, size_t count, size_t len)
{
	const void **copy;

	if (count == 0)
		return NULL;
	copy = lend(list, count * sizeof(*list));
	for (size_t i = 0; i < count; i++)
		copy[i] = lend(list[i], len);
	return copy;
}

char *lend_buffer(size_t len)
{
	size_t pages = (len + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
	char *start = map(pages + PAGE_BYTES);

	if (current->buffer_count == BUFFERS_MAX)
		abort();
	protect(start + pages, PAGE_BYTES, PROT_NONE);
	current->buffers[current->buffer_count++] = (struct buffer){.start = start, .pages = pages, .len = len};
	return start + pages - len;
}

void lend_lock(void)
{
	protect(current->start, REGION_BYTES, PROT_READ);
	current->state = REGION_LENT;
}

void lend_end(void)
{
	protect(current->start, REGION_BYTES, PROT_NONE);
	madvise(current->start, REGION_BYTES, MADV_DONTNEED);
	for (size_t i = 0; i < current->buffer_count; i++)
		protect(current->buffers[i].start, current->buffers[i].pages, PROT_NONE);
	current->state = REGION_BACK;
	current = current->outer;
}

/* ---- who reaches for it ----------------------------------------------------------------------------------------- */

static bool is_within(const char *at, const char *start, size_t len)
{
	return at >= start && at < start + len;
}

static const struct buffer *buffer_of(const struct region *region, const char *at)
{
	for (size_t i = 0; i < region->buffer_count; i++)
		if (is_within(at, region->buffers[i].start, region->buffers[i].pages + PAGE_BYTES))
			return &region->buffers[i];
	return NULL;
}

static bool name_region(const struct region *region, const char *at)
{
	const struct buffer *buffer = buffer_of(region, at);

	if (!buffer && !is_within(at, region->start, REGION_BYTES))
		return false;
	if (region->state == REGION_BACK)
		report_finding("%s uses what %s was lent: whatever is handed over is borrowed until the call returns",
			       report_who(), region->call);
	else if (buffer)
		report_finding("%s writes beyond the %zu bytes of the buffer that it was given", report_who(),
			       buffer->len);
	else
		report_finding("%s writes into what it was lent: an event and its parts are the host's", report_who());
	return true;
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
	const char *at = info->si_addr;
	bool named = false;

	(void)context;
	for (size_t i = 0; signal == SIGSEGV && i < REGIONS_MAX && regions[i].start && !named; i++)
		named = name_region(&regions[i], at);
	if (!named)
		report_finding("%s crashes (%s), while %s", report_who(), strsignal(signal), report->during);
	_exit(LEND_FAULT_NAMED);
}

void lend_catch_faults(void)
{
	static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGTRAP};
	static char stack[65536];
	struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_ONSTACK | SA_SIGINFO};

	sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof(stack)}, NULL);
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
		sigaction(fatal[i], &action, NULL);
}
