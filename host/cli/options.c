/* SPDX-License-Identifier: MIT
 * The options of golos-watch: one table for parsing, usage and help. */
#include "cli/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "config/config.h"
#include "config/value.h"

#define GLOBAL_OPTIONS                                                                                                 \
	(OPTION_BIT(OPTION_CONFIG) | OPTION_BIT(OPTION_NODE) | OPTION_BIT(OPTION_CHAIN_ID) |                           \
	 OPTION_BIT(OPTION_SOCKET) | OPTION_BIT(OPTION_JSON) | OPTION_BIT(OPTION_HELP) | OPTION_BIT(OPTION_VERSION))
#define LETTERS "+:c:jhyV" /* ":": a missing argument is told apart */

static const struct option_info {
	const char *name;
	char letter;	      /* 0: none */
	const char *argument; /* NULL: none */
	const char *help;
} option_table[OPTION_COUNT] = {
	[OPTION_CONFIG] = {"config", 'c', "FILE", "the configuration of golos-watchd; " CONFIG_DEFAULT_PATH},
	[OPTION_NODE] = {"node", 0, "URL", "ask this golosd (ws:// or wss://) instead; may be repeated"},
	[OPTION_CHAIN_ID] = {"chain-id", 0, "ID", "main, test or 64 hex digits, instead of the configuration's"},
	[OPTION_SOCKET] = {"socket", 0, "PATH", "control socket of golos-watchd, instead of the configuration's"},
	[OPTION_JSON] = {"json", 'j', NULL, "answer in JSON, for scripts"},
	[OPTION_HELP] = {"help", 'h', NULL, "this"},
	[OPTION_VERSION] = {"version", 'V', NULL, "the version"},
	[OPTION_KEYSTORE] = {"keystore", 0, "PATH",
			     "write the key, encrypted, to this new file, and show its public half"},
	[OPTION_SMALL] = {"small", 0, NULL, "a keystore for small machines: 64 MiB to open it, not 256"},
	[OPTION_PASSWORD] = {"password", 0, NULL, "derive the key of account NAME and ROLE from its password"},
	[OPTION_PASSPHRASE] = {"passphrase", 0, "file:PATH", "the keystore's passphrase, instead of the terminal"},
	[OPTION_NEW_PASSPHRASE] = {"new-passphrase", 0, "file:PATH", "the new passphrase, instead of the terminal"},
	[OPTION_KEY] =
		{"key", 0, "SOURCE",
		 "active key: file:PATH, credential:NAME or keystore:PATH; may be repeated; else the configuration's"},
	[OPTION_SIGNING_KEY] = {"signing-key", 0, "KEY", "the new signing key, GLS..."},
	[OPTION_URL] = {"url", 0, "URL", "the witness's page"},
	[OPTION_SET] = {"set", 0, "NAME=VALUE", "a votable property, by the chain's name; may be repeated"},
	[OPTION_FILE] = {"file", 0, "FILE", "votable properties, one \"name: value\" a line (YAML)"},
	[OPTION_YES] = {"yes", 'y', NULL, "do not ask; of feed publish: under dry_run too"},
	[OPTION_DRY_RUN] = {"dry-run", 0, NULL, "print the transaction, sign and send nothing"},
	[OPTION_WATCH] = {"watch", 0, NULL, "renew the screen each second; ends with Ctrl-C"},
	[OPTION_INSTANCE] = {"instance", 0, "NAME", "the plugin instance meant; needed where there are several"},
	[OPTION_FOR] = {"for", 0, "TIME", "let it end by itself: 90s, 30m, 2h, 7d"},
	[OPTION_SINCE] = {"since", 0, "TIME", "2h, 7d (ago), or 2026-11-23, 2026-11-23T20:00:00 (UTC)"},
	[OPTION_LIMIT] = {"limit", 0, "N", "so many entries at most, 1 to 10000; 100"},
	[OPTION_ORDER] = {"order", 0, "KEY",
			  "a node's public signing key, best first; \"this\" is this node's; may be repeated"},
	[OPTION_GOLOSD_CONFIG] = {"golosd-config", 0, "PATH", "config.ini of this machine's golosd"},
	[OPTION_NO_WAIT] = {"no-wait", 0, NULL, "only order it; \"status\" and \"history\" tell what comes of it"},
	[OPTION_CLUSTER] = {"cluster", 0, NULL, "a key for cluster.key, the same file for each node"},
};

/* ---- parsing ----------------------------------------------------------------------------------------------------- */

static gw_status list_add(struct cli_list *list, const char *text, const char *name, struct error *err)
{
	if (list->count == CLI_LIST_MAX)
		return error_set(err, GW_ERR_RANGE, "--%s: %d at most", name, CLI_LIST_MAX);
	list->items[list->count++] = text;
	return GW_OK;
}

static gw_status take(struct cli_arguments *ret, enum cli_option option, const char *value, struct error *err)
{
	const char *name = option_table[option].name;

	ret->given[option] = true;
	ret->values[option] = value;
	if (option == OPTION_SET)
		return list_add(&ret->sets, value, name, err);
	if (option == OPTION_KEY)
		return list_add(&ret->keys, value, name, err);
	if (option == OPTION_ORDER)
		return list_add(&ret->order, value, name, err);
	return option == OPTION_NODE ? list_add(&ret->nodes, value, name, err) : GW_OK;
}

/* getopt has it without its argument, or does not know it. */
static gw_status refuse_option(bool lacks_argument, const char *word, struct error *err)
{
	struct nearest nearest = {.best = NULL};
	char hint[96];

	for (int i = 0; i < OPTION_COUNT; i++) {
		const struct option_info *info = &option_table[i];
		bool named = (word[0] == '-' && word[1] == '-' && strcmp(word + 2, info->name) == 0) ||
			     (word[0] == '-' && word[1] && word[1] == info->letter && !word[2]);

		if (lacks_argument && named)
			return error_set(err, GW_ERR_SYNTAX, "--%s wants %s: %s", info->name, info->argument,
					 info->help);
		if (strncmp(word, "--", 2) == 0)
			nearest_offer(&nearest, word + 2, info->name);
	}
	nearest_text(hint, sizeof(hint), &nearest);
	return error_set(err, GW_ERR_SYNTAX, "\"%.60s\": %s%s", word,
			 lacks_argument ? "its argument is missing" : "no such option", lacks_argument ? "" : hint);
}

static gw_status refuse_command(const char *word, struct error *err)
{
	struct nearest nearest = {.best = NULL};
	char hint[96];

	for (size_t i = 0; i < command_count; i++)
		nearest_offer(&nearest, word, commands[i].name);
	nearest_text(hint, sizeof(hint), &nearest);
	return error_set(err, GW_ERR_SYNTAX, "no command \"%.40s\"%s", word, hint);
}

/* Options up to the next word. */
static gw_status parse_options(struct cli_arguments *ret, int argc, char **argv, struct error *err)
{
	struct option options[OPTION_COUNT + 1] = {{0}};
	int found;

	for (int i = 0; i < OPTION_COUNT; i++)
		options[i] = (struct option){.name = option_table[i].name,
					     .has_arg = option_table[i].argument ? required_argument : no_argument,
					     .val = 256 + i};
	opterr = 0;
	while ((found = getopt_long(argc, argv, LETTERS, options, NULL)) != -1) {
		int option = 0;

		while (option < OPTION_COUNT && found != 256 + option && found != option_table[option].letter)
			option++;
		if (found == ':' || option == OPTION_COUNT)
			return refuse_option(found == ':', argv[optind - 1], err);
		gw_status r = take(ret, (enum cli_option)option, optarg, err);
		if (r)
			return r;
	}
	return GW_OK;
}

/* Those that this command does not take. */
static gw_status check_options(const struct cli_arguments *arguments, const struct command *command, struct error *err)
{
	uint32_t taken = GLOBAL_OPTIONS | (command ? command->options : 0);

	for (int i = 0; i < OPTION_COUNT; i++)
		if (arguments->given[i] && !(taken & OPTION_BIT(i)))
			return error_set(err, GW_ERR_SYNTAX, "%s takes no --%s",
					 command ? command->name : "golos-watch", option_table[i].name);
	if (!command || arguments->given[OPTION_HELP])
		return GW_OK;
	if (arguments->word_count < command->words_min)
		return error_set(err, GW_ERR_SYNTAX, "%s wants %s", command->name, command->words);
	return GW_OK;
}

gw_status options_parse(struct cli_arguments *ret, const struct command **ret_command, int argc, char **argv,
			struct error *err)
{
	const struct command *command = NULL;
	gw_status r = parse_options(ret, argc, argv, err);

	while (!r && optind < argc) {
		const char *word = argv[optind++];

		if (!command) {
			command = command_find(word);
			if (!command)
				return refuse_command(word, err);
		} else if (ret->word_count == command->words_max) {
			return error_set(err, GW_ERR_SYNTAX, "%s: \"%.40s\" is one word too many", command->name, word);
		} else {
			ret->words[ret->word_count++] = word;
		}
		r = parse_options(ret, argc, argv, err);
	}
	if (!r)
		r = check_options(ret, command, err);
	if (!r)
		*ret_command = command;
	return r;
}

/* ---- help -------------------------------------------------------------------------------------------------------- */

#define HELP_INDENT 26 /* where what an option does begins */

static void print_options(FILE *to, uint32_t which)
{
	for (int i = 0; i < OPTION_COUNT; i++) {
		const struct option_info *info = &option_table[i];
		char form[48];

		if (!(which & OPTION_BIT(i)))
			continue;
		snprintf(form, sizeof(form), "%c%c%c --%s%s%s", info->letter ? '-' : ' ',
			 info->letter ? info->letter : ' ', info->letter ? ',' : ' ', info->name,
			 info->argument ? " " : "", info->argument ? info->argument : "");
		int len = (int)strlen(form) + 2;
		fprintf(to, "  %s%s%*s", form, len < HELP_INDENT ? "" : "\n",
			len < HELP_INDENT ? HELP_INDENT - len : HELP_INDENT, "");
		print_wrapped(to, HELP_INDENT, info->help);
	}
}

/* Paragraphs are lines; one that begins with a space is kept as it is. */
static void print_paragraphs(FILE *to, const char *text)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		char *line = xstrndup(text, len);

		if (line[0] == ' ')
			fprintf(to, "%s\n", line);
		else
			print_wrapped(to, 0, line);
		free(line);
		text += text[len] ? len + 1 : len;
	}
}

void options_print_usage(FILE *to)
{
	fputs("usage: golos-watch [OPTION]... COMMAND [WORD]...\n"
	      "\n"
	      "The daily tools of a Golos witness, and the hand on a running golos-watchd.\n"
	      "\n",
	      to);
	for (size_t i = 0; i < command_count; i++)
		fprintf(to, "  %-10s %s\n", commands[i].name, commands[i].summary);
	fputs("\n", to);
	print_options(to, GLOBAL_OPTIONS);
	fputs("\n\"golos-watch help COMMAND\" tells more of each; golos-watch(1) tells all.\n", to);
}

void options_print_help(const struct command *command)
{
	if (!command) {
		options_print_usage(stdout);
		return;
	}
	printf("usage: golos-watch %s%s%s%s\n\n", command->name, command->words[0] ? " " : "", command->words,
	       command->options ? " [OPTION]..." : "");
	print_paragraphs(stdout, command->help);
	if (command->options) {
		puts("");
		print_options(stdout, command->options);
	}
	puts("");
	print_options(stdout, GLOBAL_OPTIONS);
}

int options_answer_help(struct cli *cli)
{
	const struct command *command = cli->arguments.word_count ? command_find(cli->arguments.words[0]) : NULL;
	struct error err;

	if (cli->arguments.word_count && !command) {
		(void)refuse_command(cli->arguments.words[0], &err);
		return cli_fail(&err);
	}
	options_print_help(command);
	return EXIT_OK;
}
