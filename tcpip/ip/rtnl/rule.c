/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETRULE, RTM_NEWRULE, RTM_DELRULE and their news: the policy data base of both families. */
#include "ip/rtnl/rule.h"

#include <errno.h>
#include <string.h>

#include <linux/fib_rules.h>

#include "core/link.h"
#include "ip/route_hop.h"
#include "ip/route_rule.h"

/* FRA_DSCP … FRA_DSCP_MASK of Linux 6.18, newer than some headers. */
#define A_DSCP 25
#define A_SPORT_MASK 28
#define A_DPORT_MASK 29
#define A_MAX 30

#define NEWS_MAX 512 /* room for one */

static const struct sea_nl_policy policy[A_MAX + 1] = {
	[FRA_IIFNAME] = SEA_NL_TEXT(SEA_IFNAMSIZ - 1),
	[FRA_OIFNAME] = SEA_NL_TEXT(SEA_IFNAMSIZ - 1),
	[FRA_PRIORITY] = { .type = SEA_NL_U32 },
	[FRA_FWMARK] = { .type = SEA_NL_U32 },
	[FRA_FWMASK] = { .type = SEA_NL_U32 },
	[FRA_TABLE] = { .type = SEA_NL_U32 },
	[FRA_FLOW] = { .type = SEA_NL_U32 },
	[FRA_TUN_ID] = { .type = SEA_NL_U64 },
	[FRA_SUPPRESS_PREFIXLEN] = { .type = SEA_NL_U32 },
	[FRA_SUPPRESS_IFGROUP] = { .type = SEA_NL_U32 },
	[FRA_GOTO] = { .type = SEA_NL_U32 },
	[FRA_L3MDEV] = { .type = SEA_NL_U8 },
	[FRA_UID_RANGE] = { .type = SEA_NL_ANY, .len = 8 },
	[FRA_PROTOCOL] = { .type = SEA_NL_U8 },
	[FRA_IP_PROTO] = { .type = SEA_NL_U8 },
	[FRA_SPORT_RANGE] = { .type = SEA_NL_ANY, .len = 4 },
	[FRA_DPORT_RANGE] = { .type = SEA_NL_ANY, .len = 4 },
	[A_SPORT_MASK] = { .type = SEA_NL_U16, .strict = true },
	[A_DPORT_MASK] = { .type = SEA_NL_U16, .strict = true },
	[A_DSCP] = { .type = SEA_NL_U8, .check = SEA_NL_CHECK_MAX, .max = 63, .strict = true },
};

/* -- written -- */

static void put_range(struct sea_nl_out *out, uint16_t type, uint16_t min, uint16_t max)
{
	const uint16_t range[2] = { min, max };

	if (!min)
		return;
	sea_nl_put(out, type, range, sizeof(range));
	if (min == max)
		sea_nl_put_u16(out, type == FRA_SPORT_RANGE ? A_SPORT_MASK : A_DPORT_MASK,
			       UINT16_MAX);
}

static uint32_t flags_of(const struct sea_route_rule *n)
{
	const struct sea_rule *rule = &n->rule;
	uint32_t flags = rule->invert ? FIB_RULE_INVERT : 0;

	if (rule->action == SEA_RULE_GOTO && !n->target)
		flags |= FIB_RULE_UNRESOLVED;
	if (rule->iif[0] && n->iif == -1)
		flags |= FIB_RULE_IIF_DETACHED;
	if (rule->oif[0] && n->oif == -1)
		flags |= FIB_RULE_OIF_DETACHED;
	return flags;
}

static void put_selectors(struct sea_nl_out *out, const struct sea_rule *rule)
{
	if (rule->iif[0])
		sea_nl_put_text(out, FRA_IIFNAME, rule->iif);
	if (rule->oif[0])
		sea_nl_put_text(out, FRA_OIFNAME, rule->oif);
	if (rule->priority)
		sea_nl_put_u32(out, FRA_PRIORITY, rule->priority);
	if (rule->mark)
		sea_nl_put_u32(out, FRA_FWMARK, rule->mark);
	if (rule->mark || rule->mark_mask)
		sea_nl_put_u32(out, FRA_FWMASK, rule->mark_mask);
	if (rule->target)
		sea_nl_put_u32(out, FRA_GOTO, rule->target);
	if (rule->l3mdev)
		sea_nl_put_u8(out, FRA_L3MDEV, 1);
	put_range(out, FRA_SPORT_RANGE, rule->sport_min, rule->sport_max);
	put_range(out, FRA_DPORT_RANGE, rule->dport_min, rule->dport_max);
	if (rule->ip_proto)
		sea_nl_put_u8(out, FRA_IP_PROTO, rule->ip_proto);
}

static void put_addrs(struct sea_nl_out *out, const struct sea_routes *r,
		      const struct sea_rule *rule)
{
	if (rule->dst_len)
		sea_nl_put(out, FRA_DST, rule->dst.b, r->addr_len);
	if (rule->src_len)
		sea_nl_put(out, FRA_SRC, rule->src.b, r->addr_len);
}

static bool write_rule(struct sea_nl_out *out, const struct sea_routes *r,
		       const struct sea_route_rule *n, uint16_t type, uint32_t port, uint32_t seq,
		       uint16_t flags)
{
	const struct sea_rule *rule = &n->rule;
	const struct fib_rule_hdr hdr = {
		.family = r->family,
		.dst_len = rule->dst_len,
		.src_len = rule->src_len,
		.tos = rule->tos,
		.table = (uint8_t)(rule->table < 256 ? rule->table : RT_TABLE_COMPAT),
		.action = (uint8_t)rule->action,
		.flags = flags_of(n),
	};

	sea_nl_begin(out, port, seq, type, flags, &hdr, sizeof(hdr));
	sea_nl_put_u32(out, FRA_TABLE, rule->table);
	sea_nl_put_u32(out, FRA_SUPPRESS_PREFIXLEN,
		       rule->suppress ? rule->suppress_prefix_len : UINT32_MAX);
	sea_nl_put_u8(out, FRA_PROTOCOL, rule->protocol);
	put_selectors(out, rule);
	if (rule->dscp_mask)
		sea_nl_put_u8(out, A_DSCP, rule->dscp);
	put_addrs(out, r, rule);
	return sea_nl_end(out);
}

/* -- news: the stack's rule_observer -- */

/* What follows from another request, as a VRF's rule does, is nobody's doing. */
static struct sea_nl_req *asked(const struct sea_stack *stack)
{
	struct sea_nl_req *req = sea_rtnl_req(stack);

	if (req && req->hdr.nlmsg_type != RTM_NEWRULE && req->hdr.nlmsg_type != RTM_DELRULE)
		return NULL;
	return req;
}

void sea_rtnl_tell_rule(struct sea_stack *stack, const struct sea_routes *r,
			const struct sea_route_rule *n, bool gone)
{
	struct sea_nl_req *req = asked(stack);
	unsigned group = r->family == SEA_AF_INET ? RTNLGRP_IPV4_RULE : RTNLGRP_IPV6_RULE;
	bool echo = req && req->hdr.nlmsg_flags & NLM_F_ECHO;
	uint8_t bytes[NEWS_MAX] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));

	if (!echo && !sea_nl_has_listeners(stack, NETLINK_ROUTE, group))
		return;
	write_rule(&out, r, n, gone ? RTM_DELRULE : RTM_NEWRULE, req ? req->from_port : 0,
		   req ? req->hdr.nlmsg_seq : 0, 0);
	sea_nl_notify(stack, NETLINK_ROUTE, group, &out, req);
}

/* -- dumps -- */

enum dump_arg { ARG_FAMILY, ARG_RANK };

static int start(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct fib_rule_hdr hdr;

	(void)d;
	if (!req->strict)
		return 0;
	if (req->len < sizeof(hdr))
		return sea_nl_complain(req->extack, -EINVAL,
				       "Invalid header for fib rule dump request");
	memcpy(&hdr, req->payload, sizeof(hdr));
	if (hdr.dst_len || hdr.src_len || hdr.tos || hdr.table || hdr.res1 || hdr.res2 ||
	    hdr.action || hdr.flags)
		return sea_nl_complain(req->extack, -EINVAL,
				       "Invalid values in header for fib rule dump request");
	if (req->len > sizeof(hdr))
		return sea_nl_complain(req->extack, -EINVAL,
				       "Invalid data after header in fib rule dump request");
	return 0;
}

static int dump_family(struct sea_nl_dump *d, struct sea_nl_out *out, const struct sea_routes *r)
{
	const struct sea_route_rule *n = r->rules;
	uint64_t rank = 0;

	for (; n; n = n->next, rank++)
		if (rank >= d->arg[ARG_RANK] &&
		    !write_rule(out, r, n, RTM_NEWRULE, d->port, d->msg_seq, d->msg_flags)) {
			d->arg[ARG_RANK] = rank;
			return 1;
		}
	return 0;
}

static const uint8_t families[] = { AF_INET, AF_INET6 };

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	uint8_t only = d->kind->family;

	for (; d->arg[ARG_FAMILY] < sizeof(families); d->arg[ARG_FAMILY]++) {
		uint8_t family = families[d->arg[ARG_FAMILY]];
		const struct sea_routes *r = sea_routes_of(d->stack, family);

		if (r && (!only || only == family) && dump_family(d, out, r))
			return 1;
		d->arg[ARG_RANK] = 0;
	}
	return 0;
}

/* -- what is asked -- */

struct change {
	struct sea_nl_req *req;
	struct sea_routes *routes;
	struct fib_rule_hdr hdr;
	struct sea_nl_attr tb[A_MAX + 1];
	struct sea_rule rule;
};

static int refuse(const struct change *c, int err, const char *what)
{
	return sea_nl_complain(c->req->extack, err, what);
}

static int read_prefix(const struct change *c, const struct sea_nl_attr *attr, uint8_t len,
		       struct sea_addr *addr, const char *why)
{
	if (!len)
		return 0;
	if (!attr->value || len > c->routes->addr_len * 8 || attr->len != c->routes->addr_len)
		return refuse(c, -EINVAL, why);
	addr->family = c->routes->family;
	memcpy(addr->b, attr->value, attr->len);
	return 0;
}

static int read_range(const struct change *c, const struct sea_nl_attr *attr, uint16_t *min,
		      uint16_t *max, const char *why)
{
	uint16_t range[2];

	if (!attr->value)
		return 0;
	memcpy(range, attr->value, sizeof(range));
	if (!range[0] || range[1] == UINT16_MAX || range[0] > range[1])
		return refuse(c, -EINVAL, why);
	*min = range[0];
	*max = range[1];
	return 0;
}

static void read_marks(struct change *c)
{
	if (c->tb[FRA_FWMARK].value) {
		c->rule.mark = sea_nl_u32(&c->tb[FRA_FWMARK]);
		c->rule.mark_mask = c->rule.mark ? UINT32_MAX : 0;
	}
	if (c->tb[FRA_FWMASK].value)
		c->rule.mark_mask = sea_nl_u32(&c->tb[FRA_FWMASK]);
}

static int read_goto(struct change *c)
{
	struct sea_rule *r = &c->rule;

	if (c->tb[FRA_GOTO].value) {
		if (r->action != SEA_RULE_GOTO)
			return refuse(c, -EINVAL, "Unexpected goto");
		r->target = sea_nl_u32(&c->tb[FRA_GOTO]);
		return 0;
	}
	return r->action == SEA_RULE_GOTO
		       ? refuse(c, -EINVAL, "Missing goto target for action goto")
		       : 0;
}

/* What no table here has. */
static int check_unknown(const struct change *c)
{
	static const uint8_t unknown[] = { FRA_FLOW, FRA_TUN_ID, FRA_SUPPRESS_IFGROUP,
					   FRA_UID_RANGE };

	for (unsigned i = 0; i < sizeof(unknown); i++)
		if (c->tb[unknown[i]].value)
			return -EOPNOTSUPP;
	for (unsigned i = A_DSCP + 1; i <= A_MAX; i++) {
		bool port = i == A_SPORT_MASK || i == A_DPORT_MASK;

		/* All bits of a port: what one port means anyway. */
		if (c->tb[i].value && !(port && sea_nl_u16(&c->tb[i]) == UINT16_MAX))
			return -EOPNOTSUPP;
	}
	return 0;
}

static void read_header(struct change *c)
{
	struct sea_rule *r = &c->rule;

	*r = (struct sea_rule){ .size = sizeof(*r),
				.family = c->routes->family,
				.action = (enum sea_rule_action)c->hdr.action,
				.any_priority = !c->tb[FRA_PRIORITY].value,
				.invert = c->hdr.flags & FIB_RULE_INVERT,
				.src_len = c->hdr.src_len,
				.dst_len = c->hdr.dst_len,
				.tos = c->hdr.tos,
				.table = c->hdr.table };
	if (!r->any_priority)
		r->priority = sea_nl_u32(&c->tb[FRA_PRIORITY]);
	if (c->tb[FRA_PROTOCOL].value)
		r->protocol = sea_nl_u8(&c->tb[FRA_PROTOCOL]);
	if (c->tb[FRA_IIFNAME].value)
		sea_nl_text(&c->tb[FRA_IIFNAME], r->iif, sizeof(r->iif));
	if (c->tb[FRA_OIFNAME].value)
		sea_nl_text(&c->tb[FRA_OIFNAME], r->oif, sizeof(r->oif));
	if (c->tb[FRA_TABLE].value)
		r->table = sea_nl_u32(&c->tb[FRA_TABLE]);
	if (c->tb[FRA_IP_PROTO].value)
		r->ip_proto = sea_nl_u8(&c->tb[FRA_IP_PROTO]);
	if (c->tb[A_DSCP].value) {
		r->dscp = sea_nl_u8(&c->tb[A_DSCP]);
		r->dscp_mask = 0x3f;
	}
	read_marks(c);
}

static int read_suppress(struct change *c)
{
	uint32_t len;

	if (!c->tb[FRA_SUPPRESS_PREFIXLEN].value)
		return 0;
	len = sea_nl_u32(&c->tb[FRA_SUPPRESS_PREFIXLEN]);
	if (len == UINT32_MAX)
		return 0;
	if (len > c->routes->addr_len * 8u)
		return -EINVAL;
	c->rule.suppress = true;
	c->rule.suppress_prefix_len = (uint8_t)len;
	return 0;
}

static int read_l3mdev(struct change *c)
{
	if (c->tb[FRA_L3MDEV].value) {
		if (sea_nl_u8(&c->tb[FRA_L3MDEV]) != 1)
			return refuse(c, -EINVAL, "Invalid l3mdev attribute");
		c->rule.l3mdev = true;
	}
	if (c->rule.l3mdev && c->rule.table)
		return refuse(c, -EINVAL, "l3mdev and table are mutually exclusive");
	return 0;
}

static int read_rule(struct change *c)
{
	int err = read_prefix(c, &c->tb[FRA_SRC], c->hdr.src_len, &c->rule.src,
			      "Invalid source address");

	if (!err)
		err = read_prefix(c, &c->tb[FRA_DST], c->hdr.dst_len, &c->rule.dst,
				  "Invalid dst address");
	if (!err)
		err = read_suppress(c);
	if (!err)
		err = read_goto(c);
	if (!err)
		err = read_l3mdev(c);
	if (!err)
		err = read_range(c, &c->tb[FRA_SPORT_RANGE], &c->rule.sport_min, &c->rule.sport_max,
				 "Invalid sport range");
	if (!err)
		err = read_range(c, &c->tb[FRA_DPORT_RANGE], &c->rule.dport_min, &c->rule.dport_max,
				 "Invalid dport range");
	if (!err && c->rule.action == SEA_RULE_GOTO && c->rule.target <= c->rule.priority)
		err = refuse(c, -EINVAL, "Backward goto not supported");
	return err ? err : check_unknown(c);
}

static int read_request(struct change *c)
{
	int err;

	if (c->req->len < sizeof(c->hdr))
		return refuse(c, -EINVAL, "Invalid msg length");
	if (!c->routes)
		return refuse(c, -EAFNOSUPPORT, "Rule family not supported");
	err = sea_rtnl_parse(c->req, &c->hdr, sizeof(c->hdr), c->tb, A_MAX, policy, SEA_NL_LIBERAL);
	if (err)
		return refuse(c, err, "Error parsing msg");
	read_header(c);
	return read_rule(c);
}

/* IPv4 of Linux finds a table that is empty where none is named: none is found here. */
static int check_new(const struct change *c)
{
	if (c->rule.tos & 3)
		return refuse(c, -EINVAL, "Invalid dsfield (tos): ECN bits must be 0");
	if (c->rule.action == SEA_RULE_LOOKUP && !c->rule.table && !c->rule.l3mdev)
		return refuse(c, -EINVAL, "Invalid table");
	return 0;
}

static int change(struct sea_nl_req *req, uint8_t family, bool gone)
{
	struct change c = { .req = req, .routes = sea_routes_of(req->stack, family) };
	int err = read_request(&c);

	if (err)
		return err;
	if (!gone)
		err = check_new(&c);
	if (err)
		return err;
	c.routes->why = NULL;
	if (gone)
		err = sea_rules_del(c.routes, &c.rule);
	else
		err = sea_rules_change(c.routes, &c.rule, req->hdr.nlmsg_flags & NLM_F_EXCL);
	return err && c.routes->why ? refuse(&c, err, c.routes->why) : err;
}

static int new4(struct sea_nl_req *req)
{
	return change(req, AF_INET, false);
}

static int del4(struct sea_nl_req *req)
{
	return change(req, AF_INET, true);
}

static int new6(struct sea_nl_req *req)
{
	return change(req, AF_INET6, false);
}

static int del6(struct sea_nl_req *req)
{
	return change(req, AF_INET6, true);
}

const struct sea_nl_kind sea_rtnl_rule_kinds[] = {
	{ .type = RTM_NEWRULE, .family = AF_INET, .doit = new4 },
	{ .type = RTM_DELRULE, .family = AF_INET, .doit = del4 },
	{ .type = RTM_NEWRULE, .family = AF_INET6, .doit = new6 },
	{ .type = RTM_DELRULE, .family = AF_INET6, .doit = del6 },
	{ .type = RTM_GETRULE,
	  .family = AF_UNSPEC,
	  .judged_late = true,
	  .start = start,
	  .dump = dump },
	{ .type = RTM_GETRULE,
	  .family = AF_INET,
	  .judged_late = true,
	  .start = start,
	  .dump = dump },
	{ .type = RTM_GETRULE,
	  .family = AF_INET6,
	  .judged_late = true,
	  .start = start,
	  .dump = dump },
};
const unsigned sea_rtnl_rule_kinds_n = sizeof(sea_rtnl_rule_kinds) / sizeof(sea_rtnl_rule_kinds[0]);
