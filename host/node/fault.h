/* SPDX-License-Identifier: MIT
 *
 * The faults of a node, and which of them drop the connection: one table. Pure.
 */
#ifndef NODE_FAULT_H
#define NODE_FAULT_H

#include <stdbool.h>
#include <stddef.h>

/* Faults that do not drop: so many of them in one connection do. */
#define FAULT_TOLERATED_MAX 16u

enum fault {
	FAULT_NONE,
	FAULT_BINARY,	    /* a binary message */
	FAULT_TOO_LONG,	    /* a message above NODE_MESSAGE_MAX, or whose values take too much memory */
	FAULT_NOT_JSON,	    /* not exactly one value of strict JSON: text after it, equal keys, too deep, NaN, … */
	FAULT_NOT_REPLY,    /* no object */
	FAULT_VERSION,	    /* "jsonrpc" is not "2.0" */
	FAULT_ID_FORM,	    /* "id" is missing or not a whole number */
	FAULT_ID_NULL,	    /* "id" is null: the node could not read a request of ours */
	FAULT_ID_UNKNOWN,   /* no request had it */
	FAULT_ID_REPEATED,  /* its request has been answered */
	FAULT_BOTH,	    /* result and error */
	FAULT_NEITHER,	    /* no result and no error */
	FAULT_ERROR_FORM,   /* the error is no object */
	FAULT_BLOCK,	    /* a block that is none */
	FAULT_CONFIG,	    /* get_config's answer is none */
	FAULT_SUBSCRIPTION, /* the subscription is refused */
	FAULT_ANSWER,	    /* an answer has not the form that its method has */
	FAULT_COUNT
};

struct fault_rule {
	const char *name; /* short, for logs and tests */
	bool drops;	  /* nothing that follows on this connection can be trusted */
};

const struct fault_rule *fault_rule(enum fault fault);

#endif
