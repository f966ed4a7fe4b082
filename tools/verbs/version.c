/* SPDX-License-Identifier: Apache-2.0 */
/* `seastack version`: of this program, or of a running stack. */
#include <stdio.h>

#include <seastack/version.h>

#include "tools/cli/say.h"
#include "tools/verbs/target.h"
#include "tools/verbs/verb.h"

static const struct sea_option_group groups[] = {
	{ "Which stack:", sea_target_options },
	{ 0 },
};

static const struct sea_usage usage = {
	.verb = "version",
	.operands = "",
	.about =
		"Prints the version of this program; with --name or --control, of a running stack.",
	.groups = groups,
};

int sea_verb_version(int argc, char **argv)
{
	struct sea_target target = { 0 };
	int n, status = sea_usage_parse(&usage, argc, argv, &target, &n);

	if (status != SEA_USAGE_RUN)
		return status;
	if (target.name || target.control)
		return sea_target_call(&target, "version");
	printf("seastack %s\n", sea_version());
	return SEA_EXIT_OK;
}
