/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The authentication option of TCP (RFC 5925), as Linux has it (TCP_AO_*):
 *
 *	 0                                                4                     4 + maclen bytes
 *	+-----------+--------------+-------+------------+------- - - ---------+------
 *	| kind = 29 | 4 + maclen   | KeyID | RNextKeyID | MAC                 | NOPs
 *	+-----------+--------------+-------+------------+------- - - ---------+------
 *
 * A socket has keys (the RFC's MKTs), each for peers by the prefix of their address, with a SendID and a RecvID. Of those
 * that fit a connection's peer it signs with current_key, which is what the peer asked for last by its RNextKeyID, and
 * asks for rnext_key. A listener's keys are its requests', and a child gets copies of all that fit its peer. Numbers are
 * extended to 64 bits (SNE), by where snd_una and rcv_nxt were when a segment went or came.
 *
 * As md5.h: sockets with keys have TCP_F_LOOK, and a segment with a signature is never part of a super-segment.
 */
#ifndef SEA_TCP_AO_H
#define SEA_TCP_AO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/list.h"
#include "core/save.h"
#include "transport/tcp/ao_mac.h"
#include "transport/tcp/ao_struct.h"
#include "transport/tcp/conn.h"
#include "transport/tcp/md5.h"
#include "transport/tcp/passive.h"
#include "transport/tcp/rx.h"

/* What a key takes of net.core.optmem_max. */
#define TCP_AO_OPTMEM 300

struct tcp_ao_key {
	struct sea_list node;     /* in tcp_ao.keys, the newest first */
	struct tcp_md5_peer peer; /* its flags: TCP_AO_KEYF_IFINDEX */
	const struct tcp_ao_alg *alg;
	uint8_t sndid, rcvid, maclen, keyflags;
	uint8_t len; /* of the master key */
	uint8_t bytes[TCP_AO_KEY_MAX];
	uint64_t good, bad;
	/* Traffic keys of the connection, once they are reckoned. */
	bool derived;
	uint8_t snd[TCP_AO_DIGEST_MAX], rcv[TCP_AO_DIGEST_MAX];
};

/* A socket's keys, or that it wants to have some. */
struct tcp_ao {
	struct sea_list keys;
	struct tcp_ao_key *current, *rnext; /* NULL: not chosen, or a listener's */
	uint32_t lisn, risn;                /* initial numbers; risn: 0 before the peer's SYN */
	uint64_t snd, rcv;                  /* numbers that were, extended */
	bool required, accept_icmps;        /* TCP_AO_INFO's */
	uint64_t good, bad, key_not_found, ao_required, dropped_icmp;
};

/* All that signs one segment without a connection. */
struct tcp_ao_sig {
	const struct tcp_ao_key *key;
	uint8_t rnext;
	uint32_t sne;
	uint8_t traffic[TCP_AO_DIGEST_MAX];
};

/* -- ao_sockopt.c, ao_get.c: keys come and go -- */

/* TCP_AO_ADD_KEY, TCP_AO_DEL_KEY, TCP_AO_INFO, TCP_AO_REPAIR: 0 or -errno as Linux's. */
int sea_tcp_ao_set(struct tcp_conn *c, int name, const void *val, socklen_t len);
/* TCP_AO_INFO, TCP_AO_REPAIR; TCP_AO_GET_KEYS, whose array is all of *len, and comes back as one element's. */
int sea_tcp_ao_get(struct tcp_conn *c, int name, void *val, socklen_t *len);

/* A child has its listener's keys for its peer: 0 or -ENOMEM. */
SEA_MUST_USE int sea_tcp_ao_inherit(struct tcp_conn *c, const struct tcp_req *req);

/* -- ao_repair.c: TCP_AO_REPAIR alone -- */

int sea_tcp_ao_repair(struct tcp_conn *c, const void *val, socklen_t len);
int sea_tcp_ao_numbers(const struct tcp_conn *c, void *val, socklen_t len);

/* -- ao.c: whose keys -- */

/* Is it for a peer? Any ID: -1. */
bool sea_tcp_ao_fits(const struct tcp_ao_key *key, uint8_t family, const struct sea_ipaddr *addr,
		     int l3index, int sndid, int rcvid);
/* The newest; NULL: there is none. */
struct tcp_ao_key *sea_tcp_ao_find(const struct tcp_ao *ao, uint8_t family,
				   const struct sea_ipaddr *addr, int l3index, int sndid,
				   int rcvid);
/* Of the connection's peer. */
struct tcp_ao_key *sea_tcp_ao_of_peer(const struct tcp_conn *c, int sndid, int rcvid);
struct tcp_ao *sea_tcp_ao_new(struct sea_stack *stack);
/* NULL: nothing. */
void sea_tcp_ao_free(struct sea_stack *stack, struct tcp_ao *ao);
void sea_tcp_ao_key_free(struct sea_stack *stack, struct tcp_ao_key *key);

/*
 * Before a SYN: keys of other peers go, current_key and rnext_key are chosen, and so is between these and RFC 2385's. 0,
 * -EKEYREJECTED: there are keys, but none for this peer.
 */
int sea_tcp_ao_connect(struct tcp_conn *c);
/* What follows the connection signs, not it. NULL: it has no keys. */
struct tcp_ao *sea_tcp_ao_take(struct tcp_conn *c);
/* c->iss is chosen; the peer's SYN came. */
void sea_tcp_ao_begin(struct tcp_conn *c);
void sea_tcp_ao_established(struct tcp_conn *c, sea_seq irs);
/* Made of numbers (repair.h): they are extended by nothing, and which were the first is told by TCP_AO_REPAIR. */
void sea_tcp_ao_repaired(struct tcp_conn *c);
/* Initial numbers are others: traffic keys are reckoned anew. */
void sea_tcp_ao_renumber(struct tcp_ao *ao, uint32_t lisn, uint32_t risn);
/* The one that is nearest to another: windows are smaller than half of the space. */
static inline uint64_t tcp_ao_extend(uint64_t near, uint32_t seq)
{
	return near + (uint64_t)(int64_t)(int32_t)(seq - (uint32_t)near);
}

void sea_tcp_ao_save(struct sea_saver *to, const struct tcp_ao *ao);
struct tcp_ao *sea_tcp_ao_load(struct sea_loader *from, struct sea_stack *stack);

/* -- ao_sign.c: segments -- */

/* As sea_tcp_md5_sign(), with the option first. */
void sea_tcp_ao_sign_by(const struct tcp_ao_sig *sig, uint8_t family, const struct sea_ipaddr *src,
			const struct sea_ipaddr *dst, struct sea_pkt *pkt);
void sea_tcp_ao_sign(const struct tcp_conn *c, struct sea_pkt *pkt);
/* For a segment of that number: false: there is no key (any more). */
bool sea_tcp_ao_of_conn(const struct tcp_conn *c, sea_seq seq, struct tcp_ao_sig *sig);
bool sea_tcp_ao_of_req(const struct tcp_req *req, sea_seq seq, struct tcp_ao_sig *sig);
/* The IDs of what opens a connection. */
void sea_tcp_ao_note(struct tcp_req *req, const struct tcp_rx *rx);
bool sea_tcp_ao_of_tw(const struct tcp_tw *tw, struct tcp_ao_sig *sig);
/* Is a segment that has the option signed as it has to be? `req`: or NULL. False: it was counted and dropped. */
bool sea_tcp_ao_admits(const struct tcp_conn *c, const struct tcp_req *req, struct tcp_rx *rx);
/* Who began a handshake with the option, ends it so, and the other way round. False: it was counted and dropped. */
bool sea_tcp_ao_is_as_the_syn(const struct tcp_conn *c, const struct tcp_req *req,
			      struct tcp_rx *rx);
/* Is a segment without any signature to be dropped? Then it was. */
bool sea_tcp_ao_misses(const struct tcp_conn *c, struct tcp_rx *rx);
/* What signs the reset of number `seq` that answers it; false: nobody could, and there is none. */
bool sea_tcp_ao_of_reset(struct sea_stack *stack, const struct tcp_rx *rx, sea_seq seq,
			 struct tcp_ao_sig *sig);
/* Is an ICMP error about the connection not to be believed (RFC 5925 §7.8)? Then it is counted. */
bool sea_tcp_ao_ignores(const struct tcp_conn *c, uint8_t family, uint8_t type, uint8_t code);

static inline void tcp_reply_sign_ao(struct tcp_reply *reply, const struct tcp_ao_sig *sig)
{
	reply->ao = sig;
	reply->opts.sig = 1;
	reply->opts.ao = (uint8_t)(SEA_TCP_AO_HEAD_LEN + sig->key->maclen);
}

#endif
