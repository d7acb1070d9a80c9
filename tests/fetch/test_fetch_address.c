/* SPDX-License-Identifier: MIT
 *
 * Which addresses a configuration may write, and which lead inside.
 */
#include "test.h"

#include <arpa/inet.h>

#include "fetch/wire/address.h"

TEST(addresses_inside)
{
	static const struct {
		const char *text;
		bool inside;
	} rows[] = {
		{"0.0.0.0", true},
		{"9.255.255.255", false},
		{"10.0.0.0", true},
		{"10.255.255.255", true},
		{"11.0.0.0", false},
		{"100.63.255.255", false},
		{"100.64.0.0", true},
		{"100.127.255.255", true},
		{"100.128.0.0", false},
		{"127.0.0.1", true},
		{"127.255.255.255", true},
		{"128.0.0.0", false},
		{"169.254.169.254", true},
		{"172.15.255.255", false},
		{"172.16.0.0", true},
		{"172.31.255.255", true},
		{"172.32.0.0", false},
		{"192.0.0.1", true},
		{"192.168.1.1", true},
		{"192.169.0.0", false},
		{"198.18.0.1", true},
		{"198.20.0.0", false},
		{"223.255.255.255", false},
		{"224.0.0.1", true},
		{"255.255.255.255", true},
		{"8.8.8.8", false},
		{"::", true},
		{"::1", true},
		{"::ffff:127.0.0.1", true},
		{"::ffff:8.8.8.8", false},
		{"::ffff:10.1.2.3", true},
		{"::7f00:1", true},
		{"64:ff9b::7f00:1", true},
		{"64:ff9b::808:808", false},
		{"fe80::1", true},
		{"febf::1", true},
		{"fc00::1", true},
		{"fdff::1", true},
		{"fec0::1", true},
		{"ff02::1", true},
		{"2001:4860:4860::8888", false},
		{"2001::1", true},
		{"2001:db8::1", true},
		{"2002:7f00:1::", true},
		{"2002:808:808::", false},
		{"2606:4700::1111", false},
		{"3fff:ffff::1", false},
		{"4000::1", true},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
		struct sockaddr_in v4 = {.sin_family = AF_INET};
		bool is_v4 = inet_pton(AF_INET, rows[i].text, &v4.sin_addr) == 1;

		assert_true(is_v4 || inet_pton(AF_INET6, rows[i].text, &v6.sin6_addr) == 1);
		if (fetch_is_inside(is_v4 ? (const void *)&v4 : (const void *)&v6) != rows[i].inside)
			fail_msg("%s", rows[i].text);
	}
	assert_true(fetch_is_inside(&(const struct sockaddr){.sa_family = AF_UNIX}));
}

TEST(what_may_be_connected_to)
{
	static const struct {
		const char *url, *address;
		bool may;
	} rows[] = {
		{"https://a.example/", "8.8.8.8", true},     {"https://a.example/", "10.0.0.1", false},
		{"https://a.example/", "127.0.0.1", false},  {"https://10.0.0.1/", "10.0.0.1", true},
		{"https://localhost/", "127.0.0.1", true},   {"https://localhost/", "8.8.8.8", false},
		{"https://localhost/", "10.0.0.1", false},   {"http://127.0.0.1/", "127.0.0.1", true},
		{"https://127.1/", "127.0.0.1", false},	     {"https://x.localhost/", "127.0.0.1", false},
		{"https://localhost./", "127.0.0.1", false},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct sockaddr_in v4 = {.sin_family = AF_INET};
		struct fetch_url url;
		struct error err;

		assert_int_equal(inet_pton(AF_INET, rows[i].address, &v4.sin_addr), 1);
		assert_int_equal(fetch_url_parse(&url, rows[i].url, &err), GW_OK);
		if (fetch_may_connect(&url, (const struct sockaddr *)&v4) != rows[i].may)
			fail_msg("%s to %s", rows[i].url, rows[i].address);
	}
}

TEST(addresses_that_are_refused)
{
	static const struct {
		const char *url, *why;
	} rows[] = {
		{"", "an address that begins with https:// is expected"},
		{"ftp://a/", "an address that begins with https:// is expected"},
		{"HTTPS://a/", "an address that begins with https:// is expected"},
		{"http://a.example/", "http is taken for loopback alone: https://a.example is expected"},
		{"http://127.1/", "http is taken for loopback alone: https://127.1 is expected"},
		{"https://", "an address without a proper host"},
		{"https:///p", "an address without a proper host"},
		{"https://a_b c/", "an address has letters, digits and signs of a URL alone: write others as %XX"},
		{"https://a/\xd1\x8f", "an address has letters, digits and signs of a URL alone: write others as %XX"},
		{"https://a/#x", "an address has letters, digits and signs of a URL alone: write others as %XX"},
		{"https://user:word@a/", "a user or password in an address is not taken"},
		{"https://a:0/", "a port from 1 to 65535 is expected behind the host's ':'"},
		{"https://a:65536/", "a port from 1 to 65535 is expected behind the host's ':'"},
		{"https://a:/", "a port from 1 to 65535 is expected behind the host's ':'"},
		{"https://[::1]x/", "a port from 1 to 65535 is expected behind the host's ':'"},
		{"https://[::1/", "an address without a proper host"},
		{"https://[::g]/", "an address without a proper host"},
		{"https://a%2f/", "an address without a proper host"},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct fetch_url url;
		struct error err = {.text = ""};

		assert_int_equal(fetch_url_parse(&url, rows[i].url, &err), GW_ERR_SYNTAX);
		if (strcmp(err.text, rows[i].why) != 0)
			fail_msg("%s: %s", rows[i].url, err.text);
	}
}
