/* SPDX-License-Identifier: MIT
 *
 * Notices to journald's native socket, where their code, instance and witness are fields that `journalctl FIELD=…`
 * finds (systemd's JOURNAL_NATIVE_PROTOCOL). For the host alone, in a file of its own: the signer's filter forbids
 * sockets, and no code of it may be linked there.
 */
#ifndef BASE_LOG_JOURNAL_H
#define BASE_LOG_JOURNAL_H

#define LOG_JOURNAL_SOCKET "/run/systemd/journal/socket"

/* Where $JOURNAL_STREAM says that stderr is journald's: notices go to this socket, and to stderr as all other lines
 * where it is missing or full. Else nothing changes. Before log_start_writer, whose thread sends; once. */
void log_journal_start(const char *socket_path);

#endif
