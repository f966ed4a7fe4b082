/* SPDX-License-Identifier: Apache-2.0 */
/* Netlink sockets written out and read back, with what waits in them and how far their dumps have come. */
#include <errno.h>

#include "core/save.h"
#include "netlink/sock.h"

#define DATAGRAM_MAX (1u << 24) /* of one that is read back */

static void save_queue(struct sea_saver *to, const struct sea_nl_sock *s)
{
	uint32_t n = 0;

	for (const struct sea_list *at = s->queue.next; at != &s->queue; at = at->next)
		n++;
	sea_save_u32(to, n);
	for (struct sea_list *at = s->queue.next; at != &s->queue; at = at->next) {
		const struct nl_datagram *d = sea_container(at, struct nl_datagram, node);

		sea_save_u32(to, d->len);
		sea_save_u32(to, d->port);
		sea_save_u32(to, d->group);
		sea_save_bytes(to, d->bytes, d->len);
	}
}

static void save_dump(struct sea_saver *to, const struct sea_nl_sock *s)
{
	const struct sea_nl_dump *d = &s->dump;

	if (!(s->flags & NL_F_DUMPING))
		return;
	sea_save_u16(to, d->kind->type);
	sea_save_u8(to, d->kind->family);
	sea_save_u32(to, d->port);
	sea_save_u32(to, d->msg_seq);
	sea_save_u16(to, d->msg_flags);
	sea_save_u32(to, d->gen);
	for (unsigned i = 0; i < SEA_NL_DUMP_ARGS; i++)
		sea_save_u64(to, d->arg[i]);
	sea_save_u32(to, (uint32_t)s->dump_result);
	sea_save_u32(to, d->kept_len);
	if (d->kept)
		sea_save_bytes(to, d->kept, d->kept_len);
}

void sea_nl_sock_save(struct sea_sock *sock, struct sea_saver *to)
{
	const struct sea_nl_sock *s = sea_nl_sock_of(sock);

	sea_save_u8(to, sock->type);
	sea_save_u8(to, sock->protocol);
	sea_save_sock(to, sock);
	sea_save_u32(to, s->flags);
	sea_save_u32(to, s->port);
	sea_save_u32(to, s->dst_port);
	sea_save_u32(to, s->dst_group);
	for (unsigned i = 0; i < NL_GROUPS_MAX / 64; i++)
		sea_save_u64(to, s->groups[i]);
	sea_save_u32(to, s->recv_len_max);
	save_queue(to, s);
	save_dump(to, s);
}

void sea_nl_save(struct sea_stack *stack, void *state, struct sea_saver *to)
{
	(void)state;
	sea_save_tag(to, "nlsk");
	sea_save_socks(to, stack, &sea_nl_sock_ops);
}

/* -- read back -- */

static void load_datagram(struct sea_loader *from, struct sea_nl_sock *s, bool congested)
{
	struct sea_pool *pool = &s->sock.stack->shard.pool;
	uint32_t len = sea_load_count(from, DATAGRAM_MAX);
	uint32_t port = sea_load_u32(from), group = sea_load_u32(from);
	void *bytes = from->err ? NULL : sea_pool_alloc(pool, len);
	int err;

	if (!bytes) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	sea_load_bytes(from, bytes, len);
	/* It was in the queue: there is room for it, whatever the buffer has become. */
	s->flags &= ~(uint32_t)NL_F_CONGESTED;
	err = from->err ? 0 : sea_nl_enqueue(s, bytes, len, port, group);
	if (congested)
		s->flags |= NL_F_CONGESTED;
	sea_pool_free(pool, bytes, len);
	if (err)
		sea_load_fail(from, err);
}

static void load_kept(struct sea_loader *from, struct sea_nl_dump *d)
{
	struct sea_pool *pool = &d->stack->shard.pool;

	d->kept_len = sea_load_count(from, DATAGRAM_MAX);
	if (from->err || !d->kept_len)
		return;
	d->kept = sea_pool_alloc(pool, d->kept_len);
	if (d->kept)
		sea_load_bytes(from, d->kept, d->kept_len);
	else
		sea_load_fail(from, -ENOMEM);
}

static void load_dump(struct sea_loader *from, struct sea_nl_sock *s)
{
	struct sea_nl_dump *d = &s->dump;
	uint16_t type;
	uint8_t family;

	if (!(s->flags & NL_F_DUMPING))
		return;
	type = sea_load_u16(from);
	family = sea_load_u8(from);
	d->stack = s->sock.stack;
	d->kind = s->family->find ? s->family->find(d->stack, type, family) : NULL;
	d->port = sea_load_u32(from);
	d->msg_seq = sea_load_u32(from);
	d->msg_flags = sea_load_u16(from);
	d->gen = sea_load_u32(from);
	for (unsigned i = 0; i < SEA_NL_DUMP_ARGS; i++)
		d->arg[i] = sea_load_u64(from);
	s->dump_result = (int)sea_load_u32(from);
	if (!d->kind || !d->kind->dump)
		sea_load_fail(from, -EINVAL);
	load_kept(from, d);
}

static void load_fields(struct sea_loader *from, struct sea_nl_sock *s)
{
	uint32_t n, port;

	sea_load_sock(from, s->sock.stack, &s->sock);
	s->sock.rmem_alloc = 0; /* counted again */
	s->flags = sea_load_u32(from);
	port = sea_load_u32(from);
	s->dst_port = sea_load_u32(from);
	s->dst_group = sea_load_u32(from);
	for (unsigned i = 0; i < NL_GROUPS_MAX / 64; i++)
		s->groups[i] = sea_load_u64(from);
	s->recv_len_max = sea_load_count(from, NL_PIECE_MAX);
	n = sea_load_u32(from);
	for (bool congested = s->flags & NL_F_CONGESTED; n && !from->err; n--)
		load_datagram(from, s, congested);
	if (!from->err && s->flags & NL_F_BOUND && sea_nl_take_port(s, port))
		sea_load_fail(from, -EINVAL);
	load_dump(from, s);
}

static void load_one(struct sea_stack *stack, struct sea_loader *from)
{
	uint8_t type = sea_load_u8(from), protocol = sea_load_u8(from);
	struct sea_nl_sock *s;

	if (!from->err &&
	    (protocol >= NL_PROTOCOLS_MAX || !sea_nl_state(stack)->families[protocol]))
		sea_load_fail(from, -EINVAL);
	if (from->err)
		return;
	s = sea_nl_sock_new(stack, type, protocol);
	if (!s) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	load_fields(from, s);
	if (from->err)
		sea_nl_sock_free(s);
}

int sea_nl_load(struct sea_stack *stack, void *state, struct sea_loader *from)
{
	(void)state;
	sea_load_tag(from, "nlsk");
	for (uint32_t n = sea_load_count(from, stack->shard.socks.n_slots); n && !from->err; n--)
		load_one(stack, from);
	return from->err;
}
