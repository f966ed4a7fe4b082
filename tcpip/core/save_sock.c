/* SPDX-License-Identifier: Apache-2.0 */
/* What all sockets have in common, and the table of their handles. */
#include <errno.h>

#include "core/save.h"
#include "core/save_stack.h"
#include "core/sock.h"

#define EXT_LEN_MAX 2048 /* what a header's length can say */

/* -- what few sockets set -- */

void sea_save_sock_ext(struct sea_saver *to, const struct sea_sock_ext *ext)
{
	const uint8_t *at = ext ? ext->bytes : NULL;

	for (unsigned i = 0; i < SEA_EXT_N; i++) {
		uint16_t len = ext ? ext->len[i] : 0;

		sea_save_u16(to, len);
		if (len)
			sea_save_bytes(to, at, len);
		at = ext ? at + len : NULL;
	}
}

struct sea_sock_ext *sea_load_sock_ext(struct sea_loader *from, struct sea_pool *pool)
{
	uint8_t bytes[SEA_EXT_N][EXT_LEN_MAX];
	const uint8_t *at[SEA_EXT_N] = { NULL };
	uint16_t len[SEA_EXT_N] = { 0 };
	struct sea_sock_ext *ext;
	bool any = false;

	for (unsigned i = 0; i < SEA_EXT_N && !from->err; i++) {
		at[i] = bytes[i];
		len[i] = sea_load_u16(from);
		if (len[i] > EXT_LEN_MAX)
			sea_load_fail(from, -EINVAL);
		else if (len[i])
			sea_load_bytes(from, bytes[i], len[i]);
		any |= len[i];
	}
	if (from->err || !any)
		return NULL;
	ext = sea_sock_ext_make(pool, at, len);
	if (!ext)
		sea_load_fail(from, -ENOMEM);
	return ext;
}

static void save_more(struct sea_saver *to, const struct sea_sock_more *m)
{
	sea_save_u8(to, m != &sea_sock_plain);
	if (m == &sea_sock_plain)
		return;
	sea_save_u32(to, m->flags4);
	sea_save_u32(to, m->flags6);
	sea_save_u32(to, m->flowinfo);
	sea_save_u32(to, m->rx_flowinfo);
	sea_save_u16(to, (uint16_t)m->hops);
	sea_save_u16(to, (uint16_t)m->mcast_hops);
	sea_save_u8(to, m->tclass);
	sea_save_u8(to, m->mtu_discover);
	sea_save_u8(to, m->min_ttl);
	sea_save_u8(to, m->min_hops);
	sea_save_u16(to, m->frag_size);
	sea_save_u16(to, m->port_low);
	sea_save_u16(to, m->port_high);
	sea_save_u8(to, m->src_prefs);
	sea_save_u32(to, (uint32_t)m->oif);
	sea_save_u32(to, (uint32_t)m->oif6);
	sea_save_u32(to, (uint32_t)m->peek_off);
	sea_save_u32(to, (uint32_t)m->pktinfo_ifindex);
	sea_save_bytes(to, m->pktinfo_addr, sizeof(m->pktinfo_addr));
	sea_save_u32(to, (uint32_t)m->mcast.oif);
	sea_save_u32(to, (uint32_t)m->mcast.oif6);
	sea_save_bytes(to, m->mcast.src, sizeof(m->mcast.src));
	sea_save_u8(to, m->mcast.off);
	sea_save_u32(to, m->rxpmtu);
	sea_save_u32(to, (uint32_t)m->rxpmtu_ifindex);
	sea_save_bytes(to, m->rxpmtu_addr, sizeof(m->rxpmtu_addr));
	sea_save_pktq(to, &m->errq);
	sea_save_sock_ext(to, m->ext);
	sea_save_u8(to, m->ip_opts_len);
	sea_save_bytes(to, m->ip_opts, sizeof(m->ip_opts));
	sea_save_u64(to, m->max_pacing_rate);
	sea_save_u8(to, m->zerocopy_on);
	sea_save_u32(to, (uint32_t)m->optmem);
	sea_save_u32(to, m->tsflags);
	sea_save_u32(to, m->tskey);
	sea_save_u8(to, m->ts_new);
	sea_save_u8(to, m->txtime_on);
	sea_save_u8(to, m->txtime_flags);
	sea_save_u32(to, (uint32_t)m->txtime_clock);
}

static void load_more(struct sea_loader *from, struct sea_sock *sock)
{
	struct sea_sock_more *m;

	if (!sea_load_u8(from))
		return;
	m = sea_sock_more_edit(sock);
	if (!m) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	m->flags4 = sea_load_u32(from);
	m->flags6 = sea_load_u32(from);
	m->flowinfo = sea_load_u32(from);
	m->rx_flowinfo = sea_load_u32(from);
	m->hops = (int16_t)sea_load_u16(from);
	m->mcast_hops = (int16_t)sea_load_u16(from);
	m->tclass = sea_load_u8(from);
	m->mtu_discover = sea_load_u8(from);
	m->min_ttl = sea_load_u8(from);
	m->min_hops = sea_load_u8(from);
	m->frag_size = sea_load_u16(from);
	m->port_low = sea_load_u16(from);
	m->port_high = sea_load_u16(from);
	m->src_prefs = sea_load_u8(from);
	m->oif = (int)sea_load_u32(from);
	m->oif6 = (int)sea_load_u32(from);
	m->peek_off = (int32_t)sea_load_u32(from);
	m->pktinfo_ifindex = (int)sea_load_u32(from);
	sea_load_bytes(from, m->pktinfo_addr, sizeof(m->pktinfo_addr));
	m->mcast.oif = (int)sea_load_u32(from);
	m->mcast.oif6 = (int)sea_load_u32(from);
	sea_load_bytes(from, m->mcast.src, sizeof(m->mcast.src));
	m->mcast.off = sea_load_u8(from);
	m->rxpmtu = sea_load_u32(from);
	m->rxpmtu_ifindex = (int)sea_load_u32(from);
	sea_load_bytes(from, m->rxpmtu_addr, sizeof(m->rxpmtu_addr));
	sea_load_pktq(from, &sock->stack->shard.pool, &m->errq);
	m->ext = sea_load_sock_ext(from, &sock->stack->shard.pool);
	m->ip_opts_len = sea_load_u8(from);
	sea_load_bytes(from, m->ip_opts, sizeof(m->ip_opts));
	m->max_pacing_rate = sea_load_u64(from);
	m->zerocopy_on = sea_load_u8(from);
	m->optmem = (int32_t)sea_load_u32(from);
	m->tsflags = sea_load_u32(from);
	m->tskey = sea_load_u32(from);
	m->ts_new = sea_load_u8(from);
	m->txtime_on = sea_load_u8(from);
	m->txtime_flags = sea_load_u8(from);
	m->txtime_clock = (int32_t)sea_load_u32(from);
	if (m->optmem < 0 || m->ip_opts_len > sizeof(m->ip_opts) || m->ip_opts_len % 4)
		sea_load_fail(from, -EINVAL);
}

/* -- one socket -- */

void sea_save_sock(struct sea_saver *to, const struct sea_sock *sock)
{
	sea_save_u64(to, sock->handle.v);
	sea_save_u64(to, sock->cookie);
	sea_save_u16(to, sock->watch);
	sea_save_u16(to, sock->edge);
	sea_save_u8(to, sock->domain);
	sea_save_u8(to, sock->type);
	sea_save_u8(to, sock->protocol);
	sea_save_u8(to, sock->shutdown);
	sea_save_u32(to, sock->flags);
	sea_save_u32(to, (uint32_t)sock->err);
	sea_save_u32(to, (uint32_t)sock->err_soft);
	sea_save_u32(to, (uint32_t)sock->rcvbuf);
	sea_save_u32(to, (uint32_t)sock->sndbuf);
	sea_save_u32(to, (uint32_t)sock->rmem_alloc);
	sea_save_u32(to, (uint32_t)sock->rcvlowat);
	sea_save_u32(to, sock->mark);
	sea_save_u32(to, sock->priority);
	sea_save_u8(to, sock->tos);
	sea_save_u8(to, sock->ttl);
	sea_save_u8(to, sock->mcast_ttl);
	sea_save_u8(to, sock->mtu_discover);
	sea_save_u32(to, (uint32_t)sock->bound_ifindex);
	sea_save_u64(to, (uint64_t)sock->rcvtimeo_ns);
	sea_save_u64(to, (uint64_t)sock->sndtimeo_ns);
	sea_save_u32(to, (uint32_t)sock->linger_s);
	sea_save_u32(to, sock->drops);
	sea_save_u16(to, sock->lport);
	sea_save_u16(to, sock->rport);
	sea_save_u8(to, sock->family);
	sea_save_bytes(to, sock->laddr, sizeof(sock->laddr));
	sea_save_bytes(to, sock->raddr, sizeof(sock->raddr));
	sea_save_u16(to, sock->rx_label_low);
	save_more(to, sock->more);
}

/* What waited for the wire is lost, and so is what was charged for it: wmem_alloc starts at 0. */
static void load_fields(struct sea_loader *from, struct sea_sock *sock)
{
	sock->cookie = sea_load_u64(from);
	sock->watch = sea_load_u16(from);
	sock->edge = sea_load_u16(from);
	sock->domain = sea_load_u8(from);
	sock->type = sea_load_u8(from);
	sock->protocol = sea_load_u8(from);
	sock->shutdown = sea_load_u8(from);
	sock->flags = sea_load_u32(from);
	sock->err = (int)sea_load_u32(from);
	sock->err_soft = (int)sea_load_u32(from);
	sock->rcvbuf = (int32_t)sea_load_u32(from);
	sock->sndbuf = (int32_t)sea_load_u32(from);
	sock->rmem_alloc = (int32_t)sea_load_u32(from);
	sock->rcvlowat = (int32_t)sea_load_u32(from);
	sock->mark = sea_load_u32(from);
	sock->priority = sea_load_u32(from);
	sock->tos = sea_load_u8(from);
	sock->ttl = sea_load_u8(from);
	sock->mcast_ttl = sea_load_u8(from);
	sock->mtu_discover = sea_load_u8(from);
	sock->bound_ifindex = (int)sea_load_u32(from);
	sock->rcvtimeo_ns = (int64_t)sea_load_u64(from);
	sock->sndtimeo_ns = (int64_t)sea_load_u64(from);
	sock->linger_s = (int32_t)sea_load_u32(from);
	sock->drops = sea_load_u32(from);
	sock->lport = sea_load_u16(from);
	sock->rport = sea_load_u16(from);
	sock->family = sea_load_u8(from);
	sea_load_bytes(from, sock->laddr, sizeof(sock->laddr));
	sea_load_bytes(from, sock->raddr, sizeof(sock->raddr));
	sock->rx_label_low = sea_load_u16(from);
	load_more(from, sock);
}

void sea_load_sock(struct sea_loader *from, struct sea_stack *stack, struct sea_sock *sock)
{
	sea_socket handle = { sea_load_u64(from) };

	sock->stack = stack;
	load_fields(from, sock);
	if (!from->err && !sea_socket_is_none(handle) && !sea_sock_claim(sock, handle))
		sea_load_fail(from, -EINVAL);
}

void sea_save_socks(struct sea_saver *to, struct sea_stack *stack, const struct sea_sock_ops *ops)
{
	const struct sea_sock_table *t = &stack->shard.socks;
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->n_slots; i++)
		n += t->slots[i].sock && t->slots[i].sock->ops == ops;
	sea_save_u32(to, n);
	for (uint32_t i = 0; i < t->n_slots; i++)
		if (t->slots[i].sock && t->slots[i].sock->ops == ops)
			ops->save(t->slots[i].sock, to);
}

/* -- the table: generations, and the free slots in the order in which they will be used -- */

void sea_save_sock_table(struct sea_saver *to, const struct sea_stack *stack)
{
	const struct sea_sock_table *t = &stack->shard.socks;

	sea_save_tag(to, "SOCK");
	sea_save_u32(to, t->n_slots);
	for (uint32_t i = 0; i < t->n_slots; i++)
		sea_save_u32(to, t->slots[i].gen);
	sea_save_u32(to, t->n_slots - t->n_used);
	for (uint32_t i = t->free_head; i < t->n_slots; i = t->slots[i].next_free)
		sea_save_u32(to, i);
	sea_save_u8(to, t->owners != NULL);
	for (uint32_t i = 0; t->owners && i < t->n_slots; i++) {
		sea_save_u32(to, t->owners[i].uid);
		sea_save_u32(to, t->owners[i].inode);
	}
}

static void load_free_list(struct sea_loader *from, struct sea_sock_table *t)
{
	uint32_t *tail = &t->free_head;

	for (uint32_t n = sea_load_count(from, t->n_slots); n; n--) {
		uint32_t i = sea_load_u32(from);

		if (i >= t->n_slots || t->slots[i].next_free != SEA_SOCK_SLOT_WAITING) {
			sea_load_fail(from, -EINVAL);
			return;
		}
		t->slots[i].next_free = UINT32_MAX;
		*tail = i;
		tail = &t->slots[i].next_free;
	}
}

static void load_owners(struct sea_loader *from, struct sea_stack *stack)
{
	struct sea_sock_table *t = &stack->shard.socks;

	if (!t->n_slots) {
		sea_load_fail(from, -EINVAL);
		return;
	}
	t->owners = sea_pool_zalloc(&stack->shard.pool, t->n_slots * sizeof(*t->owners));
	if (!t->owners) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	for (uint32_t i = 0; i < t->n_slots; i++) {
		t->owners[i].uid = sea_load_u32(from);
		t->owners[i].inode = sea_load_u32(from);
	}
}

void sea_load_sock_table(struct sea_loader *from, struct sea_stack *stack)
{
	struct sea_sock_table *t = &stack->shard.socks;
	uint32_t n;

	sea_load_tag(from, "SOCK");
	n = sea_load_count(from, t->max);
	if (from->err)
		return;
	if (n) {
		t->slots = sea_pool_zalloc(&stack->shard.pool, n * sizeof(*t->slots));
		if (!t->slots) {
			sea_load_fail(from, -ENOMEM);
			return;
		}
		t->n_slots = n;
	}
	for (uint32_t i = 0; i < n; i++)
		t->slots[i] = (struct sea_sock_slot){ .gen = sea_load_u32(from),
						      .next_free = SEA_SOCK_SLOT_WAITING };
	load_free_list(from, t);
	if (!from->err && sea_load_u8(from))
		load_owners(from, stack);
}
