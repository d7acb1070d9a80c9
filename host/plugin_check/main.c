/* SPDX-License-Identifier: MIT
 *
 * golos-watch-plugin-check: holds a plugin against plugin.h without golosd and without a host. Each course of its life
 * runs in a process of its own, so that a crash is one sentence.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "plugin_check/exports.h"
#include "plugin_check/lend.h"
#include "plugin_check/report.h"
#include "plugin_check/scenes.h"
#include "plugin_check/wrapped.h"
#include "signer/client.h"

enum { EXIT_KEEPS = 0, EXIT_BREAKS = 1, EXIT_MISUSED = 2 };

#define NODES_MADE_UP 8
#define KEY_MADE_UP   "GLS756CkD8Bmrz151rkQPxsSJG6kTibMXwq4wD6fUZzCCKbRTxa66"
#define NAME_MADE_UP  "foo"

struct check {
	char dir[64]; /* a copy of the plugin lies there alone: who may write the place it came from does not matter */
	char copy[PATH_MAX];
	char *name; /* of the plugin */
	bool is_loud;
	size_t given_count;
	char **given; /* "option=value" */
	struct config config;
	struct config_instance wanted;
};

static const char usage[] =
	"usage: golos-watch-plugin-check [-v] PLUGIN.so [OPTION=VALUE...]\n"
	"Holds a plugin of golos-watchd against the rules of <golos_watch/plugin.h>, without golosd.\n"
	"Values of a list are separated by commas. A required option that is not given gets a value of its type.\n"
	"  -v, --verbose  show the lines that the plugin logs\n"
	"Exit status: 0 no rule is broken, 1 one is, 2 wrong arguments or nothing to check.\n";

/* ---- the plugin's file ------------------------------------------------------------------------------------------ */

static bool copy_bytes(int from, int to)
{
	char bytes[65536];
	ssize_t n;

	while ((n = read(from, bytes, sizeof(bytes))) > 0)
		if (write(to, bytes, (size_t)n) != n)
			return false;
	return n == 0;
}

static bool copy_plugin(struct check *check, const char *path)
{
	char *at = xstrdup(path);
	const char *file = basename(at);
	size_t len = strlen(file);
	const char *tmp = getenv("TMPDIR");
	bool done = false;

	if (len > 3 && strcmp(file + len - 3, ".so") == 0) {
		check->name = xstrndup(file, len - 3);
		int from = open(path, O_RDONLY | O_CLOEXEC);
		snprintf(check->dir, sizeof(check->dir), "%.40s/plugin-check.XXXXXX", tmp && *tmp ? tmp : "/tmp");
		if (from >= 0 && mkdtemp(check->dir)) {
			snprintf(check->copy, sizeof(check->copy), "%s/%s", check->dir, file);
			int to = open(check->copy, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
			done = to >= 0 && copy_bytes(from, to);
			if (to >= 0)
				close(to);
		}
		if (from >= 0)
			close(from);
	} else {
		errno = EINVAL;
	}
	if (!done)
		fprintf(stderr, "golos-watch-plugin-check: %s: %s\n", path,
			errno == EINVAL ? "a plugin's file is NAME.so" : strerror(errno));
	free(at);
	return done;
}

/* ---- the instance's options ------------------------------------------------------------------------------------- */

static void add_option(struct config_instance *wanted, const char *name, const char *text, const char *origin)
{
	struct config_option option = {.name = xstrdup(name), .origin = origin};
	bool is_json = text[0] == '[' || text[0] == '{';
	char *words = xstrdup(is_json ? "" : text), *rest = is_json ? NULL : words;

	option.is_list = !is_json && strchr(text, ',') != NULL;
	option.json = is_json || option.is_list ? xstrdup(text) : NULL;
	for (const char *word; (word = strsep(&rest, ","));) {
		option.values = xrealloc(option.values, option.count + 1, sizeof(*option.values));
		option.values[option.count++] = xstrdup(word);
	}
	free(words);
	wanted->options = xrealloc(wanted->options, wanted->option_count + 1, sizeof(*wanted->options));
	wanted->options[wanted->option_count++] = option;
	if (strcmp(name, "witness") == 0)
		snprintf(wanted->witness, sizeof(wanted->witness), "%s", text);
}

static void make_up(struct config_instance *wanted, const struct gw_option *option)
{
	static const char *const texts[] = {[GW_OPTION_STRING] = NAME_MADE_UP,
					    [GW_OPTION_ACCOUNT] = NAME_MADE_UP,
					    [GW_OPTION_KEY] = KEY_MADE_UP,
					    [GW_OPTION_KEYS] = KEY_MADE_UP,
					    [GW_OPTION_PERCENT] = "50",
					    [GW_OPTION_BOOL] = "true",
					    [GW_OPTION_JSON] = "[]"};
	char number[24], *first = xstrndup(option->choices ? option->choices : "",
					   option->choices ? strcspn(option->choices, "|") : 0);

	snprintf(number, sizeof(number), "%lld", (long long)option->min);
	add_option(wanted, option->name,
		   option->type == GW_OPTION_CHOICE ? first
		   : texts[option->type]	    ? texts[option->type]
						    : number,
		   "made up");
	free(first);
}

static void want_instance(struct check *check, const struct gw_plugin_entry *entry)
{
	static char source[] = "arguments", node[] = "ws://127.0.0.1:8091", url[] = "https://made.up.example/";
	static char *urls[] = {url, url,
			       url}; /* of the first entries of `sources`; the allocator keeps seven pieces of a size */

	check->config = (struct config){.source = source, .plugin_dir = check->dir, .node_count = NODES_MADE_UP};
	for (size_t i = 0; i < NODES_MADE_UP; i++)
		check->config.nodes[i] = node;
	check->wanted = (struct config_instance){.plugin = check->name, .grants = SIGN_ALL, .witness = NAME_MADE_UP};
	for (size_t i = 0; i < check->given_count; i++) {
		char *name = xstrndup(check->given[i], strcspn(check->given[i], "="));

		add_option(&check->wanted, name, strchr(check->given[i], '=') + 1, check->given[i]);
		free(name);
	}
	for (size_t i = 0; i < entry->option_count; i++)
		if (entry->options[i].type == GW_OPTION_JSON && strcmp(entry->options[i].name, "sources") == 0) {
			check->wanted.sources = urls;
			check->wanted.source_count = sizeof(urls) / sizeof(urls[0]);
		}
	for (size_t i = 0; i < entry->option_count; i++)
		if (entry->options[i].required && !config_find_option(&check->wanted, entry->options[i].name))
			make_up(&check->wanted, &entry->options[i]);
}

/* ---- what it declares ------------------------------------------------------------------------------------------- */

static void found_export(const char *name)
{
	if (strcmp(name, "gw_plugin_entry") != 0)
		report_finding("it exports '%.100s': gw_plugin_entry is wanted and nothing else", name);
}

static void print_declaration(const struct plugin *plugin)
{
	const struct gw_plugin_entry *entry = plugin->entry;
	char *help = plugin_help(plugin);
	const char *rest = strchr(help, '\n');

	/* its second line is the copy's path */
	printf("%.*s", (int)(rest - help + 1), help);
	printf("ABI %u.%u\n%s\nneeds:", entry->abi_major, entry->abi_minor, strchr(rest + 1, '\n') + 1);
	for (size_t i = 0; entry->needs && entry->needs[i]; i++)
		printf(" %s", entry->needs[i]);
	printf("\ntakes:");
#define TAKES(callback)                                                                                                \
	if (entry->callback)                                                                                           \
	printf(" %s", #callback)
	TAKES(on_block);
	TAKES(on_witness);
	TAKES(on_nodes);
	TAKES(on_readiness);
	TAKES(on_submission);
	TAKES(on_timer);
	TAKES(on_notice);
	TAKES(on_rpc);
	TAKES(on_http);
	TAKES(on_command);
	TAKES(status);
	printf("\n");
	free(help);
	fflush(stdout);
}

/* ---- a process for each scene ----------------------------------------------------------------------------------- */

static void run_scene(struct check *check, const struct scene *scene)
{
	struct plugin *plugin;
	struct error err;

	lend_catch_faults();
	log_init("plugin-check", LOG_TEXT, check->is_loud ? GW_DEBUG : GW_CRITICAL + 1);
	if (plugin_load(&plugin, check->dir, check->name, &err)) {
		const char *why = strstr(err.text, ".so: ");

		report_finding("the host refuses to load it: %s", why ? why + 5 : err.text);
		report->closed = true;
	} else if (!scene) {
		print_declaration(plugin);
	} else {
		want_instance(check, plugin->entry);
		wrap(plugin);
		scene_run(scene, &(struct setting){&check->config, &check->wanted, plugin});
	}
	report->over = true;
	fflush(stdout);
	_exit(0);
}

static void say_how_it_ended(int status)
{
	const char *who = report_who(), *during = report->during;

	if (report->over || (WIFEXITED(status) && WEXITSTATUS(status) == LEND_FAULT_NAMED))
		return;
	if (WIFEXITED(status)) {
		report_finding("%s ends the process with status %d, while %s", who, WEXITSTATUS(status), during);
	} else if (WTERMSIG(status) == SIGALRM) {
		report_finding("%s has not returned within 5 s, while %s: nothing else was tried", who, during);
		report->closed = true;
	} else {
		report_finding("%s ends the process (%s), while %s", who, strsignal(WTERMSIG(status)), during);
	}
}

static void try(struct check *check, const struct scene *scene)
{
	int status = 0;

	report->over = false;
	report->call[0] = 0;
	snprintf(report->during, sizeof(report->during), "%s", scene ? scene->name : "it is loaded");
	pid_t child = fork();
	if (child == 0)
		run_scene(check, scene);
	if (child < 0 || waitpid(child, &status, 0) != child) {
		report_finding("no process could be made: %s", strerror(errno));
		return;
	}
	say_how_it_ended(status);
	report->closed = report->closed || (!scene && !report->over);
}

static int check_plugin(struct check *check)
{
	report_open();
	exports_each(check->copy, found_export);
	try(check, NULL);
	for (const struct scene *scene = scenes; scene->name && !report->closed; scene++)
		try(check, scene);
	if (report->usage[0]) {
		fprintf(stderr, "golos-watch-plugin-check: %s\n", report->usage);
		return EXIT_MISUSED;
	}
	if (report->watches[0])
		printf("watches:%s\n", report->watches);
	printf("\n%u calls\n", report->calls);
	for (unsigned i = 0; i < report->count && i < FINDINGS_MAX; i++)
		printf("%s: %s\n", check->name, report->findings[i]);
	if (report->count > FINDINGS_MAX)
		printf("%s: and %u more\n", check->name, report->count - FINDINGS_MAX);
	if (!report->count)
		printf("%s breaks no rule\n", check->name);
	return report->count ? EXIT_BREAKS : EXIT_KEEPS;
}

/* ---- arguments -------------------------------------------------------------------------------------------------- */

static bool read_arguments(struct check *check, int argc, char **argv, const char **ret_path)
{
	int at = 1;

	for (; at < argc && argv[at][0] == '-'; at++) {
		if (strcmp(argv[at], "-v") != 0 && strcmp(argv[at], "--verbose") != 0)
			return false;
		check->is_loud = true;
	}
	if (at == argc)
		return false;
	*ret_path = argv[at++];
	check->given = argv + at;
	check->given_count = (size_t)(argc - at);
	for (size_t i = 0; i < check->given_count; i++)
		if (strcspn(check->given[i], "=") == 0 || !strchr(check->given[i], '='))
			return false;
	return true;
}

int main(int argc, char **argv)
{
	struct check check = {0};
	const char *path = NULL;

	if (argc == 2 && strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("golos-watch-plugin-check " GW_VERSION);
		return 0;
	}
	if (!read_arguments(&check, argc, argv, &path)) {
		fputs(usage, stderr);
		return EXIT_MISUSED;
	}
	int status = copy_plugin(&check, path) ? check_plugin(&check) : EXIT_MISUSED;
	if (check.copy[0])
		unlink(check.copy);
	if (check.dir[0])
		rmdir(check.dir);
	free(check.name);
	return status;
}
