/* SPDX-License-Identifier: MIT */
#include "certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int certificate_renew(const struct certificate *certificate)
{
	char command[600];

	snprintf(command, sizeof(command),
		 "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost "
		 "-addext subjectAltName=DNS:localhost -keyout %s -out %s 2>/dev/null",
		 certificate->key, certificate->cert);
	return system(command);
}

int certificate_make(void **state)
{
	static struct certificate made;

	snprintf(made.folder, sizeof(made.folder), "/tmp/gw_wss_XXXXXX");
	if (!mkdtemp(made.folder) || chmod(made.folder, 0755)) /* golos-watch-fetch may have a user of its own */
		return -1;
	snprintf(made.cert, sizeof(made.cert), "%s/cert.pem", made.folder);
	snprintf(made.key, sizeof(made.key), "%s/key.pem", made.folder);
	*state = &made;
	return certificate_renew(&made);
}

int certificate_remove(void **state)
{
	const struct certificate *made = *state;

	unlink(made->cert);
	unlink(made->key);
	return rmdir(made->folder);
}
