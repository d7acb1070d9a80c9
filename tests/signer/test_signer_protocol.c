/* SPDX-License-Identifier: MIT
 *
 * The codec: every message survives the way there and back; every cut and every changed byte is refused, or is another
 * valid message that encodes to just these bytes.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "signer/wire/protocol.h"

static struct message sign_message(struct transaction tx)
{
	struct message message = {.type = MESSAGE_SIGN, .id = 7};

	message.sign.instance = 1023;
	message.sign.key_count = 2;
	message.sign.keys[0] = 3;
	message.sign.keys[1] = 0;
	message.sign.tx = tx;
	return message;
}

static struct message ready_message(void)
{
	struct message message = {.type = MESSAGE_READY};
	struct golosd_config_facts *facts = &message.ready.golosd_config;

	message.ready.key_count = 2;
	message.ready.keys[0] = fixture_public(0);
	message.ready.keys[1] = fixture_public(1);
	facts->readable = true;
	snprintf(facts->text, sizeof(facts->text), "line 3: private-key is no WIF");
	facts->witness_count = 1;
	snprintf(facts->witnesses[0], sizeof(facts->witnesses[0]), "foo");
	facts->key_count = 1;
	facts->keys[0] = fixture_public(2);
	return message;
}

static struct message signed_message(void)
{
	struct message message = {.type = MESSAGE_SIGNED, .id = 7};

	message.done.bytes.len = 200;
	memset(message.done.bytes.bytes, 0x5a, 200);
	memset(message.done.id, 'a', sizeof(message.done.id) - 1);
	message.done.signature_count = 2;
	memset(message.done.signatures, 0x1f, 2 * sizeof(message.done.signatures[0]));
	return message;
}

#define MESSAGES 13
static void make_messages(struct message ret[MESSAGES])
{
	struct public_key key = fixture_public(0);
	struct message setup = {.type = MESSAGE_SETUP};
	struct message source = {.type = MESSAGE_KEY, .path = "file:/etc/golos-watch/active.key"};
	struct message config = {.type = MESSAGE_GOLOSD_CONFIG, .path = "/etc/golosd/config.ini"};
	struct message instance = {.type = MESSAGE_INSTANCE};
	struct message failed = {.type = MESSAGE_FAILED, .failed = {GW_ERR_TRUST, "key.file has mode 0644"}};
	struct message refused = {.type = MESSAGE_REFUSED, .id = 9, .refused = {REFUSED_FEE, "a fee"}};
	struct transaction both = fixture_update("foo", &key, 1700000000);

	memset(setup.setup.chain.bytes, 0x78, CHAIN_ID_BYTES);
	setup.setup.has_user = true;
	setup.setup.uid = 1001;
	setup.setup.gid = 1002;
	setup.setup.log_json = true;
	snprintf(setup.setup.count_file, sizeof(setup.setup.count_file), "/var/lib/golos-watch-signer/signatures");
	instance.instance = (struct signer_policy_instance){
		.witness = "foo", .grants = 3, .max_signatures = 6, .feed = {7, 8, 9, 10}};
	instance.instance.signing_key = key;
	both.operation_count = 2;
	both.operations[1] = fixture_feed("foo", 1700000000).operations[0];
	size_t n = 0;

	ret[n++] = setup;
	ret[n++] = source;
	ret[n++] = config;
	ret[n++] = instance;
	ret[n++] = (struct message){.type = MESSAGE_SEAL};
	ret[n++] = sign_message(both);
	ret[n++] = sign_message(fixture_properties("foo", 1700000000));
	ret[n++] = ready_message();
	ret[n++] = failed;
	ret[n++] = signed_message();
	ret[n++] = refused;
	ret[n] = sign_message(fixture_properties("foo", 1700000000));
	ret[n++].sign.tx.operations[0].chain_properties_update.version = CHAIN_PROPERTIES_VERSION_MAX;
	ret[n] = sign_message(both);
	ret[n++].sign.tx.operations[1].type = 2; /* a transfer has no members here */
	assert_int_equal(n, MESSAGES);
}

struct packet {
	size_t len;
	uint8_t bytes[SIGNER_MESSAGE_MAX];
};

static void encode(struct packet *ret, const struct message *message)
{
	assert_int_equal(message_encode(ret->bytes, &ret->len, message), GW_OK);
}

/* Refused, or exactly what it encodes to. */
static bool decodes_to_itself(const struct packet *packet)
{
	static struct message message;
	static struct packet again;
	struct error err = {.status = GW_OK};
	gw_status status = message_decode(&message, packet->bytes, packet->len, &err);

	if (status != GW_OK) {
		assert_int_equal(status, GW_ERR_PROTOCOL);
		assert_int_equal(err.status, GW_ERR_PROTOCOL);
		return false;
	}
	encode(&again, &message);
	assert_int_equal(again.len, packet->len);
	assert_memory_equal(again.bytes, packet->bytes, packet->len);
	return true;
}

TEST(there_and_back)
{
	static struct message messages[MESSAGES], got;
	static struct packet packet;
	struct error err;

	make_messages(messages);
	for (size_t i = 0; i < MESSAGES; i++) {
		encode(&packet, &messages[i]);
		assert_true(decodes_to_itself(&packet));
		assert_int_equal(message_decode(&got, packet.bytes, packet.len, &err), GW_OK);
		assert_int_equal(got.type, messages[i].type);
		assert_int_equal(got.id, messages[i].id);
	}
	encode(&packet, &messages[5]);
	assert_int_equal(message_decode(&got, packet.bytes, packet.len, &err), GW_OK);
	assert_int_equal(got.sign.keys[0], 3);
	assert_string_equal(got.sign.tx.operations[0].witness_update.url, "https://golos.id/@foo");
	assert_string_equal(got.sign.tx.operations[1].feed_publish.quote.symbol, "GOLOS");
	assert_int_equal(got.sign.tx.operations[1].feed_publish.quote.amount, 12345);
	encode(&packet, &messages[8]);
	assert_int_equal(message_decode(&got, packet.bytes, packet.len, &err), GW_OK);
	assert_int_equal(got.failed.status, GW_ERR_TRUST);
}

TEST(layout)
{
	const struct message seal = {.type = MESSAGE_SEAL, .id = 0x01020304};
	static const uint8_t wanted[] = {'G', 'W', 'S', 'P', 1, 0, 5, 0, 4, 3, 2, 1, 0, 0, 0, 0};
	static struct packet packet;

	encode(&packet, &seal);
	assert_int_equal(packet.len, sizeof(wanted));
	assert_memory_equal(packet.bytes, wanted, sizeof(wanted));
}

TEST(every_cut)
{
	static struct message messages[MESSAGES];
	static struct packet whole, cut;

	make_messages(messages);
	for (size_t i = 0; i < MESSAGES; i++) {
		encode(&whole, &messages[i]);
		for (size_t len = 0; len < whole.len; len++) {
			cut = whole;
			cut.len = len;
			assert_false(decodes_to_itself(&cut));
			if (len < SIGNER_HEADER_BYTES)
				continue;
			/* and with a header that owns up to it */
			cut.bytes[12] = (uint8_t)(len - SIGNER_HEADER_BYTES);
			cut.bytes[13] = (uint8_t)((len - SIGNER_HEADER_BYTES) >> 8);
			decodes_to_itself(&cut);
		}
	}
}

TEST(every_byte)
{
	static const uint8_t masks[] = {0x01, 0x80, 0xff};
	static struct message messages[MESSAGES];
	static struct packet packet;

	make_messages(messages);
	for (size_t i = 0; i < MESSAGES; i++) {
		encode(&packet, &messages[i]);
		for (size_t at = 0; at < packet.len; at++) {
			for (size_t m = 0; m < sizeof(masks); m++) {
				packet.bytes[at] ^= masks[m];
				bool valid = decodes_to_itself(&packet);

				if (at < 6 || (at >= 12 && at < 16)) /* magic, version, length */
					assert_false(valid);
				packet.bytes[at] ^= masks[m];
			}
		}
	}
}

TEST(left_over)
{
	static struct message messages[MESSAGES];
	static struct packet packet;

	make_messages(messages);
	for (size_t i = 0; i < MESSAGES; i++) {
		encode(&packet, &messages[i]);
		packet.bytes[packet.len++] = 0;
		assert_false(decodes_to_itself(&packet));
		size_t body = packet.len - SIGNER_HEADER_BYTES;

		packet.bytes[12] = (uint8_t)body;
		packet.bytes[13] = (uint8_t)(body >> 8);
		assert_false(decodes_to_itself(&packet));
	}
}

TEST(unknown_types)
{
	struct message message = {.type = MESSAGE_SEAL};
	static struct packet packet;

	encode(&packet, &message);
	for (unsigned type = 0; type < 256; type++) {
		packet.bytes[6] = (uint8_t)type;
		assert_int_equal(decodes_to_itself(&packet),
				 type == MESSAGE_SEAL || type == MESSAGE_PING || type == MESSAGE_PONG);
	}
}

TEST(what_does_not_fit)
{
	static struct message message;
	static struct packet packet;

	message = sign_message(fixture_feed("foo", 1));
	message.sign.key_count = SIGNER_KEYS_MAX + 1;
	assert_int_equal(message_encode(packet.bytes, &packet.len, &message), GW_ERR_RANGE);
	message = sign_message(fixture_feed("foo", 1));
	message.sign.tx.operation_count = TRANSACTION_OPERATIONS_MAX + 1;
	assert_int_equal(message_encode(packet.bytes, &packet.len, &message), GW_ERR_RANGE);
	message = sign_message(fixture_properties("foo", 1));
	message.sign.tx.operations[0].chain_properties_update.version = CHAIN_PROPERTIES_VERSION_MAX + 1;
	assert_int_equal(message_encode(packet.bytes, &packet.len, &message), GW_ERR_RANGE);
	message = (struct message){.type = MESSAGE_KEY};
	memset(message.path, 'a', sizeof(message.path)); /* no NUL */
	assert_int_equal(message_encode(packet.bytes, &packet.len, &message), GW_ERR_RANGE);
	message = signed_message();
	message.done.bytes.len = (size_t)UINT32_MAX + 1;
	assert_int_equal(message_encode(packet.bytes, &packet.len, &message), GW_ERR_RANGE);
}
