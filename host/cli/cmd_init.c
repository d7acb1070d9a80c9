/* SPDX-License-Identifier: MIT
 * golos-watch init: the first configuration of a node, from what a person answers or gives as options. It shows what it
 * would write, overwrites nothing, and ends with what check says. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "cli/cli.h"
#include "cli/terminal.h"
#include "config/config.h"
#include "graphene/hex.h"
#include "graphene/operation.h"
#include "node/nodes.h"
#include "signer/client.h"
#include "signer/files.h"
#include "signer/keystore.h"
#include "system/privileges.h"

#define THIS		"this" /* stands for this node's key in --order */
#define PACKAGED_KEY	"/etc/golos-watch/active.key"
#define GOLOSD_LINES	"golosd-lines.ini"
#define UNTOUCHED	"YOUR-WITNESS" /* in the package's example alone */
#define KEPT_AS		".example"
#define CONFIG_READ_MAX 65536

struct init {
	struct cli *cli;
	char witness[GW_ACCOUNT_SIZE];
	struct answer nodes[CLI_LIST_MAX], order[CLI_LIST_MAX]; /* texts */
	size_t node_count, order_count;
	const char *path;		   /* of the configuration */
	bool has_example;		   /* the package's stands there */
	const char *key_source, *key_path; /* of the active key: "file:PATH", PATH */
	char golosd[ANSWER_SIZE];	   /* golosd's config.ini; "": not given */
	struct public_key key;		   /* this node's signing key */
	char key_text[GW_KEY_SIZE];
	struct signer *signer;
	bool wrote_key, key_was_empty; /* the active key's file: by us; the package's empty one stood there */
	char lines_path[ANSWER_SIZE];  /* of golosd's lines, where we wrote them; "" */
};

/* ---- what is asked ------------------------------------------------------------------------------------------------ */

static gw_status ask_witness(struct init *init, struct error *err)
{
	struct answer name;
	gw_status r = GW_OK;

	if (init->cli->arguments.word_count > 0)
		snprintf(name.text, sizeof(name.text), "%s", init->cli->arguments.words[0]);
	else
		r = terminal_ask(&name, "Account of the witness", NULL, "NAME", err);
	if (r)
		return r;
	if (!account_name_is_valid(name.text))
		return error_set(err, GW_ERR_SYNTAX, "\"%.40s\" is no account name", name.text);
	memcpy(init->witness, name.text, strlen(name.text) + 1); /* a name is short */
	return GW_OK;
}

/* Of an option that may be repeated: what was given, else lines typed, until an empty one. */
static gw_status ask_list(struct answer *ret, size_t *ret_count, const struct cli_list *given, const char *question,
			  const char *usual, struct error *err)
{
	gw_status r = GW_OK;

	for (*ret_count = 0; *ret_count < given->count; (*ret_count)++)
		snprintf(ret[*ret_count].text, ANSWER_SIZE, "%s", given->items[*ret_count]);
	if (given->count > 0 || !terminal_is_there())
		return GW_OK;
	do {
		r = terminal_ask(&ret[*ret_count], question, *ret_count == 0 ? usual : "", NULL, err);
	} while (!r && ret[*ret_count].text[0] && ++*ret_count < CLI_LIST_MAX);
	return r;
}

static gw_status ask_nodes(struct init *init, struct error *err)
{
	static const char usual[] = "ws://127.0.0.1:8091";
	gw_status r = ask_list(init->nodes, &init->node_count, &init->cli->arguments.nodes,
			       "Websocket of golosd: this machine's first, then others (empty: no more)", usual, err);

	if (!r && init->node_count == 0)
		snprintf(init->nodes[init->node_count++].text, ANSWER_SIZE, "%s", usual);
	for (size_t i = 0; i < init->node_count && !r; i++)
		r = nodes_url_check(init->nodes[i].text, err);
	return r;
}

static gw_status ask_order(struct init *init, struct error *err)
{
	gw_status r = ask_list(
		init->order, &init->order_count, &init->cli->arguments.order,
		"Public signing keys of all nodes, best first; \"" THIS "\" is this one (empty: no more)", "", err);
	bool named = init->order_count == 0;

	for (size_t i = 0; i < init->order_count && !r; i++) {
		struct public_key key;

		if (strcmp(init->order[i].text, THIS) == 0)
			snprintf(init->order[i].text, ANSWER_SIZE, "%s", init->key_text);
		r = public_key_parse(&key, init->order[i].text, strlen(init->order[i].text), err);
		if (r)
			error_prefix(err, "order, entry %zu", i + 1); /* likewise */
		named |= !r && public_key_equal(&key, &init->key);
	}
	if (!r && !named)
		return error_set(err, GW_ERR_SYNTAX, "the order lacks this node's key: \"" THIS "\" stands for it");
	return r;
}

/* ---- the active key ----------------------------------------------------------------------------------------------- */

/* Mode 0400. replace: the package's own empty file gives way. */
static gw_status write_file(const char *path, const char *text, size_t len, mode_t mode, bool replace,
			    struct error *err)
{
	int fd = -1;
	gw_status r = file_replace(path, text, len, replace, &fd, err);

	if (!r && fchmod(fd, mode) != 0)
		r = error_set(err, GW_ERR_SYSTEM, "%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return r;
}

static gw_status write_active_key(struct init *init, struct error *err)
{
	struct secret_text secret;
	struct secret_key key;
	char prompt[96];

	snprintf(prompt, sizeof(prompt), "Active private key of %s (not the owner key)", init->witness);
	gw_status r = terminal_read_secret(&secret, prompt, err);
	if (r)
		return r;
	r = wif_decode(&key, secret.text, secret.len, err) ? error_prefix(err, "%s", prompt) : GW_OK;
	secret_key_wipe(&key);
	if (!r) {
		secret.text[secret.len++] = '\n'; /* there is room: a WIF is shorter */
		r = write_file(init->key_path, secret.text, secret.len, 0400, init->key_was_empty, err);
		init->wrote_key = !r;
	}
	secret_text_wipe(&secret);
	if (!r)
		print_line("wrote %s, mode 0400: the active key", init->key_path);
	return r;
}

/* The daemon takes no other, so that none is written: it runs in another folder. */
static gw_status check_absolute(const char *path, const char *of, struct error *err)
{
	return path[0] == '/' ? GW_OK : error_set(err, GW_ERR_SYNTAX, "%s: \"%.200s\" is no absolute path", of, path);
}

static gw_status find_active_key(struct init *init, struct error *err)
{
	static const char file[] = "file:";
	const struct cli_list *keys = &init->cli->arguments.keys;
	const char *source = keys->count ? keys->items[0] : "file:" PACKAGED_KEY;
	struct stat there;

	if (keys->count > 1 || strncmp(source, file, strlen(file)) != 0)
		return error_set(err, GW_ERR_SYNTAX, "init takes one --key, and it is file:PATH");
	init->key_source = source;
	init->key_path = source + strlen(file);
	gw_status r = check_absolute(init->key_path, "--key", err);
	if (r)
		return r;
	init->key_was_empty = stat(init->key_path, &there) == 0;
	if (init->key_was_empty && there.st_size > 0) {
		init->key_was_empty = false;
		print_line("takes the active key that is there: %s", init->key_path);
		return GW_OK;
	}
	return write_active_key(init, err);
}

/* A signer reads the files: golosd's private keys never come into this process, the active key only where it is typed. */
static gw_status start_signer(struct init *init, struct error *err)
{
	const char *user = NULL, *chain = init->cli->arguments.values[OPTION_CHAIN_ID];
	char chain_id[65];

	struct signer_setup setup = {.keys = &init->key_source,
				     .key_count = 1,
				     .inline_keys_fd = -1,
				     .golosd_config = init->golosd[0] ? init->golosd : NULL,
				     .quiet = true};
	gw_status r = config_chain_id(chain_id, chain ? chain : "main")
			      ? hex_decode(setup.chain.bytes, CHAIN_ID_BYTES, chain_id, strlen(chain_id))
			      : error_set(err, GW_ERR_SYNTAX, "--chain-id: \"%.70s\" is none", chain);

	if (!r)
		r = privileges_user(&user, NULL, SIGNER_USER, err);
	setup.user = user;
	if (!r)
		r = signer_start(&init->signer, &setup, err);
	return r;
}

/* ---- this node's signing key ----------------------------------------------------------------------------------------- */

/* None stands in golosd's config: a new one, with the lines that golosd wants. */
static gw_status make_key(struct init *init, struct error *err)
{
	char wif[WIF_SIZE], lines[256];
	const char *slash = strrchr(init->path, '/');
	struct secret_key key;
	gw_status r = secret_key_random(&key, err);

	if (!r)
		r = secret_key_public(&init->key, &key);
	if (r)
		return r;
	wif_encode(wif, &key);
	secret_key_wipe(&key);
	int len = snprintf(lines, sizeof(lines), "witness = \"%s\"\nprivate-key = %s\n", init->witness, wif);
	explicit_bzero(wif, sizeof(wif));
	snprintf(init->lines_path, sizeof(init->lines_path), "%.*s" GOLOSD_LINES,
		 slash ? (int)(slash - init->path) + 1 : 0, init->path);
	r = write_file(init->lines_path, lines, (size_t)len, 0400, false, err);
	explicit_bzero(lines, sizeof(lines));
	if (r) {
		init->lines_path[0] = '\0'; /* somebody else's, if there is one */
		return r;
	}
	print_line("wrote %s, mode 0400: a new signing key%s%s. Append it to golosd's config.ini and restart golosd",
		   init->lines_path, init->golosd[0] ? ", for there is no private-key in " : "", init->golosd);
	return GW_OK;
}

static gw_status find_key(struct init *init, struct error *err)
{
	const struct golosd_config_facts *facts = signer_golosd_config(init->signer);
	const char *given = init->cli->arguments.values[OPTION_SIGNING_KEY];
	gw_status r = GW_OK;

	if (given)
		r = public_key_parse(&init->key, given, strlen(given), err)
			    ? error_prefix(err, "--signing-key") /* never its text: it may be a private key */
			    : GW_OK;
	else if (init->golosd[0] && !facts->readable)
		r = error_set(err, GW_ERR_CONFIG, "%s", facts->text); /* it names the file */
	else if (init->golosd[0] && facts->key_count > 1)
		r = error_set(err, GW_ERR_CONFIG, "%s has %zu private keys: say which with --signing-key", init->golosd,
			      facts->key_count);
	else if (init->golosd[0] && facts->key_count == 1)
		init->key = facts->keys[0];
	else
		r = make_key(init, err);
	if (!r)
		public_key_format(init->key_text, &init->key);
	return r;
}

/* ---- the configuration ---------------------------------------------------------------------------------------------- */

/* Texts of addresses and paths in single quotes, in which YAML knows no escape but a doubled quote. */
static void put_quoted(FILE *out, const char *text)
{
	fputc('\'', out);
	for (; *text; text++)
		fputs(*text == '\'' ? "''" : (char[]){*text, '\0'}, out);
	fputc('\'', out);
}

static char *make_config(const struct init *init)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	fputs("# Made by golos-watch init. man 5 golos-watch.yml has every key.\nnode:\n", out);
	for (size_t i = 0; i < init->node_count; i++) {
		fputs("  - ", out);
		put_quoted(out, init->nodes[i].text);
		fputs(i == 0 ? "                     # the golosd on this machine\n" : "\n", out);
	}
	if (init->cli->arguments.given[OPTION_CHAIN_ID])
		fprintf(out, "chain_id: %s\n", init->cli->arguments.values[OPTION_CHAIN_ID]);
	fputs("signer:\n  keys: ", out);
	if (strcmp(init->key_path, PACKAGED_KEY) == 0)
		fputs("credential:active            # systemd hands " PACKAGED_KEY " over", out);
	else {
		fputs("[", out);
		put_quoted(out, init->key_source);
		fputs("]", out);
	}
	if (init->golosd[0]) {
		fputs("\n  golosd_config: ", out);
		put_quoted(out, init->golosd);
	}
	fprintf(out, "\nplugins:\n  - name: witness_monitor\n    witness: %s\n    witness_pubkey: %s\n", init->witness,
		init->key_text);
	if (init->order_count > 0)
		fputs("    order:                         # best first, the same list on every node\n", out);
	for (size_t i = 0; i < init->order_count; i++)
		fprintf(out, "      - %s\n", init->order[i].text);
	fputs("    miss_window: 3600\n    allowed_misses: 1\n    sign: [witness_update]\n", out);
	fclose(out);
	return text;
}

/* What somebody wrote is left as it is; only the package's example, with nothing filled in, gives way. */
static gw_status look_for_config(const char *path, bool *ret_has_example, struct error *err)
{
	static char text[CONFIG_READ_MAX];
	FILE *file = fopen(path, "re");

	if (!file)
		return errno == ENOENT ? GW_OK : error_set(err, GW_ERR_SYSTEM, "%s: %s", path, strerror(errno));
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	*ret_has_example = strstr(text, UNTOUCHED) != NULL;
	return *ret_has_example ? GW_OK : error_set(err, GW_ERR_DENIED, "%s exists, and is left as it is", path);
}

/* The example is kept under another name. */
static gw_status make_way(const char *path, struct error *err)
{
	char kept[ANSWER_SIZE + sizeof(KEPT_AS)];

	snprintf(kept, sizeof(kept), "%s" KEPT_AS, path);
	if (renameat2(AT_FDCWD, path, AT_FDCWD, kept, RENAME_NOREPLACE) != 0)
		return error_set(err, GW_ERR_SYSTEM, "%s cannot become %s: %s", path, kept, strerror(errno));
	print_line("the package's example is now %s", kept);
	return GW_OK;
}

static gw_status write_config(const struct init *init, struct error *err)
{
	char *text = make_config(init);
	gw_status r = text ? GW_OK : error_set(err, GW_ERR_SYSTEM, "no memory");

	if (!r) {
		print_line("%s, mode 0644:", init->path);
		fputs("\n", stdout);
		fputs(text, stdout);
		fputs("\n", stdout);
	}
	if (!r && !init->cli->arguments.given[OPTION_YES])
		r = terminal_confirm("Write it?", err);
	if (!r && init->has_example)
		r = make_way(init->path, err);
	if (!r)
		r = write_file(init->path, text, strlen(text), 0644, false, err);
	if (!r)
		print_line("wrote %s", init->path);
	free(text);
	return r;
}

/* Where nothing comes of it, no key is left that the next try would take unasked. */
static void take_back(const struct init *init)
{
	bool done = !init->wrote_key ||
		    (init->key_was_empty ? truncate(init->key_path, 0) == 0 : unlink(init->key_path) == 0);

	if (init->lines_path[0])
		done = unlink(init->lines_path) == 0 && done;
	if (!done)
		fprintf(stderr, "golos-watch: what was written cannot be taken away: %s\n", strerror(errno));
	else if (init->wrote_key || init->lines_path[0])
		fprintf(stderr, "golos-watch: the keys that were written are taken away again\n");
}

/* ---- the course ------------------------------------------------------------------------------------------------------ */

static void show_next(const struct init *init)
{
	print_line("this node's public signing key: %s", init->key_text);
	if (init->order_count < 2)
		print_line("with further nodes: the same `order` of all public keys belongs into each one's %s",
			   init->path);
	if (init->cli->arguments.given[OPTION_CONFIG])
		print_line("next: golosd runs with that key; golos-watchd -c %s; golos-watch -c %s check", init->path,
			   init->path);
	else
		print_line("next: golosd runs with that key; systemctl enable --now golos-watchd; golos-watch check");
}

static gw_status gather(struct init *init, struct error *err)
{
	const struct cli_arguments *arguments = &init->cli->arguments;
	const char *golosd = arguments->values[OPTION_GOLOSD_CONFIG];
	struct answer answer = {.text = ""};
	gw_status r = ask_witness(init, err);

	if (!r)
		r = ask_nodes(init, err);
	if (!r && !golosd && terminal_is_there())
		r = terminal_ask(&answer, "golosd's config.ini (empty: none here, and a new signing key is made)", "",
				 NULL, err);
	snprintf(init->golosd, sizeof(init->golosd), "%s", golosd ? golosd : answer.text);
	if (!r && init->golosd[0])
		r = check_absolute(init->golosd, "golosd's config", err);
	if (!r)
		r = find_active_key(init, err);
	if (!r)
		r = start_signer(init, err);
	if (!r)
		r = find_key(init, err);
	return r ? r : ask_order(init, err);
}

/* What check says of the new file. The key is named, for systemd lends it to the service alone. */
static int check(struct init *init)
{
	struct cli_arguments *arguments = &init->cli->arguments;

	arguments->nodes.count = 0; /* they stand in the file now */
	arguments->keys = (struct cli_list){.count = 1, .items = {init->key_source}};
	arguments->given[OPTION_CONFIG] = true;
	arguments->values[OPTION_CONFIG] = init->path;
	return cmd_check(init->cli);
}

int cmd_init(struct cli *cli)
{
	struct init init = {.cli = cli,
			    .path = cli->arguments.given[OPTION_CONFIG] ? cli->arguments.values[OPTION_CONFIG]
									: CONFIG_DEFAULT_PATH};
	struct error err = {0};

	terminal_guard_memory();
	gw_status r = look_for_config(init.path, &init.has_example, &err);
	if (!r)
		r = gather(&init, &err);
	if (!r)
		r = write_config(&init, &err);
	signer_stop(init.signer);
	if (r) {
		take_back(&init);
		return cli_fail(&err);
	}
	show_next(&init);
	return check(&init);
}
