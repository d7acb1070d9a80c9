/* SPDX-License-Identifier: MIT
 *
 * A page of a running watcher, over its unix socket DIR/http.
 */
#ifndef TESTS_CTL_HTTP_GET_H
#define TESTS_CTL_HTTP_GET_H

/* The page without its head; "" while nothing listens there. Borrowed until the next call. */
const char *http_get(const char *dir, const char *path, const char *accept);

#endif
