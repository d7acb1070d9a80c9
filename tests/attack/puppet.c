/* SPDX-License-Identifier: MIT
 * A bad plugin on strings. See puppet.h. */
#include "puppet.h"

#include <golos_watch/plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define LISTEN_MS	2 /* how often it looks for an order */
#define ANSWER_MS	5000
#define DESCRIPTORS_MAX 1024
#define MAPPING_MAX	(64ul << 20) /* larger is a sanitizer's shadow */
#define CHUNK		65536u
#define TYPE_AT		6 /* in a message of the signer's, signer/wire/protocol.h */
#define TYPE_PONG	20

struct puppet {
	const struct gw_host_api *api;
	struct gw_host *host;
	int fd;
	struct kill_at kill_at;
	struct puppet_packet packet;
};

/* ---- the signer ------------------------------------------------------------------------------------------------- */

static pid_t signer_pid(void)
{
	int pid = 0;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", (int)getpid());
	FILE *file = fopen(path, "re");
	if (!file)
		return 0;
	if (fscanf(file, "%d", &pid) != 1)
		pid = 0;
	fclose(file);
	return pid;
}

static int32_t try_open(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int32_t try_trace(void)
{
	static char place[16];
	char stolen[16];
	struct iovec to = {stolen, sizeof(stolen)}, from = {place, sizeof(place)};
	pid_t pid = signer_pid();
	int32_t worked = 0;

	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) == 0)
		worked |= TRACE_SEIZE;
	if (ptrace(PTRACE_ATTACH, pid, NULL, NULL) == 0)
		worked |= TRACE_ATTACH;
	if (process_vm_readv(pid, &to, 1, &from, 1, 0) > 0)
		worked |= TRACE_READV;
	return worked;
}

static int32_t try_steal(int target)
{
	int pidfd = pidfd_open(signer_pid(), 0);
	int stolen = (int)syscall(SYS_pidfd_getfd, pidfd, target, 0);
	int failure = stolen < 0 ? errno : 0;

	close(pidfd);
	if (stolen >= 0)
		close(stolen);
	return failure;
}

/* The one socket of its kind that is not ours. */
static int find_channel(const struct puppet *self)
{
	for (int fd = 3; fd < DESCRIPTORS_MAX; fd++) {
		int domain = 0, type = 0;
		socklen_t size = sizeof(int);

		if (fd != self->fd && getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 &&
		    type == SOCK_SEQPACKET && getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) == 0 &&
		    domain == AF_UNIX)
			return fd;
	}
	return -1;
}

/* Speaks in the host's place; the answer takes the order's. */
static int32_t speak(struct puppet *self)
{
	int channel = find_channel(self);
	struct pollfd answer = {.fd = channel, .events = POLLIN};
	uint32_t len = self->packet.len;

	self->packet.len = 0;
	if (channel < 0 || send(channel, self->packet.bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
		return 0;
	do {
		if (poll(&answer, 1, ANSWER_MS) != 1)
			return 0;
		ssize_t n = recv(channel, self->packet.bytes, sizeof(self->packet.bytes), 0);
		if (n <= 0)
			return 0;
		self->packet.len = (uint32_t)n;
	} while (self->packet.bytes[TYPE_AT] == TYPE_PONG); /* the host has asked whether it is there */
	return 1;
}

/* ---- the host's own memory -------------------------------------------------------------------------------------- */

/* memchr goes from one first byte to the next: byte by byte, a sanitizer's host of some 100 MB takes a minute. */
static int32_t count_in(const uint8_t *memory, size_t len, const struct puppet_packet *pattern)
{
	const uint8_t first = pattern->bytes[0] ^ SCAN_MASK, *at = memory, *end = memory + len;
	int32_t found = 0;

	while ((size_t)(end - at) >= pattern->len &&
	       (at = memchr(at, first, (size_t)(end - at) - pattern->len + 1)) != NULL) {
		size_t same = 1;

		while (same < pattern->len && (at[same] ^ SCAN_MASK) == pattern->bytes[same])
			same++;
		found += same == pattern->len;
		at++;
	}
	return found;
}

/* One mapping, in chunks that overlap by the pattern's length less one. */
static int32_t scan_mapping(int mem, unsigned long begin, unsigned long end, const struct puppet_packet *pattern)
{
	static uint8_t chunk[CHUNK];
	int32_t found = 0;

	for (unsigned long at = begin; at < end;) {
		size_t want = end - at < CHUNK ? end - at : CHUNK;
		ssize_t n = pread(mem, chunk, want, (off_t)at);

		if (n < (ssize_t)pattern->len)
			break;
		found += count_in(chunk, (size_t)n, pattern);
		if ((size_t)n == end - at)
			break;
		at += (size_t)n - (pattern->len - 1);
	}
	memset(chunk, 0, sizeof(chunk)); /* a copy is not to be found by the next scan */
	return found;
}

/* -1: the memory cannot be read, which is a mistake of the test. */
static int32_t scan(const struct puppet_packet *pattern)
{
	char line[512], rights[8];
	unsigned long begin, end;
	int32_t found = 0;

	prctl(PR_SET_DUMPABLE, 1); /* after setuid /proc/self/mem is root's */
	int mem = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	FILE *maps = fopen("/proc/self/maps", "re");
	if (mem < 0 || !maps || !pattern->len)
		return -1;
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %7s", &begin, &end, rights) == 3 && rights[0] == 'r' &&
		    end - begin <= MAPPING_MAX && !strstr(line, "[v"))
			found += scan_mapping(mem, begin, end, pattern);
	fclose(maps);
	close(mem);
	return found;
}

static void dump_core(void)
{
	struct rlimit limit;

	prctl(PR_SET_DUMPABLE, 1);
	if (getrlimit(RLIMIT_CORE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_CORE, &limit);
	}
	abort();
}

/* ---- orders ----------------------------------------------------------------------------------------------------- */

static int number_of(const struct puppet_packet *packet)
{
	int number;

	memcpy(&number, packet->bytes, sizeof(number));
	return number;
}

static int32_t submit(const struct puppet *self)
{
	const struct gw_submit_v1 *table = self->api->service(self->host, GW_SERVICE_SUBMIT);
	struct gw_intent intent;
	uint64_t id;

	memcpy(&intent, self->packet.bytes, sizeof(intent));
	return table ? table->submit(self->host, &intent, &id) : GW_ERR_UNSUPPORTED;
}

static int32_t lie(struct puppet *self)
{
	const struct gw_notice_v1 *table = self->api->service(self->host, GW_SERVICE_NOTICE);

	return table->notice(self->host, GW_CRITICAL, "puppet", (const char *)self->packet.bytes, NULL);
}

/* The packet's bytes have a NUL behind them. Returns the value; bytes go back only where ORDER_SEND left some. */
static int32_t obey(struct puppet *self)
{
	struct puppet_packet *packet = &self->packet;
	enum order order = (enum order)packet->what;

	if (order == ORDER_SEND)
		return speak(self);
	int32_t value = -1;
	switch (order) {
	case ORDER_SEND:
		break;
	case ORDER_SIGNER:
		value = signer_pid();
		break;
	case ORDER_OPEN:
		value = try_open((const char *)packet->bytes);
		break;
	case ORDER_TRACE:
		value = try_trace();
		break;
	case ORDER_STEAL:
		value = try_steal(number_of(packet));
		break;
	case ORDER_SIGNAL:
		value = kill(signer_pid(), number_of(packet)) == 0 ? 0 : errno;
		break;
	case ORDER_CHANNEL:
		value = find_channel(self);
		break;
	case ORDER_SCAN:
		value = scan(packet);
		break;
	case ORDER_DUMP:
		dump_core();
		break;
	case ORDER_EXIT:
		_exit(number_of(packet));
	case ORDER_SUBMIT:
		value = submit(self);
		break;
	case ORDER_KILL_AT:
		memcpy(&self->kill_at, packet->bytes, sizeof(self->kill_at));
		value = 0;
		break;
	case ORDER_NOTICE:
		value = lie(self);
		break;
	}
	packet->len = 0;
	return value;
}

static void on_timer(void *context, const struct gw_timer_event *event)
{
	struct puppet *self = context;
	ssize_t n = recv(self->fd, &self->packet, sizeof(self->packet) - 1, MSG_DONTWAIT);

	(void)event;
	if (n >= (ssize_t)PUPPET_HEADER_BYTES) {
		self->packet.bytes[(size_t)n - PUPPET_HEADER_BYTES] = 0;
		self->packet.what = obey(self);
		(void)!send(self->fd, &self->packet, PUPPET_HEADER_BYTES + self->packet.len, MSG_NOSIGNAL);
	}
	if (n == 0)
		_exit(0); /* the test is gone */
	self->api->timer_set(self->host, 0, LISTEN_MS);
}

static void on_submission(void *context, const struct gw_submission_event *event)
{
	const struct puppet *self = context;

	if (event->state == self->kill_at.state)
		kill(self->kill_at.signer ? signer_pid() : getpid(), SIGKILL);
}

/* ---- a plugin like any other ------------------------------------------------------------------------------------ */

static const struct gw_option options[] = {
	{.name = "socket", .type = GW_OPTION_STRING, .required = 1, .help = "Abstract socket where orders come from."},
	{.name = "witness", .type = GW_OPTION_ACCOUNT, .help = "Not looked at."},
	{.name = "witness_pubkey", .type = GW_OPTION_KEY, .help = "Not looked at."},
};

static gw_status puppet_open(const struct gw_host_api *api, struct gw_host *host,
			     const struct gw_option_value *const *values, size_t value_count, void **ret_self,
			     char ret_error[GW_TEXT_SIZE])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct puppet *self = calloc(1, sizeof(*self));

	(void)value_count;
	if (!self)
		return GW_ERR_NOMEM;
	*self = (struct puppet){.api = api, .host = host, .fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)};
	snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "%s", values[0]->text);
	if (connect(self->fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		snprintf(ret_error, GW_TEXT_SIZE, "%s: %s", values[0]->text, strerror(errno));
		close(self->fd);
		free(self);
		return GW_ERR_SYSTEM;
	}
	*ret_self = self;
	return GW_OK;
}

static gw_status puppet_start(void *context)
{
	struct puppet *self = context;

	return self->api->timer_set(self->host, 0, LISTEN_MS);
}

static void puppet_stop(void *context)
{
	(void)context;
}

static void puppet_close(void *context)
{
	struct puppet *self = context;

	close(self->fd);
	free(self);
}

GW_PLUGIN_EXPORT const struct gw_plugin_entry gw_plugin_entry = {
	.struct_size = sizeof(struct gw_plugin_entry),
	.abi_major = GW_ABI_MAJOR,
	.abi_minor = GW_ABI_MINOR,
	.name = "puppet",
	.version = "1.0",
	.summary = "A bad plugin on strings.",
	.options = options,
	.option_count = sizeof(options) / sizeof(options[0]),
	.option_size = sizeof(options[0]),
	.open = puppet_open,
	.start = puppet_start,
	.stop = puppet_stop,
	.close = puppet_close,
	.on_submission = on_submission,
	.on_timer = on_timer,
};
