/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETROUTE of one destination, as `ip route get`. */
#include <arpa/inet.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_routes.h"

#define FIB_MATCH 0x2000u /* RTM_F_FIB_MATCH, RTM_F_LOOKUP_TABLE */
#define LOOKUP_TABLE 0x1000u

static const char *const dsts4[] = {
	"10.0.0.1",  "10.0.0.2",  "10.0.0.255",   "10.0.1.1",    "10.0.1.9",
	"127.0.0.1", "127.3.4.5", "224.0.0.1",    "239.1.2.3",   "255.255.255.255",
	"0.0.0.0",   "192.0.2.1", "198.51.100.7", "203.0.113.5", "10.1.0.3",
	"10.2.0.3",  "10.3.0.3",  "240.0.0.1",    "0.1.2.3",     "10.0.0.0",
};
static const char *const dsts6[] = {
	"2001:db8::1",      "2001:db8::2",   "2001:db8:1::1",
	"2001:db8:1::9",    "::1",           "::",
	"fe80::1",          "ff02::1",       "ff05::2",
	"2001:db8:2::3",    "2001:db8:3::4", "2001:db8:4::5",
	"fe80::ff:fe00:10", "2001:db8::",    "::ffff:10.0.0.2",
	"2002::1",
};

#define N(list) (sizeof(list) / sizeof((list)[0]))

static void put_addr(struct request *r, uint64_t *seed, uint16_t type, uint8_t family)
{
	uint8_t addr[16] = { 0 };

	inet_pton(family,
		  family == AF_INET ? dsts4[test_random(seed) % N(dsts4)]
				    : dsts6[test_random(seed) % N(dsts6)],
		  addr);
	put_attr(r, type, addr, family == AF_INET ? 4 : 16);
}

static void put_rest(struct request *r, uint64_t *seed)
{
	static const uint32_t links[] = { 1, LINK0, LINK1, 99 };
	const uint8_t proto =
		(uint8_t)(const uint32_t[]){ 6, 17, 1, 58, 47 }[test_random(seed) % 5];
	const uint16_t port = htons((uint16_t)(test_random(seed) % 3));

	if (by_chance(seed, 3))
		put_attr32(r, RTA_OIF, any_of(seed, links, 4));
	if (by_chance(seed, 4))
		put_attr32(r, RTA_IIF, any_of(seed, links, 4));
	if (by_chance(seed, 6))
		put_attr32(r, RTA_MARK, (uint32_t)(test_random(seed) % 3));
	if (by_chance(seed, 6))
		put_attr32(r, RTA_UID, (uint32_t)(test_random(seed) % 3));
	if (by_chance(seed, 6))
		put_attr(r, RTA_IP_PROTO, &proto, 1);
	if (by_chance(seed, 6))
		put_attr(r, RTA_SPORT, &port, 2);
	if (by_chance(seed, 6))
		put_attr(r, RTA_DPORT, &port, 2);
	if (by_chance(seed, 32))
		put_attr32(r, (uint16_t)(test_random(seed) % 31), (uint32_t)test_random(seed));
}

static struct request random_get(uint64_t *seed)
{
	uint8_t family = by_chance(seed, 2) ? AF_INET : AF_INET6;
	uint8_t bits = family == AF_INET ? 32 : 128;
	struct rtmsg hdr = { .rtm_family = family, .rtm_dst_len = bits };
	bool has_src = by_chance(seed, 4);
	struct request r;

	if (has_src)
		hdr.rtm_src_len = bits;
	if (by_chance(seed, 4))
		hdr.rtm_flags = (unsigned[]){ LOOKUP_TABLE, FIB_MATCH, FIB_MATCH | LOOKUP_TABLE,
					      1u << test_random(seed) % 16 }[test_random(seed) % 4];
	hdr.rtm_flags &= ~(unsigned)RTM_F_NOTIFY; /* the kernel's cache keeps it for others */
	if (by_chance(seed, 8))
		hdr.rtm_tos = (uint8_t)test_random(seed);
	if (by_chance(seed, 32))
		hdr.rtm_dst_len = (uint8_t)test_random(seed);
	if (by_chance(seed, 64))
		hdr.rtm_scope = hdr.rtm_table = 253;
	r = request_of("get", RTM_GETROUTE, 0, &hdr, sizeof(hdr));
	if (!by_chance(seed, 16))
		put_addr(&r, seed, RTA_DST, family);
	if (has_src && family == AF_INET)
		put_attr(&r, RTA_SRC,
			 (const uint8_t[]){ 10, 0, (uint8_t)(test_random(seed) % 2),
					    (uint8_t)(test_random(seed) % 3) },
			 4);
	else if (has_src)
		put_addr(&r, seed, RTA_SRC, family);
	put_rest(&r, seed);
	return r;
}

void compare_gets(struct world w[2], unsigned long n, uint64_t *seed)
{
	while (n--) {
		const struct request r = random_get(seed);

		compare(w, &r, (unsigned)(test_random(seed) % MODES));
	}
}
