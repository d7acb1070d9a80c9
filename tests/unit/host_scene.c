/* SPDX-License-Identifier: MIT */
#include "host_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

int host_scene_make(void **state)
{
	struct scene *scene = xcalloc(1, sizeof(*scene));

	snprintf(scene->dir, sizeof(scene->dir), "/tmp/golos-watch-host-XXXXXX");
	assert_non_null(mkdtemp(scene->dir));
	snprintf(scene->path, sizeof(scene->path), "%s/host", scene->dir);
	assert_int_equal(mkdir(scene->path, 0700), 0);
	snprintf(scene->path, sizeof(scene->path), "%s/golos-watch.yml", scene->dir);
	*state = scene;
	return 0;
}

int host_scene_remove(void **state)
{
	struct scene *scene = *state;
	char *command = xasprintf("rm -r '%s'", scene->dir);

	assert_int_equal(system(command), 0);
	free(command);
	free(scene);
	return 0;
}

struct config *host_scene_configure(struct scene *scene, const char *top, const char *plugins)
{
	static const char *const keys[][2] = {
		{"node:", "ws://127.0.0.1:1"}, {"plugin_dir:", TEST_BINARY_DIR "/plugins"},
		{"state_dir:", NULL},	       {"control:", "off"},
		{"log_level:", "critical"},    {"signer:", "{keys: [file:/none]}"}};
	FILE *file = fopen(scene->path, "we");
	struct config *config = NULL;
	struct error err = {.text = ""};

	assert_non_null(file);
	fprintf(file, "%s\n", top);
	for (size_t i = 0; i < COUNT(keys); i++)
		if (!strstr(top, keys[i][0]))
			fprintf(file, "%s %s\n", keys[i][0], keys[i][1] ? keys[i][1] : scene->dir);
	fprintf(file, "plugins:\n%s", plugins);
	assert_int_equal(fclose(file), 0);
	if (config_load(&config, scene->path, &err))
		fail_msg("%s", err.text);
	return config;
}

void host_scene_open(struct scene *scene, const char *plugins)
{
	struct error err = {.text = ""};
	int exit_status = 0;

	assert_int_equal(loop_new(&scene->loop, &err), GW_OK);
	if (host_open(&scene->host, scene->loop, host_scene_configure(scene, "", plugins), NULL, NULL, NULL,
		      &exit_status, &err))
		fail_msg("%s", err.text);
}

void host_scene_close(struct scene *scene)
{
	host_close(&scene->host);
	loop_free(scene->loop);
}

struct instance *host_scene_find(struct scene *scene, const char *name)
{
	return instances_find(scene->host.instances, name);
}

gw_status host_scene_order(struct scene *scene, int32_t verb, char ret_text[GW_TEXT_SIZE])
{
	struct gw_command_event event = {.struct_size = sizeof(event), .verb = verb, .by = "test"};

	loop_now(&event.now);
	return instance_command(host_scene_find(scene, "monitor_foo"), &event, ret_text);
}
