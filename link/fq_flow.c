/* SPDX-License-Identifier: Apache-2.0 */
/* Which packets are of one flow, and how long fq remembers it. */
#include <string.h>

#include "core/stack.h"
#include "link/fq.h"
#include "wire/ether.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"

#define BUCKETS 64u
#define IDLE_MAX 1024u          /* flows without packets that are remembered */
#define FORGET_NS (3 * SEA_SEC) /* Linux's FQ_GC_AGE */
#define FORGET_BATCH 8u
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_DCCP 33
#define PROTO_SCTP 132
#define PROTO_UDPLITE 136

/* -- what makes a flow -- */

struct tuple {
	uint8_t src[16], dst[16];
	uint8_t ports[4];
	uint8_t proto, version;
	uint8_t zero[2];
};

/* `len` bytes of the packet from `off` on, in the terms of off_*; NULL: not in its first piece. */
static const void *bytes_at(const struct sea_pkt *pkt, uint32_t off, uint32_t len)
{
	const struct sea_frag *f = &pkt->frags[0];

	return off >= f->off && off + len <= f->off + f->len ? f->buf->data + off : NULL;
}

static void take_ports(const struct sea_pkt *pkt, uint32_t off, struct tuple *t)
{
	const uint8_t *ports = bytes_at(pkt, off, sizeof(t->ports));

	switch (t->proto) {
	case PROTO_TCP:
	case PROTO_UDP:
	case PROTO_DCCP:
	case PROTO_SCTP:
	case PROTO_UDPLITE:
		if (ports)
			memcpy(t->ports, ports, sizeof(t->ports));
		break;
	default:
		break;
	}
}

/* All fragments of a datagram are of one flow: of none with ports. */
static void take_ip4(const struct sea_pkt *pkt, struct tuple *t)
{
	const struct sea_ipv4_hdr *ip = bytes_at(pkt, pkt->off_net, sizeof(*ip));

	if (!ip)
		return;
	memcpy(t->src, &ip->src, 4);
	memcpy(t->dst, &ip->dst, 4);
	t->proto = ip->proto;
	if (!(sea_be16_get(ip->frag) & (SEA_IPV4_MF | SEA_IPV4_OFFSET)))
		take_ports(pkt, pkt->off_net + (ip->ver_ihl & 15u) * 4u, t);
}

/* Behind extension headers no ports are looked for: there the flow label tells flows apart. */
static void take_ip6(const struct sea_pkt *pkt, struct tuple *t)
{
	const struct sea_ipv6_hdr *ip = bytes_at(pkt, pkt->off_net, sizeof(*ip));

	if (!ip)
		return;
	memcpy(t->src, ip->src, 16);
	memcpy(t->dst, ip->dst, 16);
	t->proto = ip->next;
	if (ip->next == PROTO_TCP || ip->next == PROTO_UDP)
		take_ports(pkt, pkt->off_net + (uint32_t)sizeof(*ip), t);
	else
		memcpy(t->ports, &ip->ver_class_flow, sizeof(t->ports));
}

static uint64_t key_of(const struct fq *q, const struct sea_pkt *pkt)
{
	struct tuple t = { .version = 0 };

	if (pkt->protocol == SEA_ETHERTYPE_IPV4) {
		t.version = 4;
		take_ip4(pkt, &t);
	} else if (pkt->protocol == SEA_ETHERTYPE_IPV6) {
		t.version = 6;
		take_ip6(pkt, &t);
	}
	return sea_siphash13(&q->key, &t, sizeof(t));
}

/* -- flows -- */

static void forget(struct fq *q, struct fq_flow *flow)
{
	sea_list_remove(&flow->node);
	q->n_idle--;
	sea_htable_remove(&q->flows, &flow->hnode);
	sea_pool_free(q->flows.pool, flow, sizeof(*flow));
}

/* A few of those that were silent for long, so that what is known stays in proportion. */
static void forget_some(struct fq *q, sea_time now)
{
	struct sea_list *node;

	for (unsigned i = 0; i < FORGET_BATCH && (node = sea_list_first(&q->idle)); i++) {
		struct fq_flow *flow = sea_container(node, struct fq_flow, node);

		if (sea_time_diff(now, flow->idle_since) < FORGET_NS)
			break;
		forget(q, flow);
	}
}

static struct fq_flow *find(const struct fq *q, uint64_t key)
{
	struct sea_hnode *h = sea_htable_first(&q->flows, (uint32_t)key);

	for (; h; h = sea_hnode_next(h))
		if (sea_container(h, struct fq_flow, hnode)->key == key)
			return sea_container(h, struct fq_flow, hnode);
	return NULL;
}

static struct fq_flow *make(struct fq *q, uint64_t key)
{
	struct fq_flow *flow = sea_pool_zalloc(q->flows.pool, sizeof(*flow));

	if (!flow)
		return NULL;
	flow->key = key;
	sea_list_init(&flow->node);
	if (sea_htable_insert(&q->flows, &flow->hnode, (uint32_t)key)) {
		sea_pool_free(q->flows.pool, flow, sizeof(*flow));
		return NULL;
	}
	flow->credit = q->config.initial_quantum;
	flow->place = FQ_DETACHED;
	flow->idle_since = q->link->stack->shard.now;
	sea_list_push_back(&q->idle, &flow->node);
	q->n_idle++;
	return flow;
}

struct fq_flow *sea_fq_classify(struct fq *q, struct sea_pkt *pkt)
{
	uint64_t key = key_of(q, pkt);
	struct fq_flow *flow = find(q, key);

	if (flow)
		return flow;
	forget_some(q, q->link->stack->shard.now);
	flow = make(q, key);
	return flow ? flow : &q->internal;
}

void sea_fq_flow_idle(struct fq *q, struct fq_flow *flow, sea_time now)
{
	flow->place = FQ_DETACHED;
	flow->idle_since = now;
	if (flow == &q->internal)
		return;
	sea_list_push_back(&q->idle, &flow->node);
	if (++q->n_idle > IDLE_MAX)
		forget(q, sea_container(sea_list_first(&q->idle), struct fq_flow, node));
}

void sea_fq_flow_wake(struct fq *q, struct fq_flow *flow)
{
	if (flow == &q->internal)
		return;
	sea_list_remove(&flow->node);
	q->n_idle--;
}

void sea_fq_flows_fini(struct fq *q)
{
	struct sea_hnode *h;
	uint64_t cursor = 0;

	while ((h = sea_htable_walk(&q->flows, &cursor))) {
		struct fq_flow *flow = sea_container(h, struct fq_flow, hnode);

		sea_list_remove(&flow->node);
		sea_htable_remove(&q->flows, h);
		sea_pool_free(q->flows.pool, flow, sizeof(*flow));
	}
	sea_htable_fini(&q->flows);
}
