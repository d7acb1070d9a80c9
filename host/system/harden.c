/* SPDX-License-Identifier: MIT
 * See harden.h. */
#include "system/harden.h"

#include <errno.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "system/helper.h"

pid_t harden_find_host(void)
{
	struct ucred peer = {.pid = 0};
	socklen_t peer_len = sizeof(peer), type_len = sizeof(int);
	int type = 0;

	if (getsockopt(HELPER_CHANNEL_FD, SOL_SOCKET, SO_TYPE, &type, &type_len) != 0 || type != SOCK_SEQPACKET ||
	    getsockopt(HELPER_CHANNEL_FD, SOL_SOCKET, SO_PEERCRED, &peer, &peer_len) != 0)
		return 0;
	return peer.pid;
}

static gw_status failed(struct error *err, const char *what)
{
	return error_set(err, GW_ERR_SYSTEM, "%s: %s", what, strerror(errno));
}

gw_status harden_early(struct error *err)
{
	static const int ignored[] = {SIGINT, SIGHUP, SIGTERM, SIGQUIT, SIGPIPE};
	const struct rlimit none = {0, 0};

	umask(077);
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		if (signal(ignored[i], SIG_IGN) == SIG_ERR)
			return failed(err, "signal");
	if (setrlimit(RLIMIT_CORE, &none) != 0)
		return failed(err, "no core file");
	return prctl(PR_SET_DUMPABLE, 0) == 0 ? GW_OK : failed(err, "not dumpable");
}

gw_status harden_drop_user(uid_t uid, gid_t gid, struct error *err)
{
	if (setgroups(0, NULL) != 0 || setresgid(gid, gid, gid) != 0 || setresuid(uid, uid, uid) != 0)
		return failed(err, "another user cannot be taken on");
	if (uid != 0 && (setresuid(0, 0, 0) == 0 || seteuid(0) == 0))
		return error_set(err, GW_ERR_SYSTEM, "root could not be given up");
	return GW_OK;
}

gw_status harden_process(pid_t host, struct error *err)
{
	if (prctl(PR_SET_DUMPABLE, 0) != 0 || prctl(PR_GET_DUMPABLE) != 0)
		return failed(err, "not dumpable");
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		return failed(err, "to die with the host");
	if (getppid() != host)
		return error_set(err, GW_ERR_SYSTEM, "the host is gone already");
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? GW_OK : failed(err, "no new privileges");
}
