/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MSG_ZEROCOPY: which calls handed memory over, and when the program is told that it has it back. Calls are numbered
 * from 0 on; the error queue tells of ranges of them (SO_EE_ORIGIN_ZEROCOPY: ee_info to ee_data), in the order in which
 * they ended.
 *
 *	sea_zc_begin() ── sea_zc_lend(), one for each piece ── sea_zc_end()        the call
 *	                        │
 *	                        └─ the last reference to the buffer goes           the last of all: an entry
 *
 * Packets and the send queue refer to the program's own memory. Whoever would keep it for longer than a wire does copies
 * it instead (sea_pkt_unlend: a reader on this machine, an entry of the error queue), and that is told, too
 * (SO_EE_CODE_ZEROCOPY_COPIED). When the socket is closed there is nobody to tell: what is still out is copied then.
 */
#ifndef SEA_TRANSPORT_ZEROCOPY_H
#define SEA_TRANSPORT_ZEROCOPY_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/sock.h"

struct sea_buf;
struct sea_pool;
struct sea_saver;
struct sea_loader;

#define SEA_MSG_ZEROCOPY 0x4000000
/* Pieces that one segment has at most (MAX_SKB_FRAGS), and bytes that one entry tells of where calls join it. */
#define SEA_ZC_PIECES_MAX 17u
#define SEA_ZC_JOIN_MAX (512u * 1024)
/* What an entry takes of net.core.optmem_max, from the call on until it is read; and what must be left for one more. */
#define SEA_ZC_OPTMEM 832
#define SEA_ZC_OPTMEM_LEAST 576

/* Calls that will be told of together. */
struct sea_zc;

/* SO_ZEROCOPY: 0, -EOPNOTSUPP, -EINVAL, -ENOMEM. */
SEA_MUST_USE int sea_zc_set(struct sea_sock *sock, int on);

/*
 * A call of `size` > 0 bytes of a socket with SO_ZEROCOPY: 0, and *zc to be ended, or -ENOBUFS (no memory, or
 * net.core.optmem_max is reached). With `join` it is told of together with the call before, where that may be: *joined.
 */
SEA_MUST_USE int sea_zc_begin(struct sea_sock *sock, bool join, uint32_t size, struct sea_zc **zc,
			      bool *joined);
/* A foreign buffer over these bytes, one reference. NULL: no memory. */
struct sea_buf *sea_zc_lend(struct sea_zc *zc, struct sea_pool *pool, const void *bytes,
			    uint32_t len);
/* The same over a copy of the message's `len` > 0 bytes. */
struct sea_buf *sea_zc_copy(struct sea_zc *zc, struct sea_pool *pool, const struct msghdr *msg,
			    uint32_t len);
/* The call ends; not `used`: it took nothing, and does not count. */
void sea_zc_end(struct sea_zc *zc, bool used);

/*
 * Nobody will be told any more: what packets and queues still refer to is copied, and they refer to the copies. -ENOMEM:
 * not all of it.
 */
SEA_MUST_USE int sea_zc_recall(struct sea_sock *sock);

void sea_zc_save(struct sea_saver *to, const struct sea_sock *sock);
/* What was out then is over: its bytes are in the snapshot. */
void sea_zc_load(struct sea_loader *from, struct sea_sock *sock);

#endif
