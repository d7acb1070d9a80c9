/* SPDX-License-Identifier: MIT
 *
 * Answers of a real golosd 0.30.0, whole. The devnet puts in the members that live here and leaves all others as they
 * were recorded, so that an answer has every member a client may look for.
 */
#ifndef DEVNET_TEMPLATES_H
#define DEVNET_TEMPLATES_H

extern const char template_properties[];       /* get_dynamic_global_properties */
extern const char template_config[];	       /* get_config */
extern const char template_chain_properties[]; /* get_chain_properties; also the props of a witness */
extern const char template_database_info[];    /* get_database_info */
extern const char template_account[];	       /* one account of get_accounts */
extern const char template_witness[];	       /* get_witness_by_account */
extern const char template_schedule[];	       /* get_witness_schedule */

#endif
