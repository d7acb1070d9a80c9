/* SPDX-License-Identifier: MIT
 *
 * See log_journal.h.
 */
#include "base/log_journal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log_writer.h"

static struct {
	int fd;
	struct sockaddr_un address;
} journal = {.fd = -1};

/* "DEVICE:INODE", as systemd.exec(5) tells programs to compare it: a parent's variable outlives a redirection. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char own[64];
	struct stat st;

	if (!stream || fstat(STDERR_FILENO, &st) != 0)
		return false;
	snprintf(own, sizeof(own), "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	return strcmp(stream, own) == 0;
}

/* By its address each time: a journald that was started anew has another socket there. */
static bool send_notice(const char *fields, size_t fields_len, const char *message, size_t message_len)
{
	struct iovec parts[] = {{(void *)(uintptr_t)fields, fields_len}, {(void *)(uintptr_t)message, message_len}};
	struct msghdr datagram = {.msg_name = &journal.address,
				  .msg_namelen = sizeof(journal.address),
				  .msg_iov = parts,
				  .msg_iovlen = 2};

	return sendmsg(journal.fd, &datagram, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
}

void log_journal_start(const char *socket_path)
{
	if (!stderr_is_journal() || strlen(socket_path) >= sizeof(journal.address.sun_path))
		return;
	journal.address.sun_family = AF_UNIX;
	memcpy(journal.address.sun_path, socket_path, strlen(socket_path) + 1);
	journal.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (journal.fd >= 0)
		log_writer_send_notices(send_notice);
}
