/* SPDX-License-Identifier: MIT
 *
 * One operation as golosd's JSON: [name, {member: value, …}]. Host and command line only. Any thread.
 */
#ifndef GRAPHENE_OPERATION_JSON_H
#define GRAPHENE_OPERATION_JSON_H

#include "base/json.h"
#include "base/json_writer.h"
#include "graphene/operation.h"

void operation_write_json(struct json_writer *w, const char *key, const struct operation *op);

/* One votable property as a member of `object`; `index`: in chain_property_table. Numbers may be strings of digits, a
 * curve its name or its number. */
NODISCARD gw_status property_read_json(union property_value *ret, size_t index, const struct json *object,
				       struct error *err);
void property_write_json(struct json_writer *w, size_t index, const union property_value *value);

#endif
