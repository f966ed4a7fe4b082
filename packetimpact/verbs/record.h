/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recordings while scripts run. Each script's device is traced; then the trace is kept beside the script, or
 * held against the one that is there:
 *
 *	options.dut_new = sea_record_begin(sea_dut_linux_new);
 *	sea_run_script(path, &options, &result);
 *	sea_record_save(path, family, &result);        or sea_record_compare()
 *
 * A script whose answer differs says why in a comment of its own: "// differs from Linux: …".
 */
#ifndef SEA_PACKETIMPACT_RECORD_H
#define SEA_PACKETIMPACT_RECORD_H

#include <stdbool.h>
#include <stdio.h>

#include "packetimpact/run/run.h"

typedef struct sea_dut *sea_dut_new_fn(const struct sea_dut_config *config, const char **why);

/* The device to run with, instead of `real`. */
sea_dut_new_fn *sea_record_begin(sea_dut_new_fn *real);
/* 0 or -errno. A script that made no device leaves the recording as it is. */
int sea_record_save(const char *path, const char *family, const struct sea_run_result *result);
/*
 * Prints the rows in which the device differs, as TAP comments; how many of them have no reason. `reason`: what is
 * known of it; NULL: what the script says.
 */
unsigned sea_record_compare(const char *path, const char *family, const char *reason, FILE *out);
/* What the script says of its differences; false: nothing. */
bool sea_record_reason(const char *path, char *reason, size_t len);

#endif
