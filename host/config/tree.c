/* SPDX-License-Identifier: MIT
 *
 * libyaml's events to a tree. Recursive; the depth is bounded by TREE_DEPTH_MAX.
 */
#include "config/tree.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "base/json.h"
#include "base/json_writer.h"
#include "base/memory.h"

struct builder {
	yaml_parser_t parser;
	const char *source;
	yaml_event_t event; /* under way */
	size_t lines;	    /* of the text */
	struct error *err;
};

/* ---- the tree itself -------------------------------------------------------------------------------------------- */

struct tree *tree_new(enum tree_kind kind, int line, const char *key, const char *text)
{
	struct tree *node = xcalloc(1, sizeof(*node));

	node->kind = kind;
	node->line = line;
	node->key = key ? xstrdup(key) : NULL;
	node->text = text ? xstrdup(text) : NULL;
	node->plain = true;
	return node;
}

void tree_free(struct tree *tree)
{
	if (!tree)
		return;
	for (size_t i = 0; i < tree->count; i++)
		tree_free(tree->children[i]);
	if (tree->text)
		explicit_bzero(tree->text, strlen(tree->text));
	free(tree->text);
	free(tree->key);
	free(tree->children);
	free(tree);
}

void tree_add(struct tree *parent, struct tree *child)
{
	if (parent->count == parent->cap) {
		parent->cap = parent->cap ? parent->cap * 2 : 4;
		parent->children = xrealloc(parent->children, parent->cap, sizeof(void *));
	}
	parent->children[parent->count++] = child;
}

struct tree *tree_member(const struct tree *map, const char *key)
{
	for (size_t i = 0; map->kind == TREE_MAP && i < map->count; i++)
		if (!strcmp(map->children[i]->key, key))
			return map->children[i];
	return NULL;
}

struct tree *tree_take(struct tree *map, const char *key)
{
	struct tree *found = tree_member(map, key);
	size_t kept = 0;

	for (size_t i = 0; found && i < map->count; i++)
		if (map->children[i] != found)
			map->children[kept++] = map->children[i];
	if (found)
		map->count = kept;
	return found;
}

bool tree_is_empty(const struct tree *node)
{
	return node->kind == TREE_SCALAR && node->plain &&
	       (!*node->text || !strcmp(node->text, "~") || !strcmp(node->text, "null"));
}

/* ---- to JSON ---------------------------------------------------------------------------------------------------- */

static bool is_json_number(const char *text)
{
	struct json *value = NULL;
	struct error why;
	bool digit = (text[0] >= '0' && text[0] <= '9') || text[0] == '-';
	bool is_one = digit && json_parse(&value, text, strlen(text), &why) == GW_OK;

	json_free(value);
	return is_one;
}

static void write_node(struct json_writer *w, const struct tree *node)
{
	if (node->kind == TREE_SCALAR) {
		bool is_word = node->plain && (!strcmp(node->text, "true") || !strcmp(node->text, "false"));

		if (tree_is_empty(node))
			json_put_null(w, node->key);
		else if (is_word || (node->plain && is_json_number(node->text)))
			json_put_raw(w, node->key, node->text);
		else
			json_put_text(w, node->key, node->text);
		return;
	}
	json_open(w, node->key, node->kind == TREE_MAP ? '{' : '[');
	for (size_t i = 0; i < node->count; i++)
		write_node(w, node->children[i]);
	json_close(w, node->kind == TREE_MAP ? '}' : ']');
}

char *tree_json(const struct tree *node)
{
	struct tree root = *node;
	struct json_writer w;

	root.key = NULL; /* not its place among others, itself */
	json_writer_init(&w);
	write_node(&w, &root);
	return json_writer_take(&w);
}

/* ---- from events ------------------------------------------------------------------------------------------------ */

static int line_of(const struct builder *b)
{
	return (int)b->event.start_mark.line + 1;
}

static gw_status refuse(struct builder *b, const char *what)
{
	return error_set(b->err, GW_ERR_CONFIG, "%s:%d: %s", b->source, line_of(b), what);
}

static gw_status next_event(struct builder *b)
{
	yaml_event_delete(&b->event);
	if (yaml_parser_parse(&b->parser, &b->event))
		return GW_OK;
	size_t line = b->parser.problem_mark.line;

	if (b->parser.error == YAML_READER_ERROR) /* knows bytes only, and its mark is not set */
		line = b->parser.mark.line;
	if (line >= b->lines) /* the end of the stream counts as a line of its own */
		line = b->lines - 1;
	return error_set(b->err, GW_ERR_CONFIG, "%s:%zu: not well-formed YAML: %s", b->source, line + 1,
			 b->parser.problem ? b->parser.problem : "out of memory");
}

/* YAML's means of saying a thing twice or otherwise than it looks: none is needed here. */
static gw_status check_plain(struct builder *b)
{
	const yaml_event_t *event = &b->event;
	const yaml_char_t *anchor = NULL, *tag = NULL;

	if (event->type == YAML_SCALAR_EVENT) {
		anchor = event->data.scalar.anchor;
		tag = event->data.scalar.tag;
	} else if (event->type == YAML_SEQUENCE_START_EVENT) {
		anchor = event->data.sequence_start.anchor;
		tag = event->data.sequence_start.tag;
	} else if (event->type == YAML_MAPPING_START_EVENT) {
		anchor = event->data.mapping_start.anchor;
		tag = event->data.mapping_start.tag;
	} else if (event->type == YAML_ALIAS_EVENT) {
		return refuse(b, "an alias (*name) is not accepted here: write the value out");
	}
	if (anchor)
		return refuse(b, "an anchor (&name) is not accepted here: write the value out");
	return tag ? refuse(b, "a tag (!name) is not accepted here") : GW_OK;
}

static gw_status scalar_text(struct builder *b, char **ret)
{
	const char *text = (const char *)b->event.data.scalar.value;
	size_t len = b->event.data.scalar.length;

	if (memchr(text, 0, len))
		return refuse(b, "a value holds a zero byte");
	*ret = xstrndup(text, len);
	return GW_OK;
}

static gw_status read_node(struct builder *b, unsigned depth, struct tree **ret);

static gw_status read_list(struct builder *b, unsigned depth, struct tree *list)
{
	gw_status status;

	while (!(status = next_event(b)) && b->event.type != YAML_SEQUENCE_END_EVENT) {
		struct tree *item;

		if (list->count == TREE_ITEMS_MAX)
			return refuse(b, "a list is too long");
		status = read_node(b, depth + 1, &item);
		if (status)
			return status;
		tree_add(list, item);
	}
	return status;
}

static gw_status read_key(struct builder *b, const struct tree *map, char **ret)
{
	gw_status status = check_plain(b);

	if (!status)
		status = b->event.type == YAML_SCALAR_EVENT ? scalar_text(b, ret) : refuse(b, "a key must be one word");
	if (status)
		return status;
	const struct tree *first = tree_member(map, *ret);

	if (first)
		return error_set(b->err, GW_ERR_CONFIG, "%s:%d: '%.64s' is given twice, first in line %d", b->source,
				 line_of(b), *ret, first->line);
	return map->count == TREE_KEYS_MAX ? refuse(b, "too many keys in one place") : GW_OK;
}

/* One `key: value`. */
static gw_status read_member(struct builder *b, unsigned depth, struct tree *map)
{
	int line = line_of(b);
	char *key = NULL;
	struct tree *value;
	gw_status status = read_key(b, map, &key);

	if (!status)
		status = next_event(b);
	if (!status)
		status = read_node(b, depth + 1, &value);
	if (status) {
		free(key);
		return status;
	}
	value->key = key;
	value->line = line; /* of the key: where a person looks */
	tree_add(map, value);
	return GW_OK;
}

static gw_status read_map(struct builder *b, unsigned depth, struct tree *map)
{
	gw_status status;

	while (!(status = next_event(b)) && b->event.type != YAML_MAPPING_END_EVENT) {
		status = read_member(b, depth, map);
		if (status)
			return status;
	}
	return status;
}

/* Begins with the event under way. */
static gw_status read_node(struct builder *b, unsigned depth, struct tree **ret)
{
	gw_status status = check_plain(b);

	if (status != GW_OK)
		return status;
	if (depth > TREE_DEPTH_MAX)
		return refuse(b, "nested too deeply");
	struct tree *node = tree_new(TREE_SCALAR, line_of(b), NULL, NULL);
	if (b->event.type == YAML_SEQUENCE_START_EVENT) {
		node->kind = TREE_LIST;
		status = read_list(b, depth, node);
	} else if (b->event.type == YAML_MAPPING_START_EVENT) {
		node->kind = TREE_MAP;
		status = read_map(b, depth, node);
	} else {
		node->plain = b->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		status = scalar_text(b, &node->text);
	}
	if (status != GW_OK) {
		tree_free(node);
		return status;
	}
	*ret = node;
	return GW_OK;
}

/* Takes an event and wants it to be of `type`. */
static gw_status expect(struct builder *b, yaml_event_type_t type, const char *otherwise)
{
	gw_status status = next_event(b);

	return status || b->event.type == type ? status : refuse(b, otherwise);
}

static gw_status read_document(struct builder *b, struct tree **ret)
{
	struct tree *root = NULL;

	if (expect(b, YAML_STREAM_START_EVENT, "not YAML") ||
	    expect(b, YAML_DOCUMENT_START_EVENT, "nothing is configured: the text is empty") || next_event(b))
		return b->err->status;
	if (b->event.type == YAML_SCALAR_EVENT)
		return refuse(b, "'key: value' lines are expected");
	if (read_node(b, 0, &root))
		return b->err->status;
	if (expect(b, YAML_DOCUMENT_END_EVENT, "the document does not end") ||
	    expect(b, YAML_STREAM_END_EVENT, "a second document (---) begins: one is accepted")) {
		tree_free(root);
		return b->err->status;
	}
	*ret = root;
	return GW_OK;
}

gw_status tree_parse(struct tree **ret, const char *source, const char *text, size_t len, struct error *err)
{
	static const char mark[] =
		"\xef\xbb\xbf"; /* of UTF-8, as some editors begin a file; libyaml takes it for text */
	struct builder b = {.source = source, .lines = 1, .err = err};

	if (len >= strlen(mark) && memcmp(text, mark, strlen(mark)) == 0) {
		text += strlen(mark);
		len -= strlen(mark);
	}

	if (len > TREE_BYTES_MAX)
		return error_set(err, GW_ERR_CONFIG, "%s: larger than %u bytes", source, TREE_BYTES_MAX);
	if (memchr(text, 0, len))
		return error_set(err, GW_ERR_CONFIG, "%s: holds a zero byte: not a text", source);
	for (size_t i = 0; i + 1 < len; i++)
		b.lines += text[i] == '\n';
	if (!yaml_parser_initialize(&b.parser))
		return error_set(err, GW_ERR_NOMEM, "%s: no memory to read it", source);
	yaml_parser_set_encoding(&b.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&b.parser, (const unsigned char *)text, len);
	gw_status status = read_document(&b, ret);
	yaml_event_delete(&b.event);
	yaml_parser_delete(&b.parser);
	return status;
}
