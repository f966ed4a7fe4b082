/* SPDX-License-Identifier: Apache-2.0 */
/* Signing what goes out, judging what comes in (RFC 5925 §7.4, §7.5). */
#include "transport/tcp/ao.h"

#include <string.h>

#include "core/link.h"
#include "wire/icmp.h"
#include "wire/icmp6.h"

#define OPT_AT ((uint32_t)sizeof(struct sea_tcp_hdr)) /* where ours is */

/* -- numbers of 64 bits -- */

static uint32_t sne_of(uint64_t near, uint32_t seq)
{
	return (uint32_t)(tcp_ao_extend(near, seq) >> 32);
}

/* -- traffic keys -- */

static struct tcp_ao_context context_of(const struct tcp_node *node, const struct sea_ipaddr *laddr,
					const struct sea_ipaddr *raddr, uint32_t lisn,
					uint32_t risn)
{
	return (struct tcp_ao_context){
		.family = node->family,
		.src = *laddr,
		.dst = *raddr,
		.sport = node->lport,
		.dport = node->rport,
		.sisn = lisn,
		.disn = risn,
	};
}

static void derive(const struct tcp_ao_key *key, const struct tcp_ao_context *context,
		   uint8_t *traffic)
{
	sea_tcp_ao_traffic(key->alg, key->bytes, key->len, context, traffic);
}

/* What comes is of the other direction. */
static struct tcp_ao_context turned(const struct tcp_ao_context *c)
{
	return (struct tcp_ao_context){ c->family, c->dst,  c->src, c->dport,
					c->sport,  c->disn, c->sisn };
}

static struct tcp_ao_context of_conn(const struct tcp_conn *c, uint32_t lisn, uint32_t risn)
{
	struct sea_ipaddr laddr, raddr;

	memcpy(laddr.b, c->sock.laddr, sizeof(laddr.b));
	memcpy(raddr.b, c->sock.raddr, sizeof(raddr.b));
	return context_of(&c->node, &laddr, &raddr, lisn, risn);
}

/* Both directions' of a connection whose numbers are known. */
static void derive_both(const struct tcp_conn *c, struct tcp_ao_key *key)
{
	struct tcp_ao_context out, in;

	if (key->derived)
		return;
	out = of_conn(c, c->side->ao->lisn, c->side->ao->risn);
	in = turned(&out);
	derive(key, &out, key->snd);
	derive(key, &in, key->rcv);
	key->derived = true;
}

/* -- signing -- */

void sea_tcp_ao_sign_by(const struct tcp_ao_sig *sig, uint8_t family, const struct sea_ipaddr *src,
			const struct sea_ipaddr *dst, struct sea_pkt *pkt)
{
	uint8_t digest[TCP_AO_DIGEST_MAX], *header = sea_pkt_at(pkt, pkt->off_trans);
	uint32_t len = sea_tcp_hdr_len((const struct sea_tcp_hdr *)header);
	struct tcp_ao_text text = {
		.family = family,
		.src = src,
		.dst = dst,
		.header = header,
		.header_len = len,
		.at = OPT_AT,
		.exclude = sig->key->keyflags & TCP_AO_KEYF_EXCLUDE_OPT,
		.sne = sig->sne,
		.pkt = pkt,
		.skip = len,
	};

	header[OPT_AT + 2] = sig->key->sndid;
	header[OPT_AT + 3] = sig->rnext;
	sea_tcp_ao_digest(sig->key->alg, sig->traffic, &text, digest);
	memcpy(header + OPT_AT + SEA_TCP_AO_HEAD_LEN, digest, sig->key->maclen);
}

bool sea_tcp_ao_of_conn(const struct tcp_conn *c, sea_seq seq, struct tcp_ao_sig *sig)
{
	struct tcp_ao *ao = c->side->ao;

	if (!ao || !ao->current || !ao->rnext)
		return false;
	sig->key = ao->current;
	sig->rnext = ao->rnext->rcvid;
	ao->snd = tcp_ao_extend(ao->snd, c->snd_una.v);
	sig->sne = sne_of(ao->snd, seq.v);
	derive_both(c, ao->current);
	memcpy(sig->traffic, ao->current->snd, sizeof(sig->traffic));
	return true;
}

void sea_tcp_ao_sign(const struct tcp_conn *c, struct sea_pkt *pkt)
{
	const struct sea_tcp_hdr *th = sea_pkt_at(pkt, pkt->off_trans);
	struct sea_ipaddr peer;
	struct tcp_ao_sig sig;
	struct tcp_ao_context first;

	if (!sea_tcp_ao_of_conn(c, sea_seq_of(sea_be32_get(th->seq)), &sig))
		return;
	if ((th->flags & (SEA_TCP_SYN | SEA_TCP_ACK)) == SEA_TCP_SYN) {
		first = of_conn(c, c->side->ao->lisn, 0);
		derive(sig.key, &first, sig.traffic);
	}
	memcpy(peer.b, c->sock.raddr, sizeof(peer.b));
	sea_tcp_ao_sign_by(&sig, c->node.family, &c->dst.src, &peer, pkt);
}

bool sea_tcp_ao_of_req(const struct tcp_req *req, sea_seq seq, struct tcp_ao_sig *sig)
{
	const struct tcp_conn *l = req->listener;
	const struct tcp_ao *ao = l->flags & TCP_F_LOOK ? l->side->ao : NULL;
	struct tcp_ao_context out =
		context_of(&req->node, &req->laddr, &req->raddr, req->iss.v, req->irs.v);

	sig->key = ao ? sea_tcp_ao_find(ao, req->node.family, &req->raddr,
					sea_l3mdev_of_index(l->sock.stack, req->ifindex),
					req->ao_rnext, -1)
		      : NULL;
	if (!sig->key)
		return false;
	sig->rnext = req->ao_keyid;
	sig->sne = sne_of(req->iss.v, seq.v);
	derive(sig->key, &out, sig->traffic);
	return true;
}

bool sea_tcp_ao_of_tw(const struct tcp_tw *tw, struct tcp_ao_sig *sig)
{
	const struct tcp_ao *ao = tw->ao;
	struct tcp_ao_context out;

	if (!ao || !ao->current || !ao->rnext)
		return false;
	out = context_of(&tw->node, &tw->laddr, &tw->raddr, ao->lisn, ao->risn);
	sig->key = ao->current;
	sig->rnext = ao->rnext->rcvid;
	sig->sne = sne_of(ao->snd, tw->snd_nxt.v);
	derive(sig->key, &out, sig->traffic);
	return true;
}

/* -- judging -- */

static bool refuse(const struct tcp_conn *c, struct tcp_rx *rx, enum sea_mib counter,
		   enum sea_drop reason)
{
	sea_stack_count(c->sock.stack, counter);
	sea_pkt_drop(c->sock.stack, rx->pkt, reason);
	rx->pkt = NULL;
	return false;
}

static const uint8_t *ids_of(const struct tcp_rx *rx)
{
	return (const uint8_t *)sea_pkt_at(rx->pkt, rx->pkt->off_trans) + rx->seg.opts.sig;
}

void sea_tcp_ao_note(struct tcp_req *req, const struct tcp_rx *rx)
{
	req->ao = sea_tcp_has_ao;
	req->ao_keyid = ids_of(rx)[0];
	req->ao_rnext = ids_of(rx)[1];
}

/* Initial numbers of a segment for a listener: a SYN, or what ends a handshake. */
static struct tcp_ao_context of_first(const struct tcp_rx *rx)
{
	const struct sea_tcp_seg *seg = &rx->seg;
	bool syn = seg->flags & SEA_TCP_SYN;

	return (struct tcp_ao_context){
		.family = rx->ip->family,
		.src = rx->ip->src,
		.dst = rx->ip->dst,
		.sport = seg->src,
		.dport = seg->dst,
		.sisn = syn ? seg->seq.v : seg->seq.v - 1,
		.disn = syn && !(seg->flags & SEA_TCP_ACK) ? 0 : seg->ack.v - 1,
	};
}

/* The peer's number, extended. */
static uint32_t sne_from_peer(const struct tcp_conn *c, const struct tcp_rx *rx)
{
	struct tcp_ao *ao = c->side->ao;

	ao->rcv = tcp_ao_extend(ao->rcv, c->rcv_nxt.v);
	return sne_of(ao->rcv, rx->seg.seq.v);
}

/* The traffic key for what the peer sent, and the extension of its number. */
static void expect(const struct tcp_conn *c, const struct tcp_req *req, const struct tcp_rx *rx,
		   struct tcp_ao_key *key, uint8_t *traffic, uint32_t *sne)
{
	struct tcp_ao_context in = of_first(rx);
	bool first = (rx->seg.flags & (SEA_TCP_SYN | SEA_TCP_ACK)) == SEA_TCP_SYN;

	*sne = sne_of(in.sisn, rx->seg.seq.v);
	if (!req && tcp_in(c, TCP_SYNCHRONIZED | tcp_state_bit(TCP_S_SYN_RECV)) && !first) {
		derive_both(c, key);
		memcpy(traffic, key->rcv, TCP_AO_DIGEST_MAX);
		*sne = sne_from_peer(c, rx);
		return;
	}
	if (req && !first) {
		in.sisn = req->irs.v;
		in.disn = req->iss.v;
		*sne = sne_of(in.sisn, rx->seg.seq.v);
	} else if (c->state == TCP_S_SYN_SENT && !first) {
		in.disn = c->iss.v;
	}
	derive(key, &in, traffic);
}

static bool is_signed_by(const struct tcp_conn *c, const struct tcp_req *req,
			 const struct tcp_rx *rx, struct tcp_ao_key *key)
{
	const uint8_t *header = sea_pkt_at(rx->pkt, rx->pkt->off_trans);
	uint8_t traffic[TCP_AO_DIGEST_MAX], digest[TCP_AO_DIGEST_MAX];
	struct tcp_ao_text text = {
		.family = rx->ip->family,
		.src = &rx->ip->src,
		.dst = &rx->ip->dst,
		.header = header,
		.header_len = rx->seg.hdr_len,
		.at = rx->seg.opts.sig - 2u,
		.exclude = key->keyflags & TCP_AO_KEYF_EXCLUDE_OPT,
		.pkt = rx->pkt,
	};

	if (rx->seg.opts.ao != SEA_TCP_AO_HEAD_LEN + key->maclen)
		return false;
	expect(c, req, rx, key, traffic, &text.sne);
	sea_tcp_ao_digest(key->alg, traffic, &text, digest);
	return memcmp(digest, ids_of(rx) + 2, key->maclen) == 0;
}

/* RFC 5925 §7.5.2.e: the peer says with what we are to sign; what is not there yet is not missed. */
static void follow(const struct tcp_conn *c, uint8_t rnext)
{
	struct tcp_ao *ao = c->side->ao;
	struct tcp_ao_key *key;

	if (!ao->current || ao->current->sndid == rnext)
		return;
	key = sea_tcp_ao_of_peer(c, rnext, -1);
	if (key)
		ao->current = key;
}

static struct tcp_ao_key *key_of(const struct tcp_conn *c, const struct tcp_rx *rx, int sndid,
				 int rcvid)
{
	return sea_tcp_ao_find(c->side->ao, rx->ip->family, &rx->ip->src,
			       sea_l3mdev_of_index(c->sock.stack, rx->ip->link->ifindex), sndid,
			       rcvid);
}

bool sea_tcp_ao_admits(const struct tcp_conn *c, const struct tcp_req *req, struct tcp_rx *rx)
{
	struct tcp_ao *ao = c->side->ao;
	struct tcp_ao_key *key;
	uint8_t rnext;

	if (!ao)
		return refuse(c, rx, SEA_MIB_TcpExtTCPAOKeyNotFound, SEA_DROP_TCP_AOUNEXPECTED);
	key = key_of(c, rx, -1, ids_of(rx)[0]);
	if (!key) {
		ao->key_not_found++;
		return refuse(c, rx, SEA_MIB_TcpExtTCPAOKeyNotFound, SEA_DROP_TCP_AOKEYNOTFOUND);
	}
	rnext = ids_of(rx)[1];
	if (!is_signed_by(c, req, rx, key)) {
		ao->bad++;
		key->bad++;
		return refuse(c, rx, SEA_MIB_TcpExtTCPAOBad, SEA_DROP_TCP_AOFAILURE);
	}
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPAOGood);
	ao->good++;
	key->good++;
	if (!req && c->state != TCP_S_LISTEN)
		follow(c, rnext);
	return true;
}

bool sea_tcp_ao_is_as_the_syn(const struct tcp_conn *c, const struct tcp_req *req,
			      struct tcp_rx *rx)
{
	if (req->ao == (rx->seg.opts.ao != 0))
		return true;
	return refuse(c, rx, SEA_MIB_TcpExtTCPAOBad, SEA_DROP_TCP_AOFAILURE);
}

bool sea_tcp_ao_misses(const struct tcp_conn *c, struct tcp_rx *rx)
{
	struct tcp_ao *ao = c->flags & TCP_F_LOOK ? c->side->ao : NULL;

	if (!ao || (!ao->required && !key_of(c, rx, -1, -1)))
		return false;
	ao->ao_required++;
	return !refuse(c, rx, SEA_MIB_TcpExtTCPAORequired, SEA_DROP_TCP_AONOTFOUND);
}

/* -- resets -- */

static struct tcp_node *node_of(struct sea_stack *stack, const struct tcp_rx *rx)
{
	struct tcp_table *t = &sea_tcp_of(stack)->table;
	const struct sea_ip_rx *ip = rx->ip;
	struct tcp_node *node =
		sea_tcp_flow_find(t, ip->family, &ip->dst, rx->seg.dst, &ip->src, rx->seg.src);

	return sea_tcp_flow_in(t, node, &ip->dst, &ip->src, ip->link->ifindex);
}

/* By a listener's key: the numbers are what the segment says. */
static bool of_listener(const struct tcp_conn *l, const struct tcp_rx *rx, sea_seq seq,
			struct tcp_ao_sig *sig)
{
	struct tcp_ao_context in = of_first(rx), out = turned(&in);

	sig->key = l && l->side->ao ? key_of(l, rx, ids_of(rx)[1], -1) : NULL;
	if (!sig->key)
		return false;
	sig->rnext = ids_of(rx)[0];
	sig->sne = sne_of(out.sisn, seq.v);
	derive(sig->key, &out, sig->traffic);
	return true;
}

bool sea_tcp_ao_of_reset(struct sea_stack *stack, const struct tcp_rx *rx, sea_seq seq,
			 struct tcp_ao_sig *sig)
{
	struct tcp_node *node = node_of(stack, rx);

	if (!node)
		return of_listener(sea_tcp_listener_find(&sea_tcp_of(stack)->table, rx->ip,
							 rx->seg.dst, rx->seg.src),
				   rx, seq, sig);
	switch (node->kind) {
	case TCP_KIND_CONN:
		return sea_tcp_ao_of_conn(sea_container(node, struct tcp_conn, node), seq, sig);
	case TCP_KIND_REQ:
		return sea_tcp_ao_of_req(sea_container(node, struct tcp_req, node), seq, sig);
	default:
		return sea_tcp_ao_of_tw(sea_container(node, struct tcp_tw, node), sig);
	}
}

/* -- ICMP -- */

static bool is_hard(uint8_t family, uint8_t type, uint8_t code)
{
	if (family == SEA_AF_INET)
		return type == SEA_ICMP_DEST_UNREACH && code >= 2 && code <= 4;
	return type == SEA_ICMP6_DEST_UNREACH && (code == 1 || code == 4);
}

bool sea_tcp_ao_ignores(const struct tcp_conn *c, uint8_t family, uint8_t type, uint8_t code)
{
	struct tcp_ao *ao = c->side->ao;

	if (!ao || ao->accept_icmps || !tcp_in(c, TCP_SYNCHRONIZED) || !is_hard(family, type, code))
		return false;
	ao->dropped_icmp++;
	sea_stack_count(c->sock.stack, SEA_MIB_TcpExtTCPAODroppedIcmps);
	return true;
}
