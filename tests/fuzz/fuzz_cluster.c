/* SPDX-License-Identifier: MIT
 * Datagrams and statements of the cluster. What is taken writes to just the bytes it was read from; a body that is sealed opens
 * to itself; a datagram that nobody sealed does not open; and whoever hears it all keeps its states in bounds. */
#include "cluster/peers.h"
#include "fuzz.h"

static const uint8_t keys[2][CLUSTER_KEY_BYTES] = {{1}, {2}};

static void judge_body(const uint8_t *body, size_t len)
{
	static const struct cluster_settings settings = {
		.name = "a", .node_count = 3, .nodes = {{.name = "a"}, {.name = "frankfurt"}, {.name = "helsinki"}}};
	static const uint8_t boot[CLUSTER_BOOT_BYTES] = {1};
	uint8_t again[CLUSTER_BODY_MAX];
	struct statement statement;
	size_t place = 0;
	bool is_one = statement_decode(&statement, body, len);
	struct peers *peers = peers_new(&settings, boot, false, 0);

	MUST((peers_hear(peers, body, len, 0, 1000, &place) == PEERS_BAD) == !is_one);
	MUST(place < peers_count(peers));
	for (size_t i = 0; i < peers_count(peers); i++) {
		struct peer_view view;

		peers_view(peers, i, 2000, &view);
		MUST(view.state == PEER_UNKNOWN); /* nothing of it proves that it is of now */
		MUST(view.golosd < GOLOSD_STATES && view.witness_count <= PEERS_WITNESSES_MAX);
	}
	peers_free(peers);
	if (!is_one)
		return;
	size_t size = statement_encode(again, &statement);

	MUST(size > 0 && size <= len && memcmp(again, body, size) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t nonce[LINK_NONCE_BYTES] = {3};
	uint8_t datagram[CLUSTER_DATAGRAM_MAX];
	struct link_opened opened;

	/* whoever finds a datagram that opens has broken the seal */
	MUST(link_open(&opened, keys, 2, data, size) != LINK_OPENED);
	if (size > CLUSTER_BODY_MAX)
		return 0;
	judge_body(data, size);
	size_t len = link_seal(datagram, keys[1], nonce, 7, data, size);

	MUST(len <= sizeof(datagram));
	MUST(link_open(&opened, keys, 2, datagram, len) == LINK_OPENED);
	MUST(opened.len == size && opened.age_ms == 7 && memcmp(opened.body, data, size) == 0);
	return 0;
}
