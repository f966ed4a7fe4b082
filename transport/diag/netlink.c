/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets of AF_NETLINK. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink_diag.h>
#include <linux/sock_diag.h>

#include "netlink/sock.h"
#include "transport/diag/diag.h"
#include "transport/sockopt.h"

#define ANY_PROTOCOL 255 /* NDIAG_PROTO_ALL */
#define SHOW_FLAGS 8     /* NDIAG_SHOW_FLAGS, newer than some headers, and what it shows */
#define ATTR_FLAGS 4
#define CONNECTED 1
#define CLOSED 7

/* What a dump remembers: sea_nl_dump.arg. */
enum dump_arg { ARG_PROTOCOL, ARG_SHOW, ARG_LIST, ARG_PLACE };

static int start(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct netlink_diag_req r;

	memcpy(&r, req->payload, sizeof(r));
	d->arg[ARG_PROTOCOL] = r.sdiag_protocol;
	d->arg[ARG_SHOW] = r.ndiag_show;
	d->arg[ARG_LIST] = r.sdiag_protocol == ANY_PROTOCOL ? 0 : r.sdiag_protocol;
	return 0;
}

static uint32_t flags_of(const struct sea_nl_sock *s)
{
	static const struct {
		uint32_t ours, theirs; /* NDIAG_FLAG_* */
	} flags[] = {
		{ NL_F_DUMPING, 1 },    { NL_F_PKTINFO, 2 },          { NL_F_BROADCAST_ERROR, 4 },
		{ NL_F_NO_ENOBUFS, 8 }, { NL_F_LISTEN_ALL_NSID, 16 }, { NL_F_CAP_ACK, 32 },
	};
	uint32_t set = 0;

	for (unsigned i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		set |= s->flags & flags[i].ours ? flags[i].theirs : 0;
	return set;
}

static void put_attrs(const struct sea_nl_sock *s, uint32_t show, struct sea_nl_out *out)
{
	uint32_t v[9], groups_len = (s->family->n_groups + 63) / 64 * 8;

	if (show & NDIAG_SHOW_GROUPS && (s->groups[0] | s->groups[1]))
		sea_nl_put(out, NETLINK_DIAG_GROUPS, s->groups, groups_len);
	if (show & NDIAG_SHOW_MEMINFO) {
		sea_sock_meminfo(&s->sock, v);
		sea_nl_put(out, NETLINK_DIAG_MEMINFO, v, sizeof(v));
	}
	if (show & SHOW_FLAGS)
		sea_nl_put_u32(out, ATTR_FLAGS, flags_of(s));
}

static bool write_one(const struct sea_nl_dump *d, const struct sea_nl_sock *s,
		      struct sea_nl_out *out)
{
	bool connected = s->dst_port || s->dst_group;
	const struct netlink_diag_msg m = {
		.ndiag_family = AF_NETLINK,
		.ndiag_type = s->sock.type,
		.ndiag_protocol = s->sock.protocol,
		.ndiag_state = connected ? CONNECTED : CLOSED,
		.ndiag_portid = s->port,
		.ndiag_dst_portid = s->dst_port,
		.ndiag_dst_group = s->dst_group,
		.ndiag_ino = sea_sock_owner_of(&s->sock).inode,
		.ndiag_cookie = { (uint32_t)s->sock.handle.v, (uint32_t)(s->sock.handle.v >> 32) },
	};

	sea_nl_begin(out, d->port, d->msg_seq, SOCK_DIAG_BY_FAMILY, d->msg_flags, &m, sizeof(m));
	put_attrs(s, (uint32_t)d->arg[ARG_SHOW], out);
	return sea_nl_end(out);
}

/* Of one protocol, from the place on: false where a message did not fit. */
static bool dump_list(struct sea_nl_dump *d, struct sea_list *socks, struct sea_nl_out *out)
{
	uint64_t place = 0;
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, socks)
	{
		if (place++ < d->arg[ARG_PLACE])
			continue;
		if (!write_one(d, sea_container(node, struct sea_nl_sock, node), out))
			return false;
		d->arg[ARG_PLACE] = place;
	}
	d->arg[ARG_PLACE] = 0;
	return true;
}

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	bool all = d->arg[ARG_PROTOCOL] == ANY_PROTOCOL;

	if (!all && d->arg[ARG_PROTOCOL] >= NL_PROTOCOLS_MAX)
		return -ENOENT;
	for (; d->arg[ARG_LIST] < NL_PROTOCOLS_MAX; d->arg[ARG_LIST]++) {
		if (!dump_list(d, &sea_nl_state(d->stack)->socks[d->arg[ARG_LIST]], out))
			return 1;
		if (!all)
			return 0;
	}
	return 0;
}

const struct sea_nl_kind sea_diag_netlink = {
	.type = SOCK_DIAG_BY_FAMILY, .family = AF_NETLINK, .start = start, .dump = dump
};

int sea_diag_netlink_receive(struct sea_nl_req *req)
{
	if (req->hdr.nlmsg_type == SOCK_DESTROY)
		return -EOPNOTSUPP;
	if (req->len < sizeof(struct netlink_diag_req))
		return -EINVAL;
	if (!(req->hdr.nlmsg_flags & NLM_F_DUMP))
		return -EOPNOTSUPP;
	return sea_nl_dump_start(req, &sea_diag_netlink);
}
