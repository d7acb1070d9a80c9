/* SPDX-License-Identifier: MIT
 *
 * The status as metrics, in the text form of Prometheus or of OpenMetrics. Pure; any thread.
 */
#ifndef API_METRICS_H
#define API_METRICS_H

#include "base/json.h"

/* status: what status_json makes, parsed. A member that it lacks makes no sample. Caller frees. */
char *metrics_text(const struct json *status, bool openmetrics);

#endif
