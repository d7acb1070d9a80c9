/* SPDX-License-Identifier: MIT */
#include "test.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "loop/loop.h"

struct scene {
	struct loop *loop;
	struct loop_timer *timer;
	struct loop_fd *loop_fd;
	int pipe[2];
	int count;
	char order[16];
	pthread_t loop_thread;
	bool on_loop_thread;
};

static struct scene *scene_new(void)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	struct error err;

	assert_non_null(scene);
	assert_int_equal(loop_new(&scene->loop, &err), GW_OK);
	assert_int_equal(pipe(scene->pipe), 0);
	scene->loop_thread = pthread_self();
	return scene;
}

static void scene_free(struct scene *scene)
{
	loop_timer_free(scene->timer);
	loop_fd_free(scene->loop_fd);
	loop_free(scene->loop);
	close(scene->pipe[0]);
	if (scene->pipe[1] >= 0)
		close(scene->pipe[1]);
	free(scene);
}

static void again_three_times(void *context)
{
	struct scene *scene = context;

	if (++scene->count == 3)
		loop_stop(scene->loop);
	else
		loop_timer_set(scene->timer, 1);
}

TEST(timer)
{
	struct scene *scene = scene_new();
	struct gw_now before, after;

	loop_now(&before);
	scene->timer = loop_timer_new(scene->loop, again_three_times, scene);
	loop_timer_set(scene->timer, 5);
	loop_run(scene->loop);
	loop_now(&after);
	assert_int_equal(scene->count, 3);
	assert_true(after.mono_ms - before.mono_ms >= 6);   /* 5, 1 and 1, each cut to whole ms */
	assert_true(after.mono_ms - before.mono_ms < 5000); /* a stop from a timer waits for no other event */
	scene_free(scene);
}

static void stop(void *context)
{
	struct scene *scene = context;

	loop_stop(scene->loop);
}

TEST(stopped_timer_does_not_fire)
{
	struct scene *scene = scene_new();
	struct loop_timer *later = loop_timer_new(scene->loop, stop, scene);

	scene->timer = loop_timer_new(scene->loop, again_three_times, scene);
	loop_timer_set(scene->timer, 1);
	loop_timer_set(scene->timer, -1);
	loop_timer_set(later, 5);
	loop_run(scene->loop);
	assert_int_equal(scene->count, 0);
	loop_timer_free(later);
	scene_free(scene);
}

static void read_until_end(void *context)
{
	struct scene *scene = context;
	char byte;

	if (read(scene->pipe[0], &byte, 1) == 1)
		scene->order[scene->count++] = byte;
	else
		loop_stop(scene->loop);
}

/* Whatever is still in a pipe whose writer is gone is read before its end. */
TEST(readable_until_the_end)
{
	struct scene *scene = scene_new();

	scene->loop_fd = loop_fd_new(scene->loop, scene->pipe[0], read_until_end, NULL, scene);
	assert_int_equal(write(scene->pipe[1], "abc", 3), 3);
	close(scene->pipe[1]);
	scene->pipe[1] = -1;
	loop_run(scene->loop);
	assert_string_equal(scene->order, "abc");
	scene_free(scene);
}

static void count_writable(void *context)
{
	struct scene *scene = context;

	scene->count++;
	loop_timer_set(scene->timer, 5);
}

TEST(writable_once)
{
	struct scene *scene = scene_new();

	scene->timer = loop_timer_new(scene->loop, stop, scene);
	scene->loop_fd = loop_fd_new(scene->loop, scene->pipe[1], NULL, count_writable, scene);
	loop_fd_want_write(scene->loop_fd);
	loop_run(scene->loop);
	assert_int_equal(scene->count, 1);
	scene_free(scene);
}

static void note_a(void *context)
{
	struct scene *scene = context;

	scene->order[scene->count++] = 'a';
}

static void note_b(void *context)
{
	struct scene *scene = context;

	scene->order[scene->count++] = 'b';
	scene->on_loop_thread = pthread_equal(pthread_self(), scene->loop_thread);
	loop_stop(scene->loop);
}

static void *post_from_thread(void *context)
{
	struct scene *scene = context;

	loop_post(scene->loop, note_a, scene);
	loop_post(scene->loop, note_a, scene);
	loop_post(scene->loop, note_b, scene);
	return NULL;
}

TEST(posts_come_in_order)
{
	struct scene *scene = scene_new();
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, post_from_thread, scene), 0);
	loop_run(scene->loop);
	pthread_join(thread, NULL);
	assert_string_equal(scene->order, "aab");
	assert_true(scene->on_loop_thread);
	scene_free(scene);
}

static void work(void *context)
{
	struct scene *scene = context;

	scene->on_loop_thread = pthread_equal(pthread_self(), scene->loop_thread);
}

static void work_done(void *context, bool on_loop)
{
	struct scene *scene = context;

	assert_true(on_loop && pthread_equal(pthread_self(), scene->loop_thread));
	scene->count++;
	loop_stop(scene->loop);
}

TEST(work)
{
	struct scene *scene = scene_new();

	scene->on_loop_thread = true;
	loop_work(scene->loop, work, work_done, scene);
	loop_run(scene->loop);
	assert_false(scene->on_loop_thread);
	assert_int_equal(scene->count, 1);
	scene_free(scene);
}

struct late {
	pthread_barrier_t loop_is_gone;
	atomic_int done;
};

static void work_late(void *context)
{
	struct late *late = context;

	pthread_barrier_wait(&late->loop_is_gone);
}

static void late_done(void *context, bool on_loop)
{
	struct late *late = context;

	late->done = on_loop ? 2 : 1;
	pthread_barrier_wait(&late->loop_is_gone);
}

/* A resolver that hangs must not hold up the end of the host, nor write into what is gone. */
TEST(work_outlives_the_loop)
{
	struct late late = {.done = 0};
	struct loop *loop;
	struct error err;

	assert_int_equal(loop_new(&loop, &err), GW_OK);
	pthread_barrier_init(&late.loop_is_gone, NULL, 2);
	loop_work(loop, work_late, late_done, &late);
	loop_free(loop);
	pthread_barrier_wait(&late.loop_is_gone);
	pthread_barrier_wait(&late.loop_is_gone);
	assert_int_equal(late.done, 1);
	pthread_barrier_destroy(&late.loop_is_gone);
}

static void on_signal(void *context, int signo)
{
	struct scene *scene = context;

	assert_int_equal(signo, SIGUSR1);
	assert_true(pthread_equal(pthread_self(), scene->loop_thread));
	scene->count++;
	loop_stop(scene->loop);
}

TEST(signal)
{
	struct scene *scene = scene_new();
	struct error err;

	assert_int_equal(loop_signal(scene->loop, SIGUSR1, on_signal, scene, &err), GW_OK);
	assert_int_equal(loop_signal(scene->loop, 0, on_signal, scene, &err), GW_ERR_RANGE);
	kill(getpid(), SIGUSR1);
	loop_run(scene->loop);
	assert_int_equal(scene->count, 1);
	scene_free(scene);
}

TEST(proxy_is_forgotten)
{
	struct loop *loop;
	struct error err;

	setenv("http_proxy", "http://192.0.2.1:3128", 1);
	assert_int_equal(loop_new(&loop, &err), GW_OK);
	assert_null(getenv("http_proxy"));
	loop_free(loop);
}
