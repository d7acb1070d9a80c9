/* SPDX-License-Identifier: MIT
 *
 * Metrics. Runs in golos-watchd.
 */
#include "api/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/told.h"
#include "base/memory.h"

enum kind { GAUGE, COUNTER, INFO };

struct page {
	FILE *out;
	bool openmetrics;
	const struct family *family; /* that is written */
	char comma;		     /* before the next label: '{', or ',' */
};

/* Whom samples are of, by the status's list of them; the host stands at its top. */
static const char host[] = "", nodes[] = "nodes", instances[] = "instances";

/* One metric: what it is, and where its samples stand in the status. */
struct family {
	const char *name; /* after "golos_watch_"; _total and _info come by the kind */
	enum kind kind;
	const char *owners;
	/* Writes the samples of one owner. */
	void (*write)(struct page *page, const struct json *owner);
	const char *member; /* of the owner; nested ones with a dot */
	const char *label;  /* where the samples of one owner differ by it */
	const char *help;
};

/* ---- the status ------------------------------------------------------------------------------------------------- */

/* "" where it is no text. */
static const char *text_of(const struct json *value)
{
	const char *text = value ? json_string(value, NULL) : NULL;

	return text ? text : "";
}

static bool is_number(const char *text)
{
	size_t digits = strspn(text + (*text == '-'), "0123456789.");

	return digits > 0 && text[(*text == '-') + digits] == '\0';
}

/* A number, or a decimal number's text, or the truth of a word; NULL: none of them. Caller frees. */
static char *number_of(const struct json *value)
{
	char *text = value && json_is_string(value) ? xstrdup(text_of(value)) : json_text(value);
	const char *truth = strcmp(text, "true") == 0 || strcmp(text, "yes") == 0   ? "1"
			    : strcmp(text, "false") == 0 || strcmp(text, "no") == 0 ? "0"
										    : NULL;

	if (truth) {
		free(text);
		return xstrdup(truth);
	}
	if (is_number(text))
		return text;
	free(text);
	return NULL;
}

/* ---- samples ---------------------------------------------------------------------------------------------------- */

static void sample_begin(struct page *page)
{
	static const char *const ends[] = {[GAUGE] = "", [COUNTER] = "_total", [INFO] = "_info"};

	fprintf(page->out, "golos_watch_%s%s", page->family->name, ends[page->family->kind]);
	page->comma = '{';
}

/* Quotes, backslashes and line ends are escaped as Prometheus wants it. */
static void label(struct page *page, const char *name, const char *value)
{
	fprintf(page->out, "%c%s=\"", page->comma, name);
	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			fputc('\\', page->out);
		if (*value == '\n')
			fputs("\\n", page->out);
		else
			fputc(*value, page->out);
	}
	fputc('"', page->out);
	page->comma = ',';
}

static void sample_end(struct page *page, const char *number)
{
	fprintf(page->out, "%s %s\n", page->comma == ',' ? "}" : "", number);
}

/* Begins a sample with the labels of the node or the instance that it is of. */
static void sample_begin_of(struct page *page, const struct json *owner)
{
	sample_begin(page);
	if (page->family->owners == nodes)
		label(page, "node", told_text(owner, "url"));
	if (page->family->owners != instances)
		return;
	label(page, "instance", told_text(owner, "name"));
	label(page, "witness", told_text(owner, "status.witness"));
}

/* ---- forms of families ------------------------------------------------------------------------------------------ */

static void write_number(struct page *page, const struct json *owner)
{
	char *number = number_of(told_find(owner, page->family->member));

	if (!number)
		return;
	sample_begin_of(page, owner);
	sample_end(page, number);
	free(number);
}

static void write_build(struct page *page, const struct json *status)
{
	sample_begin(page);
	label(page, "version", told_text(status, "version"));
	sample_end(page, "1");
}

/* This machine's clock less the chain's. */
static void write_clock(struct page *page, const struct json *status)
{
	uint64_t wall_ms, chain_ms;
	const struct json *chain = told_find(status, "chain");

	if (json_get_u64(chain, "wall_ms", INT64_MAX, &wall_ms, NULL) ||
	    json_get_u64(chain, "chain_ms", INT64_MAX, &chain_ms, NULL) || chain_ms == 0)
		return;
	sample_begin(page);
	fprintf(page->out, " %.3f\n", (double)((int64_t)wall_ms - (int64_t)chain_ms) / 1000);
}

/* Calls stand with 1 where golosd lacks them; none is listed where it has all. */
static void write_missing(struct page *page, const struct json *node)
{
	const struct json *apis = told_list(node, page->family->member);

	for (size_t i = 0; i < told_size(apis); i++) {
		sample_begin_of(page, node);
		label(page, page->family->label, text_of(json_element(apis, i)));
		sample_end(page, "1");
	}
}

struct counts {
	struct page *page;
	const struct json *owner;
};

static gw_status write_count(void *context, const char *key, const struct json *value)
{
	const struct counts *counts = context;
	struct page *page = counts->page;
	char *number = number_of(value);

	if (number) {
		sample_begin_of(page, counts->owner);
		label(page, page->family->label, key);
		sample_end(page, number);
	}
	free(number);
	return GW_OK;
}

/* An object's numbers, one sample a member. */
static void write_counts(struct page *page, const struct json *owner)
{
	const struct json *object = told_find(owner, page->family->member);
	struct counts counts = {page, owner};

	if (object && json_is_object(object))
		(void)json_each(object, write_count, &counts);
}

static bool is_monitor(const struct json *instance)
{
	return told_find(instance, "status.producer") != NULL;
}

static void write_producer(struct page *page, const struct json *instance)
{
	static const char *const names[] = {"ours", "other", "none", "unknown"};
	const char *producer = told_text(instance, "status.producer");

	if (!is_monitor(instance))
		return;
	if (strncmp(producer, "nulled", 6) == 0)
		producer = "none";
	else if (strcmp(producer, "ours") != 0 && strcmp(producer, "other") != 0)
		producer = "unknown";
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		sample_begin_of(page, instance);
		label(page, page->family->label, names[i]);
		sample_end(page, strcmp(names[i], producer) == 0 ? "1" : "0");
	}
}

static void write_truth(struct page *page, const struct json *instance, bool truth)
{
	if (!is_monitor(instance))
		return;
	sample_begin_of(page, instance);
	sample_end(page, truth ? "1" : "0");
}

static void write_known(struct page *page, const struct json *instance)
{
	const char *producer = told_text(instance, "status.producer");

	write_truth(page, instance, strcmp(producer, "unknown") != 0 && strcmp(producer, "no such witness") != 0);
}

static void write_due(struct page *page, const struct json *instance)
{
	write_truth(page, instance, strcmp(told_text(instance, "status.due"), "no") != 0);
}

static void write_hold(struct page *page, const struct json *instance)
{
	write_truth(page, instance, told_find(instance, "status.hold_until") != NULL);
}

static void write_participation(struct page *page, const struct json *instance)
{
	const struct json *status = told_find(instance, "status");
	uint64_t others, filled;

	if (!is_monitor(instance) || json_get_u64(status, "others", UINT32_MAX, &others, NULL) ||
	    json_get_u64(status, "others_filled", UINT32_MAX, &filled, NULL) || others == 0)
		return;
	sample_begin_of(page, instance);
	fprintf(page->out, "} %.3f\n", (double)filled / (double)others);
}

/* Each guard that the plugin has; 1 where it holds. */
static void write_guards(struct page *page, const struct json *instance)
{
	const struct json *names = told_list(instance, "status.guard_names"),
			  *holding = told_list(instance, "status.guards");

	for (size_t i = 0; i < told_size(names); i++) {
		const char *name = text_of(json_element(names, i));
		bool is_holding = false;

		for (size_t j = 0; j < told_size(holding); j++)
			is_holding |= strcmp(told_text(json_element(holding, j), "guard"), name) == 0;
		sample_begin_of(page, instance);
		label(page, page->family->label, name);
		sample_end(page, is_holding ? "1" : "0");
	}
}

static void write_sources(struct page *page, const struct json *instance)
{
	const struct json *sources = told_list(instance, "status.sources");

	for (size_t i = 0; i < told_size(sources); i++) {
		const struct json *source = json_element(sources, i);
		char *number = number_of(told_find(source, "counts"));
		char place[24];

		snprintf(place, sizeof(place), "%zu", i + 1);
		sample_begin_of(page, instance);
		label(page, "place", place); /* two sources may have one name */
		label(page, "quantity", told_text(source, "of"));
		label(page, page->family->label, told_text(source, "name"));
		sample_end(page, number ? number : "0");
		free(number);
	}
}

/* ---- the families ----------------------------------------------------------------------------------------------- */

static const struct family families[] = {
	{"build", INFO, host, write_build, NULL, NULL, "The version that runs."},
	{"start_time_seconds", GAUGE, host, write_number, "started_s", NULL,
	 "When the watcher started, seconds since 1970."},
	{"healthy", GAUGE, host, write_number, "healthy", NULL,
	 "1 while the watcher sees the chain and runs each plugin."},
	{"signer_up", GAUGE, host, write_number, "signer_up", NULL,
	 "1 while the signer answers; absent where nothing is signed."},
	{"journal_writable", GAUGE, host, write_number, "journal_writable", NULL,
	 "1 while the journal can be written."},
	{"fetch_up", GAUGE, host, write_number, "fetch.running", NULL,
	 "1 while golos-watch-fetch runs; absent where no address is configured."},
	{"log_lines_dropped", COUNTER, host, write_number, "log_lines_dropped", NULL,
	 "Log lines that found no room, since the start."},
	{"head_block", GAUGE, host, write_number, "chain.head", NULL, "Number of the newest block; 0: none seen."},
	{"irreversible_block", GAUGE, host, write_number, "chain.irreversible", NULL,
	 "Number of the newest irreversible block; 0: not known."},
	{"head_timestamp_seconds", GAUGE, host, write_number, "chain.head_time_s", NULL,
	 "Chain time of the newest block."},
	{"clock_offset_seconds", GAUGE, host, write_clock, NULL, NULL, "This machine's clock less the chain's."},
	{"node_up", GAUGE, nodes, write_number, "connected", NULL,
	 "1 while the node is connected, and on the right chain."},
	{"node_head_block", GAUGE, nodes, write_number, "head", NULL,
	 "Number of the node's newest block; 0: none seen."},
	{"node_last_block_timestamp_seconds", GAUGE, nodes, write_number, "head_time_s", NULL,
	 "Chain time of the node's newest block."},
	{"node_reconnects", COUNTER, nodes, write_number, "reconnects", NULL,
	 "Connections to the node after its first, since the start."},
	{"node_protocol_errors", COUNTER, nodes, write_number, "protocol_errors", NULL,
	 "Answers of the node that could not be read, since the start."},
	{"node_api_missing", GAUGE, nodes, write_missing, "missing", "api",
	 "1 for each API that the node was asked for and does not have."},
	{"witness_known", GAUGE, instances, write_known, NULL, NULL, "1 once a node has told of the witness."},
	{"producer", GAUGE, instances, write_producer, NULL, "producer",
	 "1 for who produces by the chain's signing key."},
	{"ready", GAUGE, instances, write_number, "status.ready", NULL,
	 "1 while this node could take over; absent while that is not known."},
	{"misses_in_window", GAUGE, instances, write_number, "status.misses_in_window", NULL,
	 "Slots missed within the window."},
	{"missed_in_a_row", GAUGE, instances, write_number, "status.missed_in_a_row", NULL,
	 "Own slots missed in a row."},
	{"last_block_timestamp_seconds", GAUGE, instances, write_number, "status.produced_time", NULL,
	 "Chain time of the witness's newest block that was seen."},
	{"participation_ratio", GAUGE, instances, write_participation, NULL, NULL,
	 "Part of the other witnesses' newest slots that were filled."},
	{"switch_due", GAUGE, instances, write_due, NULL, NULL, "1 while production should move to this node."},
	{"guard_holds", GAUGE, instances, write_guards, NULL, "guard", "1 while the guard would hold a switch."},
	{"switches_left", GAUGE, instances, write_number, "status.switches_left", NULL,
	 "Automatic switches that this day still allows."},
	{"hold", GAUGE, instances, write_hold, NULL, NULL, "1 while an operator's hold stands."},
	{"dry_run", GAUGE, instances, write_number, "status.dry_run", NULL, "1 where nothing is signed."},
	{"feed_price", GAUGE, instances, write_number, "status.price", NULL,
	 "Price that the sources give, GBG for one GOLOS."},
	{"feed_price_timestamp_seconds", GAUGE, instances, write_number, "status.price_time", NULL,
	 "When the sources gave it."},
	{"feed_published", GAUGE, instances, write_number, "status.published", NULL,
	 "The witness's price on the chain, GBG for one GOLOS."},
	{"feed_published_timestamp_seconds", GAUGE, instances, write_number, "status.published_time", NULL,
	 "When it was published."},
	{"feed_median", GAUGE, instances, write_number, "status.median", NULL,
	 "The witnesses' median on the chain, GBG for one GOLOS."},
	{"feed_source_good", GAUGE, instances, write_sources, NULL, "source",
	 "1 where the source's last answer counts."},
	{"notices", COUNTER, host, write_counts, "notices", "severity", "Notices since the start."},
	{"instance_figure", GAUGE, instances, write_counts, "status", "figure",
	 "Each number, true (1) and false (0) at the top of a plugin's status."},
};

static const char *unit_of(const char *name)
{
	static const char seconds[] = "_seconds";
	size_t len = strlen(name), end = strlen(seconds);

	return len > end && strcmp(name + len - end, seconds) == 0 ? seconds + 1 : NULL;
}

static void write_head(const struct page *page)
{
	const struct family *family = page->family;
	const char *types[] = {[GAUGE] = "gauge", [COUNTER] = "counter", [INFO] = page->openmetrics ? "info" : "gauge"};
	/* OpenMetrics names the family, the older form each of its samples */
	const char *end = page->openmetrics || family->kind == GAUGE ? ""
			  : family->kind == COUNTER		     ? "_total"
								     : "_info";

	fprintf(page->out, "# HELP golos_watch_%s%s %s\n", family->name, end, family->help);
	fprintf(page->out, "# TYPE golos_watch_%s%s %s\n", family->name, end, types[family->kind]);
	if (page->openmetrics && unit_of(family->name))
		fprintf(page->out, "# UNIT golos_watch_%s %s\n", family->name, unit_of(family->name));
}

static void write_family(struct page *page, const struct json *status)
{
	const struct json *owners = told_list(status, page->family->owners);

	write_head(page);
	if (page->family->owners == host)
		page->family->write(page, status);
	for (size_t i = 0; i < told_size(owners); i++)
		page->family->write(page, json_element(owners, i));
}

char *metrics_text(const struct json *status, bool openmetrics)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct page page = {.out = out, .openmetrics = openmetrics};

	if (!out)
		return xstrdup("");
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		page.family = &families[i];
		write_family(&page, status);
	}
	if (openmetrics)
		fputs("# EOF\n", out);
	fclose(out);
	return text;
}
