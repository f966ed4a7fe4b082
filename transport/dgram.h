/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What sockets of datagrams have in common, whatever protocol they speak: a receive queue, the cached
 * route, and the steps of sending.
 *
 *	          sea_dgram_queue()                              sea_dgram_recvmsg()
 *	input ─── charge, settle ──────── rxq, errq.h ────────── copy out, credit ─── program
 *
 *	program ─ sea_dgram_tx_begin() ─ _tx_pkt(), _tx_fill() ─ the header ─ _tx_send()
 *	          name, cmsgs, route     room, copy                              IP
 */
#ifndef SEA_TRANSPORT_DGRAM_H
#define SEA_TRANSPORT_DGRAM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/pkt.h"
#include "core/sock.h"
#include "ip/ip.h"
#include "transport/cmsg.h"
#include "transport/ext_hdr.h"
#include "transport/flow_lease.h"
#include "transport/sockaddr.h"
#include "transport/zerocopy.h"

/* What all sockets of a protocol may hold together: net.ipv4.udp_mem, in pages, and udp_rmem_min. */
struct sea_dgram_mem {
	int64_t charged;
	int32_t limits[3];
	int32_t rmem_min; /* a socket below this is never refused */
	int32_t wmem_min; /* a no-op, as on Linux */
	int32_t l3mdev_accept;
};

#define SEA_DGRAM_PAGE 4096

struct sea_dgram {
	struct sea_sock sock;      /* first: a sea_dgram is a sea_sock */
	struct sea_pktq rxq;       /* packets with a sea_dgram_cb */
	struct sea_dgram_mem *mem; /* NULL: no common limit */
	int32_t rx_deficit;        /* read but not yet credited: Linux gives back in bulk */
	bool no_src;               /* bound to a broadcast or group address: not to be sent from */
	struct sea_flow flow;      /* what `dst` is the way for */
	struct sea_dst dst;        /* the latest route that was used; empty: none */
};

/* Of a queued datagram; pkt->charged is its truesize. */
struct sea_dgram_cb {
	struct sea_ipaddr src, dst;
	uint16_t sport, dport;
	int32_t ifindex;
	uint32_t drops; /* of the socket, when it was queued */
	uint32_t flow_label, csum;
	uint16_t kept; /* bytes in front of the packet's first one: its headers, from IP's on; 0 */
	uint16_t hdr_len, frag_max;
	uint8_t family, dst_type, ttl, tos;
	bool has_csum;
};

static inline struct sea_dgram *sea_dgram_of(struct sea_sock *sock)
{
	return sea_container(sock, struct sea_dgram, sock);
}

void sea_dgram_init(struct sea_dgram *d, struct sea_stack *stack, const struct sea_sock_ops *ops,
		    int domain, int type, int protocol);
/* Drops what is queued (SOCKET_CLOSED, or STACK_FREED), gives up route and handle. */
void sea_dgram_fini(struct sea_dgram *d, enum sea_drop reason);

/* -- receiving -- */

/*
 * Queues a datagram whose first byte is what the program reads, and raises the event: consumes it.
 * -ENOBUFS (the receive buffer is full), -EDQUOT (so is the protocol's memory) and -ENOMEM leave it to
 * the caller, the socket's drop counted.
 */
SEA_MUST_USE int sea_dgram_queue(struct sea_dgram *d, struct sea_pkt *pkt,
				 const struct sea_ip_rx *rx, uint16_t sport, uint16_t dport);
/*
 * The error queue for MSG_ERRQUEUE, else the receive queue. Counts `delivered` (SEA_MIB_N:
 * nothing) for what was read.
 */
ssize_t sea_dgram_recvmsg(struct sea_dgram *d, struct msghdr *msg, int flags,
			  enum sea_mib delivered);
/* The family of the datagram that is read next; AF_INET where there is none. */
uint8_t sea_dgram_next_family(const struct sea_dgram *d);
/* As much of the packet as the program has room for. */
size_t sea_dgram_copy_out(const struct sea_pkt *pkt, const struct msghdr *msg);
uint32_t sea_dgram_poll(struct sea_sock *sock);
/* Adds to what is charged for received bytes. */
void sea_dgram_charge(struct sea_dgram *d, int32_t bytes);
/* The same as ops->charge. */
void sea_dgram_charge_sock(struct sea_sock *sock, int32_t bytes);
/* SIOCINQ (the first datagram's length), SIOCOUTQ. */
int sea_dgram_ioctl(struct sea_sock *sock, unsigned long request, int *value);
int sea_dgram_shutdown(struct sea_sock *sock, int how);
/* IPPROTO_IP, IPPROTO_IPV6; another level is -EOPNOTSUPP to get, -ENOPROTOOPT to set. */
int sea_dgram_getsockopt(struct sea_sock *sock, int level, int name, void *val, socklen_t *len);
int sea_dgram_setsockopt(struct sea_sock *sock, int level, int name, const void *val,
			 socklen_t len);
void sea_dgram_info(struct sea_sock *sock, struct sea_socket_info *info);
void sea_dgram_tx_done(struct sea_sock *sock);

/* -- errors -- */

/*
 * A validated ICMP error about something that this socket sent: SO_ERROR as Linux decides, path MTU,
 * the error queue. `hdr_len`: of the transport header in the quotation.
 */
void sea_dgram_icmp_error(struct sea_dgram *d, const struct sea_icmp_error *error,
			  uint32_t hdr_len);

/* -- sending -- */

struct sea_dgram_tx {
	struct sea_cmsg_tx cmsg;
	struct sea_endpoint to;
	struct sea_ext_set ext; /* of IPv6: borrowed from the program or the socket */
	struct sea_dst dst; /* borrowed from the socket's cache; of IPv6, to ext.final by a hop */
	const struct sea_flow_label
		*lease;      /* of the label; NULL: needs none. Borrowed, in one call */
	uint32_t flow_label; /* of IPv6 */
	bool confirm;        /* MSG_CONFIRM */
	bool lent;           /* goes over the program's own memory */
};

/* The way to tx->to with tx->cmsg as it stands; what connect() asks, too. */
SEA_MUST_USE int sea_dgram_route(struct sea_dgram *d, struct sea_dgram_tx *tx, int flags);

/* What Linux asks of each datagram for IPv4 before all else: -EMSGSIZE, -EOPNOTSUPP. */
SEA_MUST_USE int sea_dgram_check4(size_t len, int flags);
/* Destination (msg->msg_name or the peer), control messages, route: 0 or Linux's -errno. */
SEA_MUST_USE int sea_dgram_tx_begin(struct sea_dgram *d, const struct msghdr *msg, int flags,
				    enum sea_sockaddr_use use, struct sea_dgram_tx *tx);
/*
 * An empty packet for up to `len` bytes, charged to the socket; the pending error, -EPIPE, -EAGAIN
 * (send buffer full), -ENOMEM.
 */
SEA_MUST_USE int sea_dgram_tx_pkt(struct sea_dgram *d, const struct sea_dgram_tx *tx, uint32_t len,
				  struct sea_pkt **pkt);
/* Appends the program's bytes; -ENOMEM leaves the packet to the caller. */
SEA_MUST_USE int sea_dgram_tx_fill(struct sea_pkt *pkt, const struct msghdr *msg);
/* Could MSG_ZEROCOPY send `len` bytes without a copy? As Linux: a packet, not several, which the link sums. */
bool sea_dgram_tx_gathers(const struct sea_dgram *d, const struct sea_dgram_tx *tx, size_t len);
/* Appends what MSG_ZEROCOPY lends (tx->lent). -ENOMEM, or -EMSGSIZE (too many pages). */
SEA_MUST_USE int sea_dgram_tx_lend(struct sea_pkt *pkt, const struct msghdr *msg,
				   struct sea_zc *zc);
/* The same of `len` bytes that have to be copied all the same. */
SEA_MUST_USE int sea_dgram_tx_copy(struct sea_pkt *pkt, const struct msghdr *msg, uint32_t len,
				   struct sea_zc *zc);
/* The largest datagram, its transport header included: what may be cut up, or fits in one packet. */
uint32_t sea_dgram_tx_max(const struct sea_dgram *d, const struct sea_dgram_tx *tx);
/* What a datagram of `len` bytes is charged with. */
uint32_t sea_dgram_truesize(const struct sea_dgram *d, const struct sea_dgram_tx *tx, uint32_t len);
/* IPV6_DONTFRAG, of the socket or of this datagram. */
bool sea_dgram_dontfrag(const struct sea_dgram *d, const struct sea_dgram_tx *tx);
/* -EMSGSIZE with the word to the error queue, and of the path's MTU, that Linux puts there. */
int sea_dgram_too_big(struct sea_dgram *d, const struct sea_dgram_tx *tx);
/* Where it is read in the end, which checksums know: dst.dst, but for a routing header. */
static inline const struct sea_ipaddr *sea_dgram_final(const struct sea_dgram_tx *tx)
{
	return sea_ext_first_hop(&tx->ext) ? &tx->ext.final : &tx->dst.dst;
}
/* Sends, the transport header in front: consumes. 0 or what sea_ip_output() says. */
SEA_MUST_USE int sea_dgram_tx_send(struct sea_dgram *d, const struct sea_dgram_tx *tx,
				   struct sea_pkt *pkt);

/* -- connecting -- */

/* sea_dgram_connect_route() for the socket itself, which is bound to the peer's link where it has one. */
SEA_MUST_USE int sea_dgram_connect(struct sea_dgram *d, const struct sea_endpoint *peer,
				   struct sea_dgram_tx *tx);
/* The route to `peer` for connect(); tx->dst has the address to speak from. */
SEA_MUST_USE int sea_dgram_connect_route(struct sea_dgram *d, const struct sea_endpoint *peer,
					 struct sea_dgram_tx *tx);

struct sea_saver;
struct sea_loader;
void sea_dgram_save(struct sea_saver *to, const struct sea_dgram *d);
/* Into what sea_dgram_init() made. */
void sea_dgram_load(struct sea_loader *from, struct sea_dgram *d);

#endif
