/* SPDX-License-Identifier: MIT
 * See grant.h. */
#include "grant.h"

#include <stdio.h>

static void read_active_key(struct cluster *cluster, const char *account, char ret[GW_KEY_SIZE])
{
	char args[64];
	const struct json *active, *keys, *accounts;

	snprintf(args, sizeof args, "[[\"%s\"]]", account);
	accounts = cluster_call(cluster, "database_api", "get_accounts", args);
	if (!json_member(json_element(accounts, 0), "active", &active) || !json_member(active, "key_auths", &keys))
		cluster_give_up(cluster, "no authority of %s", account);
	snprintf(ret, GW_KEY_SIZE, "%s", json_string(json_element(json_element(keys, 0), 0), NULL));
}

void grant_foo(struct cluster *cluster, const char *account)
{
	char foo[GW_KEY_SIZE], own[GW_KEY_SIZE];

	read_active_key(cluster, "foo", foo);
	read_active_key(cluster, account, own);
	cluster_fault(cluster, "set_active_authority",
		      "[\"%s\",{\"weight_threshold\":1,\"account_auths\":[],\"key_auths\":[[\"%s\",1],[\"%s\",1]]}]",
		      account, own, foo);
}
