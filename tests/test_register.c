/* SPDX-License-Identifier: MIT
 * See test.h. */
#include "test.h"

#include <stdio.h>
#include <stdlib.h>

#define TESTS_MAX 100 /* of one program */

static struct CMUnitTest tests[TESTS_MAX];
static size_t count;

void test_register(const char *name, CMUnitTestFunction test, CMFixtureFunction set_up, CMFixtureFunction tear_down)
{
	if (count == TESTS_MAX) {
		fprintf(stderr, "test.h: more than %d tests in one program\n", TESTS_MAX);
		abort();
	}
	tests[count++] =
		(struct CMUnitTest){.name = name, .test_func = test, .setup_func = set_up, .teardown_func = tear_down};
}

int test_run(CMFixtureFunction set_up, CMFixtureFunction tear_down)
{
	return _cmocka_run_group_tests("tests", tests, count, set_up, tear_down);
}
