/* SPDX-License-Identifier: MIT
 *
 * What the tests of the configuration share: a text is a file, and is taken or refused with a sentence.
 */
#ifndef TEST_CONFIG_SCENE_H
#define TEST_CONFIG_SCENE_H

#include "test.h"

#include "config/config.h"

#define KEY_1 "GLS8jCSviSzAKMHvtWsThgDcXkWHyFAe33kajzCZdania1t2sPYVx"
#define KEY_2 "GLS756CkD8Bmrz151rkQPxsSJG6kTibMXwq4wD6fUZzCCKbRTxa66"

/* The text as the file "x.yml". */
gw_status load_text(struct config **ret, const char *text, struct error *err);
/* Freed by config_free. */
struct config *accept_text(const char *text);
void expect_refused(const char *text, const char *sentence);

#endif
