/* SPDX-License-Identifier: MIT
 *
 * The host: all parts joined. Owns everything but the configuration and the signer, which exist before it. [loop]
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include "cluster/keys.h"
#include "config/config.h"
#include "fetch/client/client.h"
#include "loop/loop.h"
#include "signer/client.h"

struct host;

/* Opens the plugins' instances and begins to connect; where the journal's disk does not answer, the instances are
 * opened when it does. fetch, keys: NULL: none. `keys` is taken over, `config` on success. *err has the sentence, and *ret_exit the exit status that
 * fits. */
NODISCARD gw_status host_open(struct host *host, struct loop *loop, struct config *config, struct signer *signer,
			      struct fetch *fetch, struct cluster_keys *keys, int *ret_exit, struct error *err);
void host_close(struct host *host);
/* Opens and starts one more instance, and takes up its submission in flight. */
NODISCARD gw_status host_add_instance(struct host *host, const struct config *config,
				      const struct config_instance *wanted, struct error *err);
/* Those left out get another try, when somebody adds them. */
void host_leave_nothing_out(struct host *host);
void host_set_notice_command(struct host *host, const char *path); /* NULL: none */
/* Ends the loop with an exit status; the first reason counts. */
void host_stop(struct host *host, int exit_status);
/* Gives a notice in the host's own name. */
void host_notice(struct host *host, int32_t severity, const char *code, const char *fmt, ...) PRINTF_LIKE(4, 5);

#endif
