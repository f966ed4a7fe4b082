/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MSG_ZEROCOPY: which calls handed memory over, and when the program is told that it has it back. Calls are numbered
 * from 0 on; the error queue tells of ranges of them (SO_EE_ORIGIN_ZEROCOPY: ee_info to ee_data), in the order in which
 * they ended.
 *
 *	sea_zc_begin() ── sea_zc_copy(), one for each piece ── sea_zc_end()        the call
 *	                        │
 *	                        └─ lent.acked(), or the buffer goes                the last of all: an entry
 *
 * The memory itself is copied, as Linux does where a device cannot gather, or somebody else on this machine will read
 * the data; that is told, too (SO_EE_CODE_ZEROCOPY_COPIED). So the program has its memory back when the call returns, but
 * is told when the peer acknowledged the data, as on Linux.
 */
#ifndef SEA_TRANSPORT_ZEROCOPY_H
#define SEA_TRANSPORT_ZEROCOPY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/sock.h"

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

/* What the buffer of a piece has as its release_ctx. */
struct sea_lent {
	/* The peer has it; packets below may still refer to the buffer. */
	void (*acked)(struct sea_lent *lent);
};

/* SO_ZEROCOPY: 0, -EOPNOTSUPP, -EINVAL, -ENOMEM. */
SEA_MUST_USE int sea_zc_set(struct sea_sock *sock, int on);

/*
 * A call of `size` > 0 bytes of a socket with SO_ZEROCOPY: 0, and *zc to be ended, or -ENOBUFS (no memory, or
 * net.core.optmem_max is reached). With `join` it is told of together with the call before, where that may be: *joined.
 */
SEA_MUST_USE int sea_zc_begin(struct sea_sock *sock, bool join, uint32_t size, struct sea_zc **zc,
			      bool *joined);
/* A buffer with a copy of these bytes, one reference; its release_ctx is a sea_lent. NULL: no memory. */
struct sea_buf *sea_zc_copy(struct sea_zc *zc, struct sea_pool *pool, const void *from,
			    uint32_t len);
/* The call ends; not `used`: it took nothing, and does not count. */
void sea_zc_end(struct sea_zc *zc, bool used);

void sea_zc_save(struct sea_saver *to, const struct sea_sock *sock);
/* What was out then is over: its bytes are in the snapshot. */
void sea_zc_load(struct sea_loader *from, struct sea_sock *sock);

#endif
