/* SPDX-License-Identifier: MIT
 *
 * A day of the price feed as a picture: `feed_picture >docs/price-feed-day.svg`. The plugin's own rules in virtual time,
 * a round each 10 min; what the sources say is a table, all else is what comes of it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "feed.h"

#define START_S	     1796083200
#define EVERY_MIN    10
#define ROUNDS	     (24 * 60 / EVERY_MIN + 1)
#define SOURCES	     3
#define MEDIAN_MICRO 10500 /* of the other witnesses, all day */

/* ---- the day ------------------------------------------------------------------------------------------------------ */

/* Millionths of a GBG for one GOLOS; straight lines between. */
static const struct {
	int32_t minute, micro;
} market[] = {{0, 10000},   {180, 10150}, {300, 10500}, {420, 10800},  {540, 10900},  {720, 11200},  {890, 11250},
	      {900, 15500}, {910, 15500}, {920, 11260}, {1080, 11400}, {1090, 15050}, {1200, 15300}, {1440, 14900}};

/* What a source says otherwise; micro: 0: it is dead. */
static const struct {
	int source;
	int32_t from, to, micro;
} faults[] = {{1, 360, 520, 16500}, {1, 600, 760, 0}, {2, 660, 760, 0}};

static const int32_t per_mille[SOURCES] = {1000, 1006, 995}; /* no two markets agree quite */

static const struct {
	int32_t minute, micro;
	const char *text;
} notes[] = {{225, 11000, "1"}, {440, 17200, "2"}, {710, 11900, "3"}, {905, 16200, "4"}, {1115, 16200, "5"}};

static const char *const legend[] = {
	"1  more than min_change from our feed, and interval has passed: published",
	"2  B lies: it differs from the others, and the median of those that agree stands",
	"3  B and C are dead: two must agree, so the price is unknown, and nothing is published",
	"4  a jump that goes back: never published",
	"5  a jump that stands for 3 rounds and 20 min: published",
};

static int32_t market_micro(int32_t minute)
{
	size_t i = 0;

	while (market[i + 1].minute < minute)
		i++;
	int32_t passed = minute - market[i].minute, whole = market[i + 1].minute - market[i].minute;
	return market[i].micro + (market[i + 1].micro - market[i].micro) * passed / whole;
}

static int32_t source_micro(int source, int32_t minute)
{
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++)
		if (faults[i].source == source && minute >= faults[i].from && minute < faults[i].to)
			return faults[i].micro;
	return market_micro(minute) * per_mille[source] / 1000;
}

/* ---- the feed ----------------------------------------------------------------------------------------------------- */

static struct {
	struct feed feed;
	struct gw_now now;
	int32_t minute;
	uint64_t ids;
	char base[32], quote[32]; /* our feed on chain */
	int64_t own_s;
	/* what came of it */
	int32_t published[ROUNDS], told[ROUNDS]; /* micro after the round; warnings in it */
	enum feed_verdict verdicts[ROUNDS];
} day;

static void check(gw_status status, const struct error *err)
{
	if (status == GW_OK)
		return;
	fprintf(stderr, "%s\n", err->text);
	exit(EXIT_FAILURE);
}

static void begin(void)
{
	static const char quantities[] = "{\"p\":{\"least\":2,\"spread\":10}}";
	static const char sources[] = "[{\"of\":\"p\",\"rpc\":\"a.b\",\"args\":[0],\"value\":\"/v\"},"
				      "{\"of\":\"p\",\"rpc\":\"a.b\",\"args\":[1],\"value\":\"/v\"},"
				      "{\"of\":\"p\",\"rpc\":\"a.b\",\"args\":[2],\"value\":\"/v\"}]";
	static struct feed_options options = {.witness = "foo",
					      .every_s = EVERY_MIN * 60,
					      .interval_s = 3600,
					      .max_age_s = 86400,
					      .takeover_step_s = 600,
					      .max_change_for_s = 1200,
					      .has_order = true};
	struct error err = {0};

	options.min_change = decimal_of(3);
	options.max_change = decimal_of(25);
	options.max_from_median = decimal_of(50);
	options.bias = decimal_of(1);
	check(source_read_quantities(options.quantities, &options.quantity_count, quantities, &err), &err);
	check(source_read_all(options.sources, &options.source_count, sources, options.quantities,
			      options.quantity_count, &err),
	      &err);
	check(formula_read(&options.formula, "p", (const char *const[]){"p"}, 1, &err), &err);
	feed_init(&day.feed, &options);
	day.now = (struct gw_now){START_S * INT64_C(1000), 5000000, START_S * INT64_C(1000)};
	day.own_s = START_S - 7200;
	snprintf(day.base, sizeof(day.base), "1.000 GBG");
	snprintf(day.quote, sizeof(day.quote), "100.000 GOLOS");
	feed_start(&day.feed, &day.now);
}

static void answer(const struct feed_action *action)
{
	uint64_t id = ++day.ids;
	char text[256], time[24];
	time_t own_s = (time_t)day.own_s;
	struct tm tm;
	int32_t micro = action->ask < FEED_ASK_SOURCES
				? MEDIAN_MICRO
				: source_micro((int)(action->ask - FEED_ASK_SOURCES), day.minute);

	feed_asked(&day.feed, action->ask, GW_OK, id, &day.now);
	strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%S", gmtime_r(&own_s, &tm));
	if (action->ask == FEED_ASK_WITNESS)
		snprintf(text, sizeof(text),
			 "{\"sbd_exchange_rate\":{\"base\":\"%s\",\"quote\":\"%s\"},\"last_sbd_exchange_update\":\"%"
			 "s\"}",
			 day.base, day.quote, time);
	else if (action->ask == FEED_ASK_HISTORY)
		snprintf(text, sizeof(text),
			 "{\"price_history\":[{\"base\":\"0.%06" PRId32 " GBG\",\"quote\":\"1.000 GOLOS\"}]}", micro);
	else
		snprintf(text, sizeof(text), "{\"v\":\"0.%06" PRId32 "\"}", micro);
	feed_answered(&day.feed, true, id, micro ? GW_OK : GW_ERR_UNAVAILABLE, text, strlen(text), 0, &day.now);
}

/* A block holds it at once. */
static void publish(const struct gw_intent *intent)
{
	static uint64_t ids;
	uint64_t id = ++ids;
	struct gw_submission_event event = {.struct_size = sizeof(event),
					    .state = GW_SUBMISSION_IN_BLOCK,
					    .block_num = 7,
					    .now = day.now,
					    .id = id,
					    .intent = intent};

	feed_submitted(&day.feed, GW_OK, id, &day.now);
	feed_submission(&day.feed, &event);
	event.state = GW_SUBMISSION_IRREVERSIBLE;
	feed_submission(&day.feed, &event);
	snprintf(day.base, sizeof(day.base), "%s", intent->base);
	snprintf(day.quote, sizeof(day.quote), "%s", intent->quote);
	day.own_s = day.now.chain_ms / 1000;
}

static void drain(int round)
{
	struct feed_action action;

	while (feed_next(&day.feed, &day.now, &action)) {
		if (action.type == FEED_ASK_RPC)
			answer(&action);
		else if (action.type == FEED_SUBMIT)
			publish(&action.intent);
		else if (action.type == FEED_NOTICE && action.severity >= GW_WARNING)
			day.told[round]++;
	}
}

static int32_t own_micro(void)
{
	struct decimal price;
	struct error err;
	bool is_reversed;
	int64_t micro = 0;

	check(price_read(day.base, day.quote, &price, &is_reversed, &err), &err);
	check(decimal_thousandths(decimal_multiply(price, decimal_of(1000)), &micro), &err);
	return (int32_t)micro;
}

static void play(void)
{
	begin();
	for (int i = 0; i < ROUNDS; i++) {
		day.minute = i * EVERY_MIN;
		day.feed.next_ms = day.now.mono_ms;
		feed_timer(&day.feed, &day.now);
		drain(i);
		day.published[i] = own_micro();
		day.verdicts[i] = day.feed.verdict;
		day.now.wall_ms += EVERY_MIN * 60000;
		day.now.mono_ms += EVERY_MIN * 60000;
		day.now.chain_ms += EVERY_MIN * 60000;
	}
}

/* ---- the picture -------------------------------------------------------------------------------------------------- */

#define LEFT	   60
#define RIGHT	   924 /* 6 px a round */
#define TOP	   20
#define BOTTOM	   300
#define STRIP	   336
#define LOW_MICRO  9000
#define HIGH_MICRO 18000
#define HEIGHT	   490

static int x_of(int32_t minute)
{
	return LEFT + minute * (RIGHT - LEFT) / (24 * 60);
}

static int y_of(int32_t micro)
{
	return BOTTOM - (micro - LOW_MICRO) * (BOTTOM - TOP) / (HIGH_MICRO - LOW_MICRO);
}

static void text(int x, int y, const char *class, const char *words)
{
	printf("<text x=\"%d\" y=\"%d\" class=\"%s\">%s</text>\n", x, y, class, words);
}

static void draw_axes(void)
{
	char words[32];

	for (int32_t hour = 0; hour <= 24; hour += 3) {
		printf("<path class=\"grid\" d=\"M%d %dV%d\"/>\n", x_of(hour * 60), TOP, BOTTOM);
		snprintf(words, sizeof(words), "%02d:00", hour);
		text(x_of(hour * 60), BOTTOM + 18, "middle", words);
	}
	for (int32_t micro = 10000; micro <= HIGH_MICRO; micro += 2000) {
		printf("<path class=\"grid\" d=\"M%d %dH%d\"/>\n", LEFT, y_of(micro), RIGHT);
		snprintf(words, sizeof(words), "0.%03d", (int)(micro / 1000));
		text(LEFT - 8, y_of(micro) + 4, "end", words);
	}
	text(LEFT, TOP - 6, "", "GBG for one GOLOS");
}

static void draw_source(int source)
{
	bool is_down = true;

	printf("<path class=\"s%d\" d=\"", source);
	for (int i = 0; i < ROUNDS; i++) {
		int32_t micro = source_micro(source, i * EVERY_MIN);

		if (micro)
			printf("%c%d %d", is_down ? 'M' : 'L', x_of(i * EVERY_MIN), y_of(micro));
		is_down = !micro;
	}
	puts("\"/>");
}

static void draw_published(void)
{
	printf("<path class=\"own\" d=\"M%d %d", x_of(0), y_of(day.published[0]));
	for (int i = 1; i < ROUNDS; i++)
		if (day.published[i] != day.published[i - 1])
			printf("H%dV%d", x_of(i * EVERY_MIN), y_of(day.published[i]));
	printf("H%d\"/>\n", RIGHT);
	for (int i = 0; i < ROUNDS; i++)
		if (day.verdicts[i] == FEED_PUBLISHES)
			printf("<circle class=\"dot\" cx=\"%d\" cy=\"%d\" r=\"4\"/>\n", x_of(i * EVERY_MIN),
			       y_of(day.published[i]));
}

/* Under the curve: what each round came to, and a mark where people hear of something. */
static void draw_strip(void)
{
	text(LEFT - 8, STRIP + 10, "end", "round");
	for (int i = 0; i < ROUNDS; i++) {
		const char *class = day.verdicts[i] == FEED_PRICE_UNKNOWN ? "unknown"
				    : day.verdicts[i] == FEED_BIG_CHANGE  ? "big"
				    : day.verdicts[i] == FEED_PUBLISHES	  ? "now"
									  : "quiet";

		printf("<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"5\" height=\"12\"/>\n", class,
		       x_of(i * EVERY_MIN) - 2, STRIP);
		if (day.told[i])
			text(x_of(i * EVERY_MIN), STRIP + 26, "middle told", "!");
	}
}

static void draw_key(int x, const char *class, const char *words)
{
	printf("<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"12\" height=\"12\"/>\n", class, x, STRIP + 32);
	text(x + 18, STRIP + 42, "", words);
}

static void draw(void)
{
	printf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 960 %d\" font-family=\"sans-serif\" "
	       "font-size=\"12\">\n"
	       "<title>A day of the price feed: three sources, and what is published</title>\n"
	       "<style>\n"
	       "svg{--paper:#fff;--ink:#24292f;--grid:#d8dee4;--a:#57606a;--b:#bc4c00;--c:#1a7f37;--own:#0969da;"
	       "--quiet:#d0d7de;--unknown:#d4a72c;--big:#8250df}\n"
	       "@media(prefers-color-scheme:dark){svg{--paper:#0d1117;--ink:#e6edf3;--grid:#2b313a;--a:#9198a1;--b:#"
	       "f0883e;"
	       "--c:#3fb950;--own:#58a6ff;--quiet:#3d444d;--unknown:#d29922;--big:#ab7df8}}\n"
	       "text{fill:var(--ink)}.middle{text-anchor:middle}.end{text-anchor:end}.told{fill:var(--b);font-weight:"
	       "bold}\n"
	       "path{fill:none}.grid{stroke:var(--grid)}.s0{stroke:var(--a)}.s1{stroke:var(--b)}.s2{stroke:var(--c)}\n"
	       ".own{stroke:var(--own);stroke-width:3}.dot,.now{fill:var(--own)}.quiet{fill:var(--quiet)}"
	       ".unknown{fill:var(--unknown)}.big{fill:var(--big)}\n"
	       ".a{fill:var(--a)}.b{fill:var(--b)}.c{fill:var(--c)}.note{font-weight:bold;text-anchor:middle}\n"
	       "</style>\n"
	       "<rect width=\"960\" height=\"%d\" style=\"fill:var(--paper)\"/>\n",
	       HEIGHT, HEIGHT);
	draw_axes();
	for (int i = 0; i < SOURCES; i++)
		draw_source(i);
	draw_published();
	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		text(x_of(notes[i].minute), y_of(notes[i].micro), "note", notes[i].text);
	draw_strip();
	draw_key(60, "a", "A");
	draw_key(100, "b", "B");
	draw_key(140, "c", "C");
	draw_key(190, "now", "our feed; a round that publishes");
	draw_key(420, "unknown", "price unknown");
	draw_key(550, "big", "big change, must stand");
	draw_key(730, "quiet", "not due; ! people are told");
	for (size_t i = 0; i < sizeof(legend) / sizeof(legend[0]); i++)
		text(60, STRIP + 68 + 18 * (int)i, "", legend[i]);
	puts("</svg>");
}

int main(void)
{
	play();
	draw();
	return fflush(stdout) || ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}
