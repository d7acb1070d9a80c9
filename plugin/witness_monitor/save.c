/* SPDX-License-Identifier: MIT
 *
 * What survives a restart, as one versioned text. A line a fact, words separated by one space; what is not known is
 * written as "-". The first line names the version, the last is "end", so that half a text is never taken for a whole.
 */
#include "rules.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define HEADER	      "golos_watch_monitor 1"
#define WORDS_MAX     8
#define LINE_MAX_SIZE 256

/* ---- writing --------------------------------------------------------------------------------------------------- */

static const char *word_or_dash(const char *text)
{
	return text[0] != '\0' ? text : "-";
}

static void put_ref(struct writer *w, const char *name, const struct monitor_block_ref *ref)
{
	text_put(w, "%s %" PRIu32 " %" PRId64 " %s", name, ref->num, ref->time_s, word_or_dash(ref->id));
}

static void put_counting(struct writer *w, const struct monitor *m)
{
	const struct monitor_counting *c = &m->counting;

	if (c->has_total) {
		put_ref(w, "total", &c->answer);
		text_put(w, " %" PRId64 "\n", c->total);
	}
	for (uint32_t i = 0; i < c->charged_count; i++)
		text_put(w, "charged %" PRIu32 "\n", c->charged[i]);
	for (uint32_t i = 0; i < c->miss_count; i++) {
		put_ref(w, "miss", &c->misses[i].block);
		text_put(w, "\n");
	}
}

static void put_hold(struct writer *w, const struct monitor_hold *hold)
{
	char by[sizeof(hold->by)];

	if (!hold->on)
		return;
	text_copy(by, sizeof(by), hold->by);
	for (char *at = by; *at != '\0'; at++)
		if (*at <= ' ' || *at == 127)
			*at = '_';
	text_put(w, "hold %" PRId64 " %s\n", hold->until_s, word_or_dash(by));
}

gw_status monitor_save(const struct monitor *m, char ret[MONITOR_SAVE_SIZE])
{
	struct writer w = {ret, 0, MONITOR_SAVE_SIZE, false};
	const struct monitor_switches *s = &m->switches;

	text_put(&w, "%s\n", HEADER);
	text_put(&w, "witness %s\n", m->options.witness);
	text_put(&w, "key %s %d %" PRId64 "\n", word_or_dash(m->witness.key), m->witness.null_origin,
		 m->witness.key_since_s);
	if (m->witness.key_trusted)
		text_put(&w, "key_trusted\n");
	if (m->witness.missed_key[0] != '\0')
		text_put(&w, "missed_key %s\n", m->witness.missed_key);
	text_put(&w, "blocks %" PRIu32 " %" PRIu32 " %" PRIu32 "\n", m->witness.confirmed, m->witness.seen,
		 m->witness.produced);
	put_counting(&w, m);
	text_put(&w, "first_due %" PRId64 "\n", m->due.first_s);
	if (m->attempt.late_until_s != 0)
		text_put(&w, "stray %" PRId64 "\n", m->attempt.late_until_s);
	if (m->attempt.fails_back)
		text_put(&w, "fails_back\n");
	if (m->attempt.command_lost || attempt_command_waits(m))
		text_put(&w, "order_waits\n");
	for (uint32_t i = 0; i < s->count; i++) {
		put_ref(&w, "switch", &s->list[i]);
		text_put(&w, "\n");
	}
	text_put(&w, "after %d %d %d %d %d %d\n", s->first_pending, s->first_reported, s->first_missed,
		 s->may_be_nulled, s->rules_moved, s->preempted);
	put_hold(&w, &m->hold);
	text_put(&w, "end\n");
	return w.full ? GW_ERR_RANGE : GW_OK;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

struct line {
	const char *words[WORDS_MAX];
	size_t count;
};

static bool read_number(const char *word, int64_t min, int64_t max, int64_t *ret)
{
	char *end;
	long long value;

	if ((word[0] < '0' || word[0] > '9') && word[0] != '-')
		return false;
	value = strtoll(word, &end, 10);
	if (end == word || *end != '\0' || value < min || value > max)
		return false;
	*ret = value;
	return true;
}

static bool read_u32(const char *word, uint32_t *ret)
{
	int64_t value;

	if (!read_number(word, 0, UINT32_MAX, &value))
		return false;
	*ret = (uint32_t)value;
	return true;
}

static bool read_u8(const char *word, uint8_t max, uint8_t *ret)
{
	int64_t value;

	if (!read_number(word, 0, max, &value))
		return false;
	*ret = (uint8_t)value;
	return true;
}

/* Seconds, far from where their milliseconds would overflow. */
static bool read_time(const char *word, int64_t *ret)
{
	return read_number(word, 0, INT64_C(1) << 40, ret);
}

static bool read_word(const char *word, char *to, size_t size)
{
	if (strlen(word) >= size)
		return false;
	text_copy(to, size, strcmp(word, "-") == 0 ? "" : word);
	return true;
}

static bool read_id(const char *word, char to[GW_ID_SIZE])
{
	if (strcmp(word, "-") != 0 &&
	    (strlen(word) != GW_ID_SIZE - 1 || strspn(word, "0123456789abcdef") != GW_ID_SIZE - 1))
		return false;
	return read_word(word, to, GW_ID_SIZE);
}

/* words[1..3]: number, time, id */
static bool read_ref(const struct line *line, struct monitor_block_ref *ref)
{
	return read_u32(line->words[1], &ref->num) && read_time(line->words[2], &ref->time_s) &&
	       read_id(line->words[3], ref->id);
}

static bool read_witness(struct monitor *m, const struct line *line)
{
	return strcmp(line->words[1], m->options.witness) == 0;
}

static bool read_key(struct monitor *m, const struct line *line)
{
	return read_word(line->words[1], m->witness.key, sizeof(m->witness.key)) &&
	       read_u8(line->words[2], GW_NULL_CHAIN, &m->witness.null_origin) &&
	       read_time(line->words[3], &m->witness.key_since_s);
}

static bool read_key_trusted(struct monitor *m, const struct line *line)
{
	(void)line;
	m->witness.key_trusted = 1;
	return true;
}

static bool read_missed_key(struct monitor *m, const struct line *line)
{
	return read_word(line->words[1], m->witness.missed_key, sizeof(m->witness.missed_key));
}

static bool read_blocks(struct monitor *m, const struct line *line)
{
	return read_u32(line->words[1], &m->witness.confirmed) && read_u32(line->words[2], &m->witness.seen) &&
	       read_u32(line->words[3], &m->witness.produced);
}

static bool read_total(struct monitor *m, const struct line *line)
{
	m->counting.has_total = 1;
	m->counting.restored = 1;
	return read_ref(line, &m->counting.answer) &&
	       read_number(line->words[4], INT32_MIN, UINT32_MAX, &m->counting.total);
}

static bool read_miss(struct monitor *m, const struct line *line)
{
	struct monitor_counting *c = &m->counting;
	struct monitor_miss *miss = &c->misses[c->miss_count];

	if (c->miss_count == m->options.allowed_misses + 9) { /* allowed_misses was lowered: the newest stay */
		memmove(&c->misses[0], &c->misses[1], (c->miss_count - 1) * sizeof(c->misses[0]));
		miss = &c->misses[--c->miss_count];
		memset(miss, 0, sizeof(*miss));
	}
	c->miss_count++;
	return read_ref(line, &miss->block);
}

static bool read_charged(struct monitor *m, const struct line *line)
{
	struct monitor_counting *c = &m->counting;

	return c->charged_count < MONITOR_GAPS_MAX && read_u32(line->words[1], &c->charged[c->charged_count++]);
}

static bool read_first_due(struct monitor *m, const struct line *line)
{
	return read_time(line->words[1], &m->due.first_s);
}

static bool read_switch(struct monitor *m, const struct line *line)
{
	return m->switches.count < MONITOR_SWITCHES_MAX && read_ref(line, &m->switches.list[m->switches.count++]);
}

static bool read_after(struct monitor *m, const struct line *line)
{
	struct monitor_switches *s = &m->switches;

	return read_u8(line->words[1], 1, &s->first_pending) && read_u8(line->words[2], 1, &s->first_reported) &&
	       read_u8(line->words[3], 1, &s->first_missed) && read_u8(line->words[4], 1, &s->may_be_nulled) &&
	       read_u8(line->words[5], 1, &s->rules_moved) && read_u8(line->words[6], 1, &s->preempted);
}

static bool read_stray(struct monitor *m, const struct line *line)
{
	return read_time(line->words[1], &m->attempt.late_until_s);
}

static bool read_fails_back(struct monitor *m, const struct line *line)
{
	(void)line;
	m->attempt.fails_back = 1;
	return true;
}

static bool read_order_waits(struct monitor *m, const struct line *line)
{
	(void)line;
	m->attempt.command_lost = 1;
	return true;
}

static bool read_hold(struct monitor *m, const struct line *line)
{
	m->hold.on = 1;
	return read_time(line->words[1], &m->hold.until_s) && read_word(line->words[2], m->hold.by, sizeof(m->hold.by));
}

static const struct fact {
	const char *name;
	size_t words;
	bool many;
	bool (*read)(struct monitor *m, const struct line *line);
} facts[] = {
	{"witness", 2, false, read_witness},
	{"key", 4, false, read_key},
	{"blocks", 4, false, read_blocks},
	{"total", 5, false, read_total},
	{"miss", 4, true, read_miss},
	{"charged", 2, true, read_charged},
	{"first_due", 2, false, read_first_due},
	{"switch", 4, true, read_switch},
	{"after", 7, false, read_after},
	{"hold", 3, false, read_hold},
	{"stray", 2, false, read_stray},
	{"fails_back", 1, false, read_fails_back},
	{"order_waits", 1, false, read_order_waits},
	{"key_trusted", 1, false, read_key_trusted},
	{"missed_key", 2, false, read_missed_key},
};

/* Splits in place; false: empty words or too many. */
static bool split(char *text, struct line *ret)
{
	ret->count = 0;
	for (char *at = text;; at++) {
		char *end = strchr(at, ' ');

		if (end != NULL)
			*end = '\0';
		if (*at == '\0' || ret->count == WORDS_MAX)
			return false;
		ret->words[ret->count++] = at;
		if (end == NULL)
			return true;
		at = end;
	}
}

static bool read_fact(struct monitor *m, char *text, uint32_t *seen)
{
	struct line line;

	if (!split(text, &line))
		return false;
	for (uint32_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
		if (strcmp(facts[i].name, line.words[0]) != 0)
			continue;
		if (line.count != facts[i].words || (!facts[i].many && (*seen & 1u << i)))
			return false;
		*seen |= 1u << i;
		return facts[i].read(m, &line);
	}
	return false;
}

/* Copies the next line without its newline; false: none is whole. */
static bool next_line(const char **text, size_t *len, char ret[LINE_MAX_SIZE])
{
	const char *end = memchr(*text, '\n', *len);
	size_t size;

	if (end == NULL)
		return false;
	size = (size_t)(end - *text);
	if (size >= LINE_MAX_SIZE || memchr(*text, '\0', size) != NULL)
		return false;
	memcpy(ret, *text, size);
	ret[size] = '\0';
	*len -= size + 1;
	*text = end + 1;
	return true;
}

gw_status monitor_load(struct monitor *m, const char *text, size_t len)
{
	struct monitor loaded;
	char line[LINE_MAX_SIZE];
	uint32_t seen = 0;

	memcpy(&loaded, m, sizeof(loaded));
	if (!next_line(&text, &len, line) || strcmp(line, HEADER) != 0)
		return GW_ERR_SYNTAX;
	for (;;) {
		if (!next_line(&text, &len, line))
			return GW_ERR_SYNTAX;
		if (strcmp(line, "end") == 0)
			break;
		if (!read_fact(&loaded, line, &seen))
			return GW_ERR_SYNTAX;
	}
	if (len != 0 || !(seen & 1u)) /* the witness line is the one that must be there */
		return GW_ERR_SYNTAX;
	memcpy(m, &loaded, sizeof(loaded));
	return GW_OK;
}
