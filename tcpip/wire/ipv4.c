/* SPDX-License-Identifier: Apache-2.0 */
/* Whether bytes are an IPv4 header, and what it says. */
#include "wire/ipv4.h"

enum sea_ipv4_fault sea_ipv4_parse(const uint8_t *hdr, size_t len, size_t pkt_len,
				   struct sea_ipv4_facts *facts)
{
	const struct sea_ipv4_hdr *h = (const struct sea_ipv4_hdr *)hdr;
	uint16_t hdr_len, total_len, frag;

	if (len < sizeof(*h))
		return SEA_IPV4_SHORT;
	if (h->ver_ihl >> 4 != 4)
		return SEA_IPV4_VERSION;
	hdr_len = (uint16_t)((h->ver_ihl & 0xf) * 4);
	total_len = sea_be16_get(h->total_len);
	if (hdr_len < sizeof(*h) || hdr_len > total_len)
		return SEA_IPV4_IHL;
	if (hdr_len > len || total_len > pkt_len)
		return SEA_IPV4_SHORT;
	frag = sea_be16_get(h->frag);
	*facts = (struct sea_ipv4_facts){
		.src = h->src,
		.dst = h->dst,
		.hdr_len = hdr_len,
		.total_len = total_len,
		.id = sea_be16_get(h->id),
		.frag_off = (uint16_t)((frag & SEA_IPV4_OFFSET) * 8),
		.df = frag & SEA_IPV4_DF,
		.mf = frag & SEA_IPV4_MF,
		.tos = h->tos,
		.ttl = h->ttl,
		.proto = h->proto,
	};
	return SEA_IPV4_OK;
}

/*
 * What follows was asked of Linux: which options it answers with a parameter problem. Where RFC 791
 * is stricter (a route's pointer on a slot's border), Linux is not, and neither are we.
 */
enum {
	SEEN_SOURCE_ROUTE = 1,
	SEEN_RECORD_ROUTE = 2,
	SEEN_TIMESTAMP = 4,
};

static bool first_of(unsigned *seen, unsigned what)
{
	bool first = !(*seen & what);

	*seen |= what;
	return first;
}

/* `ptr` counts from 1: it names a slot of `slot` bytes within the option, or lies behind it: full. */
static bool pointer_valid(uint8_t ptr, uint8_t first, uint8_t slot, uint8_t opt_len)
{
	return ptr >= first && (ptr > opt_len || ptr + slot - 1 <= opt_len);
}

static bool route_valid(const uint8_t *opt, uint8_t opt_len)
{
	return opt_len >= 3 && pointer_valid(opt[2], 4, 4, opt_len);
}

/* A slot holds a time, or (flags 1 and 3) an address and a time. In a full one hosts are counted. */
static bool timestamp_valid(const uint8_t *opt, uint8_t opt_len)
{
	uint8_t flags, overflow;

	if (opt_len < 4)
		return false;
	flags = opt[3] & 0xf;
	overflow = opt[3] >> 4;
	if (opt[2] > opt_len)
		return overflow < 15 || flags == 3;
	return pointer_valid(opt[2], 5, flags == 1 || flags == 3 ? 8 : 4, opt_len);
}

static bool option_valid(const uint8_t *opt, uint8_t opt_len, unsigned *seen)
{
	switch (opt[0]) {
	case SEA_IPV4_OPT_LOOSE_ROUTE:
	case SEA_IPV4_OPT_STRICT_ROUTE:
		return first_of(seen, SEEN_SOURCE_ROUTE) && route_valid(opt, opt_len);
	case SEA_IPV4_OPT_RECORD_ROUTE:
		return first_of(seen, SEEN_RECORD_ROUTE) && route_valid(opt, opt_len);
	case SEA_IPV4_OPT_TIMESTAMP:
		return first_of(seen, SEEN_TIMESTAMP) && timestamp_valid(opt, opt_len);
	case SEA_IPV4_OPT_ROUTER_ALERT:
		return opt_len >= 4;
	case SEA_IPV4_OPT_CIPSO: /* a label of a domain that nobody configured */
		return false;
	default:
		return true;
	}
}

bool sea_ipv4_options_valid(const uint8_t *opts, size_t len, bool *source_route)
{
	unsigned seen = 0;
	size_t step;

	*source_route = false;
	for (size_t at = 0; at < len && opts[at] != SEA_IPV4_OPT_END; at += step) {
		step = 1;
		if (opts[at] == SEA_IPV4_OPT_NOP)
			continue;
		if (len - at < 2 || opts[at + 1] < 2 || opts[at + 1] > len - at)
			return false;
		step = opts[at + 1];
		if (!option_valid(opts + at, opts[at + 1], &seen))
			return false;
		*source_route = seen & SEEN_SOURCE_ROUTE;
	}
	return true;
}
