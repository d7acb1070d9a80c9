/* SPDX-License-Identifier: MIT
 *
 * Words of a configuration to values, one way for the host's own keys and for the plugins' options. Pure; any thread.
 */
#ifndef HOST_CONFIG_VALUE_H
#define HOST_CONFIG_VALUE_H

#include <golos_watch/plugin.h>
#include <stdbool.h>

#include "base/error.h"

/* Each writes *ret only when the text is one. */
NODISCARD bool value_parse_bool(const char *text, bool *ret);	  /* true false yes no on off */
NODISCARD bool value_parse_whole(const char *text, int64_t *ret); /* decimal digits, '-' before them; 64 bits */
/* Place of `text` among the words of `choices` ("a|b|c"). */
NODISCARD bool value_parse_choice(const char *text, const char *choices, int32_t *ret);
/* A public key, and not the null key. GW_ERR_CONFIG. */
NODISCARD gw_status value_check_key(const char *text, struct error *err);
/* Holds text against a row of a plugin's table or of the host's own: number and truth become value->number, the others
 * value->text, which is borrowed. Lists and nested values are not for this. GW_ERR_CONFIG: what is expected instead. */
NODISCARD gw_status value_read(struct gw_option_value *value, const struct gw_option *option, const char *text,
			       struct error *err);
/* 1 to 48 of [a-z0-9_]: names of plugins, options, notices. */
bool value_is_word(const char *text);

/* "Did you mean": offer every known word; `best` is the nearest within two slips, or NULL. */
struct nearest {
	const char *best; /* borrowed from what was offered */
	size_t distance;
};
void nearest_offer(struct nearest *nearest, const char *wrong, const char *known);
/* ", did you mean 'X'?" or "". */
void nearest_text(char *ret, size_t size, const struct nearest *nearest);

#endif
