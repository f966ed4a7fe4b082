/* SPDX-License-Identifier: Apache-2.0 */
/* Multicast packets that wait for a route, and what the daemon is told. */
#include "ip/mroute.h"

#include <string.h>

/* -- upcalls -- */

static void raise_event(struct sea_mrouter *mr)
{
	mr->stack->shard.mroute_events |= mr->ops->family == SEA_AF_INET ? SEA_MROUTE_EVENT_IPV4
									 : SEA_MROUTE_EVENT_IPV6;
}

bool sea_mrouter_tell(struct sea_mrouter *mr, enum sea_mroute_upcall_kind kind,
		      const struct sea_mroute_key *key, int vif)
{
	unsigned at = (mr->first_upcall + mr->n_upcalls) % SEA_MROUTE_UPCALLS_MAX;

	if (mr->n_upcalls == SEA_MROUTE_UPCALLS_MAX)
		return false;
	mr->upcalls[at] = (struct sea_mrouter_upcall){ .kind = (uint8_t)kind,
						       .vif = (uint8_t)vif,
						       .key = *key };
	mr->n_upcalls++;
	raise_event(mr);
	return true;
}

bool sea_mrouter_take(struct sea_mrouter *mr, struct sea_mrouter_upcall *upcall)
{
	if (!mr->n_upcalls)
		return false;
	*upcall = mr->upcalls[mr->first_upcall];
	mr->first_upcall = (uint16_t)((mr->first_upcall + 1) % SEA_MROUTE_UPCALLS_MAX);
	mr->n_upcalls--;
	return true;
}

/* -- lists of those who wait -- */

static struct sea_mroute_waiting *waiting_of(struct sea_list *node)
{
	return sea_container(node, struct sea_mroute_waiting, node);
}

static struct sea_mroute_waiting *find(const struct sea_mrouter *mr,
				       const struct sea_mroute_key *key)
{
	struct sea_list *node, *tmp;

	SEA_LIST_EACH(node, tmp, &mr->waiting)
	{
		struct sea_mroute_waiting *w = waiting_of(node);

		if (sea_ipaddr_equal(&w->key.group, &key->group) &&
		    sea_ipaddr_equal(&w->key.src, &key->src))
			return w;
	}
	return NULL;
}

struct sea_mroute_waiting *sea_mrouter_wait_new(struct sea_mrouter *mr,
						const struct sea_mroute_key *key)
{
	struct sea_mroute_waiting *w = sea_pool_zalloc(&mr->stack->shard.pool, sizeof(*w));

	if (!w)
		return NULL;
	w->key = *key;
	w->expires = sea_time_add(mr->stack->shard.now, SEA_MROUTE_WAIT);
	sea_pktq_init(&w->pkts);
	sea_list_push_back(&mr->waiting, &w->node);
	mr->n_waiting++;
	return w;
}

/* Takes the packets over. */
static void end(struct sea_mrouter *mr, struct sea_mroute_waiting *w, struct sea_pktq *pkts)
{
	sea_pktq_init(pkts);
	sea_pktq_splice(pkts, &w->pkts);
	sea_list_remove(&w->node);
	mr->n_waiting--;
	sea_pool_free(&mr->stack->shard.pool, w, sizeof(*w));
}

/* -- in -- */

static void rearm(struct sea_mrouter *mr)
{
	struct sea_list *first = sea_list_first(&mr->waiting);

	if (first)
		sea_stack_arm(mr->stack, &mr->timer, waiting_of(first)->expires);
	else
		sea_timer_cancel(&mr->timer);
}

/* Who is to be told must be told first: what nobody knows of would wait in vain. */
static struct sea_mroute_waiting *begin(struct sea_mrouter *mr, const struct sea_mroute_key *key,
					int vif, enum sea_drop *why)
{
	struct sea_mroute_waiting *w;

	*why = SEA_DROP_IP_MROUTE_UPCALLS;
	if (mr->n_waiting >= SEA_MROUTE_WAITING_MAX || mr->n_upcalls == SEA_MROUTE_UPCALLS_MAX)
		return NULL;
	*why = SEA_DROP_IP_NO_MEMORY;
	w = sea_mrouter_wait_new(mr, key);
	if (!w)
		return NULL;
	(void)sea_mrouter_tell(mr, SEA_MROUTE_NOCACHE, key, vif); /* there is room */
	sea_mrouter_news(mr, NULL, key, false);
	*why = SEA_DROP_N;
	return w;
}

static void push(struct sea_mroute_waiting *w, struct sea_pkt *pkt, bool here)
{
	struct sea_mroute_cb *cb = SEA_PKT_CB_AS(pkt, struct sea_mroute_cb);

	memset(pkt->cb, 0, sizeof(pkt->cb));
	cb->ifindex = pkt->link->ifindex;
	cb->here = here || pkt->type == SEA_PKT_LOOPBACK;
	sea_pktq_push(&w->pkts, pkt);
}

void sea_mrouter_wait(struct sea_mrouter *mr, struct sea_pkt *pkt, const struct sea_mroute_key *key,
		      int vif, bool here)
{
	struct sea_mroute_waiting *w = find(mr, key);
	enum sea_drop why = SEA_DROP_N;

	if (!w)
		w = begin(mr, key, vif, &why);
	if (w && w->pkts.n >= SEA_MROUTE_QUEUE_MAX)
		why = SEA_DROP_IP_MROUTE_QUEUE;
	else if (w && !sea_pkt_settle(pkt, true))
		why = SEA_DROP_IP_NO_MEMORY;
	if (w && why == SEA_DROP_N)
		push(w, pkt, here);
	else
		sea_mrouter_stop(mr, pkt, here, why);
	rearm(mr);
}

/* -- out -- */

void sea_mrouter_release(struct sea_mrouter *mr, struct sea_mroute_entry *e)
{
	struct sea_mroute_waiting *w = find(mr, &e->key);
	struct sea_pktq pkts;
	struct sea_pkt *pkt;

	if (!w)
		return;
	end(mr, w, &pkts);
	rearm(mr);
	while ((pkt = sea_pktq_pop(&pkts)))
		sea_mrouter_forward(mr, pkt, e, SEA_PKT_CB_AS(pkt, struct sea_mroute_cb)->here);
}

static void drop_all(struct sea_mrouter *mr, struct sea_pktq *pkts, enum sea_drop why)
{
	struct sea_pkt *pkt;

	while ((pkt = sea_pktq_pop(pkts)))
		sea_mrouter_stop(mr, pkt, SEA_PKT_CB_AS(pkt, struct sea_mroute_cb)->here, why);
}

static void expire(struct sea_timer *timer, sea_time now)
{
	struct sea_mrouter *mr = sea_container(timer, struct sea_mrouter, timer);
	struct sea_pktq pkts;
	struct sea_list *first;

	while ((first = sea_list_first(&mr->waiting)) && waiting_of(first)->expires.ns <= now.ns) {
		sea_mrouter_news(mr, NULL, &waiting_of(first)->key, true);
		end(mr, waiting_of(first), &pkts);
		drop_all(mr, &pkts, SEA_DROP_IP_MROUTE_TIMEOUT);
	}
	rearm(mr);
}

/* What came in by the link; those who came in by others go on waiting. */
static void flush_link(struct sea_mrouter *mr, struct sea_mroute_waiting *w,
		       const struct sea_link *link, enum sea_drop why)
{
	struct sea_pktq all;
	struct sea_pkt *pkt;

	sea_pktq_init(&all);
	sea_pktq_splice(&all, &w->pkts);
	while ((pkt = sea_pktq_pop(&all))) {
		if (pkt->link == link)
			sea_mrouter_stop(mr, pkt, SEA_PKT_CB_AS(pkt, struct sea_mroute_cb)->here,
					 why);
		else
			sea_pktq_push(&w->pkts, pkt);
	}
}

void sea_mrouter_wait_flush(struct sea_mrouter *mr, const struct sea_link *link, enum sea_drop why)
{
	struct sea_list *node, *tmp;
	struct sea_pktq pkts;

	SEA_LIST_EACH(node, tmp, &mr->waiting)
	{
		if (link) {
			flush_link(mr, waiting_of(node), link, why);
		} else {
			sea_mrouter_news(mr, NULL, &waiting_of(node)->key, true);
			end(mr, waiting_of(node), &pkts);
			drop_all(mr, &pkts, why);
		}
	}
	rearm(mr);
}

void sea_mrouter_wait_init(struct sea_mrouter *mr)
{
	sea_list_init(&mr->waiting);
	sea_timer_init(&mr->timer, expire);
}
