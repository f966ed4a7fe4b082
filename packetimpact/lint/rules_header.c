// SPDX-License-Identifier: Apache-2.0
/* Headers, lengths, checksums and options: what a packet says by itself. */
#include <stddef.h>

#include "packetimpact/lint/lint.h"
#include "wire/udp.h"

#define RESERVED 0x0e /* of the offset's byte; the lowest bit is AE (RFC 9768) */

#define says(lint, rule, ...) sea_lint_found(lint, NULL, SEA_LINT_##rule, &(lint)->now, __VA_ARGS__)

/* Is it wrong? What cannot be told is counted. */
static bool sum_wrong(struct sea_lint *lint, const struct sea_lint_seg *seg, uint32_t at)
{
	enum sea_lint_sum sum = sea_lint_segment_sum(seg, at);

	lint->counts.unfinished_sums += sum == SEA_LINT_SUM_UNFINISHED;
	lint->counts.cut_sums += sum == SEA_LINT_SUM_CUT;
	return sum == SEA_LINT_SUM_WRONG;
}

static void judge_icmp(struct sea_lint *lint, const struct sea_lint_seg *seg)
{
	lint->counts.icmp++;
	if (seg->l4_cap >= 4 && sum_wrong(lint, seg, 2))
		says(lint, icmp_checksum, "the field is %04x", sea_get16(seg->l4 + 2));
}

/* Tunnels may do without a checksum over IPv6 (RFC 6935, RFC 6936). */
static bool is_tunnel(uint16_t port)
{
	static const uint16_t ports[] = { 2152, 2268, 4341, 4754, 4755, 4789, 4790, 6081, 6635 };

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		if (ports[i] == port)
			return true;
	}
	return false;
}

static void judge_udp(struct sea_lint *lint, struct sea_lint_seg *seg)
{
	const struct sea_udp_hdr *h = (const struct sea_udp_hdr *)seg->l4;
	uint32_t len;

	lint->counts.udp++;
	if (seg->l4_cap < sizeof(*h)) {
		if (seg->l4_len < sizeof(*h))
			says(lint, udp_length, "%u bytes are no header", seg->l4_len);
		return;
	}
	len = sea_be16_get(h->len);
	/* 0: a datagram beyond 65535 bytes (RFC 2675), or not cut yet */
	if (len && (len < sizeof(*h) || len > seg->l4_len)) {
		says(lint, udp_length, "it says %u of %u", len, seg->l4_len);
		return;
	}
	if (!sea_be16_get(h->sum)) {
		if (seg->v6 && !is_tunnel(sea_be16_get(h->dst)) && !is_tunnel(sea_be16_get(h->src)))
			says(lint, udp_no_checksum, "port %u", sea_be16_get(h->dst));
		return;
	}
	if (len && len < seg->l4_len) {
		seg->l4_len = len;
		seg->l4_cap = seg->l4_cap < len ? seg->l4_cap : len;
	}
	if (sum_wrong(lint, seg, offsetof(struct sea_udp_hdr, sum)))
		says(lint, udp_checksum, "the field is %04x", sea_be16_get(h->sum));
}

bool sea_lint_rules_ip(struct sea_lint *lint, const struct sea_lint_seg *seg,
		       enum sea_lint_kind kind)
{
	struct sea_lint_seg udp = *seg;

	if (seg->ip_sum_wrong)
		says(lint, ip_checksum, "of a header of %u bytes", seg->ip_hdr_len);
	switch (kind) {
	case SEA_LINT_BROKEN:
		lint->counts.broken++;
		says(lint, ip_length, "it says more than there is, or less than a header");
		return false;
	case SEA_LINT_CUT:
		lint->counts.cut++;
		return false;
	case SEA_LINT_FRAGMENT:
		lint->counts.fragments++;
		return false;
	case SEA_LINT_OTHER:
		lint->counts.other++;
		return false;
	case SEA_LINT_ICMP:
		judge_icmp(lint, seg);
		return true;
	case SEA_LINT_UDP:
		judge_udp(lint, &udp);
		return true;
	case SEA_LINT_TCP:
		return true;
	}
	return false;
}

bool sea_lint_rules_tcp_header(struct sea_lint *lint, struct sea_lint_seg *seg)
{
	const struct sea_tcp_hdr *h = (const struct sea_tcp_hdr *)seg->l4;
	uint32_t hdr_len;

	if (seg->l4_len < sizeof(*h)) {
		says(lint, tcp_offset, "%u bytes are no header", seg->l4_len);
		return false;
	}
	if (seg->l4_cap < sizeof(*h)) {
		lint->counts.cut++;
		return false;
	}
	hdr_len = sea_tcp_hdr_len(h);
	if (!hdr_len || hdr_len > seg->l4_len) {
		says(lint, tcp_offset, "an offset of %u words in %u bytes", h->off >> 4,
		     seg->l4_len);
		return false;
	}
	if (hdr_len > seg->l4_cap) {
		lint->counts.cut++;
		return false;
	}
	sea_lint_segment_tcp(seg);
	return true;
}

/* -- options -- */

static bool length_fits(uint8_t kind, uint8_t len)
{
	switch (kind) {
	case SEA_TCPOPT_MSS:
		return len == 4;
	case SEA_TCPOPT_WSCALE:
		return len == 3;
	case SEA_TCPOPT_SACK_PERM:
		return len == 2;
	case SEA_TCPOPT_SACK:
		return len >= 10 && len <= 34 && (len - 2) % 8 == 0;
	case SEA_TCPOPT_TS:
		return len == 10;
	default:
		return true;
	}
}

/* Whole counters of three bytes, as many as there are. */
static bool is_accecn_of_other_length(uint8_t kind, uint8_t len)
{
	if (kind != SEA_TCPOPT_ACCECN0 && kind != SEA_TCPOPT_ACCECN1)
		return false;
	return len > 2 + 3 * SEA_TCP_ACCECN_MAX || (len - 2) % 3;
}

static void judge_padding(const struct sea_lint_look *look, uint32_t at)
{
	for (; at < look->seg->opts_len; at++) {
		if (look->seg->opts[at]) {
			sea_lint_says(look, tcp_padding, "%02x at byte %u of the options",
				      look->seg->opts[at], at);
			return;
		}
	}
}

static void judge_options(const struct sea_lint_look *look)
{
	const uint8_t *opts = look->seg->opts;
	uint32_t len = look->seg->opts_len, at = 0;

	while (at < len && opts[at] != SEA_TCPOPT_EOL) {
		uint8_t kind = opts[at], n;

		if (kind == SEA_TCPOPT_NOP) {
			at++;
			continue;
		}
		n = at + 1 < len ? opts[at + 1] : 0;
		if (n < 2 || n > len - at) {
			sea_lint_says(look, tcp_option_length, "kind %u, length %u, in %u bytes",
				      kind, n, len - at);
			return;
		}
		if (!length_fits(kind, n))
			sea_lint_says(look, tcp_option_length, "kind %u, length %u", kind, n);
		else if (is_accecn_of_other_length(kind, n))
			sea_lint_says(look, accecn_length, "kind %u, length %u", kind, n);
		else if (kind == SEA_TCPOPT_WSCALE && opts[at + 2] > SEA_TCP_WSCALE_MAX)
			sea_lint_says(look, wscale_too_large, "%u", opts[at + 2]);
		at += n;
	}
	judge_padding(look, at);
}

void sea_lint_rules_header(const struct sea_lint_look *look)
{
	const struct sea_tcp_hdr *h = (const struct sea_tcp_hdr *)look->seg->l4;

	if (sum_wrong(look->lint, look->seg, offsetof(struct sea_tcp_hdr, sum)))
		sea_lint_says(look, tcp_checksum, "the field is %04x", sea_be16_get(h->sum));
	if (h->off & RESERVED)
		sea_lint_says(look, tcp_reserved, "%x", h->off & RESERVED);
	if (look->syn && look->fin)
		sea_lint_says(look, syn_with_fin, "flags %02x", h->flags);
	if (look->syn && look->rst)
		sea_lint_says(look, syn_with_rst, "flags %02x", h->flags);
	if (!look->syn && !look->rst && !look->ack)
		sea_lint_says(look, ack_missing, "flags %02x", h->flags);
	judge_options(look);
}
