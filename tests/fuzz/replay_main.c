/* SPDX-License-Identifier: MIT
 * Runs a fuzz target once on each file of the folders named: the corpus as an ordinary test. A folder without a file is
 * a failure. */
#include <dirent.h>
#include <stdio.h>

#include "fuzz.h"

#define INPUT_BYTES_MAX (1u << 20)

static int replay_file(const char *path)
{
	FILE *file = fopen(path, "rb");

	if (!file) {
		perror(path);
		return -1;
	}
	/* exactly as large as the input, so that AddressSanitizer sees the first byte read beyond it */
	uint8_t *whole = malloc(INPUT_BYTES_MAX), *input = NULL;
	size_t len = whole ? fread(whole, 1, INPUT_BYTES_MAX, file) : 0;
	fclose(file);
	input = malloc(len ? len : 1);
	if (whole && input) {
		memcpy(input, whole, len);
		LLVMFuzzerTestOneInput(input, len);
	}
	free(whole);
	free(input);
	return whole && input ? 0 : -1;
}

/* Files run; -1: failure. */
static int replay_folder(const char *folder)
{
	DIR *dir = opendir(folder);
	const struct dirent *entry;
	int count = 0;

	if (!dir) {
		perror(folder);
		return -1;
	}
	while (count >= 0 && (entry = readdir(dir))) {
		char path[4096];

		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		count = replay_file(path) ? -1 : count + 1;
	}
	closedir(dir);
	return count;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return EXIT_FAILURE;
	for (int i = 1; i < argc; i++) {
		int count = replay_folder(argv[i]);

		printf("%s: %d inputs\n", argv[i], count);
		if (count <= 0)
			return EXIT_FAILURE;
	}
	return EXIT_SUCCESS;
}
