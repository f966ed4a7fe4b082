/* SPDX-License-Identifier: Apache-2.0 */
/* Queues of fragments: found by key, charged to their peer, their packets in runs by offset. */
#include "ip/frag.h"

#include "core/link.h"

static void expire(struct sea_timer *timer, sea_time now);

/* -- peers -- */

static struct sea_frag_peer *find_peer(const struct sea_frag_table *t, const uint8_t addr[8],
				       uint32_t hash)
{
	struct sea_hnode *node = sea_htable_first(&t->peers, hash);

	for (; node; node = sea_hnode_next(node)) {
		struct sea_frag_peer *p = sea_container(node, struct sea_frag_peer, hnode);

		if (memcmp(p->addr, addr, sizeof(p->addr)) == 0)
			return p;
	}
	return NULL;
}

static struct sea_frag_peer *get_peer(struct sea_frag_table *t, const struct sea_ipaddr *src)
{
	uint8_t addr[8] = { 0 };
	uint32_t hash;
	struct sea_frag_peer *p;

	memcpy(addr, src->b, t->family->peer_len);
	hash = (uint32_t)sea_siphash13(&t->key, addr, sizeof(addr));
	p = find_peer(t, addr, hash);
	if (!p) {
		p = sea_pool_zalloc(&t->stack->shard.pool, sizeof(*p));
		if (!p)
			return NULL;
		memcpy(p->addr, addr, sizeof(addr));
		if (sea_htable_insert(&t->peers, &p->hnode, hash)) {
			sea_pool_free(&t->stack->shard.pool, p, sizeof(*p));
			return NULL;
		}
	}
	p->n_queues++;
	return p;
}

static void put_peer(struct sea_frag_table *t, struct sea_frag_peer *p)
{
	if (--p->n_queues)
		return;
	sea_htable_remove(&t->peers, &p->hnode);
	sea_pool_free(&t->stack->shard.pool, p, sizeof(*p));
}

static void charge(struct sea_frag_queue *q, uint32_t bytes)
{
	q->charged += bytes;
	q->peer->charged += bytes;
	q->table->charged += bytes;
}

static void credit(struct sea_frag_queue *q, uint32_t bytes)
{
	q->charged -= bytes;
	q->peer->charged -= bytes;
	q->table->charged -= bytes;
}

/* -- the table -- */

static uint32_t hash_of(const struct sea_frag_table *t, const struct sea_frag_key *key)
{
	return (uint32_t)sea_siphash13(&t->key, key, sizeof(*key));
}

struct sea_frag_queue *sea_frag_queue_find(struct sea_frag_table *t, const struct sea_frag_key *key)
{
	struct sea_hnode *node = sea_htable_first(&t->queues, hash_of(t, key));

	for (; node; node = sea_hnode_next(node)) {
		struct sea_frag_queue *q = sea_container(node, struct sea_frag_queue, hnode);

		if (memcmp(&q->key, key, sizeof(*key)) == 0)
			return q;
	}
	return NULL;
}

static bool enter(struct sea_frag_queue *q)
{
	struct sea_frag_table *t = q->table;

	q->peer = get_peer(t, &q->key.src);
	if (!q->peer)
		return false;
	if (!sea_htable_insert(&t->queues, &q->hnode, hash_of(t, &q->key)))
		return true;
	put_peer(t, q->peer);
	return false;
}

struct sea_frag_queue *sea_frag_queue_new(struct sea_frag_table *t, const struct sea_frag_key *key)
{
	struct sea_frag_queue *q = sea_pool_zalloc(&t->stack->shard.pool, sizeof(*q));

	if (!q)
		return NULL;
	q->table = t;
	q->key = *key;
	sea_rbtree_init(&q->runs);
	sea_timer_init(&q->timer, expire);
	if (!enter(q)) {
		sea_pool_free(&t->stack->shard.pool, q, sizeof(*q));
		return NULL;
	}
	charge(q, t->family->queue_size);
	return q;
}

void sea_frag_queue_free(struct sea_frag_queue *q)
{
	struct sea_frag_table *t = q->table;

	credit(q, q->charged);
	put_peer(t, q->peer);
	sea_timer_remove(&t->stack->shard.timers, &q->timer);
	sea_htable_remove(&t->queues, &q->hnode);
	sea_pool_free(&t->stack->shard.pool, q, sizeof(*q));
}

/* Those that waited are told to captures on the link that the latest came in by, if it is still there. */
void sea_frag_queue_clear(struct sea_frag_queue *q, enum sea_drop why)
{
	struct sea_stack *stack = q->table->stack;
	struct sea_link *link = sea_link_by_index(stack, q->ifindex);
	struct sea_pkt *next, *pkt = sea_frag_queue_take(q);

	for (; pkt; pkt = next) {
		next = pkt->next;
		pkt->link = link;
		sea_pkt_drop(stack, pkt, why);
	}
	credit(q, q->charged - q->table->family->queue_size);
	q->n = q->have = q->end = 0;
	q->max = q->max_df = q->before = 0;
	q->ecn_seen = 0;
	q->first_in = q->last_in = false;
}

static struct sea_pkt *run_of(struct sea_rbnode *node)
{
	struct sea_frag_cb *cb = sea_container(node, struct sea_frag_cb, node);

	return sea_container(cb, struct sea_pkt, cb);
}

/* RFC 1122 §3.3.2, RFC 8200 §4.5: the sender hears of it where the first fragment can be quoted. */
static void expire(struct sea_timer *timer, sea_time now)
{
	struct sea_frag_queue *q = sea_container(timer, struct sea_frag_queue, timer);
	struct sea_frag_table *t = q->table;
	struct sea_link *link = sea_link_by_index(t->stack, q->ifindex);

	(void)now;
	sea_stack_count(t->stack, t->family->fails);
	sea_stack_count(t->stack, t->family->timeout);
	if (q->first_in && link) {
		struct sea_pkt *first = run_of(sea_rb_first(&q->runs));

		first->link = link;
		t->family->expired(t->stack, first);
	}
	sea_frag_queue_clear(q, SEA_DROP_IP_FRAG_TIMEOUT);
	sea_frag_queue_free(q);
}

/* -- runs -- */

/* Behind the packet that ends the run. */
static void extend(struct sea_pkt *run, struct sea_pkt *pkt)
{
	struct sea_frag_cb *cb = SEA_FRAG_CB(run);

	cb->tail->next = pkt;
	cb->tail = pkt;
	cb->run_end = (uint16_t)(cb->run_end + pkt->len);
}

static void open_run(struct sea_frag_queue *q, struct sea_pkt *pkt, struct sea_rbnode *parent,
		     struct sea_rbnode **link)
{
	struct sea_frag_cb *cb = SEA_FRAG_CB(pkt);

	cb->tail = pkt;
	cb->run_end = (uint16_t)(cb->off + pkt->len);
	sea_rb_link(&q->runs, &cb->node, parent, link);
}

static void account(struct sea_frag_queue *q, struct sea_pkt *pkt)
{
	pkt->next = NULL;
	pkt->link = NULL; /* it may be deleted while the fragment waits */
	q->n++;
	q->have += pkt->len;
	charge(q, pkt->charged);
}

void sea_frag_queue_append(struct sea_frag_queue *q, struct sea_pkt *pkt, bool opens)
{
	account(q, pkt);
	if (q->highest && !opens) {
		extend(q->highest, pkt);
		return;
	}
	if (q->highest)
		open_run(q, pkt, &SEA_FRAG_CB(q->highest)->node,
			 &SEA_FRAG_CB(q->highest)->node.right);
	else
		open_run(q, pkt, NULL, &q->runs.root);
	q->highest = pkt;
}

enum sea_frag_place sea_frag_queue_add(struct sea_frag_queue *q, struct sea_pkt *pkt)
{
	uint32_t off = SEA_FRAG_CB(pkt)->off, end = off + pkt->len;
	struct sea_rbnode **link = &q->runs.root, *parent = NULL;

	if (!q->highest || off >= SEA_FRAG_CB(q->highest)->run_end) {
		sea_frag_queue_append(q, pkt, q->highest && off > SEA_FRAG_CB(q->highest)->run_end);
		return SEA_FRAG_ADDED;
	}
	while (*link) {
		const struct sea_frag_cb *run = sea_container(*link, struct sea_frag_cb, node);

		parent = *link;
		if (end <= run->off)
			link = &parent->left;
		else if (off >= run->run_end)
			link = &parent->right;
		else
			return off >= run->off && end <= run->run_end ? SEA_FRAG_DUPLICATE
								      : SEA_FRAG_OVERLAP;
	}
	account(q, pkt);
	open_run(q, pkt, parent, link);
	return SEA_FRAG_ADDED;
}

struct sea_pkt *sea_frag_queue_take(struct sea_frag_queue *q)
{
	struct sea_pkt *head = NULL, **tail = &head;

	for (struct sea_rbnode *node = sea_rb_first(&q->runs); node; node = sea_rb_next(node)) {
		struct sea_pkt *run = run_of(node);

		*tail = run;
		tail = &SEA_FRAG_CB(run)->tail->next;
	}
	sea_rbtree_init(&q->runs);
	q->highest = NULL;
	return head;
}
