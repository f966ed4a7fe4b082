/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of spanning trees, BPDUs (IEEE 802.1D-1998 §9.3), in frames of IEEE 802.2:
 *
 *	to, from, length | 42 42 03 | 0 0 version type | flags root cost bridge port age max-age hello delay
 */
#include <string.h>

#include "core/stack.h"
#include "link/device/bridge_stp.h"

#define ETH_HDR ((uint32_t)sizeof(struct sea_ether_hdr))
#define LLC_LEN 3u
#define LLC_MAX 1500u /* what is more is an EtherType */
#define HEAD_LEN 4u
#define CONFIG_LEN 35u
#define TYPE_CONFIG 0x00
#define TYPE_TCN 0x80
#define PRIORITY_CONTROL 7u
#define FRAME_MAX (ETH_HDR + LLC_LEN + CONFIG_LEN)

static const uint8_t llc[LLC_LEN] = { 0x42, 0x42, 0x03 };

/* -- out -- */

/* `len` bytes of a message stand behind the headers. */
static void send_frame(struct sea_bridge_port *p, uint8_t frame[FRAME_MAX], uint32_t len)
{
	struct sea_pkt *pkt;

	memcpy(frame, p->bridge->group.b, 6);
	memcpy(frame + 6, p->link->mac.b, 6);
	sea_put16(frame + 12, (uint16_t)(LLC_LEN + len));
	memcpy(frame + ETH_HDR, llc, LLC_LEN);
	pkt = sea_pkt_from_bytes(p->link, frame, ETH_HDR + LLC_LEN + len);
	if (!pkt) {
		p->link->stats.tx_dropped++;
		return;
	}
	pkt->priority = PRIORITY_CONTROL;
	(void)sea_link_output_frame(p->link, pkt);
}

void sea_stp_send_config(struct sea_bridge_port *p, uint16_t message_age)
{
	const struct sea_bridge *b = p->bridge;
	uint8_t frame[FRAME_MAX] = { 0 }, *m = frame + ETH_HDR + LLC_LEN;

	if (!b->stp.on)
		return;
	m[3] = TYPE_CONFIG;
	m[4] = (uint8_t)((b->stp.topology_change ? SEA_BPDU_CHANGE : 0) |
			 (p->stp.change_ack ? SEA_BPDU_CHANGE_ACK : 0));
	memcpy(m + 5, b->stp.root.b, 8);
	sea_put32(m + 13, b->stp.root_cost);
	memcpy(m + 17, b->stp.id.b, 8);
	sea_put16(m + 25, sea_stp_port_id(p));
	sea_put16(m + 27, message_age);
	sea_put16(m + 29, (uint16_t)sea_stp_ticks(b->max_age));
	sea_put16(m + 31, (uint16_t)sea_stp_ticks(b->hello_time));
	sea_put16(m + 33, (uint16_t)sea_stp_ticks(b->forward_delay));
	send_frame(p, frame, CONFIG_LEN);
}

void sea_stp_send_tcn(struct sea_bridge_port *p)
{
	uint8_t frame[FRAME_MAX] = { 0 };

	if (!p->bridge->stp.on)
		return;
	frame[ETH_HDR + LLC_LEN + 3] = TYPE_TCN;
	send_frame(p, frame, HEAD_LEN);
}

/* -- in -- */

/* False: there is not all of it, or it is of another protocol or version. */
static bool parse(const uint8_t *m, uint32_t len, struct sea_bpdu *bpdu)
{
	*bpdu = (struct sea_bpdu){ 0 };
	if (len < HEAD_LEN || m[0] || m[1] || m[2])
		return false;
	bpdu->tcn = m[3] == TYPE_TCN;
	if (bpdu->tcn)
		return true;
	if (m[3] != TYPE_CONFIG || len < CONFIG_LEN)
		return false;
	bpdu->flags = m[4];
	memcpy(bpdu->root.b, m + 5, 8);
	bpdu->cost = sea_get32(m + 13);
	memcpy(bpdu->bridge.b, m + 17, 8);
	bpdu->port = sea_get16(m + 25);
	bpdu->message_age = sea_get16(m + 27);
	bpdu->max_age = sea_get16(m + 29);
	bpdu->hello_time = sea_get16(m + 31);
	bpdu->forward_delay = sea_get16(m + 33);
	return bpdu->message_age <= bpdu->max_age;
}

static bool takes(const struct sea_bridge_port *p, const uint8_t dst[6])
{
	return p->bridge->link->up && p->state != SEA_BRIDGE_DISABLED &&
	       !memcmp(dst, p->bridge->group.b, 6);
}

/* False: it is not taken. Whoever is to get no messages does not forward any more when one comes. */
static bool take(struct sea_bridge_port *p, const uint8_t *frame, uint32_t len)
{
	struct sea_bpdu m;
	uint32_t said;

	if (!takes(p, frame))
		return false;
	if (p->flags & SEA_BRPORT_GUARD) {
		sea_stp_disable_port(p);
		return false;
	}
	said = sea_get16(frame + 12) < len - ETH_HDR ? sea_get16(frame + 12) : len - ETH_HDR;
	if (said < LLC_LEN || !parse(frame + ETH_HDR + LLC_LEN, said - LLC_LEN, &m))
		return false;
	sea_stp_receive(p, &m);
	return true;
}

bool sea_stp_input(struct sea_bridge_port *p, struct sea_pkt *pkt)
{
	uint8_t frame[FRAME_MAX] = { 0 };
	uint32_t len = pkt->len < FRAME_MAX ? pkt->len : FRAME_MAX;

	if (!p->bridge->stp.on || len < ETH_HDR + LLC_LEN || !sea_pkt_read(pkt, 0, frame, len) ||
	    sea_get16(frame + 12) > LLC_MAX || memcmp(frame + ETH_HDR, llc, LLC_LEN) != 0)
		return false;
	if (take(p, frame, len))
		sea_pkt_free(pkt);
	else
		sea_pkt_drop(p->link->stack, pkt, SEA_DROP_BRIDGE_BPDU);
	return true;
}
