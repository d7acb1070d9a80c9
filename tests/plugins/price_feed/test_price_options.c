/* SPDX-License-Identifier: MIT
 * From a configuration's text to an opened plugin: what is taken, what is refused and with which sentence. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "formula.h"
#include "plugins/loader.h"
#include "source.h"

#define KEY_1 "GLS8jCSviSzAKMHvtWsThgDcXkWHyFAe33kajzCZdania1t2sPYVx"
#define KEY_2 "GLS756CkD8Bmrz151rkQPxsSJG6kTibMXwq4wD6fUZzCCKbRTxa66"

static struct plugin *plugin;

/* The other side of the table. */
struct gw_host {
	bool may_sign;
	char codes[256];
};

static void host_log(struct gw_host *host, int32_t severity, const char *text)
{
	(void)host, (void)severity, (void)text;
}

static gw_status host_timer_set(struct gw_host *host, uint32_t id, int64_t delay_ms)
{
	(void)host, (void)id;
	assert_true(delay_ms >= 0);
	return GW_OK;
}

static void host_now(struct gw_host *host, struct gw_now *ret)
{
	(void)host;
	*ret = (struct gw_now){1796083200000, 1000, 1796083200000};
}

static gw_status host_notice(struct gw_host *host, int32_t severity, const char *code, const char *text,
			     const char *fields_json)
{
	(void)severity, (void)text, (void)fields_json;
	snprintf(host->codes + strlen(host->codes), sizeof(host->codes) - strlen(host->codes), "%s ", code);
	return GW_OK;
}

static gw_status host_call(struct gw_host *host, const char *api, const char *method, const char *args, uint64_t *ret)
{
	(void)host, (void)api, (void)method, (void)args, (void)ret;
	return GW_ERR_UNAVAILABLE;
}

static gw_status host_submit(struct gw_host *host, const struct gw_intent *intent, uint64_t *ret_id)
{
	(void)host, (void)intent, (void)ret_id;
	return GW_ERR_UNAVAILABLE;
}

static const void *host_service(struct gw_host *host, const char *id)
{
	static const struct gw_notice_v1 notice = {.struct_size = sizeof(notice), .notice = host_notice};
	static const struct gw_rpc_v1 rpc = {.struct_size = sizeof(rpc), .call = host_call};
	static const struct gw_submit_v1 submit = {.struct_size = sizeof(submit), .submit = host_submit};

	if (strcmp(id, GW_SERVICE_NOTICE) == 0)
		return &notice;
	if (strcmp(id, GW_SERVICE_RPC) == 0)
		return &rpc;
	return strcmp(id, GW_SERVICE_SUBMIT) == 0 && host->may_sign ? &submit : NULL;
}

static const struct gw_host_api api = {.struct_size = sizeof(api),
				       .abi_major = GW_ABI_MAJOR,
				       .abi_minor = GW_ABI_MINOR,
				       .log = host_log,
				       .timer_set = host_timer_set,
				       .now = host_now,
				       .service = host_service};

#define RULES                                                                                                          \
	"    price: usd\n    quantities: {usd: {least: 1, spread: 5}}\n    sources: [{of: usd, rpc: a.b, value: "      \
	"/x}]\n"
#define FEED "  - name: price_feed\n    witness: foo\n"

static struct config *configure(const char *plugins)
{
	char path[] = TEST_BINARY_DIR "/feed.XXXXXX";
	struct config *config;
	struct error err = {0};
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	dprintf(fd, "node: ws://127.0.0.1:8091\nsigner: {keys: ['env:KEY']}\nplugins:\n%s", plugins);
	gw_status status = config_load_fd(&config, fd, "x.yml", &err);
	close(fd);
	unlink(path);
	if (status != GW_OK)
		fail_msg("%s", err.text);
	return config;
}

/* Opens the first instance; starts it where that is taken. ret_text: the sentence, or the codes of the notices. */
static gw_status open_first(const char *plugins, bool may_sign, char ret_text[600])
{
	struct config *config = configure(plugins);
	const struct gw_option_value *pointers[64];
	struct gw_host host = {.may_sign = may_sign};
	struct gw_option_value *values = NULL;
	char text[GW_TEXT_SIZE] = "";
	struct error err = {0};
	void *self = NULL;
	size_t count = 0;
	gw_status status = option_values_make(&values, &count, plugin, config, &config->instances[0], &err);

	snprintf(ret_text, 600, "%s", err.text);
	for (size_t i = 0; status == GW_OK && i < count; i++)
		pointers[i] = &values[i];
	if (status == GW_OK) {
		status = plugin->entry->open(&api, &host, pointers, count, &self, text);
		snprintf(ret_text, 600, "%s", text);
		free(values);
	}
	if (status == GW_OK) {
		assert_int_equal(plugin->entry->start(self), GW_OK);
		plugin->entry->stop(self);
		plugin->entry->close(self);
		snprintf(ret_text, 600, "%s", host.codes);
	}
	config_free(config);
	return status;
}

static void what_is_wrong_is_named(void **unused)
{
	static const struct {
		const char *lines, *expected;
		gw_status status;
	} rows[] = {
		{FEED, "'price' is missing: ready-made ones stand in golos-watch.yml of the package", GW_ERR_CONFIG},
		{FEED "    price: usd\n    quantities: {usd: {least: 1, spread: 5}}\n",
		 "'sources' is missing: ready-made ones stand in golos-watch.yml of the package", GW_ERR_CONFIG},
		{FEED "    price: usd / eur\n    quantities: {usd: {least: 1, spread: 5}}\n    sources: [{of: usd, "
		      "rpc: a.b, value: /x}]\n",
		 "price: a name that is not among `quantities` at character 7 of 'usd / eur'", GW_ERR_CONFIG},
		{FEED RULES "    bias: -1\n", "'bias' is -1: a decimal number above zero, 10 at most, is expected",
		 GW_ERR_CONFIG},
		{FEED RULES "    min_change: 3%\n",
		 "'min_change' is 3%: a decimal number above zero, 100 at most, is expected", GW_ERR_CONFIG},
		{FEED RULES "    order: [" KEY_1 ", " KEY_2 "]\n",
		 "`order` does not list `witness_pubkey`: which place this node has is not known", GW_ERR_CONFIG},
		{FEED RULES "    every: 59\n",
		 "x.yml:9: 'every' of price_feed: a whole number of seconds from 60 to 3600 is expected",
		 GW_ERR_CONFIG},
		{FEED RULES "    dry_run: false\n",
		 "it may sign nothing: grant `sign: [feed_publish]`, or leave dry_run", GW_ERR_DENIED},
		{FEED "    price: usd\n    quantities: {usd: {least: 1, spread: 5}}\n"
		      "    sources: [{of: usd, url: \"https://x\", value: /x}]\n",
		 "sources: entry 1: this host fetches no addresses: `rpc` is needed", GW_ERR_UNSUPPORTED},
		/* the older script's */
		{FEED RULES "    threshold_pct: 3\n    min_change: 3\n",
		 "'min_change' and 'threshold_pct' are the same: give one", GW_ERR_CONFIG},
		{FEED RULES "    k: 11\n", "'bias' is 11: a decimal number above zero, 10 at most, is expected",
		 GW_ERR_CONFIG},
		{FEED "    metric: weighted\n",
		 "'metric' chose within the older script's exchange, which delisted the coin: write `price`, "
		 "`quantities` and "
		 "`sources` instead (golos-watch.yml(5))",
		 GW_ERR_CONFIG},
	};
	(void)unused;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[600];
		gw_status status = open_first(rows[i].lines, false, text);

		if (status != rows[i].status || strcmp(text, rows[i].expected) != 0)
			fail_msg("row %zu: %d %s", i, status, text);
	}
}

#define MONITOR "  - {name: witness_monitor, witness: foo, witness_pubkey: " KEY_2 ", order: [" KEY_1 ", " KEY_2 "]}\n"

static void the_order_is_the_monitors(void **unused)
{
	static const struct {
		const char *lines, *expected;
	} rows[] = {
		{FEED RULES, "feed_alone "},
		{FEED RULES "    threshold_pct: 2.5\n    k: 1.05\n    interval: 60\n    max_age: 7200\n",
		 "feed_alone "},
		{FEED RULES MONITOR, ""},
		{FEED RULES "    order: [" KEY_2 "]\n" MONITOR, ""},
		{FEED RULES "    order: [" KEY_1 "]\n    witness_pubkey: " KEY_1 "\n", ""},
		/* another witness's says nothing */
		{FEED RULES "  - {name: witness_monitor, witness: bar, witness_pubkey: " KEY_2 ", order: [" KEY_2
			    "]}\n",
		 "feed_alone "},
	};
	(void)unused;

	for (size_t i = 0; i < COUNT(rows); i++) {
		char text[600];

		assert_int_equal(open_first(rows[i].lines, false, text), GW_OK);
		if (strcmp(text, rows[i].expected) != 0)
			fail_msg("row %zu: %s", i, text);
	}
}

static void with_a_grant_it_may_publish(void **unused)
{
	char text[600];
	(void)unused;

	assert_int_equal(
		open_first(FEED RULES
			   "    dry_run: false\n    sign: [feed_publish]\n    feed_min: 0.001\n    feed_max: 1\n",
			   true, text),
		GW_OK);
}

/* ---- the ready-made sources --------------------------------------------------------------------------------------- */

/* The package's example, its price feed uncommented; the sources of other formulas as well. */
static void read_example(char ret[8192])
{
	FILE *file = fopen(TEST_SOURCE_DIR "/../packaging/golos-watch.yml", "re");
	char line[512], *other;
	bool is_ours = false;

	assert_non_null(file);
	ret[0] = '\0';
	while (fgets(line, sizeof(line), file)) {
		is_ours = is_ours || strncmp(line, "#  - name: price_feed", 21) == 0;
		if (!is_ours)
			continue;
		if ((other = strstr(line, "# - {")))
			memmove(other, other + 2, strlen(other + 2) + 1);
		strcat(ret, line + 1);
		if (strncmp(line, "#      xau_usd:", 15) == 0)
			strcat(ret, "      usd_rub: {least: 1, spread: 2}\n");
	}
	fclose(file);
	char *name = strstr(ret, "YOUR-WITNESS");
	assert_non_null(name);
	memcpy(name, "your-witness", 12);
}

static const struct ready_made {
	const char *name, *answer, *expected; /* the number, or what is wrong */
	int64_t now_s;
} ready_made[] = {
	{"market_history.get_ticker",
	 "{\"latest1\":\"0.00200\",\"latest2\":\"500.00000\",\"lowest_ask\":\"0.00202\",\"highest_bid\":\"0.00198\","
	 "\"percent_change1\":\"0.0\",\"asset1_volume\":\"0.000 GOLOS\"}",
	 "0.002", 1796083200},
	{"market_history.get_ticker",
	 "{\"latest1\":\"0.00200\",\"latest2\":\"500.00000\",\"lowest_ask\":\"0.00000\",\"highest_bid\":\"0.00000\"}",
	 "/highest_bid is not above zero", 1796083200},
	{"api-dex.golos.app",
	 "{\"status\":\"ok\",\"price_usd\":0.0026651538105083973,\"price_rub\":0.20621626542743116,\"from_cache\":"
	 "false,"
	 "\"updated\":\"2022-04-23T14:58:16\",\"data\":{\"id\":4834,\"quote\":{\"USD\":{\"price\":0."
	 "0026651538105083973,"
	 "\"last_updated\":\"2022-04-23T14:57:00.000Z\"},\"RUB\":{\"price\":0.20621626542743116}}}}",
	 "0.00266515381", 1650725896},
	/* it fell back to golosd's own market: as its older source tells, and as its newest does */
	{"api-dex.golos.app",
	 "{\"status\":\"ok\",\"price_usd\":0.0026,\"price_rub\":0.2,\"from_cache\":false,\"from_golos\":true,"
	 "\"updated\":\"2022-04-23T14:58:16\",\"data\":{\"quote\":{\"RUB\":{\"price\":0.2},\"USD\":{\"price\":0.0026}}}"
	 "}",
	 "the answer has no /data/quote/USD/last_updated", 1650725896},
	{"api-dex.golos.app",
	 "{\"status\":\"ok\",\"price_usd\":0.0026,\"price_rub\":0.2,\"from_cache\":false,\"updated\":\"2022-04-23T14:"
	 "58:16\","
	 "\"data\":{\"from_golos\":true,\"quote\":{\"RUB\":{\"price\":0.2},\"USD\":{\"price\":0.0026}}}}",
	 "/data/from_golos is not false", 1650725896},
	{"api-dex.golos.app", "{\"status\":\"err\",\"error\":\"no key\",\"price_usd\":null,\"price_rub\":null}",
	 "the answer has no /data/quote/USD/last_updated", 1650725896},
	{"api.gold-api.com",
	 "{\"name\":\"Gold\",\"price\":4012.35,\"symbol\":\"XAU\",\"updatedAt\":\"2026-07-03T10:00:00Z\"}", "4012.35",
	 1783072860},
	{"api.binance.com", "{\"symbol\":\"PAXGUSDT\",\"price\":\"4010.12000000\"}", "4010.12", 1796083200},
	/* Date is that of the next working day, and would lie in the future */
	{"www.cbr-xml-daily.ru",
	 "{\"Date\":\"2023-03-17T11:30:00+03:00\",\"Timestamp\":\"2023-03-16T17:00:00+03:00\",\"Valute\":{\"USD\":{"
	 "\"CharCode\":\"USD\",\"Nominal\":1,\"Value\":76.4096,\"Previous\":75.7457}}}",
	 "76.4096", 1678978800},
};

static const struct source *find_source(const struct source *sources, uint32_t count, const char *name)
{
	for (uint32_t i = 0; i < count; i++)
		if (strncmp(sources[i].name, name, strlen(name)) == 0)
			return &sources[i];
	fail_msg("the example has no source %s", name);
	return NULL;
}

static void expect_ready_made(const struct source *sources, uint32_t count, const struct ready_made *row)
{
	const struct source *source = find_source(sources, count, row->name);
	char text[DECIMAL_TEXT_SIZE];
	struct decimal value = {0};
	struct error err;
	int64_t age_s;

	if (source_value(source, row->answer, strlen(row->answer), 0, row->now_s, &value, &age_s, &err) == GW_OK) {
		decimal_format(text, value, 9);
		assert_string_equal(text, row->expected);
	} else {
		assert_string_equal(err.text, row->expected);
	}
}

static void the_examples_sources_read_the_answers_that_were_seen(void **unused)
{
	static struct quantity quantities[FORMULA_NAMES_MAX];
	static struct source sources[QUANTITY_SOURCES_MAX];
	const char *quantities_text = NULL, *sources_text = NULL;
	uint32_t quantity_count = 0, source_count = 0;
	struct gw_option_value *values = NULL;
	static char example[8192];
	struct error err;
	size_t count = 0;
	(void)unused;

	read_example(example);
	struct config *config = configure(example);
	if (option_values_make(&values, &count, plugin, config, &config->instances[0], &err) != GW_OK)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(values[i].name, "quantities") == 0)
			quantities_text = values[i].text;
		else if (strcmp(values[i].name, "sources") == 0)
			sources_text = values[i].text;
	}
	if (source_read_quantities(quantities, &quantity_count, quantities_text, &err) != GW_OK ||
	    source_read_all(sources, &source_count, sources_text, quantities, quantity_count, &err) != GW_OK)
		fail_msg("%s", err.text);
	assert_int_equal(source_count, 5);
	for (size_t i = 0; i < COUNT(ready_made); i++)
		expect_ready_made(sources, source_count, &ready_made[i]);
	free(values);
	config_free(config);
}

static int load(void **state)
{
	struct error err;
	(void)state;

	if (plugin_load(&plugin, TEST_BINARY_DIR "/plugins", "price_feed", &err) != GW_OK)
		fail_msg("%s", err.text);
	return 0;
}

static int forget(void **state)
{
	(void)state;
	plugin_free_all();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_wrong_is_named),
		cmocka_unit_test(the_order_is_the_monitors),
		cmocka_unit_test(with_a_grant_it_may_publish),
		cmocka_unit_test(the_examples_sources_read_the_answers_that_were_seen),
	};

	return cmocka_run_group_tests(tests, load, forget);
}
