/* SPDX-License-Identifier: MIT
 *
 * Addresses of nodes, checked. Pure.
 */
#include "node/url.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "base/hex_digit.h"
#include "node/nodes.h"

static gw_status decode_login(char ret[URL_SIZE], const char *text, size_t len)
{
	size_t out = 0;

	for (size_t i = 0; i < len; i++) {
		int c = (unsigned char)text[i];

		if (c == '%') {
			int high = i + 2 < len ? hex_digit(text[i + 1]) : -1;
			int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

			if (low < 0 || high * 16 + low < 0x20)
				return GW_ERR_SYNTAX;
			c = high * 16 + low;
			i += 2;
		}
		ret[out++] = (char)c;
	}
	ret[out] = '\0';
	return strchr(ret, ':') ? GW_OK : GW_ERR_SYNTAX;
}

/* Letters, digits, '-', '.', '_' and, in brackets, ':' and '%' of IPv6. */
static bool host_is_good(const char *host, size_t len, bool brackets)
{
	if (len == 0 || len >= URL_HOST_SIZE)
		return false;
	for (size_t i = 0; i < len; i++) {
		char c = host[i];
		bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.';

		if (!plain && !(brackets ? c == ':' || c == '%' : c == '-' || c == '_'))
			return false;
	}
	return true;
}

static gw_status parse_port(uint16_t *ret, const char *text, size_t len, struct error *err)
{
	uint32_t port = 0;

	for (size_t i = 0; i < len; i++) {
		if (text[i] < '0' || text[i] > '9')
			return error_set(err, GW_ERR_SYNTAX, "the port is not a number");
		port = port * 10 + (uint32_t)(text[i] - '0');
		if (port > UINT16_MAX)
			break;
	}
	if (len == 0 || port < 1 || port > UINT16_MAX)
		return error_set(err, GW_ERR_RANGE, "the port is not in 1 to 65535");
	*ret = (uint16_t)port;
	return GW_OK;
}

/* host[:port] */
static gw_status parse_authority(struct url *url, const char *text, size_t len, struct error *err)
{
	bool brackets = len > 0 && text[0] == '[';
	const char *host = text + (brackets ? 1 : 0);
	const char *stop = memchr(host, brackets ? ']' : ':', len - (brackets ? 1 : 0));
	const char *end = text + len;

	if (brackets && !stop)
		return error_set(err, GW_ERR_SYNTAX, "the bracket of the IPv6 address is not closed");
	const char *host_end = stop ? stop : end;
	const char *rest = brackets ? host_end + 1 : host_end;

	if (!host_is_good(host, (size_t)(host_end - host), brackets))
		return error_set(err, GW_ERR_SYNTAX, "the host is missing or has characters that no host has");
	snprintf(url->host, sizeof(url->host), "%.*s", (int)(host_end - host), host);
	if (rest == end) {
		url->port = url->tls ? URL_PORT_WSS : URL_PORT_WS;
		return GW_OK;
	}
	if (*rest != ':')
		return error_set(err, GW_ERR_SYNTAX, "text after the host is not a port");
	return parse_port(&url->port, rest + 1, (size_t)(end - rest - 1), err);
}

static gw_status parse_url(struct url *url, const char *text, struct error *err)
{
	url->tls = strncmp(text, "wss://", 6) == 0;
	if (!url->tls && strncmp(text, "ws://", 5) != 0)
		return error_set(err, GW_ERR_SYNTAX, "it does not begin with ws:// or wss://");
	for (const char *at = text; *at; at++)
		if (*at <= ' ' || *at > '~')
			return error_set(err, GW_ERR_SYNTAX, "it has a space or another character that no URL has");
	if (strchr(text, '#'))
		return error_set(err, GW_ERR_SYNTAX, "it has a fragment (#…)");
	const char *rest = text + (url->tls ? 6 : 5), *end = rest + strcspn(rest, "/?");
	const char *at = memrchr(rest, '@', (size_t)(end - rest));

	if (at && decode_login(url->login, rest, (size_t)(at - rest)))
		return error_set(err, GW_ERR_SYNTAX,
				 "what stands before the @ is not user:password (%%XX for odd signs)");
	if (at)
		rest = at + 1;
	snprintf(url->path, sizeof(url->path), "%s%s", *end == '/' ? "" : "/", end);
	return parse_authority(url, rest, (size_t)(end - rest), err);
}

gw_status url_parse(struct url *ret, const char *text, struct error *err)
{
	struct url url = {.tls = false};
	char shown[URL_SIZE];

	if (strlen(text) >= URL_SIZE - 1)
		return error_set(err, GW_ERR_RANGE, "endpoint: the URL is longer than %d characters", URL_SIZE - 2);
	gw_status status = parse_url(&url, text, err);
	if (status) {
		nodes_url_public(shown, sizeof(shown), text);
		error_prefix(err, "endpoint \"%s\"", shown);
	} else {
		*ret = url;
	}
	explicit_bzero(&url, sizeof(url));
	return status;
}

gw_status nodes_url_check(const char *url, struct error *err)
{
	struct url parsed;

	gw_status status = url_parse(&parsed, url, err);
	explicit_bzero(&parsed, sizeof(parsed));
	return status;
}

/* Cuts at the last @ of all the text, for a bad URL may hold a password in an odd place. */
void nodes_url_public(char *ret, size_t size, const char *url)
{
	const char *scheme_end = strstr(url, "://");
	const char *at = strrchr(url, '@');
	int scheme_len = scheme_end ? (int)(scheme_end + 3 - url) : 0;

	if (!at || at < url + scheme_len)
		snprintf(ret, size, "%s", url);
	else
		snprintf(ret, size, "%.*s%s", scheme_len, url, at + 1);
}

void url_authorization(char *ret, size_t size, const struct url *url)
{
	static const char scheme[] = "Basic ";
	size_t len = strlen(url->login);

	ret[0] = '\0';
	if (len == 0 || sizeof(scheme) + (len + 2) / 3 * 4 > size)
		return;
	memcpy(ret, scheme, sizeof(scheme) - 1);
	EVP_EncodeBlock((unsigned char *)ret + sizeof(scheme) - 1, (const unsigned char *)url->login, (int)len);
}
