/* SPDX-License-Identifier: Apache-2.0 */
/* UDP's sockets and secrets, written out and read back. */
#include <errno.h>
#include <netinet/in.h>

#include "core/save.h"
#include "transport/udp.h"

void sea_udp_save_sock(struct sea_sock *sock, struct sea_saver *to)
{
	const struct udp_sock *u = udp_sock_of(sock);

	sea_dgram_save(to, &u->d);
	sea_save_u64(to, u->serial);
	sea_save_u8(to, u->corked);
	sea_save_u8(to, u->no_check6_tx);
	sea_save_u8(to, u->no_check6_rx);
	sea_save_u8(to, u->pending != NULL);
	if (!u->pending)
		return;
	sea_save_pkt(to, u->pending);
	sea_save_bytes(to, &u->pending_tx.cmsg, sizeof(u->pending_tx.cmsg));
	sea_save_bytes(to, &u->pending_tx.to, sizeof(u->pending_tx.to));
}

void sea_udp_save(struct sea_stack *stack, void *state, struct sea_saver *to)
{
	const struct udp_state *udp = state;

	sea_save_tag(to, "UDP ");
	sea_save_bytes(to, &udp->key, sizeof(udp->key));
	sea_save_u64(to, udp->serial);
	sea_ports_save(to, &udp->ephemeral);
	sea_save_socks(to, stack, &sea_udp_ops);
}

/* The datagram in the making goes on being charged to its socket. */
static void load_pending(struct sea_loader *from, struct udp_sock *u)
{
	struct sea_sock *sock = &u->d.sock;

	if (!sea_load_u8(from))
		return;
	u->pending = sea_load_pkt(from, &sock->stack->shard.pool);
	sea_load_bytes(from, &u->pending_tx.cmsg, sizeof(u->pending_tx.cmsg));
	sea_load_bytes(from, &u->pending_tx.to, sizeof(u->pending_tx.to));
	if (!u->pending)
		return;
	u->pending->owner = sock->handle;
	sock->wmem_alloc += (int32_t)u->pending->charged;
}

static void load_one(struct sea_loader *from, struct sea_stack *stack)
{
	struct udp_sock *u = sea_pool_zalloc(&stack->shard.pool, sizeof(*u));

	if (!u) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	sea_dgram_init(&u->d, stack, &sea_udp_ops, SEA_AF_INET, SOCK_DGRAM, IPPROTO_UDP);
	u->d.mem = &udp_of(stack)->mem;
	sea_dgram_load(from, &u->d);
	u->serial = sea_load_u64(from);
	u->corked = sea_load_u8(from);
	u->no_check6_tx = sea_load_u8(from);
	u->no_check6_rx = sea_load_u8(from);
	load_pending(from, u);
	if (!from->err && u->d.sock.lport && sea_udp_table_restore(u))
		sea_load_fail(from, -ENOMEM);
	if (from->err)
		u->d.sock.ops->destroy(&u->d.sock);
}

int sea_udp_load(struct sea_stack *stack, void *state, struct sea_loader *from)
{
	struct udp_state *udp = state;
	struct sea_siphash_key key;

	sea_load_tag(from, "UDP ");
	sea_load_bytes(from, &key, sizeof(key));
	if (!from->err && !from->fresh_secrets)
		sea_udp_table_rekey(udp, &key);
	udp->serial = sea_load_u64(from);
	sea_ports_load(from, &udp->ephemeral);
	for (uint32_t n = sea_load_count(from, stack->shard.socks.n_slots); n && !from->err; n--)
		load_one(from, stack);
	return from->err;
}
