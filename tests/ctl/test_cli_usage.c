/* SPDX-License-Identifier: MIT
 * The command line's form: what it refuses, what it teaches, and that its documents leave nothing out. */
#include <netinet/in.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

#define COMMANDS_MAX 32

TEST(wrong_command_lines)
{
	static const struct {
		const char *words[4];
		const char *sentence;
	} wrong[] = {
		{{NULL}, "usage: golos-watch"},
		{{"statsu"}, "no command \"statsu\", did you mean 'status'?"},
		{{"--nonsense"}, "\"--nonsense\": no such option"},
		{{"status", "--noda", "x"}, "\"--noda\": no such option, did you mean 'node'?"},
		{{"help", "statsu"}, "no command \"statsu\", did you mean 'status'?"},
		{{"status", "word"}, "\"word\" is one word too many"},
		{{"status", "--url", "x"}, "status takes no --url"},
		{{"witness"}, "witness wants NAME"},
		{{"update", "foo"}, "update wants what to change"},
		{{"hold", "--for"}, "--for wants TIME: let it end by itself: 90s, 30m, 2h, 7d"},
		{{"status", "-c"}, "--config wants FILE: "},
		{{"hold", "--for", "2 weeks"}, "is no duration"},
		{{"hold", "--for", "0"}, "is no duration"},
		{{"history", "--since", "yesterday"}, "is no time"},
		{{"history", "--limit", "0"}, "--limit: 1 to 10000"},
		{{"--chain-id", "moon", "status"}, "--chain-id: main, test or 64 lower-case hex digits"},
		{{"--node", "http://x", "status"}, "golos-watch: --node: endpoint \"http://x\": it does not begin"},
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		const char *words[5] = {NULL};

		memcpy(words, wrong[i].words, sizeof(wrong[i].words));
		const struct run *refused = run_with(NULL, words);
		assert_holds(refused->err, wrong[i].sentence);
		assert_status(refused, 64);
		assert_string_equal(refused->out, "");
	}
}

TEST(version)
{
	assert_int_equal(strncmp(run("--version")->out, "golos-watch ", 12), 0);
}

TEST(no_node_and_no_daemon)
{
	const struct run *none = run("witness", "foo", "--socket", "/nonexistent");
	assert_status(none, 78);
	assert_holds(none->err, "no node is named");
	none = run("status", "--socket", "/nonexistent/ctl");
	assert_status(none, 69);
	assert_holds(none->err, "no golos-watchd listens at /nonexistent/ctl");
	assert_status(run("hold", "--socket", "/nonexistent/ctl"), 69);
	assert_status(run("status", "-c", "/nonexistent/config.yml"), 78);
}

/* A server that speaks HTTP alone, once. */
static pid_t serve_http(uint16_t *ret_port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof(address);
	int server = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(server, (const struct sockaddr *)&address, size), 0);
	assert_int_equal(listen(server, 4), 0);
	assert_int_equal(getsockname(server, (struct sockaddr *)&address, &size), 0);
	*ret_port = ntohs(address.sin_port);
	pid_t pid = fork();
	assert_true(pid >= 0);
	for (;;) {
		static const char answer[] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
		char request[2048];

		if (pid > 0)
			break;
		int client = accept(server, NULL, NULL);
		if (read(client, request, sizeof(request)) <= 0 ||
		    write(client, answer, sizeof(answer) - 1) != (ssize_t)sizeof(answer) - 1)
			_exit(1);
		close(client);
	}
	close(server);
	return pid;
}

/* Each node with what is wrong with it; golosd's HTTP port is a usual one. */
TEST(no_node_answers)
{
	char url[64];
	uint16_t port = 0;
	pid_t server = serve_http(&port);

	snprintf(url, sizeof(url), "ws://127.0.0.1:%u", port);
	const struct run *none = run("witness", "foo", "--node", url, "--node", "ws://127.0.0.1:1");
	kill(server, SIGKILL);
	waitpid(server, NULL, 0);
	assert_status(none, 69);
	assert_holds(none->err,
		     "it answers, and speaks no websocket: is it webserver-ws-endpoint's port?; ws://127.0.0.1:1: ");
}

static char *read_document(const char *path)
{
	static char text[1 << 16];
	FILE *file = fopen(path, "r");

	if (!file)
		fail_msg("%s cannot be read", path);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	return text;
}

/* Words of the help's lines that begin with `indent`. */
static size_t first_words(char ret[][32], size_t most, const char *help, const char *from)
{
	size_t count = 0;

	help = strstr(help, from);
	assert_non_null(help);
	for (const char *line = help; line && count < most; line = strchr(line + 1, '\n')) {
		char word[32];

		if (strncmp(line, "\n  ", 3) == 0 && sscanf(line + 3, "%31[a-z]", word) == 1 && line[3] != ' ')
			snprintf(ret[count++], 32, "%s", word);
	}
	return count;
}

static void each_option(const char *help, const char *document, const char *name)
{
	for (const char *at = help; (at = strstr(at, " --")); at++) {
		char option[40];

		if (sscanf(at, " --%39[a-z-]", option) != 1)
			continue;
		if (!strstr(document, option))
			fail_msg("%s does not know --%s", name, option);
	}
}

static void assert_narrow(const char *text)
{
	for (const char *line = text; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		if (strcspn(line, "\n") > 80 || (strcspn(line, "\n") > 0 && line[strcspn(line, "\n") - 1] == ' '))
			fail_msg("wider than 80 columns, or ends with a space: %.120s", line);
}

/* Help, man page and completion: each command and each option of it in all three. */
TEST(documents_are_whole)
{
	char names[COMMANDS_MAX][32];
	const char *const documents[] = {TEST_SOURCE_DIR "/../docs/man/golos-watch.1",
					 TEST_SOURCE_DIR "/../docs/completion/golos-watch.bash"};

	const struct run *help = run("--help");
	assert_status(help, 0);
	size_t count = first_words(names, COMMANDS_MAX, help->out, "daily tools");
	assert_true(count >= 12);
	assert_narrow(help->out);
	for (size_t i = 0; i < count; i++) {
		const struct run *one = run(names[i], "--help");

		assert_status(one, 0);
		assert_holds(one->out, names[i]);
		assert_true(strlen(one->out) > 400);
		assert_narrow(one->out);
		char *told = strdup(one->out);
		assert_string_equal(run("help", names[i])->out, told);
		for (size_t d = 0; d < 2; d++) {
			const char *text = read_document(documents[d]);

			assert_holds(text, names[i]);
			each_option(told, text, documents[d]);
		}
		free(told);
	}
}

/* What is opened first does not get the number of standard output, and who reads nothing is told by the status. */
TEST(closed_standard_files)
{
	assert_int_equal(WEXITSTATUS(system(TEST_BINARY_DIR "/bin/golos-watch --version <&- >&- 2>&-")), EXIT_SYSTEM);
	assert_int_equal(
		WEXITSTATUS(system(TEST_BINARY_DIR "/bin/golos-watch --version <&- 2>&- | grep -q golos-watch")), 0);
}

/* Colours are for a terminal, unless its user wants none (no-color.org: set, and not empty). */
TEST(colours)
{
	static const struct run_answer none[] = {{NULL, NULL}};
	static const char *const words[] = {"-c", "/nonexistent.yml", "check", NULL};
	static const struct {
		const char *no_color, *term;
		bool coloured;
	} rows[] = {{NULL, "xterm", true}, {"", "xterm", true}, {"1", "xterm", false}, {NULL, "dumb", false}};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		setenv("TERM", rows[i].term, 1);
		if (rows[i].no_color)
			setenv("NO_COLOR", rows[i].no_color, 1);
		else
			unsetenv("NO_COLOR");
		const struct run *shown = run_at_terminal(none, words);
		assert_holds(shown->out, "wrong");
		if (rows[i].coloured)
			assert_holds(shown->out, "\033[1;31mwrong\033[0m");
		else
			assert_lacks(shown->out, "\033");
	}
	unsetenv("NO_COLOR");
	assert_lacks(run("-c", "/nonexistent.yml", "check")->out, "\033");
}
