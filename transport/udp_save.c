/* SPDX-License-Identifier: Apache-2.0 */
/* UDP's sockets and secrets, written out and read back. */
#include <errno.h>
#include <netinet/in.h>

#include "core/save.h"
#include "transport/udp.h"

static void save_tx(struct sea_saver *to, const struct sea_dgram_tx *tx)
{
	sea_save_u8(to, tx->cmsg.tos);
	sea_save_u16(to, (uint16_t)tx->cmsg.ttl);
	sea_save_u8(to, (uint8_t)tx->cmsg.dontfrag);
	sea_save_u32(to, tx->cmsg.mark);
	sea_save_u32(to, tx->cmsg.priority);
	sea_save_u32(to, (uint32_t)tx->cmsg.oif);
	sea_save_bytes(to, tx->cmsg.src, sizeof(tx->cmsg.src));
	sea_save_u32(to, tx->flow_label);
	sea_save_bytes(to, &tx->to, sizeof(tx->to));
	for (unsigned i = 0; i < SEA_EXT_N; i++) {
		sea_save_u16(to, tx->ext.len[i]);
		if (tx->ext.len[i])
			sea_save_bytes(to, tx->ext.at[i], tx->ext.len[i]);
	}
}

/* The headers lie at `ext` until the socket has memory of its own for them. */
static void load_tx(struct sea_loader *from, struct sea_dgram_tx *tx, uint8_t *ext)
{
	tx->cmsg.tos = sea_load_u8(from);
	tx->cmsg.ttl = (int16_t)sea_load_u16(from);
	tx->cmsg.dontfrag = (int8_t)sea_load_u8(from);
	tx->cmsg.mark = sea_load_u32(from);
	tx->cmsg.priority = sea_load_u32(from);
	tx->cmsg.oif = (int)sea_load_u32(from);
	sea_load_bytes(from, tx->cmsg.src, sizeof(tx->cmsg.src));
	tx->flow_label = sea_load_u32(from);
	sea_load_bytes(from, &tx->to, sizeof(tx->to));
	for (unsigned i = 0; i < SEA_EXT_N; i++) {
		uint16_t len = sea_load_u16(from);

		if (len > SEA_EXT_LEN_MAX) {
			sea_load_fail(from, -EINVAL);
			return;
		}
		tx->ext.len[i] = len;
		tx->ext.at[i] = ext + i * SEA_EXT_LEN_MAX;
		if (len)
			sea_load_bytes(from, ext + i * SEA_EXT_LEN_MAX, len);
	}
}

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
	save_tx(to, &u->pending_tx);
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
	uint8_t ext[SEA_EXT_ROOM];

	if (!sea_load_u8(from))
		return;
	u->pending = sea_load_pkt(from, &sock->stack->shard.pool);
	load_tx(from, &u->pending_tx, ext);
	if (!from->err && sea_udp_own_ext(u))
		sea_load_fail(from, -ENOMEM);
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
