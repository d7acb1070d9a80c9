/* SPDX-License-Identifier: MIT
 *
 * golos-watch-plugin-check as an author runs it: plugins that keep the rules pass, and each that breaks one is named.
 */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#define TOOL	TEST_BINARY_DIR "/bin/golos-watch-plugin-check"
#define PLUGINS TEST_BINARY_DIR "/plugins/"
#define OTHERS	TEST_BINARY_DIR "/test_plugins/"

static char said[65536];

/* Runs it with these arguments; what it says is in `said`. */
static int run(const char *arguments)
{
	char command[1024];

	snprintf(command, sizeof(command), TOOL " %s 2>&1", arguments);
	FILE *out = popen(command, "r");
	assert_non_null(out);
	size_t len = fread(said, 1, sizeof(said) - 1, out);
	said[len] = 0;
	int status = pclose(out);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void expect(const char *arguments, int status, const char *sentence)
{
	int got = run(arguments);

	if (got != status || !strstr(said, sentence))
		fail_msg("%s: status %d and not %d, or it does not say '%s': %s", arguments, got, status, sentence,
			 said);
}

TEST(plugins_that_keep_the_rules)
{
	static const char *const names[] = {
		PLUGINS "block_logger.so", PLUGINS "witness_monitor.so", OTHERS "v1_plugin.so",
		OTHERS "good.so",	   OTHERS "needs_all.so",	 OTHERS "longer_struct.so",
		OTHERS "abi_cxx11.so",	   OTHERS "abi_cxx20.so",	 OTHERS "option_longer_row.so",
		OTHERS "bad_none.so",
	};

	for (size_t i = 0; i < COUNT(names); i++)
		expect(names[i], 0, "breaks no rule\n");
}

TEST(what_a_plugin_declares_is_told)
{
	static const char *const lines[] = {
		"block_logger 1.0: Logs the blocks of a witness and says when it misses one.\nABI 1.0\n",
		"\n  witness (account name; required)\n      The witness whose blocks are logged.\n",
		"\nneeds: gw.chain/1 gw.notice/1\ntakes: on_block status\n",
		"\nwatches: alice",
	};

	expect(PLUGINS "block_logger.so witness=alice", 0, "breaks no rule");
	for (size_t i = 0; i < COUNT(lines); i++)
		if (!strstr(said, lines[i]))
			fail_msg("not said: '%s' but: %s", lines[i], said);
}

TEST(each_broken_rule_is_one_sentence)
{
	static const struct {
		const char *name, *sentence;
	} rows[] = {
		{"bad_keeps_event", "on_nodes uses what on_block was lent: whatever is handed over is borrowed"},
		{"bad_keeps_option", "start uses what open was lent: whatever is handed over is borrowed"},
		{"bad_writes_event", "on_block writes into what it was lent: an event and its parts are the host's"},
		{"bad_long_text", "on_command writes beyond the 256 bytes of the buffer that it was given"},
		{"bad_long_status", "status writes beyond the "},
		{"bad_no_json", "status returns GW_OK and writes no JSON object"},
		{"bad_waits", "on_block takes longer than 50 ms: every watch stands still meanwhile"},
		{"bad_hangs", "on_block has not returned within 5 s, while it lives its life"},
		{"bad_crashes", "on_nodes crashes (Segmentation fault), while it lives its life"},
		{"bad_exits", "on_block ends the process with status 3, while it lives its life"},
		{"bad_works_in_open", "open calls watch while `open` runs"},
		{"bad_works_in_stop", "stop calls timer_set from `stop` on"},
		{"bad_other_thread", "calls timer_set from another thread than the host's"},
		{"bad_leaves_thread", "close leaves a thread running"},
		{"bad_leaves_file", "close leaves a file descriptor open"},
		{"bad_silent", "open writes no sentence into ret_error"},
		{"bad_wrong_status", "start returns 42, which is no gw_status"},
		{"bad_spins", "on_timer sets a timer of 0 ms again and again"},
		{"bad_wrong_code", "on_block calls notice with a code that is not 1 to 48 of a-z, 0-9 and _"},
		{"bad_wrong_fields", "on_block calls notice with fields_json that is no JSON object"},
		{"bad_big_value", "on_block puts a value of more than 16384 bytes into the store"},
		{"bad_shares_state", "on_block crashes (Segmentation fault), while two instances live side by side"},
		{"bad_trusts_option", "open crashes (Aborted), while its option text is ssss"},
		{"bad_exports", "it exports 'helper': gw_plugin_entry is wanted and nothing else"},
		{"no_stop", "the host refuses to load it: its required function 'stop' is missing"},
		{"wrong_name", "the host refuses to load it: it calls itself 'somebody_else'"},
		{"option_twice", "the host refuses to load it: its option 'a' is declared twice"},
		{"undefined_symbol", "nobody_has_this"},
		{"open_fails", "open refuses these options (the moon is not full): nothing else was tried"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		char path[512];

		snprintf(path, sizeof(path), OTHERS "%s.so", rows[i].name);
		expect(path, 1, rows[i].sentence);
	}
}

/* A sanitizer's allocator does not tell how much is in use: it names what is left itself. */
TEST(memory_that_is_left_is_counted)
{
#ifndef SANITIZED
	expect(OTHERS "bad_leaks.so", 1, "bytes of memory behind");
#endif
}

TEST(wrong_arguments_are_status_2)
{
	expect("", 2, "usage: golos-watch-plugin-check");
	expect("--nonsense", 2, "usage: golos-watch-plugin-check");
	expect(PLUGINS "block_logger.so witness", 2, "usage: golos-watch-plugin-check");
	expect(PLUGINS "no_such_plugin.so", 2, "No such file or directory");
	expect(PLUGINS "block_logger.txt", 2, "a plugin's file is NAME.so");
	expect(PLUGINS "witness_monitor.so miss_window=x", 2, "miss_window=x: a whole number of seconds");
	expect(PLUGINS "block_logger.so witnes=foo", 2, "witnes=foo: plugin block_logger has no such option");
	expect("--help", 0, "usage: golos-watch-plugin-check");
	expect("--version", 0, "golos-watch-plugin-check ");
}
