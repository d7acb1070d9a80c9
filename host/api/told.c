/* SPDX-License-Identifier: MIT
 * Reading a status. See told.h. */
#include "api/told.h"

#include <stdio.h>
#include <string.h>

#include "base/time_text.h"

#define CLOCK_PLAY_S 1 /* clocks that agree may differ so much */

/* The object that holds the path's last member, and that member's name. */
static const struct json *holder(const struct json *object, const char *path, const char **ret_key)
{
	char key[64];
	const char *dot;

	for (; (dot = strchr(path, '.')) && object; path = dot + 1) {
		const struct json *value = NULL;

		snprintf(key, sizeof(key), "%.*s", (int)(dot - path), path);
		object = json_is_object(object) && json_member(object, key, &value) ? value : NULL;
	}
	*ret_key = path;
	return object && json_is_object(object) ? object : NULL;
}

const struct json *told_find(const struct json *object, const char *path)
{
	const char *key;
	const struct json *at = holder(object, path, &key), *value = NULL;

	return at && json_member(at, key, &value) ? value : NULL;
}

const char *told_text(const struct json *object, const char *path)
{
	const struct json *value = told_find(object, path);
	const char *text = value ? json_string(value, NULL) : NULL;

	return text ? text : "";
}

const char *told_ill(const struct json *status)
{
	const char *left_out = told_text(status, "left_out"), *blind = told_text(status, "blind");

	if (told_flag(status, "healthy"))
		return NULL;
	if (told_flag(status, "cluster.observer"))
		return "it hears no other node of the cluster";
	return left_out[0] ? left_out : blind[0] ? blind : "it sees no fresh block";
}

int64_t told_number(const struct json *object, const char *path)
{
	int64_t value = 0;
	const char *key;
	const struct json *at = holder(object, path, &key);

	return at && json_get_i64(at, key, INT64_MIN, INT64_MAX, &value, NULL) == GW_OK ? value : 0;
}

bool told_flag(const struct json *object, const char *path)
{
	bool value = false;
	const char *key;
	const struct json *at = holder(object, path, &key);

	return at && json_get_bool(at, key, &value, NULL) == GW_OK && value;
}

const struct json *told_list(const struct json *object, const char *path)
{
	const struct json *value = told_find(object, path);

	return value && json_is_array(value) ? value : NULL;
}

size_t told_size(const struct json *list)
{
	return list ? json_array_size(list) : 0;
}

/* ---- times ------------------------------------------------------------------------------------------------------- */

void duration_text(char ret[DURATION_TEXT_SIZE], int64_t seconds)
{
	if (seconds < 120)
		snprintf(ret, DURATION_TEXT_SIZE, "%lld s", (long long)seconds);
	else if (seconds < 2 * 3600)
		snprintf(ret, DURATION_TEXT_SIZE, "%lld min", (long long)(seconds / 60));
	else if (seconds < 2 * 86400)
		snprintf(ret, DURATION_TEXT_SIZE, "%lld h", (long long)(seconds / 3600));
	else
		snprintf(ret, DURATION_TEXT_SIZE, "%lld days", (long long)(seconds / 86400));
}

void head_age_text(char ret[HEAD_AGE_TEXT_SIZE], int64_t head_time_s, int64_t now_s)
{
	bool ahead = head_time_s > now_s + CLOCK_PLAY_S;
	char age[DURATION_TEXT_SIZE];

	duration_text(age, ahead ? head_time_s - now_s : now_s > head_time_s ? now_s - head_time_s : 0);
	snprintf(ret, HEAD_AGE_TEXT_SIZE, "%s %s", age, ahead ? "ahead of our clock" : "old");
}

void moment_text(char ret[MOMENT_TEXT_SIZE], int64_t time_s, int64_t now_s)
{
	char time_text[TIME_TEXT_SIZE], distance[DURATION_TEXT_SIZE];

	time_format(time_text, time_s);
	time_text[10] = ' ';
	duration_text(distance, time_s > now_s ? time_s - now_s : now_s - time_s);
	if (time_s > now_s)
		snprintf(ret, MOMENT_TEXT_SIZE, "%s UTC (in %s)", time_text, distance);
	else
		snprintf(ret, MOMENT_TEXT_SIZE, "%s UTC (%s ago)", time_text, distance);
}
