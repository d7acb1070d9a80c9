/* SPDX-License-Identifier: MIT
 *
 * Descriptors 0 to 2, for each program's first line.
 */
#ifndef BASE_STANDARD_FILES_H
#define BASE_STANDARD_FILES_H

/* Opens /dev/null for those that are closed: else the next file or socket would get such a number, and log lines with
 * it. Standard output is opened for reading alone, so that a write to it fails. Ends the process with EXIT_SYSTEM where
 * there is no /dev/null. Before anything else is opened. */
void standard_files_open(void);

#endif
