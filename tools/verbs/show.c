/* SPDX-License-Identifier: Apache-2.0 */
/* `seastack stat`, `drops` and `sockets`: what a running stack tells of itself. */
#include "tools/verbs/target.h"
#include "tools/verbs/verb.h"

static const struct sea_option_group groups[] = {
	{ "Which stack:", sea_target_options },
	{ "How:", sea_target_json },
	{ 0 },
};

static const struct sea_usage stat_usage = {
	.verb = "stat",
	.operands = "",
	.about = "Prints the links, faults and memory of a running stack, and its counters under\n"
		 "Linux's names (nstat(8)); those at zero only with --json.",
	.groups = groups,
};

static const struct sea_usage drops_usage = {
	.verb = "drops",
	.operands = "",
	.about =
		"Prints how many packets a running stack has discarded, by reason; reasons at zero\n"
		"only with --json.",
	.groups = groups,
};

static const struct sea_usage sockets_usage = {
	.verb = "sockets",
	.operands = "",
	.about =
		"Prints the sockets of a running stack, as ss(8) does. Of a listener, the queues are\n"
		"the connections that wait and how many may.",
	.groups = groups,
};

int sea_verb_stat(int argc, char **argv)
{
	return sea_target_verb(&stat_usage, "stat", argc, argv);
}

int sea_verb_drops(int argc, char **argv)
{
	return sea_target_verb(&drops_usage, "drops", argc, argv);
}

int sea_verb_sockets(int argc, char **argv)
{
	return sea_target_verb(&sockets_usage, "sockets", argc, argv);
}
