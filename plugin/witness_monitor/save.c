/* SPDX-License-Identifier: MIT
 *
 * What survives a restart, as one versioned text. A line a fact, words separated by one space; what is not known is
 * written as "-". The first line names the version, the last is "end", so that half a text is never taken for a whole.
 * One table has what is written and what may be read.
 */
#include "rules.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define HEADER	   "golos_watch_monitor 1"
#define FIELDS_MAX 6
#define TIME_MAX   (INT64_C(1) << 40) /* seconds, far from where their milliseconds would overflow */

/* ---- the table ------------------------------------------------------------------------------------------------- */

enum type { NO_FIELD, NUMBER_8, NUMBER_32, COUNT_64, TIME_64, WORD, ID, THE_SAME };

struct field {
	enum type type;
	uint32_t most; /* of an 8-bit number; of text, its size */
	size_t at;     /* in the monitor, or in the entry of a list */
};

/* Each entry of a list is a line. A fact with a mark stands in the text where that byte of the monitor is set. */
struct fact {
	const char *name;
	size_t mark, list, count, stride;
	uint32_t entries_max;
	struct field fields[FIELDS_MAX];
};

/* clang-format off */
#define AT(member)	offsetof(struct monitor, member)
#define SIZE(member)	sizeof(((struct monitor *)NULL)->member)
#define ELEMENT(list)	sizeof(((struct monitor *)NULL)->list[0])
#define LIST(of, most)	.list = AT(of), .stride = ELEMENT(of), .entries_max = (most)
#define REF(at)		{NUMBER_32, 0, (at) + offsetof(struct monitor_block_ref, num)}, \
			{TIME_64, 0, (at) + offsetof(struct monitor_block_ref, time_s)}, \
			{ID, GW_ID_SIZE, (at) + offsetof(struct monitor_block_ref, id)}

static const struct fact facts[] = {
	{"witness", .fields = {{THE_SAME, 0, AT(options.witness)}}}, /* the one that must be there */
	{"key", .fields = {{WORD, SIZE(witness.key), AT(witness.key)},
			   {NUMBER_8, GW_NULL_CHAIN, AT(witness.null_origin)},
			   {TIME_64, 0, AT(witness.key_since_s)}}},
	{"key_trusted", .mark = AT(witness.key_trusted)},
	{"missed_key", .fields = {{WORD, SIZE(witness.missed_key), AT(witness.missed_key)}}},
	{"blocks", .fields = {{NUMBER_32, 0, AT(witness.confirmed)},
			      {NUMBER_32, 0, AT(witness.seen)},
			      {NUMBER_32, 0, AT(witness.produced)}}},
	{"total", .mark = AT(counting.has_total), .fields = {REF(AT(counting.answer)), {COUNT_64, 0, AT(counting.total)}}},
	{"charged", LIST(counting.gaps, MONITOR_GAPS_MAX), .count = AT(counting.gap_count),
	 .fields = {{NUMBER_32, 0, offsetof(struct monitor_gap, block.num)}, {NUMBER_8, 1, offsetof(struct monitor_gap, halt)}}},
	{"miss", LIST(counting.misses, MONITOR_MISSES_MAX), .count = AT(counting.miss_count),
	 .fields = {REF(offsetof(struct monitor_miss, block))}},
	{"due", .fields = {{TIME_64, 0, AT(due.since_s)}}},
	{"late", .fields = {{TIME_64, 0, AT(attempt.late_until_s)}}},
	{"cause", .fields = {{NUMBER_8, MONITOR_BY_COMMAND, AT(attempt.cause)}}},
	{"order_waits", .mark = AT(attempt.command_waits)},
	{"switch", LIST(switches.list, MONITOR_SWITCHES_MAX), .count = AT(switches.count), .fields = {REF(0)}},
	{"after", .fields = {{NUMBER_8, 1, AT(switches.first_pending)},
			     {NUMBER_8, 1, AT(switches.first_missed)},
			     {NUMBER_8, 1, AT(switches.rules_moved)},
			     {NUMBER_8, 1, AT(switches.preempted)}}},
	{"hold", .mark = AT(hold.on), .fields = {{TIME_64, 0, AT(hold.until_s)}, {WORD, SIZE(hold.by), AT(hold.by)}}},
};
/* clang-format on */

#define FACT_COUNT (sizeof(facts) / sizeof(facts[0]))

/* ---- writing --------------------------------------------------------------------------------------------------- */

static void put_word(struct writer *w, const char *text)
{
	text_put(w, text[0] != '\0' ? " " : " -");
	for (; *text != '\0'; text++)
		text_put(w, "%c", *text <= ' ' || *text == 127 ? '_' : *text);
}

static void put_field(struct writer *w, const struct field *field, const void *at)
{
	switch (field->type) {
	case NO_FIELD:
		break;
	case NUMBER_8:
		text_put(w, " %d", *(const uint8_t *)at);
		break;
	case NUMBER_32:
		text_put(w, " %" PRIu32, *(const uint32_t *)at);
		break;
	case COUNT_64:
	case TIME_64:
		text_put(w, " %" PRId64, *(const int64_t *)at);
		break;
	case WORD:
	case ID:
	case THE_SAME:
		put_word(w, at);
		break;
	}
}

/* entry: the monitor itself, or an entry of the fact's list. */
static void put_line(struct writer *w, const struct fact *fact, const char *entry)
{
	text_put(w, "%s", fact->name);
	for (size_t i = 0; i < FIELDS_MAX; i++)
		put_field(w, &fact->fields[i], entry + fact->fields[i].at);
	text_put(w, "\n");
}

gw_status monitor_save(const struct monitor *m, char ret[MONITOR_SAVE_SIZE])
{
	struct writer w = {ret, 0, MONITOR_SAVE_SIZE, false};
	const char *base = (const char *)m;

	text_put(&w, "%s\n", HEADER);
	for (const struct fact *fact = facts; fact < facts + FACT_COUNT; fact++) {
		uint32_t lines = fact->mark == 0 || base[fact->mark] != 0;

		if (fact->list != 0)
			lines = *(const uint32_t *)(const void *)(base + fact->count);
		for (uint32_t i = 0; i < lines; i++)
			put_line(&w, fact, base + fact->list + i * fact->stride);
	}
	text_put(&w, "end\n");
	return w.full ? GW_ERR_RANGE : GW_OK;
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

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

static bool is_id(const char *word)
{
	return strcmp(word, "-") == 0 || strspn(word, "0123456789abcdef") == GW_ID_SIZE - 1;
}

static bool read_field(const struct field *field, const char *word, void *at)
{
	int64_t number;

	switch (field->type) {
	case NO_FIELD:
		return false;
	case NUMBER_8:
		if (!read_number(word, 0, field->most, &number))
			return false;
		*(uint8_t *)at = (uint8_t)number;
		return true;
	case NUMBER_32:
		if (!read_number(word, 0, UINT32_MAX, &number))
			return false;
		*(uint32_t *)at = (uint32_t)number;
		return true;
	case COUNT_64:
		return read_number(word, INT32_MIN, UINT32_MAX, at);
	case TIME_64:
		return read_number(word, 0, TIME_MAX, at);
	case ID:
	case WORD:
		if (word[0] == '\0' || strlen(word) >= field->most || (field->type == ID && !is_id(word)))
			return false;
		text_copy(at, field->most, strcmp(word, "-") == 0 ? "" : word);
		return true;
	case THE_SAME:
		return strcmp(word, at) == 0;
	}
	return false;
}

/* The fact's mark is set, or its list gets one entry more: where its fields go. NULL: the list is full. */
static char *begin_fact(struct monitor *m, const struct fact *fact)
{
	char *base = (char *)m;
	uint32_t *count = (void *)(base + fact->count);

	if (fact->mark != 0)
		base[fact->mark] = 1;
	if (fact->list == 0)
		return base;
	return *count < fact->entries_max ? base + fact->list + (*count)++ * fact->stride : NULL;
}

static bool read_fact(struct monitor *m, char *line, uint32_t *seen)
{
	const char *name = strsep(&line, " ");

	for (uint32_t i = 0; i < FACT_COUNT; i++) {
		const struct fact *fact = &facts[i];
		uint32_t read = 0;
		char *entry;

		if (strcmp(fact->name, name) != 0)
			continue;
		entry = begin_fact(m, fact);
		if (entry == NULL || (fact->list == 0 && (*seen & 1u << i)))
			return false;
		*seen |= 1u << i;
		for (; line != NULL; read++)
			if (read == FIELDS_MAX ||
			    !read_field(&fact->fields[read], strsep(&line, " "), entry + fact->fields[read].at))
				return false;
		return read == FIELDS_MAX || fact->fields[read].type == NO_FIELD;
	}
	return false;
}

gw_status monitor_load(struct monitor *m, const char *text, size_t len)
{
	struct monitor loaded;
	char copy[MONITOR_SAVE_SIZE], *rest = copy, *line;
	uint32_t seen = 0;

	if (len >= sizeof(copy) || memchr(text, '\0', len) != NULL)
		return GW_ERR_SYNTAX;
	memcpy(copy, text, len);
	copy[len] = '\0';
	memcpy(&loaded, m, sizeof(loaded));
	if (strcmp(strsep(&rest, "\n"), HEADER) != 0)
		return GW_ERR_SYNTAX;
	while ((line = strsep(&rest, "\n")) != NULL && strcmp(line, "end") != 0)
		if (!read_fact(&loaded, line, &seen))
			return GW_ERR_SYNTAX;
	if (line == NULL || rest == NULL || *rest != '\0' || !(seen & 1u))
		return GW_ERR_SYNTAX;
	while (loaded.counting.miss_count > m->options.allowed_misses + KEPT_MISSES) /* allowed_misses was lowered */
		state_remove(loaded.counting.misses, &loaded.counting.miss_count, 0, sizeof(struct monitor_miss));
	memcpy(m, &loaded, sizeof(loaded));
	return GW_OK;
}
