/* SPDX-License-Identifier: MIT */
#include "config_scene.h"

#include <stdlib.h>
#include <unistd.h>

gw_status load_text(struct config **ret, const char *text, struct error *err)
{
	char path[] = TEST_BINARY_DIR "/config.XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	*err = (struct error){0};
	gw_status status = config_load_fd(ret, fd, "x.yml", err);
	close(fd);
	unlink(path);
	return status;
}

struct config *accept_text(const char *text)
{
	struct config *config = NULL;
	struct error err;

	if (load_text(&config, text, &err) != GW_OK)
		fail_msg("%s", err.text);
	return config;
}

void expect_refused(const char *text, const char *sentence)
{
	struct config *config = NULL;
	struct error err;

	assert_int_not_equal(load_text(&config, text, &err), GW_OK);
	assert_string_equal(err.text, sentence);
	assert_int_equal(err.status, GW_ERR_CONFIG);
	assert_null(config);
}
