/* SPDX-License-Identifier: MIT
 *
 * One line of the control socket, checked. Pure.
 */
#include "api/server.h"

#include <string.h>

#define HOLD_MAX_S (10 * 365 * 86400LL)

static gw_status parse_verb(struct ctl_request *ret, const struct json *json, struct error *err)
{
	static const char *const verbs[] = {"status", "history", "hold", "resume", "takeover", "try", "publish"};
	char verb[16];
	gw_status status = json_get_text(json, "verb", verb, sizeof(verb), err);

	if (status)
		return status;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verb, verbs[i]) == 0) {
			ret->verb = (enum ctl_verb)i;
			return GW_OK;
		}
	}
	return error_set(err, GW_ERR_UNSUPPORTED, "no verb \"%s\"", verb);
}

struct known {
	const struct ctl_request *request;
	struct error *err;
};

/* A member that is not understood is refused: a hold whose "for" is misspelt must not become one for ever. */
static gw_status check_member(void *context, const char *key, const struct json *value)
{
	static const struct {
		const char *key;
		unsigned verbs; /* bit per verb */
	} members[] = {
		{"v", ~0u},
		{"verb", ~0u},
		{"instance", ~(1u << CTL_STATUS)},
		{"since_s", 1u << CTL_HISTORY},
		{"limit", 1u << CTL_HISTORY},
		{"for_s", 1u << CTL_HOLD},
		{"follow", 1u << CTL_TAKEOVER},
		{"yes", 1u << CTL_PUBLISH},
	};
	const struct known *known = context;

	(void)value;
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		if (strcmp(key, members[i].key) == 0 && (members[i].verbs & (1u << known->request->verb)))
			return GW_OK;
	return error_set(known->err, GW_ERR_SYNTAX, "this verb has no member \"%.64s\"", key);
}

static gw_status parse_number(const struct json *json, const char *key, int64_t min, int64_t max, int64_t *ret,
			      struct error *err)
{
	const struct json *value;

	return json_member(json, key, &value) ? json_get_i64(json, key, min, max, ret, err) : GW_OK;
}

static gw_status parse_members(struct ctl_request *ret, const struct json *json, struct error *err)
{
	struct known known = {.request = ret, .err = err};
	int64_t version = 0, limit = 100;
	const struct json *value;

	if (json_get_i64(json, "v", 0, INT32_MAX, &version, err))
		return err->status;
	if (version != CTL_VERSION)
		return error_set(err, GW_ERR_UNSUPPORTED, "version %lld is not spoken here, only %d",
				 (long long)version, CTL_VERSION);
	if (parse_verb(ret, json, err) || json_each(json, check_member, &known) ||
	    (json_member(json, "instance", &value) &&
	     json_get_text(json, "instance", ret->instance, sizeof(ret->instance), err)) ||
	    parse_number(json, "since_s", 0, UINT32_MAX, &ret->since_s, err) ||
	    parse_number(json, "limit", 1, 10000, &limit, err) ||
	    parse_number(json, "for_s", 1, HOLD_MAX_S, &ret->for_s, err) ||
	    (json_member(json, "follow", &value) && json_get_bool(json, "follow", &ret->follow, err)) ||
	    (json_member(json, "yes", &value) && json_get_bool(json, "yes", &ret->yes, err)))
		return err->status;
	ret->limit = (uint32_t)limit;
	return GW_OK;
}

gw_status ctl_request_parse(struct ctl_request *ret, const char *line, size_t len, struct error *err)
{
	struct ctl_request request = {0};
	struct json *json;
	gw_status status = json_parse(&json, line, len, err);

	if (status)
		return status;
	status = json_is_object(json) ? parse_members(&request, json, err)
				      : error_set(err, GW_ERR_SYNTAX, "a request is a JSON object");
	json_free(json);
	if (!status)
		*ret = request;
	return status;
}
