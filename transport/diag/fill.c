/* SPDX-License-Identifier: Apache-2.0 */
/* One socket as a message: struct inet_diag_msg and its attributes, in the kernel's order. */
#include "transport/diag/inet.h"

#include <netinet/in.h>
#include <string.h>

#include <linux/sock_diag.h>

#include "transport/sockopt.h"

#define WORD_FWD_ALLOC 4 /* SK_MEMINFO_* */
#define WORD_WMEM_QUEUED 5

/* struct inet_diag_sockopt, bit by bit. */
enum {
	RECVERR,
	IS_ICSK,
	FREEBIND,
	HDRINCL,
	MC_LOOP,
	TRANSPARENT,
	MC_ALL,
	NODEFRAG,
	BIND_NO_PORT,
	RECVERR_RFC4884
};

void sea_diag_put_addr(uint8_t to[16], uint8_t domain, uint8_t family, const uint8_t *addr)
{
	memset(to, 0, 16);
	if (domain == SEA_AF_INET6 && family == SEA_AF_INET) {
		to[10] = to[11] = 0xff;
		memcpy(to + 12, addr, 4);
		return;
	}
	memcpy(to, addr, domain == SEA_AF_INET6 ? 16 : 4);
}

void sea_diag_of_sock(struct sea_diag *e, const struct sea_sock *sock)
{
	struct sea_endpoint peer = sea_sock_peer(sock);

	e->sock = sock;
	e->family = sock->domain;
	e->sport = sock->lport;
	e->dport = sock->rport;
	e->ifindex = (uint32_t)sock->bound_ifindex;
	e->mark = sock->mark;
	e->cookie = sock->handle.v;
	e->shutdown = sock->shutdown;
	e->owner = sea_sock_owner_of(sock);
	e->chose_port = sock->flags & SEA_SOCK_BIND_PORT;
	sea_diag_put_addr(e->src, sock->domain, sock->family, sock->laddr);
	sea_diag_put_addr(e->dst, sock->domain, peer.family, peer.addr);
}

/* -- what every socket has -- */

static uint16_t options_of(const struct sea_sock *sock, const struct sea_diag_proto *proto)
{
	const struct sea_sock_more *m = sock->more;
	unsigned bits = 0;

	bits |= (sock->flags & SEA_SOCK_RECVERR ? 1u : 0) << RECVERR;
	bits |= (proto->streams ? 1u : 0) << IS_ICSK;
	bits |= (sock->flags & SEA_SOCK_FREEBIND ? 1u : 0) << FREEBIND;
	bits |= (m->mcast.off & SEA_MCAST_NO_LOOP ? 0 : 1u) << MC_LOOP;
	bits |= (sock->flags & SEA_SOCK_TRANSPARENT ? 1u : 0) << TRANSPARENT;
	/* Of AF_INET6 the bit means the opposite (core/sock.h). */
	bits |= (!(m->mcast.off & SEA_MCAST_NO_ALL) == (sock->domain == SEA_AF_INET) ? 1u : 0)
		<< MC_ALL;
	bits |= (sock->flags & SEA_SOCK_BIND_NO_PORT ? 1u : 0) << BIND_NO_PORT;
	bits |= (m->flags4 & SEA_SOCK4_RFC4884 ? 1u : 0) << RECVERR_RFC4884;
	return (uint16_t)bits;
}

static void put_general(const struct sea_diag *e, const struct sea_diag_proto *proto, uint8_t ext,
			struct sea_nl_out *out)
{
	const struct sea_sock *sock = e->sock;
	uint16_t options = options_of(sock, proto);
	bool six = sock->domain == SEA_AF_INET6;

	sea_nl_put_u8(out, INET_DIAG_SHUTDOWN, e->shutdown);
	if (sea_diag_asks(ext, INET_DIAG_TOS))
		sea_nl_put_u8(out, INET_DIAG_TOS, sock->tos);
	if (six && sea_diag_asks(ext, INET_DIAG_TCLASS))
		sea_nl_put_u8(out, INET_DIAG_TCLASS, sock->more->tclass);
	if (six && (e->state == 7 || e->state == 10)) /* TCP_CLOSE, TCP_LISTEN */
		sea_nl_put_u8(out, INET_DIAG_SKV6ONLY, !!(sock->flags & SEA_SOCK_V6ONLY));
	sea_nl_put_u32(out, INET_DIAG_MARK, sock->mark);
	/* A control group's class there is none: the priority stands for it. */
	if (sea_diag_asks(ext, INET_DIAG_TCLASS))
		sea_nl_put_u32(out, SEA_DIAG_ATTR_CLASS_ID, sock->priority);
	sea_nl_put(out, SEA_DIAG_ATTR_SOCKOPT, &options, sizeof(options));
}

static void put_memory(const struct sea_sock *sock, uint8_t ext, struct sea_nl_out *out)
{
	uint32_t v[9];

	if (!sea_diag_asks(ext, INET_DIAG_MEMINFO) && !sea_diag_asks(ext, INET_DIAG_SKMEMINFO))
		return;
	sea_sock_meminfo(sock, v);
	if (sea_diag_asks(ext, INET_DIAG_MEMINFO)) {
		const struct inet_diag_meminfo m = { .idiag_rmem = v[0],
						     .idiag_wmem = v[WORD_WMEM_QUEUED],
						     .idiag_fmem = v[WORD_FWD_ALLOC],
						     .idiag_tmem = v[2] };

		sea_nl_put(out, INET_DIAG_MEMINFO, &m, sizeof(m));
	}
	if (sea_diag_asks(ext, INET_DIAG_SKMEMINFO))
		sea_nl_put(out, INET_DIAG_SKMEMINFO, v, sizeof(v));
}

/* -- the message -- */

struct inet_diag_msg sea_diag_message(const struct sea_diag *e)
{
	struct inet_diag_msg m = {
		.idiag_family = e->family,
		.idiag_state = e->state,
		.idiag_timer = e->timer,
		.idiag_retrans = e->retrans,
		.id.idiag_sport = htons(e->sport),
		.id.idiag_dport = htons(e->dport),
		.id.idiag_if = e->ifindex,
		.id.idiag_cookie = { (uint32_t)e->cookie, (uint32_t)(e->cookie >> 32) },
		.idiag_expires = e->expires_ms,
		.idiag_rqueue = e->rqueue,
		.idiag_wqueue = e->wqueue,
		.idiag_uid = e->owner.uid,
		.idiag_inode = e->owner.inode,
	};

	memcpy(m.id.idiag_src, e->src, 16);
	memcpy(m.id.idiag_dst, e->dst, 16);
	return m;
}

bool sea_diag_fill(const struct sea_diag *e, const struct sea_diag_proto *proto,
		   const struct sea_diag_who *who, struct sea_nl_out *out)
{
	const struct inet_diag_msg m = sea_diag_message(e);

	sea_nl_begin(out, who->port, who->seq, who->type, who->flags, &m, sizeof(m));
	if (!e->sock) {
		sea_nl_put_u32(out, INET_DIAG_MARK, e->mark);
		return sea_nl_end(out);
	}
	put_general(e, proto, who->ext, out);
	put_memory(e->sock, who->ext, out);
	if (proto->put && !e->short_of_all)
		proto->put(e, who->ext, out);
	return sea_nl_end(out);
}
