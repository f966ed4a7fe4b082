/* SPDX-License-Identifier: Apache-2.0 */
/* SIOC{S,D}IFADDR, SIOCADDRT and SIOCDELRT of IPv6, on lo, where nothing takes time. */
#include <net/if.h>
#include <net/route.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/ipv6.h>
#include <linux/sockios.h>

#include "tests/netns/link_ioctls.h"
#include "tests/netns/netlink_compare.h"

#define LO 1

static const uint8_t addrs[][16] = {
	{ 0x20, 1, 0xd, 0xb8, [15] = 1 },
	{ 0x20, 1, 0xd, 0xb8, [15] = 2 },
	{ 0x20, 1, 0xd, 0xb8, 1 },
	{ [15] = 1 },
	{ 0 },
	{ 0xff, 2, [15] = 9 },
	{ 0xfe, 0x80, [15] = 1 },
};
static const uint16_t lens[] = { 64, 64, 128, 0, 48, 129, 300 };
static const int indices[] = { LO, LO, LO, 0, 99, -1 };

/* What of lo there is. */
static void compare_all(struct world w[2])
{
	const struct ifaddrmsg addresses = { .ifa_family = AF_INET6, .ifa_index = LO };
	const struct rtmsg routes = { .rtm_family = AF_INET6 };
	const uint32_t lo = LO;
	struct request r =
		request_of("routes of lo", RTM_GETROUTE, NLM_F_DUMP, &routes, sizeof(routes));

	compare_table(w, "addresses of lo", RTM_GETADDR, &addresses, sizeof(addresses));
	put_attr(&r, RTA_OIF, &lo, sizeof(lo));
	compare(w, &r, STRICT);
}

static void change_addr(struct world w[2], unsigned long request, const uint8_t addr[16],
			uint32_t len, int ifindex)
{
	struct in6_ifreq ifr = { .ifr6_prefixlen = len, .ifr6_ifindex = ifindex };
	struct link_call c;

	memcpy(&ifr.ifr6_addr, addr, 16);
	c = call_with("an address of IPv6", request, &ifr, sizeof(ifr));
	c.socket = BY_UDP6;
	compare_call(w, &c);
	for (unsigned i = 0; i < 2; i++)
		wait_for_addrs6(&w[i], link_sockets[i][BY_NETLINK]);
	compare_all(w);
}

static void change_route(struct world w[2], unsigned long request, const struct in6_rtmsg *rt)
{
	struct link_call c = call_with("a route of IPv6", request, rt, sizeof(*rt));

	c.socket = BY_UDP6;
	compare_call(w, &c);
	compare_all(w);
}

/* What is named by ::1 never turns away on Linux, however short its prefix is. */
static uint16_t some_len(const uint8_t addr[16], uint64_t *seed)
{
	uint16_t len = ONE_OF(lens);

	return addr == addrs[3] && len < 128 ? 128 : len;
}

static void some_route(struct world w[2], uint64_t *seed)
{
	static const uint32_t flags[] = { 0, 0, RTF_HOST, RTF_GATEWAY };
	const uint8_t *dst = ONE_OF(addrs);
	struct in6_rtmsg rt = { .rtmsg_dst_len = some_len(dst, seed),
				.rtmsg_metric = (uint32_t)next_random(seed, 3),
				.rtmsg_flags = RTF_UP | ONE_OF(flags),
				.rtmsg_ifindex = ONE_OF(indices) };

	if (dst == addrs[6]) /* v1 has that, too, where there is a carrier */
		rt.rtmsg_ifindex = LO;
	memcpy(&rt.rtmsg_dst, dst, 16);
	memcpy(&rt.rtmsg_gateway, ONE_OF(addrs), 16);
	change_route(w, next_random(seed, 2) ? SIOCADDRT : SIOCDELRT, &rt);
}

static void some_addr(struct world w[2], uint64_t *seed)
{
	static const unsigned long requests[] = { SIOCSIFADDR, SIOCSIFADDR, SIOCDIFADDR,
						  SIOCSIFDSTADDR };
	const uint8_t *addr = ONE_OF(addrs);

	change_addr(w, ONE_OF(requests), addr, some_len(addr, seed), ONE_OF(indices));
}

void compare_ipv6(struct world w[2], unsigned long n, uint64_t *seed)
{
	uint16_t up = IFF_UP;
	struct link_call c = call_of("lo is up", SIOCSIFFLAGS, "lo", &up, sizeof(up));

	compare_call(w, &c);
	for (unsigned i = 0; i < N(addrs) * N(lens); i++) {
		change_addr(w, SIOCSIFADDR, addrs[i / N(lens)], lens[i % N(lens)], LO);
		change_addr(w, SIOCDIFADDR, addrs[i / N(lens)], lens[i % N(lens)], LO);
	}
	for (; n; n--) {
		if (next_random(seed, 2))
			some_addr(w, seed);
		else
			some_route(w, seed);
	}
}
