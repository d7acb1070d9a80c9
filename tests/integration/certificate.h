/* SPDX-License-Identifier: MIT
 *
 * A certificate of its own for localhost, in a folder of its own.
 */
#ifndef TESTS_CERTIFICATE_H
#define TESTS_CERTIFICATE_H

struct certificate {
	char folder[64], cert[128], key[128]; /* the files are PEM */
};

/* For cmocka's groups: *state becomes a struct certificate. 0: it is there. */
int certificate_make(void **state);
int certificate_remove(void **state);
/* Another key and certificate in the same files. 0: done. */
int certificate_renew(const struct certificate *certificate);

#endif
