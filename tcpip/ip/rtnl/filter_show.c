/* SPDX-License-Identifier: Apache-2.0 */
/* Filters as they are shown: attributes in Linux's order; RTM_GETTFILTER's dump. */
#include <errno.h>

#include <linux/pkt_cls.h>

#include "core/stack.h"
#include "ip/rtnl/filter.h"

/* What a dump remembers: sea_nl_dump.arg. */
enum dump_arg {
	ARG_IFINDEX, /* the link, and */
	ARG_PARENT,  /* what there is asked for */
	ARG_INFO,    /* priority and protocol; 0: any */
	ARG_CHAIN,   /* other than 0: there are none */
	ARG_NEXT     /* how many messages were written */
};

bool sea_rtnl_write_filter(struct sea_nl_out *out, const struct sea_link *link,
			   const struct sea_filter *f, const struct sea_rtnl_filter_how *how)
{
	const struct tcmsg hdr = { .tcm_ifindex = link->ifindex,
				   .tcm_handle = how->whole ? f->handle : 0,
				   .tcm_parent = how->parent,
				   .tcm_info =
					   TC_H_MAKE(f->prio << 16, sea_rtnl_net16(f->protocol)) };

	sea_nl_begin(out, how->port, how->seq, how->type, how->flags, &hdr, sizeof(hdr));
	sea_nl_put_text(out, TCA_KIND, "matchall");
	sea_nl_put_u32(out, TCA_CHAIN, 0);
	if (how->whole)
		sea_rtnl_put_matchall(out, f, link->stack->shard.now);
	return sea_nl_end(out);
}

/* -- all -- */

static const struct sea_nl_policy policy[SEA_TCA_MAX + 1] = {
	[TCA_CHAIN] = { .type = SEA_NL_U32 },
};

/* A request that is too short is for nothing, and so is one for a chain that is not there. */
int sea_rtnl_start_filters(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct sea_nl_attr tb[SEA_TCA_MAX + 1];
	struct tcmsg hdr;
	int err;

	if (req->len < sizeof(hdr))
		return 0;
	err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, SEA_TCA_MAX, policy, SEA_NL_LIBERAL);
	if (!err && tb[TCA_DUMP_FLAGS].value)
		return -EOPNOTSUPP;
	if (err || (tb[TCA_CHAIN].value && sea_nl_u32(&tb[TCA_CHAIN])))
		return err;
	d->arg[ARG_IFINDEX] = (uint32_t)hdr.tcm_ifindex;
	d->arg[ARG_PARENT] = hdr.tcm_parent;
	d->arg[ARG_INFO] = hdr.tcm_info;
	return 0;
}

/* What a link's own queue could have, nobody has. */
static const struct sea_filter_block *block_of(const struct sea_nl_dump *d, struct sea_link **link)
{
	uint32_t parent = (uint32_t)d->arg[ARG_PARENT];
	struct sea_filters *all;

	*link = sea_link_by_index(d->stack, (int)d->arg[ARG_IFINDEX]);
	all = *link ? sea_filters_of(*link) : NULL;
	if (!all || TC_H_MAJ(parent) != SEA_HANDLE_INGRESS)
		return NULL;
	if (!(*link)->ingress->kind->egress || TC_H_MIN(parent) == TC_H_MIN_INGRESS)
		return &all->in;
	return TC_H_MIN(parent) == TC_H_MIN_EGRESS ? &all->out : NULL;
}

static bool is_asked_for(const struct sea_nl_dump *d, const struct sea_filter *f)
{
	uint32_t info = (uint32_t)d->arg[ARG_INFO];

	return (!TC_H_MAJ(info) || TC_H_MAJ(info) >> 16 == f->prio) &&
	       (!TC_H_MIN(info) || TC_H_MIN(info) == sea_rtnl_net16(f->protocol));
}

/* Two messages of each: that there is something of its priority, and what. */
int sea_rtnl_dump_filters(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	struct sea_link *link;
	const struct sea_filter_block *block = block_of(d, &link);
	uint64_t n = 0;

	for (const struct sea_filter *f = block ? block->first : NULL; f; f = f->next) {
		for (unsigned whole = 0; is_asked_for(d, f) && whole < 2; whole++) {
			const struct sea_rtnl_filter_how how = { .type = RTM_NEWTFILTER,
								 .flags = d->msg_flags,
								 .port = d->port,
								 .seq = d->msg_seq,
								 .parent = block->parent,
								 .whole = whole };

			if (n++ < d->arg[ARG_NEXT])
				continue;
			if (!sea_rtnl_write_filter(out, link, f, &how))
				return 1;
			d->arg[ARG_NEXT]++;
		}
	}
	return 0;
}
