/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packets, as a driver sees them. A packet is one frame or one super-segment of up to 64 KiB in a
 * short chain of memory pieces; it belongs to one stack and to one owner at a time.
 *
 * Receiving: keep a `sea_rx_chain` filled, read into its pieces, and take the packet out:
 *
 *	struct sea_rx_chain chain = { 0 };
 *	if (sea_rx_chain_fill(&chain, link) == 0) {
 *		int cnt = sea_rx_chain_iov(&chain, iov, SEA_RX_CHAIN_MAX);
 *		ssize_t n = readv(fd, iov, cnt);
 *		frames[k++] = sea_rx_chain_take(&chain, n);    // what was not written stays in the chain
 *	}
 *	sea_link_input(link, frames, k, now);                  // consumes them
 *
 * Sending: `sea_link_take_tx()` lends packets to the driver until it calls `sea_pkt_done()`.
 */
#ifndef SEASTACK_PKT_H
#define SEASTACK_PKT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include <seastack/compiler.h>

SEA_BEGIN_DECLS

struct sea_pkt;
struct sea_buf;
struct sea_link;

/* Length in bytes from the start of the frame (or, inside the stack, of what is still unread). */
SEA_API size_t sea_pkt_len(const struct sea_pkt *pkt);

/*
 * The packet's pieces in order. Returns how many were written; -EMSGSIZE when `max` is too small
 * (SEA_PKT_IOV_MAX is always enough).
 */
#define SEA_PKT_IOV_MAX 64
SEA_API int sea_pkt_iov(const struct sea_pkt *pkt, struct iovec *iov, int max);

/* Copies `len` bytes from offset `off`; false when the packet is shorter. */
SEA_API bool sea_pkt_read(const struct sea_pkt *pkt, size_t off, void *to, size_t len);

/*
 * The frame left the machine (or the driver gave up on it): frees it and credits its socket. Touches
 * no timers; a socket that may now send more is served by the next sea_stack_advance(), and the
 * stack's deadline says so.
 */
SEA_API void sea_pkt_done(struct sea_pkt *pkt);

/* A packet for `link` holding a copy of `len` bytes; NULL when memory is short. */
SEA_API struct sea_pkt *sea_pkt_from_bytes(struct sea_link *link, const void *frame, size_t len);

/* Memory for one incoming frame: small first, then larger. Zero-initialise; fini gives it back. */
#define SEA_RX_CHAIN_MAX 5
struct sea_rx_chain {
	struct sea_link *link;
	struct sea_buf *bufs[SEA_RX_CHAIN_MAX];
	unsigned n; /* pieces in use: 1 where no super-segments can come, else SEA_RX_CHAIN_MAX */
};

/* Replaces the pieces that were taken. 0, or -ENOMEM when the stack's memory is used up. */
SEA_API SEA_MUST_USE int sea_rx_chain_fill(struct sea_rx_chain *chain, struct sea_link *link);
/* The pieces, for readv(2); returns how many were written, at most `max`. */
SEA_API int sea_rx_chain_iov(const struct sea_rx_chain *chain, struct iovec *iov, int max);

/*
 * A packet of the chain's first `len` bytes (0 < len <= what iov offered). NULL when memory is
 * short: the pieces stay in the chain and the frame is counted as lost.
 */
SEA_API struct sea_pkt *sea_rx_chain_take(struct sea_rx_chain *chain, size_t len);
/* Gives the pieces back to the stack's memory. */
SEA_API void sea_rx_chain_fini(struct sea_rx_chain *chain);

/*
 * The header that tap (IFF_VNET_HDR) and AF_PACKET (PACKET_VNET_HDR) put before each frame: struct
 * virtio_net_hdr, virtio 1.2 §5.1.6, little-endian.
 */
#define SEA_VNET_HDR_LEN 10

/* Writes the header that describes `pkt`. */
SEA_API void sea_pkt_vnet_put(const struct sea_pkt *pkt, uint8_t hdr[SEA_VNET_HDR_LEN]);

/*
 * Believes a header that came with `pkt` as far as the link is trusted and every length and offset
 * in it lies inside the frame. 0, or -EINVAL: the caller drops the packet with
 * SEA_DROP_LINK_VNET_HDR through sea_link_reject().
 */
SEA_API SEA_MUST_USE int sea_pkt_vnet_apply(struct sea_pkt *pkt,
					    const uint8_t hdr[SEA_VNET_HDR_LEN]);

SEA_END_DECLS
#endif
