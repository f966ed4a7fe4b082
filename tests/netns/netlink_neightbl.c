/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings of the tables of neighbours: shown, and set for a link. The bounds of a whole table are the initial
 * network namespace's alone on Linux, and not asked for; nor are times that are no whole units here.
 */
#include <string.h>

#include <linux/neighbour.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_routes.h"

#define N(list) (sizeof(list) / sizeof((list)[0]))

static struct request request_for(const char *name, uint16_t type, uint16_t flags,
				  const struct ndtmsg *hdr)
{
	return request_of(name, type, flags, hdr, sizeof(*hdr));
}

void compare_dumps_of_neightbls(struct world w[2])
{
	static const struct ndtmsg headers[] = {
		{ 0 },
		{ .ndtm_family = AF_INET },
		{ .ndtm_family = AF_INET6 },
		{ .ndtm_family = 77 },
		{ .ndtm_pad1 = 1 },
		{ .ndtm_family = AF_INET, .ndtm_pad2 = 1 },
	};

	for (unsigned i = 0; i < N(headers); i++) {
		struct request r = request_for("tables of neighbours", RTM_GETNEIGHTBL, NLM_F_DUMP,
					       &headers[i]);

		in_each_mode(w, &r);
		put_attr32(&r, NDTA_THRESH1, 1);
		in_each_mode(w, &r);
	}
	in_each_mode(w, &(struct request){ .name = "no tables of neighbours",
					   .type = RTM_GETNEIGHTBL,
					   .flags = NLM_F_DUMP | NLM_F_REQUEST,
					   .len = 1 });
}

static bool is_time(uint16_t type)
{
	return type >= NDTPA_REACHABLE_TIME && type != NDTPA_QUEUE_LEN &&
	       type != NDTPA_APP_PROBES && type != NDTPA_UCAST_PROBES &&
	       type != NDTPA_MCAST_PROBES && type != NDTPA_PROXY_QLEN &&
	       type != NDTPA_QUEUE_LENBYTES && type != NDTPA_MCAST_REPROBES;
}

static void put_param(struct request *r, uint64_t *seed)
{
	uint16_t type = (uint16_t)(test_random(seed) % (NDTPA_MAX + 2));
	uint64_t ms = (test_random(seed) % 5) * 1000;

	if (is_time(type) && !by_chance(seed, 32))
		put_attr(r, type, &ms, sizeof(ms));
	else if (type != NDTPA_IFINDEX)
		put_attr32(r, type, (uint32_t)(test_random(seed) % 8));
}

static void put_params(struct request *r, uint64_t *seed)
{
	static const uint32_t links[] = { LINK0, LINK1, 1, LINK0, 99 };
	struct nlattr nest = { .nla_type = NDTA_PARMS };
	uint32_t at = r->len;

	put(r, &nest, sizeof(nest));
	put_attr32(r, NDTPA_IFINDEX, any_of(seed, links, N(links)));
	for (uint64_t n = test_random(seed) % 4; n; n--)
		put_param(r, seed);
	nest.nla_len = (uint16_t)(r->len - at);
	memcpy(r->body + at, &nest, sizeof(nest));
}

static struct request some_change(uint64_t *seed)
{
	static const char *const names[] = { "arp_cache",   "ndisc_cache", "arp_cache",
					     "ndisc_cache", "xfrm",        "" };
	static const uint32_t families[] = { 0, AF_INET, AF_INET6, 77 };
	const struct ndtmsg hdr = { .ndtm_family = (uint8_t)any_of(seed, families,
								   by_chance(seed, 8) ? 4 : 1) };
	struct request r = request_for("setting of neighbours", RTM_SETNEIGHTBL, NLM_F_ACK, &hdr);
	const char *name = names[test_random(seed) % (by_chance(seed, 8) ? N(names) : 2)];

	if (!by_chance(seed, 16))
		put_attr(&r, NDTA_NAME, name,
			 (uint16_t)(strlen(name) + (by_chance(seed, 4) ? 0 : 1)));
	if (!by_chance(seed, 16))
		put_params(&r, seed);
	return r;
}

void compare_changes_of_neightbls(struct world w[2], unsigned long n, uint64_t *seed)
{
	const struct request all = request_for("tables of neighbours after a change",
					       RTM_GETNEIGHTBL, NLM_F_DUMP, &(struct ndtmsg){ 0 });

	while (n--) {
		const struct request r = some_change(seed);

		compare(w, &r, (unsigned)(test_random(seed) % MODES));
		compare(w, &all, 0);
	}
}
