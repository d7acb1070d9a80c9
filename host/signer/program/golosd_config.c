/* SPDX-License-Identifier: MIT
 *
 * Signer.
 */
#include "signer/program/golosd_config.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "signer/files.h"

struct span {
	const char *text;
	size_t len;
};

static struct span trim(struct span span)
{
	while (span.len && strchr(" \t\r", span.text[0]) && span.text[0]) {
		span.text++;
		span.len--;
	}
	while (span.len && strchr(" \t\r", span.text[span.len - 1]) && span.text[span.len - 1])
		span.len--;
	return span;
}

static bool equals(struct span span, const char *text)
{
	return span.len == strlen(text) && memcmp(span.text, text, span.len) == 0;
}

/* The first complaint is kept: one sentence is enough to send somebody to the file. */
static void complain(struct golosd_config_facts *facts, size_t line, const char *what)
{
	if (!facts->text[0])
		snprintf(facts->text, sizeof(facts->text), "line %zu: %s", line, what);
}

static void take_witness(struct golosd_config_facts *facts, struct span value, size_t line)
{
	char name[GW_ACCOUNT_SIZE];

	if (value.len >= 2 && value.text[0] == '"' && value.text[value.len - 1] == '"')
		value = (struct span){value.text + 1, value.len - 2};
	snprintf(name, sizeof(name), "%.*s", (int)(value.len < sizeof(name) ? value.len : sizeof(name) - 1),
		 value.text);
	if (value.len >= sizeof(name) || !account_name_is_valid(name)) {
		complain(facts, line, "witness is no account name");
		return;
	}
	if (facts->witness_count == GOLOSD_CONFIG_ENTRIES_MAX) {
		complain(facts, line, "more witnesses than are read");
		return;
	}
	memcpy(facts->witnesses[facts->witness_count++], name, sizeof(name));
}

static void take_key(struct golosd_config_facts *facts, struct span value, size_t line)
{
	struct secret_key key;
	struct error why;

	if (facts->key_count == GOLOSD_CONFIG_ENTRIES_MAX)
		complain(facts, line, "more private keys than are read");
	else if (wif_decode(&key, value.text, value.len, &why) != GW_OK ||
		 secret_key_public(&facts->keys[facts->key_count], &key) != GW_OK)
		complain(facts, line, "private-key is no WIF");
	else
		facts->key_count++;
	secret_key_wipe(&key);
}

/* false at the first section: golosd's own options stand before it. */
static bool take_line(struct golosd_config_facts *facts, struct span line, size_t number)
{
	line = trim(line);
	if (line.len == 0 || line.text[0] == '#')
		return true;
	if (line.text[0] == '[')
		return false;
	const char *equal = memchr(line.text, '=', line.len);

	if (!equal)
		return true;
	size_t name_len = (size_t)(equal - line.text);
	struct span name = trim((struct span){line.text, name_len});
	struct span value = trim((struct span){equal + 1, line.len - name_len - 1});

	if (equals(name, "witness"))
		take_witness(facts, value, number);
	else if (equals(name, "private-key"))
		take_key(facts, value, number);
	return true;
}

void golosd_config_parse(struct golosd_config_facts *ret, const char *text, size_t len)
{
	struct golosd_config_facts facts = {.readable = true};
	size_t number = 1;

	for (size_t at = 0; at < len; number++) {
		const char *end = memchr(text + at, '\n', len - at);
		size_t stop = end ? (size_t)(end - text) : len;

		if (!take_line(&facts, (struct span){text + at, stop - at}, number))
			break;
		at = stop + 1;
	}
	*ret = facts;
}

/* Under the packaged unit, whose ProtectHome= is yes, these are empty. */
static bool is_hidden(const char *path)
{
	return strncmp(path, "/home/", 6) == 0 || strncmp(path, "/root/", 6) == 0 ||
	       strncmp(path, "/run/user/", 10) == 0;
}

void golosd_config_read(struct golosd_config_facts *ret, int fd, int open_errno, const char *path)
{
	struct golosd_config_facts facts = {.readable = false};
	struct error err = {.text = ""};
	char *text = fd >= 0 ? sodium_malloc(GOLOSD_CONFIG_BYTES_MAX) : NULL;
	size_t len = 0;

	if (fd < 0)
		snprintf(facts.text, sizeof(facts.text), "%.120s: %s%s", path, strerror(open_errno),
			 is_hidden(path) ? " (the systemd unit hides /home and /root: ProtectHome=)" : "");
	else if (!text)
		snprintf(facts.text, sizeof(facts.text), "%.180s: no memory", path);
	else if (file_read_whole(fd, path, text, GOLOSD_CONFIG_BYTES_MAX, &len, &err) != GW_OK)
		snprintf(facts.text, sizeof(facts.text), "%.250s", err.text);
	else
		golosd_config_parse(&facts, text, len);
	sodium_free(text);
	if (fd >= 0)
		close(fd);
	*ret = facts;
}
