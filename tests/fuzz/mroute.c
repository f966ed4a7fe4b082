/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A multicast router of four links under calls and packets that chance makes up: no more waits than
 * may, what is saved is made again, and nothing is left when the stack is freed. The input is a row of
 * records: what happens (one byte: the lower four bits choose, the others say with what), and then
 * what that takes.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <seastack/event.h>
#include <seastack/mroute.h>

#include "core/checksum.h"
#include "ip/ipv4.h"
#include "ip/ipv6.h"
#include "ip/mroute.h"
#include "tests/fuzz/env.h"
#include "tests/lib/snapshot.h"
#include "wire/udp.h"

#define LINKS 4
#define PAYLOAD_MAX 3000

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };

/* -- the input -- */

struct world {
	struct sea_stack *stack;
	bool reloaded; /* once is enough: it takes long */
	sea_time now;
	const uint8_t *at;
	size_t left;
};

static uint8_t next(struct world *w)
{
	if (!w->left)
		return 0;
	w->left--;
	return *w->at++;
}

static uint8_t next_family(uint8_t b)
{
	return b & 1 ? SEA_AF_INET6 : SEA_AF_INET;
}

/* Few of each, so that they meet. */
static struct sea_addr next_source(uint8_t family, uint8_t b)
{
	struct sea_addr a = { .family = (b & 3) ? family : 0 };

	if (family == SEA_AF_INET)
		memcpy(a.b, (uint8_t[]){ 10, b & 3, 0, 9 }, 4);
	else
		memcpy(a.b, (uint8_t[]){ 0x20, 1, 0xd, 0xb8, [15] = b & 3 }, 16);
	return a;
}

static struct sea_addr next_group(uint8_t family, uint8_t b)
{
	static const uint8_t scopes[4] = { 0x1e, 0x12, 0x15, 0x1e };
	struct sea_addr a = { .family = (b & 7) ? family : 0 };

	if (family == SEA_AF_INET)
		memcpy(a.b, (uint8_t[]){ (b & 7) == 7 ? 224 : 239, 0, 0, b & 7 }, 4);
	else
		memcpy(a.b, (uint8_t[]){ 0xff, scopes[b & 3], [15] = b & 7 }, 16);
	return a;
}

/* -- the world -- */

static void make_link(struct sea_stack *stack, uint8_t i)
{
	const char name[] = { 'e', (char)('0' + i), 0 };
	const struct sea_link_config config = { .size = sizeof(config),
						.name = name,
						.mac = { 2, 0, 0, 0, 0, (uint8_t)(i + 1) } };
	struct sea_ifaddr addr = { .size = sizeof(addr),
				   .local = sea_addr_v4(10, i, 0, 1),
				   .prefix_len = 24 };
	struct sea_link *link;

	require(!sea_link_add(stack, &config, &link, SEA_TIME_ZERO));
	require(!sea_link_set_up(link, true, SEA_TIME_ZERO));
	addr.ifindex = link->ifindex;
	require(!sea_ifaddr_add(stack, &addr, SEA_TIME_ZERO));
}

static struct sea_link *link_of(struct world *w, uint8_t b)
{
	const char name[] = { 'e', (char)('0' + b % LINKS), 0 };

	return sea_link_by_name(w->stack, name);
}

static void drain(struct world *w)
{
	struct sea_link *link;
	struct sea_pkt *pkts[16];
	unsigned n;

	sea_stack_advance(w->stack, w->now);
	while ((link = sea_stack_next_tx(w->stack))) {
		n = sea_link_take_tx(link, pkts, 16, w->now);
		while (n)
			sea_pkt_done(pkts[--n]);
	}
}

/* -- packets -- */

static size_t put4(uint8_t *at, struct world *w, uint16_t len, uint8_t b)
{
	struct sea_addr src = next_source(SEA_AF_INET, next(w)), dst;
	uint8_t flags = next(w), words = flags & 3;
	size_t hdr_len = sizeof(struct sea_ipv4_hdr) + words * 4u;
	struct sea_ipv4_hdr hdr = { .ver_ihl = (uint8_t)(0x45 + words),
				    .total_len = sea_be16_of((uint16_t)(hdr_len + len)),
				    .ttl = (uint8_t)(b >> 4),
				    .proto = flags & 4 ? 2 : 17,
				    .frag = sea_be16_of(
					    (uint16_t)((flags & 8 ? SEA_IPV4_DF : 0) |
						       (flags & 16 ? SEA_IPV4_MF : 0))) };
	uint16_t sum;

	dst = next_group(SEA_AF_INET, next(w) | 1);
	memcpy(hdr.src.b, src.b, 4);
	memcpy(hdr.dst.b, dst.b, 4);
	memcpy(at, &hdr, sizeof(hdr));
	for (size_t i = sizeof(hdr); i < hdr_len; i++)
		at[i] = next(w);
	sum = (uint16_t)~sea_csum_fold(sea_csum_scalar(at, hdr_len, 0));
	memcpy(at + 10, &sum, 2);
	return hdr_len;
}

static size_t put6(uint8_t *at, struct world *w, uint16_t len, uint8_t b)
{
	struct sea_ipv6_facts f = { .next = 17, .hop_limit = b >> 4, .payload_len = len };

	memcpy(f.src, next_source(SEA_AF_INET6, next(w)).b, 16);
	memcpy(f.dst, next_group(SEA_AF_INET6, next(w) | 1).b, 16);
	sea_ipv6_put((struct sea_ipv6_hdr *)(void *)at, &f);
	return sizeof(struct sea_ipv6_hdr);
}

/* A super-segment, if it may be one. */
static void mark_super(struct sea_pkt *pkt, uint16_t len, uint8_t b)
{
	if (!(b & 1) || len < 500)
		return;
	pkt->gso_type = SEA_GSO_UDP;
	pkt->gso_size = (uint16_t)(100 + b);
	pkt->gso_segs = (uint16_t)((len - 8 + pkt->gso_size - 1) / pkt->gso_size);
	pkt->csum_state = SEA_CSUM_VERIFIED;
	pkt->trusted = true;
}

static void bring(struct world *w, uint8_t b)
{
	static const uint16_t lens[8] = { 8, 20, 300, 700, 1200, 1400, 2000, PAYLOAD_MAX };
	uint8_t frame[PAYLOAD_MAX + 200] = { 1, 0, 0x5e }, kind = next(w);
	struct sea_link *link = link_of(w, kind >> 1);
	uint16_t len = lens[kind >> 5];
	size_t at = sizeof(struct sea_ether_hdr);
	struct sea_pkt *pkt;

	sea_put16(frame + 12, kind & 1 ? SEA_ETHERTYPE_IPV6 : SEA_ETHERTYPE_IPV4);
	at += kind & 1 ? put6(frame + at, w, len, b) : put4(frame + at, w, len, b);
	sea_put16(frame + at + 4, len);
	pkt = link ? sea_pkt_from_bytes(link, frame, at + len) : NULL;
	if (!pkt)
		return;
	mark_super(pkt, len, next(w));
	sea_link_input(link, &pkt, 1, w->now);
}

/* -- calls -- */

static struct sea_mroute next_route(struct world *w, uint8_t b)
{
	struct sea_mroute r = { .size = sizeof(r), .family = next_family(b >> 4) };
	uint8_t kind = next(w);

	r.src = next_source(r.family, kind);
	r.group = next_group(r.family, kind >> 2);
	r.proxy = kind & 32;
	r.parent = kind >> 6;
	for (unsigned i = 0; i < LINKS; i++)
		r.ttls[i] = next(w) % 8;
	return r;
}

static void change_vif(struct world *w, uint8_t b)
{
	struct sea_mroute_vif v = { .size = sizeof(v),
				    .family = next_family(b >> 4),
				    .vif = b >> 6,
				    .ifindex = (next(w) & 7) };

	if (b & 32)
		(void)!sea_mroute_vif_add(w->stack, &v, w->now);
	else
		(void)!sea_mroute_vif_del(w->stack, v.family, v.vif, w->now);
}

static void restart(struct world *w, uint8_t b)
{
	const struct sea_mroute_config c = { .size = sizeof(c),
					     .family = next_family(b >> 4),
					     .tell_wrong_vif = b & 32 };

	if (b & 64)
		sea_mroute_stop(w->stack, c.family, w->now);
	(void)!sea_mroute_start(w->stack, &c, w->now);
	for (uint16_t i = 0; i < LINKS; i++) {
		const struct sea_link *link = link_of(w, (uint8_t)i);
		const struct sea_mroute_vif v = { .size = sizeof(v),
						  .family = c.family,
						  .vif = i,
						  .ifindex = link ? link->ifindex : 0 };

		(void)!sea_mroute_vif_add(w->stack, &v, w->now);
	}
}

static void take_all(struct world *w)
{
	struct sea_mroute_upcall u = { .size = sizeof(u) };
	struct sea_event ev[4];
	unsigned n = 0;

	sea_stack_take_events(w->stack, ev, 4);
	while (sea_mroute_take_upcall(w->stack, SEA_AF_INET, &u) ||
	       sea_mroute_take_upcall(w->stack, SEA_AF_INET6, &u))
		n++;
	require(n <= 2 * SEA_MROUTE_UPCALLS_MAX);
}

static void change_link(struct world *w, uint8_t b)
{
	struct sea_link *link = link_of(w, b >> 4);
	uint8_t what = next(w);

	if (!link)
		make_link(w->stack, (uint8_t)((b >> 4) % LINKS));
	else if (what < 40)
		sea_link_del(link, w->now);
	else if (what < 120)
		require(!sea_link_set_mtu(link, 68 + what * 10u, w->now));
	else
		require(!sea_link_set_up(link, what & 1, w->now));
}

static void reload(struct world *w)
{
	static const struct sea_stack_config config = { .size = sizeof(config) };
	struct snapshot s = { 0 };
	struct sea_stack *again;

	if (w->reloaded)
		return;
	w->reloaded = true;
	require(!sea_stack_save(w->stack, snapshot_write, &s));
	require(!sea_stack_load(&config, &env, modules, 2, false, snapshot_read, &s, &again));
	snapshot_free(&s);
	sea_stack_free(w->stack);
	w->stack = again;
}

static void check_bounds(const struct sea_mrouter *mr)
{
	if (!mr)
		return;
	require(mr->n_waiting <= SEA_MROUTE_WAITING_MAX && mr->n_upcalls <= SEA_MROUTE_UPCALLS_MAX);
	require(!mr->n_waiting == sea_list_empty(&mr->waiting));
	require(!mr->n_waiting || sea_timer_armed(&mr->timer));
	require(sea_rb_check(&mr->entries));
}

static void happen(struct world *w)
{
	uint8_t b = next(w);
	struct sea_mroute r;

	switch (b & 15) {
	case 0:
		restart(w, b);
		break;
	case 1:
		change_vif(w, b);
		break;
	case 2:
	case 3:
	case 4:
		r = next_route(w, b);
		(void)!sea_mroute_add(w->stack, &r, w->now);
		break;
	case 5:
		r = next_route(w, b);
		(void)!sea_mroute_del(w->stack, &r, w->now);
		break;
	case 6:
		take_all(w);
		break;
	case 7:
		w->now = sea_time_add(w->now, (b >> 4) * SEA_SEC);
		break;
	case 8:
		change_link(w, b);
		break;
	case 9:
		reload(w);
		break;
	default:
		bring(w, b);
	}
	drain(w);
	check_bounds(sea_ipv4_of(w->stack)->mrouter);
	check_bounds(sea_ipv6_of(w->stack)->mrouter);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sea_stack_config config = { .size = sizeof(config) };
	struct world w = { .at = data, .left = size };

	require(!sea_stack_new(&config, &env, modules, 2, &w.stack));
	for (uint8_t i = 0; i < LINKS; i++)
		make_link(w.stack, i);
	restart(&w, 0);
	restart(&w, 16);
	while (w.left)
		happen(&w);
	sea_stack_free(w.stack);
	require(!live);
	return 0;
}
