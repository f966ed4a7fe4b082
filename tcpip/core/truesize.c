/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a packet would weigh on Linux: the model behind the charged ledger. Numbers were measured
 * with SO_MEMINFO on an x86-64 kernel with 4 KiB pages: a linear packet is a descriptor and one
 * allocation, whose end holds the table of pages; what does not fit goes into pages.
 */
#include "core/link.h"
#include "core/sock.h"

#define DESCRIPTOR SEA_TRUESIZE_DESCRIPTOR
#define PAGE_TABLE 320u
#define PAGE 4096u
/* In front of received frames, and in front of the payload of sent datagrams (with UDP/IP). */
#define RX_HEADROOM 64u
#define TX_HEADERS 59u
/* Larger sends are not linear any more. */
#define TX_LINEAR_MAX 16384u

/* The allocation classes that matter; the smallest is the one of small heads. */
static uint32_t class_of(uint32_t size)
{
	uint32_t class = 1024;

	if (size <= 576)
		return 576;
	while (class < size)
		class *= 2;
	return class;
}

uint32_t sea_truesize_dgram(uint32_t len)
{
	uint32_t size = len + TX_HEADERS + PAGE_TABLE;

	if (size > TX_LINEAR_MAX)
		return DESCRIPTOR + class_of(0) + len;
	return DESCRIPTOR + class_of(size);
}

uint32_t sea_truesize_linear(uint32_t len, uint16_t *room)
{
	const uint32_t line = 64;
	uint32_t class = class_of((len + line - 1) / line * line + PAGE_TABLE);

	*room = (uint16_t)(class - PAGE_TABLE - len);
	return DESCRIPTOR + class;
}

uint32_t sea_truesize_rx(const struct sea_pkt *pkt)
{
	const uint32_t linear = PAGE - RX_HEADROOM - PAGE_TABLE;
	enum sea_link_type type = pkt->link ? pkt->link->type : SEA_LINK_ETHERNET;
	uint32_t frame = pkt->len, off = pkt->frags[0].off;

	if (pkt->charged) /* put together of fragments, which were weighed one by one */
		return pkt->charged;
	if (type == SEA_LINK_LOOPBACK && pkt->gso_type == SEA_GSO_NONE)
		return sea_truesize_dgram(pkt->len);
	if (off > pkt->off_net)
		frame += off - pkt->off_net;
	if (type != SEA_LINK_IP)
		frame += (uint32_t)sizeof(struct sea_ether_hdr);
	if (frame <= linear)
		return DESCRIPTOR + class_of(frame + RX_HEADROOM + PAGE_TABLE);
	return DESCRIPTOR + PAGE + (frame - linear + PAGE - 1) / PAGE * PAGE;
}
