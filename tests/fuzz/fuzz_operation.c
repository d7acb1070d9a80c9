/* SPDX-License-Identifier: MIT
 * Transactions from JSON to bytes: what is taken is written as JSON that gives the same bytes. */
#include "fuzz.h"

#include "graphene/transaction_json.h"
#include "transaction_read.h"

static gw_status read_text(struct transaction *ret, const char *text, size_t len)
{
	struct json *root = NULL;
	struct error err;
	gw_status status = json_parse(&root, text, len, &err);

	if (!status)
		status = transaction_read_json(ret, root, &err);
	MUST(!status || err.text[0]);
	json_free(root);
	return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct transaction tx, again; /* large: not for the stack */
	static struct transaction_bytes bytes, bytes_again;
	struct json_writer w;
	struct error err;

	if (read_text(&tx, (const char *)data, size) || transaction_serialize(&bytes, &tx))
		return 0;
	for (uint32_t i = 0; i < tx.operation_count; i++)
		MUST(!operation_validate(&tx.operations[i], &err) || err.text[0]);
	json_writer_init(&w);
	transaction_write_json(&w, NULL, &tx, NULL, 0);
	MUST(!read_text(&again, w.text, w.len) && !transaction_serialize(&bytes_again, &again));
	MUST(bytes.len == bytes_again.len && memcmp(bytes.bytes, bytes_again.bytes, bytes.len) == 0);
	json_writer_done(&w);
	return 0;
}
