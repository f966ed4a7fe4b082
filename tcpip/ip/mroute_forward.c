/* SPDX-License-Identifier: Apache-2.0 */
/* Multicast packets that have a route: did they come in where they should, and where do they go? */
#include "ip/mroute.h"

void sea_mrouter_stop(struct sea_mrouter *mr, struct sea_pkt *pkt, bool here, enum sea_drop why)
{
	if (here || pkt->type == SEA_PKT_LOOPBACK)
		sea_pkt_free(pkt);
	else
		sea_pkt_drop(mr->stack, pkt, why);
}

static bool is_any(const struct sea_ipaddr *a)
{
	static const struct sea_ipaddr any;

	return sea_ipaddr_equal(a, &any);
}

/* A packet, and what was found out about it. */
struct passage {
	struct sea_pkt *pkt;
	struct sea_mroute_entry *e;
	struct sea_mroute_key key;
	uint8_t ttl;
	int vif; /* that it came in by */
	bool here;
};

/* -- the way in -- */

static void came_wrong(struct sea_mrouter *mr, struct passage *p)
{
	struct sea_mroute_entry *e = p->e;
	sea_time now = mr->stack->shard.now;
	bool own = p->pkt->type == SEA_PKT_LOOPBACK && mr->ops->own_may_be_wrong;

	if (!own) {
		e->wrong_vif++;
		if (mr->tell_wrong_vif && p->vif >= 0 && e->ttls[p->vif] != SEA_MROUTE_NOT_OUT &&
		    now.ns >= e->quiet_until.ns) {
			e->quiet_until = sea_time_add(now, SEA_MROUTE_WRONGVIF_EVERY);
			if (!sea_mrouter_tell(mr, SEA_MROUTE_WRONGVIF, &p->key, p->vif))
				sea_stack_count(mr->stack, SEA_MIB_SeaMrouteUpcallsLost);
		}
	}
	sea_mrouter_stop(mr, p->pkt, p->here, SEA_DROP_IP_MROUTE_WRONG_VIF);
}

/* A shared tree is entered by any of its vifs, one of a source by its parent alone. */
static bool came_right(const struct sea_mrouter *mr, const struct passage *p)
{
	const struct sea_mroute_entry *e = p->e;

	if (mr->vifs[e->parent].link == p->pkt->link)
		return true;
	return is_any(&e->key.src) && p->vif >= 0 && sea_mrouter_in_tree(mr, e->parent, p->vif);
}

/* -- the way out -- */

static void send_by(struct sea_mrouter *mr, struct sea_pkt *pkt, unsigned vif)
{
	struct sea_mrouter_vif *v = &mr->vifs[vif];
	uint32_t len = pkt->len;

	if (!mr->ops->send(mr->stack, pkt, v->link))
		return;
	v->pkts_out++;
	v->bytes_out += len;
}

/* The vifs that it goes out by, as a set. */
static uint32_t outs_of(const struct sea_mrouter *mr, const struct passage *p)
{
	const struct sea_mroute_entry *e = p->e;
	bool shared = is_any(&e->key.src);
	uint32_t outs = 0;

	for (unsigned i = 0; i < SEA_MROUTE_VIFS; i++)
		if (mr->vifs[i].link && p->ttl > e->ttls[i] && !(shared && (int)i == p->vif))
			outs |= 1u << i;
	if (shared && is_any(&e->key.group)) /* up the tree, never down */
		outs = p->vif == e->parent ? 0 : outs & 1u << e->parent;
	return outs;
}

/* The last one gets the packet itself. One that has no memory for a copy misses it. */
static void send_all(struct sea_mrouter *mr, struct passage *p, uint32_t outs)
{
	struct sea_pkt *copy;

	for (; outs & (outs - 1); outs &= ~(1u << (31 - __builtin_clz(outs)))) {
		copy = sea_pkt_clone(p->pkt, &mr->stack->shard.pool);
		if (copy)
			send_by(mr, copy, 31u - (unsigned)__builtin_clz(outs));
	}
	if (outs)
		send_by(mr, p->pkt, (unsigned)__builtin_ctz(outs));
	else
		sea_mrouter_stop(mr, p->pkt, p->here, SEA_DROP_IP_MROUTE_NOWHERE);
}

static void forward(struct sea_mrouter *mr, struct passage *p)
{
	struct sea_mrouter_vif *in = &mr->vifs[p->e->parent];

	p->e->pkts++;
	p->e->bytes += p->pkt->len;
	p->e->last_used = mr->stack->shard.now;
	if (!came_right(mr, p)) {
		came_wrong(mr, p);
		return;
	}
	in->pkts_in++;
	in->bytes_in += p->pkt->len;
	send_all(mr, p, outs_of(mr, p));
}

void sea_mrouter_forward(struct sea_mrouter *mr, struct sea_pkt *pkt, struct sea_mroute_entry *e,
			 bool here)
{
	struct passage p = {
		.pkt = pkt, .e = e, .vif = sea_mrouter_vif_of(mr, pkt->link), .here = here
	};

	mr->ops->read(pkt, &p.key, &p.ttl);
	forward(mr, &p);
}

void sea_mrouter_input(struct sea_mrouter *mr, struct sea_pkt *pkt, bool here)
{
	struct passage p = { .pkt = pkt, .vif = sea_mrouter_vif_of(mr, pkt->link), .here = here };

	mr->ops->read(pkt, &p.key, &p.ttl);
	p.e = sea_mrouter_find(mr, &p.key, p.vif);
	if (p.e)
		forward(mr, &p);
	else
		sea_mrouter_wait(mr, pkt, &p.key, p.vif, here);
}
