/* SPDX-License-Identifier: MIT
 *
 * What the child of a round gives up before it talks to anybody. The parent keeps what it takes to make the next one.
 */
#ifndef FETCH_CONFINE_H
#define FETCH_CONFINE_H

#include "base/error.h"

/* Can this kernel bound files (Landlock)? */
bool confine_has_landlock(void);
/* Memory, time, descriptors; no file but certificates and what names are resolved with; no system call beyond those of
 * a client of the network. ca_file: read as well; NULL: none. GW_ERR_SYSTEM. */
NODISCARD gw_status confine_child(const char *ca_file, struct error *err);
/* No program is executed by the parent or a child, ever. */
NODISCARD gw_status confine_parent(struct error *err);

#endif
