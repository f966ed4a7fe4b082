/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unfinished datagrams written out and read back, fragment by fragment and run by run, so that what is
 * a duplicate afterwards is what it was before. Headers are kept of the first fragment only: nobody asks
 * for the others'.
 */
#include <errno.h>

#include "core/save.h"
#include "core/timerq.h"
#include "ip/frag.h"

#define QUEUES_MAX (1u << 24)
#define FRAGS_MAX 65535u
#define HEADERS_MAX 4096u

/* -- out -- */

static void save_key(struct sea_saver *to, const struct sea_frag_key *key)
{
	sea_save_bytes(to, key->src.b, sizeof(key->src.b));
	sea_save_bytes(to, key->dst.b, sizeof(key->dst.b));
	sea_save_u32(to, key->id);
	sea_save_u32(to, (uint32_t)key->ifindex);
	sea_save_u8(to, key->proto);
	sea_save_u8(to, key->user);
}

static void save_headers(struct sea_saver *to, const struct sea_pkt *pkt)
{
	uint32_t len = (uint32_t)(sea_pkt_offset(pkt) - pkt->off_net);

	sea_save_u16(to, (uint16_t)len);
	sea_save_bytes(to, sea_pkt_at(pkt, pkt->off_net), len);
}

/* Without what its place in memory is. */
static void save_frag(struct sea_saver *to, const struct sea_pkt *pkt, bool opens)
{
	uint16_t off = SEA_FRAG_CB(pkt)->off;
	struct sea_pkt bare = *pkt;

	sea_save_u16(to, off);
	sea_save_u8(to, opens);
	if (!off)
		save_headers(to, pkt);
	memset(bare.cb, 0, sizeof(bare.cb));
	sea_save_pkt(to, &bare);
}

static void save_frags(struct sea_saver *to, const struct sea_frag_queue *q)
{
	struct sea_rbnode *node = sea_rb_first(&q->runs);

	sea_save_u32(to, q->n);
	for (; node; node = sea_rb_next(node)) {
		struct sea_frag_cb *cb = sea_container(node, struct sea_frag_cb, node);
		struct sea_pkt *run = sea_container(cb, struct sea_pkt, cb);

		for (struct sea_pkt *pkt = run; pkt; pkt = pkt->next)
			save_frag(to, pkt, pkt == run);
	}
}

static void save_queue(struct sea_saver *to, const struct sea_frag_queue *q)
{
	save_key(to, &q->key);
	sea_save_u32(to, q->peer->serial);
	sea_save_u32(to, q->serial);
	sea_save_timer(to, &q->timer);
	sea_save_u32(to, (uint32_t)q->ifindex);
	sea_save_u32(to, q->end);
	sea_save_u8(to, q->last_in);
	sea_save_u8(to, q->ecn_seen);
	sea_save_u16(to, q->before);
	sea_save_u16(to, q->max);
	sea_save_u16(to, q->max_df);
	save_frags(to, q);
}

void sea_frag_table_save(const struct sea_frag_table *t, struct sea_saver *to)
{
	uint64_t cursor = 0;
	struct sea_hnode *node;

	sea_save_tag(to, "FRAG");
	sea_save_u64(to, t->key.k0);
	sea_save_u64(to, t->key.k1);
	sea_save_u32(to, t->queues.n);
	while ((node = sea_htable_walk(&t->queues, &cursor)))
		save_queue(to, sea_container(node, struct sea_frag_queue, hnode));
}

/* -- in -- */

static struct sea_frag_key load_key(struct sea_loader *from)
{
	struct sea_frag_key key = { .id = 0 };

	sea_load_bytes(from, key.src.b, sizeof(key.src.b));
	sea_load_bytes(from, key.dst.b, sizeof(key.dst.b));
	key.id = sea_load_u32(from);
	key.ifindex = (int32_t)sea_load_u32(from);
	key.proto = sea_load_u8(from);
	key.user = sea_load_u8(from);
	return key;
}

/* In front of the payload, where they stood. */
static void put_headers(struct sea_loader *from, struct sea_pkt *pkt, const uint8_t *headers,
			uint32_t len)
{
	uint8_t *at = sea_pkt_push(pkt, len);

	if (!at) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	memcpy(at, headers, len);
	pkt->off_net = sea_pkt_offset(pkt);
	sea_pkt_pull(pkt, len);
	pkt->off_trans = sea_pkt_offset(pkt);
	if (!sea_pkt_settle(pkt, true))
		sea_load_fail(from, -ENOMEM);
}

/* Fragments come back in their order: one lies behind all that are there, or right behind the last. */
static bool fits(const struct sea_frag_queue *q, const struct sea_pkt *pkt, uint16_t off,
		 bool opens)
{
	uint32_t end = q->highest ? SEA_FRAG_CB(q->highest)->run_end : 0;

	if (!pkt->len || off + pkt->len > UINT16_MAX || off < end)
		return false;
	return q->highest ? opens || off == end : opens;
}

static void load_frag(struct sea_loader *from, struct sea_frag_queue *q)
{
	uint16_t off = sea_load_u16(from);
	bool opens = sea_load_u8(from);
	uint32_t len = off ? 0 : sea_load_u16(from);
	uint8_t headers[HEADERS_MAX];
	struct sea_pkt *pkt;

	if (len > sizeof(headers))
		sea_load_fail(from, -EINVAL);
	else
		sea_load_bytes(from, headers, len);
	pkt = sea_load_pkt(from, &q->table->stack->shard.pool);
	if (!pkt)
		return;
	put_headers(from, pkt, headers, len);
	if (!fits(q, pkt, off, opens))
		sea_load_fail(from, -EINVAL);
	if (from->err) {
		sea_pkt_free(pkt);
		return;
	}
	SEA_FRAG_CB(pkt)->off = off;
	q->first_in |= !off;
	sea_frag_queue_append(q, pkt, opens);
}

static void load_queue(struct sea_loader *from, struct sea_frag_table *t)
{
	const struct sea_frag_key key = load_key(from);
	struct sea_frag_queue *q = from->err ? NULL : sea_frag_queue_new(t, &key);

	if (!q) {
		sea_load_fail(from, -ENOMEM);
		return;
	}
	q->peer->serial = sea_load_u32(from);
	q->serial = sea_load_u32(from);
	sea_load_timer(from, t->stack, &q->timer);
	q->ifindex = (int)sea_load_u32(from);
	q->end = sea_load_count(from, UINT16_MAX);
	q->last_in = sea_load_u8(from);
	q->ecn_seen = sea_load_u8(from);
	q->before = sea_load_u16(from);
	q->max = sea_load_u16(from);
	q->max_df = sea_load_u16(from);
	for (uint32_t n = sea_load_count(from, FRAGS_MAX); n && !from->err; n--)
		load_frag(from, q);
	if (!q->highest || q->end < SEA_FRAG_CB(q->highest)->run_end)
		sea_load_fail(from, -EINVAL);
}

void sea_frag_table_load(struct sea_frag_table *t, struct sea_loader *from)
{
	struct sea_siphash_key key;

	sea_load_tag(from, "FRAG");
	key.k0 = sea_load_u64(from);
	key.k1 = sea_load_u64(from);
	if (!from->fresh_secrets)
		t->key = key;
	for (uint32_t n = sea_load_count(from, QUEUES_MAX); n && !from->err; n--)
		load_queue(from, t);
}
