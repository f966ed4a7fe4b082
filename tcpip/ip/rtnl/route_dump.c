/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETROUTE: dumps of routes, and of some of them. */
#include <errno.h>
#include <string.h>

#include "core/link.h"
#include "ip/route_hop.h"
#include "ip/route_walk.h"
#include "ip/rtnl/mroute.h"
#include "ip/rtnl/route.h"

/* What a dump remembers: sea_nl_dump.arg. */
enum dump_arg {
	ARG_PLACE, /* table; bits 32..: alternative */
	ARG_LEN,   /* of the prefix + 1; bit 8: in a table; bits 16..: the family */
	ARG_KEY,   /* two of them */
	ARG_TABLE = 4,
	ARG_OIF,
	ARG_KIND, /* rtm_type, rtm_protocol << 8, rtm_flags << 32 */
	ARG_MROUTES
};

#define IN_TABLE 0x100u
/* Among rtm_flags, which have no such bit: with RTM_F_CLONED routes themselves are left out. */
#define ONLY_EXCEPTIONS 0x10000u

struct wanted {
	uint32_t table, oif, flags;
	uint8_t type, protocol;
};

/* -- what is asked -- */

static int refuse(struct sea_nl_req *req, const char *what)
{
	return sea_nl_complain(req->extack, -EINVAL, what);
}

static int check_attrs(struct sea_nl_req *req, const struct sea_nl_attr *tb, struct wanted *w)
{
	for (unsigned i = 0; i <= SEA_RTNL_RTA_MAX; i++) {
		if (!tb[i].value)
			continue;
		if (i == RTA_TABLE) {
			w->table = sea_nl_u32(&tb[i]);
		} else if (i == RTA_OIF) {
			w->oif = sea_nl_u32(&tb[i]);
			if (!sea_link_by_index(req->stack, (int)w->oif))
				return -ENODEV;
		} else {
			return refuse(req, "Unsupported attribute in dump request");
		}
	}
	return 0;
}

static int read_strictly(struct sea_nl_req *req, struct wanted *w)
{
	struct sea_nl_attr tb[SEA_RTNL_RTA_MAX + 1];
	struct rtmsg hdr;
	int err;

	if (req->len < sizeof(hdr))
		return refuse(req, "Invalid header for FIB dump request");
	memcpy(&hdr, req->payload, sizeof(hdr));
	if (hdr.rtm_src_len || hdr.rtm_dst_len || hdr.rtm_tos || hdr.rtm_scope)
		return refuse(req, "Invalid values in header for FIB dump request");
	if (hdr.rtm_flags & ~(unsigned)(RTM_F_CLONED | RTM_F_PREFIX))
		return refuse(req, "Invalid flags for FIB dump request");
	err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, SEA_RTNL_RTA_MAX, sea_rtnl_route_policy4,
			     SEA_NL_DEPRECATED_STRICT);
	w->table = hdr.rtm_table;
	w->flags = hdr.rtm_flags;
	w->type = hdr.rtm_type;
	w->protocol = hdr.rtm_protocol;
	return err ? err : check_attrs(req, tb, w);
}

static int find_table(struct sea_nl_req *req, uint8_t family, uint32_t table)
{
	const struct sea_routes *r = sea_routes_of(req->stack, family);

	const struct sea_route_table *t = r ? sea_route_table_find(r, table) : NULL;

	/* Linux makes the default table for the first route in it. */
	if (!r || (t && (t != r->dflt || t->lpm.n)))
		return 0;
	return sea_nl_complain(req->extack, -ENOENT,
			       family == AF_INET6 ? "ipv6: FIB table does not exist"
						  : "ipv4: FIB table does not exist");
}

int sea_rtnl_start_routes(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct wanted w = { 0 };
	struct rtmsg hdr;
	int err = 0;

	if (req->strict) {
		err = read_strictly(req, &w);
		if (!err)
			d->msg_flags |=
				NLM_F_DUMP_FILTERED; /* exceptions, or routes, are left out */
		if (!err && w.table && d->kind->family &&
		    !(d->kind->family == AF_INET && w.flags & RTM_F_PREFIX))
			err = find_table(req, d->kind->family, w.table);
		w.flags |= w.flags & RTM_F_CLONED ? ONLY_EXCEPTIONS : 0;
	} else if (req->len >= sizeof(hdr)) {
		memcpy(&hdr, req->payload, sizeof(hdr));
		w.flags = hdr.rtm_flags & (RTM_F_CLONED | RTM_F_PREFIX);
	}
	d->arg[ARG_TABLE] = w.table;
	d->arg[ARG_OIF] = w.oif;
	d->arg[ARG_KIND] = (uint64_t)w.flags << 32 | (uint64_t)w.protocol << 8 | w.type;
	return err;
}

/* -- what is shown -- */

static struct wanted wanted_of(const struct sea_nl_dump *d)
{
	return (struct wanted){ .table = (uint32_t)d->arg[ARG_TABLE],
				.oif = (uint32_t)d->arg[ARG_OIF],
				.flags = (uint32_t)(d->arg[ARG_KIND] >> 32),
				.protocol = (uint8_t)(d->arg[ARG_KIND] >> 8),
				.type = (uint8_t)d->arg[ARG_KIND] };
}

static struct sea_route_spot place_of(const struct sea_nl_dump *d)
{
	struct sea_route_spot p = { .table = (uint32_t)d->arg[ARG_PLACE],
				    .alternative = (uint32_t)(d->arg[ARG_PLACE] >> 32),
				    .len = (int)(d->arg[ARG_LEN] & 0xff) - 1,
				    .in_table = d->arg[ARG_LEN] & IN_TABLE };

	memcpy(p.key, &d->arg[ARG_KEY], sizeof(p.key));
	return p;
}

static void keep_place(struct sea_nl_dump *d, uint8_t family, const struct sea_route_spot *p)
{
	d->arg[ARG_PLACE] = (uint64_t)p->alternative << 32 | p->table;
	d->arg[ARG_LEN] = (uint64_t)family << 16 | (p->in_table ? IN_TABLE : 0) |
			  (uint64_t)(p->len + 1);
	memcpy(&d->arg[ARG_KEY], p->key, sizeof(p->key));
}

static bool leads_out(const struct sea_route_info *info, uint32_t oif)
{
	for (unsigned i = 0; i < info->n_ways; i++)
		if (info->ways[i].entry.link && (uint32_t)info->ways[i].entry.link->ifindex == oif)
			return true;
	return false;
}

static bool is_wanted(const struct wanted *w, const struct sea_route_node *n)
{
	const struct sea_route_entry *e = sea_route_node_entry(n);

	return (!w->type || e->type == w->type) && (!w->protocol || e->protocol == w->protocol) &&
	       (!w->oif || leads_out(n->info, w->oif));
}

/* 1: there was no room for one. */
static int dump_family(struct sea_nl_dump *d, struct sea_nl_out *out, const struct sea_routes *r,
		       const struct sea_route_spot *from)
{
	const struct sea_rtnl_msg m = { d->port, d->msg_seq, RTM_NEWROUTE, d->msg_flags, 0 };
	struct wanted want = wanted_of(d);
	struct sea_route_walk w;

	if (want.flags & (RTM_F_PREFIX | ONLY_EXCEPTIONS))
		return 0;
	for (sea_route_walk_begin(&w, r, want.table, from); w.node; sea_route_walk_next(&w)) {
		if (!is_wanted(&want, w.node) || sea_rtnl_write_route(out, &m, r, w.node))
			continue;
		keep_place(d, r->family, &w.place);
		return 1;
	}
	return 0;
}

static bool is_for_all(const struct wanted *w)
{
	return !w->table && !w->oif && !w->type && !w->protocol && !w->flags;
}

static const uint8_t families[] = { AF_INET, AF_INET6 };

int sea_rtnl_dump_routes(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	const struct wanted want = wanted_of(d);
	uint8_t only = d->kind->family, at = (uint8_t)(d->arg[ARG_LEN] >> 16);

	if (at == UINT8_MAX && is_for_all(&want))
		d->msg_flags = NLM_F_MULTI; /* as Linux ends it */
	for (unsigned i = 0; i < sizeof(families); i++) {
		const struct sea_routes *r = sea_routes_of(d->stack, families[i]);
		struct sea_route_spot p = { .len = -1 };

		if (!r || at > families[i] || (only && only != families[i]))
			continue;
		if (at == families[i])
			p = place_of(d);
		if (dump_family(d, out, r, &p))
			return 1;
	}
	d->arg[ARG_LEN] = (uint64_t)UINT8_MAX << 16; /* behind all families */
	return only ? 0 : sea_rtnl_dump_mroutes_of_all(d, out, &d->arg[ARG_MROUTES]);
}

const struct sea_nl_kind sea_rtnl_route_kinds[] = {
	{ .type = RTM_NEWROUTE, .family = AF_INET, .doit = sea_rtnl_new_route4 },
	{ .type = RTM_DELROUTE, .family = AF_INET, .doit = sea_rtnl_del_route4 },
	{ .type = RTM_NEWROUTE, .family = AF_INET6, .doit = sea_rtnl_new_route6 },
	{ .type = RTM_DELROUTE, .family = AF_INET6, .doit = sea_rtnl_del_route6 },
	{ .type = RTM_GETROUTE,
	  .family = AF_UNSPEC,
	  .done_apart = true,
	  .judged_late = true,
	  .start = sea_rtnl_start_routes,
	  .dump = sea_rtnl_dump_routes },
	{ .type = RTM_GETROUTE,
	  .family = AF_INET,
	  .doit = sea_rtnl_get_route4,
	  .done_apart = true,
	  .judged_late = true,
	  .start = sea_rtnl_start_routes,
	  .dump = sea_rtnl_dump_routes },
	{ .type = RTM_GETROUTE,
	  .family = AF_INET6,
	  .doit = sea_rtnl_get_route6,
	  .done_apart = true,
	  .judged_late = true,
	  .start = sea_rtnl_start_routes,
	  .dump = sea_rtnl_dump_routes },
};
const unsigned sea_rtnl_route_kinds_n =
	sizeof(sea_rtnl_route_kinds) / sizeof(sea_rtnl_route_kinds[0]);
