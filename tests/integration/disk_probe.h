/* SPDX-License-Identifier: MIT
 *
 * How long this disk takes for one sync, while something else is measured: a thread that overwrites and syncs 4 KiB of
 * a file in /tmp ten times a second.
 */
#ifndef INTEGRATION_DISK_PROBE_H
#define INTEGRATION_DISK_PROBE_H

#include <stddef.h>
#include <stdint.h>

struct disk_times {
	int64_t *us; /* the caller's to free */
	size_t count;
};

struct disk_probe;

struct disk_probe *disk_probe_new(void);
struct disk_times disk_probe_end(struct disk_probe *probe);

#endif
