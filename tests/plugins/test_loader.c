/* SPDX-License-Identifier: MIT
 *
 * The real loader and small shared objects with one fault each (faults/): the sentence is what a person reads.
 */
#include "test.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugins/loader.h"

#define PLUGIN_DIR TEST_BINARY_DIR "/test_plugins"
#define NOBODY	   65534

TEST(faults_are_refused_by_name)
{
	static const struct {
		const char *name;
		const char *says;
	} table[] = {
		{"no_symbol", "it exports no gw_plugin_entry"},
		{"older_major", "it was built for ABI 0.0, this host has 1.0"},
		{"newer_major", "it was built for ABI 2.0, this host has 1.0"},
		{"short_struct", "its entry has 96 bytes, version 1.0 has 184"},
		{"no_open", "its required function 'open' is missing"},
		{"no_stop", "its required function 'stop' is missing"},
		{"wrong_name", "it calls itself 'somebody_else'"},
		{"needs_unknown", "it needs 'gw.moon/1', which this host does not offer"},
		{"undefined_symbol", "undefined symbol: nobody_has_this"},
		{"options_missing", "its table of options is missing or longer than 256"},
		{"option_no_name", "its option 1 has no proper name"},
		{"option_bad_name", "its option 1 has no proper name"},
		{"option_twice", "its option 'a' is declared twice"},
		{"option_bad_type", "its option 'a': a type that this host does not know (77)"},
		{"option_no_help", "its option 'a': no help"},
		{"option_bad_range", "its option 'a': a range that holds nothing"},
		{"option_bad_default",
		 "its option 'a': the default: a whole number of seconds from 1 to 8 is expected"},
		{"option_idle_default", "its option 'a': required, and yet with a default"},
		{"option_no_choices", "its option 'a': no choices"},
		{"option_no_size", "its option_size is 0: version 1.0 has 56"},
		{"option_short_row", "its option_size is 48: version 1.0 has 56"},
		{"option_odd_row", "its option_size is 60: version 1.0 has 56"},
		{"option_huge_row", "its option_size is 1048576: version 1.0 has 56"},
	};

	for (size_t i = 0; i < COUNT(table); i++) {
		char path[256];
		struct plugin *plugin = NULL;
		struct error err = {0};

		snprintf(path, sizeof(path), "plugin %s/%s.so: ", PLUGIN_DIR, table[i].name);
		assert_int_equal(plugin_load(&plugin, PLUGIN_DIR, table[i].name, &err), GW_ERR_UNSUPPORTED);
		assert_null(plugin);
		if (strncmp(err.text, path, strlen(path)) != 0 || !strstr(err.text, table[i].says))
			fail_msg("%s: '%s'", table[i].name, err.text);
	}
}

TEST(what_is_no_fault_loads)
{
	static const char *const names[] = {"good", "newer_minor", "longer_struct", "needs_all"};

	for (size_t i = 0; i < COUNT(names); i++) {
		struct plugin *plugin;
		struct error err = {0};

		if (plugin_load(&plugin, PLUGIN_DIR, names[i], &err) != GW_OK)
			fail_msg("%s", err.text);
		assert_string_equal(plugin->entry->name, names[i]);
		assert_null(plugin->entry->on_block);
		assert_null(plugin->entry->status);
	}
}

TEST(rows_of_a_later_minor_are_read_by_their_size)
{
	struct plugin *plugin;
	struct error err = {0};

	if (plugin_load(&plugin, PLUGIN_DIR, "option_longer_row", &err) != GW_OK)
		fail_msg("%s", err.text);
	assert_int_equal(plugin->entry->option_size, sizeof(struct gw_option));
	assert_string_equal(plugin->entry->options[0].name, "first");
	assert_string_equal(plugin->entry->options[1].name, "second");
	assert_int_equal(plugin->entry->options[1].type, GW_OPTION_BOOL);
}

TEST(the_same_plugin_is_loaded_once)
{
	struct plugin *first, *second;
	struct error err;

	assert_int_equal(plugin_load(&first, PLUGIN_DIR, "good", &err), GW_OK);
	assert_int_equal(plugin_load(&second, PLUGIN_DIR "/../test_plugins", "good", &err), GW_OK);
	assert_ptr_equal(first, second);
}

static void copy_good(const char *to)
{
	static char bytes[1 << 20];
	FILE *from = fopen(PLUGIN_DIR "/good.so", "re"), *file = fopen(to, "we");
	size_t len = from ? fread(bytes, 1, sizeof(bytes), from) : 0;

	assert_true(len > 0 && len < sizeof(bytes) && file);
	assert_int_equal(fwrite(bytes, 1, len, file), len);
	fclose(from);
	assert_int_equal(fclose(file), 0);
}

/* As where the package's users exist and the clone lies under /root: who may not enter what, whoever runs the test. */
TEST(a_directory_that_its_user_may_not_enter)
{
	static const char closed[] = TEST_BINARY_DIR "/closed", dir[] = TEST_BINARY_DIR "/closed/plugins";
	int status;

	assert_true(mkdir(closed, 0700) == 0 || errno == EEXIST);
	assert_true(mkdir(dir, 0755) == 0 || errno == EEXIST);
	assert_int_equal(chmod(closed, 0), 0);
	pid_t child = fork();
	if (child == 0) {
		char wanted[PATH_MAX + 64];
		struct plugin *plugin;
		struct error err;

		if (geteuid() == 0 && setresuid(NOBODY, NOBODY, NOBODY) != 0)
			_exit(1);
		gw_status r = plugin_load(&plugin, dir, "good", &err);
		snprintf(wanted, sizeof(wanted), "plugin directory %s: user ", dir);
		if (r == GW_ERR_SYSTEM && strncmp(err.text, wanted, strlen(wanted)) == 0 &&
		    strstr(err.text, " may not enter /"))
			_exit(0);
		fprintf(stderr, "%d: %s\n", r, err.text);
		_exit(2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(chmod(closed, 0700), 0);
	rmdir(dir);
	rmdir(closed);
}

static void count_path(void *context, const char *path)
{
	unsigned *count = context;

	if (strstr(path, "/replaced_plugins/good.so"))
		++*count;
}

/* A reload goes on with the code that is loaded, and says so. */
TEST(a_file_that_was_replaced_is_told)
{
	static const char dir[] = TEST_BINARY_DIR "/replaced_plugins";
	struct plugin *plugin;
	struct error err;
	unsigned count = 0;

	assert_true(mkdir(dir, 0755) == 0 || errno == EEXIST);
	copy_good(TEST_BINARY_DIR "/replaced_plugins/good.so");
	assert_int_equal(plugin_load(&plugin, dir, "good", &err), GW_OK);
	plugin_each_replaced(count_path, &count);
	assert_int_equal(count, 0);
	copy_good(TEST_BINARY_DIR "/replaced_plugins/new");
	assert_int_equal(rename(TEST_BINARY_DIR "/replaced_plugins/new", TEST_BINARY_DIR "/replaced_plugins/good.so"),
			 0);
	plugin_each_replaced(count_path, &count);
	assert_int_equal(count, 1);
	unlink(TEST_BINARY_DIR "/replaced_plugins/good.so");
	rmdir(dir);
}

TEST(a_failing_open_says_why)
{
	struct plugin *plugin;
	struct error err;
	char why[GW_TEXT_SIZE] = "";
	void *self = NULL;

	assert_int_equal(plugin_load(&plugin, PLUGIN_DIR, "open_fails", &err), GW_OK);
	assert_int_equal(plugin->entry->open(NULL, NULL, NULL, 0, &self, why), GW_ERR_UNAVAILABLE);
	assert_string_equal(why, "the moon is not full");
	assert_null(self);
}

TEST(what_is_no_library_is_refused)
{
	struct plugin *plugin;
	struct error err;
	FILE *file = fopen(PLUGIN_DIR "/no_library.so", "w");

	assert_non_null(file);
	fputs("just text\n", file);
	fclose(file);
	assert_int_equal(chmod(PLUGIN_DIR "/no_library.so", 0644), 0);
	assert_int_equal(plugin_load(&plugin, PLUGIN_DIR, "no_library", &err), GW_ERR_UNSUPPORTED);
	assert_non_null(strstr(err.text, "/no_library.so"));
	remove(PLUGIN_DIR "/no_library.so");
}

TEST(help_tells_every_option)
{
	static const char *const lines[] = {
		"block_logger 1.0: Logs the blocks of a witness and says when it misses one.\n",
		"\n  witness (account name; required)\n      The witness whose blocks are logged.\n",
	};
	struct plugin *plugin;
	struct error err;

	assert_int_equal(plugin_load(&plugin, TEST_BINARY_DIR "/plugins", "block_logger", &err), GW_OK);
	char *help = plugin_help(plugin);
	for (size_t i = 0; i < COUNT(lines); i++)
		if (!strstr(help, lines[i]))
			fail_msg("not in it: '%s' but: %s", lines[i], help);
	free(help);
}

static int forget(void **state)
{
	(void)state;
	plugin_free_all();
	return 0;
}

/* A plugin cut anywhere is refused and kills nobody; but for what lies behind all that is mapped, which is not needed.
 */
TEST(a_file_cut_short_is_refused)
{
	static const char dir[] = TEST_BINARY_DIR "/cut_plugins";
	static char bytes[8 << 20];
	char path[300];
	struct plugin *plugin;
	struct error err;
	FILE *file = fopen(TEST_BINARY_DIR "/plugins/witness_monitor.so", "re");
	size_t len = file ? fread(bytes, 1, sizeof(bytes), file) : 0;
	unsigned refused = 0;

	assert_true(len > 4096 && len < sizeof(bytes));
	fclose(file);
	assert_true(mkdir(dir, 0755) == 0 || errno == EEXIST);
	for (size_t cut = 0; cut < len; cut += len / 28) {
		snprintf(path, sizeof(path), "%s/cut_%zu.so", dir, cut);
		file = fopen(path, "we");
		assert_non_null(file);
		assert_int_equal(fwrite(bytes, 1, cut, file), cut);
		fclose(file);
		snprintf(path, sizeof(path), "cut_%zu", cut);
		gw_status status = plugin_load(&plugin, dir, path, &err); /* else for its name */
		assert_int_equal(status, GW_ERR_UNSUPPORTED);
		refused += strstr(err.text, "is cut short") != NULL;
		snprintf(path, sizeof(path), "%s/cut_%zu.so", dir, cut);
		unlink(path);
	}
	assert_true(refused > 4);
	rmdir(dir);
}

int main(void)
{
	return test_run(NULL, forget);
}
