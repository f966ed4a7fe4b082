/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Echo sockets (SOCK_DGRAM, IPPROTO_ICMP or IPPROTO_ICMPV6): a program sends echo requests and reads the
 * replies, without a raw socket. The identifier is the socket's port; the kernel writes it and the checksum.
 * Who may open one (net.ipv4.ping_group_range) is for the consumer to say, who knows the user.
 */
#include <seastack/modules.h>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "core/htable.h"
#include "core/link.h"
#include "core/save.h"
#include "ip/icmp6.h"
#include "ip/ipv4.h"
#include "transport/bind.h"
#include "transport/ping.h"
#include "transport/procnet.h"
#include "transport/stamp.h"
#include "transport/dgram.h"

/* ICMPv6's is of the same shape. */
#define HDR_LEN ((uint32_t)sizeof(struct sea_icmp_hdr))
/* RFC 8335; its header is an echo's. */
#define EXT_ECHO 42
#define EXT_ECHO6 160
#define IDENTS 65535u

struct ping_state {
	struct sea_siphash_key key;
	struct sea_htable socks; /* by identifier */
	uint64_t serial;
};

static struct ping_state *ping_of(const struct sea_stack *stack)
{
	return sea_stack_module(stack, SEA_MODULE_PING);
}

static struct ping_sock *ping_sock_of(struct sea_sock *sock)
{
	return sea_container(sock, struct ping_sock, d.sock);
}

/* -- identifiers -- */

static uint32_t hash_of(const struct ping_state *ping, uint16_t ident)
{
	return (uint32_t)sea_siphash13_2u64(&ping->key, ident, 0);
}

static bool is_free(const struct ping_sock *p, uint16_t ident)
{
	const struct ping_state *ping = ping_of(p->d.sock.stack);
	struct sea_hnode *node = sea_htable_first(&ping->socks, hash_of(ping, ident));

	for (; node; node = sea_hnode_next(node)) {
		const struct ping_sock *o = sea_container(node, struct ping_sock, node);

		if (o->d.sock.lport == ident &&
		    !(o->d.sock.flags & p->d.sock.flags & SEA_SOCK_REUSEADDR))
			return false;
	}
	return true;
}

static bool is_unused(const struct ping_state *ping, uint16_t ident)
{
	struct sea_hnode *node = sea_htable_first(&ping->socks, hash_of(ping, ident));

	for (; node; node = sea_hnode_next(node))
		if (sea_container(node, struct ping_sock, node)->d.sock.lport == ident)
			return false;
	return true;
}

/* From a random start upwards; 0: all are taken. */
static uint16_t pick(const struct ping_sock *p)
{
	struct sea_stack *stack = p->d.sock.stack;
	uint32_t start = sea_secret_below(&stack->shard.secret, IDENTS);

	for (uint32_t i = 0; i < IDENTS; i++) {
		uint16_t ident = (uint16_t)(1 + (start + i) % IDENTS);

		if (is_unused(ping_of(stack), ident))
			return ident;
	}
	return 0;
}

static int take_ident(struct ping_sock *p, uint16_t ident)
{
	struct ping_state *ping = ping_of(p->d.sock.stack);
	int err;

	if (!ident)
		ident = pick(p);
	else if (!is_free(p, ident))
		ident = 0;
	if (!ident)
		return -EADDRINUSE;
	err = sea_htable_insert(&ping->socks, &p->node, hash_of(ping, ident));
	if (err)
		return err;
	p->d.sock.lport = ident;
	p->serial = ++ping->serial;
	return 0;
}

static void give_up_ident(struct ping_sock *p)
{
	if (p->node.linked)
		sea_htable_remove(&ping_of(p->d.sock.stack)->socks, &p->node);
	p->d.sock.lport = 0;
}

static int autobind(struct sea_sock *sock)
{
	return sock->lport || !take_ident(ping_sock_of(sock), 0) ? 0 : -EAGAIN;
}

/* -- bind, connect -- */

static int bind_to(struct sea_sock *sock, const struct sea_endpoint *local)
{
	struct ping_sock *p = ping_sock_of(sock);
	bool no_src, six = local->family == SEA_AF_INET6;
	int err;

	if (six && (sea_in6_is_multicast(local->addr) ||
		    (sea_endpoint_needs_scope(local) && !local->scope_id)))
		return -EINVAL;
	if (six && local->scope_id && !sea_link_by_index(sock->stack, (int)local->scope_id))
		return -ENODEV;
	err = sea_bind_check(sock, local, &no_src);
	if (local->family == SEA_AF_INET && (err || no_src))
		return -EADDRNOTAVAIL;
	if (err)
		return err;
	if (sock->lport)
		return -EINVAL;
	err = take_ident(p, local->port);
	if (err)
		return err;
	sea_sock_take_local(sock, local);
	if (!sea_endpoint_is_any(local))
		sock->flags |= SEA_SOCK_BIND_ADDR;
	if (local->port)
		sock->flags |= SEA_SOCK_BIND_PORT;
	return 0;
}

static void forget_peer(struct ping_sock *p)
{
	struct sea_sock *sock = &p->d.sock;

	sea_dst_put(sock->stack, &p->d.dst);
	memset(sock->raddr, 0, sizeof(sock->raddr));
	sock->rport = 0;
	sock->bound_ifindex = 0; /* so Linux has it */
	if (!(sock->flags & SEA_SOCK_BIND_ADDR))
		sea_sock_forget_local(sock);
	if (!(sock->flags & SEA_SOCK_BIND_PORT))
		give_up_ident(p);
}

static int connect_to(struct sea_sock *sock, const struct sea_endpoint *peer)
{
	struct ping_sock *p = ping_sock_of(sock);
	struct sea_endpoint local = sea_sock_local(sock);
	struct sea_dgram_tx tx;
	int err;

	if (!peer->family) {
		forget_peer(p);
		return 0;
	}
	err = sea_dgram_connect(&p->d, peer, &tx);
	if (err)
		return err;
	sock->family = tx.dst.family;
	if (sea_endpoint_is_any(&local))
		memcpy(sock->laddr, tx.dst.src.b, sizeof(sock->laddr));
	memcpy(sock->raddr, sea_dgram_final(&tx)->b, sizeof(sock->raddr));
	sock->rport = peer->port; /* of no use, but it is shown */
	return 0;
}

/* -- sending -- */

/* Its first two bytes are type and code, in whichever pieces; there are as many. */
static bool is_request(uint8_t domain, const struct msghdr *msg)
{
	uint8_t head[2];
	size_t n = 0;

	for (const struct iovec *iov = msg->msg_iov; n < sizeof(head); iov++)
		for (size_t i = 0; i < iov->iov_len && n < sizeof(head); i++)
			head[n++] = ((const uint8_t *)iov->iov_base)[i];
	if (domain == SEA_AF_INET)
		return (head[0] == SEA_ICMP_ECHO || head[0] == EXT_ECHO) && !head[1];
	return (head[0] == SEA_ICMP6_ECHO || head[0] == EXT_ECHO6) && !head[1];
}

/* The program's header, but for the identifier and the checksum, which are ours. */
static int finish(struct ping_sock *p, const struct sea_dgram_tx *tx, struct sea_pkt *pkt)
{
	struct sea_icmp_hdr *hdr = sea_pkt_writable(pkt, HDR_LEN);
	uint32_t sum;

	if (!hdr)
		return -ENOMEM;
	hdr->echo.id = sea_be16_of(p->d.sock.lport);
	hdr->sum = sea_be16_of(0);
	sum = sea_pkt_csum(pkt, 0, pkt->len, p->d.sock.stack->csum);
	if (tx->dst.family == SEA_AF_INET6) /* RFC 4443 §2.3 */
		sum = sea_csum_add(sum,
				   sea_ip_pseudo(SEA_AF_INET6, &tx->dst.src, sea_dgram_final(tx),
						 IPPROTO_ICMPV6, pkt->len));
	sea_csum_put(&hdr->sum, (uint16_t)~sea_csum_fold(sum));
	pkt->off_trans = sea_pkt_offset(pkt);
	return 0;
}

static void count(struct sea_stack *stack, uint8_t family)
{
	bool six = family == SEA_AF_INET6;

	sea_stack_count(stack, six ? SEA_MIB_Icmp6OutMsgs : SEA_MIB_IcmpOutMsgs);
	sea_stack_count(stack, six ? SEA_MIB_Icmp6OutEchos : SEA_MIB_IcmpOutEchos);
}

static int make(struct ping_sock *p, const struct msghdr *msg, uint32_t len,
		const struct sea_dgram_tx *tx, struct sea_pkt **pkt)
{
	int err = sea_dgram_tx_pkt(&p->d, tx, len, pkt);

	if (err)
		return err;
	err = sea_dgram_tx_fill(*pkt, msg);
	if (!err)
		err = finish(p, tx, *pkt);
	if (err == -ENOMEM)
		sea_pkt_drop(p->d.sock.stack, *pkt, SEA_DROP_SOCKET_NO_MEMORY);
	else if (err)
		sea_pkt_free(*pkt);
	return err;
}

static int transmit(struct ping_sock *p, const struct msghdr *msg, int flags, size_t len)
{
	struct sea_dgram_tx tx;
	struct sea_pkt *pkt;
	int err = sea_dgram_tx_begin(&p->d, msg, flags, SEA_SOCKADDR_STRICT, &tx);

	if (!err && tx.to.family == SEA_AF_INET6 && sea_endpoint_is_any(&tx.to))
		err = -ENETUNREACH; /* as Linux: this host is meant only by UDP and TCP */
	if (err)
		return err;
	if (len > sea_dgram_tx_max(&p->d, &tx))
		return sea_dgram_too_big(&p->d, &tx);
	err = make(p, msg, (uint32_t)len, &tx, &pkt);
	if (err)
		return err;
	count(p->d.sock.stack, tx.dst.family);
	err = sea_dgram_tx_send(&p->d, &tx, pkt);
	return err == -ENOBUFS && !sea_sock_recverr(&p->d.sock, tx.dst.family) ? 0 : err;
}

static ssize_t sendmsg_ping(struct sea_sock *sock, const struct msghdr *msg, int flags)
{
	struct ping_sock *p = ping_sock_of(sock);
	size_t len = 0;
	int err = autobind(sock);

	for (size_t i = 0; i < msg->msg_iovlen; i++)
		len += msg->msg_iov[i].iov_len;
	if (err)
		return err;
	if (len > UINT16_MAX)
		return -EMSGSIZE;
	if (len < HDR_LEN)
		return -EINVAL;
	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	if (!is_request(sock->domain, msg))
		return -EINVAL;
	err = transmit(p, msg, flags, len);
	return err ? err : (ssize_t)len;
}

/* -- receiving -- */

static bool is_for(const struct ping_sock *p, uint8_t family, const struct sea_ipaddr *us,
		   uint16_t ident, int ifindex)
{
	const struct sea_sock *sock = &p->d.sock;
	struct sea_endpoint local = sea_sock_local(sock);

	return sock->lport == ident && sock->domain == family &&
	       (sea_endpoint_is_any(&local) || memcmp(local.addr, us->b, 16) == 0) &&
	       (!sock->bound_ifindex || !ifindex || sock->bound_ifindex == ifindex);
}

/* Of several, the one that was bound last. */
static struct ping_sock *find(const struct ping_state *ping, uint8_t family,
			      const struct sea_ipaddr *us, uint16_t ident, int ifindex)
{
	struct sea_hnode *node = sea_htable_first(&ping->socks, hash_of(ping, ident));
	struct ping_sock *best = NULL;

	for (; node; node = sea_hnode_next(node)) {
		struct ping_sock *p = sea_container(node, struct ping_sock, node);

		if (is_for(p, family, us, ident, ifindex) && (!best || p->serial > best->serial))
			best = p;
	}
	return best;
}

/* ipv4.h, icmp6.h: the packet's first byte is the ICMP header, whose checksum is right. */
static bool echo_reply(struct sea_stack *stack, struct sea_pkt *pkt, const struct sea_ip_rx *rx)
{
	const struct sea_icmp_hdr *hdr = sea_pkt_peek(pkt, HDR_LEN);
	struct ping_sock *p;
	int err;

	if (!hdr)
		return false;
	p = find(ping_of(stack), rx->family, &rx->dst, sea_be16_get(hdr->echo.id),
		 rx->link->ifindex);
	if (!p)
		return false;
	err = sea_dgram_queue(&p->d, pkt, rx, 0, p->d.sock.lport);
	if (err == -ENOMEM)
		sea_pkt_drop(stack, pkt, SEA_DROP_SOCKET_NO_MEMORY);
	else if (err)
		sea_pkt_drop(stack, pkt, SEA_DROP_PING_RCVBUF);
	return true;
}

static ssize_t recvmsg_ping(struct sea_sock *sock, struct msghdr *msg, int flags)
{
	if (flags & MSG_OOB)
		return -EOPNOTSUPP;
	/* MSG_TRUNC is told, but does not make the result the whole length (as Linux). */
	return sea_dgram_recvmsg(sea_dgram_of(sock), msg, flags & ~MSG_TRUNC, SEA_MIB_N);
}

/* The quotation is of an echo request of ours. */
static bool icmp_error(struct sea_stack *stack, const struct sea_icmp_error *error)
{
	struct ping_sock *p;

	uint8_t request = error->family == SEA_AF_INET ? SEA_ICMP_ECHO : SEA_ICMP6_ECHO;

	if (error->quote_len < HDR_LEN || error->quote[0] != request)
		return false;
	p = find(ping_of(stack), error->family, &error->src, sea_get16(error->quote + 4), 0);
	if (p)
		sea_dgram_icmp_error(&p->d, error, 0);
	return p;
}

/* -- life -- */

static void end(struct sea_sock *sock, enum sea_drop reason)
{
	struct ping_sock *p = ping_sock_of(sock);

	give_up_ident(p);
	sea_dgram_fini(&p->d, reason);
	sea_pool_free(&sock->stack->shard.pool, p, sizeof(*p));
}

static int close_socket(struct sea_sock *sock)
{
	end(sock, SEA_DROP_SOCKET_CLOSED);
	return 0;
}

static void destroy(struct sea_sock *sock)
{
	end(sock, SEA_DROP_STACK_FREED);
}

/* Echo sockets know none, on Linux either. */
static int no_ioctl(struct sea_sock *sock, unsigned long request, int *value)
{
	(void)sock;
	(void)request;
	(void)value;
	return -ENOTTY;
}

static void save_sock(struct sea_sock *sock, struct sea_saver *to);

static const struct sea_sock_ops ops = {
	.name = "ping",
	.bind = bind_to,
	.autobind = autobind,
	.connect = connect_to,
	.shutdown = sea_dgram_shutdown,
	.close = close_socket,
	.destroy = destroy,
	.sendmsg = sendmsg_ping,
	.recvmsg = recvmsg_ping,
	.getsockopt = sea_dgram_getsockopt,
	.setsockopt = sea_dgram_setsockopt,
	.ioctl = no_ioctl,
	.poll = sea_dgram_poll,
	.info = sea_dgram_info,
	.tx_done = sea_dgram_tx_done,
	.tx_stamp = sea_stamp_tx,
	.charge = sea_dgram_charge_sock,
	.save = save_sock,
};

static int create(struct sea_stack *stack, int domain, int type, int protocol,
		  struct sea_sock **sock)
{
	struct ping_sock *p;
	int err;

	if (!sea_ip_ops_of(stack, (uint8_t)domain))
		return -EAFNOSUPPORT;
	p = sea_pool_zalloc(&stack->shard.pool, sizeof(*p));
	if (!p)
		return -ENOMEM;
	sea_dgram_init(&p->d, stack, &ops, domain, type, protocol);
	p->d.sock.flags |= SEA_SOCK_REUSEADDR; /* as Linux */
	if (domain == SEA_AF_INET6)
		p->d.sock.flags |= SEA_SOCK_V6ONLY;
	err = sea_sock_register(&p->d.sock);
	if (err)
		sea_pool_free(&stack->shard.pool, p, sizeof(*p));
	else
		*sock = &p->d.sock;
	return err;
}

static const struct sea_sock_family family_inet = {
	.domain = SEA_AF_INET,
	.type = SOCK_DGRAM,
	.protocol = IPPROTO_ICMP,
	.create = create,
};

static const struct sea_sock_family family_inet6 = {
	.domain = SEA_AF_INET6,
	.type = SOCK_DGRAM,
	.protocol = IPPROTO_ICMPV6,
	.create = create,
};

/* -- save, load -- */

static void save_sock(struct sea_sock *sock, struct sea_saver *to)
{
	sea_dgram_save(to, sea_dgram_of(sock));
	sea_save_u64(to, ping_sock_of(sock)->serial);
}

static void save(struct sea_stack *stack, void *state, struct sea_saver *to)
{
	const struct ping_state *ping = state;

	sea_save_tag(to, "PING");
	sea_save_u64(to, ping->serial);
	sea_save_socks(to, stack, &ops);
}

static void load_one(struct sea_loader *from, struct sea_stack *stack)
{
	struct ping_sock *p = sea_pool_zalloc(&stack->shard.pool, sizeof(*p));
	uint16_t ident;

	if (!p) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	sea_dgram_init(&p->d, stack, &ops, SEA_AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
	sea_dgram_load(from, &p->d);
	p->serial = sea_load_u64(from);
	ident = p->d.sock.lport;
	if (ident &&
	    sea_htable_insert(&ping_of(stack)->socks, &p->node, hash_of(ping_of(stack), ident)))
		sea_load_fail(from, -ENOMEM);
	if (from->err)
		destroy(&p->d.sock);
}

static int load(struct sea_stack *stack, void *state, struct sea_loader *from)
{
	struct ping_state *ping = state;

	sea_load_tag(from, "PING");
	ping->serial = sea_load_u64(from);
	for (uint32_t n = sea_load_count(from, stack->shard.socks.n_slots); n && !from->err; n--)
		load_one(from, stack);
	return from->err;
}

/* -- the module -- */

static void module_fini(struct sea_stack *stack, void *state)
{
	struct ping_state *ping = state;

	sea_htable_fini(&ping->socks);
	sea_pool_free(&stack->shard.pool, ping, sizeof(*ping));
}

static int module_init(struct sea_stack *stack, void **state)
{
	struct ping_state *ping = sea_pool_zalloc(&stack->shard.pool, sizeof(*ping));

	if (!ping)
		return -ENOMEM;
	ping->key = sea_secret_key(&stack->shard.secret);
	sea_htable_init(&ping->socks, &stack->shard.pool, 16);
	sea_stack_add_sock_family(stack, &family_inet);
	sea_stack_add_sock_family(stack, &family_inet6);
	sea_stack_add_proc_files(stack, &sea_ping_proc_files);
	sea_icmp_on_echo_reply(stack, echo_reply);
	sea_icmp_on_echo_error(stack, icmp_error);
	if (sea_ip_ops_of(stack, SEA_AF_INET6)) {
		sea_icmp6_on_echo_reply(stack, echo_reply);
		sea_icmp6_on_echo_error(stack, icmp_error);
	}
	*state = ping;
	return 0;
}

const struct sea_module sea_ping = {
	.name = "ping",
	.id = SEA_MODULE_PING,
	.needs = 1u << SEA_MODULE_IPV4,
	.init = module_init,
	.fini = module_fini,
	.save = save,
	.load = load,
};
