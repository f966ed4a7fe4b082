/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_NEWLINK and RTM_DELLINK with IFLA_LINKINFO, as far as both worlds know the same kinds of links: none. */
#include <string.h>

#include <linux/if_link.h>

#include "tests/netns/netlink_compare.h"

#define KIND "nosuch"

static uint16_t put_in(uint8_t *to, uint16_t type, const void *value, uint16_t len)
{
	const struct nlattr a = { .nla_len = (uint16_t)(sizeof(a) + len), .nla_type = type };

	memset(to, 0, (a.nla_len + 3u) & ~3u);
	memcpy(to, &a, sizeof(a));
	if (len)
		memcpy(to + sizeof(a), value, len);
	return (uint16_t)((a.nla_len + 3u) & ~3u);
}

/* Bit by bit: what IFLA_LINKINFO has, and what stands beside it. */
enum { HAS_KIND = 1, HAS_DATA = 2, HAS_SLAVE_KIND = 4, HAS_SLAVE_DATA = 8, OF_LO = 16, NAMED = 32 };

static struct request request_with(uint16_t type, uint16_t flags, unsigned what)
{
	const struct ifinfomsg hdr = { .ifi_index = what & OF_LO ? 1 : 0 };
	struct request r = request_of("a kind", type, flags, &hdr, sizeof(hdr));
	uint8_t info[128];
	uint16_t len = 0;

	if (what & HAS_KIND)
		len = (uint16_t)(len + put_in(info + len, IFLA_INFO_KIND, KIND, sizeof(KIND)));
	if (what & HAS_DATA)
		len = (uint16_t)(len + put_in(info + len, IFLA_INFO_DATA, "\4\0\1\0", 4));
	if (what & HAS_SLAVE_KIND)
		len = (uint16_t)(len + put_in(info + len, IFLA_INFO_SLAVE_KIND, "", 1));
	if (what & HAS_SLAVE_DATA)
		len = (uint16_t)(len + put_in(info + len, IFLA_INFO_SLAVE_DATA, "", 0));
	if (what & NAMED)
		put_attr(&r, IFLA_IFNAME, "new0", 5);
	put_attr(&r, IFLA_LINKINFO, info, len);
	return r;
}

void compare_kinds(struct world w[2])
{
	static const uint16_t flags[] = { 0, NLM_F_CREATE, NLM_F_CREATE | NLM_F_EXCL,
					  NLM_F_REPLACE };
	struct request r;

	for (unsigned what = 0; what < 64; what++)
		for (unsigned i = 0; i < 4; i++) {
			r = request_with(RTM_NEWLINK, (uint16_t)(NLM_F_ACK | flags[i]), what);
			compare(w, &r, EXT_ACK);
		}
	for (unsigned what = 0; what < 64; what += 7) {
		r = request_with(RTM_DELLINK, NLM_F_ACK, what);
		compare(w, &r, EXT_ACK);
		r = request_with(RTM_SETLINK, NLM_F_ACK, what);
		compare(w, &r, EXT_ACK);
	}
}
