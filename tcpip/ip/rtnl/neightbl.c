/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETNEIGHTBL: the settings and counters of the tables of neighbours, and of links in them (`ip ntable`). */
#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "ip/ip.h"
#include "ip/neigh.h"
#include "ip/rtnl/neigh.h"

/* What a dump remembers: sea_nl_dump.arg. */
enum dump_arg {
	ARG_FAMILY,
	ARG_TABLE,  /* that it stands in */
	ARG_IFINDEX /* before links with smaller numbers than this; 0: before the table itself */
};

/* -- what is asked -- */

static int refuse(struct sea_nl_req *req, const char *what)
{
	return sea_nl_complain(req->extack, -EINVAL, what);
}

static int start(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct ndtmsg hdr;

	d->arg[ARG_FAMILY] = req->payload[0];
	if (!req->strict)
		return 0;
	if (req->len < sizeof(hdr))
		return refuse(req, "Invalid header for neighbor table dump request");
	memcpy(&hdr, req->payload, sizeof(hdr));
	if (hdr.ndtm_pad1 || hdr.ndtm_pad2)
		return refuse(req, "Invalid values in header for neighbor table dump request");
	return req->len > sizeof(hdr)
		       ? refuse(req, "Invalid data after header in neighbor table dump request")
		       : 0;
}

/* -- what is shown -- */

/* The kernel's of this width; ours are of no meaning to anybody. */
static void put_config(struct sea_nl_out *out, const struct sea_neigh_table *t)
{
	const struct ndt_config config = {
		.ndtc_key_len = t->ops->family == SEA_AF_INET ? 4 : 16,
		.ndtc_entry_size = sizeof(struct sea_neigh),
		.ndtc_entries = t->entries.n,
		.ndtc_last_flush =
			(uint32_t)(sea_time_diff(t->stack->shard.now, t->squeezed) / SEA_MSEC),
		.ndtc_last_rand =
			(uint32_t)(sea_time_diff(t->stack->shard.now, t->redrawn) / SEA_MSEC),
		.ndtc_proxy_qlen = t->delayed.n,
	};

	sea_nl_put(out, NDTA_CONFIG, &config, sizeof(config));
}

static void put_counts(struct sea_nl_out *out, const struct sea_neigh_params *p)
{
	sea_nl_put_u32(out, NDTPA_REFCNT, 1);
	sea_nl_put_u32(out, NDTPA_QUEUE_LENBYTES, (uint32_t)p->unres_qlen_bytes);
	sea_nl_put_u32(out, NDTPA_QUEUE_LEN, (uint32_t)p->unres_qlen);
	sea_nl_put_u32(out, NDTPA_PROXY_QLEN, (uint32_t)p->proxy_qlen);
	sea_nl_put_u32(out, NDTPA_APP_PROBES, (uint32_t)p->app_solicit);
	sea_nl_put_u32(out, NDTPA_UCAST_PROBES, (uint32_t)p->ucast_solicit);
	sea_nl_put_u32(out, NDTPA_MCAST_PROBES, (uint32_t)p->mcast_solicit);
	sea_nl_put_u32(out, NDTPA_MCAST_REPROBES, (uint32_t)p->mcast_resolicit);
}

static void put_times(struct sea_nl_out *out, const struct sea_neigh_params *p)
{
	sea_nl_put_u64(out, NDTPA_REACHABLE_TIME, (uint64_t)(p->reachable_ns / SEA_MSEC));
	sea_nl_put_u64(out, NDTPA_BASE_REACHABLE_TIME, (uint64_t)p->base_reachable_time_ms);
	sea_nl_put_u64(out, NDTPA_GC_STALETIME, (uint64_t)p->gc_stale_time * 1000);
	sea_nl_put_u64(out, NDTPA_DELAY_PROBE_TIME, (uint64_t)p->delay_first_probe_time * 1000);
	sea_nl_put_u64(out, NDTPA_RETRANS_TIME, (uint64_t)p->retrans_time_ms);
	sea_nl_put_u64(out, NDTPA_ANYCAST_DELAY, (uint64_t)p->anycast_delay * 10);
	sea_nl_put_u64(out, NDTPA_PROXY_DELAY, (uint64_t)p->proxy_delay * 10);
	sea_nl_put_u64(out, NDTPA_LOCKTIME, (uint64_t)p->locktime * 10);
	sea_nl_put_u64(out, NDTPA_INTERVAL_PROBE_TIME_MS, (uint64_t)p->interval_probe_time_ms);
}

static void put_params(struct sea_nl_out *out, const struct sea_neigh_params *p, int ifindex)
{
	uint32_t nest = sea_nl_nest(out, NDTA_PARMS);

	if (ifindex)
		sea_nl_put_u32(out, NDTPA_IFINDEX, (uint32_t)ifindex);
	put_counts(out, p);
	put_times(out, p);
	sea_nl_nest_end(out, nest);
}

const char *sea_rtnl_neightbl_name(uint8_t family)
{
	return family == AF_INET ? "arp_cache" : "ndisc_cache";
}

static void begin(struct sea_nl_out *out, const struct sea_nl_dump *d,
		  const struct sea_neigh_table *t)
{
	const struct ndtmsg hdr = { .ndtm_family = t->ops->family };

	sea_nl_begin(out, d->port, d->msg_seq, RTM_NEWNEIGHTBL, d->msg_flags, &hdr, sizeof(hdr));
	sea_nl_put_text(out, NDTA_NAME, sea_rtnl_neightbl_name(t->ops->family));
}

static bool write_table(struct sea_nl_out *out, const struct sea_nl_dump *d,
			const struct sea_neigh_table *t)
{
	static const struct ndt_stats none; /* nobody counts */

	begin(out, d, t);
	sea_nl_put_u64(out, NDTA_GC_INTERVAL, (uint64_t)t->gc.interval * 1000);
	sea_nl_put_u32(out, NDTA_THRESH1, (uint32_t)t->gc.thresh1);
	sea_nl_put_u32(out, NDTA_THRESH2, (uint32_t)t->gc.thresh2);
	sea_nl_put_u32(out, NDTA_THRESH3, (uint32_t)t->gc.thresh3);
	put_config(out, t);
	sea_nl_put(out, NDTA_STATS, &none, sizeof(none));
	put_params(out, &t->params, 0);
	return sea_nl_end(out);
}

static bool write_link(struct sea_nl_out *out, const struct sea_nl_dump *d,
		       const struct sea_neigh_table *t, const struct sea_link *link)
{
	begin(out, d, t);
	put_params(out, t->ops->params(link), link->ifindex);
	return sea_nl_end(out);
}

/* The link with the next smaller index: Linux shows the last that came first. */
static struct sea_link *link_below(struct sea_stack *stack, uint64_t ifindex)
{
	struct sea_link *link = NULL, *best = NULL;

	while ((link = sea_link_next(stack, link)) && (uint64_t)link->ifindex < ifindex)
		best = link;
	return best;
}

/* 1: there was no room for one. */
static int dump_table(struct sea_nl_dump *d, struct sea_nl_out *out,
		      const struct sea_neigh_table *t)
{
	const struct sea_link *link;

	if (!d->arg[ARG_IFINDEX]) {
		if (!write_table(out, d, t))
			return 1;
		d->arg[ARG_IFINDEX] = UINT64_MAX;
	}
	while ((link = link_below(t->stack, d->arg[ARG_IFINDEX]))) {
		if (!write_link(out, d, t, link))
			return 1;
		d->arg[ARG_IFINDEX] = (uint64_t)link->ifindex;
	}
	return 0;
}

static const uint8_t families[] = { AF_INET, AF_INET6 };

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	for (; d->arg[ARG_TABLE] < sizeof(families); d->arg[ARG_TABLE]++) {
		uint8_t family = families[d->arg[ARG_TABLE]];
		const struct sea_neigh_table *t = sea_rtnl_neighs_of(d->stack, family);

		if (t && (!d->arg[ARG_FAMILY] || d->arg[ARG_FAMILY] == family) &&
		    dump_table(d, out, t))
			return 1;
		d->arg[ARG_IFINDEX] = 0;
	}
	return 0;
}

const struct sea_nl_kind sea_rtnl_neightbl_kinds[] = {
	{ .type = RTM_SETNEIGHTBL, .family = AF_UNSPEC, .doit = sea_rtnl_set_neightbl },
	{ .type = RTM_GETNEIGHTBL,
	  .family = AF_UNSPEC,
	  .done_apart = true,
	  .judged_late = true,
	  .start = start,
	  .dump = dump },
};
const unsigned sea_rtnl_neightbl_kinds_n =
	sizeof(sea_rtnl_neightbl_kinds) / sizeof(sea_rtnl_neightbl_kinds[0]);
