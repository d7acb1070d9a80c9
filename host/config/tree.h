/* SPDX-License-Identifier: MIT
 *
 * YAML to a tree with places, without any meaning. Refused, so that nothing is hidden from a reader: anchors, aliases,
 * tags, several documents, the same key twice. Pure; any thread.
 */
#ifndef HOST_CONFIG_TREE_H
#define HOST_CONFIG_TREE_H

#include <stdbool.h>

#include "base/error.h"

#define TREE_BYTES_MAX (1u << 20)
#define TREE_DEPTH_MAX 8
#define TREE_KEYS_MAX  256  /* members of one map */
#define TREE_ITEMS_MAX 4096 /* items of one list */

enum tree_kind { TREE_SCALAR, TREE_LIST, TREE_MAP };

struct tree {
	enum tree_kind kind;
	int line;	    /* 1 is the first; 0: not from a text */
	const char *origin; /* static text that names the place where there is no line ("$NODE"); NULL: the line does */
	char *key;	    /* a map's member: its key; NULL: an item or the root */
	char *text;	    /* SCALAR: its text; may be a secret until the schema looked at it */
	bool plain;	    /* SCALAR: written without quotes */
	size_t count, cap;  /* LIST, MAP: children, in the order of the text */
	struct tree **children;
};

/* Parses `len` bytes. GW_ERR_CONFIG with "SOURCE:LINE: …" on anything but one well-formed document whose root is a map
 * or a list; the sentence never repeats a value. */
NODISCARD gw_status tree_parse(struct tree **ret, const char *source, const char *text, size_t len, struct error *err);
/* Wipes every text on the way. NULL is fine. */
void tree_free(struct tree *tree);

/* For trees that are made, not read. The parent owns the child from then on. */
struct tree *tree_new(enum tree_kind kind, int line, const char *key, const char *text);
void tree_add(struct tree *parent, struct tree *child);
/* Takes the member out of its map; the caller owns it. NULL: no such member. */
struct tree *tree_take(struct tree *map, const char *key);
/* NULL: no such member. Borrowed. */
struct tree *tree_member(const struct tree *map, const char *key);
/* A scalar that says nothing: `key:`, `key: ~`, `key: null`. */
bool tree_is_empty(const struct tree *node);
/* The node as JSON text. An unquoted true, false or number is that, an empty scalar null, any other a string. Caller frees.
 */
char *tree_json(const struct tree *node);

#endif
