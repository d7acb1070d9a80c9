/* SPDX-License-Identifier: MIT
 * Instances of `probe` and a host that notes. See scene.h. */
#include "scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static int heard_fd = -1, kept_stderr = -1;
static char heard[8192];

void scene_listen(void)
{
	heard_fd = memfd_create("stderr", MFD_CLOEXEC);
	kept_stderr = dup(STDERR_FILENO);
	assert_true(heard_fd >= 0 && kept_stderr >= 0);
	assert_true(dup2(heard_fd, STDERR_FILENO) >= 0);
}

const char *scene_heard(void)
{
	ssize_t n = pread(heard_fd, heard, sizeof(heard) - 1, 0);

	dup2(kept_stderr, STDERR_FILENO);
	close(kept_stderr);
	close(heard_fd);
	heard[n < 0 ? 0 : n] = 0;
	return heard;
}

gw_status scene_note(struct probe *probe, const char *callback, const void *event)
{
	size_t len = strlen(probe->log);

	(void)event;
	snprintf(probe->log + len, sizeof(probe->log) - len, "%s ", callback);
	return GW_OK;
}

/* ---- the host ---------------------------------------------------------------------------------------------------- */

static void host_now(void *context, struct gw_now *ret)
{
	(void)context;
	loop_now(ret);
}

static gw_status host_watch(void *context, struct instance *who, const char *witness, uint32_t endpoints)
{
	struct scene *scene = context;

	(void)who;
	(void)witness;
	scene->watches++;
	scene->endpoints = endpoints;
	return GW_OK;
}

static gw_status host_head(void *context, uint32_t *ret_num, char ret_id[GW_ID_SIZE], int64_t *ret_time_s)
{
	(void)context;
	*ret_num = 7;
	memset(ret_id, '0', GW_ID_SIZE - 1);
	ret_id[GW_ID_SIZE - 1] = 0;
	*ret_time_s = 1600000000;
	return GW_OK;
}

static gw_status host_slot(void *context, uint32_t n, char ret_witness[GW_ACCOUNT_SIZE])
{
	(void)context;
	snprintf(ret_witness, GW_ACCOUNT_SIZE, "w%u", n);
	return n > 21 ? GW_ERR_UNAVAILABLE : GW_OK;
}

static gw_status host_submit(void *context, struct instance *who, const struct gw_intent *intent, uint64_t *ret_id)
{
	struct scene *scene = context;

	(void)who;
	scene->submits++;
	scene->intent = *intent;
	*ret_id = scene->submits;
	return scene->answer;
}

static gw_status host_cancel(void *context, struct instance *who, uint64_t id, const char *why)
{
	struct scene *scene = context;

	(void)who;
	(void)id;
	assert_non_null(why);
	scene->cancels++;
	return scene->answer;
}

static void host_notice(void *context, struct instance *who, const struct gw_notice_event *notice)
{
	struct scene *scene = context;

	scene->notices++;
	scene->notice = *notice;
	if (scene->hands_notices_on)
		instances_notice(scene->all, who, notice);
}

static gw_status host_put(void *context, struct instance *who, const char *key, const void *value, size_t len)
{
	struct scene *scene = context;

	(void)who;
	(void)key;
	(void)value;
	(void)len;
	scene->puts++;
	return scene->answer;
}

static gw_status host_get(void *context, struct instance *who, const char *key, void *ret, size_t cap, size_t *ret_len)
{
	struct scene *scene = context;

	(void)who;
	(void)key;
	(void)ret;
	(void)cap;
	*ret_len = 0;
	scene->gets++;
	return scene->answer;
}

static gw_status host_rpc(void *context, struct instance *who, uint64_t id, const char *api, const char *method,
			  const char *args_json)
{
	struct scene *scene = context;

	(void)who;
	(void)api;
	(void)method;
	(void)args_json;
	scene->calls++;
	scene->last_call = id;
	return scene->answer;
}

static gw_status host_http(void *context, struct instance *who, uint64_t id, uint32_t source, const char *url,
			   int64_t deadline_ms)
{
	struct scene *scene = context;

	(void)who;
	(void)source;
	(void)deadline_ms;
	scene->calls++;
	scene->last_call = id;
	snprintf(scene->url, sizeof(scene->url), "%s", url);
	return scene->answer;
}

/* ---- the scene --------------------------------------------------------------------------------------------------- */

int scene_setup(void **state)
{
	struct scene *scene = calloc(1, sizeof(*scene));

	if (!scene)
		return -1;
	struct instance_services services = {.context = scene,
					     .now = host_now,
					     .watch = host_watch,
					     .head = host_head,
					     .slot = host_slot,
					     .submit = host_submit,
					     .cancel = host_cancel,
					     .notice = host_notice,
					     .store_put = host_put,
					     .store_get = host_get,
					     .rpc = host_rpc,
					     .http = host_http};
	for (size_t i = 0; i < SCENE_PROBES; i++)
		scene->probes[i].called = scene_note;
	scene->all = instances_new(NULL, &services);
	*state = scene;
	return 0;
}

int scene_teardown(void **state)
{
	struct scene *scene = *state;

	instances_free(scene->all);
	plugin_free_all();
	size_t left = virtual_loop_timers();
	free(scene);
	return left == 0 ? 0 : -1;
}

gw_status scene_add(struct scene *scene, size_t index, uint32_t grants, struct error *err)
{
	char plugin_dir[] = TEST_BINARY_DIR "/test_plugins", source[] = "test.yml", plugin[] = "probe", name[8];
	char address[32], option_name[] = "shared";
	char *values[] = {address};
	struct config_option option = {.name = option_name, .line = 5, .count = 1, .values = values};
	struct config config = {.source = source, .plugin_dir = plugin_dir};
	struct config_instance wanted = {
		.plugin = plugin, .name = name, .line = 4, .grants = grants, .option_count = 1, .options = &option};

	char urls[4][48];
	char *sources[4] = {NULL};

	for (size_t i = 0; i < scene->source_count; i += 2) {
		snprintf(urls[i], sizeof(urls[i]), "https://x.example/%zu", i);
		sources[i] = urls[i];
	}
	wanted.sources = sources;
	wanted.source_count = scene->source_count;
	snprintf(address, sizeof(address), "%llx", (unsigned long long)(uintptr_t)&scene->probes[index]);
	snprintf(name, sizeof(name), "p%zu", index);
	snprintf(wanted.witness, sizeof(wanted.witness), "%s", index % 2 ? "bar" : "foo");
	return instances_add(scene->all, &config, &wanted, &scene->instances[index], err);
}

void scene_start(struct scene *scene, size_t index, uint32_t grants)
{
	struct error err = {0};

	if (scene_add(scene, index, grants, &err) || instances_start(scene->all, &err))
		fail_msg("%s", err.text);
}
