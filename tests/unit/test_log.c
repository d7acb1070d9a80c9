/* SPDX-License-Identifier: MIT
 * base/log.c, read back through a pipe in stderr's place. */
#include "test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "base/log_journal.h"

static char captured[65536];
static int saved_stderr, reading;

static void capture_begin(void)
{
	int ends[2];

	assert_int_equal(pipe(ends), 0);
	saved_stderr = dup(STDERR_FILENO);
	assert_true(saved_stderr >= 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	close(ends[1]);
	reading = ends[0];
}

static void capture_end(void)
{
	size_t len = 0;
	ssize_t n;

	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	while ((n = read(reading, captured + len, sizeof(captured) - 1 - len)) > 0)
		len += (size_t)n;
	captured[len] = '\0';
	close(reading);
}

static int set_up(void **state)
{
	(void)state;
	unsetenv("JOURNAL_STREAM");
	log_init("unit", LOG_TEXT, GW_INFO);
	return 0;
}

/* As under systemd, with the writer as it is. */
static int set_up_in_journal(void **state)
{
	(void)state;
	setenv("JOURNAL_STREAM", "8:1", 1);
	log_init("unit", LOG_TEXT, GW_INFO);
	return 0;
}

TEST(a_text_line_has_time_level_source_and_text, set_up)
{
	capture_begin();
	log_line(GW_WARNING, "part", "head %d", 1456);
	capture_end();
	assert_int_equal(captured[4], '-');
	assert_int_equal(captured[10], 'T');
	assert_int_equal(captured[23], 'Z');
	assert_string_equal(captured + 24, " warning  part: head 1456\n");
}

/* For programs that read the log: what a notice is about, by name. */
TEST(a_notice_has_members_of_its_own, set_up)
{
	const struct log_notice notice = {.code = "switch_due", .instance = "m(\"x\")", .witness = "foo"};
	const struct log_notice bare = {.code = "down"};

	log_set(LOG_JSON, GW_INFO);
	capture_begin();
	log_notice(GW_WARNING, "m", &notice, "it is due");
	log_notice(GW_WARNING, "host", &bare, "gone");
	log_line(GW_WARNING, "host", "no notice");
	capture_end();
	assert_non_null(strstr(captured, "\"text\":\"it is due (switch_due)\",\"code\":\"switch_due\",\"instance\":"
					 "\"m(\\\"x\\\")\",\"witness\":\"foo\"}\n"));
	assert_non_null(strstr(captured, "\"text\":\"gone (down)\",\"code\":\"down\"}\n"));
	assert_non_null(strstr(captured, "\"text\":\"no notice\"}\n"));
	log_set(LOG_TEXT, GW_INFO);
	capture_begin();
	log_notice(GW_WARNING, "m", &notice, "it is due");
	capture_end();
	assert_non_null(strstr(captured, " m: it is due (switch_due)\n"));
}

TEST(lines_below_the_level_are_left_out, set_up)
{
	capture_begin();
	log_line(GW_DEBUG, NULL, "unseen");
	log_set(LOG_TEXT, GW_DEBUG);
	log_line(GW_DEBUG, NULL, "seen");
	capture_end();
	assert_null(strstr(captured, "unseen"));
	assert_non_null(strstr(captured, " debug    unit: seen\n"));
}

TEST(the_journal_gets_priorities_and_no_time, set_up)
{
	setenv("JOURNAL_STREAM", "8:1", 1);
	log_init("unit", LOG_TEXT, GW_DEBUG);
	capture_begin();
	log_line(GW_DEBUG, NULL, "a");
	log_line(GW_INFO, NULL, "b");
	log_line(GW_WARNING, NULL, "c");
	log_line(GW_CRITICAL, NULL, "d");
	capture_end();
	assert_string_equal(captured, "<7>unit: a\n<6>unit: b\n<4>unit: c\n<2>unit: d\n");
}

/* Nothing from a node or plugin can begin a line of its own or command a terminal. */
TEST(control_bytes_and_bad_utf8_are_escaped, set_up)
{
	capture_begin();
	log_line(GW_INFO, "a\nb", "x\n<2>forged\x1b[2J \xff делегат \x7f");
	capture_end();
	assert_string_equal(captured + 24, " info     a\\x0ab: x\\x0a<2>forged\\x1b[2J \\xff делегат \\x7f\n");
}

/* Neither 8-bit commands (U+009B is CSI) nor marks that turn a line around (U+202E). */
TEST(other_controls_are_escaped_too, set_up)
{
	capture_begin();
	log_line(GW_INFO, "a",
		 "\xc2\x9b"
		 "2J \xe2\x80\xaegnp \xe2\x81\xa6 ж");
	capture_end();
	assert_string_equal(captured + 24, " info     a: \\x9b2J \\u202egnp \\u2066 ж\n");
	log_set(LOG_JSON, GW_INFO);
	capture_begin();
	log_line(GW_INFO, "a",
		 "\xc2\x9b"
		 "2J \xe2\x80\xaegnp");
	capture_end();
	assert_non_null(strstr(captured, "\"text\":\"\\u009b2J \\u202egnp\""));
	log_set(LOG_TEXT, GW_INFO);
}

TEST(a_json_line_is_json, set_up)
{
	static const char tail[] =
		"\",\"level\":\"critical\",\"source\":\"unit\",\"text\":\"say \\\"a\\\\b\\\"\\u000a ж\"}\n";

	log_set(LOG_JSON, GW_INFO);
	capture_begin();
	log_line(GW_CRITICAL, NULL, "say \"a\\b\"\n ж");
	capture_end();
	assert_memory_equal(captured, "{\"time\":\"", 9);
	assert_string_equal(captured + 9 + 24, tail);
}

TEST(a_long_text_is_cut_and_says_how_much, set_up)
{
	char text[5001];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	capture_begin();
	log_line(GW_INFO, NULL, "%s", text);
	capture_end();
	const char *mark = strstr(captured, "…(+");
	assert_non_null(mark);
	size_t kept = strspn(strstr(captured, "aaaa"), "a");
	assert_int_equal(strtol(mark + strlen("…(+"), NULL, 10), 5000 - (long)kept);
	assert_string_equal(strchr(mark, ' '), " bytes)\n");
}

/* Also where every byte grows to an escape: one line, ended by its newline. */
TEST(the_worst_text_fits, set_up)
{
	char text[5001];

	memset(text, 1, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_set(LOG_JSON, GW_INFO);
	capture_begin();
	log_line(GW_INFO, NULL, "%s", text);
	capture_end();
	size_t len = strlen(captured);
	assert_true(len > 4000u * 6);
	assert_string_equal(captured + len - 3, "\"}\n");
}

TEST(errno_is_kept, set_up)
{
	capture_begin();
	errno = ENOTDIR;
	log_line(GW_INFO, NULL, "text");
	int after = errno;
	capture_end();
	assert_int_equal(after, ENOTDIR);
}

/* ---- a log that nobody reads ------------------------------------------------------------------------------------ */

#define LINES 20000 /* more than the queue takes */

/* Fills the pipe in stderr's place. */
static void fill_pipe(void)
{
	static const char bytes[4096];
	int flags = fcntl(STDERR_FILENO, F_GETFL);

	assert_int_equal(fcntl(STDERR_FILENO, F_SETFL, flags | O_NONBLOCK), 0);
	while (write(STDERR_FILENO, bytes, sizeof(bytes)) > 0)
		;
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(fcntl(STDERR_FILENO, F_SETFL, flags), 0);
}

/* What stands in the pipe up to the line that holds `last`, without what filled it. */
static const char *read_until(const char *last)
{
	static char text[4 << 20];
	size_t len = 0;
	char byte;

	while (len < sizeof(text) - 1 && read(reading, &byte, 1) == 1) {
		if (!byte)
			continue;
		text[len++] = byte;
		text[len] = '\0';
		if (byte == '\n' && strstr(text + (len > 256 ? len - 256 : 0), last))
			return text;
	}
	fail_msg("\"%s\" does not come", last);
	return text;
}

static size_t count(const char *text, const char *part)
{
	size_t n = 0;

	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

/* Who logs waits for nobody; what found no room is counted, and what is grave finds some. */
TEST(a_log_that_nobody_reads_stops_nobody, set_up)
{
	char *end;

	capture_begin();
	fill_pipe();
	log_start_writer();
	for (int i = 0; i < LINES; i++)
		log_line(GW_INFO, NULL, "ordinary %d", i);
	log_line(GW_CRITICAL, NULL, "grave");
	const char *text = read_until("of this log were lost");
	const char *first = strstr(text, "ordinary 0\n"), *grave = strstr(text, "unit: grave\n");

	assert_non_null(first);
	assert_non_null(grave);
	size_t kept = count(text, "ordinary ");
	unsigned long lost = strtoul(strstr(grave + 1, "unit: ") + strlen("unit: "), &end, 10);
	assert_int_equal(strncmp(end, " lines of this log were lost", 28), 0);
	assert_true(lost > 0);
	assert_int_equal(kept + lost, LINES);
	log_line(GW_INFO, NULL, "it flows again");
	assert_non_null(strstr(read_until("it flows"), "unit: it flows again"));
	capture_end();
}

/* An end takes with it what stands in the queue. */
TEST(the_end_waits_for_what_was_said, set_up)
{
	capture_begin();
	for (int i = 0; i < 100; i++)
		log_line(GW_INFO, NULL, "last words %d", i);
	log_end();
	capture_end();
	assert_int_equal(count(captured, "last words "), 100);
}

/* But no longer than it must. */
TEST(the_end_does_not_wait_for_a_reader, set_up)
{
	capture_begin();
	fill_pipe();
	log_line(GW_INFO, NULL, "unread");
	log_end();
	assert_non_null(strstr(read_until("unread"), "unit: unread"));
	log_end();
	capture_end();
}

/* ---- journald's native socket: a stand-in ----------------------------------------------------------------------- */

static char journal_path[sizeof(((struct sockaddr_un *)0)->sun_path)];

static int stand_in_journal(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	memcpy(address.sun_path, journal_path, sizeof(journal_path));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void set_journal_stream(void)
{
	char text[64];
	struct stat st;

	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(text, sizeof(text), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", text, 1);
}

/* The value of a field in the form that takes any bytes, and where the next one begins. */
static const char *next_field(const char *at, const char *name, const char *value)
{
	uint64_t len = 0;

	assert_memory_equal(at, name, strlen(name));
	at += strlen(name);
	assert_int_equal(*at++, '\n');
	for (int i = 0; i < 8; i++)
		len |= (uint64_t)(uint8_t)*at++ << 8 * i;
	assert_int_equal(len, strlen(value));
	assert_memory_equal(at, value, len);
	assert_int_equal(at[len], '\n');
	return at + len + 1;
}

static const struct log_notice due = {.code = "switch_due", .instance = "two\nlines", .witness = "foo"};

/* A variable that a parent left, of another descriptor, changes no notice. */
TEST(a_stream_that_is_not_ours_is_not_journald, set_up)
{
	snprintf(journal_path, sizeof(journal_path), "/tmp/golos-watch-journal-%d", (int)getpid());
	setenv("JOURNAL_STREAM", "8:1", 1);
	int fd = stand_in_journal();

	capture_begin();
	log_journal_start(journal_path);
	log_notice(GW_WARNING, "m", &due, "it is due");
	log_end();
	capture_end();
	assert_non_null(strstr(captured, "m: it is due (switch_due)\n"));
	assert_int_equal(recv(fd, captured, sizeof(captured), MSG_DONTWAIT), -1);
	close(fd);
	remove(journal_path);
}

TEST(journald_gets_a_notice_with_fields, set_up)
{
	int fd = stand_in_journal();

	capture_begin();
	set_journal_stream();
	log_init("unit", LOG_TEXT, GW_INFO);
	log_journal_start(journal_path);
	log_line(GW_WARNING, "m", "no notice");
	log_notice(GW_WARNING, "m", &due, "it is due\nnow");
	log_end();
	capture_end();
	assert_string_equal(captured, "<4>m: no notice\n");
	ssize_t n = recv(fd, captured, sizeof(captured), MSG_DONTWAIT);
	assert_true(n > 0);
	const char *at = next_field(captured, "PRIORITY", "4");
	at = next_field(at, "SYSLOG_IDENTIFIER", "test_log");
	at = next_field(at, "GOLOS_WATCH_CODE", "switch_due");
	at = next_field(at, "GOLOS_WATCH_INSTANCE", "two\nlines");
	at = next_field(at, "GOLOS_WATCH_WITNESS", "foo");
	at = next_field(at, "MESSAGE", "m: it is due\\x0anow (switch_due)");
	assert_int_equal(at - captured, n);
	close(fd);
	remove(journal_path);
}

/* A notice is never lost for journald, and nobody waits for it. */
TEST(a_journald_that_is_full_or_gone_gets_lines, set_up_in_journal)
{
	char datagram[1024];
	size_t taken = 0;

	int fd = stand_in_journal();

	capture_begin();
	for (int i = 0; i < 700; i++) /* more than a socket keeps, and no more than the pipe takes */
		log_notice(GW_WARNING, "m", &due, "it is due");
	log_end();
	while (recv(fd, datagram, sizeof(datagram), MSG_DONTWAIT) > 0)
		taken++;
	close(fd);
	remove(journal_path);
	log_notice(GW_CRITICAL, "m", &due, "nobody is there");
	log_end();
	capture_end();
	size_t lines = count(captured, "<4>m: it is due (switch_due)\n");
	assert_true(taken > 0 && lines > 0);
	assert_int_equal(taken + lines, 700);
	assert_int_equal(count(captured, "<2>m: nobody is there (switch_due)\n"), 1);
}
