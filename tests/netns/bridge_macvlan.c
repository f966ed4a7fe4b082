/* SPDX-License-Identifier: Apache-2.0 */
/* macvlans in messages, beside the kernel's. Mode source, which is not built, is not asked for. */
#include <stdio.h>
#include <string.h>

#include <linux/if_link.h>

#include "tests/netns/bridge_peer.h"

struct macvlan {
	int link;
	uint8_t type, len; /* of an attribute in IFLA_INFO_DATA; 0: it has none */
	uint32_t value;
};

static void ask_macvlan(uint16_t flags, int ifindex, const struct macvlan *m)
{
	const struct ifinfomsg hdr = { .ifi_index = ifindex };
	struct request r =
		request_of("a macvlan", RTM_NEWLINK, NLM_F_ACK | flags, &hdr, sizeof(hdr));
	uint8_t info[64], data[32];
	char name[16];
	uint16_t n = put_in(info, IFLA_INFO_KIND, "macvlan", 8), len = 0;

	if (m->type)
		len = put_in(data, m->type, &m->value, m->len);
	n = (uint16_t)(n + put_in(info + n, IFLA_INFO_DATA, data, len));
	if (flags) {
		snprintf(name, sizeof(name), "m%d", ifindex);
		put_attr(&r, IFLA_IFNAME, name, (uint16_t)(strlen(name) + 1));
		put_attr(&r, IFLA_ADDRESS, (uint8_t[6]){ 2, 0, 0, 0, 3, (uint8_t)ifindex }, 6);
	}
	if (m->link)
		put_attr(&r, IFLA_LINK, &m->link, 4);
	put_attr(&r, IFLA_LINKINFO, info, n);
	each(&r, EXT_ACK);
}

static void show_or_end(uint16_t type, int ifindex)
{
	const struct ifinfomsg hdr = { .ifi_index = ifindex };
	const struct request r = request_of("it is shown, or ended", type,
					    type == RTM_DELLINK ? NLM_F_ACK : 0, &hdr, sizeof(hdr));

	each(&r, EXT_ACK);
}

void compare_macvlans(void)
{
	static const struct macvlan asked[] = {
		{ 0, 0, 0, 0 },         { 99, 0, 0, 0 },        { 1, 0, 0, 0 },
		{ FIRST, 1, 4, 3 },     { FIRST, 1, 4, 32 },    { FIRST, 1, 1, 4 },
		{ FIRST, 2, 2, 4 },     { FIRST, 8, 4, 5 },     { FIRST, 0, 0, 0 },
		{ FIRST, 1, 4, 4 },     { FIRST, 1, 4, 8 },     { FIRST, 1, 4, 1 },
		{ FIRST, 2, 2, 1 },     { FIRST + 1, 1, 4, 8 }, { FIRST + 1, 1, 4, 4 },
		{ FIRST + 1, 1, 4, 8 },
	};
	static const struct macvlan changes[] = {
		{ 0, 1, 4, 1 }, { 0, 1, 4, 8 }, { 0, 1, 4, 2 },    { 0, 1, 4, 3 },
		{ 0, 2, 2, 1 }, { 0, 2, 2, 4 }, { 0, 7, 4, 1000 }, { 0, 0, 0, 0 },
	};
	const int n = (int)(sizeof(asked) / sizeof(asked[0]));

	for (int i = 0; i < n; i++) {
		ask_macvlan(NLM_F_CREATE | NLM_F_EXCL, 20 + i, &asked[i]);
		show_or_end(RTM_GETLINK, 20 + i);
	}
	for (unsigned i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		ask_macvlan(0, 28, &changes[i]);
		show_or_end(RTM_GETLINK, 28);
	}
	set_link("a macvlan's MTU", 28, IFLA_MTU, &(int){ 1501 }, 4);
	set_link("a smaller one", 28, IFLA_MTU, &(int){ 1400 }, 4);
	set_link("a master has no place on it", FIRST, IFLA_MASTER, &(int){ BRIDGE }, 4);
	for (int i = 0; i < n; i++)
		show_or_end(RTM_DELLINK, 20 + i);
}
