/* SPDX-License-Identifier: Apache-2.0 */
/* How frames flow through a link: in from the wire, out to it, and through its wrappers. */
#include <errno.h>

#include "core/filter.h"
#include "core/link.h"
#include "core/link_kind.h"
#include "core/qdisc.h"
#include "core/sock.h"
#include "core/stack.h"
#include "wire/tcp.h"

/* -- in -- */

void sea_link_deliver(struct sea_link *link, struct sea_pkt *pkt)
{
	struct sea_stack *stack = link->stack;

	for (unsigned i = 0; i < SEA_NET_PROTOS_MAX && stack->net_protos[i]; i++) {
		if (stack->net_protos[i]->ethertype == pkt->protocol) {
			pkt->off_net = sea_pkt_offset(pkt);
			stack->net_protos[i]->input(stack, pkt);
			return;
		}
	}
	sea_pkt_drop(stack, pkt, SEA_DROP_LINK_PROTOCOL);
}

void sea_link_receive(struct sea_link *link, struct sea_pktq *batch)
{
	struct sea_pkt *pkt, *next;

	if (__builtin_expect(link->ingress != NULL, 0))
		sea_filter_receive(link, batch);
	pkt = batch->head;
	sea_pktq_init(batch);
	for (; pkt; pkt = next) {
		next = pkt->next;
		pkt->next = NULL;
		if (sea_link_running(link))
			link->framing->input(link, pkt);
		else
			sea_pkt_drop(link->stack, pkt, SEA_DROP_LINK_DOWN);
	}
}

/* Runs the wrappers inward from `node` (the first to run) to the stack. */
static void rx_from(struct sea_link *link, struct sea_list *node, struct sea_pktq *batch,
		    sea_time now)
{
	for (; node != &link->wrappers; node = node->prev) {
		struct sea_wrapper *w = sea_container(node, struct sea_wrapper, node);

		if (w->ops->rx)
			w->ops->rx(w, batch, now);
	}
	sea_link_receive(link, batch);
}

void sea_link_receive_wire(struct sea_link *link, struct sea_pktq *batch)
{
	struct sea_link_stats *s = &link->stats;

	s->rx_packets += batch->n;
	s->rx_bytes += batch->bytes;
	rx_from(link, link->wrappers.prev, batch, link->stack->shard.now);
}

void sea_link_input(struct sea_link *link, struct sea_pkt **pkts, unsigned n, sea_time now)
{
	struct sea_stack *stack = link->stack;
	struct sea_pktq batch;

	sea_stack_enter(stack, now);
	sea_pktq_init(&batch);
	for (unsigned i = 0; i < n; i++) {
		pkts[i]->link = link;
		pkts[i]->time = stack->shard.now;
		sea_pktq_push(&batch, pkts[i]);
	}
	sea_link_receive_wire(link, &batch);
	sea_stack_leave(stack);
}

void sea_link_reject(struct sea_link *link, struct sea_pkt *pkt, unsigned reason, sea_time now)
{
	sea_stack_enter(link->stack, now);
	link->stats.rx_errors++;
	sea_pkt_drop(link->stack, pkt, (enum sea_drop)reason);
	sea_stack_leave(link->stack);
}

/* A link's own bound, or the stack's. */
static bool input_full(const struct sea_link *link)
{
	if (link->input_max)
		return link->input.n >= link->input_max;
	return (int64_t)link->input.n >= link->stack->sysctl.netdev_max_backlog;
}

bool sea_link_queue_input(struct sea_link *link, struct sea_pkt *pkt)
{
	if (input_full(link))
		return false;
	pkt->link = link;
	pkt->time = link->stack->shard.now;
	sea_pktq_push(&link->input, pkt);
	if (!sea_list_linked(&link->rx_node))
		sea_list_push_back(&link->stack->shard.rx_links, &link->rx_node);
	return true;
}

/* -- out -- */

static bool has_output(const struct sea_link *link)
{
	return link->ready.head || link->queue.kind->ready(link->queue.state);
}

/* Something was queued. */
static void list_queued(struct sea_link *link)
{
	struct sea_shard *shard = &link->stack->shard;

	if (!link->tx_stalled && !sea_list_linked(&link->tx_node))
		sea_list_push_back(link->pump ? &shard->pump_links : &shard->tx_links,
				   &link->tx_node);
}

void sea_link_wake(struct sea_link *link)
{
	list_queued(link);
}

/* Lists the link where its output is looked for, or takes it off. */
static void list_output(struct sea_link *link)
{
	if (has_output(link) && !link->tx_stalled)
		list_queued(link);
	else
		sea_list_remove(&link->tx_node);
}

static int refuse(struct sea_link *link, struct sea_pkt *pkt, enum sea_drop reason, int err)
{
	link->stats.tx_dropped++;
	sea_pkt_drop(link->stack, pkt, reason);
	return err;
}

/* What a frame may hold behind its link header; super-segments count by their segments. */
static bool too_big(const struct sea_link *link, const struct sea_pkt *pkt)
{
	return pkt->len > link->mtu && pkt->gso_type == SEA_GSO_NONE;
}

static inline int push(struct sea_link *link, struct sea_pkt *pkt, const struct sea_mac *dst,
		       uint16_t ethertype)
{
	if (__builtin_expect(link->framing == &sea_framing_ether, 1))
		return sea_ether_push(link, pkt, dst, ethertype);
	return link->framing->push(link, pkt, dst, ethertype);
}

static inline int enqueue(struct sea_link *link, struct sea_pkt *pkt)
{
	if (!link->queue.kind->enqueue(link, link->queue.state,
				       pkt)) /* it counts that, the link does not */
		return -ENOBUFS;
	if (!link->queue.kind->holds_back || link->queue.kind->ready(link->queue.state))
		list_queued(link);
	return 0;
}

int sea_link_enqueue(struct sea_link *link, struct sea_pkt *pkt)
{
	return enqueue(link, pkt);
}

int sea_link_output_frame(struct sea_link *link, struct sea_pkt *pkt)
{
	pkt->link = link;
	if (!sea_link_running(link))
		return refuse(link, pkt, SEA_DROP_LINK_DOWN, link->up ? 0 : -ENETDOWN);
	pkt->off_link = sea_pkt_offset(pkt);
	return link->turn ? link->turn(link, pkt) : enqueue(link, pkt);
}

int sea_link_output(struct sea_link *link, struct sea_pkt *pkt, const struct sea_mac *dst,
		    uint16_t ethertype)
{
	pkt->link = link;
	pkt->protocol = ethertype;
	if (!sea_link_running(link)) /* a missing carrier is not told of, as Linux */
		return refuse(link, pkt, SEA_DROP_LINK_DOWN, link->up ? 0 : -ENETDOWN);
	if (too_big(link, pkt))
		return refuse(link, pkt, SEA_DROP_LINK_TOO_BIG, -EMSGSIZE);
	if (push(link, pkt, dst, ethertype))
		return refuse(link, pkt, SEA_DROP_LINK_NO_MEMORY, -ENOMEM);
	pkt->type = SEA_PKT_OUTGOING;
	if (__builtin_expect(pkt->stamp_sched, 0))
		sea_sock_tx_stamp(link->stack, pkt, SEA_STAMP_SCHED);
	return link->turn ? link->turn(link, pkt) : enqueue(link, pkt);
}

static uint8_t tcp_flags(const struct sea_pkt *pkt)
{
	const struct sea_frag *f = &pkt->frags[0];
	const struct sea_tcp_hdr *tcp = sea_pkt_at(pkt, pkt->csum_start);

	if (pkt->csum_state != SEA_CSUM_PARTIAL || pkt->csum_start < f->off ||
	    pkt->csum_start + sizeof(*tcp) > f->off + f->len)
		return 0;
	return tcp->flags;
}

/*
 * A device repeats the urgent pointer in each segment, and so it would run away. Nor does it keep CWR on any but the
 * first, since it takes it for RFC 3168's: as on Linux none is asked to cut segments of Accurate ECN.
 */
static bool device_cuts_right(const struct sea_link *link, const struct sea_pkt *pkt)
{
	return !(tcp_flags(pkt) & SEA_TCP_URG) && !(pkt->accecn && link->type != SEA_LINK_LOOPBACK);
}

static bool can_segment(struct sea_link *link, const struct sea_pkt *pkt)
{
	if (pkt->gso_type == SEA_GSO_NONE)
		return true;
	sea_queue_count_segments(&link->queue, pkt);
	switch (pkt->gso_type) {
	case SEA_GSO_TCP4:
		return (link->features & SEA_LINK_F_TSO4) && device_cuts_right(link, pkt);
	case SEA_GSO_TCP6:
		return (link->features & SEA_LINK_F_TSO6) && device_cuts_right(link, pkt);
	case SEA_GSO_UDP:
		return link->features & SEA_LINK_F_USO;
	default:
		return true;
	}
}

/* What the driver below cannot do is done here: segmentation and checksums. */
static void finish(struct sea_link *link, struct sea_pkt *pkt, struct sea_pktq *batch)
{
	struct sea_stack *stack = link->stack;

	if (!can_segment(link, pkt)) {
		sea_gso_segment(stack, pkt, batch);
		return;
	}
	if (pkt->csum_state == SEA_CSUM_PARTIAL && !(link->features & SEA_LINK_F_TX_CSUM) &&
	    !sea_pkt_csum_finish(pkt, stack->csum)) {
		sea_pkt_drop(stack, pkt, SEA_DROP_LINK_NO_MEMORY);
		return;
	}
	sea_pktq_push(batch, pkt);
}

/* Runs the wrappers outward from `node` (the first to run); the frames are then ready. */
static void tx_from(struct sea_link *link, struct sea_list *node, struct sea_pktq *batch,
		    sea_time now)
{
	for (; node != &link->wrappers; node = node->next) {
		struct sea_wrapper *w = sea_container(node, struct sea_wrapper, node);

		if (w->ops->tx)
			w->ops->tx(w, batch, now);
	}
	sea_pktq_splice(&link->ready, batch);
}

static void fill_ready(struct sea_link *link, unsigned want, sea_time now)
{
	struct sea_pktq batch;
	struct sea_pkt *pkt;
	uint64_t bytes = 0;
	unsigned i;

	sea_pktq_init(&batch);
	for (i = 0; i < want; i++) {
		pkt = link->queue.kind->dequeue(link, link->queue.state);
		if (!pkt)
			break;
		bytes += pkt->len;
		finish(link, pkt, &batch);
	}
	link->queue.sent.packets += i;
	link->queue.sent.bytes += bytes;
	if (batch.head)
		tx_from(link, link->wrappers.next, &batch, now);
}

/* Up to `max` frames stand ready then. */
static void make_ready(struct sea_link *link, unsigned max, sea_time now)
{
	link->tx_stalled = false;
	if (link->ready.n < max)
		fill_ready(link, max - link->ready.n, now);
}

static struct sea_pkt *take_ready(struct sea_link *link)
{
	struct sea_pkt *pkt = sea_pktq_pop(&link->ready);

	if (pkt && !pkt->requeued) {
		link->stats.tx_packets++;
		link->stats.tx_bytes += pkt->len;
	}
	return pkt;
}

unsigned sea_link_take_batch(struct sea_link *link, struct sea_pktq *out, unsigned max,
			     sea_time now)
{
	struct sea_pkt *pkt;
	unsigned n = 0;

	for (make_ready(link, max, now); n < max && (pkt = take_ready(link)); n++)
		sea_pktq_push(out, pkt);
	list_output(link);
	return n;
}

unsigned sea_link_take_tx(struct sea_link *link, struct sea_pkt **pkts, unsigned max, sea_time now)
{
	unsigned n = 0;

	sea_stack_enter(link->stack, now);
	make_ready(link, max, link->stack->shard.now);
	while (n < max && (pkts[n] = take_ready(link)))
		n++;
	list_output(link);
	sea_stack_leave(link->stack);
	return n;
}

void sea_link_return_tx(struct sea_link *link, struct sea_pkt **pkts, unsigned n)
{
	link->queue.sent.requeues += n;
	while (n) {
		struct sea_pkt *pkt = pkts[--n];

		pkt->requeued = true;
		sea_pktq_push_front(&link->ready, pkt);
	}
	link->tx_stalled = true;
	list_output(link);
}

/* -- turned round -- */

#define TURN_BATCH 64

static void turn_queued(struct sea_link *link, sea_time now)
{
	struct sea_pkt *pkt;

	(void)now;
	for (unsigned i = 0; i < TURN_BATCH; i++) {
		pkt = link->queue.kind->dequeue(link, link->queue.state);
		if (!pkt)
			break;
		sea_queue_count(link, &link->queue, pkt);
		(void)link->framing->turn(link, pkt);
	}
	list_output(link);
}

bool sea_link_is_turned(const struct sea_link *link)
{
	return link->framing->turn && (!link->queue.handle || link->queue.kind->unqueued);
}

void sea_link_set_turn(struct sea_link *link)
{
	const struct sea_filters *filters = sea_filters_of(link);

	if (filters && filters->out.first)
		link->turn = sea_filter_output;
	else
		link->turn = sea_link_is_turned(link) ? link->framing->turn : NULL;
}

void sea_link_turn_by_queue(struct sea_link *link, bool queued)
{
	sea_list_remove(&link->tx_node);
	sea_link_set_turn(link);
	if (!link->kind || !link->kind->xmit) /* else sea_link_pump(), always */
		link->pump = queued ? turn_queued : NULL;
}

struct sea_link *sea_stack_next_tx(struct sea_stack *stack)
{
	struct sea_list *links = &stack->shard.tx_links, *node = sea_list_first(links);

	if (!node)
		return NULL;
	sea_list_remove(node);
	sea_list_push_back(links, node);
	return sea_container(node, struct sea_link, tx_node);
}

/* -- wrappers -- */

void sea_wrapper_attach(struct sea_wrapper *wrapper, struct sea_link *link,
			const struct sea_wrapper_ops *ops)
{
	wrapper->ops = ops;
	wrapper->link = link;
	sea_list_push_back(&link->wrappers, &wrapper->node);
}

void sea_wrapper_pass_rx(struct sea_wrapper *wrapper, struct sea_pktq *batch, sea_time now)
{
	rx_from(wrapper->link, wrapper->node.prev, batch, now);
}

void sea_wrapper_pass_tx(struct sea_wrapper *wrapper, struct sea_pktq *batch, sea_time now)
{
	tx_from(wrapper->link, wrapper->node.next, batch, now);
	list_output(wrapper->link);
}

void sea_wrapper_remove(struct sea_wrapper *wrapper, sea_time now)
{
	struct sea_stack *stack = wrapper->link->stack;

	sea_stack_enter(stack, now);
	sea_list_remove(&wrapper->node);
	wrapper->ops->free(wrapper);
	sea_stack_leave(stack);
}
