/* SPDX-License-Identifier: Apache-2.0 */
/* Decides which bytes of a connection are asked after. */
#include "transport/tcp/stamps.h"

#include <errno.h>
#include <string.h>

#include "transport/tcp/conn.h"

#define STAMPS_MAX (1u << 20)

static struct tcp_side *side_of(struct tcp_conn *c)
{
	return sea_tcp_side_edit(c);
}

static struct sea_pool *pool_of(const struct tcp_conn *c)
{
	return &c->sock.stack->shard.pool;
}

void sea_tcp_stamps_begin(struct tcp_conn *c)
{
	struct sea_sock_more *more;

	if (!(c->sock.more->tsflags & SEA_SOF_FRESH))
		return;
	more = sea_sock_more_edit(&c->sock);
	more->tsflags &= ~(uint32_t)SEA_SOF_FRESH;
	more->tskey = more->tsflags & SEA_SOF_OPT_ID_TCP ? c->write_seq.v : c->snd_una.v;
}

/* -- the list -- */

void sea_tcp_stamp_release(struct tcp_conn *c, struct tcp_stamp *s)
{
	if (s->bytes)
		sea_pkt_free(s->bytes);
	sea_pool_free(pool_of(c), s, sizeof(*s));
}

/* Where the next one is hung up. */
static struct tcp_stamp **end_of(struct tcp_side *side)
{
	struct tcp_stamp **at = &side->stamps;

	while (*at)
		at = &(*at)->next;
	return at;
}

/* What begins the part that was written last. */
static sea_seq part_start(const struct tcp_conn *c)
{
	struct tcp_marks *m = &c->fl->marks;

	return m->n > 1 ? sea_tcp_mark_at(m, m->n - 2)->end : c->snd_nxt;
}

/* The one of the call before, where its end lies in the same part. */
static struct tcp_stamp *joined(const struct tcp_conn *c)
{
	struct tcp_stamp *s = c->side->stamps;

	while (s && s->next)
		s = s->next;
	return s && sea_seq_ge(s->key, part_start(c)) ? s : NULL;
}

static struct tcp_stamp *add(struct tcp_conn *c)
{
	struct tcp_side *side = side_of(c);
	struct tcp_stamp *s = side ? sea_pool_zalloc(pool_of(c), sizeof(*s)) : NULL;

	if (s)
		*end_of(side) = s;
	return s;
}

void sea_tcp_stamps_call(struct tcp_conn *c, uint32_t tsflags)
{
	struct tcp_stamp *s;

	if (!(tsflags & SEA_SOF_TX_RECORD) || !c->fl->marks.n)
		return;
	s = joined(c);
	if (!s)
		s = add(c);
	if (!s)
		return;
	s->key = sea_seq_add(c->write_seq, -1u);
	s->tsflags |= tsflags & SEA_SOF_TX_RECORD;
}

void sea_tcp_stamps_free(struct tcp_conn *c)
{
	struct tcp_stamp *s = c->side->stamps, *next;

	if (!s)
		return;
	for (; s; s = next) {
		next = s->next;
		sea_tcp_stamp_release(c, s);
	}
	side_of(c)->stamps = NULL;
}

/* -- segments -- */

/* The entry of the acknowledgment shows them; without memory it will have none. */
static void keep_bytes(struct tcp_conn *c, struct tcp_stamp *s, sea_seq seq, uint32_t len)
{
	struct sea_pkt *bytes;

	if (!(s->tsflags & SEA_SOF_TX_ACK) || c->sock.more->tsflags & SEA_SOF_OPT_TSONLY)
		return;
	bytes = sea_pkt_new(pool_of(c), 0, 0);
	if (bytes && !sea_tcp_sendbuf_attach(&c->fl->sendbuf, seq, len, bytes)) {
		sea_pkt_free(bytes);
		bytes = NULL;
	}
	if (s->bytes)
		sea_pkt_free(s->bytes);
	s->bytes = bytes;
}

void sea_tcp_stamps_segment(struct tcp_conn *c, struct sea_pkt *pkt, sea_seq seq, uint32_t len)
{
	sea_seq end = sea_seq_add(seq, len);
	uint32_t tsflags = 0, key = 0;

	for (struct tcp_stamp *s = c->side->stamps; s && sea_seq_lt(s->key, end); s = s->next) {
		if (sea_seq_lt(s->key, seq))
			continue;
		tsflags |= s->tsflags;
		key = s->key.v;
		keep_bytes(c, s, seq, len);
	}
	if (tsflags)
		sea_stamp_ask(pkt, tsflags, key - c->sock.more->tskey);
}

/* -- save, load: without the bytes that an entry would show -- */

void sea_tcp_stamps_save(struct sea_saver *to, const struct tcp_conn *c)
{
	for (const struct tcp_stamp *s = c->side->stamps; s; s = s->next) {
		sea_save_u8(to, 1);
		sea_save_u32(to, s->key.v);
		sea_save_u32(to, s->tsflags);
	}
	sea_save_u8(to, 0);
}

void sea_tcp_stamps_load(struct sea_loader *from, struct tcp_conn *c)
{
	for (uint32_t i = 0; sea_load_u8(from) && !from->err; i++) {
		struct tcp_stamp *s = i < STAMPS_MAX ? add(c) : NULL;

		if (!s) {
			sea_load_fail(from, -ENOMEM);
			return;
		}
		s->key = sea_seq_of(sea_load_u32(from));
		s->tsflags = sea_load_u32(from) & SEA_SOF_TX_RECORD;
	}
}
