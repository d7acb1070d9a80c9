/* SPDX-License-Identifier: MIT
 * See round.h. */
#include "fetch/program/round.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

#define HEADERS_MAX 16384 /* bytes of a server's whole head */

struct transfer {
	CURL *easy; /* NULL: free */
	uint32_t item;
	const struct fetch_url *url;
	size_t head_len;
	bool is_too_long;		/* the body, or the head */
	char refused[INET6_ADDRSTRLEN]; /* the address that we would not connect to; "": none */
	char why[CURL_ERROR_SIZE];
	size_t body_len;
	char body[FETCH_BODY_MAX];
};

struct run {
	const struct round_setup *setup;
	const struct fetch_round *round;
	CURLM *multi;
	int64_t begun_ms;
	uint32_t next; /* the first item that is not begun */
	struct transfer transfers[ROUND_AT_A_TIME];
	struct fetch_message message;
	uint8_t bytes[FETCH_MESSAGE_MAX];
};

/* ---- what curl asks of us --------------------------------------------------------------------------------------- */

/* The one place at which a connection begins: `address` is where it really goes. */
static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
	struct transfer *transfer = context;
	const void *at = address->family == AF_INET ? (const void *)&((struct sockaddr_in *)&address->addr)->sin_addr
						    : (const void *)&((struct sockaddr_in6 *)&address->addr)->sin6_addr;

	if (purpose == CURLSOCKTYPE_IPCXN && fetch_may_connect(transfer->url, &address->addr))
		return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
	if (!inet_ntop(address->family, at, transfer->refused, sizeof(transfer->refused)))
		memcpy(transfer->refused, "?", sizeof("?"));
	return CURL_SOCKET_BAD;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	size_t len = size * count;

	if (len > sizeof(transfer->body) - transfer->body_len) {
		transfer->is_too_long = true;
		return 0;
	}
	memcpy(transfer->body + transfer->body_len, bytes, len);
	transfer->body_len += len;
	return len;
}

static size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;

	(void)bytes;
	transfer->head_len += size * count;
	if (transfer->head_len > HEADERS_MAX) {
		transfer->is_too_long = true;
		return 0;
	}
	return size * count;
}

/* ---- one answer ------------------------------------------------------------------------------------------------- */

static bool send_answer(struct run *run)
{
	size_t len;

	for (char *at = run->message.answer.text; *at; at++) /* a server's words may be in it */
		if (*at < ' ' || *at > '~')
			*at = '?';
	return fetch_encode(run->bytes, &len, &run->message) == GW_OK &&
	       send(run->setup->channel, run->bytes, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static struct fetch_answer *begin_answer(struct run *run, uint32_t item, gw_status status)
{
	memset(&run->message, 0, sizeof(run->message));
	run->message.type = FETCH_ANSWER;
	run->message.answer.round = run->round->number;
	run->message.answer.item = item;
	run->message.answer.status = status;
	return &run->message.answer;
}

static void say(struct fetch_answer *answer, gw_status status, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void say(struct fetch_answer *answer, gw_status status, const char *fmt, ...)
{
	va_list args;

	answer->status = status;
	va_start(args, fmt);
	vsnprintf(answer->text, sizeof(answer->text), fmt, args);
	va_end(args);
}

static const char *header(CURL *easy, const char *name)
{
	struct curl_header *found;

	return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &found) == CURLHE_OK ? found->value : "";
}

/* A cache says how long it has kept an answer (Age), and the server when it made it (Date). */
static int64_t age_s(CURL *easy)
{
	int64_t made_s = curl_getdate(header(easy, "Date"), NULL);
	int64_t kept_s = strtoll(header(easy, "Age"), NULL, 10);
	int64_t since_s = made_s > 0 ? (int64_t)time(NULL) - made_s : 0;
	int64_t age = kept_s > since_s ? kept_s : since_s;

	return age < 0 ? 0 : age > FETCH_AGE_MAX ? FETCH_AGE_MAX : age;
}

static void take_whole(struct fetch_answer *answer, const struct transfer *transfer)
{
	long code = 0;

	curl_easy_getinfo(transfer->easy, CURLINFO_RESPONSE_CODE, &code);
	answer->http_status = code >= 100 && code <= 999 ? (int32_t)code : 0;
	answer->age_s = age_s(transfer->easy);
	if (code >= 300 && code < 400)
		say(answer, GW_ERR_PROTOCOL, "the server answers %ld, a redirect, and none is followed", code);
	else if (code != 200)
		say(answer, GW_ERR_PROTOCOL, "the server answers %ld", code);
	if (code != 200)
		return;
	memcpy(answer->body, transfer->body, transfer->body_len);
	answer->body_len = (uint32_t)transfer->body_len;
}

static void take_failure(struct fetch_answer *answer, const struct transfer *transfer, CURLcode code)
{
	const char *why = transfer->why[0] ? transfer->why : curl_easy_strerror(code);

	if (transfer->is_too_long)
		say(answer, GW_ERR_RANGE, "the answer is longer than %u bytes, or its head than %d", FETCH_BODY_MAX,
		    HEADERS_MAX);
	else if (code == CURLE_FILESIZE_EXCEEDED)
		say(answer, GW_ERR_RANGE, "the answer is longer than %u bytes", FETCH_BODY_MAX);
	else if (transfer->refused[0] && code == CURLE_COULDNT_CONNECT)
		say(answer, GW_ERR_TRUST,
		    "%.90s leads to %s, which is no address of the internet: refused unless the configuration writes "
		    "it",
		    transfer->url->host, transfer->refused);
	else if (code == CURLE_PEER_FAILED_VERIFICATION)
		say(answer, GW_ERR_TRUST, "the server's certificate is refused: %s", why);
	else if (code == CURLE_OPERATION_TIMEDOUT)
		say(answer, GW_ERR_TIMEOUT, "no whole answer in time: %s", why);
	else
		say(answer, GW_ERR_UNAVAILABLE, "no answer: %s", why);
}

static bool finish(struct run *run, struct transfer *transfer, CURLcode code)
{
	struct fetch_answer *answer = begin_answer(run, transfer->item, GW_OK);

	if (code == CURLE_OK)
		take_whole(answer, transfer);
	else
		take_failure(answer, transfer, code);
	curl_multi_remove_handle(run->multi, transfer->easy);
	curl_easy_cleanup(transfer->easy);
	transfer->easy = NULL;
	return send_answer(run);
}

/* ---- one question ----------------------------------------------------------------------------------------------- */

/* What curl would do beside what we ask of it: take proxies from variables and passwords from .netrc, follow, keep
 * cookies and connections, speak twenty protocols. */
static bool configure(const struct run *run, struct transfer *transfer, const char *text, int64_t left_ms)
{
	CURL *easy = transfer->easy;
	bool ok = true;

#define SET(option, value) (ok = curl_easy_setopt(easy, (option), (value)) == CURLE_OK && ok)
	SET(CURLOPT_URL, text);
	SET(CURLOPT_PROTOCOLS_STR, transfer->url->is_https ? "https" : "http");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_PROXY, "");
	SET(CURLOPT_NOPROXY, "*");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	if (run->setup->ca_file) {
		SET(CURLOPT_CAINFO, run->setup->ca_file);
		SET(CURLOPT_CAPATH, NULL);
	}
	SET(CURLOPT_FRESH_CONNECT, 1L);
	SET(CURLOPT_FORBID_REUSE, 1L);
	SET(CURLOPT_TIMEOUT_MS, (long)left_ms);
	SET(CURLOPT_MAXFILESIZE, (long)FETCH_BODY_MAX);
	SET(CURLOPT_USERAGENT, "golos-watch/" GW_VERSION);
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_QUICK_EXIT, 1L); /* a resolver that hangs is not waited for */
	SET(CURLOPT_ERRORBUFFER, transfer->why);
	SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
	SET(CURLOPT_OPENSOCKETDATA, transfer);
	SET(CURLOPT_WRITEFUNCTION, take_body);
	SET(CURLOPT_WRITEDATA, transfer);
	SET(CURLOPT_HEADERFUNCTION, take_header);
	SET(CURLOPT_HEADERDATA, transfer);
	SET(CURLOPT_PRIVATE, transfer);
#undef SET
	return ok;
}

static bool refuse_item(struct run *run, uint32_t item, gw_status status, const char *why)
{
	say(begin_answer(run, item, status), status, "%s", why);
	return send_answer(run);
}

/* Begins one, or answers that it cannot be. */
static bool begin(struct run *run, struct transfer *transfer, uint32_t item)
{
	const struct fetch_item *wanted = &run->round->items[item];
	int64_t left_ms = run->begun_ms + wanted->deadline_ms - clock_ms(CLOCK_MONOTONIC);

	if (left_ms <= 0)
		return refuse_item(run, item, GW_ERR_TIMEOUT, "no time was left to ask: others took it");
	transfer->item = item;
	transfer->url = &run->setup->urls[wanted->address];
	transfer->head_len = transfer->body_len = 0;
	transfer->is_too_long = false;
	transfer->refused[0] = transfer->why[0] = 0;
	transfer->easy = curl_easy_init();
	if (!transfer->easy ||
	    !configure(run, transfer, run->setup->texts[wanted->address],
		       left_ms < FETCH_REQUEST_MS ? left_ms : FETCH_REQUEST_MS) ||
	    curl_multi_add_handle(run->multi, transfer->easy) != CURLM_OK) {
		curl_easy_cleanup(transfer->easy);
		transfer->easy = NULL;
		return refuse_item(run, item, GW_ERR_INTERNAL, "curl cannot ask for it");
	}
	return true;
}

static bool begin_more(struct run *run)
{
	bool ok = true;

	for (size_t i = 0; i < ROUND_AT_A_TIME; i++)
		while (ok && !run->transfers[i].easy && run->next < run->round->count)
			ok = begin(run, &run->transfers[i], run->next++);
	return ok;
}

static bool take_finished(struct run *run)
{
	bool ok = true;
	int left;

	for (CURLMsg *done; ok && (done = curl_multi_info_read(run->multi, &left));) {
		CURLcode code = done->data.result;
		char *transfer = NULL;

		curl_easy_getinfo(done->easy_handle, CURLINFO_PRIVATE, &transfer);
		ok = finish(run, (struct transfer *)(void *)transfer, code);
	}
	return ok;
}

static bool is_busy(const struct run *run)
{
	for (size_t i = 0; i < ROUND_AT_A_TIME; i++)
		if (run->transfers[i].easy)
			return true;
	return false;
}

bool round_run(const struct round_setup *setup, const struct fetch_round *round)
{
	struct run *run = calloc(1, sizeof(*run));
	int running;

	if (!run)
		return false;
	run->setup = setup;
	run->round = round;
	run->begun_ms = clock_ms(CLOCK_MONOTONIC);
	run->multi = curl_multi_init();
	bool ok = run->multi && begin_more(run);
	while (ok && is_busy(run)) {
		ok = curl_multi_perform(run->multi, &running) == CURLM_OK && take_finished(run) && begin_more(run);
		if (ok && is_busy(run))
			ok = curl_multi_poll(run->multi, NULL, 0, 1000, NULL) == CURLM_OK;
	}
	curl_multi_cleanup(run->multi);
	free(run);
	return ok;
}
