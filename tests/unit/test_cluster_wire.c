/* SPDX-License-Identifier: MIT
 *
 * The bytes of a statement, and its seal.
 */
#include "cluster/wire.h"
#include "test.h"

static const uint8_t chain[32] = {0x78, 0x2a}, other_chain[32] = {0x58, 0x76}, nonce[LINK_NONCE_BYTES] = {7};
static const uint8_t cluster_keys[2][CLUSTER_KEY_BYTES] = {{1}, {2}};

static struct statement example(void)
{
	struct statement s = {.origin = "frankfurt",
			      .boot = {1, 2, 3, 4, 5, 6, 7, 8},
			      .sequence = 77,
			      .golosd = GOLOSD_UP,
			      .golosd_ms = 123456,
			      .head = 81234567,
			      .head_id = {0x04, 0xd7},
			      .list = {9},
			      .peer_count = 2,
			      .peers = {{0x01020304, {8, 7}, 55, 400}, {5, {0}, 0, CLUSTER_NEVER}},
			      .witness_count = 1,
			      .witnesses = {{"foo.bar-1", {2, 3}, {4}, STATEMENT_READY, 3}}};
	return s;
}

static struct statement largest(void)
{
	struct statement s = example();

	strcpy(s.origin, "abcdefghijklmnop");
	s.peer_count = CLUSTER_NODES_MAX;
	s.witness_count = CLUSTER_WITNESSES_MAX;
	for (size_t i = 0; i < CLUSTER_WITNESSES_MAX; i++)
		strcpy(s.witnesses[i].name, "abcdefghijklmno.");
	return s;
}

static size_t sealed(uint8_t ret[CLUSTER_DATAGRAM_MAX], const uint8_t *cluster_key, const uint8_t *chain_id)
{
	uint8_t key[CLUSTER_KEY_BYTES], body[CLUSTER_BODY_MAX];
	const struct statement s = example();

	link_key_derive(key, cluster_key, chain_id);
	return link_seal(ret, key, nonce, 300, body, statement_encode(body, &s));
}

/* Opened with the keys of cluster_keys on `chain`. */
static enum link_result opened(struct link_opened *ret, size_t key_count, const uint8_t *datagram, size_t len)
{
	uint8_t keys[2][CLUSTER_KEY_BYTES];

	for (size_t i = 0; i < key_count; i++)
		link_key_derive(keys[i], cluster_keys[i], chain);
	return link_open(ret, (const uint8_t(*)[CLUSTER_KEY_BYTES])keys, key_count, datagram, len);
}

TEST(what_is_written_is_read)
{
	const struct statement all[] = {example(), largest(), {.origin = "a", .golosd = GOLOSD_NONE}};

	for (size_t i = 0; i < COUNT(all); i++) {
		uint8_t body[CLUSTER_BODY_MAX];
		struct statement got;
		size_t len = statement_encode(body, &all[i]);

		assert_true(len > 0);
		assert_true(statement_decode(&got, body, len));
		assert_memory_equal(&got, &all[i], sizeof(got));
	}
}

TEST(the_largest_statement_fits_a_datagram)
{
	uint8_t body[CLUSTER_BODY_MAX], datagram[CLUSTER_DATAGRAM_MAX];
	const struct statement s = largest();
	size_t len = statement_encode(body, &s);

	assert_int_equal(len, 67 + 8 * 20 + 4 * 59);
	assert_true(link_seal(datagram, cluster_keys[0], nonce, 0, body, len) <= CLUSTER_DATAGRAM_MAX);
}

/* The layout is the protocol's: a change of it is another version. */
TEST(the_layout_of_a_body)
{
	uint8_t body[CLUSTER_BODY_MAX];
	const struct statement s = example();

	assert_int_equal(statement_encode(body, &s), 67 + 2 * 20 + 59);
	assert_memory_equal(body,
			    "frankfurt\0\0\0\0\0\0\0\1\2\3\4\5\6\7\10\115\0\0\0\2\100\342\1\0\207\212\327\4\4\327", 39);
	assert_int_equal(body[57], 2);
	assert_int_equal(body[58], 1);
	assert_memory_equal(body + 67, "\4\3\2\1\10\7\0\0\0\0\0\0\67\0\0\0\220\1\0\0", 20);
	assert_memory_equal(body + 107, "foo.bar-1\0\0\0\0\0\0\0\2\3", 18);
	assert_int_equal(body[107 + 57], STATEMENT_READY);
	assert_int_equal(body[107 + 58], 3);
}

TEST(unknown_bytes_after_a_statement_are_ignored)
{
	uint8_t body[CLUSTER_BODY_MAX];
	const struct statement s = example();
	struct statement got;
	size_t len = statement_encode(body, &s);

	memset(body + len, 0xee, sizeof(body) - len);
	assert_true(statement_decode(&got, body, sizeof(body)));
	assert_memory_equal(&got, &s, sizeof(got));
}

TEST(a_statement_cut_anywhere_is_none)
{
	uint8_t body[CLUSTER_BODY_MAX];
	const struct statement s = example();
	struct statement got;
	size_t len = statement_encode(body, &s);

	for (size_t i = 0; i < len; i++)
		assert_false(statement_decode(&got, body, i));
}

TEST(values_that_no_field_has)
{
	static const struct {
		const char *about;
		size_t at;
		uint8_t value;
	} rows[] = {{"an upper-case name", 0, 'F'},
		    {"no name", 0, 0},
		    {"a byte after a name's end", 15, 'x'},
		    {"a state of golosd that there is not", 28, GOLOSD_STATES},
		    {"nine peers", 57, 9},
		    {"five witnesses", 58, 5},
		    {"a witness without a name", 107, 0},
		    {"a witness with a control character", 108, 7}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		uint8_t body[CLUSTER_BODY_MAX] = {0};
		const struct statement s = example();
		struct statement got;

		assert_true(statement_encode(body, &s) > 0);
		body[rows[i].at] = rows[i].value;
		if (statement_decode(&got, body, sizeof(body)))
			fail_msg("%s was taken", rows[i].about);
	}
	struct statement s = example();
	uint8_t body[CLUSTER_BODY_MAX];

	s.peer_count = CLUSTER_NODES_MAX + 1;
	assert_int_equal(statement_encode(body, &s), 0);
	s = example();
	memset(s.origin, 'a', sizeof(s.origin));
	assert_int_equal(statement_encode(body, &s), 0);
}

TEST(a_good_datagram_opens)
{
	uint8_t datagram[CLUSTER_DATAGRAM_MAX], body[CLUSTER_BODY_MAX];
	const struct statement s = example();
	struct link_opened got;
	size_t len = sealed(datagram, cluster_keys[0], chain), body_len = statement_encode(body, &s);

	assert_int_equal(opened(&got, 1, datagram, len), LINK_OPENED);
	assert_int_equal(got.age_ms, 300);
	assert_int_equal(got.version, CLUSTER_VERSION);
	assert_int_equal(got.len, body_len);
	assert_memory_equal(got.body, body, body_len);
}

TEST(either_key_opens_during_a_rotation)
{
	uint8_t datagram[CLUSTER_DATAGRAM_MAX];
	struct link_opened got;
	size_t len = sealed(datagram, cluster_keys[1], chain);

	assert_int_equal(opened(&got, 2, datagram, len), LINK_OPENED);
	assert_int_equal(opened(&got, 1, datagram, len), LINK_NOT_SEALED);
	assert_int_equal(opened(&got, 0, datagram, len), LINK_NOT_SEALED);
	len = sealed(datagram, cluster_keys[0], chain);
	assert_int_equal(opened(&got, 2, datagram, len), LINK_OPENED);
}

TEST(a_statement_of_another_chain_does_not_open)
{
	uint8_t datagram[CLUSTER_DATAGRAM_MAX];
	struct link_opened got;

	assert_int_equal(opened(&got, 2, datagram, sealed(datagram, cluster_keys[0], other_chain)), LINK_NOT_SEALED);
}

TEST(each_changed_bit_is_seen)
{
	uint8_t datagram[CLUSTER_DATAGRAM_MAX];
	struct link_opened got;
	size_t len = sealed(datagram, cluster_keys[0], chain);

	for (size_t bit = 0; bit < len * 8; bit++) {
		datagram[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_not_equal(opened(&got, 2, datagram, len), LINK_OPENED);
		datagram[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

TEST(truncated_oversized_and_empty_datagrams)
{
	uint8_t datagram[2 * CLUSTER_DATAGRAM_MAX] = {0};
	struct link_opened got;
	size_t len = sealed(datagram, cluster_keys[0], chain);

	for (size_t i = 0; i < len; i++)
		assert_int_not_equal(opened(&got, 2, datagram, i), LINK_OPENED);
	assert_int_equal(opened(&got, 2, datagram, 0), LINK_STRANGE);
	assert_int_equal(opened(&got, 2, datagram, len + 1), LINK_NOT_SEALED);
	assert_int_equal(opened(&got, 2, datagram, CLUSTER_DATAGRAM_MAX + 1), LINK_STRANGE);
	assert_int_equal(opened(&got, 2, (const uint8_t *)"GET / HTTP/1.1", 14), LINK_STRANGE);
}

TEST(another_version_is_named)
{
	uint8_t datagram[CLUSTER_DATAGRAM_MAX];
	struct link_opened got;
	size_t len = sealed(datagram, cluster_keys[0], chain);

	datagram[3] = 2;
	assert_int_equal(opened(&got, 2, datagram, len), LINK_VERSION);
	assert_int_equal(got.version, 2);
	assert_int_equal(opened(&got, 2, datagram, 4), LINK_VERSION); /* whatever its frame is */
}

TEST(the_hash_of_a_list_is_of_its_names_alone)
{
	static const char *const one[] = {"frankfurt", "helsinki", "eye"},
				 *const same[] = {"eye", "frankfurt", "helsinki"},
				 *const more[] = {"frankfurt", "helsinki", "eye", "oslo"},
				 *const cut[] = {"frankfurth", "elsinki", "eye"};
	uint8_t a[CLUSTER_LIST_BYTES], b[CLUSTER_LIST_BYTES];

	cluster_list_hash(a, one, 3);
	cluster_list_hash(b, same, 3);
	assert_memory_equal(a, b, sizeof(a));
	cluster_list_hash(b, more, 4);
	assert_memory_not_equal(a, b, sizeof(a));
	cluster_list_hash(b, cut, 3);
	assert_memory_not_equal(a, b, sizeof(a));
}

TEST(names)
{
	assert_true(cluster_name_is_good("a"));
	assert_true(cluster_name_is_good("frankfurt-2"));
	assert_true(cluster_name_is_good("abcdefghijklmnop"));
	assert_false(cluster_name_is_good(""));
	assert_false(cluster_name_is_good("abcdefghijklmnopq"));
	assert_false(cluster_name_is_good("Frankfurt"));
	assert_false(cluster_name_is_good("frank furt"));
	assert_int_equal(cluster_name_hash("frankfurt"), cluster_name_hash("frankfurt"));
	assert_int_not_equal(cluster_name_hash("frankfurt"), cluster_name_hash("helsinki"));
}
