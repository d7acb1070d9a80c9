/* SPDX-License-Identifier: MIT
 * vectors_check FILE...: checks files of vectors byte for byte against host/graphene. Exits 0 only if there is at least
 * one check in each file and all hold. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

#define FILE_BYTES_MAX (256u << 20)

bool check(struct tally *tally, bool holds, const char *fmt, ...)
{
	va_list args;

	tally->checks++;
	if (holds)
		return true;
	tally->failures++;
	printf("%s: %s: ", tally->file, tally->place);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	return false;
}

bool check_form(struct tally *tally, bool holds, const char *what)
{
	return holds || check(tally, false, "%s", what);
}

const char *check_text(struct tally *tally, const struct json *object, const char *key)
{
	const struct json *value = NULL;
	const char *text = json_member(object, key, &value) ? json_string(value, NULL) : NULL;

	if (!text)
		check(tally, false, "member '%s': no text", key);
	return text;
}

/* The whole file; NULL: cannot be read, said why. Caller frees. */
static char *read_file(const char *path, size_t *ret_len)
{
	FILE *file = fopen(path, "rb");
	char *text = NULL;
	size_t len = 0, size = 1 << 16, n = 0;

	while (file && size <= FILE_BYTES_MAX) {
		char *larger = realloc(text, size *= 2);

		if (!larger)
			break;
		text = larger;
		while ((n = fread(text + len, 1, size - len, file)) > 0)
			len += n;
		if (len < size)
			break;
	}
	if (!file || ferror(file) || len == size || !text) {
		printf("%s: cannot be read, or is too large\n", path);
		free(text);
		text = NULL;
	}
	if (file)
		fclose(file);
	*ret_len = len;
	return text;
}

static void check_root(struct tally *tally, const struct json *root)
{
	const struct json *member;
	bool known = false;

	if (json_member(root, "keys", &member) || json_member(root, "bad", &member)) {
		check_keys(tally, root);
		known = true;
	}
	if (json_member(root, "transactions", &member)) {
		check_transactions(tally, root);
		known = true;
	}
	snprintf(tally->place, sizeof(tally->place), "file");
	check_form(tally, known, "neither 'keys' nor 'transactions': a form that is not known");
	check_form(tally, tally->checks > 0, "nothing to check");
}

static bool check_file(const char *path)
{
	struct tally tally = {.file = path, .place = "file"};
	struct json *root = NULL;
	struct error err = {.text = ""};
	size_t len;
	char *text = read_file(path, &len);

	if (!text)
		return false;
	if (json_parse(&root, text, len, &err))
		check(&tally, false, "%s", err.text);
	else
		check_root(&tally, root);
	printf("%s: %lu checks, %lu failures\n", path, tally.checks, tally.failures);
	json_free(root);
	free(text);
	return tally.failures == 0;
}

int main(int argc, char **argv)
{
	bool all_hold = argc > 1;

	if (argc < 2)
		fprintf(stderr, "usage: vectors_check FILE...\n");
	for (int i = 1; i < argc; i++)
		all_hold &= check_file(argv[i]);
	return all_hold ? EXIT_SUCCESS : EXIT_FAILURE;
}
