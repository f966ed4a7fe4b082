/* SPDX-License-Identifier: Apache-2.0 */
/* `seastack top`: links, flows and drops of a running stack on one screen. */
#include <stddef.h>
#include <string.h>

#include "tools/cli/option.h"
#include "tools/cli/parse.h"
#include "tools/cli/say.h"
#include "tools/control/control.h"
#include "tools/top/top.h"
#include "tools/verbs/target.h"
#include "tools/verbs/verb.h"

#define INTERVAL_MIN (100 * SEA_MSEC)
#define INTERVAL_MAX (3600 * SEA_SEC)

struct settings {
	struct sea_target target; /* first */
	struct sea_top_config top;
	bool once;
};

static const char *set_control(void *to, const char *value)
{
	return sea_target_set_control(&((struct settings *)to)->target, value);
}

static const char *set_interval(void *to, const char *value)
{
	int64_t *ns = &((struct settings *)to)->top.interval_ns;

	return sea_parse_seconds(value, ns) && *ns >= INTERVAL_MIN && *ns <= INTERVAL_MAX
		       ? NULL
		       : "write seconds from 0.1 to 3600";
}

static const char *set_sort(void *to, const char *value)
{
	for (const struct sea_top_order *order = sea_top_orders; order->name; order++) {
		if (strcmp(order->name, value))
			continue;
		((struct settings *)to)->top.order = order;
		return NULL;
	}
	return "flows are sorted by both, rx, tx, rtt, cwnd, retrans or drops";
}

static const char *set_once(void *to, const char *value)
{
	(void)value;
	((struct settings *)to)->once = true;
	return NULL;
}

static const struct sea_option target_options[] = {
	{ "control", "SOCKET", "the stack with this control socket, instead of NAME", set_control,
	  0 },
	{ 0 },
};

static const struct sea_option options[] = {
	{ "interval", "SECONDS", "between two looks [1]", set_interval, 'i' },
	{ "sort", "ORDER",
	  "of flows, the largest first: both rates [both], rx,\ntx, rtt, cwnd, retrans, drops",
	  set_sort, 's' },
	{ "once", NULL, "print one screen as text, of what an interval brought", set_once, '1' },
	{ 0 },
};

static const struct sea_option_group groups[] = {
	{ "Which stack:", target_options },
	{ "How:", options },
	{ 0 },
};

static const struct sea_usage usage = {
	.verb = "top",
	.operands = "[NAME]",
	.about =
		"Shows the links of the running stack NAME with their rates and drops, the busiest of its\n"
		"sockets, and what it has discarded, by reason, on one screen that is drawn anew after\n"
		"each interval. NAME may be left out where only one stack is running. Rates of a socket\n"
		"are bytes received and acknowledged; of others than TCP there are none, nor of\n"
		"connections that no program holds any more.",
	.groups = groups,
	.notes =
		"Keys: q ends, space looks at once; b, r, t, d, w, x and l sort by both rates, rx, tx,\n"
		"delay (rtt), window (cwnd), retrans and drops (lost).\n\n"
		"  seastack top sea0 --sort rtt",
	.operands_min = 0,
	.operands_max = 1,
};

int sea_verb_top(int argc, char **argv)
{
	static struct settings settings = { .top.interval_ns = SEA_SEC };
	char path[SEA_CONTROL_PATH_MAX];
	const char *wrong;
	int n, status;

	settings.top.order = sea_top_orders;
	status = sea_usage_parse(&usage, argc, argv, &settings, &n);
	if (status != SEA_USAGE_RUN)
		return status;
	if (settings.target.control && n)
		return sea_say_usage("say NAME or --control, not both");
	wrong = n ? sea_target_set_name(&settings.target, argv[0]) : NULL;
	if (wrong)
		return sea_say_usage("%s: %s", argv[0], wrong);
	status = settings.target.control ? sea_control_path_given(settings.target.control, path)
					 : sea_control_path_find(settings.target.name, path);
	if (status)
		return status;
	settings.top.path = path;
	return settings.once ? sea_top_once(&settings.top) : sea_top_run(&settings.top);
}
