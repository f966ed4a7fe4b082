/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The states of a neighbour (RFC 4861 §7.3, as Linux runs them): what sending to it, hearing from it
 * and time do.
 */
#include "core/sock.h"
#include "ip/ipv4.h"
#include "ip/neigh.h"

static sea_time now_of(const struct sea_neigh *n)
{
	return n->table->stack->shard.now;
}

static int64_t retrans_ns(const struct sea_neigh *n)
{
	return sea_neigh_retrans_ns(n->params);
}

static int64_t delay_ns(const struct sea_neigh *n)
{
	return n->params->delay_first_probe_time * SEA_SEC;
}

/* When a state ends by itself. */
static sea_time deadline(const struct sea_neigh *n)
{
	switch (n->state) {
	case SEA_NUD_INCOMPLETE:
	case SEA_NUD_PROBE:
		return sea_time_add(now_of(n), retrans_ns(n));
	case SEA_NUD_DELAY:
		return sea_time_add(now_of(n), delay_ns(n));
	case SEA_NUD_REACHABLE:
		return sea_time_add(n->confirmed, n->params->reachable_ns);
	default:
		return SEA_TIME_NEVER;
	}
}

static bool is_static(const struct sea_neigh *n)
{
	return n->state & (SEA_NUD_PERMANENT | SEA_NUD_NOARP);
}

void sea_neigh_enter(struct sea_neigh *n, uint8_t state)
{
	struct sea_neigh_table *t = n->table;
	uint8_t was = n->state;

	t->n_dynamic -= sea_neigh_counted(n);
	n->state = state;
	t->n_dynamic += sea_neigh_counted(n);
	n->updated = now_of(n);
	sea_list_remove(&n->lru);
	sea_list_push_back(&t->lru, &n->lru);
	sea_stack_arm(t->stack, &n->timer, deadline(n));
	sea_neigh_raise(n);
	if (!t->ops->failed)
		return;
	if (state == SEA_NUD_FAILED || (state & SEA_NUD_VALID && !(was & SEA_NUD_VALID)))
		t->ops->failed(n, state == SEA_NUD_FAILED);
}

static void enter_and_tell(struct sea_neigh *n, uint8_t state)
{
	sea_neigh_enter(n, state);
	sea_neigh_tell(n, false);
}

/* -- asking -- */

/* An IPv6 router of an IPv4 route (RFC 8950): the packets that go there are IPv4's. */
static bool foreign(const struct sea_neigh *n, struct sea_pkt *pkt)
{
	const uint8_t *first;

	if (!pkt || n->table->ops->family == SEA_AF_INET)
		return false;
	first = sea_pkt_peek(pkt, 1);
	return first && *first >> 4 == 4;
}

/* First the neighbour itself, then whoever watches (app_solicit), then everybody on the link. */
static void solicit(struct sea_neigh *n)
{
	int probe = n->probes++ - n->params->ucast_solicit;
	struct sea_pkt *cause = n->pending.head;

	if (probe >= 0 && probe < n->params->app_solicit)
		sea_neigh_raise(n);
	else
		n->table->ops->solicit(n, foreign(n, cause) ? NULL : cause, probe < 0);
}

/* Nobody answered: each packet's sender is told. The error may come back here for this very entry. */
static void give_up(struct sea_neigh *n, bool tell)
{
	struct sea_pktq failed;
	struct sea_pkt *pkt;

	sea_pktq_init(&failed);
	sea_pktq_splice(&failed, &n->pending);
	n->pending_bytes = 0;
	if (n->refs > 1) /* who holds on to it may find another way now */
		sea_stack_routes_changed(n->table->stack);
	n->refs++;
	sea_neigh_enter(n, SEA_NUD_FAILED);
	if (tell)
		sea_neigh_tell(n, false);
	while ((pkt = sea_pktq_pop(&failed)))
		(foreign(n, pkt) ? &sea_arp_neigh_ops : n->table->ops)->error(n, pkt);
	sea_neigh_put(n);
}

static int max_probes(const struct sea_neigh *n)
{
	const struct sea_neigh_params *p = n->params;

	return p->ucast_solicit + p->app_solicit +
	       (n->state == SEA_NUD_PROBE ? p->mcast_resolicit : p->mcast_solicit);
}

/* -- time -- */

static void reachable_ends(struct sea_neigh *n, sea_time now)
{
	if (sea_time_before(now, deadline(n)))
		sea_stack_arm(n->table->stack, &n->timer, deadline(n)); /* confirmed meanwhile */
	else if (!sea_time_before(sea_time_add(n->used, delay_ns(n)), now))
		sea_neigh_enter(n, SEA_NUD_DELAY); /* nobody's news, as on Linux */
	else
		enter_and_tell(n, SEA_NUD_STALE);
}

static void delay_ends(struct sea_neigh *n, sea_time now)
{
	if (!sea_time_before(sea_time_add(n->confirmed, delay_ns(n)), now)) {
		enter_and_tell(n, SEA_NUD_REACHABLE);
		return;
	}
	n->probes = 0;
	sea_neigh_enter(n, SEA_NUD_PROBE);
	if (max_probes(n) > 0) {
		sea_neigh_tell(n, false);
		solicit(n);
	} else {
		give_up(n, true);
	}
}

static void retransmit(struct sea_neigh *n)
{
	if (n->probes >= max_probes(n)) {
		give_up(n, true);
		return;
	}
	sea_stack_arm(n->table->stack, &n->timer, deadline(n));
	solicit(n);
}

void sea_neigh_timer_fire(struct sea_timer *timer, sea_time now)
{
	struct sea_neigh *n = sea_container(timer, struct sea_neigh, timer);

	switch (n->state) {
	case SEA_NUD_REACHABLE:
		reachable_ends(n, now);
		break;
	case SEA_NUD_DELAY:
		delay_ends(n, now);
		break;
	case SEA_NUD_INCOMPLETE:
	case SEA_NUD_PROBE:
		retransmit(n);
		break;
	default:
		break;
	}
}

/* -- sending -- */

/* The oldest make room, as on Linux. */
static void make_room(struct sea_neigh *n, uint32_t want)
{
	uint32_t max = (uint32_t)n->params->unres_qlen_bytes;
	struct sea_pkt *old;

	while (n->pending_bytes + want > max && (old = sea_pktq_pop(&n->pending))) {
		n->pending_bytes -= sea_truesize_rx(old);
		sea_pkt_drop(n->table->stack, old, SEA_DROP_NEIGH_QUEUE_FULL);
	}
}

static void wait_for_address(struct sea_neigh *n, struct sea_pkt *pkt)
{
	if (!sea_pkt_settle(pkt, true)) {
		sea_pkt_drop(n->table->stack, pkt, SEA_DROP_IP_NO_MEMORY);
		return;
	}
	make_room(n, sea_truesize_rx(pkt));
	n->pending_bytes += sea_truesize_rx(pkt);
	sea_pktq_push(&n->pending, pkt);
}

static void start_asking(struct sea_neigh *n)
{
	n->probes = (uint8_t)n->params->ucast_solicit;
	sea_neigh_enter(n, SEA_NUD_INCOMPLETE);
	if (n->probes < max_probes(n))
		solicit(n);
	else
		give_up(n, false);
}

void sea_neigh_probe(struct sea_neigh *n)
{
	if (n->state == SEA_NUD_NONE || n->state == SEA_NUD_FAILED)
		start_asking(n);
	else if (n->state == SEA_NUD_STALE)
		sea_neigh_enter(n, SEA_NUD_DELAY);
}

static void transmit(struct sea_neigh *n, struct sea_pkt *pkt)
{
	uint16_t ethertype = foreign(n, pkt) ? SEA_ETHERTYPE_IPV4 : n->table->ethertype;

	(void)sea_link_output(n->link, pkt, &n->mac, ethertype);
}

void sea_neigh_output_slow(struct sea_neigh *n, struct sea_pkt *pkt)
{
	if (n->dead) {
		sea_pkt_drop(n->table->stack, pkt, SEA_DROP_NEIGH_FAILED);
	} else if (n->state == SEA_NUD_STALE) {
		sea_neigh_enter(n, SEA_NUD_DELAY);
		transmit(n, pkt);
	} else {
		wait_for_address(n, pkt);
		if (n->state != SEA_NUD_INCOMPLETE)
			start_asking(n);
	}
}

/* -- hearing -- */

static void send_pending(struct sea_neigh *n)
{
	struct sea_pkt *pkt;

	n->pending_bytes = 0;
	while ((pkt = sea_pktq_pop(&n->pending)))
		transmit(n, pkt);
}

/* Which state the news leads to; 0: it is not believed. */
static uint8_t judge(const struct sea_neigh *n, bool same_mac, uint8_t state, unsigned flags)
{
	if (!(n->state & SEA_NUD_VALID))
		return state;
	if (!same_mac)
		return flags & SEA_NEIGH_OVERRIDE ? state : 0;
	return state == SEA_NUD_STALE && !(flags & SEA_NEIGH_ADMIN) ? n->state : state;
}

static bool may_change(const struct sea_neigh *n, const struct sea_mac *mac, unsigned flags)
{
	if (n->dead || (is_static(n) && !(flags & SEA_NEIGH_ADMIN)))
		return false;
	return mac || n->state & SEA_NUD_VALID;
}

static void take_mac(struct sea_neigh *n, const struct sea_mac *mac, uint8_t state)
{
	n->mac = *mac;
	n->updated = now_of(n);
	if (!(state & SEA_NUD_CONNECTED))
		n->confirmed = sea_time_add(n->updated,
					    -2 * (n->params->base_reachable_time_ms * SEA_MSEC));
}

/* False: it was one already, or was none. */
static bool set_role(struct sea_neigh *n, bool router)
{
	uint16_t flags = n->flags & (uint16_t)~SEA_NTF_ROUTER;

	if (router)
		flags |= SEA_NTF_ROUTER;
	if (flags == n->flags)
		return false;
	sea_neigh_set_flags(n, flags);
	return true;
}

static void disbelieve(struct sea_neigh *n, unsigned flags)
{
	if (flags & SEA_NEIGH_WEAK_OVERRIDE && n->state & SEA_NUD_CONNECTED)
		enter_and_tell(n, SEA_NUD_STALE);
	else if (flags & SEA_NEIGH_CHANGED)
		sea_neigh_tell(n, false);
}

void sea_neigh_update(struct sea_neigh *n, const struct sea_mac *mac, uint8_t state, unsigned flags)
{
	bool same_mac = !mac || sea_mac_equal(mac, &n->mac), was_valid = n->state & SEA_NUD_VALID;
	bool news = flags & SEA_NEIGH_CHANGED;

	if (!may_change(n, mac, flags))
		return;
	if (state & SEA_NUD_CONNECTED)
		n->confirmed = now_of(n);
	state = judge(n, same_mac, state, flags);
	if (!state) {
		disbelieve(n, flags);
		return;
	}
	if (flags & SEA_NEIGH_ROLE)
		news |= set_role(n, flags & SEA_NEIGH_ROUTER);
	if (!same_mac)
		take_mac(n, mac, state);
	if (state == SEA_NUD_PROBE)
		n->probes = 0;
	news |= !same_mac || state != n->state;
	if (state != n->state)
		sea_neigh_enter(n, state);
	else if (!same_mac)
		sea_neigh_raise(n);
	if (news)
		sea_neigh_tell(n, false);
	if (!was_valid)
		send_pending(n);
}

/* A store: REACHABLE follows when the state's timer looks. */
void sea_neigh_confirm(struct sea_neigh *n)
{
	n->confirmed = now_of(n);
}
