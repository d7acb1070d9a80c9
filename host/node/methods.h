/* SPDX-License-Identifier: MIT
 *
 * Which of the calls that the host needs an endpoint answers. A call that fails is news once, and once more when it is
 * answered again. A plugin that golosd lacks is news once for all its calls, with the line for its config.ini. Pure.
 * Source: docs/protocol.md 1, error -32601.
 */
#ifndef NODE_METHODS_H
#define NODE_METHODS_H

#include "node/answers.h"

#define METHODS_MAX 8

enum method_outcome {
	METHOD_ANSWERED,
	METHOD_ERROR,  /* with an error */
	METHOD_SILENT, /* not within its deadline */
};

struct methods {
	uint8_t states[METHODS_MAX]; /* of each of the list in methods.c: how its newest call ended */
};

/* A call has ended. True: that is news, and ret_text says it. error: with METHOD_ERROR. A call that the host does not
 * need is no news. */
bool methods_note(struct methods *methods, const char *api, const char *method, enum method_outcome outcome,
		  const struct rpc_error *error, char ret_text[GW_TEXT_SIZE]);
/* True: golosd has answered that it does not have one of them, and ret_text names it with what to do. */
bool methods_lacking(const struct methods *methods, char ret_text[GW_TEXT_SIZE]);
/* The APIs of those, each once: their number. */
size_t methods_missing_apis(const struct methods *methods, const char *ret[METHODS_MAX]);

#endif
