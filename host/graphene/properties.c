/* SPDX-License-Identifier: MIT
 *
 * The witnesses' votable properties, in golosd's order. Every program.
 * Source: docs/protocol.md 5; golosd's steem_operations.hpp and .cpp (chain_properties_17 and later), recording
 * 05b-chain-properties.
 */
#include <string.h>

#include "graphene/operation.h"

#define ANY16	      0, UINT16_MAX
#define ANY32	      0, UINT32_MAX
#define ANY_AMOUNT    INT64_MIN, INT64_MAX
#define NOT_NEGATIVE  0, INT64_MAX
#define POSITIVE      1, INT64_MAX
#define PERCENT	      0, 10000 /* in hundredths */
#define WINDOW	      1, UINT16_MAX / 2
#define AT_LEAST_ONE  1, UINT16_MAX
#define ANY_BOOL      0, 1
#define MIN_BLOCK     65536, UINT32_MAX
#define MIN_RESET_S   3600, UINT32_MAX
#define VOTABLE_CURVE 0, 2 /* "detect" is no curve to vote for */

const struct property_info chain_property_table[] = {
	{"account_creation_fee", PROPERTY_ASSET, 0, "GOLOS", NOT_NEGATIVE},
	{"maximum_block_size", PROPERTY_U32, 0, NULL, MIN_BLOCK},
	{"sbd_interest_rate", PROPERTY_U16, 0, NULL, PERCENT},
	{"create_account_min_golos_fee", PROPERTY_ASSET, 1, "GOLOS", POSITIVE},
	{"create_account_min_delegation", PROPERTY_ASSET, 1, "GOLOS", POSITIVE},
	{"create_account_delegation_time", PROPERTY_U32, 1, NULL, ANY32},
	{"min_delegation", PROPERTY_ASSET, 1, "GOLOS", POSITIVE},
	{"max_referral_interest_rate", PROPERTY_U16, 2, NULL, PERCENT},
	{"max_referral_term_sec", PROPERTY_U32, 2, NULL, ANY32},
	{"min_referral_break_fee", PROPERTY_ASSET, 2, "GOLOS", NOT_NEGATIVE},
	{"max_referral_break_fee", PROPERTY_ASSET, 2, "GOLOS", NOT_NEGATIVE},
	{"posts_window", PROPERTY_U16, 2, NULL, WINDOW},
	{"posts_per_window", PROPERTY_U16, 2, NULL, WINDOW},
	{"comments_window", PROPERTY_U16, 2, NULL, WINDOW},
	{"comments_per_window", PROPERTY_U16, 2, NULL, WINDOW},
	{"votes_window", PROPERTY_U16, 2, NULL, WINDOW},
	{"votes_per_window", PROPERTY_U16, 2, NULL, WINDOW},
	{"auction_window_size", PROPERTY_U16, 2, NULL, ANY16},
	{"max_delegated_vesting_interest_rate", PROPERTY_U16, 2, NULL, PERCENT},
	{"custom_ops_bandwidth_multiplier", PROPERTY_U16, 2, NULL, AT_LEAST_ONE},
	{"min_curation_percent", PROPERTY_U16, 2, NULL, PERCENT},
	{"max_curation_percent", PROPERTY_U16, 2, NULL, PERCENT},
	{"curation_reward_curve", PROPERTY_CURVE, 2, NULL, VOTABLE_CURVE},
	{"allow_distribute_auction_reward", PROPERTY_BOOL, 2, NULL, ANY_BOOL},
	{"allow_return_auction_reward_to_fund", PROPERTY_BOOL, 2, NULL, ANY_BOOL},
	{"worker_reward_percent", PROPERTY_U16, 3, NULL, PERCENT},
	{"witness_reward_percent", PROPERTY_U16, 3, NULL, PERCENT},
	{"vesting_reward_percent", PROPERTY_U16, 3, NULL, PERCENT},
	{"worker_request_creation_fee", PROPERTY_ASSET, 3, "GBG", NOT_NEGATIVE},
	{"worker_request_approve_min_percent", PROPERTY_U16, 3, NULL, PERCENT},
	{"sbd_debt_convert_rate", PROPERTY_U16, 3, NULL, PERCENT},
	{"vote_regeneration_per_day", PROPERTY_U32, 3, NULL, PERCENT},
	{"witness_skipping_reset_time", PROPERTY_U32, 3, NULL, MIN_RESET_S},
	{"witness_idleness_time", PROPERTY_U32, 3, NULL, ANY32},
	{"account_idleness_time", PROPERTY_U32, 3, NULL, ANY32},
	{"claim_idleness_time", PROPERTY_U32, 4, NULL, ANY32},
	{"min_invite_balance", PROPERTY_ASSET, 4, NULL, ANY_AMOUNT},
	{"asset_creation_fee", PROPERTY_ASSET, 5, NULL, ANY_AMOUNT},
	{"invite_transfer_interval_sec", PROPERTY_U32, 5, NULL, ANY32},
	{"convert_fee_percent", PROPERTY_U16, 6, NULL, PERCENT},
	{"min_golos_power_to_curate", PROPERTY_ASSET, 6, NULL, ANY_AMOUNT},
	{"worker_emission_percent", PROPERTY_U16, 6, NULL, PERCENT},
	{"vesting_of_remain_percent", PROPERTY_U16, 6, NULL, PERCENT},
	{"negrep_posting_window", PROPERTY_U16, 6, NULL, ANY16},
	{"negrep_posting_per_window", PROPERTY_U16, 6, NULL, ANY16},
	{"unwanted_operation_cost", PROPERTY_ASSET, 7, NULL, ANY_AMOUNT},
	{"unlimit_operation_cost", PROPERTY_ASSET, 7, NULL, ANY_AMOUNT},
	{"min_golos_power_to_emission", PROPERTY_ASSET, 8, NULL, ANY_AMOUNT},
	{"nft_issue_cost", PROPERTY_ASSET, 9, NULL, ANY_AMOUNT},
	{"private_group_golos_power", PROPERTY_ASSET, 10, NULL, ANY_AMOUNT},
	{"private_group_cost", PROPERTY_ASSET, 10, NULL, ANY_AMOUNT},
};
const size_t chain_property_count = sizeof(chain_property_table) / sizeof(chain_property_table[0]);
_Static_assert(sizeof(chain_property_table) / sizeof(chain_property_table[0]) <= CHAIN_PROPERTIES_MAX,
	       "a chain_properties_update has room for every member");

/* golosd's enum class curation_curve. */
static const struct {
	const char *name;
	uint64_t number;
} curves[] = {{"bounded", 0}, {"linear", 1}, {"square_root", 2}, {"detect", 100}};

const char *reward_curve_name(uint64_t number)
{
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (curves[i].number == number)
			return curves[i].name;
	return NULL;
}

bool reward_curve_number(const char *name, uint64_t *ret)
{
	for (size_t i = 0; i < sizeof(curves) / sizeof(curves[0]); i++)
		if (strcmp(curves[i].name, name) == 0) {
			*ret = curves[i].number;
			return true;
		}
	return false;
}

size_t chain_properties_of_version(unsigned version)
{
	size_t count = 0;

	while (count < chain_property_count && chain_property_table[count].since_version <= version)
		count++;
	return count;
}

size_t chain_property_index(const char *name)
{
	size_t index = 0;

	while (index < chain_property_count && strcmp(chain_property_table[index].name, name) != 0)
		index++;
	return index;
}
