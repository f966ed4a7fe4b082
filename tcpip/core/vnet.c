/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The virtio header in front of a frame (virtio 1.2 §5.1.6): what of it we believe, and how ours
 * looks. Nothing in a header is used before it has been held against the frame.
 */
#include <errno.h>
#include <string.h>

#include "core/gso.h"
#include "core/link.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"
#include "wire/udp.h"

enum { FLAG_NEEDS_CSUM = 1, FLAG_DATA_VALID = 2 };
enum { GSO_NONE = 0, GSO_TCP4 = 1, GSO_TCP6 = 4, GSO_UDP = 5, GSO_ECN = 0x80 };

/* Linux's smallest: a segment of the least MSS (48) with all its options. */
#define TCP_GSO_SIZE_MIN 8u
/* Linux's UDP_MAX_SEGMENTS. */
#define UDP_SEGS_MAX 128u

struct vnet {
	uint8_t flags, gso_type;
	uint16_t hdr_len, gso_size, csum_start, csum_offset;
};

static uint16_t get_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static void put_le16(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void parse(const uint8_t *hdr, struct vnet *v)
{
	v->flags = hdr[0];
	v->gso_type = hdr[1];
	v->hdr_len = get_le16(hdr + 2);
	v->gso_size = get_le16(hdr + 4);
	v->csum_start = get_le16(hdr + 6);
	v->csum_offset = get_le16(hdr + 8);
}

#define TAGS_MAX 2u

/* The link's own header, and tags of VLANs that follow it. */
static uint32_t link_hdr_len(struct sea_pkt *pkt)
{
	uint32_t len = pkt->link->framing->hdr_len;

	if (pkt->link->type != SEA_LINK_ETHERNET)
		return len;
	for (unsigned i = 0; i < TAGS_MAX; i++) {
		const uint8_t *hdr = sea_pkt_peek(pkt, len + SEA_VLAN_TAG_LEN);

		if (!hdr || !sea_ethertype_is_vlan(sea_get16(hdr + len - 2)))
			break;
		len += SEA_VLAN_TAG_LEN;
	}
	return len;
}

/* Headers lie in the first fragment, so the field must, too. */
static bool csum_inside(const struct sea_pkt *pkt, const struct vnet *v)
{
	uint32_t net_hdr = pkt->link->framing->hdr_len + (uint32_t)sizeof(struct sea_ipv4_hdr);

	return v->csum_start >= net_hdr &&
	       (uint32_t)v->csum_start + v->csum_offset + 2 <= pkt->frags[0].len;
}

static bool csum_fits_gso(const struct vnet *v, const struct sea_gso_view *view)
{
	if (v->flags & FLAG_NEEDS_CSUM)
		return v->csum_start == view->trans && v->csum_offset == view->sum_offset;
	return v->flags & FLAG_DATA_VALID;
}

/* The kind of super-segment that the header claims and the frame is; NONE: they disagree. */
static enum sea_gso_type gso_kind(const struct vnet *v, const struct sea_gso_view *view)
{
	bool tcp = view->proto == SEA_IPPROTO_TCP;

	switch (v->gso_type & ~GSO_ECN) {
	case GSO_TCP4:
		return tcp && !view->v6 ? SEA_GSO_TCP4 : SEA_GSO_NONE;
	case GSO_TCP6:
		return tcp && view->v6 ? SEA_GSO_TCP6 : SEA_GSO_NONE;
	case GSO_UDP:
		return !tcp ? SEA_GSO_UDP : SEA_GSO_NONE;
	default:
		return SEA_GSO_NONE;
	}
}

static bool gso_size_fits(const struct vnet *v, enum sea_gso_type kind, uint32_t payload)
{
	if (kind == SEA_GSO_UDP)
		return v->gso_size && payload <= v->gso_size * UDP_SEGS_MAX;
	return v->gso_size >= TCP_GSO_SIZE_MIN;
}

/* A payload that fits one segment makes an ordinary frame of it, as in Linux. */
static void believe_gso(struct sea_pkt *pkt, const struct vnet *v, enum sea_gso_type kind,
			uint32_t payload)
{
	if (payload <= v->gso_size)
		return;
	pkt->gso_type = (uint8_t)kind;
	pkt->gso_size = v->gso_size;
	pkt->gso_segs = (uint16_t)((payload + v->gso_size - 1) / v->gso_size);
}

static void believe_csum(struct sea_pkt *pkt, const struct vnet *v)
{
	if (v->flags & FLAG_NEEDS_CSUM) {
		pkt->csum_state = SEA_CSUM_PARTIAL;
		pkt->csum_start = (uint16_t)(sea_pkt_offset(pkt) + v->csum_start);
		pkt->csum_offset = v->csum_offset;
	} else if (v->flags & FLAG_DATA_VALID) {
		pkt->csum_state = SEA_CSUM_VERIFIED;
	}
}

static int apply_gso(struct sea_pkt *pkt, const struct vnet *v, bool trusted)
{
	struct sea_gso_view view;
	enum sea_gso_type kind;
	uint32_t payload;

	if (!sea_gso_view(pkt, link_hdr_len(pkt), &view) || !csum_fits_gso(v, &view))
		return -EINVAL;
	kind = gso_kind(v, &view);
	payload = view.end - view.data;
	if (kind == SEA_GSO_NONE || !gso_size_fits(v, kind, payload))
		return -EINVAL;
	if (!trusted)
		return 0;
	believe_gso(pkt, v, kind, payload);
	/* Coalesced by hardware that checked each segment: the field is that of the first. */
	if (pkt->csum_state == SEA_CSUM_VERIFIED && pkt->gso_type != SEA_GSO_NONE)
		sea_gso_make_partial(pkt, &view);
	return 0;
}

int sea_pkt_vnet_apply(struct sea_pkt *pkt, const uint8_t hdr[SEA_VNET_HDR_LEN])
{
	bool trusted = pkt->link->features & SEA_LINK_F_RX_TRUSTED;
	struct vnet v;

	parse(hdr, &v);
	if (v.hdr_len > pkt->len)
		return -EINVAL;
	if ((v.flags & FLAG_NEEDS_CSUM) && !csum_inside(pkt, &v))
		return -EINVAL;
	if (trusted)
		believe_csum(pkt, &v);
	return v.gso_type == GSO_NONE ? 0 : apply_gso(pkt, &v, trusted);
}

static uint8_t gso_type_of(const struct sea_pkt *pkt, const uint8_t *trans)
{
	const struct sea_tcp_hdr *tcp = (const void *)trans;

	if (pkt->gso_type == SEA_GSO_UDP)
		return GSO_UDP;
	return (uint8_t)((pkt->gso_type == SEA_GSO_TCP4 ? GSO_TCP4 : GSO_TCP6) |
			 (tcp->flags & SEA_TCP_CWR ? GSO_ECN : 0));
}

void sea_pkt_vnet_put(const struct sea_pkt *pkt, uint8_t hdr[SEA_VNET_HDR_LEN])
{
	const uint8_t *trans = sea_pkt_at(pkt, pkt->csum_start);
	uint32_t start = (uint32_t)(pkt->csum_start - sea_pkt_offset(pkt));

	memset(hdr, 0, SEA_VNET_HDR_LEN);
	if (pkt->csum_state != SEA_CSUM_PARTIAL)
		return;
	hdr[0] = FLAG_NEEDS_CSUM;
	put_le16(hdr + 6, start);
	put_le16(hdr + 8, pkt->csum_offset);
	if (pkt->gso_type == SEA_GSO_NONE)
		return;
	hdr[1] = gso_type_of(pkt, trans);
	put_le16(hdr + 2,
		 start + (pkt->gso_type == SEA_GSO_UDP ? (uint32_t)sizeof(struct sea_udp_hdr)
						       : sea_tcp_hdr_len((const void *)trans)));
	put_le16(hdr + 4, pkt->gso_size);
}
