/* SPDX-License-Identifier: Apache-2.0 */
/* Neighbours: what is answered and heard of changes, and what dumps show then. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include <linux/neighbour.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_routes.h"

/* -- requests -- */

static struct request request_for(const char *name, uint16_t type, uint16_t flags,
				  const struct ndmsg *hdr)
{
	return request_of(name, type, flags, hdr, sizeof(*hdr));
}

/* One of a dump of proxies, if it is of no link. */
static void end_proxy(struct world *w, struct wsock s, const struct nlmsghdr *h)
{
	const struct ndmsg *nd = (const void *)((const uint8_t *)h + NLMSG_HDRLEN);
	const struct rtattr *dst = (const void *)(nd + 1);
	struct ndmsg hdr = { .ndm_family = nd->ndm_family, .ndm_flags = NTF_PROXY };
	struct request r = request_for("end of a proxy", RTM_DELNEIGH, 0, &hdr);

	if (h->nlmsg_type != RTM_NEWNEIGH || nd->ndm_ifindex)
		return;
	put_attr(&r, NDA_DST, dst + 1, (uint16_t)(dst->rta_len - sizeof(*dst)));
	(void)ask(w, s, &r);
}

/* The kernel may have those of no link from a namespace that was there before: they outlive theirs. */
static void end_proxies_of_all_links(struct world *w)
{
	const struct request all = request_for("proxies", RTM_GETNEIGH, NLM_F_DUMP,
					       &(struct ndmsg){ .ndm_flags = NTF_PROXY });
	static struct answers there, ended;
	struct wsock s;

	if (world_open(w, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &s))
		exit(1);
	(void)ask(w, s, &all);
	listen_to(w, s, &there);
	for (unsigned i = 0; i < there.n; i++) {
		const struct nlmsghdr *h;

		for (long at = 0; at + NLMSG_HDRLEN <= there.len[i];
		     at += NLMSG_ALIGN(h->nlmsg_len)) {
			h = (const void *)(there.bytes[i] + at);
			end_proxy(w, s, h);
		}
	}
	listen_to(w, s, &ended);
	world_close(w, &s);
}

void compare_dumps_of_neighs(struct world w[2])
{
	static const struct ndmsg headers[] = {
		{ 0 },
		{ .ndm_family = AF_INET },
		{ .ndm_family = AF_INET6 },
		{ .ndm_family = 77 },
		{ .ndm_flags = NTF_PROXY },
		{ .ndm_family = AF_INET6, .ndm_flags = NTF_PROXY },
		{ .ndm_flags = NTF_PROXY | NTF_ROUTER },
		{ .ndm_flags = NTF_USE },
		{ .ndm_ifindex = LINK0 },
		{ .ndm_state = NUD_PERMANENT },
		{ .ndm_type = 1 },
		{ .ndm_pad1 = 1 },
	};
	static const uint32_t links[] = { 0, 1, LINK0, LINK1, 99 };

	end_proxies_of_all_links(&w[0]);
	for (unsigned mode = 0; mode < MODES; mode++) {
		for (unsigned i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
			const struct request r = request_for("dump of neighbours", RTM_GETNEIGH,
							     NLM_F_DUMP, &headers[i]);

			compare_sorted(w, &r, mode);
		}
		for (uint16_t type = 0; type < NDA_MAX + 2; type++)
			for (unsigned i = 0; i < 5; i++) {
				struct request r = request_for("dump of some neighbours",
							       RTM_GETNEIGH, NLM_F_DUMP,
							       &headers[0]);

				put_attr32(&r, type, links[i]);
				compare_sorted(w, &r, mode);
			}
	}
}

static void put_some_address(struct request *r, uint8_t family, uint64_t *seed)
{
	uint8_t addr[16] = { 0x20, 1, 0xd, 0xb8, [15] = (uint8_t)(7 + test_random(seed) % 3) };
	uint16_t len = 16;

	if (family == AF_INET) {
		memcpy(addr, "\x0a\0\0", 3);
		addr[3] = addr[15];
		len = 4;
	}
	if (by_chance(seed, 40))
		len = (uint16_t)(test_random(seed) % 20);
	put_attr(r, NDA_DST, addr, len > 16 ? 16 : len);
}

static struct ndmsg some_header(uint64_t *seed)
{
	static const uint32_t families[] = { AF_INET, AF_INET6, AF_INET, AF_INET6, AF_INET, 77 };
	static const uint32_t links[] = { LINK0, LINK1, LINK0, LINK1, LINK0, 0, 99, 1 };
	static const uint32_t states[] = { NUD_PERMANENT, NUD_NOARP,  NUD_STALE,
					   NUD_REACHABLE, NUD_FAILED, NUD_NONE };
	static const uint32_t flags[] = { 0, 0, 0, NTF_PROXY, NTF_EXT_LEARNED, NTF_ROUTER };

	return (struct ndmsg){ .ndm_family = (uint8_t)any_of(seed, families, 6),
			       .ndm_ifindex = (int)any_of(seed, links, 8),
			       .ndm_state = (uint16_t)any_of(seed, states, 6),
			       .ndm_flags = (uint8_t)any_of(seed, flags, 6) };
}

static struct request some_change(uint64_t *seed)
{
	static const uint32_t hows[] = { NLM_F_CREATE | NLM_F_REPLACE, NLM_F_CREATE | NLM_F_EXCL,
					 NLM_F_REPLACE, 0, NLM_F_CREATE };
	const uint8_t mac[6] = { 2, 0, 0, 0, 1, (uint8_t)(test_random(seed) % 3) };
	const struct ndmsg hdr = some_header(seed);
	bool gone = by_chance(seed, 3);
	uint16_t how = gone ? 0 : (uint16_t)any_of(seed, hows, 5);
	struct request r = request_for("change of a neighbour", gone ? RTM_DELNEIGH : RTM_NEWNEIGH,
				       (uint16_t)(how | NLM_F_ACK), &hdr);

	if (!by_chance(seed, 40))
		put_some_address(&r, hdr.ndm_family, seed);
	if (!by_chance(seed, 8))
		put_attr(&r, NDA_LLADDR, mac, by_chance(seed, 40) ? 3 : 6);
	if (by_chance(seed, 8))
		put_attr(&r, NDA_PROTOCOL, "\x04", 1);
	if (by_chance(seed, 40))
		put_attr32(&r, NDA_FLAGS_EXT, 2);
	return r;
}

static struct request some_get(uint64_t *seed)
{
	struct ndmsg hdr = some_header(seed);
	struct request r;

	if (!by_chance(seed, 20))
		hdr.ndm_state = 0;
	hdr.ndm_flags &= by_chance(seed, 20) ? 0xff : NTF_PROXY;
	r = request_for("one neighbour", RTM_GETNEIGH, 0, &hdr);
	put_some_address(&r, hdr.ndm_family, seed);
	if (by_chance(seed, 20))
		put_attr32(&r, (uint16_t)(test_random(seed) % 20), 1);
	return r;
}

void compare_changes_of_neighs(struct world w[2], unsigned long n, uint64_t *seed)
{
	static struct answers a[2];
	struct talk t;

	open_talk(w, &t, RTMGRP_NEIGH);
	while (n--) {
		const struct request r = some_change(seed), get = some_get(seed);
		const struct request all = request_for("neighbours after a change", RTM_GETNEIGH,
						       NLM_F_DUMP, &(struct ndmsg){ 0 });
		const struct request proxies =
			request_for("proxies after a change", RTM_GETNEIGH, NLM_F_DUMP,
				    &(struct ndmsg){ .ndm_flags = NTF_PROXY });
		struct request heard = r;
		long sent[2];

		for (unsigned i = 0; i < 2; i++) {
			sent[i] = ask(&w[i], t.asks[i], &r);
			listen_to(&w[i], t.asks[i], &a[i]);
		}
		judge(&r, EXT_ACK, sent, a);
		for (unsigned i = 0; i < 2; i++)
			listen_to(&w[i], t.hears[i], &a[i]);
		heard.name = "heard of a neighbour";
		judge(&heard, MODES, sent, a);
		compare_sorted(w, &all, 0);
		compare_sorted(w, &proxies, 0);
		compare(w, &get, (unsigned)(test_random(seed) % MODES));
	}
	close_talk(w, &t);
	end_proxies_of_all_links(&w[0]);
}
