/* SPDX-License-Identifier: MIT
 *
 * The parts that answers read. They belong to the host, and outlive each answer. [loop]
 */
#ifndef API_PARTS_H
#define API_PARTS_H

#include "api/rounds.h"
#include "cluster/cluster.h"
#include "feed/submitter.h"
#include "fetch/client/client.h"
#include "health/health.h"
#include "notices/notices.h"

struct api_parts {
	const char *chain_id;
	bool dry_run;
	int64_t started_s; /* wall time */
	struct health *health;
	struct observer *observer;
	struct journal *journal;
	struct instances *instances;
	struct notices *notices;
	struct rounds *rounds;
	struct submitter *submitter;
	struct signer *signer;	       /* NULL: nothing is signed here */
	struct fetch *fetch;	       /* NULL: nobody asks the internet */
	const struct cluster *cluster; /* NULL: none */
	size_t address_count;	       /* of the configuration, that it is for */
};

#endif
