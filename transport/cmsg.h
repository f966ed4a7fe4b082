/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Control messages: those that come with sendmsg() and change one packet, and those that recvmsg()
 * gives.
 */
#ifndef SEA_TRANSPORT_CMSG_H
#define SEA_TRANSPORT_CMSG_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <seastack/compiler.h>

#include "core/sock.h"

/* What one sendmsg() asks for, over what the socket is set to. */
struct sea_cmsg_tx {
	uint8_t tos, ttl; /* ttl 0: the socket's */
	uint32_t mark, priority;
	int oif;         /* IP_PKTINFO; 0: the socket's */
	uint8_t src[16]; /* IP_PKTINFO; zero: the socket's */
};

/*
 * Starts from the settings that the socket has for the family of `to` and reads msg->msg_control: 0 or
 * -EINVAL (a message that is cut, unknown or out of range). Levels that are nobody's are passed over, as
 * on Linux.
 */
SEA_MUST_USE int sea_cmsg_tx_read(const struct sea_sock *sock, const struct msghdr *msg,
				  const struct sea_endpoint *to, struct sea_cmsg_tx *tx);

/* Writes to msg->msg_control: begin, any number of puts, end. */
struct sea_cmsg_out {
	struct msghdr *msg;
	size_t room, used;
};

void sea_cmsg_begin(struct sea_cmsg_out *out, struct msghdr *msg);
/* Cuts what does not fit and sets MSG_CTRUNC. */
void sea_cmsg_put(struct sea_cmsg_out *out, int level, int type, const void *data, size_t len);
/* Sets msg->msg_controllen to what was written. */
void sea_cmsg_end(struct sea_cmsg_out *out);

/* What a received packet was like, for the messages that the socket's options ask for. */
struct sea_cmsg_rx {
	sea_time time;
	int ifindex;
	uint32_t mark, priority;
	uint32_t drops; /* of the socket, when the packet was queued (SO_RXQ_OVFL) */
	uint8_t tos, ttl;
	uint16_t dport;
	uint8_t spec_dst[4]; /* IP_PKTINFO: our address that an answer would come from */
	uint8_t dst[4];
};

void sea_cmsg_rx_put(const struct sea_sock *sock, const struct sea_cmsg_rx *rx,
		     struct sea_cmsg_out *out);

#endif
