/* SPDX-License-Identifier: MIT
 * golos-watch keygen: a new pair of keys, or a wallet's from account, role and password. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/terminal.h"
#include "cluster/keys.h"
#include "graphene/operation.h"
#include "signer/keystore.h"

/* The JS wallet trims a password and takes runs of blanks for one; python-golos and this program do not. */
static void warn_of_blanks(const char *password)
{
	static const char blanks[] = " \t\r\n";
	size_t len = strlen(password);
	bool odd = len > 0 && (strchr(blanks, password[0]) || strchr(blanks, password[len - 1]));

	for (size_t i = 0; i + 1 < len; i++)
		odd |= strchr(blanks, password[i]) && strchr(blanks, password[i + 1]);
	if (odd)
		fputs("golos-watch: the password has blanks at its ends or two in a row: golos wallets in JavaScript "
		      "make\n"
		      "another key of it; compare the public key with the account's\n",
		      stderr);
}

/* As golos wallets derive it. golosd knows these roles; another word is a slip, and would give a key nobody has. */
static gw_status derive(struct secret_key *ret, const char *account, const char *role, struct error *err)
{
	static const char *const roles[] = {"owner", "active", "posting", "memo"};
	struct secret_text password;
	bool known = false;

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		known |= strcmp(role, roles[i]) == 0;
	if (!known)
		return error_set(err, GW_ERR_SYNTAX, "\"%.20s\" is no role: owner, active, posting or memo", role);
	if (!account_name_is_valid(account))
		return error_set(err, GW_ERR_SYNTAX, "\"%.20s\" is no account name", account);
	gw_status r = terminal_read_secret(&password, "Password", err);
	if (r)
		return r;
	warn_of_blanks(password.text);
	r = secret_key_from_password(ret, account, role, password.text, err);
	secret_text_wipe(&password);
	return r;
}

static void show(const struct cli *cli, const struct secret_key *key, const struct public_key *public_key)
{
	char wif[WIF_SIZE], text[GW_KEY_SIZE];

	public_key_format(text, public_key);
	wif_encode(wif, key);
	if (cli->arguments.given[OPTION_JSON])
		printf("{\"wif\":\"%s\",\"public\":\"%s\"}\n", wif, text);
	else
		printf("private  %s\npublic   %s\n", wif, text);
	explicit_bzero(wif, sizeof(wif));
}

static gw_status put_away(const struct cli *cli, const struct secret_key *key, const struct public_key *public_key,
			  struct error *err)
{
	const char *path = cli->arguments.values[OPTION_KEYSTORE];
	struct secret_text passphrase;
	char text[GW_KEY_SIZE];
	gw_status r = terminal_read_passphrase(&passphrase, cli->arguments.values[OPTION_PASSPHRASE],
					       "Passphrase of the new keystore", true, err);

	if (r)
		return r;
	r = keystore_create(path, key, 1, passphrase.text, passphrase.len,
			    cli->arguments.given[OPTION_SMALL] ? &keystore_cost_small : &keystore_cost_default, err);
	secret_text_wipe(&passphrase);
	if (r)
		return r;
	public_key_format(text, public_key);
	if (cli->arguments.given[OPTION_JSON]) {
		struct json_writer w;

		json_writer_init(&w);
		json_open(&w, NULL, '{');
		json_put_text(&w, "public", text);
		json_put_text(&w, "keystore", path);
		json_close(&w, '}');
		print_json_take(&w);
	} else {
		print_line("public   %s", text);
		print_line("private  in %s", path);
	}
	return GW_OK;
}

static int make_cluster_key(const struct cli *cli)
{
	char text[CLUSTER_KEY_TEXT_SIZE];
	struct error err = {0};

	terminal_guard_memory();
	if (cluster_key_make(text, &err))
		return cli_fail(&err);
	printf(cli->arguments.given[OPTION_JSON] ? "{\"cluster_key\":\"%s\"}\n" : "%s\n", text);
	explicit_bzero(text, sizeof(text));
	return EXIT_OK;
}

int cmd_keygen(struct cli *cli)
{
	const struct cli_arguments *arguments = &cli->arguments;
	struct public_key public_key;
	struct secret_key key;
	struct error err = {0};
	size_t wanted = arguments->given[OPTION_PASSWORD] ? 2 : 0;

	if (arguments->given[OPTION_CLUSTER]) {
		if (!wanted && !arguments->word_count && !arguments->given[OPTION_KEYSTORE])
			return make_cluster_key(cli);
		error_set(&err, GW_ERR_SYNTAX, "keygen --cluster takes neither --password nor --keystore, nor words");
		return cli_fail(&err);
	}
	if (arguments->word_count != wanted) {
		error_set(&err, GW_ERR_SYNTAX,
			  wanted ? "keygen --password wants an account's NAME and a ROLE"
				 : "keygen takes a NAME and a ROLE with --password alone");
		return cli_fail(&err);
	}
	terminal_guard_memory();
	gw_status r =
		wanted ? derive(&key, arguments->words[0], arguments->words[1], &err) : secret_key_random(&key, &err);
	if (!r)
		r = secret_key_public(&public_key, &key);
	int status = r ? cli_fail(&err) : EXIT_OK;
	if (!r && !arguments->given[OPTION_KEYSTORE])
		show(cli, &key, &public_key);
	else if (!r && put_away(cli, &key, &public_key, &err))
		status = cli_fail_key(&err);
	secret_key_wipe(&key);
	return status;
}
