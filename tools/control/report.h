/* SPDX-License-Identifier: Apache-2.0 */
/* What a running stack tells about itself, as text for people or as JSON (one object, one line). */
#ifndef SEA_CONTROL_REPORT_H
#define SEA_CONTROL_REPORT_H

#include <stdbool.h>

#include "tools/cli/text.h"
#include "tools/host/host.h"

/* Links, faults, memory, and every counter that is not zero (JSON: every counter). */
void sea_report_stat(struct sea_host *host, const char *name, bool json, struct sea_text *to);
/* Every drop reason that was given (JSON: every reason). */
void sea_report_drops(struct sea_host *host, bool json, struct sea_text *to);

/*
 * Sockets, a helping at a time: start with *cursor = 0 and call until it returns false. JSON: an
 * array over all calls.
 */
bool sea_report_sockets(struct sea_host *host, uint64_t *cursor, bool json, struct sea_text *to);

#endif
