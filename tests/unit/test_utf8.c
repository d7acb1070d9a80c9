/* SPDX-License-Identifier: MIT
 * base/utf8.c */
#include "test.h"

#include "base/utf8.h"

TEST(lengths_of_valid_characters)
{
	static const char *const valid[] = {"a", "ж", "€", "😀", "\x7f", "\xf4\x8f\xbf\xbf"};

	for (size_t i = 0; i < COUNT(valid); i++)
		assert_int_equal(utf8_length(valid[i], strlen(valid[i])), strlen(valid[i]));
	assert_int_equal(utf8_length("", 1), 1); /* a NUL is a character */
}

TEST(invalid_forms_have_no_length)
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

	for (size_t i = 0; i < COUNT(invalid); i++)
		assert_int_equal(utf8_length(invalid[i], strlen(invalid[i])), 0);
	assert_int_equal(utf8_length("ж", 1), 0); /* cut by the end of what may be read */
	assert_int_equal(utf8_length("a", 0), 0);
}

TEST(controls_are_told_from_what_is_read)
{
	static const char *const controls[] = {
		"\x1b",		"\x7f",		"\xc2\x80",	"\xc2\x9b",	"\xc2\x9f", /* CSI is U+009B */
		"\xd8\x9c",	"\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8", /* U+061C, U+200E, U+200F, U+2028 */
		"\xe2\x80\xaa", "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2\x81\xa9", /* U+202A, U+202E, U+2066, U+2069 */
	};
	static const char *const letters[] = {" ", "~", "\xc2\xa0", "ж", "א", "€", "…", "😀"};

	for (size_t i = 0; i < COUNT(controls); i++)
		assert_true(utf8_is_control(utf8_code(controls[i], strlen(controls[i]))));
	for (size_t i = 0; i < COUNT(letters); i++)
		assert_false(utf8_is_control(utf8_code(letters[i], strlen(letters[i]))));
	assert_int_equal(utf8_code("😀", 4), 0x1f600);
}
