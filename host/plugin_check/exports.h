/* SPDX-License-Identifier: MIT
 *
 * What a shared object lets others see.
 */
#ifndef PLUGIN_CHECK_EXPORTS_H
#define PLUGIN_CHECK_EXPORTS_H

#include <stddef.h>

/* Calls `found` with each defined dynamic symbol of the file. Nothing where it is no ELF file of this machine. */
void exports_each(const char *path, void (*found)(const char *name));

#endif
