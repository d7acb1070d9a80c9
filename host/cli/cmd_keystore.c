/* SPDX-License-Identifier: MIT
 * golos-watch keystore: make, import, show, passwd. */
#include <stdio.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/terminal.h"
#include "signer/keystore.h"

static const struct keystore_cost *cost_of(const struct cli *cli)
{
	return cli->arguments.given[OPTION_SMALL] ? &keystore_cost_small : &keystore_cost_default;
}

static gw_status show(const struct cli *cli, const char *path, struct error *err)
{
	struct keystore keystore;
	char text[GW_KEY_SIZE];
	struct json_writer w;
	gw_status r = keystore_open(&keystore, path, err);

	if (r)
		return r;
	if (!cli->arguments.given[OPTION_JSON]) {
		for (size_t i = 0; i < keystore.key_count; i++) {
			public_key_format(text, &keystore.public_keys[i]);
			print_line("%s", text);
		}
		return GW_OK;
	}
	json_writer_init(&w);
	json_open(&w, NULL, '{');
	json_put_text(&w, "keystore", path);
	json_open(&w, "public", '[');
	for (size_t i = 0; i < keystore.key_count; i++) {
		public_key_format(text, &keystore.public_keys[i]);
		json_put_text(&w, NULL, text);
	}
	json_close(&w, ']');
	json_close(&w, '}');
	print_json_take(&w);
	return GW_OK;
}

/* One WIF a line. The sentence names the line and never its text. */
static gw_status read_keys(struct secret_key *ret, size_t *ret_count, const struct secret_text *text, struct error *err)
{
	size_t count = 0, line_number = 0;

	for (const char *line = text->text; *line;) {
		size_t len = strcspn(line, "\n"), visible = len;

		line_number++;
		while (visible > 0 && strchr(" \t\r", line[visible - 1]))
			visible--;
		if (visible > 0 && count == KEYSTORE_KEYS_MAX)
			return error_set(err, GW_ERR_RANGE, "a keystore holds %d keys at most", KEYSTORE_KEYS_MAX);
		if (visible > 0 && wif_decode(&ret[count++], line, visible, err))
			return error_prefix(err, "line %zu of standard input", line_number);
		line += len + (line[len] == '\n');
	}
	*ret_count = count;
	return count ? GW_OK : error_set(err, GW_ERR_SYNTAX, "standard input holds no key");
}

static gw_status import(const struct cli *cli, const char *path, struct error *err)
{
	struct secret_key keys[KEYSTORE_KEYS_MAX];
	struct secret_text text, passphrase;
	size_t count = 0;
	gw_status r = terminal_read_secret(&text, "Private key (WIF)", err);

	if (r)
		return r;
	r = read_keys(keys, &count, &text, err);
	secret_text_wipe(&text);
	if (!r)
		r = terminal_read_passphrase(&passphrase, cli->arguments.values[OPTION_PASSPHRASE],
					     "Passphrase of the new keystore", true, err);
	if (!r) {
		r = keystore_create(path, keys, count, passphrase.text, passphrase.len, cost_of(cli), err);
		secret_text_wipe(&passphrase);
	}
	explicit_bzero(keys, sizeof(keys));
	return r ? r : show(cli, path, err);
}

static gw_status change(const struct cli *cli, const char *path, struct error *err)
{
	const struct cli_arguments *arguments = &cli->arguments;
	struct secret_text old, new;
	struct keystore keystore;
	gw_status r = keystore_open(&keystore, path, err); /* before anybody types */

	if (!r)
		r = terminal_read_passphrase(&old, arguments->values[OPTION_PASSPHRASE], "Present passphrase", false,
					     err);
	if (r)
		return r;
	r = terminal_read_passphrase(&new, arguments->values[OPTION_NEW_PASSPHRASE], "New passphrase", true, err);
	if (!r) {
		r = keystore_change_passphrase(path, old.text, old.len, new.text, new.len, cost_of(cli), err);
		secret_text_wipe(&new);
	}
	secret_text_wipe(&old);
	return r ? r : show(cli, path, err);
}

int cmd_keystore(struct cli *cli)
{
	const char *action = cli->arguments.words[0], *path = cli->arguments.words[1];
	struct error err = {0};
	gw_status r;

	terminal_guard_memory();
	if (strcmp(action, "make") == 0) {
		cli->arguments.values[OPTION_KEYSTORE] = path;
		cli->arguments.given[OPTION_KEYSTORE] = true;
		cli->arguments.word_count = 0;
		return cmd_keygen(cli);
	}
	if (strcmp(action, "import") == 0)
		r = import(cli, path, &err);
	else if (strcmp(action, "show") == 0)
		r = show(cli, path, &err);
	else if (strcmp(action, "passwd") == 0)
		r = change(cli, path, &err);
	else {
		error_set(&err, GW_ERR_SYNTAX, "keystore \"%.20s\": make, import, show or passwd", action);
		return cli_fail(&err);
	}
	return r ? cli_fail_key(&err) : EXIT_OK;
}
