/* SPDX-License-Identifier: Apache-2.0 */
/* What the lists of a running stack have in common. */
#include <stdio.h>

#include <seastack/config.h>
#include <seastack/link.h>

#include "tools/control/report.h"

void sea_report_walk_begin(struct sea_report_walk *walk, struct sea_text *to)
{
	walk->json.to = walk->as_json ? to : NULL;
	if (!walk->begun && walk->as_json)
		sea_text_puts(to, "[");
	walk->begun = true;
}

bool sea_report_walk_end(struct sea_report_walk *walk, struct sea_text *to)
{
	if (walk->as_json)
		sea_text_puts(to, "]\n");
	return false;
}

bool sea_report_wants(const struct sea_report_walk *walk, uint8_t family)
{
	return !walk->family || walk->family == family;
}

char *sea_report_device(struct sea_host *host, int ifindex, char name[SEA_IFNAMSIZ])
{
	struct sea_link *link = sea_link_by_index(host->stack, ifindex);
	struct sea_link_info info = { .size = sizeof(info) };

	if (link)
		sea_link_info(link, &info);
	snprintf(name, SEA_IFNAMSIZ, "%s", link ? info.name : "gone");
	return name;
}

const char *sea_report_scope(enum sea_scope scope)
{
	switch (scope) {
	case SEA_SCOPE_GLOBAL:
		return "global";
	case SEA_SCOPE_LINK:
		return "link";
	case SEA_SCOPE_HOST:
		return "host";
	case SEA_SCOPE_NOWHERE:
		return "nowhere";
	}
	return "site";
}
