/* SPDX-License-Identifier: MIT
 * golos-watch: the command line. It never holds an active key: a command that signs starts a signer of its own. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/standard_files.h"
#include "cli/options.h"

static int run(struct cli *cli, const struct command *command)
{
	struct error err = {0};

	if (cli->arguments.given[OPTION_VERSION]) {
		puts("golos-watch " GW_VERSION);
		return EXIT_OK;
	}
	if (cli->arguments.given[OPTION_HELP]) {
		options_print_help(command);
		return EXIT_OK;
	}
	if (!command) {
		options_print_usage(stderr);
		return EXIT_USAGE;
	}
	if (command->configures && cli_configure(cli, &err))
		return cli_fail(&err);
	return command->run ? command->run(cli) : options_answer_help(cli);
}

int main(int argc, char **argv)
{
	struct cli cli = {.argv = argv, .secrets = {.keys_fd = -1, .config_fd = -1}};
	const struct command *command = NULL;
	struct error err = {0};

	standard_files_open();
	umask(077);
	config_close_inherited();
	log_init("golos-watch", LOG_TEXT,
		 GW_CRITICAL); /* answers say what is wrong; log lines would stand between them */
	if (options_parse(&cli.arguments, &command, argc, argv, &err)) {
		cli_fail(&err);
		fputs("\"golos-watch --help\" lists commands and options\n", stderr);
		return EXIT_USAGE;
	}
	cli.secrets.wanted =
		command && command->options & OPTION_BIT(OPTION_KEY) ? CONFIG_KEYS_FOUND : CONFIG_KEYS_NONE;
	int status = run(&cli, command);
	config_free(cli.config);
	config_secrets_done(&cli.secrets);
	if (fflush(stdout) != 0 && status == EXIT_OK) {
		error_set(&err, GW_ERR_SYSTEM, "standard output cannot be written");
		status = cli_fail(&err);
	}
	return status;
}
