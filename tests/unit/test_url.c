/* SPDX-License-Identifier: MIT */
#include "test.h"

#include "node/nodes.h"
#include "node/url.h"

TEST(good)
{
	static const struct {
		const char *text, *host, *path, *login;
		uint16_t port;
		bool tls;
	} good[] = {
		{"ws://127.0.0.1:8091", "127.0.0.1", "/", "", 8091, false},
		{"ws://golos", "golos", "/", "", 8091, false},
		{"wss://api.golos.id", "api.golos.id", "/", "", 443, true},
		{"wss://api.golos.id:65535/ws?a=b", "api.golos.id", "/ws?a=b", "", 65535, true},
		{"ws://[::1]:1/", "::1", "/", "", 1, false},
		{"ws://[fe80::1%eth0]", "fe80::1%eth0", "/", "", 8091, false},
		{"ws://node_1?x", "node_1", "/?x", "", 8091, false},
		{"wss://user:pass@host/x", "host", "/x", "user:pass", 443, true},
		{"ws://user:p%40ss%3aw@host:80", "host", "/", "user:p@ss:w", 80, false},
	};

	for (size_t i = 0; i < COUNT(good); i++) {
		struct url url;
		struct error err;

		if (url_parse(&url, good[i].text, &err))
			fail_msg("%s", err.text);
		assert_string_equal(url.host, good[i].host);
		assert_string_equal(url.path, good[i].path);
		assert_string_equal(url.login, good[i].login);
		assert_int_equal(url.port, good[i].port);
		assert_int_equal(url.tls, good[i].tls);
	}
}

TEST(bad)
{
	static const char *const bad[] = {
		"",
		"127.0.0.1:8091",
		"http://127.0.0.1:8090",
		"WS://host",
		"ws:/host",
		"ws://",
		"ws://:8091",
		"ws://host:",
		"ws://host:0",
		"ws://host:65536",
		"ws://host:99999999999999999999",
		"ws://host:80a",
		"ws://host:-1",
		"ws://ho st",
		"ws://host/a\nb",
		"ws://h\xc3\xb6st",
		"ws://host#part",
		"ws://host/#part",
		"ws://[::1",
		"ws://[::1]8091",
		"ws://::1",
		"ws://user@host",
		"ws://user:pa%zzs@host",
		"ws://user:pa%0ds@host",
		"ws://user:pa%0@host",
		"ws://user:pass@",
	};
	char longest[URL_SIZE + 16] = "ws://host/";

	for (size_t i = 0; i < COUNT(bad); i++) {
		struct error err = {.text = ""};

		if (nodes_url_check(bad[i], &err) == GW_OK)
			fail_msg("%s is taken", bad[i]);
		assert_true(strlen(err.text) > 0);
	}
	memset(longest + 10, 'a', URL_SIZE);
	assert_int_not_equal(nodes_url_check(longest, NULL), GW_OK);
}

/* Neither in the public text nor in an error is there ever a login, however odd the URL. */
TEST(login_stays_secret)
{
	static const struct {
		const char *text, *public_text;
	} urls[] = {
		{"ws://host:1/x", "ws://host:1/x"},
		{"wss://user:secret@host/x", "wss://host/x"},
		{"ws://user:secret@host:99999", "ws://host:99999"},
		{"ws://user:sec/ret@host", "ws://host"},
		{"ws://user:secret@x@host:y", "ws://host:y"},
		{"http://user:secret@host", "http://host"},
		{"user:secret@host", "host"},
	};

	for (size_t i = 0; i < COUNT(urls); i++) {
		struct error err = {.text = ""};
		char text[128];

		nodes_url_public(text, sizeof(text), urls[i].text);
		assert_string_equal(text, urls[i].public_text);
		if (nodes_url_check(urls[i].text, &err))
			assert_null(strstr(err.text, "sec"));
	}
}

/* RFC 7617's own example, and the other two lengths of padding (RFC 4648, 10). */
TEST(authorization)
{
	static const char *const cases[][2] = {
		{"ws://Aladdin:open%20sesame@h", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
		{"ws://foo:ba@h", "Basic Zm9vOmJh"},
		{"ws://f:oba@h", "Basic ZjpvYmE="},
		{"ws://h", ""},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct url url;
		struct error err;
		char text[URL_SIZE * 4 / 3 + 16];

		assert_int_equal(url_parse(&url, cases[i][0], &err), GW_OK);
		url_authorization(text, sizeof(text), &url);
		assert_string_equal(text, cases[i][1]);
	}
}
