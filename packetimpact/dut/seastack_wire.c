// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/dut/seastack_wire.h"

#include <errno.h>
#include <stdlib.h>

#include <seastack/link.h>
#include <seastack/pkt.h>
#include <seastack/stack.h>

#include "core/checksum.h"
#include "core/gso.h"
#include "core/link.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

/* A wire is not a memory: who does not take packets loses the latest. */
#define PACKETS_MAX 65536u
#define BATCH 64u

enum { VNET_DATA_VALID = 2, VNET_GSO_TCP4 = 1, VNET_GSO_TCP6 = 4 };

struct sea_proc_packet {
	struct sea_list node;
	sea_time time;
	size_t len;
	uint16_t gso_size;
	uint8_t bytes[];
};

/* -- out -- */

/* What was left to the card: the sum of all from csum_start on. */
static void complete_sum(const struct sea_pkt *pkt, struct sea_proc_packet *w)
{
	size_t start = (size_t)(pkt->csum_start - sea_pkt_offset(pkt));
	uint16_t field;

	if (pkt->csum_state != SEA_CSUM_PARTIAL || start + pkt->csum_offset + 2 > w->len)
		return;
	field = (uint16_t)~sea_csum_fold(sea_csum_scalar(w->bytes + start, w->len - start, 0));
	/* RFC 768: a UDP checksum of 0 would mean that there is none. */
	sea_csum_put(w->bytes + start + pkt->csum_offset, field ? field : 0xffff);
}

static void keep(struct sea_proc *proc, struct sea_pkt *pkt)
{
	struct sea_proc_packet *w = NULL;
	size_t len = sea_pkt_len(pkt);

	if (proc->n_packets < PACKETS_MAX)
		w = malloc(sizeof(*w) + len);
	if (w && sea_pkt_read(pkt, 0, w->bytes, len)) {
		w->time = sea_proc_time(proc);
		w->len = len;
		w->gso_size = pkt->gso_type == SEA_GSO_NONE ? 0 : pkt->gso_size;
		complete_sum(pkt, w);
		sea_list_push_back(&proc->packets, &w->node);
		proc->n_packets++;
	} else {
		free(w);
	}
	sea_pkt_note_copied(pkt); /* as Linux does for a tun device */
	sea_pkt_done(pkt);
}

bool sea_proc_wire_drain(struct sea_proc *proc)
{
	struct sea_pkt *pkts[BATCH];
	struct sea_link *link;
	bool any = false;

	while ((link = sea_stack_next_tx(proc->stack))) {
		unsigned n = sea_link_take_tx(link, pkts, BATCH, proc->now);

		for (unsigned i = 0; i < n; i++)
			keep(proc, pkts[i]);
		any = any || n;
	}
	return any;
}

bool sea_proc_wire_take(struct sea_dut *dut, struct sea_dut_packet *packet)
{
	struct sea_proc *proc = (struct sea_proc *)dut;
	struct sea_list *node = sea_list_first(&proc->packets);
	struct sea_proc_packet *w;

	if (!node)
		return false;
	w = sea_container(node, struct sea_proc_packet, node);
	sea_list_remove(node);
	proc->n_packets--;
	free(proc->taken);
	proc->taken = w;
	*packet = (struct sea_dut_packet){
		.bytes = w->bytes,
		.len = w->len,
		.gso_size = w->gso_size,
		.time = w->time,
	};
	return true;
}

void sea_proc_wire_fini(struct sea_proc *proc)
{
	struct sea_list *node;

	while ((node = sea_list_first(&proc->packets))) {
		sea_list_remove(node);
		free(sea_container(node, struct sea_proc_packet, node));
	}
	free(proc->taken);
}

/* -- in -- */

/* A super-segment, as a card hands it up that has checked the whole; false: it is none, or its sum is wrong. */
static bool as_super(struct sea_pkt *pkt, uint16_t gso_size, uint8_t hdr[SEA_VNET_HDR_LEN])
{
	struct sea_gso_view view;
	uint8_t ip[sizeof(struct sea_ipv6_hdr)];
	uint32_t len;

	if (!gso_size || !sea_gso_view(pkt, 0, &view) || view.proto != SEA_IPPROTO_TCP ||
	    view.end - view.data <= gso_size)
		return false;
	len = view.end - view.trans;
	if (!sea_pkt_read(pkt, 0, ip, view.v6 ? sizeof(ip) : sizeof(struct sea_ipv4_hdr)) ||
	    sea_csum_fold(sea_csum_add(sea_gso_pseudo(&view, ip, len),
				       sea_pkt_csum(pkt, view.trans, len, sea_csum_scalar))) !=
		    0xffff)
		return false;
	hdr[0] = VNET_DATA_VALID;
	hdr[1] = view.v6 ? VNET_GSO_TCP6 : VNET_GSO_TCP4;
	hdr[4] = (uint8_t)gso_size;
	hdr[5] = (uint8_t)(gso_size >> 8);
	return true;
}

int sea_proc_wire_inject(struct sea_dut *dut, const struct sea_dut_packet *packet)
{
	struct sea_proc *proc = (struct sea_proc *)dut;
	uint8_t hdr[SEA_VNET_HDR_LEN] = { 0 };
	struct sea_pkt *pkt;

	if (!packet->len || packet->len > SEA_DUT_PACKET_MAX)
		return -EINVAL;
	if (packet->bytes[0] >> 4 != 4 && packet->bytes[0] >> 4 != 6)
		return -EINVAL;
	pkt = sea_pkt_from_bytes(proc->link, packet->bytes, packet->len);
	if (!pkt)
		return -ENOMEM;
	if (as_super(pkt, packet->gso_size, hdr) && sea_pkt_vnet_apply(pkt, hdr)) {
		sea_link_reject(proc->link, pkt, SEA_DROP_LINK_VNET_HDR, proc->now);
		return 0;
	}
	sea_link_input(proc->link, &pkt, 1, proc->now);
	sea_proc_settle(proc);
	return 0;
}
