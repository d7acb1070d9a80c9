/* SPDX-License-Identifier: MIT
 * base/utf8.c */
#include "unit.h"

#include "base/utf8.h"

static void lengths_of_valid_characters(void **state)
{
	static const char *const valid[] = {"a", "ж", "€", "😀", "\x7f", "\xf4\x8f\xbf\xbf"};

	(void)state;
	for (size_t i = 0; i < COUNT(valid); i++)
		assert_int_equal(utf8_length(valid[i], strlen(valid[i])), strlen(valid[i]));
	assert_int_equal(utf8_length("", 1), 1); /* a NUL is a character */
}

static void invalid_forms_have_no_length(void **state)
{
	static const char *const invalid[] = {
		"\x80",
		"\xff",
		"\xc0\x80",
		"\xc1\xbf",
		"\xe0\x80\x80",
		"\xf0\x80\x80\x80", /* overlong */
		"\xed\xa0\x80",
		"\xed\xbf\xbf", /* surrogates */
		"\xf4\x90\x80\x80",
		"\xf8\x88\x80\x80\x80", /* beyond U+10FFFF */
		"\xd0 ",
		"\xe2\x82 ", /* broken off */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(invalid); i++)
		assert_int_equal(utf8_length(invalid[i], strlen(invalid[i])), 0);
	assert_int_equal(utf8_length("ж", 1), 0); /* cut by the end of what may be read */
	assert_int_equal(utf8_length("a", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths_of_valid_characters),
		cmocka_unit_test(invalid_forms_have_no_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
