/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nexthop objects, and routes that name them: what is answered and heard of changes, and what dumps show then.
 * Of resilient groups no flow uses a bucket, so that all move at once.
 */
#include <arpa/inet.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <linux/nexthop.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_routes.h"

#define N(list) (sizeof(list) / sizeof((list)[0]))
#define EPISODE 24 /* changes, after which all objects go */
#define IDS 9
/* Newer than some headers. */
#define ATTR_OP_FLAGS 14
#define ATTR_LAST 17

static struct request request_for(const char *name, uint16_t type, uint16_t flags,
				  const struct nhmsg *hdr)
{
	return request_of(name, type, flags, hdr, sizeof(*hdr));
}

static void put_addr(struct request *r, uint16_t type, const char *text)
{
	uint8_t addr[16] = { 0 };
	bool v6 = strchr(text, ':') != NULL;

	inet_pton(v6 ? AF_INET6 : AF_INET, text, addr);
	put_attr(r, type, addr, v6 ? 16 : 4);
}

/* -- changes -- */

static uint16_t put_in(uint8_t *to, uint16_t type, const void *value, uint16_t len)
{
	const struct nlattr a = { .nla_len = (uint16_t)(sizeof(a) + len), .nla_type = type };

	memset(to, 0, sizeof(a) + 8);
	memcpy(to, &a, sizeof(a));
	memcpy(to + sizeof(a), value, len);
	return (uint16_t)((a.nla_len + 3u) & ~3u);
}

/* As a group is resilient. */
static void put_resilient(struct request *r, uint64_t *seed)
{
	const uint16_t n = (uint16_t)(by_chance(seed, 8) ? test_random(seed) % 40 : 8);
	uint8_t nest[64];
	uint16_t len = 0;

	if (!by_chance(seed, 24))
		put_attr(r, NHA_GROUP_TYPE, "\1\0", 2);
	if (by_chance(seed, 4))
		return;
	if (!by_chance(seed, 8))
		len = put_in(nest, NHA_RES_GROUP_BUCKETS, &n, 2);
	for (uint16_t type = 2; type < 5; type++) {
		/* The kernel has these in jiffies, of which there are 250 a second. */
		const uint32_t value = (uint32_t)(test_random(seed) % 5000 * 2);

		if (by_chance(seed, type == 4 ? 32 : 3))
			len = (uint16_t)(len + put_in(nest + len, type, &value, 4));
	}
	put_attr(r, (uint16_t)(NHA_RES_GROUP | (by_chance(seed, 48) ? 0 : NLA_F_NESTED)), nest,
		 len);
}

static void put_group(struct request *r, uint64_t *seed)
{
	struct nexthop_grp members[4];
	unsigned n = 1 + (unsigned)(test_random(seed) % 3);

	memset(members, 0, sizeof(members));
	for (unsigned i = 0; i < n; i++) {
		members[i].id = (uint32_t)(test_random(seed) % (by_chance(seed, 8) ? IDS : 5));
		members[i].weight = (uint8_t)(test_random(seed) % 3);
		if (by_chance(seed, 64))
			members[i].resvd2 = 1;
		if (by_chance(seed, 32))
			members[i].weight = 255;
		if (by_chance(seed, 64))
			members[i].resvd1 = 1; /* since Linux 6.12 the upper half of the weight */
	}
	put_attr(r, NHA_GROUP, members,
		 (uint16_t)(n * sizeof(members[0]) - (by_chance(seed, 64) ? 3 : 0)));
	if (by_chance(seed, 3))
		put_resilient(r, seed);
	else if (by_chance(seed, 24))
		put_attr(r, NHA_GROUP_TYPE, by_chance(seed, 2) ? "\0\0" : "\7\0", 2);
}

static void put_single(struct request *r, uint8_t family, uint64_t *seed)
{
	static const char *const gateways4[] = {
		"10.0.0.2",   "10.0.0.3",   "10.0.1.2", "10.0.0.1",
		"10.0.0.255", "172.16.0.1", "0.0.0.0",  "224.0.0.5"
	};
	static const char *const gateways6[] = { "fe80::2",     "2001:db8::2", "2001:db8:1::2",
						 "2001:db8::1", "ff02::5",     "2001:db8:9::1",
						 "::" };
	static const uint32_t links[] = { LINK0, LINK1, LINK0, LINK1, 1, 99, 0 };
	unsigned some = by_chance(seed, 8) ? 100 : 3;
	bool v4 = (family == AF_INET) != by_chance(seed, 64);
	unsigned n = v4 ? N(gateways4) : N(gateways6);

	if (by_chance(seed, 8))
		put_attr(r, NHA_BLACKHOLE, NULL, 0);
	if (!by_chance(seed, 4))
		put_addr(r, NHA_GATEWAY,
			 (v4 ? gateways4 : gateways6)[test_random(seed) % (some < n ? some : n)]);
	if (!by_chance(seed, 8))
		put_attr32(r, NHA_OIF, any_of(seed, links, by_chance(seed, 8) ? N(links) : 2));
}

/* What a bridge's table leads to: ids 1 and 2, families apart. */
static struct request some_fdb(uint64_t *seed)
{
	uint8_t family = by_chance(seed, 2) ? AF_INET : AF_INET6;
	struct request r = request_for(
		"nexthop of a bridge", RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_REPLACE,
		&(struct nhmsg){ .nh_family = family, .nh_flags = by_chance(seed, 8) ? 4 : 0 });

	put_attr32(&r, NHA_ID, (uint32_t)(test_random(seed) % 5));
	put_attr(&r, NHA_FDB, NULL, 0);
	if (!by_chance(seed, 8))
		put_addr(&r, NHA_GATEWAY,
			 by_chance(seed, 8) ? (family == AF_INET ? "0.0.0.0" : "::")
					    : (family == AF_INET ? "10.0.0.2" : "2001:db8::2"));
	if (by_chance(seed, 16))
		put_attr32(&r, NHA_OIF, LINK0);
	return r;
}

static struct nhmsg some_header(uint64_t *seed)
{
	static const uint32_t families[] = { AF_INET, AF_INET6, AF_INET, AF_INET6, 0, 77 };
	static const uint32_t flags[] = { 4, 1, 16 };
	struct nhmsg h = { .nh_family = (uint8_t)any_of(seed, families, by_chance(seed, 8) ? 6 : 4),
			   .nh_protocol = (uint8_t)(test_random(seed) % 5) };

	if (by_chance(seed, 12))
		h.nh_flags = any_of(seed, flags, by_chance(seed, 3) ? 3 : 1);
	if (by_chance(seed, 64))
		h.nh_scope = 1;
	if (by_chance(seed, 64))
		h.resvd = 1;
	return h;
}

static void put_something(struct request *r, uint64_t *seed)
{
	uint16_t type = (uint16_t)(test_random(seed) % (ATTR_LAST + 2));

	if (type == NHA_FDB && by_chance(seed, 2))
		put_attr(r, type, NULL, 0);
	else if (type == NHA_ENCAP_TYPE)
		put_attr(r, type, "\2\0", 2);
	else
		put_attr32(r, type, (uint32_t)(test_random(seed) % 3));
}

static struct request some_new(uint64_t *seed)
{
	static const uint16_t hows[] = { NLM_F_CREATE | NLM_F_EXCL,
					 NLM_F_CREATE | NLM_F_REPLACE,
					 NLM_F_CREATE | NLM_F_REPLACE,
					 NLM_F_REPLACE,
					 NLM_F_CREATE,
					 NLM_F_CREATE | NLM_F_APPEND,
					 0 };
	struct nhmsg h = some_header(seed);
	bool group = by_chance(seed, 3);
	struct request r;

	if (by_chance(seed, 10))
		return some_fdb(seed);
	if (group && !by_chance(seed, 16))
		h.nh_family = 0;
	if (group && !by_chance(seed, 8))
		h.nh_flags = 0;
	r = request_for("change of a nexthop", RTM_NEWNEXTHOP, hows[test_random(seed) % N(hows)],
			&h);
	if (!by_chance(seed, 16))
		put_attr32(&r, NHA_ID, (uint32_t)((group ? 4 : 0) + test_random(seed) % 5));
	if (group)
		put_group(&r, seed);
	if (group && by_chance(seed, 8))
		put_attr(&r, NHA_FDB, NULL, 0);
	if (!group || by_chance(seed, 24))
		put_single(&r, h.nh_family, seed);
	if (by_chance(seed, 32))
		put_something(&r, seed);
	return r;
}

static struct request some_del(uint64_t *seed)
{
	struct nhmsg h = { 0 };
	struct request r;

	if (by_chance(seed, 16))
		h = some_header(seed);
	r = request_for("end of a nexthop", RTM_DELNEXTHOP, 0, &h);
	if (!by_chance(seed, 24))
		put_attr32(&r, NHA_ID, (uint32_t)(test_random(seed) % IDS));
	if (by_chance(seed, 16))
		put_something(&r, seed);
	return r;
}

static struct request some_route(uint64_t *seed)
{
	static const uint16_t hows[] = { NLM_F_CREATE | NLM_F_EXCL, NLM_F_CREATE | NLM_F_REPLACE };
	bool v4 = by_chance(seed, 2), gone = by_chance(seed, 4);
	const struct rtmsg h = { .rtm_family = v4 ? AF_INET : AF_INET6,
				 .rtm_dst_len = v4 ? 24 : 48,
				 .rtm_table = 254,
				 .rtm_protocol = 3,
				 .rtm_type = gone ? 0 : 1,
				 .rtm_scope = gone && v4 ? 255 : 0 };
	struct request r = request_of("route by a nexthop", gone ? RTM_DELROUTE : RTM_NEWROUTE,
				      gone ? 0 : hows[test_random(seed) % 2], &h, sizeof(h));
	static const char *const to[2][3] = {
		{ "2001:db8:2::", "2001:db8:3::", "2001:db8:4::" },
		{ "192.0.2.0", "198.51.100.0", "203.0.113.0" },
	};

	put_addr(&r, RTA_DST, to[v4][test_random(seed) % 3]);
	if (!gone || by_chance(seed, 2))
		put_attr32(&r, RTA_NH_ID, (uint32_t)(test_random(seed) % IDS));
	if (!gone && by_chance(seed, 48))
		put_attr32(&r, RTA_OIF, LINK0);
	return r;
}

/* -- what is there -- */

static struct request some_get(uint64_t *seed)
{
	struct nhmsg h = { 0 };
	struct request r;

	if (by_chance(seed, 8))
		h = some_header(seed);
	r = request_for("one nexthop", RTM_GETNEXTHOP, 0, &h);
	if (!by_chance(seed, 16))
		put_attr32(&r, NHA_ID, (uint32_t)(test_random(seed) % IDS));
	if (by_chance(seed, 12))
		put_something(&r, seed);
	return r;
}

static struct request some_dump(uint64_t *seed)
{
	static const uint32_t links[] = { LINK0, LINK1, 1, 99, 0 };
	static const uint8_t families[] = { 0, AF_INET, AF_INET6, 77 };
	struct nhmsg h = { .nh_family = families[test_random(seed) % 4] };
	struct request r;

	if (by_chance(seed, 16))
		h = some_header(seed);
	r = request_for("dump of some nexthops", RTM_GETNEXTHOP, NLM_F_DUMP, &h);
	if (by_chance(seed, 2))
		put_attr32(&r, by_chance(seed, 2) ? NHA_OIF : NHA_MASTER, any_of(seed, links, 5));
	if (by_chance(seed, 3))
		put_attr(&r, by_chance(seed, 2) ? NHA_GROUPS : NHA_FDB, NULL, 0);
	if (by_chance(seed, 12))
		put_something(&r, seed);
	return r;
}

/* -- buckets -- */

static void put_bucket(struct request *r, uint16_t type, const void *value, uint16_t len,
		       uint64_t *seed)
{
	uint8_t nest[16];
	uint16_t n = put_in(nest, type, value, len);

	put_attr(r, NHA_RES_BUCKET | NLA_F_NESTED, nest, by_chance(seed, 32) ? 0 : n);
}

static struct request some_bucket(uint64_t *seed)
{
	const uint16_t index = (uint16_t)(test_random(seed) % 10);
	struct nhmsg h = { 0 };
	struct request r;

	if (by_chance(seed, 16))
		h = some_header(seed);
	r = request_for("one bucket", RTM_GETNEXTHOPBUCKET, 0, &h);
	if (!by_chance(seed, 16))
		put_attr32(&r, NHA_ID, (uint32_t)(test_random(seed) % IDS));
	if (!by_chance(seed, 16))
		put_bucket(&r, by_chance(seed, 24) ? 2 : NHA_RES_BUCKET_INDEX, &index, 2, seed);
	if (by_chance(seed, 24))
		put_something(&r, seed);
	return r;
}

static struct request some_buckets(uint64_t *seed)
{
	static const uint32_t links[] = { LINK0, LINK1, 1, 99, 0 };
	static const uint8_t families[] = { 0, 0, AF_INET, AF_INET6 };
	const uint32_t id = (uint32_t)(test_random(seed) % 5);
	struct nhmsg h = { .nh_family = families[test_random(seed) % 4] };
	struct request r;

	if (by_chance(seed, 16))
		h = some_header(seed);
	r = request_for("dump of buckets", RTM_GETNEXTHOPBUCKET, NLM_F_DUMP, &h);
	if (by_chance(seed, 4))
		put_attr32(&r, by_chance(seed, 2) ? NHA_OIF : NHA_MASTER, any_of(seed, links, 5));
	if (by_chance(seed, 3))
		put_attr32(&r, NHA_ID, (uint32_t)(test_random(seed) % IDS));
	if (by_chance(seed, 3))
		put_bucket(&r, NHA_RES_BUCKET_NH_ID, &id, 4, seed);
	if (by_chance(seed, 24))
		put_something(&r, seed);
	return r;
}

static void ask_and_judge(struct world w[2], const struct talk *t, const struct request *r)
{
	static struct answers a[2];
	struct request heard = *r;
	long sent[2];

	for (unsigned i = 0; i < 2; i++) {
		sent[i] = ask(&w[i], t->asks[i], r);
		listen_to(&w[i], t->asks[i], &a[i]);
	}
	judge(r, EXT_ACK, sent, a);
	for (unsigned i = 0; i < 2; i++)
		listen_to(&w[i], t->hears[i], &a[i]);
	heard.name = "heard of a nexthop";
	judge(&heard, MODES, sent, a);
}

static void clear(struct world w[2], const struct talk *t)
{
	for (uint32_t id = 1; id < IDS; id++) {
		struct request r = request_for("all nexthops go", RTM_DELNEXTHOP, NLM_F_ACK,
					       &(struct nhmsg){ 0 });

		put_attr32(&r, NHA_ID, id);
		ask_and_judge(w, t, &r);
	}
}

static void compare_dumps(struct world w[2], uint64_t *seed)
{
	static const struct nhmsg none;
	static const struct rtmsg any;
	const struct request all =
		request_for("nexthops after a change", RTM_GETNEXTHOP, NLM_F_DUMP, &none);
	const struct request routes = request_of("routes after a change of nexthops", RTM_GETROUTE,
						 NLM_F_DUMP, &any, sizeof(any));
	const struct request some = some_dump(seed), get = some_get(seed);
	const struct request bucket = some_bucket(seed), buckets = some_buckets(seed);

	compare(w, &all, 0);
	compare(w, &routes, 0);
	compare(w, &some, (unsigned)(test_random(seed) % MODES));
	compare(w, &get, (unsigned)(test_random(seed) % MODES));
	compare(w, &bucket, (unsigned)(test_random(seed) % MODES));
	compare(w, &buckets, (unsigned)(test_random(seed) % MODES));
}

void compare_nexthops(struct world w[2], unsigned long n, uint64_t *seed)
{
	struct talk t;

	open_talk(w, &t, 1u << (RTNLGRP_NEXTHOP - 1) | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE);
	while (n--) {
		struct request r = by_chance(seed, 2)   ? some_new(seed)
				   : by_chance(seed, 2) ? some_route(seed)
							: some_del(seed);

		if (by_chance(seed, 2))
			r.flags |= NLM_F_ACK;
		if (by_chance(seed, 4))
			r.flags |= NLM_F_ECHO;
		ask_and_judge(w, &t, &r);
		compare_dumps(w, seed);
		if (n % EPISODE == 0)
			clear(w, &t);
	}
	close_talk(w, &t);
}
