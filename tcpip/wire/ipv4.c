/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the options of an IPv4 header are well formed, and where they stand. */
#include "wire/ipv4.h"

/*
 * This was asked of Linux: which options it answers with a parameter problem. Where RFC 791
 * is stricter (a route's pointer on a slot's border), Linux is not, and neither are we.
 */
#define HDR ((uint8_t)sizeof(struct sea_ipv4_hdr))

/* What is wrong with an option, as the offset in it of the byte to blame; FINE: nothing. */
enum { AT_TYPE = 0, AT_LEN = 1, AT_POINTER = 2, AT_OVERFLOW = 3, FINE = 4 };

/* `ptr` counts from 1: it names a slot of `slot` bytes within the option, or lies behind it: full. */
static bool pointer_valid(uint8_t ptr, uint8_t first, uint8_t slot, uint8_t opt_len)
{
	return ptr >= first && (ptr > opt_len || ptr + slot - 1 <= opt_len);
}

static int route_fault(const uint8_t *opt, uint8_t opt_len)
{
	if (opt_len < 3)
		return AT_LEN;
	return pointer_valid(opt[2], 4, 4, opt_len) ? FINE : AT_POINTER;
}

/* A slot holds a time, or (flags 1 and 3) an address and a time. In a full one hosts are counted. */
static int timestamp_fault(const uint8_t *opt, uint8_t opt_len)
{
	uint8_t flags, overflow;

	if (opt_len < 4)
		return AT_LEN;
	flags = opt[3] & 0xf;
	overflow = opt[3] >> 4;
	if (opt[2] > opt_len)
		return overflow < 15 || flags == 3 ? FINE : AT_OVERFLOW;
	return pointer_valid(opt[2], 5, flags == 1 || flags == 3 ? 8 : 4, opt_len) ? FINE
										   : AT_POINTER;
}

/* Notes where the first of its kind stands; a second one is a fault. */
static int only(uint8_t *seen, uint8_t at, int fault)
{
	if (*seen)
		return AT_TYPE;
	if (fault == FINE || fault == AT_OVERFLOW)
		*seen = at;
	return fault;
}

static int option_fault(const uint8_t *opt, uint8_t at, struct sea_ipv4_opts *found)
{
	switch (opt[0]) {
	case SEA_IPV4_OPT_LOOSE_ROUTE:
	case SEA_IPV4_OPT_STRICT_ROUTE:
		return only(&found->source_route, at, route_fault(opt, opt[1]));
	case SEA_IPV4_OPT_RECORD_ROUTE:
		return only(&found->record_route, at, route_fault(opt, opt[1]));
	case SEA_IPV4_OPT_TIMESTAMP:
		return only(&found->timestamp, at, timestamp_fault(opt, opt[1]));
	case SEA_IPV4_OPT_ROUTER_ALERT:
		return opt[1] < 4 ? AT_LEN : FINE;
	case SEA_IPV4_OPT_CIPSO: /* a label of a domain that nobody configured */
		return AT_LEN;
	default:
		return FINE;
	}
}

bool sea_ipv4_options_parse(const uint8_t *opts, size_t len, struct sea_ipv4_opts *found)
{
	size_t step;
	int fault;

	*found = (struct sea_ipv4_opts){ 0 };
	for (size_t at = 0; at < len && opts[at] != SEA_IPV4_OPT_END; at += step) {
		step = 1;
		if (opts[at] == SEA_IPV4_OPT_NOP)
			continue;
		fault = AT_TYPE;
		if (len - at >= 2 && opts[at + 1] >= 2 && opts[at + 1] <= len - at)
			fault = option_fault(opts + at, (uint8_t)(HDR + at), found);
		if (fault != FINE && !found->fault)
			found->fault = (uint8_t)(HDR + at + (size_t)fault);
		if (fault != FINE && fault != AT_OVERFLOW)
			return false;
		step = opts[at + 1];
	}
	return !found->fault;
}
