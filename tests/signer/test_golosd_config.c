/* SPDX-License-Identifier: MIT
 *
 * What is told of golosd's config: names and public keys, and never a private one.
 */
#include "fixture.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "signer/program/golosd_config.h"

static struct golosd_config_facts parse(const char *text)
{
	struct golosd_config_facts facts;

	golosd_config_parse(&facts, text, strlen(text));
	assert_true(facts.readable);
	return facts;
}

TEST(witness_and_keys)
{
	char text[1024];
	struct public_key first = fixture_public(0), second = fixture_public(1);

	snprintf(text, sizeof(text),
		 "# golosd\nwebserver-ws-endpoint = 0.0.0.0:8091\n\nwitness = \"foo\"\r\n  witness=\"bar\"\n"
		 "private-key = %s\n\tprivate-key=%s  \n[log.file]\nwitness = \"no\"\n",
		 fixture_keys[0].wif, fixture_keys[1].wif);
	struct golosd_config_facts facts = parse(text);

	assert_int_equal(facts.witness_count, 2);
	assert_string_equal(facts.witnesses[0], "foo");
	assert_string_equal(facts.witnesses[1], "bar");
	assert_int_equal(facts.key_count, 2);
	assert_memory_equal(&facts.keys[0], &first, sizeof(first));
	assert_memory_equal(&facts.keys[1], &second, sizeof(second));
	assert_string_equal(facts.text, "");
}

TEST(bad_values_are_named_not_shown)
{
	struct golosd_config_facts facts =
		parse("witness = \"foo\"\nprivate-key = 5KCMDjt1TSkJjWzMULrx35H4rsGQDCZMTTki\n");

	assert_int_equal(facts.key_count, 0);
	assert_string_equal(facts.text, "line 2: private-key is no WIF");
	assert_string_equal(parse("\n\nwitness = \"Foo!\"\n").text, "line 3: witness is no account name");
	assert_int_equal(parse("witness = \"\"").witness_count, 0);
	assert_int_equal(parse("witness = \"abcdefghijklmnopq\"").witness_count, 0);
}

TEST(what_is_not_an_option)
{
	struct golosd_config_facts facts;

	facts = parse("#witness = \"foo\"\nwitness\nmy-witness = \"foo\"\n=\n = \nprivate-keys = x\n");
	assert_int_equal(facts.witness_count + facts.key_count, 0);
	assert_string_equal(facts.text, "");
	assert_int_equal(parse("").witness_count, 0);
}

TEST(more_than_are_read)
{
	char text[GOLOSD_CONFIG_ENTRIES_MAX * 20 + 20] = "";
	size_t len = 0;

	for (int i = 0; i <= GOLOSD_CONFIG_ENTRIES_MAX; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "witness = \"foo-%d\"\n", i);
	struct golosd_config_facts facts = parse(text);

	assert_int_equal(facts.witness_count, GOLOSD_CONFIG_ENTRIES_MAX);
	assert_string_equal(facts.text, "line 33: more witnesses than are read");
}

/* The packaged unit hides home folders: that looks as if the file were not there. */
TEST(a_file_that_the_unit_hides)
{
	static const struct {
		const char *path, *says;
	} rows[] = {
		{"/home/golos/config.ini", " (the systemd unit hides /home and /root: ProtectHome=)"},
		{"/root/config.ini", " (the systemd unit hides /home and /root: ProtectHome=)"},
		{"/etc/golos/config.ini", ""},
		{"/rooted/config.ini", ""},
	};
	struct golosd_config_facts facts;
	char wanted[200];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		golosd_config_read(&facts, -1, ENOENT, rows[i].path);
		assert_false(facts.readable);
		snprintf(wanted, sizeof(wanted), "%s: No such file or directory%s", rows[i].path, rows[i].says);
		assert_string_equal(facts.text, wanted);
	}
}
