/* SPDX-License-Identifier: MIT
 *
 * The signer's policy out of the configuration. Runs in golos-watchd.
 */
#include "config/grants.h"

#include <string.h>

#include "base/memory.h"

struct signer_policy_instance *grants_make_policy(const struct config *config)
{
	struct signer_policy_instance *policy = xcalloc(config->instance_count, sizeof(*policy));

	for (size_t i = 0; i < config->instance_count; i++) {
		const struct config_instance *instance = &config->instances[i];

		memcpy(policy[i].witness, instance->witness, sizeof(policy[i].witness));
		policy[i].signing_key = instance->signing_key;
		policy[i].grants = instance->grants;
		policy[i].max_signatures = instance->max_signatures;
		policy[i].feed = instance->feed;
	}
	return policy;
}

bool grants_any(const struct config *config)
{
	for (size_t i = 0; i < config->instance_count; i++)
		if (config->instances[i].grants)
			return true;
	return false;
}

/* An instance that publishes no price has no bounds, and fits one that has some. */
static bool same_feed(const struct feed_bounds *policy, const struct feed_bounds *wanted)
{
	return !wanted->min || (policy->min == wanted->min && policy->max == wanted->max &&
				policy->step == wanted->step && policy->per_hour == wanted->per_hour);
}

int grants_find(const struct signer_policy_instance *policy, size_t count, const struct config_instance *instance)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(policy[i].witness, instance->witness) == 0 &&
		    public_key_equal(&policy[i].signing_key, &instance->signing_key) &&
		    (policy[i].grants & instance->grants) == instance->grants &&
		    policy[i].max_signatures == instance->max_signatures && same_feed(&policy[i].feed, &instance->feed))
			return (int)i;
	return -1;
}
