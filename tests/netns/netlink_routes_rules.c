/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETRULE, RTM_NEWRULE and RTM_DELRULE: what is answered, what is heard of it, and what is there then. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <linux/fib_rules.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_routes.h"

#define EPISODE 8 /* changes, after which the rules that they made go */

void compare_dumps_of_rules(struct world w[2])
{
	/* Of all families the kernel shows those of multicast routing, too, which has none here. */
	static const uint8_t families[] = { AF_INET, AF_INET6 };

	for (unsigned i = 0; i < sizeof(families); i++) {
		struct fib_rule_hdr hdr = { .family = families[i] };
		struct request r =
			request_of("dump of rules", RTM_GETRULE, NLM_F_DUMP, &hdr, sizeof(hdr));

		in_each_mode(w, &r);
		put_attr32(&r, FRA_TABLE, 254);
		r.name = "dump of rules with an attribute";
		in_each_mode(w, &r);
		r.len = 1;
		r.name = "dump of rules by rtgenmsg";
		in_each_mode(w, &r);
		hdr.table = 254;
		r = request_of("dump of rules by table", RTM_GETRULE, NLM_F_DUMP, &hdr,
			       sizeof(hdr));
		in_each_mode(w, &r);
	}
}

static void put_prefix(struct request *r, uint16_t type, uint8_t family, uint8_t len)
{
	uint8_t addr[16] = { 0 };

	if (!len)
		return;
	inet_pton(family, family == AF_INET ? "10.0.0.0" : "2001:db8::", addr);
	put_attr(r, type, addr, family == AF_INET ? 4 : 16);
}

static void put_selectors(struct request *r, uint64_t *seed)
{
	static const char *const names[] = { "lo", "r0", "absent" };
	static const uint32_t marks[] = { 0, 1, 7, 0xff };

	if (by_chance(seed, 4)) {
		const char *name = names[test_random(seed) % 3];

		put_attr(r, by_chance(seed, 2) ? FRA_IIFNAME : FRA_OIFNAME, name,
			 (uint16_t)(strlen(name) + 1));
	}
	if (by_chance(seed, 4))
		put_attr32(r, FRA_FWMARK, any_of(seed, marks, 4));
	if (by_chance(seed, 6))
		put_attr32(r, FRA_FWMASK, any_of(seed, marks + 1, 3));
	if (by_chance(seed, 6))
		put_attr(r, FRA_IP_PROTO, (const uint8_t[]){ (uint8_t)(test_random(seed) % 18) },
			 1);
	if (by_chance(seed, 6)) {
		const uint16_t range[2] = { (uint16_t)(test_random(seed) % 3),
					    (uint16_t)(test_random(seed) % 4) };

		put_attr(r, by_chance(seed, 2) ? FRA_SPORT_RANGE : FRA_DPORT_RANGE, range, 4);
	}
}

/* The rules that are there from the beginning stay. */
static void put_rest(struct request *r, uint64_t *seed)
{
	static const uint32_t priorities[] = { 100, 200, 300, 400 }, tables[] = { 254, 100, 1000 };

	if (r->type == RTM_DELRULE || !by_chance(seed, 4))
		put_attr32(r, FRA_PRIORITY, any_of(seed, priorities, 3));
	if (by_chance(seed, 2))
		put_attr32(r, FRA_TABLE, any_of(seed, tables, 3));
	if (by_chance(seed, 3))
		put_attr(r, FRA_PROTOCOL, (const uint8_t[]){ (uint8_t)(3 + test_random(seed) % 2) },
			 1);
	if (by_chance(seed, 16))
		put_attr32(r, FRA_SUPPRESS_PREFIXLEN, by_chance(seed, 2) ? 0 : 24);
	if (by_chance(seed, 24))
		put_attr32(r, FRA_GOTO, any_of(seed, priorities, 4));
}

static struct request random_rule(uint64_t *seed, uint8_t family)
{
	static const uint8_t actions[] = { 1, 1, 1, 1, 3, 6, 7, 8, 2 };
	static const uint8_t lens[] = { 0, 0, 8, 24 };
	struct fib_rule_hdr hdr = {
		.family = family,
		.table = (uint8_t)(family == AF_INET6 && by_chance(seed, 4) ? 0 : 254),
		.action = actions[test_random(seed) % 9],
		.src_len = lens[test_random(seed) % 4],
		.dst_len = lens[test_random(seed) % 4]
	};
	bool gone = by_chance(seed, 3);
	struct request r;

	if (by_chance(seed, 8))
		hdr.flags = FIB_RULE_INVERT;
	if (by_chance(seed, 8))
		hdr.tos = (uint8_t)(by_chance(seed, 8) ? 3 : 8);
	if (by_chance(seed, 64))
		hdr.src_len = 129;
	r = request_of("change of a rule", gone ? RTM_DELRULE : RTM_NEWRULE, 0, &hdr, sizeof(hdr));
	if (!gone && by_chance(seed, 2))
		r.flags |= NLM_F_CREATE | NLM_F_EXCL;
	if (by_chance(seed, 4))
		r.flags |= NLM_F_ACK;
	if (by_chance(seed, 4))
		r.flags |= NLM_F_ECHO;
	put_prefix(&r, FRA_SRC, family, by_chance(seed, 64) ? 0 : hdr.src_len);
	put_prefix(&r, FRA_DST, family, hdr.dst_len);
	put_selectors(&r, seed);
	put_rest(&r, seed);
	return r;
}

/* What was made goes: each rule is given back as it is shown. */
static void clear(struct world *w, struct wsock s, uint8_t family)
{
	const struct fib_rule_hdr hdr = { .family = family };
	const struct request all = request_of("all", RTM_GETRULE, NLM_F_DUMP, &hdr, sizeof(hdr));
	static struct answers a;
	struct nlmsghdr h;

	ask(w, s, &all);
	listen_to(w, s, &a);
	for (unsigned i = 0; i < a.n; i++)
		for (long at = 0; at + (long)sizeof(h) <= a.len[i]; at += (h.nlmsg_len + 3) & ~3u) {
			struct request r;

			memcpy(&h, a.bytes[i] + at, sizeof(h));
			if (h.nlmsg_type != RTM_NEWRULE)
				continue;
			r = request_of("gone", RTM_DELRULE, 0, a.bytes[i] + at + sizeof(h),
				       h.nlmsg_len - (uint32_t)sizeof(h));
			if (!memmem(r.body, r.len, "\5\0\25\0\2", 5)) /* not the kernel's own */
				ask(w, s, &r);
		}
	listen_to(w, s, &a);
}

void compare_changes_of_rules(struct world w[2], unsigned long n, uint64_t *seed)
{
	struct talk t;

	open_talk(w, &t, 1u << (RTNLGRP_IPV4_RULE - 1) | 1u << (RTNLGRP_IPV6_RULE - 1));
	while (n--) {
		const uint8_t family = n / EPISODE % 2 ? AF_INET : AF_INET6;
		const struct request r = random_rule(seed, family);

		compare_change(w, &t, &r, RTM_GETRULE);
		for (unsigned i = 0; i < 2 && !(n % EPISODE); i++) {
			static struct answers unheard;

			clear(&w[i], t.asks[i], family);
			listen_to(&w[i], t.hears[i], &unheard);
		}
	}
	close_talk(w, &t);
}
