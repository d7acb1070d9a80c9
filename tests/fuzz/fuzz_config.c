/* SPDX-License-Identifier: MIT
 *
 * A configuration file from nowhere: YAML, both forms of it, the whole schema. What is accepted is released again; what
 * is refused leaves a sentence and no memory behind.
 */
#include "fuzz.h"

#include <sys/mman.h>
#include <unistd.h>

#include "config/config.h"
#include "config/tree.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config = NULL;
	struct error err = {0};
	int fd = memfd_create("config", MFD_CLOEXEC);

	MUST(fd >= 0);
	if (size <= TREE_BYTES_MAX && write(fd, data, size) == (ssize_t)size) {
		gw_status status = config_load_fd(&config, fd, "fuzz.yml", &err);

		MUST((status == GW_OK) == (config != NULL));
		MUST(status == GW_OK || err.text[0]);
		MUST(status != GW_OK || (config->node_count > 0 && config->instance_count > 0));
		config_free(config);
	}
	close(fd);
	return 0;
}
