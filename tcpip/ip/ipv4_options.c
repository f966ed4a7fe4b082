/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IPv4 options that ask something of us (RFC 791 §3.1): record route and timestamp are filled when a
 * datagram comes in, goes on or goes out, as Linux fills them; source routes are refused (Linux's
 * accept_source_route 0); router alert and what nobody knows is passed by.
 */
#include <errno.h>

#include "ip/ipv4.h"

enum { TIME_ONLY = 0, TIME_AND_ADDR = 1, TIME_AT_ADDR = 3 }; /* flags of a timestamp */

/* Who we are in a route, and in a timestamp. */
struct stamp {
	sea_be32 route, time;
	bool counts; /* hosts that found no room are counted */
};

uint32_t sea_ipv4_time_of_day(const struct sea_stack *stack)
{
	int64_t ms = (stack->shard.now.ns + stack->config.wall_offset_ns) / SEA_MSEC % 86400000;

	return (uint32_t)(ms < 0 ? ms + 86400000 : ms);
}

/* -- writing into options that were found well formed -- */

static void stamp_route(uint8_t *opt, sea_be32 us)
{
	if (opt[2] > opt[1])
		return;
	memcpy(opt + opt[2] - 1, us.b, 4);
	opt[2] = (uint8_t)(opt[2] + 4);
}

static bool is_ours(struct sea_stack *stack, const uint8_t *addr)
{
	sea_be32 a;

	memcpy(a.b, addr, sizeof(a.b));
	return sea_ipv4_addr_type(stack, a, 0) == SEA_ROUTE_LOCAL;
}

static void stamp_time(struct sea_stack *stack, uint8_t *opt, const struct stamp *stamp)
{
	uint8_t flags = opt[3] & 0xf, *slot = opt + opt[2] - 1;

	if (opt[2] > opt[1]) {
		if (stamp->counts && flags != TIME_AT_ADDR)
			opt[3] = (uint8_t)(opt[3] + 0x10);
	} else if (flags == TIME_ONLY) {
		sea_put32(slot, sea_ipv4_time_of_day(stack));
		opt[2] = (uint8_t)(opt[2] + 4);
	} else if (flags == TIME_AND_ADDR || (flags == TIME_AT_ADDR && is_ours(stack, slot))) {
		if (flags == TIME_AND_ADDR)
			memcpy(slot, stamp->time.b, 4);
		sea_put32(slot + 4, sea_ipv4_time_of_day(stack));
		opt[2] = (uint8_t)(opt[2] + 8);
	}
}

static void stamp_all(struct sea_stack *stack, uint8_t *hdr, const struct sea_ipv4_opts *o,
		      const struct stamp *stamp)
{
	if (o->record_route)
		stamp_route(hdr + o->record_route, stamp->route);
	if (o->timestamp)
		stamp_time(stack, hdr + o->timestamp, stamp);
}

/* -- what comes in -- */

/* As whom the sender knows us on the link that it came in by; RR has whence it goes on. */
static struct stamp stamp_of(const struct sea_pkt *pkt, const struct sea_ipv4_facts *f,
			     uint8_t type, const struct sea_link *out)
{
	struct stamp s = { .time = f->dst, .counts = true };

	if (type != SEA_ROUTE_LOCAL)
		s.time = sea_ifaddr4_select(pkt->link, f->src, SEA_SCOPE_LINK);
	s.route = out ? sea_ifaddr4_select(out, f->dst, SEA_SCOPE_LINK) : s.time;
	return s;
}

static bool write_stamps(struct sea_stack *stack, struct sea_pkt *pkt,
			 const struct sea_ipv4_facts *f, const struct sea_ipv4_opts *o,
			 const struct stamp *stamp)
{
	struct sea_ipv4_hdr *hdr;

	sea_pkt_unpull(pkt, f->hdr_len);
	hdr = sea_pkt_writable(pkt, f->hdr_len);
	if (hdr) {
		stamp_all(stack, (uint8_t *)hdr, o, stamp);
		hdr->sum = sea_be16_of(0);
		sea_csum_put(&hdr->sum, (uint16_t)~sea_csum_fold(sea_csum_ipv4(hdr, f->hdr_len)));
	}
	sea_pkt_pull(pkt, f->hdr_len);
	return hdr;
}

enum sea_drop sea_ipv4_options_take(struct sea_stack *stack, struct sea_pkt *pkt,
				    const struct sea_ipv4_facts *f, uint8_t type,
				    const struct sea_link *out)
{
	const struct sea_ipv4_hdr *hdr = sea_pkt_at(pkt, pkt->off_net);
	struct sea_ipv4_opts o;
	struct stamp stamp;

	if (!sea_ipv4_options_parse((const uint8_t *)(hdr + 1), f->hdr_len - sizeof(*hdr), &o)) {
		sea_stack_count(stack, SEA_MIB_IpInHdrErrors);
		if (!o.source_route)
			sea_icmp_send_error(stack, pkt, SEA_ICMP_PARAM_PROBLEM, 0, o.fault);
		return SEA_DROP_IP_OPTIONS;
	}
	if (o.source_route)
		return SEA_DROP_IP_OPTIONS;
	if (!o.record_route && !o.timestamp)
		return SEA_DROP_N;
	stamp = stamp_of(pkt, f, type, out);
	return write_stamps(stack, pkt, f, &o, &stamp) ? SEA_DROP_N : SEA_DROP_IP_NO_MEMORY;
}

/* -- what goes out -- */

static void copy_option(uint8_t *opts, uint8_t *len, const uint8_t *opt)
{
	memcpy(opts + *len, opt, opt[1]);
	*len = (uint8_t)(*len + opt[1]);
}

/* A count of hosts that has reached its end is no fault of what stands in a header already. */
static bool find(const struct sea_ipv4_hdr *hdr, struct sea_ipv4_opts *o)
{
	uint32_t len = (hdr->ver_ihl & 0xfu) * 4 - (uint32_t)sizeof(*hdr);

	return sea_ipv4_options_parse((const uint8_t *)(hdr + 1), len, o) ||
	       (o->timestamp && o->fault == o->timestamp + 3);
}

int sea_ipv4_options_echo(const struct sea_ipv4_hdr *hdr, uint8_t opts[SEA_IPV4_OPTS_MAX])
{
	const uint8_t *bytes = (const uint8_t *)hdr;
	struct sea_ipv4_opts o;
	uint8_t len = 0;

	if (hdr->ver_ihl == 0x45)
		return 0;
	if (!find(hdr, &o) || o.source_route)
		return -EINVAL;
	memset(opts, SEA_IPV4_OPT_END, SEA_IPV4_OPTS_MAX);
	if (o.record_route)
		copy_option(opts, &len, bytes + o.record_route);
	if (o.timestamp)
		copy_option(opts, &len, bytes + o.timestamp);
	return (len + 3) & ~3;
}

void sea_ipv4_options_send(struct sea_stack *stack, struct sea_ipv4_hdr *hdr, sea_be32 us)
{
	struct sea_ipv4_opts o;

	if (find(hdr, &o))
		stamp_all(stack, (uint8_t *)hdr, &o, &(struct stamp){ .route = us, .time = us });
}
