/* SPDX-License-Identifier: Apache-2.0 */
/* The fixed header read and written, and the way over extension headers to what they carry. */
#include "wire/ipv6.h"

void sea_ipv6_parse(const struct sea_ipv6_hdr *h, struct sea_ipv6_facts *facts)
{
	uint32_t first = sea_be32_get(h->ver_class_flow);

	facts->tclass = (uint8_t)(first >> 20);
	facts->flow_label = first & SEA_IPV6_FLOW_LABEL;
	facts->payload_len = sea_be16_get(h->payload_len);
	facts->next = h->next;
	facts->hop_limit = h->hop_limit;
	memcpy(facts->src, h->src, sizeof(facts->src));
	memcpy(facts->dst, h->dst, sizeof(facts->dst));
}

void sea_ipv6_put(struct sea_ipv6_hdr *h, const struct sea_ipv6_facts *facts)
{
	h->ver_class_flow = sea_be32_of(6u << 28 | (uint32_t)facts->tclass << 20 |
					(facts->flow_label & SEA_IPV6_FLOW_LABEL));
	h->payload_len = sea_be16_of((uint16_t)facts->payload_len);
	h->next = facts->next;
	h->hop_limit = facts->hop_limit;
	memcpy(h->src, facts->src, sizeof(h->src));
	memcpy(h->dst, facts->dst, sizeof(h->dst));
}

/* Headers that begin with the next one's number and their own length. */
static bool is_skippable(uint8_t next)
{
	return next == SEA_IPV6_HOPOPTS || next == SEA_IPV6_ROUTING || next == SEA_IPV6_DSTOPTS ||
	       next == SEA_IPV6_AUTH || next == SEA_IPV6_FRAGMENT;
}

static size_t ext_len(uint8_t next, const uint8_t *ext)
{
	if (next == SEA_IPV6_FRAGMENT)
		return sizeof(struct sea_ipv6_frag_hdr);
	if (next == SEA_IPV6_AUTH)
		return (ext[1] + 2u) * 4; /* RFC 4302 §2.2 */
	return (ext[1] + 1u) * 8;
}

bool sea_ipv6_skip_exts(const uint8_t *bytes, size_t len, struct sea_ipv6_way *way)
{
	while (is_skippable(way->next)) {
		const uint8_t *ext = bytes + way->at;
		size_t n;

		if (len - way->at < 8)
			return false;
		n = ext_len(way->next, ext);
		if (n > len - way->at)
			return false;
		if (way->next == SEA_IPV6_FRAGMENT) {
			way->fragmented = true;
			way->frag_off = sea_get16(ext + 2) & SEA_IPV6_FRAG_OFFSET;
		}
		way->routed |= way->next == SEA_IPV6_ROUTING;
		way->next = ext[0];
		way->at += n;
		if (way->frag_off)
			return true; /* what follows is no header */
	}
	return true;
}
