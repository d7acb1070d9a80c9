/* SPDX-License-Identifier: MIT
 * The instances' life. Runs in golos-watchd. */
#include "plugins/instances.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "plugins/crashes.h"
#include "plugins/instance_state.h"

struct instances *instances_new(struct loop *loop, const struct instance_services *services)
{
	struct instances *all = xcalloc(1, sizeof(*all));

	all->loop = loop;
	all->thread = pthread_self();
	all->services = *services;
	return all;
}

static void free_instance(struct instance *instance)
{
	for (size_t i = 0; i < instance->witness_count; i++)
		listeners_remove(&instance->all->listeners, instance->witnesses[i], instance);
	for (size_t i = 0; i < INSTANCE_TIMERS; i++)
		if (instance->timers[i].timer)
			loop_timer_free(instance->timers[i].timer);
	for (size_t i = 0; i < instance->config.source_count; i++)
		free(instance->config.sources[i]);
	free(instance->config.sources);
	free(instance->name);
	free(instance);
}

static void close_instance(struct instance *instance)
{
	bool was_started = instance->life == INSTANCE_STARTED;
	struct instance_call call;

	instance->life = INSTANCE_STOPPED; /* what it requests now would outlive it, and is refused */
	instance_call_begin(&call, instance, "stop");
	if (was_started)
		instance->entry->stop(instance->self);
	instance->entry->close(instance->self);
	crashes_leave(&call.crash);
	free_instance(instance);
}

/* An instance keeps what it needs of its configuration, for a reload replaces the rest. */
static struct config_instance plain_part(const struct config_instance *config, char *name)
{
	struct config_instance plain = *config;

	plain.name = name;
	plain.plugin = NULL;
	plain.options = NULL;
	plain.option_count = 0;
	plain.sources = config->source_count ? xcalloc(config->source_count, sizeof(*plain.sources)) : NULL;
	for (size_t i = 0; i < config->source_count; i++)
		plain.sources[i] = config->sources[i] ? xstrdup(config->sources[i]) : NULL;
	return plain;
}

/* The options are lent to `open` and to nothing after it, as everything that is handed over. */
static gw_status open_plugin(struct instance *instance, const struct config *config,
			     const struct config_instance *wanted, struct error *err)
{
	char why[GW_TEXT_SIZE] = "";
	struct gw_option_value *values;
	size_t count;
	gw_status r = option_values_make(&values, &count, instance->plugin, config, wanted, err);

	if (r)
		return r;
	const struct gw_option_value **list = xcalloc(count, sizeof(*list));
	for (size_t i = 0; i < count; i++)
		list[i] = &values[i];
	instance->entry = instance->plugin->entry;
	r = instance->entry->open(&instance_host_api, (struct gw_host *)(void *)instance, list, count, &instance->self,
				  why);
	free(list);
	free(values);
	if (r) {
		why[GW_TEXT_SIZE - 1] = 0;
		error_set(err, r, "%s line %d: plugin %s does not open: %s", config->source, wanted->line,
			  wanted->plugin, why[0] ? why : status_name(r));
	}
	return r;
}

gw_status instances_add(struct instances *all, const struct config *config, const struct config_instance *wanted,
			struct instance **ret, struct error *err)
{
	struct instance *instance = xcalloc(1, sizeof(*instance));

	instance->all = all;
	instance->name = xstrdup(wanted->name);
	instance->config = plain_part(wanted, instance->name);
	crashes_mark(instance->mark, config, wanted);
	instance->started_ms = loop_mono_ms();
	struct instance_call call; /* dlopen runs code of its own too */
	instance_call_begin(&call, instance, "open");
	gw_status r = plugin_load_wanted(&instance->plugin, config, wanted, err);
	if (!r)
		r = open_plugin(instance, config, wanted, err);
	crashes_leave(&call.crash);
	if (r) {
		free_instance(instance);
		return r;
	}
	instance->life = INSTANCE_OPENED;
	all->list = xrealloc(all->list, all->count + 1, sizeof(*all->list));
	all->list[all->count++] = instance;
	*ret = instance;
	return GW_OK;
}

gw_status instances_start(struct instances *all, struct error *err)
{
	for (size_t i = 0; i < all->count; i++) {
		struct instance *instance = all->list[i];

		if (instance->life != INSTANCE_OPENED)
			continue;
		instance->life = INSTANCE_STARTED; /* what `start` requests may answer at once */
		struct instance_call call;
		instance_call_begin(&call, instance, "start");
		gw_status r = instance->entry->start(instance->self);
		instance_call_end(&call, instance);
		if (r) {
			instance->life = INSTANCE_OPENED;
			return error_set(err, r, "plugin instance %s does not start: %s", instance->name,
					 status_name(r));
		}
	}
	return GW_OK;
}

void instances_remove(struct instances *all, struct instance *instance)
{
	size_t at = 0;

	while (at < all->count && all->list[at] != instance)
		at++;
	if (at == all->count)
		return;
	memmove(&all->list[at], &all->list[at + 1], (all->count - at - 1) * sizeof(*all->list));
	all->count--;
	close_instance(instance);
}

void instances_free(struct instances *all)
{
	if (!all)
		return;
	while (all->count)
		instances_remove(all, all->list[all->count - 1]);
	free(all->list);
	free(all);
}

struct instance *instances_find(struct instances *all, const char *name)
{
	for (size_t i = 0; i < all->count; i++)
		if (strcmp(all->list[i]->name, name) == 0)
			return all->list[i];
	return NULL;
}

size_t instances_count(const struct instances *all)
{
	return all->count;
}

struct instance *instances_at(struct instances *all, size_t index)
{
	return index < all->count ? all->list[index] : NULL;
}

const char *instance_name(const struct instance *instance)
{
	return instance->name;
}

const struct config_instance *instance_config(const struct instance *instance)
{
	return &instance->config;
}

const char *instance_plugin_name(const struct instance *instance)
{
	return instance->entry->name;
}

void instance_set_policy(struct instance *instance, uint32_t index)
{
	instance->policy = index;
}

bool instance_is_ordered(const struct instance *instance)
{
	return instance->ordered;
}

uint32_t instance_policy(const struct instance *instance)
{
	return instance->policy;
}
