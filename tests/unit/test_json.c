/* SPDX-License-Identifier: MIT
 * base/json.c: what is refused, what the getters check, what the writer writes. */
#include "test.h"

#include <malloc.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/json_writer.h"

static struct json *parse(const char *text)
{
	struct json *root = NULL;
	struct error err;

	if (json_parse(&root, text, strlen(text), &err))
		fail_msg("%s: %s", text, err.text);
	return root;
}

TEST(valid_texts_are_read)
{
	static const char *const valid[] = {
		"null",
		"true",
		" 1 ",
		"-0",
		"0",
		"1.5e-3",
		"\"\"",
		"[]",
		"{}",
		"[[],{}]",
		"18446744073709551615",
		"-9223372036854775808",
		"\t{\"a\":[1,{\"b\":null}],\"c\":\"\\u0436\\n\\/\"}\r\n",
		"\"делегат 😀\"",
		"{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":2}}",
		"[\"a:b\",\"c\"]",
		"[\"x\" , {\"k\" : \"v\"}]",
	};

	for (size_t i = 0; i < COUNT(valid); i++)
		json_free(parse(valid[i]));
}

TEST(text_beyond_ascii_is_kept_byte_for_byte)
{
	static const char text[] = "{\"t\":\"делегат 😀\",\"n\":1}";
	struct json *root = parse(text);
	char t[32];
	uint64_t n;

	assert_int_equal(json_get_text(root, "t", t, sizeof(t), NULL), GW_OK);
	assert_string_equal(t, "делегат 😀");
	assert_int_equal(json_get_u64(root, "n", 1, &n, NULL), GW_OK);
	char *again = json_text(root);
	assert_string_equal(again, text);
	free(again);
	json_free(root);
}

TEST(invalid_texts_are_refused_with_their_place)
{
	static const struct {
		const char *text, *place;
	} bad[] = {
		{"", "byte 0"},
		{" ", "byte 1"},
		{"{\"a\":1,\"a\":2}", "byte 0: object with a key twice"},
		{"[{\"a\":1},{\"b\":{\"a\":1,\"\\u0061\":2}}]", "byte 14: object with a key twice"},
		{"{'a':1}", "byte 1"},
		{"['a']", "byte 1"},
		{"NaN", "byte 0"},
		{"[-Infinity]", "byte 1: not a number"},
		{"[Infinity]", "byte 1"},
		{"nul", "byte 0"},
		{"True", "byte 0"},
		{"[1 /* x */]", "byte 3"},
		{"{} {}", "byte 3"},
		{"{}x", "byte 2"},
		{"1 2", "byte 2"},
		{"[1,]", "byte 3"},
		{"[,1]", "byte 1"},
		{"{\"a\":1,}", "byte 7"},
		{"{\"a\" 1}", "byte 5"},
		{"{a:1}", "byte 1"},
		{"{1:1}", "byte 1"},
		{"[1", "byte 2"},
		{"[1}", "byte 2"},
		{"]", "byte 0"},
		{"[1]]", "byte 3: more than one value"},
		{"{\"a\":[1}]", "byte 7"},
		{"[1 2]", "byte 3: a comma or an end is missing"},
		{"[1,,2]", "byte 3"},
		{"[1:2]", "byte 2: a comma or an end is missing"},
		{"[\"a\":2]", "byte 4: a comma or an end is missing"},
		{"{\"a\"}", "byte 4: a colon is missing"},
		{"{\"a\",\"b\"}", "byte 4: a colon is missing"},
		{"{\"a\"::1}", "byte 5"},
		{"{\"a\":}", "byte 5"},
		{"{\"a\":1 \"b\":2}", "byte 7: a comma or an end is missing"},
		{"{,}", "byte 1: not a key"},
		{"{\"a\":1", "byte 6: the text ends too soon"},
		{"// x\n1", "byte 0"},
		{"1 // x", "byte 2"},
		{"\f1", "byte 0"},
		{"\"a\"\"b\"", "byte 3: more than one value"},
		{"01", "byte 0: not a number"},
		{"-", "byte 0: not a number"},
		{"1.", "byte 0: not a number"},
		{".5", "byte 0"},
		{"+1", "byte 0"},
		{"1e", "byte 0: not a number"},
		{"0x10", "byte 1"},
		{"18446744073709551616", "byte 0: number beyond 64 bits"},
		{"[-9223372036854775809]", "byte 1: number beyond 64 bits"},
		{"1e999", "byte 0: number out of range"},
		{"\"a", "byte 0: string without end"},
		{"\"a\nb\"", "byte 2: control character in a string"},
		{"\"\\x\"", "byte 1: no escape"},
		{"\"\\u12g4\"", "byte 1: no escape"},
		{"\"\\u12\"", "byte 1: no escape"},
		{"\"\\", "byte 1: no escape"},
		{"\"\\u123", "byte 1: no escape"},
		{"\"\xff\"", "byte 1: invalid UTF-8"},
		{"\"\xc0\x80\"", "byte 1: invalid UTF-8"},
		{"\"\xed\xa0\x80\"", "byte 1: invalid UTF-8"},
		{"{\"a\\u0000b\":1}", "byte 1: NUL in a key"},
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct json *root = NULL;
		struct error err = {.text = ""};

		if (json_parse(&root, bad[i].text, strlen(bad[i].text), &err) != GW_ERR_SYNTAX)
			fail_msg("taken: %s", bad[i].text);
		if (!strstr(err.text, bad[i].place))
			fail_msg("%s: %s", bad[i].text, err.text);
		assert_null(root);
	}
}

TEST(a_nul_byte_is_refused)
{
	static const char in_string[] = "\"a\0b\"", after[] = "{}\0", before[] = "\0{}";
	struct json *root;

	assert_int_equal(json_parse(&root, in_string, 5, NULL), GW_ERR_SYNTAX);
	assert_int_equal(json_parse(&root, after, 3, NULL), GW_ERR_SYNTAX);
	assert_int_equal(json_parse(&root, before, 3, NULL), GW_ERR_SYNTAX);
}

/* A memo with a NUL must not blind us to its block, and must not be taken for the part before it. */
TEST(a_string_with_a_nul_is_read_and_not_given_out)
{
	struct json *root = parse("{\"memo\":\"foo\\u0000bar\",\"n\":1}");
	const struct json *memo;
	char text[32] = "unchanged";
	struct error err;

	assert_true(json_member(root, "memo", &memo));
	assert_true(json_is_string(memo));
	assert_null(json_string(memo, NULL));
	assert_int_equal(json_get_text(root, "memo", text, sizeof(text), &err), GW_ERR_SYNTAX);
	assert_string_equal(err.text, "member 'memo': a string with a NUL");
	assert_string_equal(text, "unchanged");
	json_free(root);
}

TEST(depth_has_a_limit)
{
	char text[2 * (JSON_DEPTH_MAX + 1)];
	struct json *root;
	struct error err;

	memset(text, '[', JSON_DEPTH_MAX + 1);
	memset(text + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
	assert_int_equal(json_parse(&root, text + 1, 2 * JSON_DEPTH_MAX, &err), GW_OK);
	json_free(root);
	assert_int_equal(json_parse(&root, text, sizeof(text), &err), GW_ERR_SYNTAX);
	assert_non_null(strstr(err.text, "nested too deeply"));
}

/* The array itself is a value too. */
static gw_status parse_zeros(size_t count, struct error *err)
{
	size_t len = 2 * count + 1;
	char *text = malloc(len);
	struct json *root;

	assert_non_null(text);
	for (size_t i = 0; i < count; i++)
		memcpy(text + 2 * i, i ? ",0" : "[0", 2);
	text[len - 1] = ']';
	gw_status r = json_parse(&root, text, len, err);
	if (!r)
		json_free(root);
	free(text);
	return r;
}

TEST(memory_has_a_limit)
{
	struct error err;

	assert_int_equal(parse_zeros(JSON_ALWAYS_READ / 2 - 1, &err), GW_OK);
	assert_int_equal(parse_zeros(JSON_ALWAYS_READ / 2 + 1, &err), GW_ERR_RANGE);
	assert_non_null(strstr(err.text, "would take"));
}

/* Whoever may put operations into a block may put them there: 30 times the text's size would end a small container. */
TEST(empty_objects_take_little)
{
	enum { COUNT_OF = 490000 };
	char *text = malloc(COUNT_OF * 3 + 1);
	struct json *root;
	struct error err;

	assert_non_null(text);
	for (size_t i = 0; i < COUNT_OF; i++)
		memcpy(text + 3 * i, i ? ",{}" : "[{}", 3);
	text[COUNT_OF * 3] = ']';
	struct mallinfo2 before = mallinfo2(); /* all 0 under ASan */
	assert_int_equal(json_parse(&root, text, COUNT_OF * 3 + 1, &err), GW_OK);
	struct mallinfo2 after = mallinfo2();
	assert_true(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd < 64u << 20);
	assert_int_equal(json_array_size(root), COUNT_OF);
	assert_true(json_is_object(json_element(root, COUNT_OF - 1)));
	json_free(root);
	free(text);
}

TEST(strings_are_decoded)
{
	struct json *root = parse(
		"[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\",\"\\u0041\\u0436\\u20AC\\ud83d\\ude00\",\"\\ud83dx\",\"\\ude00\","
		"\"\\ud83d\\u0041\"]");
	static const char *const right[] = {"\"\\/\b\f\n\r\t", "Aж€😀", "�x", "�", "�A"};

	for (size_t i = 0; i < COUNT(right); i++)
		assert_string_equal(json_string(json_element(root, i), NULL), right[i]);
	json_free(root);
}

/* Two values a key: more than are compared by hand. */
TEST(a_key_twice_among_many)
{
	struct json_writer w;
	struct json *root;
	struct error err;
	char key[8];

	for (int twice = 0; twice < 2; twice++) {
		json_writer_init(&w);
		json_open(&w, NULL, '{');
		for (int i = 0; i < 1000; i++) {
			snprintf(key, sizeof(key), "k%d", twice && i == 999 ? 500 : i);
			json_open(&w, key, '[');
			json_put_i64(&w, NULL, i);
			json_close(&w, ']');
		}
		json_close(&w, '}');
		assert_int_equal(json_parse(&root, w.text, w.len, &err), twice ? GW_ERR_SYNTAX : GW_OK);
		if (!twice)
			json_free(root);
		json_writer_done(&w);
	}
}

TEST(values_are_found_and_told_apart)
{
	struct json *root = parse("{\"o\":{},\"a\":[1,\"two\",null],\"s\":\"text\",\"z\":null}");
	const struct json *value;
	size_t len;

	assert_true(json_is_object(root));
	assert_true(json_member(root, "o", &value) && json_is_object(value) && !json_is_array(value));
	assert_true(json_member(root, "a", &value) && json_is_array(value));
	assert_int_equal(json_array_size(value), 3);
	assert_string_equal(json_string(json_element(value, 1), &len), "two");
	assert_int_equal(len, 3);
	assert_true(json_is_null(json_element(value, 2)));
	assert_null(json_element(value, 3));
	assert_false(json_member(value, "o", &value));
	assert_true(json_member(root, "z", &value) && json_is_null(value));
	assert_false(json_member(root, "missing", &value));
	assert_int_equal(json_array_size(root), 0);
	assert_null(json_element(root, 0));
	assert_null(json_string(root, NULL));
	json_free(root);
	json_free(NULL);
}

TEST(getters_take_what_fits)
{
	struct json *root =
		parse("{\"t\":\"abc\",\"n\":65535,\"s\":\"18446744073709551615\",\"m\":-9223372036854775808,"
		      "\"ms\":\"-5\",\"big\":18446744073709551615,\"b\":true,\"a\":[],\"o\":{},"
		      "\"time\":\"2016-10-18T11:00:00\"}");
	const struct json *value;
	char text[4];
	uint64_t u;
	int64_t i;
	bool b = false;

	assert_int_equal(json_get_text(root, "t", text, sizeof(text), NULL), GW_OK);
	assert_string_equal(text, "abc");
	assert_int_equal(json_get_u64(root, "n", 65535, &u, NULL), GW_OK);
	assert_true(u == 65535);
	assert_int_equal(json_get_u64(root, "s", UINT64_MAX, &u, NULL), GW_OK);
	assert_true(u == UINT64_MAX);
	assert_int_equal(json_get_u64(root, "big", UINT64_MAX, &u, NULL), GW_OK);
	assert_true(u == UINT64_MAX);
	assert_int_equal(json_get_i64(root, "m", INT64_MIN, 0, &i, NULL), GW_OK);
	assert_true(i == INT64_MIN);
	assert_int_equal(json_get_i64(root, "ms", -5, 5, &i, NULL), GW_OK);
	assert_int_equal(i, -5);
	assert_int_equal(json_get_bool(root, "b", &b, NULL), GW_OK);
	assert_true(b);
	assert_int_equal(json_get_array(root, "a", &value, NULL), GW_OK);
	assert_int_equal(json_get_object(root, "o", &value, NULL), GW_OK);
	assert_int_equal(json_get_time(root, "time", &i, NULL), GW_OK);
	assert_int_equal(i, 1476788400);
	json_free(root);
}

TEST(getters_refuse_and_name_the_member)
{
	struct json *root = parse("{\"t\":\"abcd\",\"n\":65536,\"neg\":-1,\"f\":1.0,\"s\":\"12x\",\"e\":\"\","
				  "\"huge\":\"18446744073709551616\",\"one\":1,\"null\":null,\"time\":\"yesterday\"}");
	const struct json *value = NULL;
	char text[4];
	uint64_t u = 42;
	int64_t i = 42;
	bool b;
	struct error err;

	assert_int_equal(json_get_text(root, "t", text, sizeof(text), &err), GW_ERR_RANGE);
	assert_string_equal(err.text, "member 't': 4 bytes, at most 3 are allowed");
	assert_int_equal(json_get_text(root, "n", text, sizeof(text), &err), GW_ERR_SYNTAX);
	assert_string_equal(err.text, "member 'n': not a string");
	assert_int_equal(json_get_u64(root, "n", 65535, &u, &err), GW_ERR_RANGE);
	assert_string_equal(err.text, "member 'n': 65536 is above 65535");
	assert_int_equal(json_get_u64(root, "neg", 1, &u, &err), GW_ERR_RANGE);
	assert_int_equal(json_get_u64(root, "missing", 1, &u, &err), GW_ERR_SYNTAX);
	assert_string_equal(err.text, "member 'missing': missing");
	static const char *const not_whole[] = {"f", "s", "e", "huge", "null", "time"};
	for (size_t at = 0; at < COUNT(not_whole); at++) {
		assert_int_equal(json_get_u64(root, not_whole[at], UINT64_MAX, &u, &err), GW_ERR_SYNTAX);
		assert_int_equal(json_get_i64(root, not_whole[at], INT64_MIN, INT64_MAX, &i, &err), GW_ERR_SYNTAX);
	}
	assert_int_equal(json_get_i64(root, "neg", 0, 9, &i, &err), GW_ERR_RANGE);
	assert_string_equal(err.text, "member 'neg': -1 is not within 0 to 9");
	assert_int_equal(json_get_bool(root, "one", &b, &err), GW_ERR_SYNTAX);
	assert_int_equal(json_get_array(root, "one", &value, &err), GW_ERR_SYNTAX);
	assert_int_equal(json_get_object(root, "null", &value, &err), GW_ERR_SYNTAX);
	assert_int_equal(json_get_time(root, "time", &i, &err), GW_ERR_SYNTAX);
	assert_int_equal(json_get_time(NULL, "time", &i, &err), GW_ERR_SYNTAX);
	assert_true(u == 42 && i == 42 && !value);
	json_free(root);
}

static gw_status collect(void *context, const char *key, const struct json *value)
{
	char *keys = context;

	assert_false(json_is_null(value));
	strncat(keys, key, 8);
	return strcmp(key, "stop") == 0 ? GW_ERR_DENIED : GW_OK;
}

TEST(each_visits_in_order_until_told_to_stop)
{
	struct json *root = parse("{\"b\":1,\"a\":2,\"stop\":3,\"c\":4}");
	char keys[64] = "";

	assert_int_equal(json_each(root, collect, keys), GW_ERR_DENIED);
	assert_string_equal(keys, "bastop");
	json_free(root);
}

TEST(text_is_compact)
{
	struct json *root = parse(" { \"a\" : [ 1.50 , \"x/y\", null ] } ");
	char *text = json_text(root);

	assert_string_equal(text, "{\"a\":[1.50,\"x/y\",null]}");
	free(text);
	json_free(root);
	root = parse("[\"a\\u0000b\",\"\\u0001/\"]");
	text = json_text(root);
	assert_string_equal(text, "[\"a\\u0000b\",\"\\u0001/\"]");
	free(text);
	json_free(root);
	text = json_text(NULL);
	assert_string_equal(text, "null");
	free(text);
}

TEST(the_writer_writes_what_the_reader_reads)
{
	struct json_writer w;

	json_writer_init(&w);
	json_open(&w, NULL, '{');
	json_put_text(&w, "t", "\"\\\b\f\n\r\t\x01 ж \xff/");
	json_put_i64(&w, "i", INT64_MIN);
	json_put_u64(&w, "u", UINT64_MAX);
	json_open(&w, "a", '[');
	json_put_bool(&w, NULL, true);
	json_put_null(&w, NULL);
	json_open(&w, NULL, '{');
	json_close(&w, '}');
	json_put_raw(&w, NULL, "[1]");
	json_close(&w, ']');
	json_put_bool(&w, "b", false);
	json_close(&w, '}');
	assert_string_equal(w.text,
			    "{\"t\":\"\\\"\\\\\\b\\f\\n\\r\\t\\u0001 ж \xef\xbf\xbd/\",\"i\":-9223372036854775808,"
			    "\"u\":18446744073709551615,\"a\":[true,null,{},[1]],\"b\":false}");
	assert_int_equal(w.len, strlen(w.text));
	struct json *root = parse(w.text);
	char *text = json_text(root);
	assert_string_equal(text, w.text);
	free(text);
	json_free(root);
	json_writer_done(&w);
}

TEST(for_golosd_an_escape_is_the_bytes_that_it_means)
{
	static const struct {
		const char *json, *golosd;
	} pairs[] = {
		{"[\"\\b\\f\"]", "[\"\b\f\"]"},
		{"[\"\\t\\n\\r\\\"\\\\\\/\"]", "[\"\\t\\n\\r\\\"\\\\\\/\"]"},
		{"[\"\\u0001\\u0009\\u000A\\u000d\\u0022\\u005c\\u002f\\u007f\"]", "[\"\1\\t\\n\\r\\\"\\\\/\x7f\"]"},
		{"\"\\u0004\"", "\"\\\4\""}, /* bare, it ends golosd's text */
		{"\"\\u0436\\u20AC\\ud83d\\ude00 ж\"", "\"ж€😀 ж\""},
		{"\"\\ud83d \\ude00 \\ud83d\\u0436 \\u0000\"",
		 "\"\xef\xbf\xbd \xef\xbf\xbd \xef\xbf\xbdж \xef\xbf\xbd\""},
		{"{\"\\u0061\":[1.5,true,null,\"\\\\u0061\"]}", "{\"a\":[1.5,true,null,\"\\\\u0061\"]}"},
		{"[]", "[]"},
	};

	for (size_t i = 0; i < COUNT(pairs); i++) {
		struct json_writer w;

		json_free(parse(pairs[i].json));
		json_writer_init(&w);
		json_put_raw_for_golosd(&w, NULL, pairs[i].json);
		assert_string_equal(w.text, pairs[i].golosd);
		json_writer_done(&w);
	}
}

TEST(the_writer_grows)
{
	struct json_writer w;

	json_writer_init(&w);
	json_open(&w, NULL, '[');
	for (int i = 0; i < 10000; i++)
		json_put_i64(&w, NULL, i);
	json_close(&w, ']');
	struct json *root = parse(w.text);
	assert_int_equal(json_array_size(root), 10000);
	json_free(root);
	json_writer_done(&w);
	assert_null(w.text);
}
