/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of IPv4's addresses follow the name of their link; and what is told of addresses whose link goes. */
#include <stdio.h>
#include <string.h>

#include "ip/ifaddr.h"

static struct sea_ifaddr4 *ifaddr_of(struct sea_list *node)
{
	return sea_container(node, struct sea_ifaddr4, node);
}

/* What stands behind the link's name: as before, or its number (as on Linux). */
static void tail_of(const struct sea_ifaddr4 *a, unsigned nth, char tail[SEA_IFNAMSIZ])
{
	const char *colon = strchr(a->label, ':');

	if (colon)
		snprintf(tail, SEA_IFNAMSIZ, "%s", colon);
	else
		snprintf(tail, SEA_IFNAMSIZ, ":%u", nth);
}

/* The first one's is the link's name. A tail for which there is no room stands over the name's end. */
static void relabel(struct sea_ifaddr4 *a, unsigned nth)
{
	size_t len = strlen(a->link->name), tail_len;
	char tail[SEA_IFNAMSIZ];

	tail_of(a, nth, tail);
	memset(a->label, 0, sizeof(a->label));
	if (nth == 1)
		return;
	tail_len = strlen(tail);
	memcpy(a->label, a->link->name, len);
	if (len + tail_len >= SEA_IFNAMSIZ)
		len = SEA_IFNAMSIZ - 1 - tail_len;
	memcpy(a->label + len, tail, tail_len + 1);
}

void sea_ifaddr4_link_renamed(struct sea_link *link)
{
	struct sea_list *node, *tmp;
	unsigned n = 0;

	SEA_LIST_EACH(node, tmp, &sea_link_ip4(link)->addrs)
	{
		relabel(ifaddr_of(node), ++n);
		sea_ifaddr4_tell(ifaddr_of(node), false);
	}
}

void sea_ifaddr4_link_leaving(struct sea_link *link)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &sea_link_ip4(link)->addrs)
	sea_ifaddr4_tell(ifaddr_of(node), true);
}
