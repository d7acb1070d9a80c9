/* SPDX-License-Identifier: MIT */
#include "ledger_scene.h"

#include <stdlib.h>
#include <unistd.h>

struct ledger *scene_open(const char *path, int64_t now_s, void (*report)(const char *why))
{
	struct ledger *ledger = malloc(sizeof(*ledger));
	struct error err = {.text = ""};

	assert_non_null(ledger);
	if (ledger_open(ledger, path, geteuid(), now_s, &err) != GW_OK ||
	    ledger_start(ledger, now_s, report, &err) != GW_OK)
		fail_msg("%s", err.text);
	ledger->writer.deadline_ms = LEDGER_PATIENCE_MS;
	return ledger;
}

void scene_end(struct ledger *ledger)
{
	ledger_close(ledger);
	free(ledger);
}

size_t scene_used(struct ledger *ledger, const char *witness, size_t key, int64_t now_s)
{
	struct public_key public_key = fixture_public(key);

	return ledger_used(ledger, witness, &public_key, false, now_s);
}
