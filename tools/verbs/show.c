/* SPDX-License-Identifier: Apache-2.0 */
/* What a running stack tells of itself: `seastack stat`, `drops`, `sockets` and the tables of IP. */
#include "tools/verbs/target.h"
#include "tools/verbs/verb.h"

static const struct sea_option_group groups[] = {
	{ "Which stack:", sea_target_options },
	{ "How:", sea_target_json },
	{ 0 },
};

static const struct sea_option_group stat_groups[] = {
	{ "Which stack:", sea_target_options },
	{ "How:", sea_target_prometheus },
	{ 0 },
};

static const struct sea_option_group family_groups[] = {
	{ "Which stack:", sea_target_options },
	{ "What:", sea_target_family },
	{ "How:", sea_target_json },
	{ 0 },
};

static const struct sea_option_group all_groups[] = {
	{ "Which stack:", sea_target_options },
	{ "What:", sea_target_family },
	{ "And:", sea_target_all },
	{ "How:", sea_target_json },
	{ 0 },
};

static const struct sea_usage stat_usage = {
	.verb = "stat",
	.operands = "",
	.about = "Prints the links, faults and memory of a running stack, and its counters under\n"
		 "Linux's names (nstat(8)); those at zero only with --json.",
	.groups = stat_groups,
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

static const struct sea_usage routes_usage = {
	.verb = "routes",
	.operands = "",
	.about =
		"Prints the routes of a running stack, as ip-route(8) does: those of the table main,\n"
		"with --all those of every table.",
	.groups = all_groups,
};

static const struct sea_usage neigh_usage = {
	.verb = "neigh",
	.operands = "",
	.about = "Prints the neighbours of a running stack and what is known of each, as\n"
		 "ip-neighbour(8) does; with --all also those that need no looking for.",
	.groups = all_groups,
};

static const struct sea_usage addrs_usage = {
	.verb = "addrs",
	.operands = "",
	.about =
		"Prints the links of a running stack and their addresses, as ip-address(8) does, and\n"
		"the name servers and search domains that IPv6 routers advertise there.",
	.groups = family_groups,
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

int sea_verb_routes(int argc, char **argv)
{
	return sea_target_verb(&routes_usage, "routes", argc, argv);
}

int sea_verb_neigh(int argc, char **argv)
{
	return sea_target_verb(&neigh_usage, "neigh", argc, argv);
}

int sea_verb_addrs(int argc, char **argv)
{
	return sea_target_verb(&addrs_usage, "addrs", argc, argv);
}
