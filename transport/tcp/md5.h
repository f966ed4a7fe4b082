/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures of segments with MD5 (RFC 2385), as Linux has them (TCP_MD5SIG, TCP_MD5SIG_EXT):
 *
 *	 0                                    4                            20 bytes
 *	+------+------+-----------+----------+------------- - - ----------+
 *	| NOP  | NOP  | kind = 19 | len = 18 | digest: 16 bytes           |
 *	+------+------+-----------+----------+------------- - - ----------+
 *
 * A socket has keys, each for peers by the prefix of their address; the longest that fits counts. A listener's are its
 * requests', and a child gets a copy of the one that fits its peer. Where there is a key every segment is signed, and one
 * that came without a right signature is dropped, and none answers it. Where there is none a signed segment is dropped.
 *
 * Sockets with keys have TCP_F_LOOK, so that others pay for none of this. A segment with a signature is never part of a
 * super-segment: each has a digest of its own.
 */
#ifndef SEA_TCP_MD5_H
#define SEA_TCP_MD5_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/list.h"
#include "core/save.h"
#include "transport/tcp/conn.h"
#include "transport/tcp/passive.h"
#include "transport/tcp/rx.h"

#define TCP_MD5_KEY_MAX 80 /* bytes of a key */
/* TCP_MD5SIG_FLAG_* of <linux/tcp.h>, which does not go together with the C library's. */
#define TCP_MD5_FLAG_PREFIX 1
#define TCP_MD5_FLAG_IFINDEX 2
/* What a key takes of net.core.optmem_max. */
#define TCP_MD5_OPTMEM 136

/* Whose segments a key is for. */
struct tcp_md5_peer {
	struct sea_ipaddr addr;
	int l3index; /* the VRF's link; 0: none */
	uint8_t family, prefixlen;
	uint8_t flags; /* TCP_MD5_FLAG_IFINDEX: in no other VRF */
};

struct tcp_md5_key {
	struct sea_list node; /* in tcp_md5.keys */
	struct tcp_md5_peer peer;
	uint8_t len;
	uint8_t bytes[TCP_MD5_KEY_MAX];
};

/* A socket's keys: at least one. */
struct tcp_md5 {
	struct sea_list keys;
};

/* -- md5_nettle.c, or md5_none.c, where there is nothing that could reckon digests -- */

extern const bool sea_tcp_has_md5;

/* What is signed: addresses, the header without its options and with a checksum of 0, data. */
struct tcp_md5_text {
	uint8_t family;
	const struct sea_ipaddr *src, *dst;
	const struct sea_tcp_hdr *header;
	uint32_t header_len;       /* with options, whose length counts */
	const struct sea_pkt *pkt; /* data: from its byte `skip` on */
	uint32_t skip;
};

void sea_tcp_md5_digest(const struct tcp_md5_key *key, const struct tcp_md5_text *text,
			uint8_t digest[SEA_TCP_MD5_LEN]);

/* -- md5_sockopt.c: having keys -- */

/* TCP_MD5SIG and TCP_MD5SIG_EXT: 0 or -errno; -ENOENT: there is none to be taken away. */
int sea_tcp_md5_set(struct tcp_conn *c, int name, const void *val, socklen_t len);
/* Is there a key for some of these, too? */
bool sea_tcp_md5_overlaps(const struct tcp_conn *c, const struct tcp_md5_peer *peer);
/* Another key, or other bytes for the one that is for just these: 0 or -ENOMEM. */
SEA_MUST_USE int sea_tcp_md5_put(struct tcp_conn *c, const struct tcp_md5_peer *peer,
				 const uint8_t *bytes, uint8_t len);
/* A child has its listener's key for its peer: 0 or -ENOMEM. */
SEA_MUST_USE int sea_tcp_md5_inherit(struct tcp_conn *c, const struct tcp_req *req);

/* -- md5.c: whose keys -- */

bool sea_tcp_same_prefix(const struct sea_ipaddr *a, const struct sea_ipaddr *b, unsigned bits);
/* The key for a peer; NULL: none. */
const struct tcp_md5_key *sea_tcp_md5_find(const struct tcp_conn *c, uint8_t family,
					   const struct sea_ipaddr *addr, int l3index);
/* The connection's; NULL: none. */
const struct tcp_md5_key *sea_tcp_md5_of_peer(const struct tcp_conn *c);
/* The same, at once where there are no keys. */
static inline const struct tcp_md5_key *tcp_md5_of(const struct tcp_conn *c)
{
	return __builtin_expect(c->flags & TCP_F_LOOK, 0) ? sea_tcp_md5_of_peer(c) : NULL;
}
/* The listener's for a request. */
const struct tcp_md5_key *sea_tcp_md5_of_req(const struct tcp_req *req);
/* A copy of the connection's key for what follows it; NULL: it has none, or no memory. */
struct tcp_md5_key *sea_tcp_md5_copy(const struct tcp_conn *c);
void sea_tcp_md5_key_free(struct sea_stack *stack, struct tcp_md5_key *key);
/* NULL: nothing. */
void sea_tcp_md5_free(struct sea_stack *stack, struct tcp_md5 *md5);

void sea_tcp_md5_save(struct sea_saver *to, const struct tcp_md5 *md5);
struct tcp_md5 *sea_tcp_md5_load(struct sea_loader *from, struct sea_stack *stack);
/* One key, or NULL. */
void sea_tcp_md5_key_save(struct sea_saver *to, const struct tcp_md5_key *key);
struct tcp_md5_key *sea_tcp_md5_key_load(struct sea_loader *from, struct sea_stack *stack);

/* -- md5_sign.c: segments -- */

/* The header stands at pkt->off_trans, complete but for its checksum, the room for the digest first among its options. */
void sea_tcp_md5_sign(const struct tcp_md5_key *key, uint8_t family, const struct sea_ipaddr *src,
		      const struct sea_ipaddr *dst, struct sea_pkt *pkt);
/* Is a segment for this socket signed as it has to be? False: it was counted and dropped. */
bool sea_tcp_md5_admits(const struct tcp_conn *c, struct tcp_rx *rx);
/*
 * What signs the reset that answers a signed segment: *key, NULL for none. False: nobody knows the key, so that there is
 * to be no answer.
 */
bool sea_tcp_md5_of_reset(struct sea_stack *stack, const struct tcp_rx *rx,
			  const struct tcp_md5_key **key);

static inline void tcp_reply_sign(struct tcp_reply *reply, const struct tcp_md5_key *key)
{
	reply->md5 = key;
	reply->opts.sig = key != NULL;
}

#endif
