/* SPDX-License-Identifier: MIT
 *
 * What of a state is in use. Nine tenths of one are zeros: the ends of the monitor's lists, texts, the submission's
 * queue. Copying and hashing go by the spans that may hold anything else.
 */
#include <stddef.h>
#include <string.h>

#include "world.h"

#define SPANS_MAX (1 + NODES_MAX * 32)
#define TEXT_USED 64 /* of a text or url */

struct span {
	size_t at, end;
};

struct spans {
	uint32_t count;
	struct span list[SPANS_MAX];
};

/* From `at` to `end`, widened to whole words. */
static void add(struct spans *spans, size_t at, size_t end)
{
	spans->list[spans->count++] = (struct span){at / 8 * 8, (end + 7) / 8 * 8};
}

#define FROM(type, member) (at + offsetof(type, member))

static void add_monitor(struct spans *s, const struct monitor *m, size_t at)
{
	const struct monitor_counting *c = &m->counting;

	add(s, at, FROM(struct monitor, options.priority[NODES_MAX]));
	add(s, FROM(struct monitor, options.priority_count), FROM(struct monitor, chain.recent[m->chain.recent_count]));
	add(s, FROM(struct monitor, chain.seq), FROM(struct monitor, counting.misses[c->miss_count]));
	add(s, FROM(struct monitor, counting.gaps), FROM(struct monitor, counting.gaps[c->gap_count]));
	add(s, FROM(struct monitor, witness), FROM(struct monitor, witness.own_blocks[m->witness.own_block_count]));
	add(s, FROM(struct monitor, due), FROM(struct monitor, switches.list[m->switches.count]));
	add(s, FROM(struct monitor, ready), FROM(struct monitor, ready.host.now));
	add(s, FROM(struct monitor, ready.host.power), at + sizeof(*m));
}

static void add_record(struct spans *s, size_t at)
{
	add(s, at, FROM(struct submission_record, url[TEXT_USED]));
	add(s, FROM(struct submission_record, tapos_num), at + sizeof(struct submission_record));
}

static void add_watched(struct spans *s, size_t at)
{
	add(s, at, FROM(struct watched, event));
	add(s, FROM(struct watched, fetches), at + sizeof(struct watched));
}

static void add_host(struct spans *s, const struct host *h, size_t at)
{
	add(s, at, FROM(struct host, watched));
	add_watched(s, FROM(struct host, watched));
	add(s, FROM(struct host, alive_until_s), FROM(struct host, monitor));
	if (h->alive)
		add_monitor(s, &h->monitor, FROM(struct host, monitor));
	if (h->has_saved)
		add_monitor(s, &h->saved, FROM(struct host, saved));
	add(s, FROM(struct host, carrier), FROM(struct host, carrier.submission));
	if (h->carrier.busy) {
		add_record(s, FROM(struct host, carrier.submission.record));
		add(s, FROM(struct host, carrier.submission.state), FROM(struct host, carrier.submission.queue));
	}
	if (h->has_record)
		add_record(s, FROM(struct host, record));
}

static void spans_of(const struct world *w, uint32_t nodes, struct spans *ret)
{
	ret->count = 0;
	add(ret, 0, offsetof(struct world, hosts));
	for (uint32_t n = 0; n < nodes; n++)
		add_host(ret, &w->hosts[n], offsetof(struct world, hosts) + n * sizeof(struct host));
}

void world_copy(struct world *to, const struct world *from, uint32_t nodes)
{
	struct spans spans;

	spans_of(to, nodes, &spans);
	for (uint32_t i = 1; i < spans.count; i++)
		memset((unsigned char *)to + spans.list[i].at, 0, spans.list[i].end - spans.list[i].at);
	spans_of(from, nodes, &spans);
	for (uint32_t i = 0; i < spans.count; i++)
		memcpy((unsigned char *)to + spans.list[i].at, (const unsigned char *)from + spans.list[i].at,
		       spans.list[i].end - spans.list[i].at);
}

bool world_is_laid_out(const struct world *w, uint32_t nodes)
{
	const unsigned char *bytes = (const unsigned char *)w;
	struct spans spans;
	size_t at = 0;

	spans_of(w, nodes, &spans);
	for (uint32_t i = 0; i < spans.count; i++) {
		for (; at < spans.list[i].at; at++)
			if (bytes[at] != 0)
				return false;
		at = spans.list[i].end;
	}
	return true;
}

static uint64_t mix(uint64_t a, uint64_t b)
{
	__extension__ typedef unsigned __int128 wide;
	const wide product = (wide)(a ^ 0x9e3779b97f4a7c15u) * (b ^ 0xd6e8feb86659fd93u);

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Two lanes, that the processor works at side by side. */
static void hash_span(uint64_t lanes[2], const unsigned char *at, size_t size)
{
	uint64_t words[2];

	lanes[0] ^= size;
	for (; size >= sizeof(words); size -= sizeof(words), at += sizeof(words)) {
		memcpy(words, at, sizeof(words));
		lanes[0] = mix(lanes[0], words[0]);
		lanes[1] = mix(lanes[1], words[1]);
	}
	if (size > 0) {
		memcpy(words, at, sizeof(words[0]));
		lanes[0] = mix(lanes[0], words[0]);
	}
}

uint64_t world_bytes_hash(const struct world *w, uint32_t nodes)
{
	struct spans spans;
	uint64_t lanes[2] = {1, 2};

	spans_of(w, nodes, &spans);
	for (uint32_t i = 0; i < spans.count; i++)
		hash_span(lanes, (const unsigned char *)w + spans.list[i].at, spans.list[i].end - spans.list[i].at);
	return mix(lanes[0], lanes[1]);
}
