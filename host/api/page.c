/* SPDX-License-Identifier: MIT
 *
 * The page for people. Runs in golos-watchd.
 */
#include "api/page.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/told.h"
#include "base/memory.h"
#include "base/time_text.h"

#define DAY_WIDTH  20 /* of the picture's units */
#define DAY_HEIGHT 60
#define BOXES_MAX  256

struct page {
	FILE *out;
	const struct json *status;
	int64_t now_s;
};

/* ---- writing ---------------------------------------------------------------------------------------------------- */

/* A text from outside: nothing in it is markup. */
static void put_text(struct page *page, const char *text)
{
	for (; *text; text++) {
		const char *escaped = *text == '<'   ? "&lt;"
				      : *text == '>' ? "&gt;"
				      : *text == '&' ? "&amp;"
				      : *text == '"' ? "&quot;"
						     : NULL;

		if (escaped)
			fputs(escaped, page->out);
		else
			fputc(*text, page->out);
	}
}

static void put(struct page *page, const char *markup)
{
	fputs(markup, page->out);
}

/* <tag class="style">text</tag> */
static void put_element(struct page *page, const char *tag, const char *style, const char *text)
{
	fprintf(page->out, style[0] ? "<%s class=\"%s\">" : "<%s>", tag, style);
	put_text(page, text);
	fprintf(page->out, "</%s>", tag);
}

/* "2026-11-23 20:00:00 UTC (12 min ago)" */
static void put_moment(struct page *page, int64_t time_s)
{
	char text[MOMENT_TEXT_SIZE], machine[TIME_TEXT_SIZE];

	time_format(machine, time_s);
	moment_text(text, time_s, page->now_s);
	fprintf(page->out, "<time datetime=\"%sZ\">%s</time>", machine, text);
}

static void section_begin(struct page *page, const char *id, const char *heading)
{
	fprintf(page->out, "<section aria-labelledby=\"%s\"><h2 id=\"%s\">", id, id);
	put_text(page, heading);
	put(page, "</h2>\n");
}

static void section_end(struct page *page)
{
	put(page, "</section>\n");
}

static bool is(const struct json *object, const char *path, const char *text)
{
	return strcmp(told_text(object, path), text) == 0;
}

/* ---- how things stand: one sentence a witness -------------------------------------------------------------------- */

static const char *who_produces(const struct json *status)
{
	const char *producer = told_text(status, "producer");

	return strcmp(producer, "ours") == 0	  ? "this node produces"
	       : strcmp(producer, "other") == 0	  ? "another node produces"
	       : strcmp(producer, "unknown") == 0 ? "who produces is not known yet"
						  : producer;
}

static bool is_in_trouble(const struct json *status)
{
	return is(status, "ready", "no") || !is(status, "due", "no");
}

static void put_role(struct page *page, const struct json *status)
{
	bool produces = is(status, "producer", "ours"), due = !is(status, "due", "no");
	const char *style = is_in_trouble(status) ? "bad" : is(status, "ready", "yes") ? "good" : "doubt";

	fprintf(page->out, "<h1 class=\"%s\">", style);
	put_text(page, told_text(status, "witness"));
	put(page, ": ");
	put_text(page, who_produces(status));
	if (due)
		put(page, ", a switch to this node is due");
	if (is(status, "ready", "no")) {
		put(page, produces ? ", and is not ready: " : ", this node could not take over: ");
		put_text(page, told_text(status, "ready_text"));
	} else if (!produces) {
		put(page, is(status, "ready", "yes") ? ", this node stands by and could take over"
						     : ", whether this node could take over is not known yet");
	}
	put(page, "</h1>\n");
}

static void put_health(struct page *page)
{
	const char *ill = told_ill(page->status);

	if (ill) {
		put(page, "<p class=\"bad\">The watcher is not healthy: ");
		put_text(page, ill);
		put(page, "</p>\n");
	}
	if (told_flag(page->status, "dry_run"))
		put(page, "<p class=\"doubt\">dry_run: nothing is signed.</p>\n");
	if (!told_flag(page->status, "journal_writable"))
		put(page, "<p class=\"bad\">The journal cannot be written.</p>\n");
	if (told_flag(page->status, "signer") && !told_flag(page->status, "signer_up"))
		put(page, "<p class=\"bad\">The signer does not answer.</p>\n");
}

/* ---- nodes ------------------------------------------------------------------------------------------------------ */

static void put_node(struct page *page, const struct json *node)
{
	const struct json *missing = told_list(node, "missing");
	char age[HEAD_AGE_TEXT_SIZE];
	bool up = told_flag(node, "connected"), other = is(node, "branch", "other");

	head_age_text(age, told_number(node, "head_time_s"), page->now_s);
	put(page, "<li>");
	put_element(page, "strong", "", told_text(node, "url"));
	fprintf(page->out, "%s%s<br><span class=\"%s\">%s%s</span>, ", told_flag(node, "own") ? " (own)" : "",
		told_flag(node, "driver") ? " (drives)" : "", up && !other ? "good" : "bad",
		up ? "connected" : "not connected", other ? ", on another branch" : "");
	if (told_number(node, "head"))
		fprintf(page->out, "block %" PRId64 ", %s", told_number(node, "head"), age);
	else
		put(page, "no block seen");
	for (size_t i = 0; i < told_size(missing); i++) {
		const char *api = json_string(json_element(missing, i), NULL);

		put(page, ", <span class=\"bad\">no ");
		put_text(page, api ? api : "API");
		put(page, "</span>");
	}
	put(page, "</li>\n");
}

static void put_nodes(struct page *page)
{
	const struct json *nodes = told_list(page->status, "nodes");

	section_begin(page, "nodes", "Nodes");
	put(page, "<ul class=\"rows\">\n");
	for (size_t i = 0; i < told_size(nodes); i++)
		put_node(page, json_element(nodes, i));
	put(page, "</ul>\n");
	section_end(page);
}

/* ---- the witness's slots: two rounds that were, and what is known to come ------------------------------------------ */

/* The class of a slot's box, its sign, and the words for who cannot see it. */
static void put_box(struct page *page, const char *style, const char *sign, const char *what, const struct json *slot)
{
	char at[TIME_TEXT_SIZE];

	time_format(at, told_number(slot, "time"));
	fprintf(page->out, "<li class=\"%s\" title=\"%s UTC: ", style, at + 11);
	put_text(page, what);
	put(page, " (");
	put_text(page, told_text(slot, "witness")[0] ? told_text(slot, "witness") : "unknown");
	fprintf(page->out, ")\">%s", sign);
	if (sign[0])
		fprintf(page->out, "<span class=\"sr\"> %s UTC: %s</span>", at + 11, what);
	put(page, "</li>");
}

static void put_slot(struct page *page, const struct json *status, const struct json *slot)
{
	bool filled = told_flag(slot, "filled");

	if (!is(slot, "witness", told_text(status, "witness")))
		put_box(page, filled ? "rest" : "empty", "", filled ? "produced" : "missed", slot);
	else if (!filled)
		put_box(page, "missed", "✕", "missed", slot);
	else if (is(slot, "key", told_text(status, "our_key")))
		put_box(page, "ours", "✓", "produced by this node", slot);
	else
		put_box(page, "other", "✓", "produced by another node", slot);
}

static void put_coming(struct page *page, const struct json *status, const struct json *slot)
{
	bool is_ours = is(slot, "witness", told_text(status, "witness"));

	put_box(page, is_ours ? "coming" : "rest", is_ours ? "…" : "", "to come", slot);
}

/* 0: none is known. */
static int64_t next_slot_s(const struct page *page, const struct json *status)
{
	const struct json *coming = told_list(page->status, "coming");

	for (size_t i = 0; i < told_size(coming); i++)
		if (is(json_element(coming, i), "witness", told_text(status, "witness")))
			return told_number(json_element(coming, i), "time");
	return 0;
}

static void put_slots(struct page *page, const struct json *status)
{
	const struct json *slots = told_list(page->status, "slots"), *coming = told_list(page->status, "coming");
	int64_t next_s = next_slot_s(page, status);

	put(page, "<p>The last two rounds, and the slots that are known to come:</p>\n<ol class=\"slots\">");
	for (size_t i = 0; i < told_size(slots) && i < BOXES_MAX; i++)
		put_slot(page, status, json_element(slots, i));
	for (size_t i = 0; i < told_size(coming) && i < BOXES_MAX; i++)
		put_coming(page, status, json_element(coming, i));
	put(page, "</ol>\n<p>");
	if (next_s) {
		put(page, "Its next slot: ");
		put_moment(page, next_s);
		put(page, ". ");
	}
	fprintf(page->out, "Missed: %" PRId64 " in the window, %" PRId64 " in a row.</p>\n",
		told_number(status, "misses_in_window"), told_number(status, "missed_in_a_row"));
}

/* ---- a switch: guards, and what is in flight ----------------------------------------------------------------------- */

static void put_guards(struct page *page, const struct json *status)
{
	const struct json *guards = told_list(status, "guards");
	bool due = !is(status, "due", "no");

	if (told_text(status, "never")[0]) {
		put(page, "<p>No switch comes by itself: ");
		put_text(page, told_text(status, "never"));
		put(page, "</p>\n");
	}
	if (told_size(guards) == 0) {
		put(page, "<p>No guard would hold a switch.</p>\n");
		return;
	}
	fprintf(page->out, "<p>%s</p>\n<ul>", due ? "What holds the switch:" : "What would hold a switch:");
	for (size_t i = 0; i < told_size(guards); i++) {
		fprintf(page->out, "<li class=\"%s\">", due ? "bad" : "doubt");
		put_text(page, told_text(json_element(guards, i), "guard"));
		put(page, ": ");
		put_text(page, told_text(json_element(guards, i), "why"));
		put(page, "</li>");
	}
	put(page, "</ul>\n");
}

/* The way of a transaction, and how far it has come. */
static void put_steps(struct page *page, const struct json *status)
{
	static const char *const steps[] = {"waiting", "recorded", "signed", "sent", "in_block", "irreversible"};
	bool reached = true;

	if (!told_text(status, "submission")[0] || is(status, "submission", "none"))
		return;
	if (is(status, "submission", "failed")) {
		put(page, "<p class=\"bad\">The last transaction failed.</p>\n");
		return;
	}
	put(page, "<p>Transaction: ");
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		bool now = is(status, "submission", steps[i]);

		fprintf(page->out, "%s<span class=\"%s\"%s>%s</span>", i ? " → " : "", reached ? "good" : "faint",
			now ? " aria-current=\"step\"" : "", steps[i]);
		reached = reached && !now;
	}
	put(page, "</p>\n");
}

static void put_switch(struct page *page, const struct json *status)
{
	if (!is(status, "due", "no")) {
		put(page, "<p class=\"bad\">A switch is due: ");
		put_text(page, told_text(status, "due"));
		put(page, ", since ");
		put_moment(page, told_number(status, "due_since"));
		put(page, "</p>\n");
	}
	put_guards(page, status);
	put_steps(page, status);
	fprintf(page->out, "<p>Automatic switches left for this day: %" PRId64 ".",
		told_number(status, "switches_left"));
	if (told_find(status, "last_switch")) {
		put(page, " The last one: ");
		put_moment(page, told_number(status, "last_switch.time"));
	}
	put(page, "</p>\n");
}

/* ---- the price feed ------------------------------------------------------------------------------------------------ */

static void put_price(struct page *page, const struct json *status, const char *what, const char *price,
		      const char *time)
{
	const char *value = told_text(status, price);

	put(page, "<p>");
	put_text(page, what);
	put(page, ": ");
	put_text(page, value[0] ? value : "not known");
	if (value[0])
		put(page, " GBG for one GOLOS");
	if (value[0] && told_number(status, time)) {
		put(page, ", ");
		put_moment(page, told_number(status, time));
	}
	put(page, "</p>\n");
}

static void put_source(struct page *page, const struct json *source)
{
	bool counts = told_flag(source, "counts");

	put(page, "<li>");
	put_element(page, "strong", "", told_text(source, "of"));
	put(page, " ");
	put_text(page, told_text(source, "value")[0] ? told_text(source, "value") : "unknown");
	put(page, ", ");
	put_text(page, told_text(source, "name"));
	put(page, "<br>");
	put_element(page, "span", counts ? "good" : "bad",
		    counts			  ? "counts"
		    : told_text(source, "why")[0] ? told_text(source, "why")
						  : "does not count");
	put(page, "</li>\n");
}

static void put_feed(struct page *page, const struct json *status)
{
	const struct json *sources = told_list(status, "sources");

	put_price(page, status, "Its sources give", "price", "price_time");
	put_price(page, status, "On the chain", "published", "published_time");
	put_price(page, status, "The witnesses' median", "median", "none");
	put_element(page, "p", "faint", told_text(status, "why"));
	put(page, "<ul class=\"rows\">\n");
	for (size_t i = 0; i < told_size(sources); i++)
		put_source(page, json_element(sources, i));
	put(page, "</ul>\n");
}

/* ---- thirty days ---------------------------------------------------------------------------------------------------- */

/* Bars of up to a third of the height each; what is more is cut, and the title tells the number. */
static int bar(int64_t count)
{
	return count > 6 ? DAY_HEIGHT / 3 : (int)(count * DAY_HEIGHT / 18);
}

static void put_day(struct page *page, const struct json *day, size_t place)
{
	static const struct {
		const char *member, *style;
	} kinds[] = {{"missed", "m"}, {"key_changes", "k"}, {"not_ready", "r"}};
	int y = DAY_HEIGHT;
	char date[TIME_TEXT_SIZE];

	time_format(date, told_number(day, "begin"));
	fprintf(page->out,
		"<g><title>%.10s: slots missed %" PRId64 " times, key changed %" PRId64 " times, not ready %" PRId64
		" times</title><rect x=\"%zu\" y=\"0\" width=\"%d\" height=\"%d\" fill=\"transparent\"/>",
		date, told_number(day, "missed"), told_number(day, "key_changes"), told_number(day, "not_ready"),
		place * DAY_WIDTH, DAY_WIDTH, DAY_HEIGHT);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int height = bar(told_number(day, kinds[i].member));

		y -= height;
		if (height)
			fprintf(page->out, "<rect class=\"%s\" x=\"%zu\" y=\"%d\" width=\"%d\" height=\"%d\"/>",
				kinds[i].style, place * DAY_WIDTH + 2, y, DAY_WIDTH - 4, height);
	}
	put(page, "</g>");
}

static int64_t sum(const struct json *days, const char *member)
{
	int64_t all = 0;

	for (size_t i = 0; i < told_size(days); i++)
		all += told_number(json_element(days, i), member);
	return all;
}

static void put_days(struct page *page)
{
	const struct json *days = told_list(page->status, "days");
	size_t width = told_size(days) * DAY_WIDTH;
	char first[TIME_TEXT_SIZE];

	if (!width)
		return;
	section_begin(page, "days", "Thirty days");
	fprintf(page->out,
		"<p>Reports of missed slots: %" PRId64 ". Changes of the signing key: %" PRId64
		". Reports of a node not ready: %" PRId64 ".</p>\n",
		sum(days, "missed"), sum(days, "key_changes"), sum(days, "not_ready"));
	fprintf(page->out,
		"<svg viewBox=\"0 0 %zu %d\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"Each of the thirty "
		"days, as in the sums "
		"above\">",
		width, DAY_HEIGHT);
	for (size_t i = 0; i < told_size(days); i++)
		put_day(page, json_element(days, i), i);
	time_format(first, told_number(json_element(days, 0), "begin"));
	fprintf(page->out, "</svg>\n<p class=\"faint ends\"><span>%.10s</span><span>today</span></p>\n", first);
	section_end(page);
}

/* ---- notices ------------------------------------------------------------------------------------------------------- */

static void put_notice(struct page *page, const struct json *notice)
{
	const char *style = is(notice, "severity", "critical")	? "bad"
			    : is(notice, "severity", "warning") ? "doubt"
								: "";

	put(page, "<li>");
	put_moment(page, told_number(notice, "time"));
	put(page, " ");
	put_element(page, "span", style, told_text(notice, "severity"));
	put(page, " ");
	put_element(page, "span", "faint", told_text(notice, "source"));
	put(page, "<br>");
	put_text(page, told_text(notice, "text"));
	put(page, "</li>\n");
}

static void put_notices(struct page *page)
{
	const struct json *notices = told_list(page->status, "recent");

	section_begin(page, "notices", "Newest notices");
	if (told_size(notices) == 0)
		put(page, "<p>None yet.</p>\n");
	put(page, "<ul class=\"rows\">\n");
	for (size_t i = 0; i < told_size(notices); i++)
		put_notice(page, json_element(notices, i));
	put(page, "</ul>\n");
	section_end(page);
}

/* ---- the page ------------------------------------------------------------------------------------------------------ */

static void put_instance(struct page *page, const struct json *instance, size_t place)
{
	const struct json *status = told_find(instance, "status");
	char id[32];

	snprintf(id, sizeof(id), "instance-%zu", place);
	if (told_find(status, "producer")) {
		section_begin(page, id, told_text(status, "witness"));
		put_slots(page, status);
		put_switch(page, status);
		section_end(page);
	} else if (told_find(status, "sources")) {
		section_begin(page, id, "Price feed");
		put_feed(page, status);
		section_end(page);
	}
}

static void put_roles(struct page *page)
{
	const struct json *instances = told_list(page->status, "instances");
	bool any = false;

	for (size_t i = 0; i < told_size(instances); i++) {
		const struct json *status = told_find(json_element(instances, i), "status");

		if (!told_find(status, "producer"))
			continue;
		put_role(page, status);
		any = true;
	}
	if (!any)
		put(page, "<h1>Golos Watch: no witness is watched yet</h1>\n");
}

static void put_footer(struct page *page)
{
	int64_t wall_ms = told_number(page->status, "chain.wall_ms"),
		chain_ms = told_number(page->status, "chain.chain_ms");

	put(page, "<footer>Golos Watch ");
	put_text(page, told_text(page->status, "version"));
	put(page, ", ");
	put_moment(page, page->now_s);
	if (chain_ms)
		fprintf(page->out, ", this clock less the chain's: %.1f s", (double)(wall_ms - chain_ms) / 1000);
	fprintf(page->out, ". The page renews itself each %d s.</footer>\n", PAGE_RENEWED_S);
}

static void put_title(struct page *page)
{
	const struct json *instances = told_list(page->status, "instances");

	put(page, "<title>");
	for (size_t i = 0; i < told_size(instances); i++) {
		const struct json *status = told_find(json_element(instances, i), "status");

		if (!told_find(status, "producer"))
			continue;
		put_text(page, told_text(status, "witness"));
		put(page, is_in_trouble(status) ? " (!): " : ": ");
		put_text(page, who_produces(status));
		put(page, " - ");
	}
	put(page, "Golos Watch</title>");
}

char *page_html(const struct json *status)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	struct page page = {.out = out, .status = status, .now_s = told_number(status, "chain.wall_ms") / 1000};
	const struct json *instances = told_list(status, "instances");

	if (!out)
		return xstrdup("");
	fprintf(out,
		"<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
		"content=\"width=device-width,initial-scale=1\"><meta http-equiv=\"refresh\" content=\"%d\">",
		PAGE_RENEWED_S);
	put_title(&page);
	put(&page, "<link rel=\"stylesheet\" href=\"style.css\"></head>\n<body><header>");
	put_roles(&page);
	put_health(&page);
	put(&page, "</header><main>\n");
	put_nodes(&page);
	for (size_t i = 0; i < told_size(instances); i++)
		put_instance(&page, json_element(instances, i), i);
	put_days(&page);
	put_notices(&page);
	put(&page, "</main>\n");
	put_footer(&page);
	put(&page, "</body></html>\n");
	fclose(out);
	return text;
}
