/* SPDX-License-Identifier: MIT
 * golos-watch init: the first configuration of a node, with options alone and at a terminal, in a folder of its own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "integration/cluster.h"
#include "run.h"

#define OTHER_KEY "GLS8jCSviSzAKMHvtWsThgDcXkWHyFAe33kajzCZdania1t2sPYVx"

static char dir[64], yml[96], active[96], key_source[104], golosd[96], lines[96];
static char wif[64], public_key[64], active_wif[64];
static char text[16384];

static void make_key(char ret_wif[64], char ret_public[64])
{
	const struct run *made = run("keygen");

	assert_status(made, 0);
	assert_int_equal(sscanf(made->out, "private %63s public %63s", ret_wif, ret_public), 2);
}

static void write_golosd(const char *more)
{
	snprintf(text, sizeof(text), "witness = \"foo\"\nprivate-key = %s\n%s", wif, more);
	unlink(golosd);
	run_write_file(golosd, text, 0600);
}

static int start(void **state)
{
	char unused[64];

	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/golos-watch-init-XXXXXX");
	assert_non_null(mkdtemp(dir));
	assert_int_equal(chmod(dir, 0755), 0);
	snprintf(yml, sizeof(yml), "%s/golos-watch.yml", dir);
	snprintf(active, sizeof(active), "%s/active.key", dir);
	snprintf(key_source, sizeof(key_source), "file:%s", active);
	snprintf(golosd, sizeof(golosd), "%s/config.ini", dir);
	snprintf(lines, sizeof(lines), "%s/golosd-lines.ini", dir);
	make_key(wif, public_key);
	make_key(active_wif, unused);
	write_golosd("");
	return 0;
}

static int end(void **state)
{
	char command[96];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command);
}

static const char *read_file(const char *path, mode_t mode)
{
	struct stat is;
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_int_equal(fstat(fileno(file), &is), 0);
	assert_int_equal(is.st_mode & 0777, mode);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

#define INIT "init", "-c", yml, "--key", key_source

/* The exit status is check's, which finds no node here. */
static const struct run *init_with_options(void)
{
	return run_input(active_wif, INIT, "foo", "--golosd-config", golosd, "--order", OTHER_KEY, "--order", "this",
			 "--node", "ws://127.0.0.1:9", "--node", "ws://127.0.0.1:10", "--yes");
}

TEST(options_alone_make_a_configuration_that_check_reads, start, end)
{
	char order[256];
	const struct run *made = init_with_options();

	assert_status(made, 1);
	assert_holds(made->out, "ok       config ");
	assert_holds(made->out, "ok       signer ");
	assert_holds(made->out, "ok       order          witness_monitor: our key is place 2 in order");
	assert_holds(made->out, "ok       golosd_config");
	assert_lacks(made->out, active_wif);
	assert_lacks(made->out, wif);
	read_file(yml, 0644);
	assert_holds(text, "  - 'ws://127.0.0.1:9' ");
	assert_holds(text, "  - 'ws://127.0.0.1:10'\n");
	snprintf(order, sizeof(order), "      - " OTHER_KEY "\n      - %s\n", public_key);
	assert_holds(text, order);
	assert_lacks(text, wif);
	assert_int_equal(strncmp(read_file(active, 0400), active_wif, strlen(active_wif)), 0);
}

TEST(what_somebody_wrote_stays, start, end)
{
	run_write_file(yml, "node: ws://127.0.0.1:9\n", 0644);
	const struct run *made = init_with_options();
	assert_int_not_equal(made->status, 0);
	assert_holds(made->err, "golos-watch.yml exists, and is left as it is");
	assert_string_equal(read_file(yml, 0644), "node: ws://127.0.0.1:9\n");
	assert_int_not_equal(access(active, F_OK), 0); /* nothing was begun */
}

/* The package brings an example, and an empty file for the active key. */
TEST(the_packages_own_files_give_way, start, end)
{
	char example[128];

	snprintf(example, sizeof(example), "%s.example", yml);
	run_write_file(yml, "plugins: [{name: witness_monitor, witness: YOUR-WITNESS}]\n", 0644);
	run_write_file(active, "", 0400);
	assert_status(init_with_options(), 1);
	assert_holds(read_file(yml, 0644), "witness: foo\n");
	assert_holds(read_file(example, 0644), "YOUR-WITNESS");
	assert_int_equal(strncmp(read_file(active, 0400), active_wif, strlen(active_wif)), 0);
}

TEST(a_key_that_is_there_is_taken, start, end)
{
	snprintf(text, sizeof(text), "%s\n", active_wif);
	run_write_file(active, text, 0400);
	const struct run *made = run(INIT, "foo", "--golosd-config", golosd, "--yes");
	assert_status(made, 1);
	assert_holds(made->out, "takes the active key that is there: ");
	assert_holds(made->out, "ok       signer ");
	assert_lacks(read_file(yml, 0644), "order:");
}

/* Without golosd's config a new signing key is made, with the lines that golosd wants. */
TEST(a_new_signing_key, start, end)
{
	char made_public[64];
	const struct run *made = run_input(active_wif, INIT, "foo", "--yes");

	assert_status(made, 1);
	const char *at = strstr(made->out, "this node's public signing key: ");
	assert_non_null(at);
	assert_int_equal(sscanf(at, "this node's public signing key: %63s", made_public), 1);
	assert_holds(read_file(yml, 0644), made_public);
	read_file(lines, 0400);
	assert_holds(text, "witness = \"foo\"\nprivate-key = 5");
	assert_lacks(run(INIT, "foo")->out, "private-key");
}

TEST(what_is_wrong_is_named_and_nothing_is_written, start, end)
{
	const struct {
		const char *argument, *value, *says;
	} cases[] = {
		{"--order", OTHER_KEY, "the order lacks this node's key"},
		{"--order", "GLS1", "order, entry 1: "},
		{"--node", "http://127.0.0.1:8090", "http"},
		{"--signing-key", wif, "--signing-key: "},
		{"--chain-id", "west", "west"},
		{"--golosd-config", "/nonexistent/config.ini", "golos-watch: /nonexistent/config.ini: No such file"},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct run *made = run_input(active_wif, INIT, "foo", "--golosd-config", golosd, "--yes",
						   cases[i].argument, cases[i].value);
		assert_int_not_equal(made->status, 0);
		assert_holds(made->err, cases[i].says);
		assert_lacks(made->err, wif); /* a private key in the wrong place is not repeated */
		assert_int_not_equal(access(yml, F_OK), 0);
		assert_int_not_equal(access(active, F_OK), 0); /* the next try would take it unasked */
	}
	assert_holds(run_input("no key", INIT, "foo", "--yes")->err, "Active private key of foo");
	assert_int_not_equal(access(active, F_OK), 0);
	assert_holds(run_input(active_wif, INIT, "--yes")->err, "NAME is missing");
	assert_holds(run_input(active_wif, INIT, "Foo Bar", "--yes")->err, "is no account name");
	write_golosd("private-key = 5KQwrPbwdL6PhXujxW37FSSQZ1JiwsST4cqQzDeyXtP79zkvFD3\n");
	assert_holds(run_input(active_wif, INIT, "foo", "--golosd-config", golosd, "--yes")->err, "2 private keys");
	assert_int_not_equal(access(yml, F_OK), 0);
}

/* The daemon takes absolute paths alone. */
TEST(a_relative_path_is_refused_before_a_key_is_written, start, end)
{
	const struct run *made = run_input(active_wif, "init", "-c", yml, "foo", "--key", "file:active.key",
					   "--golosd-config", golosd, "--yes");

	assert_status(made, 64);
	assert_holds(made->err, "--key: \"active.key\" is no absolute path");
	assert_int_not_equal(access("active.key", F_OK), 0);
	made = run_input(active_wif, INIT, "foo", "--golosd-config", "config.ini", "--yes");
	assert_status(made, 64);
	assert_holds(made->err, "golosd's config: \"config.ini\" is no absolute path");
	assert_int_not_equal(access(active, F_OK), 0);
	assert_int_not_equal(access(yml, F_OK), 0);
}

/* Without --yes and without a terminal nobody can agree. */
TEST(nobody_to_ask, start, end)
{
	const struct run *made = run_input(active_wif, INIT, "foo", "--golosd-config", golosd);

	assert_int_not_equal(made->status, 0);
	assert_holds(made->err, "--yes");
	assert_int_not_equal(access(yml, F_OK), 0);
	assert_int_not_equal(access(active, F_OK), 0);
	run_write_file(active, "", 0400); /* the package's */
	assert_int_not_equal(run_input(active_wif, INIT, "foo")->status, 0);
	assert_string_equal(read_file(active, 0400), "");
	assert_int_not_equal(access(lines, F_OK), 0);
}

TEST(at_a_terminal, start, end)
{
	char golosd_line[128], wif_line[80];

	snprintf(golosd_line, sizeof(golosd_line), "%s\n", golosd);
	snprintf(wif_line, sizeof(wif_line), "%s\n", active_wif);
	const struct run_answer answers[] = {{"Account of the witness: ", "foo\n"},
					     {"[ws://127.0.0.1:8091]: ", "ws://127.0.0.1:9\n"},
					     {"Websocket of golosd", "\n"},
					     {"golosd's config.ini", golosd_line},
					     {"Active private key of foo", wif_line},
					     {"Public signing keys of all nodes", "this\n"},
					     {"Public signing keys of all nodes", OTHER_KEY "\n"},
					     {"Public signing keys of all nodes", "\n"},
					     {"Write it? [y/N] ", "y\n"},
					     {NULL, NULL}};
	const struct run *made = run_at_terminal(answers, (const char *const[]){INIT, NULL});
	assert_holds(made->out, "this node's public signing key:");
	assert_lacks(made->out, active_wif); /* echo is off */
	assert_holds(read_file(yml, 0644), "      - " OTHER_KEY "\n");
	assert_holds(text, "  - 'ws://127.0.0.1:9'");
}

/* With a chain, check finds all well that stands in the new file. */
TEST(with_a_chain, start, end)
{
	const struct cluster_setup setup = {.watchers = 1, .starts_no_watcher = true};
	struct cluster *cluster = cluster_new(&setup);

	snprintf(wif, sizeof(wif), "%s", cluster_signing_wif(cluster, 0));
	write_golosd("");
	const struct run *made =
		run_input(cluster_active_wif(cluster), INIT, "foo", "--golosd-config", golosd, "--node",
			  cluster_url(cluster, 0), "--chain-id", cluster_chain_id(cluster), "--yes");
	assert_holds(made->out, "ok       node ");
	assert_holds(made->out, "ok       witness ");
	assert_holds(made->out, "ok       authority ");
	cluster_free(cluster);
}
