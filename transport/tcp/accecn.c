/* SPDX-License-Identifier: Apache-2.0 */
/* Decides what ACE says in either direction (RFC 9768 §3.1, §3.2.2). */
#include "transport/tcp/accecn.h"

#include "core/minmax.h"
#include "transport/tcp/passive.h"

#define ACE_SHIFT 6 /* of its lower two bits in a header's flags */
#define PENDING_MAX 15u
#define PENDING_DATA 2u /* §3.2.2.5.1: marks until an ACK, of data */
#define PENDING_BARE 3u /* and of ACKs, lest each brings another for ever */
#define AVG_SHIFT 6
#define AVG_WEIGHT 6
#define AVG_THINNED (4u << AVG_SHIFT)
#define WRAP (SEA_TCP_ACE_MASK + 1)

uint8_t sea_tcp_rx_ace(const struct tcp_rx *rx)
{
	return sea_tcp_ace(sea_pkt_at(rx->pkt, rx->pkt->off_trans));
}

/* RFC 9768 §3.1.1, table 2 and §3.2.2.1, table 3. */
static uint8_t ace_of_field(uint8_t field)
{
	static const uint8_t ace[] = {
		[TCP_NOT_ECT] = 2, [TCP_ECT_1] = 3, [TCP_ECT_0] = 4, [TCP_CE] = 6
	};

	return ace[field & TCP_ECN_FIELD];
}

/* False: it tells of none. */
static bool field_of_ace(uint8_t ace, uint8_t *field)
{
	for (*field = TCP_NOT_ECT; *field <= TCP_CE; ++*field)
		if (ace_of_field(*field) == ace)
			return true;
	return false;
}

static uint8_t our_field(const struct tcp_conn *c)
{
	return c->cc.ops->l4s ? TCP_ECT_1 : TCP_ECT_0;
}

/* DCTCP's SYNs are ECT; RFC 9331 §4.2 has ECT(1) wait until Accurate ECN is agreed on. */
static uint8_t field_on_syn(const struct tcp_conn *c)
{
	return c->cc.ops->without_ecn && !c->cc.ops->l4s ? TCP_ECT_0 : TCP_NOT_ECT;
}

static struct tcp_accecn *acc_of(struct tcp_conn *c)
{
	struct tcp_side *side = sea_tcp_side_edit(c);

	return side ? &side->ecn.acc : NULL;
}

/* -- handshake -- */

bool sea_tcp_accecn_open(struct tcp_conn *c)
{
	if (!acc_of(c))
		return false;
	c->node.ecn = TCP_ECN_ACC | TCP_ECN_ON_SYN;
	return true;
}

static struct tcp_accecn *begin(struct tcp_conn *c, uint8_t field)
{
	struct tcp_accecn *acc = acc_of(c);

	if (!acc) {
		c->node.ecn = 0;
		return NULL;
	}
	c->node.ecn = TCP_ECN_ACC | (c->node.ecn & TCP_ECN_LAST_ECT);
	*acc = (struct tcp_accecn){ .syn_field = field, .last_field = field };
	return acc;
}

/* §3.2.2.3: routers make CE of ECT and nothing else. tcp_ecn_fallback 0 believes anything (as Linux). */
static bool plausible(const struct tcp_conn *c, uint8_t told)
{
	uint8_t sent = field_on_syn(c);

	if (!sea_tcp_st(c)->sysctl.ecn_fallback)
		return true;
	return told == sent || (told == TCP_CE && sent != TCP_NOT_ECT);
}

/* What a handshake's ACE tells of our SYN, or SYN-ACK. False: the field was mangled. */
static bool judge_feedback(struct tcp_conn *c, struct tcp_accecn *acc, uint8_t ace, uint8_t *told)
{
	if (!field_of_ace(ace, told)) { /* reserved: as if unchanged */
		*told = TCP_NOT_ECT;
		return true;
	}
	if (plausible(c, *told))
		return true;
	acc->fail |= TCP_ACCECN_ACE_FAIL_RECV;
	return false;
}

void sea_tcp_accecn_agreed(struct tcp_conn *c, const struct tcp_rx *rx, uint8_t ace)
{
	struct tcp_accecn *acc = begin(c, rx->ip->tos & TCP_ECN_FIELD);
	uint8_t told;

	if (!acc || ace == TCP_ACE_ASKS)
		return;
	acc->reflect = true;
	sea_tcp_accecn_first_option(c, &rx->seg.opts);
	if (rx->seg.opts.accecn)
		acc->demand = 2;
	if (judge_feedback(c, acc, ace, &told) && acc->syn_field == TCP_CE) {
		sea_tcp_side_edit(c)->ecn.received_ce++;
		acc->ce_pending++;
	}
}

/* Without data: what has some counts already. */
void sea_tcp_accecn_third_ack(struct tcp_conn *c, const struct tcp_rx *rx)
{
	struct tcp_accecn *acc = acc_of(c);
	uint8_t ace = sea_tcp_rx_ace(rx), told;

	if (!acc)
		return;
	acc->demand = 1;
	sea_tcp_accecn_first_option(c, &rx->seg.opts);
	if (rx->seg.len || rx->seg.flags & (SEA_TCP_FIN | SEA_TCP_SYN) || rx->seg.opts.n_sack)
		return;
	if (!ace)
		acc->fail |= TCP_ACCECN_ACE_FAIL_RECV | TCP_ACCECN_OPT_FAIL_RECV;
	else if (judge_feedback(c, acc, ace, &told) && told == TCP_CE)
		sea_tcp_side_edit(c)->ecn.delivered_ce++;
}

void sea_tcp_accecn_child(struct tcp_conn *c, const struct tcp_req *req, const struct tcp_rx *rx)
{
	struct tcp_accecn *acc = begin(c, (req->ecn & TCP_REQ_FIELD) >> TCP_REQ_FIELD_SHIFT);

	if (!acc)
		return;
	if (req->ecn & TCP_REQ_FAIL_SEND)
		acc->fail |= TCP_ACCECN_ACE_FAIL_SEND;
	if (req->ecn & TCP_REQ_FAIL_RECV)
		acc->fail |= TCP_ACCECN_ACE_FAIL_RECV;
	if (!(rx->seg.flags & SEA_TCP_SYN))
		sea_tcp_accecn_third_ack(c, rx);
}

/* §3.2.3.2.2: first the option may be what the path does not like, then the flags. */
void sea_tcp_accecn_answer(const struct sea_stack *stack, struct tcp_reply *reply, uint8_t field,
			   bool again, bool timed_out)
{
	uint8_t ace = ace_of_field(field);

	if (again && timed_out)
		return;
	reply->flags |= (uint8_t)(ace << ACE_SHIFT);
	reply->ae = ace >> 2;
	if (!again && sea_tcp_of(stack)->sysctl.ecn_option)
		sea_tcp_accecn_synack_option(&reply->opts);
}

/* §3.1.5: the last one that came. */
void sea_tcp_accecn_syn_again(struct tcp_conn *c, const struct tcp_rx *rx)
{
	struct tcp_accecn *acc = acc_of(c);

	if (!acc)
		return;
	acc->syn_field = rx->ip->tos & TCP_ECN_FIELD;
	acc->reflect = true;
	if (acc->seen < TCP_ACCECN_COUNTED && rx->seg.opts.accecn) {
		sea_tcp_accecn_first_option(c, &rx->seg.opts);
		acc->demand = 2;
	}
}

void sea_tcp_accecn_answered(struct tcp_conn *c)
{
	struct tcp_accecn *acc = acc_of(c);

	if (acc)
		acc->reflect = false;
}

/* -- receiver -- */

/* The counters' places in the options that we send. */
static uint8_t place_of(uint8_t field)
{
	return field == TCP_ECT_1 ? 1 : field == TCP_CE ? 2 : 3;
}

/* Once in 2^22 bytes the peer must hear of them, whatever tcp_ecn_option says: the counters go round. */
#define HEAR_SHIFT 22

void sea_tcp_accecn_count(struct tcp_conn *c, struct tcp_rx *rx, uint8_t field, unsigned segs)
{
	struct tcp_side *side = sea_tcp_side_edit(c);
	struct tcp_accecn *acc = &side->ecn.acc;
	uint32_t bytes = side->ecn.received_bytes[field - 1];

	if (field == TCP_CE)
		acc->ce_pending = (uint8_t)sea_min_u32(acc->ce_pending + segs, PENDING_MAX);
	if (!rx->seg.len) {
		if (acc->ce_pending >= PENDING_BARE)
			rx->effects |= RX_ACK_NOW;
		return;
	}
	if (acc->minlen < place_of(field))
		acc->minlen = place_of(field);
	if (bytes >> HEAR_SHIFT != (bytes - rx->seg.len) >> HEAR_SHIFT && !acc->demand)
		acc->demand = 1;
}

/* §3.2.2.5.1: another field is told of at once, and twice, so that nobody has to guess which data had it. */
void sea_tcp_accecn_data(struct tcp_conn *c, const struct tcp_rx *rx)
{
	struct tcp_accecn *acc = acc_of(c);
	uint8_t field = rx->ip->tos & TCP_ECN_FIELD;
	bool other;

	if (!acc)
		return;
	other = field != acc->last_field;
	acc->last_field = field;
	if (other || field == TCP_CE)
		acc->demand = 2;
	if (other || acc->ce_pending >= PENDING_DATA)
		c->flags |= TCP_F_ACK_SCHEDULED | TCP_F_ACK_NOW;
}

void sea_tcp_accecn_duplicate(struct tcp_conn *c, sea_seq start)
{
	struct tcp_accecn *acc = acc_of(c);

	if (!acc)
		return;
	if (acc->option_sent && acc->duplicate && sea_seq_eq(acc->duplicate_start, start))
		acc->fail |= TCP_ACCECN_OPT_FAIL_SEND;
	acc->duplicate = true;
	acc->duplicate_start = start;
}

/* -- sender -- */

static uint8_t send_syn(struct tcp_conn *c, const struct tcp_accecn *acc, uint8_t *flags)
{
	bool asks = c->state == TCP_S_SYN_SENT;
	uint8_t ace = asks ? TCP_ACE_ASKS : ace_of_field(acc->syn_field);

	if (asks && !(c->node.ecn & TCP_ECN_ON_SYN))
		return TCP_NOT_ECT;
	*flags |= (uint8_t)(ace << ACE_SHIFT);
	return (uint8_t)(field_on_syn(c) | (ace >> 2 ? TCP_ECN_SENDS_AE : 0));
}

uint8_t sea_tcp_accecn_send(struct tcp_conn *c, enum tcp_ecn_kind kind, uint8_t *flags)
{
	const struct tcp_ecn *ecn = &c->side->ecn;
	bool fails = ecn->acc.fail & (TCP_ACCECN_ACE_FAIL_SEND | TCP_ACCECN_ACE_FAIL_RECV);
	uint8_t field = fails ? TCP_NOT_ECT : our_field(c), ace;
	struct tcp_accecn *acc;

	if (kind == TCP_ECN_SYN)
		return send_syn(c, &ecn->acc, flags);
	acc = acc_of(c);
	ace = acc->reflect && kind == TCP_ECN_BARE && !(*flags & SEA_TCP_FIN)
		      ? ace_of_field(acc->syn_field)
		      : (ecn->received_ce + TCP_ACE_BEGINS) & SEA_TCP_ACE_MASK;
	acc->reflect = false;
	acc->ce_pending = 0;
	acc->ect1 = field == TCP_ECT_1;
	c->node.ecn =
		(uint8_t)(fails ? c->node.ecn & ~TCP_ECN_LAST_ECT : c->node.ecn | TCP_ECN_LAST_ECT);
	*flags |= (uint8_t)(ace << ACE_SHIFT);
	return (uint8_t)(field | TCP_ECN_KEEPS_CWR | (ace >> 2 ? TCP_ECN_SENDS_AE : 0));
}

/* As far as is known: what was SACKed before is in what is acknowledged. */
static uint32_t bytes_delivered(const struct tcp_conn *c, const struct tcp_ack_sample *a,
				uint32_t segs)
{
	return a->sacked_segs || a->prior_sacked ? segs * c->mss_cache : a->acked_bytes;
}

/* How many segments ACKs deliver, on average: where they are thinned, much at once is no sign of lost ones. */
static void average(struct tcp_accecn *acc, uint32_t segs)
{
	uint32_t avg = acc->acked_avg;

	if (!segs)
		return;
	segs = sea_min_u32(segs, UINT16_MAX);
	avg = avg ? ((avg << AVG_WEIGHT) - avg + (segs << AVG_SHIFT)) >> AVG_WEIGHT
		  : segs << AVG_SHIFT;
	acc->acked_avg = (uint16_t)sea_min_u32(avg, UINT16_MAX);
}

/* Marked bytes are known: how many packets were they (appendix A.2.2)? `least` and `most` differ by whole turns of ACE. */
static uint32_t by_bytes(const struct tcp_conn *c, uint32_t least, uint32_t most, uint32_t segs,
			 uint32_t bytes, uint32_t marked)
{
	uint32_t guess;

	if (!marked)
		return least;
	if (segs >= 2 * WRAP && (c->flags & TCP_F_SACK || c->fl->rec.ca_state == TCP_CA_OPEN ||
				 c->fl->rec.ca_state == TCP_CA_CWR)) {
		if (bytes <= marked)
			return most;
		guess = (uint32_t)(((uint64_t)marked * segs + bytes - 1) / bytes);
		return sea_min_u32(most, least + (guess & ~SEA_TCP_ACE_MASK));
	}
	if (marked > least * c->mss_cache)
		return most;
	return marked < most * c->mss_cache / 2 ? least : most;
}

/*
 * ACE has gone on by `least`, or by that and some whole turns if many ACKs were lost (appendix A.2.1): as many as
 * there may have been, the safest, unless bytes or habit say otherwise.
 */
static uint32_t new_marks(const struct tcp_conn *c, const struct tcp_accecn *acc, uint32_t least,
			  uint32_t segs, uint32_t bytes, const uint32_t *marked)
{
	uint32_t most = segs - ((segs - least) & SEA_TCP_ACE_MASK);

	if (segs < WRAP)
		return least;
	if (marked)
		return by_bytes(c, least, most, segs, bytes, *marked);
	return acc->acked_avg > AVG_THINNED ? least : most;
}

/* §3.2.2.5.2: an ACK that may be older than one before tells nothing. */
static bool is_news(const struct tcp_ack_sample *a)
{
	return a->una_advanced || a->sacked_segs || a->ece & TCP_ACK_TS_NEWS;
}

uint32_t sea_tcp_accecn_ack(struct tcp_conn *c, const struct sea_tcp_seg *seg,
			    const struct tcp_ack_sample *a)
{
	struct tcp_side *side = sea_tcp_side_edit(c);
	uint32_t segs = (uint32_t)(c->delivered - a->prior_delivered), bytes, marked, least;
	bool told;

	if (!side || a->syn_acked || !is_news(a))
		return 0;
	bytes = bytes_delivered(c, a, segs);
	marked = side->ecn.delivered_bytes[TCP_ECN_CEB];
	told = sea_tcp_accecn_take_option(c, &seg->opts, bytes);
	marked = side->ecn.delivered_bytes[TCP_ECN_CEB] - marked;
	average(&side->ecn.acc, segs);
	if (side->ecn.acc.fail & (TCP_ACCECN_ACE_FAIL_SEND | TCP_ACCECN_ACE_FAIL_RECV))
		return 0;
	least = (a->ece & SEA_TCP_ACE_MASK) - TCP_ACE_BEGINS - side->ecn.delivered_ce;
	least = new_marks(c, &side->ecn.acc, least & SEA_TCP_ACE_MASK, segs, bytes,
			  told ? &marked : NULL);
	side->ecn.delivered_ce += least;
	sea_mib_add(&c->sock.stack->shard.counters, SEA_MIB_TcpExtTCPDeliveredCE, least);
	return least;
}

void sea_tcp_accecn_idle_ack(struct tcp_conn *c, const struct sea_tcp_seg *seg,
			     struct tcp_ack_sample *a)
{
	a->una_advanced = a->syn_acked = false;
	a->sacked_segs = a->prior_sacked = 0;
	a->prior_delivered = c->delivered;
	(void)sea_tcp_accecn_ack(c, seg, a);
}
