/* SPDX-License-Identifier: MIT
 * A person at a terminal. Runs in golos-watch. */
#include "cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#include "signer/files.h"

void secret_text_wipe(struct secret_text *secret)
{
	explicit_bzero(secret, sizeof(*secret));
}

void terminal_guard_memory(void)
{
	const struct rlimit none = {0, 0};

	prctl(PR_SET_DUMPABLE, 0);
	setrlimit(RLIMIT_CORE, &none);
}

static void trim_newline(struct secret_text *secret)
{
	if (secret->len > 0 && secret->text[secret->len - 1] == '\n')
		secret->len--;
	if (secret->len > 0 && secret->text[secret->len - 1] == '\r')
		secret->len--;
	secret->text[secret->len] = '\0';
}

/* Up to the end, or to a newline if `line`. */
static gw_status read_all(struct secret_text *ret, int fd, bool line, struct error *err)
{
	ret->len = 0;
	while (ret->len < sizeof(ret->text) - 1) {
		ssize_t n = read(fd, ret->text + ret->len, sizeof(ret->text) - 1 - ret->len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_set(err, GW_ERR_SYSTEM, "it cannot be read: %s", strerror(errno));
		ret->len += (size_t)n;
		if (n == 0 || (line && memchr(ret->text, '\n', ret->len))) {
			trim_newline(ret);
			return ret->len > 0 ? GW_OK : error_set(err, GW_ERR_SYNTAX, "nothing was given");
		}
	}
	return error_set(err, GW_ERR_RANGE, "more than %d bytes were given", SECRET_TEXT_MAX - 1);
}

/* A line typed with echo off. */
static gw_status ask_hidden(struct secret_text *ret, int fd, const char *prompt, struct error *err)
{
	struct termios shown, hidden;

	if (tcgetattr(fd, &shown) != 0)
		return error_set(err, GW_ERR_SYSTEM, "the terminal: %s", strerror(errno));
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	hidden.c_lflag |= ECHONL | ICANON;
	tcsetattr(fd, TCSAFLUSH, &hidden);
	dprintf(fd, "%s: ", prompt);
	gw_status r = read_all(ret, fd, true, err);
	tcsetattr(fd, TCSAFLUSH, &shown);
	return r;
}

gw_status terminal_read_secret(struct secret_text *ret, const char *prompt, struct error *err)
{
	gw_status r = isatty(STDIN_FILENO) ? ask_hidden(ret, STDIN_FILENO, prompt, err)
					   : read_all(ret, STDIN_FILENO, false, err);

	if (r) {
		secret_text_wipe(ret);
		error_prefix(err, "%s", prompt);
	}
	return r;
}

static gw_status read_file(struct secret_text *ret, const char *path, struct error *err)
{
	int fd = -1;
	gw_status r = file_open_private(&fd, path, geteuid(), 0600, err);

	if (r)
		return r;
	r = file_read_whole(fd, path, ret->text, sizeof(ret->text) - 1, &ret->len, err);
	close(fd);
	if (!r)
		trim_newline(ret);
	return r;
}

static gw_status ask_twice(struct secret_text *ret, int fd, const char *prompt, struct error *err)
{
	struct secret_text again;
	gw_status r = ask_hidden(&again, fd, "The same again", err);

	if (!r && (again.len != ret->len || memcmp(again.text, ret->text, ret->len) != 0))
		r = error_set(err, GW_ERR_SYNTAX, "%s: the two are not the same", prompt);
	secret_text_wipe(&again);
	return r;
}

gw_status terminal_read_passphrase(struct secret_text *ret, const char *source, const char *prompt, bool twice,
				   struct error *err)
{
	static const char file[] = "file:";
	gw_status r;

	if (source && strncmp(source, file, strlen(file)) != 0)
		return error_set(err, GW_ERR_SYNTAX, "a passphrase comes from file:PATH, or from the terminal");
	if (source) {
		r = read_file(ret, source + strlen(file), err);
	} else {
		int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);

		if (fd < 0)
			return error_set(err, GW_ERR_SYSTEM,
					 "there is no terminal to ask for a passphrase: give it with file:PATH");
		r = ask_hidden(ret, fd, prompt, err);
		if (!r && twice)
			r = ask_twice(ret, fd, prompt, err);
		close(fd);
	}
	if (r)
		secret_text_wipe(ret);
	return r;
}

bool terminal_is_there(void)
{
	return isatty(STDIN_FILENO);
}

gw_status terminal_ask(struct answer *ret, const char *question, const char *usual, const char *option,
		       struct error *err)
{
	if (!terminal_is_there())
		return error_set(err, GW_ERR_SYNTAX, "%s is missing, and there is no terminal to ask at", option);
	do {
		printf("%s%s%s%s: ", question, usual && *usual ? " [" : "", usual ? usual : "",
		       usual && *usual ? "]" : "");
		fflush(stdout);
		if (!fgets(ret->text, sizeof(ret->text), stdin))
			return error_set(err, GW_ERR_SYNTAX, "nothing more was typed");
		ret->text[strcspn(ret->text, "\r\n")] = '\0';
		if (!ret->text[0] && usual)
			snprintf(ret->text, sizeof(ret->text), "%s", usual);
	} while (!ret->text[0] && !usual);
	return GW_OK;
}

gw_status terminal_confirm(const char *question, struct error *err)
{
	char answer[16] = "";

	if (!isatty(STDIN_FILENO))
		return error_set(err, GW_ERR_DENIED,
				 "standard input is no terminal, so nobody can be asked: give --yes to do it");
	printf("%s [y/N] ", question);
	fflush(stdout);
	if (!fgets(answer, sizeof(answer), stdin) || (answer[0] != 'y' && answer[0] != 'Y'))
		return error_set(err, GW_ERR_DENIED, "nothing was done");
	return GW_OK;
}
