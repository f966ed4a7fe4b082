/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of any table by any header and attributes: nothing changes, and each answer is the kernel's. */
#include <string.h>

#include <linux/if_addrlabel.h>
#include <linux/if_link.h>
#include <linux/netconf.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_compare.h"

static uint64_t pick(uint64_t *seed, uint64_t n)
{
	return test_random(seed) % n;
}

struct kind {
	const char *name;
	uint16_t type, hdr_len, attrs_max;
};

static const struct kind kinds[] = {
	{ "random link", RTM_GETLINK, sizeof(struct ifinfomsg), 64 },
	{ "random address", RTM_GETADDR, sizeof(struct ifaddrmsg), 14 },
	{ "random settings", RTM_GETNETCONF, sizeof(struct netconfmsg), 12 },
	{ "random statistics", RTM_GETSTATS, sizeof(struct if_stats_msg), 8 },
	{ "random label", RTM_GETADDRLABEL, sizeof(struct ifaddrlblmsg), 5 },
	{ "random groups", RTM_GETMULTICAST, sizeof(struct ifaddrmsg), 14 },
	{ "random anycast addresses", RTM_GETANYCAST, sizeof(struct ifaddrmsg), 14 },
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Families first; then numbers as likely as not of lo, of none, or a bit. */
static void fill_header(uint8_t *hdr, uint16_t len, uint64_t *seed)
{
	static const uint8_t families[] = { 0, AF_INET, AF_INET6, AF_PACKET, AF_BRIDGE, 128, 77 };
	static const uint32_t words[] = { 0, 0, 0, 1, 1, 2, 99, UINT32_MAX };

	memset(hdr, 0, len);
	for (uint16_t at = 4; at + 4 <= len; at = (uint16_t)(at + 4)) {
		uint32_t word = pick(seed, 12) ? words[pick(seed, 8)] : 1u << pick(seed, 32);

		if (at + 4 == len || at == 4 || pick(seed, 8) == 0)
			memcpy(hdr + at, &word, sizeof(word));
	}
	if (pick(seed, 8) == 0)
		hdr[1 + pick(seed, 3)] = (uint8_t)test_random(seed);
	hdr[0] = families[pick(seed, pick(seed, 4) ? 3 : sizeof(families))];
}

static void put_any_attr(struct request *r, uint16_t max, uint64_t *seed)
{
	static const uint16_t lens[] = { 0, 1, 2, 4, 4, 4, 8, 16, 16, 20 };
	uint16_t type = (uint16_t)pick(seed, max);
	uint8_t value[20] = { 0 };

	if (pick(seed, 3) == 0)
		for (unsigned i = 0; i < sizeof(value); i++)
			value[i] = (uint8_t)(pick(seed, 3) ? 0 : test_random(seed));
	else if (pick(seed, 2))
		memcpy(value, "lo", 3);
	else
		value[0] = value[15] = (uint8_t)pick(seed, 3);
	if (pick(seed, 16) == 0)
		type |= pick(seed, 2) ? NLA_F_NESTED : NLA_F_NET_BYTEORDER;
	put_attr(r, type, value, lens[pick(seed, 10)]);
}

static struct request random_request(uint64_t *seed)
{
	static const uint16_t flags[] = { 0, NLM_F_DUMP, NLM_F_DUMP, NLM_F_ROOT, NLM_F_MATCH };
	const struct kind *k = &kinds[pick(seed, KINDS)];
	uint8_t hdr[32];
	uint32_t len = pick(seed, 16) ? k->hdr_len : (uint32_t)pick(seed, k->hdr_len);
	struct request r;

	fill_header(hdr, k->hdr_len, seed);
	r = request_of(k->name, k->type, flags[pick(seed, 5)], hdr, len);
	if (pick(seed, 4) == 0)
		r.flags |= NLM_F_ACK;
	for (uint64_t n = len < k->hdr_len || pick(seed, 3) ? 0 : 1 + pick(seed, 3); n; n--)
		put_any_attr(&r, k->attrs_max, seed);
	if (pick(seed, 24) == 0)
		put(&r, "\1\2\3\4\5", (uint32_t)(1 + pick(seed, 5)));
	return r;
}

/* What random ones found. */
static void multicast_router_s_links(struct world w[2])
{
	const struct ifinfomsg all = { .ifi_family = 128 /* RTNL_FAMILY_IPMR */ };
	const struct ifinfomsg one = { .ifi_family = 128, .ifi_index = 1 };
	struct request r[] = {
		request_of("vifs", RTM_GETLINK, NLM_F_DUMP, &all, sizeof(all)),
		request_of("vifs, cut", RTM_GETLINK, NLM_F_DUMP, &all, 11),
		request_of("vifs of a link", RTM_GETLINK, NLM_F_DUMP, &one, sizeof(one)),
		request_of("vifs, and more", RTM_GETLINK, NLM_F_DUMP, &all, sizeof(all)),
		request_of("one vif", RTM_GETLINK, 0, &one, sizeof(one)),
	};

	put_attr(&r[3], IFLA_IFNAME, "lo", 3);
	for (unsigned i = 0; i < sizeof(r) / sizeof(r[0]); i++)
		for (unsigned mode = 0; mode < MODES; mode++)
			compare(w, &r[i], mode);
}

void compare_random(struct world w[2], unsigned long n, uint64_t *seed)
{
	multicast_router_s_links(w);
	while (n--) {
		const struct request r = random_request(seed);

		compare(w, &r, (unsigned)pick(seed, MODES));
	}
}
