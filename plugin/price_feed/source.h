/* SPDX-License-Identifier: MIT
 *
 * A source: where a number of a quantity comes from, and what its answer must be to count. Pure but for the memory that the JSON reader
 * takes; any thread.
 */
#ifndef PRICE_FEED_SOURCE_H
#define PRICE_FEED_SOURCE_H

#include "base/json.h"
#include "quantity.h"

#define SOURCE_POINTER_SIZE 96
#define SOURCE_ARGS_SIZE    512
#define SOURCE_WORD_SIZE    48
#define SOURCE_NAME_SIZE    160

struct source {
	uint32_t quantity; /* its place among the quantities */
	bool is_rpc;	   /* a question to our own nodes; else an address */
	bool invert;
	char name[SOURCE_NAME_SIZE]; /* of the question or address, for people */
	char url[GW_URL_SIZE];
	char api[SOURCE_WORD_SIZE], method[SOURCE_WORD_SIZE], args[SOURCE_ARGS_SIZE];
	char value[SOURCE_POINTER_SIZE], low[SOURCE_POINTER_SIZE],
		high[SOURCE_POINTER_SIZE]; /* JSON pointers; "": none */
	char time[SOURCE_POINTER_SIZE], refuse_if[SOURCE_POINTER_SIZE];
	int64_t max_age_s;	 /* 0: any; with `time`, always above 0 */
	struct decimal scale;	 /* times the number, or times 1 / it with `invert` */
	struct decimal min, max; /* of what comes out; zero: no bound */
	struct decimal spread;	 /* of the quantity: percent by which low and high may differ */
};

/* The option `sources`, a JSON array's text: fills `ret` with at most QUANTITY_SOURCES_MAX. GW_ERR_CONFIG, and the path of the key. */
NODISCARD gw_status source_read_all(struct source *ret, uint32_t *ret_count, const char *json,
				    const struct quantity *quantities, uint32_t quantity_count, struct error *err);
/* The option `quantities`, a JSON object's text: at most FORMULA_NAMES_MAX. */
NODISCARD gw_status source_read_quantities(struct quantity *ret, uint32_t *ret_count, const char *json,
					   struct error *err);

/* What the answer is worth. age_s: of the answer itself, as the server or a cache says; now_s: wall clock. *ret_age_s: of the number.
 * GW_ERR_PROTOCOL: it does not count, and why. */
NODISCARD gw_status source_value(const struct source *source, const char *answer, size_t len, int64_t age_s,
				 int64_t now_s, struct decimal *ret, int64_t *ret_age_s, struct error *err);

#endif
