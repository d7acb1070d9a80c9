/* SPDX-License-Identifier: MIT
 * check, update and takeover where systemd lends the key to the service alone: the way of the packaged unit. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "integration/cluster.h"
#include "run.h"

static struct cluster *cluster;
static char config[128], key[160];

static void write_golosd_config(int watcher, int key_of)
{
	char path[160], text[256];

	snprintf(path, sizeof(path), "%s/golosd-%d.ini", cluster_dir(cluster), watcher);
	snprintf(text, sizeof(text), "witness = \"foo\"\nprivate-key = %s\n", cluster_signing_wif(cluster, key_of));
	run_write_file(path, text, 0600);
}

static int start(void **state)
{
	const struct cluster_setup setup = {.watchers = 2, .starts_no_watcher = true, .key_as_credential = true};

	(void)state;
	cluster = cluster_new(&setup);
	snprintf(config, sizeof(config), "%s/watcher-1.yml", cluster_dir(cluster));
	snprintf(key, sizeof(key), "file:%s/active.key", cluster_dir(cluster));
	write_golosd_config(1, 1);
	cluster_await_blocks(cluster, 3);
	return 0;
}

static int end(void **state)
{
	(void)state;
	cluster_free(cluster);
	return 0;
}

static void start_watcher(void)
{
	cluster_start_watcher(cluster, 1);
	cluster_await_watching(cluster, 1);
	cluster_await_blocks(cluster, 2);
}

static const struct run *check_for(int status, const char *line)
{
	const struct run *told = run("-c", config, "check");

	if (told->status != status || !strstr(told->out, line))
		fail_msg("status %d, wanted %d and \"%s\":\n%s%s", told->status, status, line, told->out, told->err);
	return told;
}

/* What cannot be known here is not called wrong, and the way on is named. */
TEST(without_a_daemon)
{
	const struct run *told = check_for(0, "unknown  signer         credential:active.key is lent to the service");

	assert_holds(told->out, "start it, or give --key file:PATH");
	assert_holds(told->out, "unknown  authority      foo: the signer's keys are not known here");
	told = run("-c", config, "check", "--key", key);
	assert_status(told, 0);
	assert_holds(told->out, "ok       signer         starts, and reads 1 active key\n");
	assert_holds(told->out, "ok       authority      1 key of the signer reaches foo's active authority");
	assert_holds(told->out, "ok       golosd_config  names foo");
	told = run("-c", config, "update", "foo", "--url", "https://foo.example", "--yes");
	assert_status(told, 78);
	assert_holds(told->err, "credential:active.key is lent to the service alone: give --key file:PATH");
	told = run("-c", config, "takeover", "--yes");
	assert_status(told, 78);
	assert_holds(told->err, "credential:active.key is lent to the service alone: give --key file:PATH");
	assert_status(run("-c", config, "update", "foo", "--url", "https://foo.example", "--yes", "--key", key), 0);
}

/* What the unit lends lies beside the configuration, and systemd's copy does not show who could read it. */
TEST(a_lent_file_that_others_can_read)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/active.key.key", cluster_dir(cluster));
	run_write_file(path, "", 0644);
	const struct run *told = check_for(1, "wrong    signer         ");
	assert_holds(told->out, "mode 0644): chown root ");
	remove(path);
}

TEST(nothing_is_wrong)
{
	start_watcher();
	const struct run *told = check_for(0, "ok       signer         golos-watchd's own holds 1 active key\n");
	assert_holds(told->out, "ok       authority      golos-watchd's keys reach foo's active authority\n");
	assert_holds(told->out, "ok       golosd_config  names foo and holds the private half of our key\n");
	assert_holds(told->out, "ok       readiness      witness_monitor: could take over now\n");
	assert_lacks(told->out, "wrong");
	assert_lacks(told->out, "unknown");
}

/* The configuration with its key by the name of a variable that the service alone has. */
static const char *config_with_variable(void)
{
	static const char credential[] = "credential:active.key";
	static char path[160];
	char text[8192], changed[8192 + 64];
	FILE *file = fopen(config, "r");

	assert_non_null(file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	char *at = strstr(text, credential);
	assert_non_null(at);
	snprintf(changed, sizeof(changed), "%.*senv:GOLOS_WATCH_TEST_UNSET%s", (int)(at - text), text,
		 at + strlen(credential));
	snprintf(path, sizeof(path), "%s/variable.yml", cluster_dir(cluster));
	run_write_file(path, changed, 0600);
	return path;
}

/* A variable of the service's alone stops no command that needs no key; one that needs it says which, and the way on.
 */
TEST(a_variable_of_the_service_alone)
{
	const char *path = config_with_variable();

	assert_status(run("-c", path, "status"), 0);
	assert_status(run("-c", path, "hold"), 0);
	assert_status(run("-c", path, "resume"), 0);
	const struct run *told = run("-c", path, "check");
	assert_status(told, 0);
	assert_holds(told->out, "ok       signer         golos-watchd's own holds 1 active key\n");
	told = run("-c", path, "update", "foo", "--url", "https://other.example", "--yes");
	assert_status(told, 78);
	assert_holds(told->err, "env:GOLOS_WATCH_TEST_UNSET is lent to the service alone: give --key file:PATH");
}

/* Each planted alone, the daemon running. */
TEST(planted_faults)
{
	assert_status(run("-c", config, "hold"), 0);
	check_for(1, "wrong    readiness      witness_monitor: held by ");
	assert_status(run("-c", config, "resume"), 0);

	cluster_end_watcher(cluster, 1, SIGTERM);
	write_golosd_config(1, 0);
	start_watcher();
	check_for(1, "wrong    golosd_config  golosd's config lacks");
	cluster_end_watcher(cluster, 1, SIGTERM);
	write_golosd_config(1, 1);
	start_watcher();

	cluster_fault(cluster, "kill", "[1]");
	check_for(1, "(own): not connected");
	cluster_fault(cluster, "revive", "[1]");
	cluster_await_blocks(cluster, 4);

	cluster_fault(cluster, "witness_update", "[\"foo\",\"%s\"]", GW_NULL_KEY);
	cluster_await_update(cluster, NOBODY, 0, PATIENCE_S);
	check_for(1, "wrong    key            foo is shut down");
}

/* The owner changed the account: the daemon ends at its next start, and check tells it with the key at hand. */
TEST(key_without_authority)
{
	cluster_end_watcher(cluster, 1, SIGTERM);
	cluster_fault(cluster, "set_active_authority",
		      "[\"foo\",{\"weight_threshold\":1,\"account_auths\":[],\"key_auths\":[[\"%s\",1]]}]",
		      cluster_key(cluster, 0));
	cluster_start_watcher(cluster, 1);
	cluster_await_end(cluster, 1, PATIENCE_S);
	check_for(1, "unknown  daemon         no golos-watchd listens");
	const struct run *told = run("-c", config, "check", "--key", key);
	assert_status(told, 1);
	assert_holds(told->out, "wrong    authority      the active authority of 'foo' wants a weight of 1");
}

int main(void)
{
	return test_run(start, end);
}
