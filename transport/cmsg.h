/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control messages: those that come with sendmsg() and change one packet, and those that recvmsg()
 * gives.
 */
#ifndef SEA_TRANSPORT_CMSG_H
#define SEA_TRANSPORT_CMSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <seastack/compiler.h>

#include "core/cmsg.h"
#include "core/sock.h"
#include "ip/ip.h"

/* What one sendmsg() asks for, over what the socket is set to. */
struct sea_cmsg_tx {
	uint8_t tos;
	bool to_flow;    /* the address has a flow info, which one of the next must be like */
	int16_t ttl;     /* IP_TTL, IPV6_HOPLIMIT; -1: the socket's */
	int8_t dontfrag; /* IPV6_DONTFRAG; -1: the socket's */
	bool has_label;  /* IPV6_FLOWINFO: flow_label */
	bool has_tskey;  /* SCM_TS_OPT_ID: tskey */
	uint32_t flow_label;
	uint32_t mark, priority;
	uint32_t tsflags; /* SO_TIMESTAMPING's, with what the call asks for */
	uint32_t tskey;
	int oif;         /* as scope, socket and IP_PKTINFO say; 0: none of them does */
	sea_time txtime; /* SCM_TXTIME (txtime.h); only with SEA_SOF_TXTIME */
	uint8_t src[16]; /* IP_PKTINFO, IPV6_PKTINFO; zero: the socket's */
	/* Extension headers in msg->msg_control, borrowed; without any the socket's own go. */
	const uint8_t *ext[SEA_EXT_N];
	uint16_t ext_len[SEA_EXT_N];
};

/* What the socket is set to, for the family of `to`. */
void sea_cmsg_tx_defaults(const struct sea_sock *sock, const struct sea_endpoint *to,
			  struct sea_cmsg_tx *tx);
/*
 * Starts from the settings that the socket has for the family of `to` and reads msg->msg_control: 0,
 * -EINVAL (a message that is cut, unknown or out of range) or -ENODEV (IPV6_PKTINFO). Levels that are
 * nobody's, or the other family's, are passed over, as on Linux.
 */
SEA_MUST_USE int sea_cmsg_tx_read(const struct sea_sock *sock, const struct msghdr *msg,
				  const struct sea_endpoint *to, struct sea_cmsg_tx *tx);
/* The same of a stream: only messages of SOL_SOCKET mean something. */
SEA_MUST_USE int sea_cmsg_tx_read_stream(const struct sea_sock *sock, const struct msghdr *msg,
					 struct sea_cmsg_tx *tx);
/* One message of IPPROTO_IPV6 for an IPv6 destination (cmsg6.c). */
SEA_MUST_USE int sea_cmsg6_read(const struct sea_sock *sock, const struct cmsghdr *c,
				struct sea_cmsg_tx *tx);

/* What a received packet was like, for the messages that the socket's options ask for. */
struct sea_cmsg_rx {
	sea_time time;
	int ifindex;
	uint32_t mark, priority;
	uint32_t drops; /* of the socket, when the packet was queued (SO_RXQ_OVFL) */
	uint8_t family, tos, ttl;
	bool to_us; /* an answer would come from `dst` (IP_PKTINFO's ipi_spec_dst) */
	uint16_t dport, frag_max;
	uint32_t flow_label;
	struct sea_ipaddr dst;
	const struct sea_ipaddr *from_us; /* who sent it, where that were we; NULL */
	const uint8_t
		*hdr; /* its IP header with all that belongs to it, hdr_len bytes; NULL: not kept */
	uint16_t hdr_len;
	bool has_csum; /* `csum`: the unfolded sum of its payload (IP_CHECKSUM) */
	uint32_t csum;
};

void sea_cmsg_rx_put(const struct sea_sock *sock, const struct sea_cmsg_rx *rx,
		     struct sea_cmsg_out *out);
/* When it came, or (`err`) when what an entry of the error queue tells of happened. */
void sea_cmsg_time_put(const struct sea_sock *sock, sea_time time, bool err,
		       struct sea_cmsg_out *out);
/* Those of an ICMP message behind an entry of the error queue. */
void sea_cmsg_err_put(const struct sea_sock *sock, const struct sea_cmsg_rx *rx,
		      struct sea_cmsg_out *out);
/* Does the socket want to see what stands between IP and transport header? */
bool sea_cmsg_wants_headers(const struct sea_sock *sock, uint8_t family);
/* IPPROTO_IPV6's (cmsg6.c): for a packet of either family to an AF_INET6 socket; for one of IPv6. */
void sea_cmsg6_put_common(const struct sea_sock *sock, const struct sea_cmsg_rx *rx,
			  struct sea_cmsg_out *out);
void sea_cmsg6_put(const struct sea_sock *sock, const struct sea_cmsg_rx *rx,
		   struct sea_cmsg_out *out);

#endif
