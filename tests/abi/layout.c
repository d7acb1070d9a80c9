/* SPDX-License-Identifier: MIT
 *
 * The layout of ABI 1.0 on x86-64, for ever: a change of any line here breaks plugins that were built before. A later
 * minor version adds lines for its appended members and does not touch the others.
 */
#include <golos_watch/plugin.h>

#if defined(__x86_64__) && defined(__LP64__)
/* A struct may grow; it was this long in 1.0. */
#define SIZE_1_0(type, bytes) _Static_assert(sizeof(struct type) >= (bytes), #type)
/* Stands inside others: never another size. */
#define SIZE_FIXED(type, bytes) _Static_assert(sizeof(struct type) == (bytes), #type)
#define AT(type, member, bytes) _Static_assert(offsetof(struct type, member) == (bytes), #type "." #member)

SIZE_FIXED(gw_now, 24);
AT(gw_now, wall_ms, 0);
AT(gw_now, mono_ms, 8);
AT(gw_now, chain_ms, 16);

SIZE_1_0(gw_slot, 24);
AT(gw_slot, struct_size, 0);
AT(gw_slot, witness, 4);
AT(gw_slot, filled, 21);
AT(gw_slot, silent, 22);
AT(gw_slot, charged, 23);

SIZE_1_0(gw_key_update, 88);
AT(gw_key_update, struct_size, 0);
AT(gw_key_update, ref_block_num, 4);
AT(gw_key_update, witness, 6);
AT(gw_key_update, signing_key, 23);

SIZE_1_0(gw_block_event, 280);
AT(gw_block_event, struct_size, 0);
AT(gw_block_event, flags, 4);
AT(gw_block_event, now, 8);
AT(gw_block_event, seq, 32);
AT(gw_block_event, num, 40);
AT(gw_block_event, undone, 44);
AT(gw_block_event, time_s, 48);
AT(gw_block_event, id, 56);
AT(gw_block_event, previous, 97);
AT(gw_block_event, witness, 138);
AT(gw_block_event, signing_key, 155);
AT(gw_block_event, skipped, 220);
AT(gw_block_event, missed_count, 224);
AT(gw_block_event, missed, 232);
AT(gw_block_event, round_count, 240);
AT(gw_block_event, update_count, 244);
AT(gw_block_event, round, 248);
AT(gw_block_event, updates, 256);
AT(gw_block_event, scheduled, 264);
AT(gw_block_event, interval_s, 268);
AT(gw_block_event, driver_epoch, 272);
AT(gw_block_event, irreversible, 276);

SIZE_1_0(gw_witness_event, 2288);
AT(gw_witness_event, struct_size, 0);
AT(gw_witness_event, cause, 4);
AT(gw_witness_event, now, 8);
AT(gw_witness_event, witness, 32);
AT(gw_witness_event, endpoint, 52);
AT(gw_witness_event, from_driver, 56);
AT(gw_witness_event, exists, 57);
AT(gw_witness_event, key_trusted, 58);
AT(gw_witness_event, null_origin, 59);
AT(gw_witness_event, begun_seq, 64);
AT(gw_witness_event, begun_block, 72);
AT(gw_witness_event, driver_epoch, 76);
AT(gw_witness_event, key_seq, 80);
AT(gw_witness_event, key_block, 88);
AT(gw_witness_event, total_missed, 92);
AT(gw_witness_event, last_confirmed, 96);
AT(gw_witness_event, next_own_slot, 100);
AT(gw_witness_event, signing_key, 104);
AT(gw_witness_event, fetched_key, 168);
AT(gw_witness_event, url, 232);

SIZE_1_0(gw_node, 72);
AT(gw_node, struct_size, 0);
AT(gw_node, head_num, 4);
AT(gw_node, head_time_s, 8);
AT(gw_node, head_id, 16);
AT(gw_node, is_own, 57);
AT(gw_node, is_driver, 58);
AT(gw_node, connected, 59);
AT(gw_node, branch, 60);
AT(gw_node, url, 64);

SIZE_1_0(gw_nodes_event, 40);
AT(gw_nodes_event, struct_size, 0);
AT(gw_nodes_event, count, 4);
AT(gw_nodes_event, now, 8);
AT(gw_nodes_event, nodes, 32);

SIZE_1_0(gw_readiness_event, 1064);
AT(gw_readiness_event, struct_size, 0);
AT(gw_readiness_event, authority, 4);
AT(gw_readiness_event, golosd_config, 5);
AT(gw_readiness_event, journal, 6);
AT(gw_readiness_event, node, 7);
AT(gw_readiness_event, now, 8);
AT(gw_readiness_event, authority_text, 32);
AT(gw_readiness_event, golosd_config_text, 288);
AT(gw_readiness_event, node_text, 544);
AT(gw_readiness_event, power_text, 800);
AT(gw_readiness_event, power, 1056);

SIZE_1_0(gw_intent, 204);
AT(gw_intent, struct_size, 0);
AT(gw_intent, operation, 4);
AT(gw_intent, mode, 8);
AT(gw_intent, evidence_num, 12);
AT(gw_intent, evidence_id, 16);
AT(gw_intent, witness, 57);
AT(gw_intent, signing_key, 74);
AT(gw_intent, base, 138);
AT(gw_intent, quote, 170);

SIZE_1_0(gw_submission_event, 360);
AT(gw_submission_event, struct_size, 0);
AT(gw_submission_event, state, 4);
AT(gw_submission_event, reason, 8);
AT(gw_submission_event, block_num, 12);
AT(gw_submission_event, now, 16);
AT(gw_submission_event, id, 40);
AT(gw_submission_event, intent, 48);
AT(gw_submission_event, txid, 56);
AT(gw_submission_event, text, 97);

SIZE_1_0(gw_notice_event, 64);
AT(gw_notice_event, struct_size, 0);
AT(gw_notice_event, severity, 4);
AT(gw_notice_event, now, 8);
AT(gw_notice_event, source, 32);
AT(gw_notice_event, code, 40);
AT(gw_notice_event, text, 48);
AT(gw_notice_event, fields_json, 56);

SIZE_1_0(gw_command_event, 112);
AT(gw_command_event, struct_size, 0);
AT(gw_command_event, verb, 4);
AT(gw_command_event, now, 8);
AT(gw_command_event, until_s, 32);
AT(gw_command_event, by, 40);
AT(gw_command_event, yes, 104);

SIZE_1_0(gw_timer_event, 32);
AT(gw_timer_event, struct_size, 0);
AT(gw_timer_event, id, 4);
AT(gw_timer_event, now, 8);

SIZE_1_0(gw_option, 56);
AT(gw_option, name, 0);
AT(gw_option, type, 8);
AT(gw_option, required, 12);
AT(gw_option, default_text, 16);
AT(gw_option, min, 24);
AT(gw_option, max, 32);
AT(gw_option, choices, 40);
AT(gw_option, help, 48);

SIZE_1_0(gw_option_value, 56);
AT(gw_option_value, struct_size, 0);
AT(gw_option_value, type, 4);
AT(gw_option_value, name, 8);
AT(gw_option_value, given, 16);
AT(gw_option_value, number, 24);
AT(gw_option_value, text, 32);
AT(gw_option_value, list, 40);
AT(gw_option_value, list_count, 48);

SIZE_1_0(gw_host_api, 40);
AT(gw_host_api, struct_size, 0);
AT(gw_host_api, abi_major, 4);
AT(gw_host_api, abi_minor, 6);
AT(gw_host_api, log, 8);
AT(gw_host_api, timer_set, 16);
AT(gw_host_api, now, 24);
AT(gw_host_api, service, 32);

SIZE_1_0(gw_chain_v1, 32);
AT(gw_chain_v1, struct_size, 0);
AT(gw_chain_v1, watch, 8);
AT(gw_chain_v1, head, 16);
AT(gw_chain_v1, slot, 24);

SIZE_1_0(gw_submit_v1, 24);
AT(gw_submit_v1, struct_size, 0);
AT(gw_submit_v1, submit, 8);
AT(gw_submit_v1, cancel, 16);

SIZE_1_0(gw_notice_v1, 16);
AT(gw_notice_v1, struct_size, 0);
AT(gw_notice_v1, notice, 8);

SIZE_1_0(gw_store_v1, 24);
AT(gw_store_v1, struct_size, 0);
AT(gw_store_v1, put, 8);
AT(gw_store_v1, get, 16);

SIZE_1_0(gw_rpc_v1, 16);
AT(gw_rpc_v1, struct_size, 0);
AT(gw_rpc_v1, call, 8);

SIZE_1_0(gw_rpc_event, 56);
AT(gw_rpc_event, struct_size, 0);
AT(gw_rpc_event, status, 4);
AT(gw_rpc_event, now, 8);
AT(gw_rpc_event, id, 32);
AT(gw_rpc_event, json, 40);
AT(gw_rpc_event, json_len, 48);

SIZE_1_0(gw_http_v1, 16);
AT(gw_http_v1, struct_size, 0);
AT(gw_http_v1, get, 8);

SIZE_1_0(gw_http_event, 80);
AT(gw_http_event, struct_size, 0);
AT(gw_http_event, status, 4);
AT(gw_http_event, now, 8);
AT(gw_http_event, id, 32);
AT(gw_http_event, source, 40);
AT(gw_http_event, http_status, 44);
AT(gw_http_event, age_s, 48);
AT(gw_http_event, body, 56);
AT(gw_http_event, body_len, 64);
AT(gw_http_event, text, 72);

SIZE_1_0(gw_plugin_entry, 184);
AT(gw_plugin_entry, struct_size, 0);
AT(gw_plugin_entry, abi_major, 4);
AT(gw_plugin_entry, abi_minor, 6);
AT(gw_plugin_entry, name, 8);
AT(gw_plugin_entry, version, 16);
AT(gw_plugin_entry, summary, 24);
AT(gw_plugin_entry, needs, 32);
AT(gw_plugin_entry, options, 40);
AT(gw_plugin_entry, option_count, 48);
AT(gw_plugin_entry, option_size, 56);
AT(gw_plugin_entry, open, 64);
AT(gw_plugin_entry, start, 72);
AT(gw_plugin_entry, stop, 80);
AT(gw_plugin_entry, close, 88);
AT(gw_plugin_entry, on_block, 96);
AT(gw_plugin_entry, on_witness, 104);
AT(gw_plugin_entry, on_nodes, 112);
AT(gw_plugin_entry, on_readiness, 120);
AT(gw_plugin_entry, on_submission, 128);
AT(gw_plugin_entry, on_timer, 136);
AT(gw_plugin_entry, on_notice, 144);
AT(gw_plugin_entry, on_rpc, 152);
AT(gw_plugin_entry, on_http, 160);
AT(gw_plugin_entry, on_command, 168);
AT(gw_plugin_entry, status, 176);
#endif

_Static_assert(sizeof(gw_status) == 4, "gw_status");
_Static_assert(GW_ACCOUNT_SIZE == 17 && GW_KEY_SIZE == 64 && GW_ID_SIZE == 41, "sizes of text");
_Static_assert(GW_TEXT_SIZE == 256 && GW_URL_SIZE == 2049, "sizes of text");
_Static_assert(GW_ABI_MAJOR == 1, "another major has a file of its own");

/* Numbers are never reused. */
#define STATUS(name, number) _Static_assert((name) == (number), #name)
STATUS(GW_OK, 0);
STATUS(GW_ERR_INTERNAL, -1);
STATUS(GW_ERR_NOMEM, -2);
STATUS(GW_ERR_SYSTEM, -3);
STATUS(GW_ERR_SYNTAX, -4);
STATUS(GW_ERR_RANGE, -5);
STATUS(GW_ERR_NOT_FOUND, -6);
STATUS(GW_ERR_DENIED, -7);
STATUS(GW_ERR_BUSY, -8);
STATUS(GW_ERR_UNAVAILABLE, -9);
STATUS(GW_ERR_PROTOCOL, -10);
STATUS(GW_ERR_UNSUPPORTED, -11);
STATUS(GW_ERR_TRUST, -12);
STATUS(GW_ERR_CONFIG, -13);
STATUS(GW_ERR_TIMEOUT, -14);
