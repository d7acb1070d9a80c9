/* SPDX-License-Identifier: MIT
 * Vectors of keys: private and public, each as bytes and as text, and texts that are no keys. */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "graphene/hex.h"
#include "graphene/keys.h"

static void check_private(struct tally *tally, const char *hex, const char *wif)
{
	struct secret_key from_hex, from_wif;
	struct error err = {.text = ""};
	char text[WIF_SIZE];

	if (!check(tally, !hex_decode(from_hex.bytes, sizeof(from_hex.bytes), hex, strlen(hex)),
		   "private_hex: not 32 bytes"))
		return;
	wif_encode(text, &from_hex);
	check(tally, strcmp(text, wif) == 0, "wif: another one comes of private_hex");
	if (check(tally, !wif_decode(&from_wif, wif, strlen(wif), &err), "wif: refused: %s", err.text))
		check(tally, memcmp(&from_wif, &from_hex, sizeof(from_hex)) == 0, "private_hex: another comes of wif");
}

static void check_public(struct tally *tally, const char *hex, const char *public)
{
	struct public_key from_hex, from_text;
	struct error err = {.text = ""};
	char text[GW_KEY_SIZE];

	if (!check(tally, !hex_decode(from_hex.bytes, sizeof(from_hex.bytes), hex, strlen(hex)),
		   "public_hex: not 33 bytes"))
		return;
	public_key_format(text, &from_hex);
	check(tally, strcmp(text, public) == 0, "public: %s comes of public_hex, not %s", text, public);
	if (check(tally, !public_key_parse(&from_text, public, strlen(public), &err), "public: refused: %s", err.text))
		check(tally, public_key_equal(&from_text, &from_hex), "public_hex: another comes of public");
}

static void check_pair(struct tally *tally, const char *private_hex, const char *public)
{
	struct secret_key secret;
	struct public_key derived;
	char text[GW_KEY_SIZE];

	if (hex_decode(secret.bytes, sizeof(secret.bytes), private_hex, strlen(private_hex)) ||
	    !check(tally, !secret_key_public(&derived, &secret), "private_hex: gives no public key"))
		return;
	public_key_format(text, &derived);
	check(tally, strcmp(text, public) == 0, "public: %s comes of private_hex, not %s", text, public);
}

static void check_key(struct tally *tally, const struct json *key)
{
	const char *private_hex = check_text(tally, key, "private_hex"), *wif = check_text(tally, key, "wif");
	const char *public_hex = check_text(tally, key, "public_hex"), *public = check_text(tally, key, "public");

	if (private_hex && wif)
		check_private(tally, private_hex, wif);
	if (public_hex && public)
		check_public(tally, public_hex, public);
	if (private_hex && public)
		check_pair(tally, private_hex, public);
}

static void check_null_key(struct tally *tally, const struct json *root)
{
	const struct json *member;
	struct public_key key;
	struct error err = {.text = ""};

	snprintf(tally->place, sizeof(tally->place), "null_key");
	const char *text = check_text(tally, root, "null_key");
	if (text && check(tally, !public_key_parse(&key, text, strlen(text), &err), "refused: %s", err.text)) {
		check(tally, public_key_is_null(&key), "not the null key");
		check(tally, strcmp(text, GW_NULL_KEY) == 0, "written otherwise than in types.h");
	}
	if (text && json_member(root, "null_key_hex", &member)) {
		const char *hex = check_text(tally, root, "null_key_hex");

		if (hex)
			check_public(tally, hex, text);
	}
}

static void check_prefix(struct tally *tally, const struct json *root)
{
	snprintf(tally->place, sizeof(tally->place), "prefix");
	const char *prefix = check_text(tally, root, "prefix");
	if (prefix)
		check(tally, strcmp(prefix, KEY_PREFIX) == 0, "%s is not ours", prefix);
}

/* Each must be refused, with a reason. */
static gw_status check_bad(void *context, const char *kind, const struct json *texts)
{
	struct tally *tally = context;
	bool is_wif = strcmp(kind, "wif") == 0;

	snprintf(tally->place, sizeof(tally->place), "bad.%.32s", kind);
	if (!check_form(tally, is_wif || strcmp(kind, "public") == 0, "a kind that is not known") ||
	    !check_form(tally, json_is_array(texts), "no array"))
		return GW_OK;
	for (size_t i = 0; i < json_array_size(texts); i++) {
		struct error err = {.text = ""};
		struct public_key public;
		struct secret_key secret;
		size_t len = 0;
		const char *text = json_string(json_element(texts, i), &len);

		snprintf(tally->place, sizeof(tally->place), "bad.%s[%zu]", kind, i);
		if (!text)
			check(tally, true, "a text with a NUL, or no text: json.c gives it to nobody");
		else if (is_wif)
			check(tally, wif_decode(&secret, text, len, &err) && err.text[0], "taken, or no reason");
		else
			check(tally, public_key_parse(&public, text, len, &err) && err.text[0], "taken, or no reason");
	}
	return GW_OK;
}

void check_keys(struct tally *tally, const struct json *root)
{
	const struct json *keys, *bad, *member;

	if (json_member(root, "keys", &keys) && check_form(tally, json_is_array(keys), "'keys' is no array"))
		for (size_t i = 0; i < json_array_size(keys); i++) {
			snprintf(tally->place, sizeof(tally->place), "keys[%zu]", i);
			check_key(tally, json_element(keys, i));
		}
	if (json_member(root, "null_key", &member))
		check_null_key(tally, root);
	if (json_member(root, "prefix", &member))
		check_prefix(tally, root);
	if (json_member(root, "bad", &bad) && check_form(tally, json_is_object(bad), "'bad' is no object"))
		(void)json_each(bad, check_bad, tally);
}
