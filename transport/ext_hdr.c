/* SPDX-License-Identifier: Apache-2.0 */
/* Extension headers of what sockets send and receive. */
#include "transport/ext_hdr.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "wire/ipv6.h"

static const uint8_t number_of[SEA_EXT_N] = {
	[SEA_EXT_HOPOPTS] = SEA_IPV6_HOPOPTS,
	[SEA_EXT_RTHDRDSTOPTS] = SEA_IPV6_DSTOPTS,
	[SEA_EXT_RTHDR] = SEA_IPV6_ROUTING,
	[SEA_EXT_DSTOPTS] = SEA_IPV6_DSTOPTS,
};

/* -- a routing header's list of segments, from the last to the first (RFC 8754 §2) -- */

#define SEGMENTS_AT 8u
#define SEGMENT_LEN 16u
#define ROUTING_SEGMENT 4

struct segments_hdr {
	uint8_t next, len, type, left; /* left: which of them is next */
	uint8_t last;                  /* the largest index in the list */
	uint8_t flags, tag[2];
};

/* Types and lengths fill the rest of the header. */
static bool are_tlvs(const uint8_t *at, size_t len)
{
	while (len) {
		if (len < 2 || len - 2 < at[1])
			return false;
		len -= at[1] + 2u;
		at += at[1] + 2u;
	}
	return true;
}

static bool is_segments(const uint8_t *at, size_t len)
{
	struct segments_hdr hdr;
	size_t tlvs_at;

	memcpy(&hdr, at, sizeof(hdr));
	tlvs_at = SEGMENTS_AT + (hdr.last + 1u) * SEGMENT_LEN;
	return hdr.type == ROUTING_SEGMENT && (hdr.len + 1u) * 8 == len && hdr.left <= hdr.last &&
	       tlvs_at <= len && are_tlvs(at + tlvs_at, len - tlvs_at);
}

const uint8_t *sea_ext_first_hop(const struct sea_ext_set *set)
{
	const uint8_t *at = set->at[SEA_EXT_RTHDR];

	if (!set->len[SEA_EXT_RTHDR])
		return NULL;
	return at + SEGMENTS_AT + at[offsetof(struct segments_hdr, left)] * SEGMENT_LEN;
}

int sea_ext_check(enum sea_ext which, const void *bytes, size_t len, uint16_t *n)
{
	const uint8_t *at = bytes;

	if (len < 8 || len & 7 || len > SEA_EXT_LEN_MAX)
		return -EINVAL;
	*n = (uint16_t)((at[1] + 1u) * 8);
	/* Type 0 is dead (RFC 5095); 2 is Mobile IPv6's, which no host here speaks. */
	return *n > len || (which == SEA_EXT_RTHDR && !is_segments(at, len)) ? -EINVAL : 0;
}

void sea_ext_of_sock(const struct sea_sock *sock, struct sea_ext_set *set)
{
	memcpy(set->final.b, sock->raddr, sizeof(set->final.b));
	for (unsigned i = 0; i < SEA_EXT_N; i++) {
		set->at[i] = sea_sock_ext_of(sock, (enum sea_ext)i);
		set->len[i] = set->at[i] ? sock->more->ext->len[i] : 0;
	}
}

void sea_ext_lead(const struct sea_sock *sock, struct sea_flow *flow)
{
	struct sea_ext_set set;

	if (!sock->more->ext || flow->family != SEA_AF_INET6)
		return;
	sea_ext_of_sock(sock, &set);
	if (sea_ext_first_hop(&set))
		memcpy(flow->dst.b, sea_ext_first_hop(&set), sizeof(flow->dst.b));
}

/* What stands in front of a routing header needs one. */
static bool is_sent(const struct sea_ext_set *set, unsigned i)
{
	return set->len[i] && (i != SEA_EXT_RTHDRDSTOPTS || set->len[SEA_EXT_RTHDR]);
}

uint16_t sea_ext_len(const struct sea_ext_set *set)
{
	uint32_t len = 0;

	for (unsigned i = 0; i < SEA_EXT_N; i++)
		if (is_sent(set, i))
			len += set->len[i];
	return (uint16_t)len;
}

uint16_t sea_ext_write(const struct sea_ext_set *set, uint8_t proto, uint8_t *to, uint8_t *first)
{
	uint8_t *next = first;
	uint16_t len = 0;

	*first = proto;
	for (unsigned i = 0; i < SEA_EXT_N; i++) {
		if (!is_sent(set, i))
			continue;
		*next = number_of[i];
		memcpy(to + len, set->at[i], set->len[i]);
		if (i == SEA_EXT_RTHDR)
			memcpy(to + len + SEGMENTS_AT, set->final.b, SEGMENT_LEN);
		next = to + len;
		*next = proto;
		len = (uint16_t)(len + set->len[i]);
	}
	return len;
}

/* The headers take room on the stack that few packets need: out of the common way. */
__attribute__((noinline)) int sea_ext_output(struct sea_stack *stack, const struct sea_ext_set *set,
					     const struct sea_dst *dst, struct sea_ip_tx *tx,
					     struct sea_pkt *pkt)
{
	uint8_t opts[SEA_EXT_ROOM];

	tx->opts = opts;
	tx->opts_len = sea_ext_write(set, tx->proto, opts, &tx->opts_next);
	return sea_ip_output(stack, pkt, dst, tx);
}

static uint16_t len_of(uint8_t type, const uint8_t *at)
{
	if (type == SEA_IPV6_FRAGMENT)
		return 8;
	if (type == SEA_IPV6_AUTH)
		return (uint16_t)((at[1] + 2u) * 4);
	return (uint16_t)((at[1] + 1u) * 8);
}

bool sea_ext_next(const uint8_t *hdr, size_t len, size_t *pos, uint8_t *next,
		  struct sea_ext_seen *seen)
{
	if (!*pos) {
		*pos = sizeof(struct sea_ipv6_hdr);
		*next = hdr[6];
	}
	while (*pos + 8 <= len) {
		uint8_t type = *next;

		*seen = (struct sea_ext_seen){ type, len_of(type, hdr + *pos), hdr + *pos };
		if (*pos + seen->len > len)
			return false;
		*next = hdr[*pos];
		*pos += seen->len;
		if (type == SEA_IPV6_HOPOPTS || type == SEA_IPV6_DSTOPTS ||
		    type == SEA_IPV6_ROUTING)
			return true;
	}
	return false;
}
