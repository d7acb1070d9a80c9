/* SPDX-License-Identifier: MIT
 *
 * What each test program is made of. TEST(name) { … } registers itself, in the order of the file; TEST(name, set_up, tear_down) has a
 * fixture of its own. A program without a main() of its own gets the one of test_main.c, which runs all of them.
 */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

/* cmocka wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

void test_register(const char *name, CMUnitTestFunction test, CMFixtureFunction set_up, CMFixtureFunction tear_down);
/* Runs what is registered, with a fixture around all of it; NULL: none. The exit status. */
int test_run(CMFixtureFunction set_up, CMFixtureFunction tear_down);

#define TEST(...) TEST_WITH(__VA_ARGS__, NULL, NULL, NULL)
#define TEST_WITH(name, set_up, tear_down, ...)                                                                        \
	static void test_##name(void **state);                                                                         \
	__attribute__((constructor)) static void register_##name(void)                                                 \
	{                                                                                                              \
		test_register("test_" #name, test_##name, set_up, tear_down);                                          \
	}                                                                                                              \
	static void test_##name(__attribute__((unused)) void **state)

#endif
