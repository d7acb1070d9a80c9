/* SPDX-License-Identifier: MIT
 * See address.h. The ranges are those of IANA's registries of special-purpose addresses (RFC 6890 and later). */
#include "fetch/wire/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* ---- inside ----------------------------------------------------------------------------------------------------- */

#define V4(a, b, c, d) ((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

static bool is_inside4(uint32_t address)
{
	static const struct {
		uint32_t net;
		unsigned bits;
	} ranges[] = {
		{V4(0, 0, 0, 0), 8},	  {V4(10, 0, 0, 0), 8},	    {V4(100, 64, 0, 0), 10}, /* carriers' own */
		{V4(127, 0, 0, 0), 8},	  {V4(169, 254, 0, 0), 16}, {V4(172, 16, 0, 0), 12}, {V4(192, 0, 0, 0), 24},
		{V4(192, 0, 2, 0), 24},	  {V4(192, 168, 0, 0), 16}, {V4(198, 18, 0, 0), 15}, {V4(198, 51, 100, 0), 24},
		{V4(203, 0, 113, 0), 24}, {V4(224, 0, 0, 0), 4},    {V4(240, 0, 0, 0), 4},
	};

	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		if ((address ^ ranges[i].net) >> (32 - ranges[i].bits) == 0)
			return true;
	return false;
}

static uint32_t read4(const uint8_t *at)
{
	return V4(at[0], at[1], at[2], at[3]);
}

/* Of IPv6 only what is handed out to the world (2000::/3) is outside; the forms that hold a v4 address are as that is. */
static bool is_inside6(const uint8_t *a)
{
	static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
	static const uint8_t translated[12] = {0, 0x64, 0xff, 0x9b};

	if (memcmp(a, mapped, sizeof(mapped)) == 0 || memcmp(a, translated, sizeof(translated)) == 0)
		return is_inside4(read4(a + 12));
	if (a[0] == 0x20 && a[1] == 0x02) /* 6to4 */
		return is_inside4(read4(a + 2));
	if (a[0] == 0x20 && a[1] == 0x01 && a[2] < 2) /* Teredo and its neighbours, 2001::/23 */
		return true;
	if (a[0] == 0x20 && a[1] == 0x01 && a[2] == 0x0d && a[3] == 0xb8) /* for books */
		return true;
	return a[0] >> 5 != 1;
}

bool fetch_is_inside(const struct sockaddr *address)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} copy;

	if (address->sa_family == AF_INET) {
		memcpy(&copy, address, sizeof(copy.v4));
		return is_inside4(ntohl(copy.v4.sin_addr.s_addr));
	}
	if (address->sa_family == AF_INET6) {
		memcpy(&copy, address, sizeof(copy.v6));
		return is_inside6(copy.v6.sin6_addr.s6_addr);
	}
	return true;
}

static bool is_loopback(const struct sockaddr *address)
{
	const struct sockaddr_in6 *v6 = (const void *)address;
	const struct sockaddr_in *v4 = (const void *)address;

	return (address->sa_family == AF_INET && ntohl(v4->sin_addr.s_addr) >> 24 == 127) ||
	       (address->sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr));
}

bool fetch_may_connect(const struct fetch_url *url, const struct sockaddr *address)
{
	if (url->is_loopback)
		return is_loopback(address);
	return url->is_literal || !fetch_is_inside(address);
}

/* ---- as it is written ------------------------------------------------------------------------------------------- */

static gw_status refuse(struct error *err, const char *why)
{
	return error_set(err, GW_ERR_SYNTAX, "%s", why);
}

static bool is_printable(const char *text)
{
	for (; *text; text++)
		if (*text <= ' ' || *text > '~' || strchr("\"<>\\^`{|}#", *text))
			return false;
	return true;
}

static bool is_port(const char *text, size_t len)
{
	unsigned long port = 0;

	if (len == 0 || len > 5 || strspn(text, "0123456789") < len)
		return false;
	for (size_t i = 0; i < len; i++)
		port = port * 10 + (unsigned long)(text[i] - '0');
	return port > 0 && port < 65536;
}

static void look_at_host(struct fetch_url *url, bool is_bracketed)
{
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} address = {.v6 = {.sin6_family = is_bracketed ? AF_INET6 : AF_INET}};

	url->is_literal = is_bracketed ? inet_pton(AF_INET6, url->host, &address.v6.sin6_addr) == 1
				       : inet_pton(AF_INET, url->host, &address.v4.sin_addr) == 1;
	url->is_loopback =
		url->is_literal ? is_loopback(&address.any) : !is_bracketed && strcmp(url->host, "localhost") == 0;
}

/* HOST[:PORT], `len` bytes of it. */
static gw_status read_authority(struct fetch_url *url, const char *text, size_t len, struct error *err)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
	bool is_bracketed = text[0] == '[';
	const char *host = text + is_bracketed;
	size_t host_len = strcspn(host, is_bracketed ? "]" : ":/?");

	if (memchr(text, '@', len))
		return refuse(err, "a user or password in an address is not taken");
	if (host_len == 0 || host_len >= sizeof(url->host) || host_len + is_bracketed > len)
		return refuse(err, "an address without a proper host");
	memcpy(url->host, host, host_len);
	url->host[host_len] = 0;
	const char *rest = host + host_len + is_bracketed;
	if (rest < text + len && (*rest != ':' || !is_port(rest + 1, (size_t)(text + len - rest - 1))))
		return refuse(err, "a port from 1 to 65535 is expected behind the host's ':'");
	look_at_host(url, is_bracketed);
	if (is_bracketed ? !url->is_literal : strspn(url->host, letters) != host_len)
		return refuse(err, "an address without a proper host");
	return GW_OK;
}

gw_status fetch_url_parse(struct fetch_url *ret, const char *text, struct error *err)
{
	struct fetch_url url = {.is_https = strncmp(text, "https://", 8) == 0};
	const char *authority = text + (url.is_https ? 8 : 7);

	if (!url.is_https && strncmp(text, "http://", 7) != 0)
		return refuse(err, "an address that begins with https:// is expected");
	if (strlen(text) >= FETCH_URL_SIZE)
		return refuse(err, "an address of more than 2048 bytes");
	if (!is_printable(text))
		return refuse(err, "an address has letters, digits and signs of a URL alone: write others as %XX");
	gw_status status = read_authority(&url, authority, strcspn(authority, "/?"), err);
	if (status != GW_OK)
		return status;
	if (!url.is_https && !url.is_loopback)
		return error_set(err, GW_ERR_SYNTAX, "http is taken for loopback alone: https://%s is expected",
				 url.host);
	*ret = url;
	return GW_OK;
}
