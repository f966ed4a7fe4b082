/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_NEWROUTE and RTM_DELROUTE: what is answered, what is heard of it, and what is there then. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_routes.h"

#define N(list) (sizeof(list) / sizeof((list)[0]))
#define EPISODE 8 /* changes, after which the routes that they made go */

static const char *const prefixes4[] = { "0.0.0.0",      "192.0.2.0", "192.0.2.0", "192.0.2.128",
					 "198.51.100.0", "10.5.0.0",  "10.5.6.7" };
static const uint8_t lens4[] = { 0, 24, 24, 25, 24, 16, 32 };
static const char *const gateways4[] = { "10.0.0.2",   "10.0.0.3",  "10.0.1.2",   "10.0.0.1",
					 "10.0.0.255", "192.0.2.5", "172.16.0.1", "224.0.0.5" };
static const char *const prefixes6[] = {
	"::", "2001:db8:2::", "2001:db8:2::", "2001:db8:2:3::", "2001:db8:4::", "2001:db8:5::7"
};
static const uint8_t lens6[] = { 0, 48, 48, 64, 48, 128 };
static const char *const gateways6[] = { "fe80::2",     "2001:db8::2", "2001:db8:1::2",
					 "2001:db8::1", "ff02::5",     "2001:db8:9::1" };

static void put_addr(struct request *r, uint16_t type, uint8_t family, const char *text)
{
	uint8_t addr[16] = { 0 };

	inet_pton(family, text, addr);
	put_attr(r, type, addr, family == AF_INET ? 4 : 16);
}

static const char *gateway_of(uint8_t family, uint64_t *seed)
{
	unsigned likely = by_chance(seed, 4) ? 100 : 3;

	if (family == AF_INET)
		return gateways4[test_random(seed) %
				 (likely < N(gateways4) ? likely : N(gateways4))];
	return gateways6[test_random(seed) % (likely < N(gateways6) ? likely : N(gateways6))];
}

static void put_hops(struct request *r, uint8_t family, uint64_t *seed)
{
	uint32_t at = r->len, links[] = { LINK0, LINK1, 0 };
	struct rtattr nest = { .rta_type = RTA_MULTIPATH };

	put(r, &nest, sizeof(nest));
	for (uint64_t n = 1 + test_random(seed) % 3; n; n--) {
		uint32_t hop_at = r->len;
		struct rtnexthop hop = { .rtnh_hops = (uint8_t)(test_random(seed) % 3),
					 .rtnh_ifindex = (int)any_of(seed, links, 3) };

		if (by_chance(seed, 16))
			hop.rtnh_flags = (uint8_t[]){ 1, 4, 16 }[test_random(seed) % 3];
		put(r, &hop, sizeof(hop));
		if (!by_chance(seed, 8))
			put_addr(r, RTA_GATEWAY, family, gateway_of(family, seed));
		hop.rtnh_len = (uint16_t)(r->len - hop_at);
		memcpy(r->body + hop_at, &hop, sizeof(hop));
	}
	nest.rta_len = (uint16_t)(r->len - at);
	memcpy(r->body + at, &nest, sizeof(nest));
}

static void put_metrics(struct request *r, uint64_t *seed)
{
	static const uint32_t values[] = { 0, 1, 10, 1300, 1400, 100000 };
	static const uint16_t types[] = {
		RTAX_MTU, RTAX_ADVMSS, RTAX_HOPLIMIT, RTAX_INITCWND, RTAX_WINDOW, RTAX_INITRWND, 60
	};
	uint32_t at = r->len;
	struct rtattr nest = { .rta_type = RTA_METRICS };

	put(r, &nest, sizeof(nest));
	for (uint64_t n = test_random(seed) % 3; n; n--)
		put_attr32(r, types[test_random(seed) % (by_chance(seed, 16) ? 7 : 6)],
			   any_of(seed, values, 6));
	nest.rta_len = (uint16_t)(r->len - at);
	memcpy(r->body + at, &nest, sizeof(nest));
}

/* A route of IPv6 that leads nowhere has no use for ways: the kernel judges them in part nevertheless. */
static void put_way(struct request *r, const struct rtmsg *h, uint64_t *seed)
{
	static const uint32_t links[] = { LINK0, LINK1, 1, 99 };
	uint8_t family = h->rtm_family;

	if (family == AF_INET6 && h->rtm_type > 5)
		return;

	if (by_chance(seed, 5) && !h->rtm_flags) {
		put_hops(r, family, seed);
		return;
	}
	if (!by_chance(seed, 3))
		put_addr(r, RTA_GATEWAY, family, gateway_of(family, seed));
	if (!by_chance(seed, 3))
		put_attr32(r, RTA_OIF, any_of(seed, links, by_chance(seed, 8) ? 4 : 2));
}

static void put_rest(struct request *r, uint8_t family, uint64_t *seed)
{
	static const uint32_t metrics[] = { 0, 10, 20, 1024 },
			      tables[] = { 254, 100, 1000, 255, 0 };

	if (by_chance(seed, 3))
		put_attr32(r, RTA_PRIORITY, any_of(seed, metrics, 4));
	if (by_chance(seed, 4))
		put_attr32(r, RTA_TABLE,
			   any_of(seed, tables, family == AF_INET && by_chance(seed, 4) ? 5 : 3));
	if (by_chance(seed, family == AF_INET ? 6 : 48))
		put_addr(r, RTA_PREFSRC, family,
			 family == AF_INET ? (by_chance(seed, 2) ? "10.0.0.1" : "10.0.0.9")
					   : ("2001:db8::9"));
	if (family == AF_INET && by_chance(seed, 6))
		put_metrics(r, seed);
	if (by_chance(seed, 64)) /* types that are as likely to be well made */
		put_attr32(r, (uint16_t)(24 + test_random(seed) % 5), (uint32_t)test_random(seed));
}

static struct rtmsg random_header(uint8_t family, uint64_t *seed)
{
	struct rtmsg h = {
		.rtm_family = family, .rtm_table = 254, .rtm_type = 1, .rtm_protocol = 3
	};

	if (by_chance(seed, 4))
		h.rtm_type = (uint8_t)(family == AF_INET ? test_random(seed) % 13
							 : 6 + test_random(seed) % 4);
	/* What shares flows of IPv6 keeps its own on Linux. */
	if (family == AF_INET && by_chance(seed, 2))
		h.rtm_protocol = 4;
	if (by_chance(seed, 4))
		h.rtm_scope = (uint8_t)(by_chance(seed, 2) ? 253 : 254);
	if (by_chance(seed, 32))
		h.rtm_scope = (uint8_t)test_random(seed);
	if (by_chance(seed, 8))
		h.rtm_tos = (uint8_t)(by_chance(seed, 4) ? test_random(seed) : 8);
	if (by_chance(seed, 12))
		h.rtm_flags = (unsigned[]){ 4, 1, 16 }[test_random(seed) % 3];
	return h;
}

static struct request random_change(uint64_t *seed, uint8_t family)
{
	static const uint16_t flags[] = { NLM_F_CREATE | NLM_F_EXCL,
					  NLM_F_CREATE | NLM_F_REPLACE,
					  NLM_F_REPLACE,
					  NLM_F_CREATE | NLM_F_APPEND,
					  NLM_F_CREATE,
					  NLM_F_APPEND,
					  0 };
	bool v4 = family == AF_INET, gone = by_chance(seed, 4);
	unsigned i = (unsigned)(test_random(seed) % (v4 ? N(lens4) : N(lens6)));
	struct rtmsg h = random_header(family, seed);
	struct request r;

	h.rtm_dst_len = v4 ? lens4[i] : lens6[i];
	if (by_chance(seed, 32))
		h.rtm_dst_len = (uint8_t)test_random(seed);
	r = request_of("change of a route", gone ? RTM_DELROUTE : RTM_NEWROUTE,
		       gone ? 0 : flags[test_random(seed) % N(flags)], &h, sizeof(h));
	if (by_chance(seed, 4))
		r.flags |= NLM_F_ACK;
	if (by_chance(seed, 4))
		r.flags |= NLM_F_ECHO;
	if (h.rtm_dst_len || by_chance(seed, 2))
		put_addr(&r, RTA_DST, family, v4 ? prefixes4[i] : prefixes6[i]);
	put_way(&r, &h, seed);
	put_rest(&r, family, seed);
	if (family == AF_INET6 &&
	    by_chance(seed, 8)) { /* alone: what shares flows keeps its own on Linux */
		put_attr(&r, RTA_PREF, (const uint8_t[]){ (uint8_t)(test_random(seed) % 5) }, 1);
		put_metrics(&r, seed);
		put_attr32(&r, RTA_PRIORITY, 77);
		r.flags |= gone ? 0 : NLM_F_CREATE | NLM_F_REPLACE;
	}
	return r;
}

/* What was made goes: each route is given back as it is shown. */
static void clear(struct world *w, struct wsock s, uint8_t family)
{
	const struct rtmsg hdr = { .rtm_family = family };
	const struct request all = request_of("all", RTM_GETROUTE, NLM_F_DUMP, &hdr, sizeof(hdr));
	static struct answers a;
	struct nlmsghdr h;

	ask(w, s, &all);
	listen_to(w, s, &a);
	for (unsigned i = 0; i < a.n; i++)
		for (long at = 0; at + (long)sizeof(h) <= a.len[i]; at += (h.nlmsg_len + 3) & ~3u) {
			const uint8_t *body = a.bytes[i] + at + sizeof(h);
			struct request r;

			memcpy(&h, a.bytes[i] + at, sizeof(h));
			if (h.nlmsg_type != RTM_NEWROUTE || body[5] == RTPROT_KERNEL)
				continue;
			r = request_of("gone", RTM_DELROUTE, 0, body,
				       h.nlmsg_len - (uint32_t)sizeof(h));
			ask(w, s, &r);
		}
	listen_to(w, s, &a);
}

void compare_changes_of_routes(struct world w[2], unsigned long n, uint64_t *seed)
{
	struct talk t;

	open_talk(w, &t, RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE);
	while (n--) {
		const uint8_t family = n / EPISODE % 2 ? AF_INET : AF_INET6;
		const struct request r = random_change(seed, family);

		compare_change(w, &t, &r, RTM_GETROUTE);
		for (unsigned i = 0; i < 2 && !(n % EPISODE); i++) {
			static struct answers unheard;

			clear(&w[i], t.asks[i], family);
			listen_to(&w[i], t.hears[i], &unheard);
		}
	}
	close_talk(w, &t);
}
