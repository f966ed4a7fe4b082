/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of segments, of whichever kind (md5.h, ao.h): at once nothing where a socket has no keys. */
#ifndef SEA_TCP_SIG_H
#define SEA_TCP_SIG_H

#include "transport/tcp/ao.h"
#include "transport/tcp/md5.h"

#define TCP_MD5_OPT_LEN 20u /* with its NOPs */

/* What a signature takes of each of the connection's segments; 0: they are not signed. */
unsigned sea_tcp_sig_len_of(const struct tcp_conn *c);
static inline unsigned tcp_sig_len(const struct tcp_conn *c)
{
	return __builtin_expect(c->flags & TCP_F_LOOK, 0) ? sea_tcp_sig_len_of(c) : 0;
}
/* The same of options that are being made. */
static inline unsigned tcp_sig_len_in(const struct sea_tcp_opts *o)
{
	return o->ao ? (o->ao + 3u) & ~3u : o->sig ? TCP_MD5_OPT_LEN : 0;
}
/* Room for it among a segment's options. */
void sea_tcp_sig_opts(const struct tcp_conn *c, struct sea_tcp_opts *o);
/* As sea_tcp_md5_sign(), what the options have room for. */
void sea_tcp_sig_put(const struct tcp_conn *c, const struct sea_tcp_opts *o, struct sea_pkt *pkt);

/* Is a segment for this socket, or a request of it, signed as it has to be? False: it was counted and dropped. */
bool sea_tcp_sig_admits(const struct tcp_conn *c, const struct tcp_req *req, struct tcp_rx *rx);
static inline bool tcp_sig_admits(const struct tcp_conn *c, const struct tcp_req *req,
				  struct tcp_rx *rx)
{
	if (__builtin_expect(!((c->flags & TCP_F_LOOK) | rx->seg.opts.sig), 1))
		return true;
	return sea_tcp_sig_admits(c, req, rx);
}

/* A request's answer, and what else is not a connection's. `sig`: lives as long as the reply. False: no key any more. */
bool sea_tcp_sig_req(const struct tcp_req *req, struct tcp_reply *reply, struct tcp_ao_sig *sig);
void sea_tcp_sig_conn(const struct tcp_conn *c, struct tcp_reply *reply, struct tcp_ao_sig *sig);
void sea_tcp_sig_tw(const struct tcp_tw *tw, struct tcp_reply *reply, struct tcp_ao_sig *sig);
/* The reset that answers a signed segment, its numbers being chosen. False: nobody could sign it, and it is not sent. */
bool sea_tcp_sig_reset(struct sea_stack *stack, const struct tcp_rx *rx, struct tcp_reply *reply,
		       struct tcp_ao_sig *sig);
/* What a reply is signed with, if with anything. */
void sea_tcp_sig_reply(const struct tcp_reply *reply, uint8_t family, const struct sea_ipaddr *src,
		       const struct sea_ipaddr *dst, struct sea_pkt *pkt);

#endif
