/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETADDR, and news: how addresses of links are shown. */
#include <errno.h>
#include <string.h>

#include <seastack/link.h>

#include "core/link.h"
#include "ip/ip.h"
#include "ip/rtnl/addr.h"

#define NEWS_MAX 256 /* room for one */

/* What a dump remembers: sea_nl_dump.arg. */
enum dump_arg {
	ARG_CURSOR,                        /* sea_ifaddr_next()'s */
	ARG_IFINDEX = SEA_RTNL_ARG_IFINDEX /* of this link only; 0: of all */
};

const struct sea_nl_policy sea_rtnl_addr_policy4[SEA_RTNL_IFA_MAX + 1] = {
	[IFA_LOCAL] = { .type = SEA_NL_U32 },
	[IFA_ADDRESS] = { .type = SEA_NL_U32 },
	[IFA_BROADCAST] = { .type = SEA_NL_U32 },
	[IFA_LABEL] = SEA_NL_TEXT(SEA_IFNAMSIZ - 1),
	[IFA_CACHEINFO] = { .type = SEA_NL_ANY, .len = sizeof(struct ifa_cacheinfo) },
	[IFA_FLAGS] = { .type = SEA_NL_U32 },
	[IFA_RT_PRIORITY] = { .type = SEA_NL_U32 },
	[IFA_TARGET_NETNSID] = { .type = SEA_NL_S32 },
	[SEA_RTNL_IFA_PROTO] = { .type = SEA_NL_U8 },
};

const struct sea_nl_policy sea_rtnl_addr_policy6[SEA_RTNL_IFA_MAX + 1] = {
	[IFA_LOCAL] = { .type = SEA_NL_ANY, .len = 16 },
	[IFA_ADDRESS] = { .type = SEA_NL_ANY, .len = 16 },
	[IFA_CACHEINFO] = { .type = SEA_NL_ANY, .len = sizeof(struct ifa_cacheinfo) },
	[IFA_FLAGS] = { .type = SEA_NL_ANY, .len = 4 },
	[IFA_RT_PRIORITY] = { .type = SEA_NL_ANY, .len = 4 },
	[IFA_TARGET_NETNSID] = { .type = SEA_NL_S32 },
	[SEA_RTNL_IFA_PROTO] = { .type = SEA_NL_U8 },
};

static const struct sea_nl_policy *policy_of(uint8_t family)
{
	return family == SEA_AF_INET6 ? sea_rtnl_addr_policy6 : sea_rtnl_addr_policy4;
}

/* -- written -- */

static void put_cacheinfo(struct sea_nl_out *out, const struct sea_ifaddr *a)
{
	struct ifa_cacheinfo info = {
		.ifa_prefered = a->preferred_s,
		.ifa_valid = a->valid_s,
		.cstamp = sea_rtnl_stamp(a->created),
		.tstamp = sea_rtnl_stamp(a->updated),
	};

	sea_nl_put(out, IFA_CACHEINFO, &info, sizeof(info));
}

/* Attributes in the kernel's order, which is not the same of both families. */
static void put_v4(struct sea_nl_out *out, const struct sea_ifaddr *a)
{
	static const uint8_t nobody[4];
	const struct sea_addr *peer = a->peer.family ? &a->peer : &a->local;

	if (memcmp(peer->b, nobody, 4) != 0)
		sea_nl_put(out, IFA_ADDRESS, peer->b, 4);
	sea_nl_put(out, IFA_LOCAL, a->local.b, 4);
	if (a->broadcast.family)
		sea_nl_put(out, IFA_BROADCAST, a->broadcast.b, 4);
	sea_nl_put_text(out, IFA_LABEL, a->label);
	if (a->protocol)
		sea_nl_put_u8(out, SEA_RTNL_IFA_PROTO, a->protocol);
	sea_nl_put_u32(out, IFA_FLAGS, a->flags);
	if (a->metric)
		sea_nl_put_u32(out, IFA_RT_PRIORITY, a->metric);
	put_cacheinfo(out, a);
}

static void put_v6(struct sea_nl_out *out, const struct sea_ifaddr *a)
{
	if (a->peer.family)
		sea_nl_put(out, IFA_LOCAL, a->local.b, 16);
	sea_nl_put(out, IFA_ADDRESS, a->peer.family ? a->peer.b : a->local.b, 16);
	if (a->metric)
		sea_nl_put_u32(out, IFA_RT_PRIORITY, a->metric);
	put_cacheinfo(out, a);
	sea_nl_put_u32(out, IFA_FLAGS, a->flags);
	if (a->protocol)
		sea_nl_put_u8(out, SEA_RTNL_IFA_PROTO, a->protocol);
}

static bool write_addr(struct sea_nl_out *out, uint16_t type, const struct sea_ifaddr *a,
		       uint32_t port, uint32_t seq, uint16_t flags)
{
	const struct ifaddrmsg hdr = {
		.ifa_family = a->local.family,
		.ifa_prefixlen = a->prefix_len,
		.ifa_flags = (uint8_t)a->flags,
		.ifa_scope = (uint8_t)a->scope,
		.ifa_index = (uint32_t)a->ifindex,
	};

	sea_nl_begin(out, port, seq, type, flags, &hdr, sizeof(hdr));
	if (a->local.family == SEA_AF_INET)
		put_v4(out, a);
	else
		put_v6(out, a);
	return sea_nl_end(out);
}

/* -- news -- */

/* Who asked for a change of addresses; NULL: nobody, though a link may have been set. */
static struct sea_nl_req *asked_by(const struct sea_stack *stack)
{
	struct sea_nl_req *req = sea_rtnl_req(stack);
	bool of_addrs = req &&
			(req->hdr.nlmsg_type == RTM_NEWADDR || req->hdr.nlmsg_type == RTM_DELADDR);

	return of_addrs ? req : NULL;
}

/* Of IPv4, a change that somebody asked for tells whom, and as what; of IPv6, it is nobody's (as on Linux). */
void sea_rtnl_tell_addr(struct sea_stack *stack, const struct sea_ifaddr *a, bool gone)
{
	bool v6 = a->local.family == SEA_AF_INET6;
	unsigned group = v6 ? RTNLGRP_IPV6_IFADDR : RTNLGRP_IPV4_IFADDR;
	struct sea_nl_req *req = v6 ? NULL : asked_by(stack);
	bool echo = req && req->hdr.nlmsg_flags & NLM_F_ECHO;
	uint8_t bytes[NEWS_MAX] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));

	if (!echo && !sea_nl_has_listeners(stack, NETLINK_ROUTE, group))
		return;
	write_addr(&out, gone ? RTM_DELADDR : RTM_NEWADDR, a, req ? req->from_port : 0,
		   req ? req->hdr.nlmsg_seq : 0, 0);
	sea_nl_notify(stack, NETLINK_ROUTE, group, &out, req);
}

/* -- dumps -- */

static bool is_asked_for(const struct sea_nl_dump *d, const struct sea_ifaddr *a)
{
	uint8_t family = d->kind->family;

	return (!family || family == a->local.family) &&
	       (!d->arg[ARG_IFINDEX] || d->arg[ARG_IFINDEX] == (uint64_t)a->ifindex);
}

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	struct sea_ifaddr a = { .size = sizeof(a) };
	uint64_t cursor = d->arg[ARG_CURSOR];

	sea_nl_dump_gen(d, d->stack->route_gen);
	while (sea_ifaddr_next(d->stack, &cursor, &a)) {
		if (is_asked_for(d, &a) &&
		    !write_addr(out, RTM_NEWADDR, &a, d->port, d->msg_seq, d->msg_flags))
			return 1;
		d->arg[ARG_CURSOR] = cursor;
	}
	return 0;
}

static const char *module_of(uint8_t family)
{
	return family == SEA_AF_INET6 ? "ipv6" : "ipv4";
}

static int refuse(struct sea_nl_req *req, uint8_t family, const char *what)
{
	return sea_nl_complain_fmt(req->extack, -EINVAL, "%s: %s", module_of(family), what);
}

/* With NETLINK_GET_STRICT_CHK, header and attributes may say `what` is asked for and nothing else. */
static int check_header(struct sea_nl_req *req, uint8_t family, const char *what,
			struct ifaddrmsg *hdr)
{
	if (req->len < sizeof(*hdr))
		return sea_nl_complain_fmt(req->extack, -EINVAL,
					   "%s: Invalid header for %s request", module_of(family),
					   what);
	memcpy(hdr, req->payload, sizeof(*hdr));
	if (req->strict && (hdr->ifa_prefixlen || hdr->ifa_flags || hdr->ifa_scope))
		return sea_nl_complain_fmt(req->extack, -EINVAL,
					   "%s: Invalid values in header for %s request",
					   module_of(family), what);
	return 0;
}

/* Attributes that a dump may have: none but a namespace, of which there is no other. */
static int check_dump_attrs(struct sea_nl_req *req, uint8_t family)
{
	struct sea_nl_attr tb[SEA_RTNL_IFA_MAX + 1];
	struct ifaddrmsg hdr;
	int err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, SEA_RTNL_IFA_MAX, policy_of(family),
				 SEA_NL_DEPRECATED_STRICT);

	for (unsigned i = 0; !err && i <= SEA_RTNL_IFA_MAX; i++) {
		if (tb[i].value && i == IFA_TARGET_NETNSID)
			return refuse(req, family, "Invalid target network namespace id");
		if (tb[i].value)
			return refuse(req, family, "Unsupported attribute in dump request");
	}
	return err;
}

static int start_strictly(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	uint8_t family = d->kind->family;
	struct ifaddrmsg hdr;
	int err = check_header(req, family, "address dump", &hdr);

	if (err)
		return err;
	if (hdr.ifa_index) {
		d->arg[ARG_IFINDEX] = hdr.ifa_index;
		d->msg_flags |= NLM_F_DUMP_FILTERED;
	}
	err = check_dump_attrs(req, family);
	if (!err && hdr.ifa_index && !sea_link_by_index(req->stack, (int)hdr.ifa_index))
		return -ENODEV;
	return err;
}

int sea_rtnl_start_addr_dump(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	return req->strict ? start_strictly(req, d) : 0;
}

/* -- one -- */

/* What is asked for, judged: its header, and its address in *which. */
static int read_get(struct sea_nl_req *req, struct ifaddrmsg *hdr, struct sea_nl_attr *which)
{
	struct sea_nl_attr tb[SEA_RTNL_IFA_MAX + 1];
	int err = check_header(req, SEA_AF_INET6, "get address", hdr);

	if (!err)
		err = sea_rtnl_parse(req, hdr, sizeof(*hdr), tb, SEA_RTNL_IFA_MAX,
				     sea_rtnl_addr_policy6,
				     req->strict ? SEA_NL_DEPRECATED_STRICT : SEA_NL_LIBERAL);
	if (err)
		return err;
	for (unsigned i = 0; req->strict && i <= SEA_RTNL_IFA_MAX; i++)
		if (tb[i].value && i != IFA_TARGET_NETNSID && i != IFA_ADDRESS && i != IFA_LOCAL)
			return refuse(req, SEA_AF_INET6,
				      "Unsupported attribute in get address request");
	*which = tb[IFA_LOCAL].value ? tb[IFA_LOCAL] : tb[IFA_ADDRESS];
	return tb[IFA_TARGET_NETNSID].value || !which->value ? -EINVAL : 0;
}

/* IPv6 alone can be asked for one. */
static int get_v6(struct sea_nl_req *req)
{
	struct sea_ifaddr a = { .size = sizeof(a) };
	struct sea_nl_attr which = { 0 };
	struct ifaddrmsg hdr;
	uint64_t cursor = 0;
	int err = read_get(req, &hdr, &which);

	if (err)
		return err;
	while (sea_ifaddr_next(req->stack, &cursor, &a)) {
		uint8_t bytes[NEWS_MAX] __attribute__((aligned(4)));
		struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));

		if (a.local.family != SEA_AF_INET6 || memcmp(a.local.b, which.value, 16) != 0 ||
		    (hdr.ifa_index && hdr.ifa_index != (uint32_t)a.ifindex))
			continue;
		write_addr(&out, RTM_NEWADDR, &a, req->from_port, req->hdr.nlmsg_seq, 0);
		return sea_nl_answer(req, &out);
	}
	return -EADDRNOTAVAIL;
}

/* Of AF_UNSPEC, IPv4's addresses come first, and its module judges what is asked. */
const struct sea_nl_kind sea_rtnl_addr_kinds[] = {
	{ .type = RTM_NEWADDR, .family = AF_INET, .doit = sea_rtnl_new_addr4 },
	{ .type = RTM_DELADDR, .family = AF_INET, .doit = sea_rtnl_del_addr4 },
	{ .type = RTM_NEWADDR, .family = AF_INET6, .doit = sea_rtnl_new_addr6 },
	{ .type = RTM_DELADDR, .family = AF_INET6, .doit = sea_rtnl_del_addr6 },
	{ .type = RTM_GETADDR,
	  .family = AF_UNSPEC,
	  .done_apart = true,
	  .judged_late = true,
	  .start = sea_rtnl_start_addr_dump,
	  .dump = dump },
	{ .type = RTM_GETADDR,
	  .family = AF_INET,
	  .done_apart = true,
	  .judged_late = true,
	  .start = sea_rtnl_start_addr_dump,
	  .dump = dump },
	{ .type = RTM_GETADDR,
	  .family = AF_INET6,
	  .judged_late = true,
	  .doit = get_v6,
	  .start = sea_rtnl_start_addr_dump,
	  .dump = dump },
};
const unsigned sea_rtnl_addr_kinds_n = sizeof(sea_rtnl_addr_kinds) / sizeof(sea_rtnl_addr_kinds[0]);
