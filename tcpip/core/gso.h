/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where the headers of a frame lie that may be, become or be made of a super-segment: TCP or UDP
 * straight behind IPv4 or IPv6, unfragmented. Segmentation, coalescing and the virtio header agree
 * on frames through this.
 */
#ifndef SEA_CORE_GSO_H
#define SEA_CORE_GSO_H

#include <stdbool.h>
#include <stdint.h>

struct sea_pkt;

/* All offsets from the packet's first byte; data <= end <= the packet's length. */
struct sea_gso_view {
	uint32_t net, trans, data, end;
	uint16_t sum_offset; /* of the checksum in the transport header */
	uint8_t proto;       /* SEA_IPPROTO_TCP or _UDP */
	bool v6;
};

/*
 * Finds the headers behind `link_hdr_len` bytes of link header and makes them contiguous. False
 * when the frame is anything else, or contradicts itself.
 */
bool sea_gso_view(struct sea_pkt *pkt, uint32_t link_hdr_len, struct sea_gso_view *view);

/* The same of what we send ourselves: IPv6 extension headers may stand in front of the transport. */
bool sea_gso_view_sent(struct sea_pkt *pkt, uint32_t link_hdr_len, struct sea_gso_view *view);

/* Sum of the pseudo-header for a transport part of `len` bytes; `ip` is the network header. */
uint32_t sea_gso_pseudo(const struct sea_gso_view *view, const uint8_t *ip, uint32_t len);

/*
 * Makes the transport checksum PARTIAL: the field gets the pseudo-header's sum. The headers are
 * writable.
 */
void sea_gso_make_partial(struct sea_pkt *pkt, const struct sea_gso_view *view);

/*
 * What came in, network header first, is to be sent on: what was checked of a super-segment's sums the
 * edge makes anew. False: no memory.
 */
bool sea_gso_sums_for_sending(struct sea_pkt *pkt);

#endif
