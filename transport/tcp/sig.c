/* SPDX-License-Identifier: Apache-2.0 */
/* Which kind of signature a segment has, or is to have. */
#include "transport/tcp/sig.h"

#include <string.h>

void sea_tcp_sig_put(const struct tcp_conn *c, const struct sea_tcp_opts *o, struct sea_pkt *pkt)
{
	struct sea_ipaddr peer;

	if (o->ao) {
		sea_tcp_ao_sign(c, pkt);
		return;
	}
	memcpy(peer.b, c->sock.raddr, sizeof(peer.b));
	sea_tcp_md5_sign(sea_tcp_md5_of_peer(c), c->node.family, &c->dst.src, &peer, pkt);
}

bool sea_tcp_sig_admits(const struct tcp_conn *c, const struct tcp_req *req, struct tcp_rx *rx)
{
	if (!sea_tcp_has_md5)
		return true;
	if (req && rx->seg.opts.sig != SEA_TCP_SIG_BAD && !sea_tcp_ao_is_as_the_syn(c, req, rx))
		return false;
	if (rx->seg.opts.ao)
		return sea_tcp_ao_admits(c, req, rx);
	if (!rx->seg.opts.sig && sea_tcp_ao_misses(c, rx))
		return false;
	return sea_tcp_md5_admits(c, rx);
}

/* -- replies -- */

bool sea_tcp_sig_req(const struct tcp_req *req, struct tcp_reply *reply, struct tcp_ao_sig *sig)
{
	if (!req->ao) {
		tcp_reply_sign(reply, sea_tcp_md5_of_req(req));
		return true;
	}
	if (!sea_tcp_ao_of_req(req, reply->seq, sig))
		return false;
	tcp_reply_sign_ao(reply, sig);
	return true;
}

void sea_tcp_sig_conn(const struct tcp_conn *c, struct tcp_reply *reply, struct tcp_ao_sig *sig)
{
	if (!(c->flags & TCP_F_LOOK))
		return;
	if (sea_tcp_ao_of_conn(c, reply->seq, sig))
		tcp_reply_sign_ao(reply, sig);
	else
		tcp_reply_sign(reply, sea_tcp_md5_of_peer(c));
}

void sea_tcp_sig_tw(const struct tcp_tw *tw, struct tcp_reply *reply, struct tcp_ao_sig *sig)
{
	if (sea_tcp_ao_of_tw(tw, sig))
		tcp_reply_sign_ao(reply, sig);
	else
		tcp_reply_sign(reply, tw->md5);
}

bool sea_tcp_sig_reset(struct sea_stack *stack, const struct tcp_rx *rx, struct tcp_reply *reply,
		       struct tcp_ao_sig *sig)
{
	const struct tcp_md5_key *key = NULL;

	if (!sea_tcp_has_md5)
		return true;
	if (rx->seg.opts.ao) {
		if (!sea_tcp_ao_of_reset(stack, rx, reply->seq, sig))
			return false;
		tcp_reply_sign_ao(reply, sig);
		return true;
	}
	if (!sea_tcp_md5_of_reset(stack, rx, &key))
		return false;
	tcp_reply_sign(reply, key);
	return true;
}

void sea_tcp_sig_reply(const struct tcp_reply *reply, uint8_t family, const struct sea_ipaddr *src,
		       const struct sea_ipaddr *dst, struct sea_pkt *pkt)
{
	if (reply->ao)
		sea_tcp_ao_sign_by(reply->ao, family, src, dst, pkt);
	else if (reply->md5)
		sea_tcp_md5_sign(reply->md5, family, src, dst, pkt);
}
