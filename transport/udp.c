/* SPDX-License-Identifier: Apache-2.0 */
/* UDP: the module, and what a program does with a socket besides sending and receiving. */
#include <seastack/modules.h>

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "transport/bind.h"
#include "transport/procnet.h"
#include "transport/sockopt.h"
#include "transport/stamp.h"
#include "transport/udp.h"

#define OPT_UDP_CORK 1
#define OPT_UDP_NO_CHECK6_TX 101
#define OPT_UDP_NO_CHECK6_RX 102

/* -- bind, connect -- */

static int bind_to(struct sea_sock *sock, const struct sea_endpoint *local)
{
	struct udp_sock *u = udp_sock_of(sock);
	uint32_t v6only = sock->flags & SEA_SOCK_V6ONLY;
	bool no_src, taken = sock->lport || sea_sock_connected(sock);
	int err = taken && sock->domain == SEA_AF_INET6 ? -EINVAL
							: sea_bind_check(sock, local, &no_src);

	if (err)
		return err;
	if (taken)
		return -EINVAL;
	sea_sock_take_local(sock, local);
	u->d.no_src = no_src;
	if (local->port || !(sock->flags & SEA_SOCK_BIND_NO_PORT))
		err = sea_udp_table_bind(u, local->port);
	if (err) {
		sea_sock_forget_local(sock);
		sock->flags = (sock->flags & ~(uint32_t)SEA_SOCK_V6ONLY) | v6only;
		u->d.no_src = false;
		return err;
	}
	if (!sea_endpoint_is_any(local))
		sock->flags |= SEA_SOCK_BIND_ADDR;
	if (local->port)
		sock->flags |= SEA_SOCK_BIND_PORT;
	return 0;
}

static void forget_peer(struct udp_sock *u)
{
	struct sea_sock *sock = &u->d.sock;

	sea_dst_put(sock->stack, &u->d.dst);
	if (sock->lport)
		sea_udp_table_leave(u);
	memset(sock->raddr, 0, sizeof(sock->raddr));
	sock->rport = 0;
	sock->bound_ifindex = 0; /* so Linux has it */
	if (!(sock->flags & SEA_SOCK_BIND_ADDR))
		sea_sock_forget_local(sock);
	if (!sock->lport)
		return;
	sea_udp_table_join(u);
	if (!(sock->flags & SEA_SOCK_BIND_PORT))
		sea_udp_table_unbind(u);
}

static void set_peer(struct udp_sock *u, const struct sea_dgram_tx *tx)
{
	struct sea_sock *sock = &u->d.sock;
	struct sea_endpoint local = sea_sock_local(sock);

	sea_udp_table_leave(u);
	sock->family = tx->dst.family;
	if (sea_endpoint_is_any(&local))
		memcpy(sock->laddr, tx->dst.src.b, sizeof(sock->laddr));
	memcpy(sock->raddr, sea_dgram_final(tx)->b, sizeof(sock->raddr));
	sock->rport = tx->to.port;
	sea_udp_table_join(u);
	/* As on Linux a datagram of IPv4 in the making goes there, too; one of IPv6 does not. */
	if (tx->to.family == SEA_AF_INET)
		u->pending_tx.to = tx->to;
}

static int connect_to(struct sea_sock *sock, const struct sea_endpoint *peer)
{
	struct udp_sock *u = udp_sock_of(sock);
	struct sea_dgram_tx tx;
	int err;

	if (!peer->family) {
		forget_peer(u);
		return 0;
	}
	err = sea_dgram_connect(&u->d, peer, &tx);
	if (!err)
		set_peer(u, &tx);
	return err;
}

static int autobind(struct sea_sock *sock)
{
	return sea_udp_autobind(udp_sock_of(sock));
}

/* -- options -- */

static bool *flag_of(struct udp_sock *u, int name)
{
	switch (name) {
	case OPT_UDP_CORK:
		return &u->corked;
	case OPT_UDP_NO_CHECK6_TX:
		return &u->no_check6_tx;
	case OPT_UDP_NO_CHECK6_RX:
		return &u->no_check6_rx;
	default:
		return NULL;
	}
}

static int getsockopt_udp(struct sea_sock *sock, int level, int name, void *val, socklen_t *len)
{
	const bool *flag = flag_of(udp_sock_of(sock), name);

	if (level != IPPROTO_UDP)
		return sea_dgram_getsockopt(sock, level, name, val, len);
	return flag ? sea_opt_put_int(val, len, *flag) : -ENOPROTOOPT;
}

static int setsockopt_udp(struct sea_sock *sock, int level, int name, const void *val,
			  socklen_t len)
{
	struct udp_sock *u = udp_sock_of(sock);
	bool *flag = flag_of(u, name);
	int v, err;

	if (level != IPPROTO_UDP)
		return sea_dgram_setsockopt(sock, level, name, val, len);
	err = sea_opt_get_int(val, len, &v);
	if (err)
		return err;
	if (!flag)
		return -ENOPROTOOPT;
	*flag = v != 0;
	if (name == OPT_UDP_CORK && !v)
		(void)sea_udp_push_pending(u); /* nobody to tell, on Linux either */
	return 0;
}

/* The device is part of where a socket stands. */
static void opt_changed(struct sea_sock *sock, int name)
{
	struct udp_sock *u = udp_sock_of(sock);

	if (sock->lport && (name == SO_BINDTODEVICE || name == SEA_SO_BINDTOIFINDEX)) {
		sea_udp_table_leave(u);
		sea_udp_table_join(u);
	}
}

/* -- life -- */

static void end(struct sea_sock *sock, enum sea_drop reason)
{
	struct udp_sock *u = udp_sock_of(sock);

	if (sock->stack->sock_observer && reason != SEA_DROP_STACK_FREED)
		sock->stack->sock_observer(sock);
	sea_udp_flush_pending(u);
	sea_udp_table_unbind(u);
	sea_dgram_fini(&u->d, reason);
	sea_pool_free(&sock->stack->shard.pool, u, sizeof(*u));
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

static ssize_t recvmsg_udp(struct sea_sock *sock, struct msghdr *msg, int flags)
{
	struct sea_dgram *d = sea_dgram_of(sock);

	return sea_dgram_recvmsg(d, msg, flags,
				 sea_udp_mib(sea_dgram_next_family(d), SEA_MIB_UdpInDatagrams));
}

const struct sea_sock_ops sea_udp_ops = {
	.name = "udp",
	.bind = bind_to,
	.autobind = autobind,
	.connect = connect_to,
	.shutdown = sea_dgram_shutdown,
	.close = close_socket,
	.destroy = destroy,
	.sendmsg = sea_udp_sendmsg,
	.recvmsg = recvmsg_udp,
	.getsockopt = getsockopt_udp,
	.setsockopt = setsockopt_udp,
	.ioctl = sea_dgram_ioctl,
	.poll = sea_dgram_poll,
	.info = sea_dgram_info,
	.tx_done = sea_dgram_tx_done,
	.tx_stamp = sea_stamp_tx,
	.charge = sea_dgram_charge_sock,
	.opt_changed = opt_changed,
	.save = sea_udp_save_sock,
};

static int create(struct sea_stack *stack, int domain, int type, int protocol,
		  struct sea_sock **sock)
{
	struct udp_sock *u;
	int err;

	if (!sea_ip_ops_of(stack, (uint8_t)domain))
		return -EAFNOSUPPORT;
	u = sea_pool_zalloc(&stack->shard.pool, sizeof(*u));
	if (!u)
		return -ENOMEM;
	sea_dgram_init(&u->d, stack, &sea_udp_ops, domain, type, protocol);
	u->d.mem = &udp_of(stack)->mem;
	err = sea_sock_init_in6(&u->d.sock);
	if (!err)
		err = sea_sock_register(&u->d.sock);
	*sock = &u->d.sock;
	if (err) {
		sea_sock_fini(&u->d.sock);
		sea_pool_free(&stack->shard.pool, u, sizeof(*u));
	}
	return err;
}

static const struct sea_sock_family family_inet = {
	.domain = SEA_AF_INET,
	.type = SOCK_DGRAM,
	.protocol = IPPROTO_UDP,
	.create = create,
	.diag = &sea_udp_diag,
};

static const struct sea_sock_family family_inet6 = {
	.domain = SEA_AF_INET6,
	.type = SOCK_DGRAM,
	.protocol = IPPROTO_UDP,
	.create = create,
	.diag = &sea_udp_diag,
};

/* -- the module -- */

#define MEM(field) offsetof(struct sea_dgram_mem, field)

static const struct sea_sysctl sysctls[] = {
	/* Of children and of the table's size there is nothing to say; early_demux: see README.md. */
	{ .name = "net.ipv4.udp_child_hash_entries", .kind = SEA_SYSCTL_FIXED, .read_only = true },
	{ .name = "net.ipv4.udp_early_demux", .kind = SEA_SYSCTL_FIXED, .read_only = true },
	{ .name = "net.ipv4.udp_l3mdev_accept",
	  .kind = SEA_SYSCTL_INT,
	  .offset = MEM(l3mdev_accept),
	  .min = 0,
	  .max = 1 },
	{ .name = "net.ipv4.udp_mem",
	  .kind = SEA_SYSCTL_INT3,
	  .offset = MEM(limits),
	  .min = 0,
	  .max = INT32_MAX },
	{ .name = "net.ipv4.udp_rmem_min",
	  .kind = SEA_SYSCTL_INT,
	  .offset = MEM(rmem_min),
	  .min = 1,
	  .max = INT32_MAX },
	{ .name = "net.ipv4.udp_wmem_min", /* a no-op on Linux, too */
	  .kind = SEA_SYSCTL_INT,
	  .offset = MEM(wmem_min),
	  .min = 1,
	  .max = INT32_MAX },
};

/* As Linux: an eighth of memory, here of what the stack may hold, or of 16 GiB; and 3/4 and 3/2. */
static void default_limits(const struct sea_stack *stack, struct sea_dgram_mem *mem)
{
	uint64_t held_max = stack->config.held_max ? stack->config.held_max : UINT64_C(16) << 30;
	uint64_t pages = held_max / SEA_DGRAM_PAGE / 8;

	pages = pages < 128 ? 128 : pages < INT32_MAX / 2 ? pages : INT32_MAX / 2;
	mem->limits[0] = (int32_t)(pages / 4 * 3);
	mem->limits[1] = (int32_t)pages;
	mem->limits[2] = mem->limits[0] * 2;
	mem->rmem_min = mem->wmem_min = SEA_DGRAM_PAGE;
}

static void module_fini(struct sea_stack *stack, void *state)
{
	struct udp_state *udp = state;

	sea_udp_table_fini(udp);
	sea_ports_fini(&udp->ephemeral);
	sea_pool_free(&stack->shard.pool, udp, sizeof(*udp));
}

static int module_init(struct sea_stack *stack, void **state)
{
	struct udp_state *udp = sea_pool_zalloc(&stack->shard.pool, sizeof(*udp));
	int err;

	if (!udp)
		return -ENOMEM;
	udp->stack = stack;
	sea_ports_init(&udp->ephemeral, stack);
	default_limits(stack, &udp->mem);
	err = sea_udp_table_init(udp);
	if (err) {
		module_fini(stack, udp);
		return err;
	}
	udp->sysctls = (struct sea_sysctl_table){ .entries = sysctls,
						  .n = sizeof(sysctls) / sizeof(sysctls[0]),
						  .base = &udp->mem };
	sea_sysctl_add(stack, &udp->sysctls);
	sea_stack_add_sock_family(stack, &family_inet);
	sea_stack_add_sock_family(stack, &family_inet6);
	sea_stack_add_ip_proto(stack, &sea_udp_proto);
	sea_stack_add_proc_files(stack, &sea_udp_proc_files);
	stack->udp_in_use = sea_udp_table_in_use;
	*state = udp;
	return 0;
}

const struct sea_module sea_udp = {
	.name = "udp",
	.id = SEA_MODULE_UDP,
	.needs = 1u << SEA_MODULE_IPV4,
	.init = module_init,
	.fini = module_fini,
	.save = sea_udp_save,
	.load = sea_udp_load,
};
