/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Coalescing: which segments of one batch become one super-segment. Only what segmentation would cut
 * the same way again: headers match byte for byte but for length, sequence number, IP id (counting
 * up, or standing still where DF makes it meaningless: RFC 6864), checksum, and PSH and FIN (which end
 * it). CWR that all of them have is Accurate ECN's (pkt->accecn). Nothing is held beyond its batch, and a
 * segment that does not fit its flow ends it, so no two segments of a flow change places.
 */
#include <errno.h>
#include <string.h>

#include "core/gso.h"
#include "core/link.h"
#include "core/stack.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"

/* Flows in one batch; with more, the one that was opened longest ago is given up. */
#define FLOWS_MAX 8u

/* A segment of the batch, its headers contiguous. */
struct segment {
	struct sea_pkt *pkt;
	struct sea_gso_view view;
	uint8_t *head; /* its first byte */
	uint32_t payload;
};

/* What later segments of the batch may be appended to; the packet stands in the output. */
struct flow {
	struct segment first; /* pkt NULL: none */
	uint32_t segs;
	uint16_t size;    /* payload of each but the last */
	uint16_t id_step; /* of the IP id, decided by the second segment */
	bool ended;
};

struct gro {
	struct sea_wrapper wrapper;
	struct flow flows[FLOWS_MAX];
	unsigned next; /* slot to be used next */
};

#define FLAGS_ALONE (SEA_TCP_SYN | SEA_TCP_RST | SEA_TCP_URG)
#define FLAGS_LAST (SEA_TCP_PSH | SEA_TCP_FIN)

static struct sea_ipv4_hdr *ipv4_of(const struct segment *s)
{
	return (void *)(s->head + s->view.net);
}

static struct sea_ipv6_hdr *ipv6_of(const struct segment *s)
{
	return (void *)(s->head + s->view.net);
}

static struct sea_tcp_hdr *tcp_of(const struct segment *s)
{
	return (void *)(s->head + s->view.trans);
}

static bool look(struct sea_link *link, struct sea_pkt *pkt, struct segment *s)
{
	s->pkt = pkt;
	if (!sea_gso_view(pkt, link->framing->hdr_len, &s->view) ||
	    s->view.proto != SEA_IPPROTO_TCP)
		return false;
	s->head = pkt->frags[0].buf->data + pkt->frags[0].off;
	s->payload = s->view.end - s->view.data;
	return true;
}

/* -- what fits -- */

static bool csum_good(struct sea_stack *stack, const struct segment *s)
{
	uint32_t len = s->view.end - s->view.trans, sum;

	if (s->pkt->csum_state == SEA_CSUM_VERIFIED || s->pkt->csum_state == SEA_CSUM_PARTIAL)
		return true;
	if (s->pkt->csum_state != SEA_CSUM_NONE)
		return false;
	sum = sea_csum_add(sea_gso_pseudo(&s->view, s->head + s->view.net, len),
			   sea_pkt_csum(s->pkt, s->view.trans, len, stack->csum));
	if (sea_csum_fold(sum) != 0xffff)
		return false;
	s->pkt->csum_state = SEA_CSUM_VERIFIED;
	return true;
}

/* A plain data segment without IP options and without padding behind it. */
static bool may_coalesce(struct sea_stack *stack, const struct segment *s)
{
	const struct sea_tcp_hdr *tcp = tcp_of(s);

	return s->payload && s->pkt->gso_type == SEA_GSO_NONE && s->view.end == s->pkt->len &&
	       (s->view.v6 || s->view.trans - s->view.net == sizeof(struct sea_ipv4_hdr)) &&
	       (tcp->flags & SEA_TCP_ACK) && !(tcp->flags & FLAGS_ALONE) && csum_good(stack, s);
}

/* Of one connection and direction? */
static bool same_flow(const struct segment *a, const struct segment *b)
{
	const struct sea_tcp_hdr *ta = tcp_of(a), *tb = tcp_of(b);

	if (a->view.v6 != b->view.v6 || memcmp(&ta->src, &tb->src, 4) != 0)
		return false;
	if (a->view.v6)
		return memcmp(ipv6_of(a)->src, ipv6_of(b)->src, 32) == 0;
	return memcmp(&ipv4_of(a)->src, &ipv4_of(b)->src, 8) == 0;
}

static bool id_fits(struct flow *flow, const struct segment *s)
{
	const struct sea_ipv4_hdr *a = ipv4_of(&flow->first), *b = ipv4_of(s);
	uint16_t step = (uint16_t)(sea_be16_get(b->id) - sea_be16_get(a->id));
	bool df = sea_be16_get(a->frag) & SEA_IPV4_DF;

	if (flow->segs == 1) {
		flow->id_step = step;
		return step == 1 || (step == 0 && df);
	}
	return step == (uint16_t)(flow->id_step * flow->segs);
}

static bool ip_fits(struct flow *flow, const struct segment *s)
{
	if (s->view.v6) {
		const struct sea_ipv6_hdr *a = ipv6_of(&flow->first), *b = ipv6_of(s);

		return memcmp(&a->ver_class_flow, &b->ver_class_flow, 4) == 0 &&
		       a->hop_limit == b->hop_limit;
	} else {
		const struct sea_ipv4_hdr *a = ipv4_of(&flow->first), *b = ipv4_of(s);

		return a->tos == b->tos && memcmp(&a->frag, &b->frag, 2) == 0 && a->ttl == b->ttl &&
		       id_fits(flow, s);
	}
}

static bool tcp_fits(const struct flow *flow, const struct segment *s)
{
	const struct sea_tcp_hdr *a = tcp_of(&flow->first), *b = tcp_of(s);
	size_t opts = s->view.data - s->view.trans - sizeof(*b);

	return a->off == b->off && !((a->flags ^ b->flags) & ~FLAGS_LAST) &&
	       memcmp(&a->ack, &b->ack, 4) == 0 && memcmp(&a->wnd, &b->wnd, 2) == 0 &&
	       memcmp(&a->urg, &b->urg, 2) == 0 &&
	       sea_be32_get(b->seq) == sea_be32_get(a->seq) + flow->first.payload &&
	       memcmp(a + 1, b + 1, opts) == 0;
}

static bool fits(struct flow *flow, const struct segment *s)
{
	const struct segment *first = &flow->first;

	return !flow->ended && s->payload <= flow->size &&
	       first->pkt->len + s->payload - first->view.net <= UINT16_MAX &&
	       first->pkt->nfrags + s->pkt->nfrags <= SEA_PKT_FRAGS_MAX &&
	       first->view.data == s->view.data && first->view.net == s->view.net &&
	       memcmp(first->head, s->head, s->view.net) == 0 && tcp_fits(flow, s) &&
	       ip_fits(flow, s);
}

/* -- putting together -- */

/* Shares the payload; all or nothing. */
static bool append(struct sea_pkt *to, const struct segment *s)
{
	uint32_t skip = s->view.data, len = to->len;

	for (unsigned i = 0; i < s->pkt->nfrags; i++) {
		const struct sea_frag *f = &s->pkt->frags[i];

		if (f->len > skip &&
		    !sea_pkt_append_frag(to, f->buf, f->off + skip, f->len - skip)) {
			sea_pkt_trim_to(to, len);
			return false;
		}
		skip = 0;
	}
	return true;
}

static bool coalesce(struct flow *flow, const struct segment *s, struct sea_pktq *out)
{
	uint8_t last = tcp_of(s)->flags & FLAGS_LAST;

	if (!append(flow->first.pkt, s))
		return false;
	out->bytes += s->payload; /* the packet stands in there */
	tcp_of(&flow->first)->flags |= last;
	flow->first.payload += s->payload;
	flow->segs++;
	flow->ended = last || s->payload < flow->size;
	sea_pkt_free(s->pkt);
	return true;
}

static void fix_ip(struct sea_stack *stack, const struct segment *s)
{
	uint32_t len = s->pkt->len;
	uint16_t sum;

	if (s->view.v6) {
		ipv6_of(s)->payload_len = sea_be16_of((uint16_t)(len - s->view.trans));
		return;
	}
	ipv4_of(s)->total_len = sea_be16_of((uint16_t)(len - s->view.net));
	ipv4_of(s)->sum = sea_be16_of(0);
	sum = (uint16_t)~sea_csum_fold(stack->csum(ipv4_of(s), sizeof(struct sea_ipv4_hdr), 0));
	memcpy(&ipv4_of(s)->sum, &sum, sizeof(sum));
}

/* The packet becomes a super-segment, if there was anything to coalesce. */
static void close_flow(struct sea_stack *stack, struct flow *flow)
{
	struct segment *s = &flow->first;

	if (s->pkt && flow->segs > 1) {
		fix_ip(stack, s);
		s->view.end = s->pkt->len;
		sea_gso_make_partial(s->pkt, &s->view);
		s->pkt->gso_type = s->view.v6 ? SEA_GSO_TCP6 : SEA_GSO_TCP4;
		s->pkt->gso_size = flow->size;
		s->pkt->gso_segs = (uint16_t)flow->segs;
		s->pkt->accecn = (tcp_of(s)->flags & SEA_TCP_CWR) != 0;
	}
	s->pkt = NULL;
}

/* Later segments may follow this one. What ends at once need not be remembered. */
static void open_flow(struct gro *gro, const struct segment *s)
{
	struct flow *flow = &gro->flows[gro->next];
	uint8_t *head;

	if ((tcp_of(s)->flags & FLAGS_LAST) || s->payload > UINT16_MAX)
		return;
	head = sea_pkt_writable(s->pkt, s->view.data);
	if (!head)
		return;
	close_flow(gro->wrapper.link->stack, flow);
	*flow = (struct flow){ .first = *s, .segs = 1, .size = (uint16_t)s->payload };
	flow->first.head = head;
	gro->next = (gro->next + 1) % FLOWS_MAX;
}

static struct flow *find_flow(struct gro *gro, const struct segment *s)
{
	for (unsigned i = 0; i < FLOWS_MAX; i++) {
		struct flow *flow = &gro->flows[i];

		if (flow->first.pkt && same_flow(&flow->first, s))
			return flow;
	}
	return NULL;
}

static void take_in(struct gro *gro, struct sea_pkt *pkt, struct sea_pktq *out)
{
	struct sea_link *link = gro->wrapper.link;
	struct segment s;
	struct flow *flow;
	bool may;

	if (!look(link, pkt, &s)) {
		sea_pktq_push(out, pkt);
		return;
	}
	flow = find_flow(gro, &s);
	may = may_coalesce(link->stack, &s);
	if (flow && may && fits(flow, &s) && coalesce(flow, &s, out))
		return;
	if (flow)
		close_flow(link->stack, flow);
	sea_pktq_push(out, pkt);
	if (may)
		open_flow(gro, &s);
}

static void rx(struct sea_wrapper *wrapper, struct sea_pktq *batch, sea_time now)
{
	struct gro *gro = sea_container(wrapper, struct gro, wrapper);
	struct sea_pktq out;
	struct sea_pkt *pkt;

	(void)now;
	sea_pktq_init(&out);
	while ((pkt = sea_pktq_pop(batch)))
		take_in(gro, pkt, &out);
	for (unsigned i = 0; i < FLOWS_MAX; i++)
		close_flow(wrapper->link->stack, &gro->flows[i]);
	gro->next = 0;
	sea_pktq_splice(batch, &out);
}

/* -- life -- */

static void free_gro(struct sea_wrapper *wrapper)
{
	sea_pool_free(&wrapper->link->stack->shard.pool,
		      sea_container(wrapper, struct gro, wrapper), sizeof(struct gro));
}

static const struct sea_wrapper_ops gro_ops = {
	.name = "gro",
	.rx = rx,
	.free = free_gro,
};

int sea_wrap_gro(struct sea_link *link, struct sea_wrapper **wrapper, sea_time now)
{
	struct gro *gro;

	*wrapper = NULL;
	sea_stack_enter(link->stack, now);
	gro = sea_pool_zalloc(&link->stack->shard.pool, sizeof(*gro));
	if (gro)
		sea_wrapper_attach(&gro->wrapper, link, &gro_ops);
	sea_stack_leave(link->stack);
	if (!gro)
		return -ENOMEM;
	*wrapper = &gro->wrapper;
	return 0;
}
