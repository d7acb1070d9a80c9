/* SPDX-License-Identifier: MIT
 * Vectors of transactions: JSON to bytes, digest, id, and signatures. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/memory.h"
#include "check.h"
#include "graphene/hex.h"
#include "graphene/transaction_json.h"
#include "signature_recover.h"
#include "transaction_read.h"

static void check_hex(struct tally *tally, const struct json *vector, const char *key, const uint8_t *bytes, size_t len)
{
	const char *expected = check_text(tally, vector, key);
	size_t same = 0;

	if (!expected)
		return;
	char *hex = xcalloc(2 * len + 1, 1);
	hex_encode(hex, bytes, len);
	while (hex[same] && strncasecmp(hex + same, expected + same, 1) == 0)
		same++;
	check(tally, strcasecmp(hex, expected) == 0, "%s: byte %zu differs: expected …%.16s, made …%.16s", key,
	      same / 2, expected + same / 2 * 2, hex + same / 2 * 2);
	free(hex);
}

/* What golosd does with a signature: the key that made it. */
static void check_recovers(struct tally *tally, const char *what, const struct signature *sig,
			   const struct digest *digest, const struct public_key *signer)
{
	struct public_key recovered;

	if (check(tally, !signature_recover(&recovered, sig, digest), "%s: no key recovers", what))
		check(tally, public_key_equal(&recovered, signer), "%s: another key recovers", what);
}

static void check_own_signature(struct tally *tally, const struct digest *digest, const struct secret_key *secret,
				const struct public_key *signer)
{
	struct signature sig, again;

	if (!check(tally, !sign_digest(&sig, digest, secret) && !sign_digest(&again, digest, secret), "cannot sign"))
		return;
	check(tally, memcmp(&sig, &again, sizeof(sig)) == 0, "own signature: not the same twice");
	check(tally, signature_is_canonical(&sig), "own signature: not canonical");
	check_recovers(tally, "own signature", &sig, digest, signer);
}

static void check_signatures(struct tally *tally, const struct json *vector, const struct digest *digest)
{
	const char *wif = check_text(tally, vector, "signer_wif"), *public = check_text(tally, vector, "signer_public");
	const char *valid = check_text(tally, vector, "valid_signature");
	struct error err = {.text = ""};
	struct public_key signer, derived;
	struct secret_key secret;
	struct signature sig;

	if (!wif || !public || !valid)
		return;
	if (!check(tally, !public_key_parse(&signer, public, strlen(public), &err), "signer_public: %s", err.text) ||
	    !check(tally, !wif_decode(&secret, wif, strlen(wif), &err), "signer_wif: %s", err.text))
		return;
	check(tally, !secret_key_public(&derived, &secret) && public_key_equal(&derived, &signer),
	      "signer_public: another key comes of signer_wif");
	if (check(tally, !hex_decode(sig.bytes, sizeof(sig.bytes), valid, strlen(valid)),
		  "valid_signature: not 65 bytes")) {
		check(tally, signature_is_canonical(&sig), "valid_signature: held to be not canonical");
		check_recovers(tally, "valid_signature", &sig, digest, &signer);
	}
	check_own_signature(tally, digest, &secret, &signer);
}

/* The JSON that we write of it, read again, gives the same bytes. */
static void check_own_json(struct tally *tally, const struct transaction *tx, const struct transaction_bytes *bytes)
{
	struct transaction *again = xcalloc(1, sizeof(*again));
	struct transaction_bytes *bytes_again = xcalloc(1, sizeof(*bytes_again));
	struct error err = {.text = ""};
	struct json *root = NULL;
	struct json_writer w;

	json_writer_init(&w);
	transaction_write_json(&w, NULL, tx, NULL, 0);
	if (check(tally,
		  !json_parse(&root, w.text, w.len, &err) && !transaction_read_json(again, root, &err) &&
			  !transaction_serialize(bytes_again, again),
		  "own JSON cannot be read: %s", err.text))
		check(tally,
		      bytes_again->len == bytes->len && memcmp(bytes_again->bytes, bytes->bytes, bytes->len) == 0,
		      "own JSON gives other bytes");
	json_free(root);
	json_writer_done(&w);
	free(bytes_again);
	free(again);
}

static void check_bytes(struct tally *tally, const struct json *vector, const struct transaction *tx,
			const struct transaction_bytes *bytes)
{
	const char *chain_hex = check_text(tally, vector, "chain_id"), *id = check_text(tally, vector, "id");
	struct chain_id chain;
	struct digest digest;
	char made_id[GW_ID_SIZE];

	check_hex(tally, vector, "serialized", bytes->bytes, bytes->len);
	transaction_id(made_id, bytes);
	if (id)
		check(tally, strcasecmp(id, made_id) == 0, "id: expected %s, made %s", id, made_id);
	check_own_json(tally, tx, bytes);
	if (!chain_hex || !check(tally, !hex_decode(chain.bytes, sizeof(chain.bytes), chain_hex, strlen(chain_hex)),
				 "chain_id: not 32 bytes"))
		return;
	transaction_digest(&digest, &chain, bytes);
	check_hex(tally, vector, "sig_digest", digest.bytes, sizeof(digest.bytes));
	check_signatures(tally, vector, &digest);
}

static void check_transaction(struct tally *tally, const struct json *vector)
{
	struct transaction *tx = xcalloc(1, sizeof(*tx));
	struct transaction_bytes *bytes = xcalloc(1, sizeof(*bytes));
	const struct json *value = NULL;
	struct error err = {.text = ""};

	if (check_form(tally, json_member(vector, "transaction", &value), "member 'transaction': missing") &&
	    check(tally, !transaction_read_json(tx, value, &err), "transaction: %s", err.text) &&
	    check(tally, !transaction_serialize(bytes, tx), "transaction: cannot be serialized"))
		check_bytes(tally, vector, tx, bytes);
	free(bytes);
	free(tx);
}

void check_transactions(struct tally *tally, const struct json *root)
{
	const struct json *vectors = NULL;
	gw_status status = json_get_array(root, "transactions", &vectors, NULL);

	if (!check_form(tally, !status && json_array_size(vectors) > 0, "'transactions' is no array, or empty"))
		return;
	for (size_t i = 0; i < json_array_size(vectors); i++) {
		snprintf(tally->place, sizeof(tally->place), "transactions[%zu]", i);
		check_transaction(tally, json_element(vectors, i));
	}
}
