/* SPDX-License-Identifier: Apache-2.0 */
/* Filters of links in rtnetlink(7)'s messages: between the files that find and that describe them. */
#ifndef SEA_IP_RTNL_FILTER_H
#define SEA_IP_RTNL_FILTER_H

#include <string.h>

#include "core/filter.h"
#include "ip/rtnl/qdisc.h"
#include "wire/bytes.h"

/* Enough for a message about one. */
#define SEA_RTNL_FILTER_ROOM 512u

/* A number of 16 bits in the net's order, or from it. */
static inline uint16_t sea_rtnl_net16(uint16_t v)
{
	const sea_be16 be = sea_be16_of(v);
	uint16_t net;

	memcpy(&net, &be, sizeof(net));
	return net;
}

/* How one is shown. */
struct sea_rtnl_filter_how {
	uint16_t type, flags; /* RTM_NEWTFILTER, RTM_DELTFILTER */
	uint32_t port, seq;
	uint32_t parent;
	bool whole; /* else only that there is something of this priority */
};

/* -- filter.c -- */

/* The chains of filters that a link has; they go with what stands where packets come in, and that is told. */
unsigned sea_rtnl_count_chains(const struct sea_link *link);
void sea_rtnl_tell_chains_gone(const struct sea_link *link, unsigned n);

/* -- filter_show.c -- */

/* False: there was no room. */
bool sea_rtnl_write_filter(struct sea_nl_out *out, const struct sea_link *link,
			   const struct sea_filter *f, const struct sea_rtnl_filter_how *how);
int sea_rtnl_start_filters(struct sea_nl_req *req, struct sea_nl_dump *d);
int sea_rtnl_dump_filters(struct sea_nl_dump *d, struct sea_nl_out *out);

/* -- filter_options.c: matchall's TCA_OPTIONS, and gact's -- */

/* Into *f: 0 or -errno. */
SEA_MUST_USE int sea_rtnl_read_matchall(struct sea_nl_req *req, const struct sea_nl_attr *a,
					struct sea_filter *f);
void sea_rtnl_put_matchall(struct sea_nl_out *out, const struct sea_filter *f, sea_time now);

#endif
