/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_SETLINK, RTM_NEWLINK, RTM_DELLINK and properties of lo: what is answered, what is heard, and what is there then. */
#include <stdlib.h>
#include <string.h>

#include <linux/if.h>
#include <linux/if_link.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_compare.h"

static uint16_t put_nested(uint8_t *to, uint16_t type, const void *value, uint16_t len)
{
	const struct nlattr a = { .nla_len = (uint16_t)(sizeof(a) + len), .nla_type = type };

	memset(to, 0, (a.nla_len + 3u) & ~3u);
	memcpy(to, &a, sizeof(a));
	memcpy(to + sizeof(a), value, len);
	return (uint16_t)((a.nla_len + 3u) & ~3u);
}

static uint64_t pick(uint64_t *seed, uint64_t n)
{
	return test_random(seed) % n;
}

static void put_number(struct request *r, uint64_t *seed)
{
	static const uint16_t types[] = { IFLA_MTU,      IFLA_MTU,         IFLA_TXQLEN,
					  IFLA_TXQLEN,   IFLA_GROUP,       IFLA_MASTER,
					  IFLA_LINK,     IFLA_WEIGHT,      IFLA_EVENT,
					  IFLA_EXT_MASK, IFLA_PROMISCUITY, IFLA_ALLMULTI,
					  IFLA_MIN_MTU,  IFLA_TSO_MAX_SIZE };
	static const uint32_t values[] = { 0,    1,     67,    68,    1280, 1500,
					   1501, 65536, 65575, 99999, 1000, UINT32_MAX };
	uint32_t value = values[pick(seed, 12)];

	uint16_t type = types[pick(seed, 14)];

	/*
	 * The kernel's lo has an MTU of any size, of none as well, ours what a packet can be; and once it was too narrow
	 * for IPv6, the kernel's is not IF_READY before it goes up again, though it is spoken.
	 */
	if (type == IFLA_MTU && (value < 1280 || value > 65575))
		value = 1400;
	put_attr(r, type, &value, 4);
}

static void put_word(struct request *r, uint64_t *seed)
{
	static const char words[][40] = { "lo",
					  "",
					  "eth7",
					  "bad name",
					  "alt",
					  "more of an alternative",
					  "an alias of many words",
					  "lo:1" };
	static const uint16_t types[] = { IFLA_IFNAME, IFLA_IFALIAS, IFLA_ALT_IFNAME,
					  IFLA_IFALIAS };
	const char *word = words[pick(seed, 8)];
	uint16_t type = types[pick(seed, 4)];

	if (type == IFLA_IFNAME && word != words[0] && pick(seed, 4))
		word = words[0];
	put_attr(r, type, word, (uint16_t)(strlen(word) + pick(seed, 2)));
}

static void put_byte(struct request *r, uint64_t *seed)
{
	static const uint16_t types[] = { IFLA_LINKMODE, IFLA_CARRIER, IFLA_PROTO_DOWN };
	const uint8_t value = (uint8_t)pick(seed, 2);

	put_attr(r, types[pick(seed, 3)], &value, 1);
}

static void put_address(struct request *r, uint64_t *seed)
{
	static const uint8_t macs[][8] = { { 2, 0, 0, 0, 0, 1 }, { 1 }, { 0 } };

	uint16_t len = (uint16_t)(pick(seed, 4) ? 6 : pick(seed, 9));

	/* What frames for all are addressed to is fixed in our world. */
	if (pick(seed, 4))
		put_attr(r, IFLA_ADDRESS, macs[pick(seed, 4) ? 2 : 0], len);
	else
		put_attr(r, IFLA_BROADCAST, macs[2], len);
}

static void put_spec(struct request *r, uint64_t *seed)
{
	static const uint32_t values[] = { 0, 1, 2, 3, 7 };
	const uint8_t family = (const uint8_t[]){ AF_INET, AF_INET6, AF_INET6, 77 }[pick(seed, 4)];
	static const uint8_t tokens[][16] = { { 0 }, { [15] = 5 }, { 0x20, [9] = 7, [15] = 1 } };
	uint8_t one[32], two[48], three[64];
	uint16_t len;

	if (family == AF_INET) {
		len = put_nested(one, (uint16_t)(1 + pick(seed, 3)), &values[pick(seed, 3)],
				 (uint16_t)(pick(seed, 5) ? 4 : 2));
		len = put_nested(two, IFLA_INET_CONF, one, len);
	} else if (!pick(seed, 4)) {
		len = put_nested(two, IFLA_INET6_TOKEN, tokens[pick(seed, 3)], 16);
	} else {
		len = put_nested(two, pick(seed, 3) ? IFLA_INET6_ADDR_GEN_MODE : IFLA_INET6_TOKEN,
				 &values[pick(seed, 5)], (uint16_t)(pick(seed, 6) ? 1 : 4));
	}
	len = put_nested(three, family, two, len);
	put_attr(r, IFLA_AF_SPEC, three, len);
}

static void put_props(struct request *r, uint64_t *seed)
{
	static const char names[][20] = { "alt", "alt2", "lo", "more than fifteen" };
	uint8_t list[64];
	uint16_t len = 0;

	for (uint64_t n = pick(seed, 3); n; n--) {
		const char *name = names[pick(seed, 4)];

		len = (uint16_t)(len + put_nested(list + len,
						  pick(seed, 8) ? IFLA_ALT_IFNAME : IFLA_MTU, name,
						  (uint16_t)(strlen(name) + 1)));
	}
	put_attr(r, (uint16_t)(IFLA_PROP_LIST | (pick(seed, 8) ? NLA_F_NESTED : 0)), list, len);
}

static uint32_t random_flags(uint64_t *seed)
{
	static const uint32_t flags[] = { IFF_UP,       IFF_PROMISC,   IFF_ALLMULTI, IFF_DEBUG,
					  IFF_NOARP,    IFF_MULTICAST, IFF_RUNNING,  IFF_DYNAMIC,
					  IFF_LOOPBACK, IFF_UP };
	uint32_t all = 0;

	for (uint64_t n = 1 + pick(seed, 3); n; n--)
		all |= flags[pick(seed, 10)];
	return all;
}

static struct request random_set(uint64_t *seed)
{
	static void (*const puts[])(struct request *, uint64_t *) = {
		put_number, put_number, put_word, put_byte, put_address, put_spec, put_props,
	};
	static const uint16_t types[] = { RTM_SETLINK, RTM_SETLINK,     RTM_SETLINK,
					  RTM_NEWLINK, RTM_NEWLINKPROP, RTM_DELLINKPROP,
					  RTM_DELLINK };
	static const uint16_t flags[] = { NLM_F_REPLACE, NLM_F_EXCL, NLM_F_ECHO };
	struct ifinfomsg hdr = { .ifi_index =
					 (const int[]){ 1, 1, 1, 1, 1, 0, -1, 9 }[pick(seed, 8)] };
	struct request r;

	if (pick(seed, 3) == 0) {
		hdr.ifi_change = pick(seed, 6) ? random_flags(seed) : 0;
		hdr.ifi_flags = random_flags(seed);
	}
	r = request_of("set", types[pick(seed, 7)], NLM_F_ACK, &hdr, sizeof(hdr));
	for (unsigned i = 0; i < 3; i++)
		if (pick(seed, 8) == 0)
			r.flags |= flags[i];
	for (uint64_t n = pick(seed, 3); n; n--)
		puts[pick(seed, 7)](&r, seed);
	if (r.type == RTM_NEWLINKPROP || r.type == RTM_DELLINKPROP)
		put_props(&r, seed);
	return r;
}

/* What is answered, what a listener hears, and how it is then. */
static void set(struct world w[2], struct wsock asks[2], struct wsock hears[2],
		const struct request *r)
{
	const struct ifinfomsg hdr = { .ifi_index = 1 };
	const struct request one =
		request_of("after it was set", RTM_GETLINK, 0, &hdr, sizeof(hdr));
	static struct answers a[2];
	long sent[2];

	for (unsigned i = 0; i < 2; i++) {
		sent[i] = ask(&w[i], asks[i], r);
		listen_to(&w[i], asks[i], &a[i]);
	}
	judge(r, EXT_ACK, sent, a);
	for (unsigned i = 0; i < 2; i++)
		listen_to(&w[i], hears[i], &a[i]);
	judge(r, MODES, sent, a);
	compare(w, &one, 0);
}

void compare_sets_of_links(struct world w[2], unsigned long n, uint64_t *seed)
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	struct wsock asks[2], hears[2];

	for (unsigned i = 0; i < 2; i++) {
		if (world_open(&w[i], AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &asks[i]) ||
		    world_open(&w[i], AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &hears[i]) ||
		    world_bind(&w[i], hears[i], &name, sizeof(name)))
			exit(1);
		set_mode(&w[i], asks[i], EXT_ACK);
	}
	while (n--) {
		const struct request r = random_set(seed);

		set(w, asks, hears, &r);
	}
	for (unsigned i = 0; i < 2; i++) {
		world_close(&w[i], &asks[i]);
		world_close(&w[i], &hears[i]);
	}
}
