/* SPDX-License-Identifier: MIT
 *
 * The tables of golos-watch: options and commands, and what is made of them: parsing, usage, help.
 */
#ifndef CTL_OPTIONS_H
#define CTL_OPTIONS_H

#include <stdio.h>

#include "cli/cli.h"

extern const struct command commands[];
extern const size_t command_count;
const struct command *command_find(const char *name); /* NULL: none of that name */

/* Reads the whole command line; options may stand before and after the command. *ret_command NULL: none was named.
 * GW_ERR_SYNTAX. */
NODISCARD gw_status options_parse(struct cli_arguments *ret, const struct command **ret_command, int argc, char **argv,
				  struct error *err);
void options_print_usage(FILE *to);			/* of the program */
void options_print_help(const struct command *command); /* NULL: the usage */
int options_answer_help(struct cli *cli);		/* the command "help" */

#endif
