/* SPDX-License-Identifier: Apache-2.0 */
/* Which running stack a verb is for: the options --name and --control, and the call. */
#ifndef SEA_VERBS_TARGET_H
#define SEA_VERBS_TARGET_H

#include <stdbool.h>

#include "tools/cli/option.h"

struct sea_target {
	const char *name, *control;
	bool json, all, prometheus;
	char family; /* '4', '6', or 0: both */
};

/* For settings that begin with a struct sea_target. */
extern const struct sea_option sea_target_options[];
extern const struct sea_option sea_target_json[];
extern const struct sea_option sea_target_prometheus[]; /* and --json */
extern const struct sea_option sea_target_family[];
extern const struct sea_option sea_target_all[];

/* Their values, for settings that keep the target elsewhere. */
const char *sea_target_set_name(struct sea_target *target, const char *value);
const char *sea_target_set_control(struct sea_target *target, const char *value);

/* Sends a command there and prints the answer; the exit status. */
int sea_target_call(const struct sea_target *target, const char *command);

/* A whole verb that asks one thing. */
int sea_target_verb(const struct sea_usage *usage, const char *command, int argc, char **argv);

#endif
