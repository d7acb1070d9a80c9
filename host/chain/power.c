/* SPDX-License-Identifier: MIT
 * See power.h. golosd compares shares * most > used * all shares. */
#include "chain/power.h"

#include <stdio.h>

#define WINDOW_S	604800	  /* STEEMIT_BANDWIDTH_AVERAGE_WINDOW_SECONDS: what was used is forgotten over it */
#define MILLIONTHS_OF_1 1000000.0 /* STEEMIT_BANDWIDTH_PRECISION */

/* Of what was used at its time, how much still counts. */
static double still_used(const struct account_power *power, int64_t now_s)
{
	int64_t past_s = now_s - power->used_at_s;

	if (past_s <= 0)
		return (double)power->used;
	return past_s >= WINDOW_S ? 0 : (double)power->used * (double)(WINDOW_S - past_s) / WINDOW_S;
}

/* Minutes until a transaction fits again; `spare` > 0 is what a used-up account leaves for older ones. */
static long minutes_until(const struct account_power *power, int64_t now_s, double spare)
{
	double wait_s = (double)(WINDOW_S - (now_s - power->used_at_s)) - spare / (double)power->used * WINDOW_S;

	return wait_s < 60 ? 1 : (long)(wait_s / 60) + 1;
}

uint8_t power_judge(const char *account, const struct account_power *power, const struct chain_bandwidth *chain,
		    char ret_text[GW_TEXT_SIZE])
{
	ret_text[0] = '\0';
	if (!power->known || (chain->known && chain->shares == 0)) /* the latter: golosd does not ask */
		return power->known ? GW_READY_YES : GW_READY_UNKNOWN;
	if (power->shares <= 0) {
		snprintf(ret_text, GW_TEXT_SIZE,
			 "%s has no Golos Power, so that golosd refuses whatever it signs (-32003): power up some "
			 "GOLOS for it",
			 account);
		return GW_READY_NO;
	}
	if (!chain->known)
		return GW_READY_UNKNOWN;
	double most = (double)power->shares * chain->most / (double)chain->shares;
	double wanted = POWER_BYTES * MILLIONTHS_OF_1;

	if (still_used(power, chain->time_s) + wanted < most)
		return GW_READY_YES;
	if (wanted >= most)
		snprintf(ret_text, GW_TEXT_SIZE,
			 "%s has too little Golos Power for one transaction (-32003): power up more GOLOS for it",
			 account);
	else
		snprintf(ret_text, GW_TEXT_SIZE,
			 "%s has used up its bandwidth, so that golosd refuses what it signs for some %ld min "
			 "(-32003): more "
			 "Golos Power gives more",
			 account, minutes_until(power, chain->time_s, most - wanted));
	return GW_READY_NO;
}
