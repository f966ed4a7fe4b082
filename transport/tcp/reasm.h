/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The out-of-order queue: received packets ahead of RCV.NXT in a tree by sequence number, never
 * overlapping (what came first wins), coalesced where small, and the list of SACK blocks to report,
 * the latest first (RFC 2018 §4). Bounded by the caller through `charged`.
 */
#ifndef SEA_TCP_REASM_H
#define SEA_TCP_REASM_H

#include <stdbool.h>
#include <stdint.h>

#include "core/link.h"
#include "core/pkt.h"
#include "core/rbtree.h"
#include "core/sock.h"
#include "wire/tcp.h"

/* In pkt->cb of every packet in a TCP receive queue. */
struct tcp_rxcb {
	struct sea_rbnode node;
	sea_seq seq, end; /* of the payload, FIN excluded */
	bool fin;         /* a FIN stands at `end` */
	bool joined; /* something went into its predecessor's memory, or its own, as the last thing that came */
	uint16_t room; /* bytes that its memory on Linux would still take behind it */
};

#define TCP_RXCB(pkt) SEA_PKT_CB_AS(pkt, struct tcp_rxcb)

/* -- join.c: what follows a packet closely costs nothing while it fits into the packet's memory -- */

enum tcp_join {
	TCP_JOIN_NONE,   /* it has memory of its own */
	TCP_JOIN_BESIDE, /* it is to stand behind the other: sea_tcp_join_charge() when it does */
	TCP_JOIN_COPIED, /* the other has its bytes now: the packet is the caller's to free */
};

/* As truesize.c has it: the descriptor, room in front, and the page table behind. */
#define TCP_JOIN_OVERHEAD (SEA_TRUESIZE_DESCRIPTOR + 64u + 320u)
#define TCP_JOIN_LINEAR_MAX (SEA_TRUESIZE_DESCRIPTOR + 4096u)

/* What its memory on Linux has left behind its payload. */
static inline uint16_t sea_tcp_room_behind(const struct sea_pkt *pkt)
{
	enum sea_link_type type = pkt->link ? pkt->link->type : SEA_LINK_ETHERNET;
	uint32_t used = TCP_JOIN_OVERHEAD + (uint32_t)(pkt->frags[0].off - pkt->off_net) + pkt->len;

	if (type != SEA_LINK_IP)
		used += (uint32_t)sizeof(struct sea_ether_hdr);
	if (pkt->charged <= used || pkt->gso_type != SEA_GSO_NONE ||
	    pkt->charged > TCP_JOIN_LINEAR_MAX || type == SEA_LINK_LOOPBACK)
		return 0;
	return (uint16_t)(pkt->charged - used);
}

/* May `pkt` go into `to` (NULL: there is none)? Its cb says where it belongs, pkt->charged what it costs alone. */
enum tcp_join sea_tcp_join_close(struct sea_pkt *to, struct sea_pkt *pkt);

/* What does not fit behind the other, and did not turn round at loopback, stays alone. */
static inline enum tcp_join sea_tcp_join(struct sea_pkt *to, struct sea_pkt *pkt)
{
	if (!to ||
	    (pkt->len > TCP_RXCB(to)->room && !(pkt->link && pkt->link->type == SEA_LINK_LOOPBACK)))
		return TCP_JOIN_NONE;
	return sea_tcp_join_close(to, pkt);
}
/* The later one carries the charge of both, as memory is free when its last byte was read. */
void sea_tcp_join_charge(struct sea_pkt *to, struct sea_pkt *pkt);

struct tcp_reasm {
	struct sea_rbtree by_seq;
	uint32_t n;
	uint32_t charged; /* truesize of all packets in it */
	uint8_t n_sack;
	struct sea_sack_block sack[SEA_TCP_SACK_MAX]; /* latest first */
};

void sea_tcp_reasm_init(struct tcp_reasm *r);

enum tcp_reasm_result {
	TCP_REASM_QUEUED,
	TCP_REASM_DUPLICATE, /* all of it was there: the packet is still the caller's */
	TCP_REASM_NO_MEMORY, /* the packet is still the caller's */
};

/*
 * Takes a packet whose cb says where it belongs, trimmed of what is there already. *dup tells the
 * part that was (for DSACK; empty when start == end). Charges pkt->charged, set by the caller.
 */
enum tcp_reasm_result sea_tcp_reasm_insert(struct tcp_reasm *r, struct sea_pkt *pkt,
					   struct sea_sack_block *dup);

/*
 * A saved queue comes back packet by packet, as it stood and in its order. False: this one does not
 * lie behind what is there; it is still the caller's.
 */
bool sea_tcp_reasm_put_back(struct tcp_reasm *r, struct sea_pkt *pkt);

/* What the first packet has, its FIN's number with it; false: there is none. */
bool sea_tcp_reasm_first(const struct tcp_reasm *r, struct sea_sack_block *block);

/* Is the peer's FIN, perhaps with text before it, all there is? */
bool sea_tcp_reasm_only_fin(const struct tcp_reasm *r);

/*
 * The packet that continues at rcv_nxt (front trimmed as needed), taken out; NULL where there is
 * none. Packets wholly below rcv_nxt are handed out, too, with len 0 and no FIN: the caller frees.
 */
struct sea_pkt *sea_tcp_reasm_take(struct tcp_reasm *r, sea_seq rcv_nxt);

/* Takes out the first run of packets without a hole that begins at or behind `from`; false: there is none. */
bool sea_tcp_reasm_take_run(struct tcp_reasm *r, sea_seq from, struct sea_pktq *run);
/* Puts it back, however it is divided now. */
void sea_tcp_reasm_put_run(struct tcp_reasm *r, struct sea_pktq *run);

/* Drops packets from the highest sequence down to `seq`, until `charged` is at most `goal`; returns how many. */
unsigned sea_tcp_reasm_prune(struct tcp_reasm *r, struct sea_stack *stack, sea_seq seq,
			     uint32_t goal);

/* All packets go, for `reason`. */
void sea_tcp_reasm_clear(struct tcp_reasm *r, struct sea_stack *stack, enum sea_drop reason);

/* Blocks below rcv_nxt are forgotten. */
void sea_tcp_reasm_advance(struct tcp_reasm *r, sea_seq rcv_nxt);

bool sea_tcp_reasm_check(const struct tcp_reasm *r);

#endif
