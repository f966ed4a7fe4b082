/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One script against one device.
 *
 *	sea_run_script("close.pkt", &options, &result);
 *	puts(result.verdict == SEA_RUN_PASSED ? "ok" : result.report);
 *	sea_run_result_fini(&result);
 */
#ifndef SEA_PACKETIMPACT_RUN_H
#define SEA_PACKETIMPACT_RUN_H

#include "packetimpact/run/config.h"

enum sea_run_verdict {
	SEA_RUN_PASSED,
	SEA_RUN_FAILED,  /* the device did something else, or the script is wrong */
	SEA_RUN_SKIPPED, /* the script needs what the device or the runner does not have */
};

/* A setting of the command line. */
struct sea_run_setting {
	const char *name;
	const char *value; /* NULL: none */
};

struct sea_run_options {
	enum sea_run_family family; /* where the script does not say */
	const struct sea_run_setting *settings;
	size_t n_settings;
	const struct sea_script_define *defines;
	size_t n_defines;
	struct sea_dut *(*dut_new)(const struct sea_dut_config *config, const char **why);
};

struct sea_run_result {
	enum sea_run_verdict verdict;
	char *report; /* lines that say what was expected and what was seen; may be empty, never NULL */
	unsigned line;      /* of the script, where it ended; 0: not in one */
	int64_t virtual_ns; /* how long it took on the device's clock */
};

void sea_run_script(const char *path, const struct sea_run_options *options,
		    struct sea_run_result *result);
void sea_run_result_fini(struct sea_run_result *result);

#endif
