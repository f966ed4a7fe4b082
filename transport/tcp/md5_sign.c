/* SPDX-License-Identifier: Apache-2.0 */
/* Signing what goes out, judging what comes in. */
#include "transport/tcp/md5.h"

#include <string.h>

#define DIGEST_AT 4 /* behind the header: NOP, NOP, kind, length */

void sea_tcp_md5_sign(const struct tcp_md5_key *key, uint8_t family, const struct sea_ipaddr *src,
		      const struct sea_ipaddr *dst, struct sea_pkt *pkt)
{
	struct sea_tcp_hdr *th = sea_pkt_at(pkt, pkt->off_trans);
	struct tcp_md5_text text = {
		.family = family,
		.src = src,
		.dst = dst,
		.header = th,
		.header_len = sea_tcp_hdr_len(th),
		.pkt = pkt,
		.skip = sea_tcp_hdr_len(th),
	};

	sea_tcp_md5_digest(key, &text, (uint8_t *)(th + 1) + DIGEST_AT);
}

/* Is the digest of a segment, whose header was pulled, by this key? */
static bool is_signed_by(const struct tcp_md5_key *key, const struct tcp_rx *rx)
{
	const uint8_t *header = sea_pkt_at(rx->pkt, rx->pkt->off_trans);
	struct tcp_md5_text text = {
		.family = rx->ip->family,
		.src = &rx->ip->src,
		.dst = &rx->ip->dst,
		.header = (const struct sea_tcp_hdr *)header,
		.header_len = rx->seg.hdr_len,
		.pkt = rx->pkt,
	};
	uint8_t digest[SEA_TCP_MD5_LEN];

	sea_tcp_md5_digest(key, &text, digest);
	return memcmp(digest, header + rx->seg.opts.sig, sizeof(digest)) == 0;
}

static const struct tcp_md5_key *key_of(const struct tcp_conn *c, const struct tcp_rx *rx)
{
	return sea_tcp_md5_find(c, rx->ip->family, &rx->ip->src,
				sea_l3mdev_of_index(c->sock.stack, rx->ip->link->ifindex));
}

static bool refuse(const struct tcp_conn *c, struct tcp_rx *rx, enum sea_mib counter,
		   enum sea_drop reason)
{
	sea_stack_count(c->sock.stack, counter);
	sea_pkt_drop(c->sock.stack, rx->pkt, reason);
	rx->pkt = NULL;
	return false;
}

bool sea_tcp_md5_admits(const struct tcp_conn *c, struct tcp_rx *rx)
{
	const struct tcp_md5_key *key;

	if (!sea_tcp_has_md5)
		return true;
	if (rx->seg.opts.sig == SEA_TCP_SIG_BAD) {
		sea_pkt_drop(c->sock.stack, rx->pkt, SEA_DROP_TCP_AUTH_HDR);
		rx->pkt = NULL;
		return false;
	}
	key = key_of(c, rx);
	if (!key && !rx->seg.opts.sig)
		return true;
	if (!rx->seg.opts.sig)
		return refuse(c, rx, SEA_MIB_TcpExtTCPMD5NotFound, SEA_DROP_TCP_MD5NOTFOUND);
	if (!key)
		return refuse(c, rx, SEA_MIB_TcpExtTCPMD5Unexpected, SEA_DROP_TCP_MD5UNEXPECTED);
	if (!is_signed_by(key, rx))
		return refuse(c, rx, SEA_MIB_TcpExtTCPMD5Failure, SEA_DROP_TCP_MD5FAILURE);
	return true;
}

/* -- resets -- */

/* Who the segment was for: a connection, or the listener of a request, or for itself. NULL: nobody any more. */
static const struct tcp_conn *owner_of(struct sea_stack *stack, const struct tcp_rx *rx)
{
	struct tcp_table *t = &sea_tcp_of(stack)->table;
	const struct sea_ip_rx *ip = rx->ip;
	struct tcp_node *node =
		sea_tcp_flow_find(t, ip->family, &ip->dst, rx->seg.dst, &ip->src, rx->seg.src);

	node = sea_tcp_flow_in(t, node, &ip->dst, &ip->src, ip->link->ifindex);
	if (!node)
		return sea_tcp_listener_find(t, ip, rx->seg.dst, rx->seg.src);
	switch (node->kind) {
	case TCP_KIND_CONN:
		return sea_container(node, struct tcp_conn, node);
	case TCP_KIND_REQ:
		return sea_container(node, struct tcp_req, node)->listener;
	default:
		return NULL;
	}
}

/*
 * Where the connection is gone its key may still be that of a listener on the port that the peer uses, as of BGP: Linux
 * asks there.
 */
bool sea_tcp_md5_of_reset(struct sea_stack *stack, const struct tcp_rx *rx,
			  const struct tcp_md5_key **key)
{
	const struct tcp_conn *c = owner_of(stack, rx);

	*key = NULL;
	if (!sea_tcp_has_md5)
		return true;
	if (c) {
		*key = key_of(c, rx);
		return true;
	}
	if (rx->seg.opts.sig == SEA_TCP_SIG_BAD)
		return false;
	c = sea_tcp_listener_find(&sea_tcp_of(stack)->table, rx->ip, rx->seg.src, rx->seg.src);
	*key = c ? key_of(c, rx) : NULL;
	return *key && is_signed_by(*key, rx);
}
