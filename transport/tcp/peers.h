/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is remembered of peers (Linux's tcp_metrics): by the two addresses, in the order in which it was begun.
 *
 *	            the peer's next connection          a connection ended in order
 *	nothing ◄── an hour later ── entry ◄────────────── sea_tcp_peers_note()
 */
#ifndef SEA_TCP_PEERS_H
#define SEA_TCP_PEERS_H

#include <stdbool.h>
#include <stdint.h>

#include <seastack/addr.h>
#include <seastack/time.h>

#include "core/htable.h"
#include "core/list.h"
#include "core/save.h"
#include "core/siphash.h"
#include "ip/ip.h"
#include "wire/tcp.h"

struct tcp_conn;
struct tcp_state;

#define TCP_PEERS_MAX 8192u
#define TCP_PEER_LIFE_NS (3600 * SEA_SEC)

struct tcp_peer {
	struct sea_hnode hnode;
	struct sea_list by_age;
	uint8_t family;
	struct sea_ipaddr laddr, raddr;
	uint32_t rtt_us;    /* << 3 */
	uint32_t rttvar_us; /* << 2 */
	uint32_t ssthresh, cwnd, reordering;
	sea_time begun;
	/* Fast open (fastopen.h): what the peer's SYN-ACKs said, and what became of SYNs with data. */
	uint16_t syn_mss; /* 0: not known */
	uint8_t try_exp;  /* 1: with the old option next time; 2: that did not help */
	uint16_t syn_losses;
	sea_time syn_lost; /* the last */
	struct sea_tcp_cookie cookie;
};

struct tcp_peers {
	struct sea_pool *pool;
	struct sea_siphash_key key;
	struct sea_htable table;
	struct sea_list by_age; /* the oldest first */
};

void sea_tcp_peers_init(struct tcp_peers *peers, struct sea_stack *stack);
void sea_tcp_peers_fini(struct tcp_peers *peers);
/* Or NULL. */
struct tcp_peer *sea_tcp_peers_find(const struct tcp_peers *peers, uint8_t family,
				    const struct sea_ipaddr *laddr, const struct sea_ipaddr *raddr);
void sea_tcp_peers_forget(struct tcp_peers *peers, struct tcp_peer *peer);
/* Of the peer `dst` the oldest, from `src` (NULL or of family 0: from any); NULL: none. */
struct tcp_peer *sea_tcp_peers_by_addr(struct tcp_peers *peers, const struct sea_addr *dst,
				       const struct sea_addr *src);
void sea_tcp_peers_flush(struct tcp_peers *peers);

/* A connection ends as it should: what it learned is kept. */
void sea_tcp_peers_note(struct tcp_conn *c);
/* A connection is established: it begins with what others learned. */
void sea_tcp_peers_recall(struct tcp_conn *c);
/* Was a round trip ever measured? Then its address is not forged. */
bool sea_tcp_peers_proven(struct tcp_state *st, uint8_t family, const struct sea_ipaddr *laddr,
			  const struct sea_ipaddr *raddr, sea_time now);

/* The peer's cookie (len 0: none; exp: to be asked for in the old form), and its MSS unless 0. */
void sea_tcp_peers_cookie(struct tcp_conn *c, uint16_t *mss, struct sea_tcp_cookie *cookie);
/* A SYN-ACK to a SYN with fast open: `cookie` NULL: it had none. */
void sea_tcp_peers_note_cookie(struct tcp_conn *c, uint16_t mss,
			       const struct sea_tcp_cookie *cookie, bool syn_lost, uint8_t try_exp);

void sea_tcp_peers_save(struct sea_saver *to, const struct tcp_peers *peers);
void sea_tcp_peers_load(struct sea_loader *from, struct tcp_peers *peers);

#endif
