/* SPDX-License-Identifier: MIT
 *
 * See scenes.h.
 */
#include "plugin_check/scenes.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "plugin_check/events.h"
#include "plugin_check/report.h"

/* The first ones set up what stays for the process. And the allocator keeps seven pieces of each size: 13 lives passed
 * until it had them. */
#define LIVES	 28
#define MEASURED 4 /* of them, the last */

/* The services point at it: it stays where it is. */
static void prepare(struct bench *bench, const struct setting *setting)
{
	*bench = (struct bench){.config = setting->config, .wanted = *setting->wanted};
	bench_open(bench);
}

static void live(struct bench *bench)
{
	struct error err;

	if (!bench_add(bench, 0, &err))
		return;
	if (bench_start(bench))
		events_play(bench);
	bench_remove(bench, 0);
}

/* ---- a whole life, and what it leaves behind -------------------------------------------------------------------- */

struct remains {
	size_t bytes, threads, descriptors;
};

static size_t entries(const char *path)
{
	DIR *dir = opendir(path);
	size_t count = 0;

	while (dir && readdir(dir))
		count++;
	if (dir)
		closedir(dir);
	return count;
}

static struct remains look(void)
{
	struct remains now = {.threads = entries("/proc/self/task"), .descriptors = entries("/proc/self/fd")};

	now.bytes = mallinfo2().uordblks;
	return now;
}

/* It is refused by the plugin itself, or its option by the plugin's own table. */
static void say_why_not_open(const struct error *err)
{
	const char *by_plugin = strstr(err->text, "does not open: ");

	if (by_plugin)
		report_finding("open refuses these options (%s): nothing else was tried; give others as option=value",
			       by_plugin + strlen("does not open: "));
	else
		snprintf(report->usage, sizeof(report->usage), "%.*s", FINDING_SIZE - 1, err->text);
	report->closed = true;
}

static void live_first(struct bench *bench)
{
	struct error err;

	if (!bench_add(bench, 0, &err))
		say_why_not_open(&err);
	else if (!bench_start(bench))
		report_finding("start refuses, and the host refuses nothing: no event was tried");
	else
		events_play(bench);
}

static void whole_life(const struct setting *setting)
{
	struct remains before = {0}, after = {0};
	size_t least = SIZE_MAX; /* what each life leaves: the allocator keeps pieces of its own now and then */

	for (int i = 0; i < LIVES; i++) {
		size_t bytes = look().bytes;
		struct bench bench;

		if (i == LIVES - MEASURED)
			before = look();
		prepare(&bench, setting);
		if (i == 0)
			live_first(&bench);
		else
			live(&bench);
		bench_close(&bench);
		if (report->count || report->closed) /* what is left behind is looked at when all else is right */
			return;
		after = look();
		size_t left = after.bytes > bytes ? after.bytes - bytes : 0;
		if (i >= LIVES - MEASURED && left < least)
			least = left;
	}
	if (least > 0)
		report_finding("close leaves %zu bytes of memory behind", least);
	if (after.threads > before.threads)
		report_finding("close leaves a thread running");
	if (after.descriptors > before.descriptors)
		report_finding("close leaves a file descriptor open");
}

/* ---- other courses ---------------------------------------------------------------------------------------------- */

static void never_started(struct bench *bench)
{
	struct error err;

	(void)bench_add(bench, 0, &err);
}

static void stopped_at_once(struct bench *bench)
{
	struct error err;

	if (bench_add(bench, 0, &err))
		(void)bench_start(bench);
}

static void two_instances(struct bench *bench)
{
	struct error err;

	if (!bench_add(bench, 0, &err) || !bench_add(bench, 1, &err) || !bench_start(bench))
		return;
	events_play(bench);
	bench_remove(bench, 0);
	events_play(bench);
}

static void everything_refused(struct bench *bench)
{
	bench->refuses = true;
	live(bench);
}

static void refused_after_start(struct bench *bench)
{
	struct error err;

	if (!bench_add(bench, 0, &err) || !bench_start(bench))
		return;
	bench->refuses = true;
	events_play(bench);
}

static void no_grant(struct bench *bench)
{
	bench->wanted.grants = 0;
	live(bench);
}

/* ---- options ---------------------------------------------------------------------------------------------------- */

/* The same instance with one option more, or another value of it. */
static void live_with_value(const struct setting *setting, const char *name, const char *text, bool is_json)
{
	struct config_instance wanted = *setting->wanted;
	char *value = xstrdup(text), *option_name = xstrdup(name);
	struct config_option *options = xcalloc(wanted.option_count + 1, sizeof(*options));
	size_t at = 0;

	snprintf(report->during, sizeof(report->during), "its option %s is %.60s", name, *text ? text : "empty");
	if (wanted.option_count)
		memcpy(options, wanted.options, wanted.option_count * sizeof(*options));
	while (at < wanted.option_count && strcmp(options[at].name, name) != 0)
		at++;
	options[at] = (struct config_option){.name = option_name, .origin = "", .count = 1, .values = &value};
	options[at].json = is_json ? value : NULL;
	wanted.options = options;
	wanted.option_count += at == wanted.option_count;
	struct setting other = {.config = setting->config, .wanted = &wanted};
	struct bench bench;
	prepare(&bench, &other);
	bench_forget_store();
	live(&bench);
	bench_close(&bench);
	free(options);
	free(value);
	free(option_name);
}

static void live_with(const struct setting *setting, const char *name, const char *text)
{
	live_with_value(setting, name, text, false);
}

/* What a person may write by mistake where a list of sections is wanted: the plugin's own reader refuses it. */
static void live_with_nested(const struct setting *setting, const char *name)
{
	static const char *const texts[] = {
		"[]",	     "{}", "[null]", "[[[[[[[]]]]]]]", "[{}]", "[1e400,-1,true,\"\"]", "[{\"a\":{\"a\":[{}]}}]",
		"{\"a\":[]}"};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		live_with_value(setting, name, texts[i], true);
}

static void live_with_each_choice(const struct setting *setting, const struct gw_option *option)
{
	char *words = xstrdup(option->choices), *rest = words;

	for (const char *word; (word = strsep(&rest, "|"));)
		live_with(setting, option->name, word);
	free(words);
}

static void live_with_number(const struct setting *setting, const char *name, int64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)number);
	live_with(setting, name, text);
}

static void options_at_their_limits(const struct setting *setting)
{
	const struct gw_plugin_entry *entry = setting->plugin->entry;
	char long_text[2001];

	memset(long_text, 's', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = 0;
	for (size_t i = 0; i < entry->option_count; i++) {
		const struct gw_option *option = &entry->options[i];
		bool percent = option->type == GW_OPTION_PERCENT;

		switch (option->type) {
		case GW_OPTION_INT:
		case GW_OPTION_SECONDS:
		case GW_OPTION_PERCENT:
			live_with_number(setting, option->name, percent ? 0 : option->min);
			live_with_number(setting, option->name, percent ? 100 : option->max);
			break;
		case GW_OPTION_BOOL:
			live_with(setting, option->name, "true");
			live_with(setting, option->name, "false");
			break;
		case GW_OPTION_CHOICE:
			live_with_each_choice(setting, option);
			break;
		case GW_OPTION_JSON:
			live_with_nested(setting, option->name);
			break;
		case GW_OPTION_STRING:
			live_with(setting, option->name, "");
			live_with(setting, option->name, long_text);
			break;
		case GW_OPTION_ACCOUNT:
			live_with(setting, option->name, "sixteen-letters1");
			break;
		default: /* keys: the host lets good ones through alone */
			break;
		}
	}
}

void scene_run(const struct scene *scene, const struct setting *setting)
{
	struct bench bench;

	if (scene->run) {
		scene->run(setting);
		return;
	}
	prepare(&bench, setting);
	scene->course(&bench);
	bench_close(&bench);
}

const struct scene scenes[] = {
	{"it lives its life", whole_life, NULL},
	{"it is closed without a start", NULL, never_started},
	{"it is stopped right after its start", NULL, stopped_at_once},
	{"two instances live side by side", NULL, two_instances},
	{"the host refuses all that may be refused", NULL, everything_refused},
	{"the host refuses all but the start", NULL, refused_after_start},
	{"nothing is granted", NULL, no_grant},
	{"an option stands at its limit", options_at_their_limits, NULL},
	{NULL, NULL, NULL},
};
