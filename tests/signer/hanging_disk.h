/* SPDX-License-Identifier: MIT
 *
 * A signer whose syncs hang while another process says so: through a file beside the program, mapped by both.
 */
#ifndef TEST_SIGNER_HANGING_DISK_H
#define TEST_SIGNER_HANGING_DISK_H

/* The file's name is the program's and this; it holds one number for futex(2): not 0 while the disk hangs. */
#define HANGING_DISK_SUFFIX ".disk"

#endif
