/* SPDX-License-Identifier: MIT
 *
 * The status as one HTML page for people, which renews itself and needs no script. Pure; any thread.
 */
#ifndef API_PAGE_H
#define API_PAGE_H

#include "base/json.h"

#define PAGE_RENEWED_S 15

/* status: what status_json makes, parsed. What it lacks is not shown. Every text in it is escaped. Caller frees. */
char *page_html(const struct json *status);
/* The page's style sheet. */
extern const char page_style[];

#endif
