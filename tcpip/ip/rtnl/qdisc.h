/* SPDX-License-Identifier: Apache-2.0 */
/* Queues of links in rtnetlink(7)'s messages, as tc(8) sends them: between those files that show and that change them. */
#ifndef SEA_IP_RTNL_QDISC_H
#define SEA_IP_RTNL_QDISC_H

#include <linux/pkt_sched.h>

#include "core/link.h"
#include "core/qdisc.h"
#include "ip/rtnl/rtnl.h"

#define SEA_TCA_MAX TCA_EXT_WARN_MSG
/* Enough for a message about one. */
#define SEA_RTNL_QDISC_ROOM 1024u

/* A request about a link's queue, or one of its classes. */
struct sea_rtnl_tc {
	struct sea_nl_req *req;
	struct tcmsg hdr;
	struct sea_nl_attr tb[SEA_TCA_MAX + 1];
	struct sea_link *link;
	struct sea_queue_at at;   /* the queue that is meant, once it is found */
	struct sea_queue nothing; /* what there is in a class of filters */
};

/* What it says: 0, or what parsing says. */
SEA_MUST_USE int sea_rtnl_tc_parse(struct sea_rtnl_tc *tc, struct sea_nl_req *req);
/* And of which link, too: or -ENODEV. */
SEA_MUST_USE int sea_rtnl_tc_read(struct sea_rtnl_tc *tc, struct sea_nl_req *req);
/* -- qdisc.c -- */

/* How one is shown. */
struct sea_rtnl_qdisc_how {
	uint16_t type, flags; /* RTM_NEWQDISC, RTM_DELQDISC */
	uint32_t port, seq;
	uint32_t parent; /* as it was asked for */
	uint32_t info;   /* tcm_info: how many hold it */
};

/* False: there was no room. */
bool sea_rtnl_write_qdisc(struct sea_nl_out *out, const struct sea_link *link,
			  const struct sea_queue *q, const struct sea_rtnl_qdisc_how *how);
/* TCA_STATS2 and TCA_STATS; of a class, where its queue is counted with it. NULL: nothing is counted. */
void sea_rtnl_put_tc_stats(struct sea_nl_out *out, const struct sea_qdisc_info *info,
			   const struct sea_qdisc_sent *sent, bool of_class);
/* Is anybody told of it? Not of noop, nor of what a kind put into its classes by itself. */
bool sea_rtnl_qdisc_is_told(const struct sea_link *link, const struct sea_queue *q);
/* tcm_info in a message of this type: a link holds its own twice, and what stands where packets come in once, until it lets go of it. */
static inline uint32_t sea_rtnl_qdisc_holders(const struct sea_queue_at *at, uint16_t type)
{
	if (at->parent == SEA_PARENT_INGRESS)
		return type != RTM_DELQDISC;
	return at->parent || type == RTM_DELQDISC ? 1 : 2;
}

/* The kind; of a link without one, "noqueue" or "noop". */
const char *sea_rtnl_queue_name(const struct sea_link *link, const struct sea_queue *q);
/* Is TCA_KIND not there, or this one? */
bool sea_rtnl_tc_is(const struct sea_rtnl_tc *tc, const char *kind);
/* Is it there, and not that of the queue that is meant? */
bool sea_rtnl_tc_other_kind(const struct sea_rtnl_tc *tc);

/* -- qdisc_change.c -- */

int sea_rtnl_new_qdisc(struct sea_nl_req *req);
int sea_rtnl_del_qdisc(struct sea_nl_req *req);
int sea_rtnl_get_qdisc(struct sea_nl_req *req);

/* -- qdisc_class.c -- */

int sea_rtnl_tclass(struct sea_nl_req *req);
int sea_rtnl_start_tclass(struct sea_nl_req *req, struct sea_nl_dump *d);
int sea_rtnl_dump_tclass(struct sea_nl_dump *d, struct sea_nl_out *out);

/* -- qdisc_options.c -- */

/*
 * TCA_OPTIONS (NULL: none) of the kind config->kind, into *config: what is not said stays as it is. 0, -EINVAL, or
 * -EOPNOTSUPP (Linux's fq has it, ours has not).
 */
SEA_MUST_USE int sea_rtnl_read_qdisc_options(struct sea_nl_req *req, const struct sea_nl_attr *a,
					     struct sea_qdisc_config *config);
void sea_rtnl_put_qdisc_options(struct sea_nl_out *out, const struct sea_qdisc_info *info);
/* What the kind counts beside others, as an attribute of this type. */
void sea_rtnl_put_qdisc_counts(struct sea_nl_out *out, uint16_t type,
			       const struct sea_qdisc_info *info);

/* -- qdisc_netem.c: as the two above, of netem -- */

SEA_MUST_USE int sea_rtnl_read_netem(struct sea_nl_req *req, const struct sea_nl_attr *a,
				     struct sea_qdisc_config *config);
void sea_rtnl_put_netem(struct sea_nl_out *out, const struct sea_qdisc_info *info);

extern const struct sea_nl_kind sea_rtnl_qdisc_kinds[];
extern const unsigned sea_rtnl_qdisc_kinds_n;

/* -- filter.c -- */

extern const struct sea_nl_kind sea_rtnl_filter_kinds[];
extern const unsigned sea_rtnl_filter_kinds_n;

#endif
