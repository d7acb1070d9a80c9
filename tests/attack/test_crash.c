/* SPDX-License-Identifier: MIT
 *
 * A plugin that kills the real host from inside its callback: the next start names it, the third death leaves it out
 * while the others run on, and a reload gives it another try.
 */
#include "scene.h"

#include <signal.h>
#include <sys/wait.h>

static void crash(struct scene *scene)
{
	scene_order_last(scene, ORDER_DUMP, 0);
	int status = scene_await_end(scene);

	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static unsigned count_said(struct scene *scene, const char *text)
{
	unsigned count = 0;

	for (const char *at = scene_log(scene); (at = strstr(at, text)); at++)
		count++;
	return count;
}

TEST(a_plugin_that_crashes_is_left_out)
{
	static const char died[] = "the process died in on_timer of plugin instance puppet";
	struct scene *scene = scene_new(&(const struct scene_setup){.users = ONE_USER});

	for (unsigned deaths = 1; deaths < 3; deaths++) {
		crash(scene);
		scene_start(scene);
		scene_await_said(scene, died);
		assert_int_equal(count_said(scene, died), deaths); /* each is told once */
	}
	crash(scene);
	scene_launch(scene);
	scene_await_said(scene, "plugin instance puppet is left out: the process died in its on_timer");
	scene_await_said(scene, "(plugin_left_out)");
	assert_int_equal(scene_stop(scene), 0);
	scene_launch(scene); /* so it stays */
	while (count_said(scene, "(plugin_left_out)") < 2)
		scene_await_more(scene);
	assert_int_equal(count_said(scene, died), 3);
	assert_int_equal(kill(scene->pid, SIGHUP), 0);
	scene_await_puppet(scene); /* it runs again, and has as many tries as at first */
	crash(scene);
	scene_start(scene);
	assert_int_equal(scene_stop(scene), 0);
	scene_free(scene);
}
