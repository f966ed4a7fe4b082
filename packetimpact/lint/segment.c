// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/lint/segment.h"

#include <string.h>

#include "core/checksum.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

#define ON_A_WIRE_MAX 9216 /* jumbo frames; what is larger was put together or not yet cut */

static enum sea_lint_kind kind_of(const struct sea_lint_seg *seg)
{
	switch (seg->proto) {
	case SEA_IPPROTO_TCP:
		return SEA_LINT_TCP;
	case SEA_IPPROTO_UDP:
		return SEA_LINT_UDP;
	case SEA_IPPROTO_ICMP:
		return seg->v6 ? SEA_LINT_OTHER : SEA_LINT_ICMP;
	case SEA_IPPROTO_ICMPV6:
		return seg->v6 ? SEA_LINT_ICMP : SEA_LINT_OTHER;
	default:
		return SEA_LINT_OTHER;
	}
}

/* The transport begins at `at`, and the packet ends at `end`, of which the capture may lack some. */
static void set_l4(struct sea_lint_seg *seg, const struct sea_lint_frame *f, uint32_t at,
		   uint32_t end)
{
	uint32_t cap = f->caplen < end ? f->caplen : end;

	seg->l4 = f->ip + at;
	seg->l4_len = end - at;
	seg->l4_cap = cap > at ? cap - at : 0;
}

static enum sea_lint_kind read4(const struct sea_lint_frame *f, struct sea_lint_seg *seg)
{
	const struct sea_ipv4_hdr *h = (const struct sea_ipv4_hdr *)f->ip;
	uint32_t total, hdr_len;
	uint16_t frag;

	if (f->caplen < sizeof(*h))
		return f->len < sizeof(*h) ? SEA_LINT_BROKEN : SEA_LINT_CUT;
	hdr_len = (h->ver_ihl & 0xfu) * 4;
	total = sea_be16_get(h->total_len);
	memcpy(seg->src, &h->src, 4);
	memcpy(seg->dst, &h->dst, 4);
	/* A super-segment beyond 65535 bytes has no length to say. */
	if (!total)
		total = f->len;
	if (hdr_len < sizeof(*h) || hdr_len > total || total > f->len)
		return SEA_LINT_BROKEN;
	if (hdr_len > f->caplen)
		return SEA_LINT_CUT;
	frag = sea_be16_get(h->frag);
	seg->ecn = h->tos & SEA_ECN_MASK;
	seg->ip_id = sea_be16_get(h->id);
	seg->ip_hdr_len = (uint16_t)hdr_len;
	/* A field of 0 is one that the sender's card fills in. */
	seg->ip_sum_wrong = sea_csum_get(&h->sum) && !sea_csum_ipv4_right(h, hdr_len);
	seg->proto = h->proto;
	set_l4(seg, f, hdr_len, total);
	return frag & (SEA_IPV4_MF | SEA_IPV4_OFFSET) ? SEA_LINT_FRAGMENT : kind_of(seg);
}

static enum sea_lint_kind read6(const struct sea_lint_frame *f, struct sea_lint_seg *seg)
{
	const struct sea_ipv6_hdr *h = (const struct sea_ipv6_hdr *)f->ip;
	struct sea_ipv6_way way = { .at = sizeof(*h) };
	uint32_t end;

	seg->v6 = true;
	if (f->caplen < sizeof(*h))
		return f->len < sizeof(*h) ? SEA_LINT_BROKEN : SEA_LINT_CUT;
	memcpy(seg->src, h->src, 16);
	memcpy(seg->dst, h->dst, 16);
	end = sea_be16_get(h->payload_len);
	end = end ? end + (uint32_t)sizeof(*h) : f->len;
	if (end > f->len)
		return SEA_LINT_BROKEN;
	seg->ecn = f->ip[1] >> 4 & SEA_ECN_MASK;
	way.next = h->next;
	if (!sea_ipv6_skip_exts(f->ip, f->caplen < end ? f->caplen : end, &way))
		return f->caplen < end ? SEA_LINT_CUT : SEA_LINT_BROKEN;
	seg->ip_hdr_len = (uint16_t)way.at;
	seg->proto = way.next;
	set_l4(seg, f, (uint32_t)way.at, end);
	/* A routing header may mean another destination in the checksum. */
	if (way.fragmented)
		return SEA_LINT_FRAGMENT;
	return way.routed ? SEA_LINT_OTHER : kind_of(seg);
}

enum sea_lint_kind sea_lint_segment_read(const struct sea_lint_frame *frame,
					 struct sea_lint_seg *seg)
{
	*seg = (struct sea_lint_seg){ .frame = frame->number, .time_ns = frame->time_ns };
	if (!frame->caplen)
		return SEA_LINT_CUT;
	switch (frame->ip[0] >> 4) {
	case 4:
		return read4(frame, seg);
	case 6:
		return read6(frame, seg);
	default:
		return SEA_LINT_BROKEN;
	}
}

void sea_lint_segment_tcp(struct sea_lint_seg *seg)
{
	const struct sea_tcp_hdr *h = (const struct sea_tcp_hdr *)seg->l4;
	uint8_t hdr_len = sea_tcp_hdr_len(h);

	sea_tcp_parse(seg->l4, hdr_len, seg->l4_len - hdr_len, &seg->tcp);
	seg->ae = h->off & 1;
	seg->opts = seg->l4 + sizeof(*h);
	seg->opts_len = hdr_len - (uint32_t)sizeof(*h);
	seg->payload = seg->l4 + hdr_len;
	seg->payload_cap = seg->l4_cap - hdr_len;
}

static uint32_t pseudo(const struct sea_lint_seg *seg, uint32_t len)
{
	if (!seg->v6 && seg->proto == SEA_IPPROTO_ICMP)
		return 0;
	return seg->v6 ? sea_csum_pseudo6(seg->src, seg->dst, seg->proto, len)
		       : sea_csum_pseudo4(seg->src, seg->dst, seg->proto, len);
}

enum sea_lint_sum sea_lint_segment_sum(const struct sea_lint_seg *seg, uint32_t at)
{
	uint16_t field = sea_csum_get(seg->l4 + at);

	if (seg->proto != SEA_IPPROTO_ICMP && (field == sea_csum_fold(pseudo(seg, seg->l4_len)) ||
					       field == sea_csum_fold(pseudo(seg, 0))))
		return SEA_LINT_SUM_UNFINISHED;
	if (seg->l4_cap < seg->l4_len)
		return SEA_LINT_SUM_CUT;
	if (sea_csum_fold(sea_csum_scalar(seg->l4, seg->l4_len, pseudo(seg, seg->l4_len))) ==
	    0xffff)
		return SEA_LINT_SUM_RIGHT;
	return seg->l4_len > ON_A_WIRE_MAX ? SEA_LINT_SUM_UNFINISHED : SEA_LINT_SUM_WRONG;
}
