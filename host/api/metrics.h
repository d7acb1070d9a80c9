/* SPDX-License-Identifier: MIT
 *
 * The host's figures in Prometheus's text form. [loop]
 */
#ifndef API_METRICS_H
#define API_METRICS_H

#include "api/parts.h"

char *metrics_text(const struct api_parts *parts); /* caller frees */

#endif
