// SPDX-License-Identifier: Apache-2.0
/* A packet in one line. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "packetimpact/record/trace.h"
#include "wire/icmp.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"

/* Where its parts are. */
struct view {
	const uint8_t *trans;
	uint8_t src[16], dst[16];
	size_t len; /* of the transport part */
	uint8_t proto, ecn;
};

static bool look(const struct sea_dut_packet *p, struct view *v)
{
	size_t hdr;

	*v = (struct view){ 0 };
	if (p->len >= sizeof(struct sea_ipv4_hdr) && p->bytes[0] >> 4 == 4) {
		hdr = (p->bytes[0] & 15u) * 4;
		v->proto = p->bytes[9];
		v->ecn = p->bytes[1] & 3;
		memcpy(v->src, p->bytes + 12, 4);
		memcpy(v->dst, p->bytes + 16, 4);
	} else if (p->len >= sizeof(struct sea_ipv6_hdr)) {
		hdr = sizeof(struct sea_ipv6_hdr);
		v->proto = p->bytes[6];
		v->ecn = p->bytes[1] >> 4 & 3;
		memcpy(v->src, p->bytes + 8, 16);
		memcpy(v->dst, p->bytes + 24, 16);
	} else {
		return false;
	}
	if (hdr > p->len)
		return false;
	v->trans = p->bytes + hdr;
	v->len = p->len - hdr;
	return true;
}

static const struct sea_tcp_hdr *tcp_of(const struct view *v)
{
	const struct sea_tcp_hdr *tcp = (const void *)v->trans;

	if (v->proto != SEA_IPPROTO_TCP || v->len < sizeof(*tcp) || !sea_tcp_hdr_len(tcp) ||
	    sea_tcp_hdr_len(tcp) > v->len)
		return NULL;
	return tcp;
}

/* -- flows -- */

static struct sea_trace_flow *find(const struct sea_trace_flow *flows, const uint8_t peer[16],
				   uint16_t ours, uint16_t peers)
{
	for (; flows; flows = flows->next)
		if (flows->ours == ours && flows->peers == peers && !memcmp(flows->peer, peer, 16))
			return (struct sea_trace_flow *)(uintptr_t)flows;
	return NULL;
}

void sea_trace_learn(struct sea_trace_flow **flows, const struct sea_dut_packet *packet, bool out)
{
	const struct sea_tcp_hdr *tcp;
	struct sea_trace_flow *f;
	uint16_t src, dst;
	struct view v;

	if (!look(packet, &v) || !(tcp = tcp_of(&v)) || !(tcp->flags & SEA_TCP_SYN))
		return;
	src = sea_be16_get(tcp->src);
	dst = sea_be16_get(tcp->dst);
	f = find(*flows, out ? v.dst : v.src, out ? src : dst, out ? dst : src);
	if (!f) {
		f = calloc(1, sizeof(*f));
		if (!f)
			return;
		memcpy(f->peer, out ? v.dst : v.src, sizeof(f->peer));
		f->ours = out ? src : dst;
		f->peers = out ? dst : src;
		f->next = *flows;
		*flows = f;
	}
	*(out ? &f->isn_ours : &f->isn_peers) = sea_be32_get(tcp->seq);
}

void sea_trace_flows_free(struct sea_trace_flow *flows)
{
	while (flows) {
		struct sea_trace_flow *next = flows->next;

		free(flows);
		flows = next;
	}
}

/* -- words -- */

static void put_flags(FILE *to, const struct sea_tcp_hdr *tcp)
{
	static const struct {
		uint8_t bit;
		char letter;
	} letters[] = { { SEA_TCP_FIN, 'F' }, { SEA_TCP_SYN, 'S' }, { SEA_TCP_RST, 'R' },
			{ SEA_TCP_PSH, 'P' }, { SEA_TCP_ACK, '.' }, { SEA_TCP_URG, 'U' },
			{ SEA_TCP_ECE, 'E' }, { SEA_TCP_CWR, 'W' } };

	for (unsigned i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (tcp->flags & letters[i].bit)
			fputc(letters[i].letter, to);
	if (tcp->off & SEA_TCP_AE)
		fputc('A', to);
}

static void put_sack(FILE *to, const uint8_t *opt, uint32_t isn)
{
	fputs("sack", to);
	for (unsigned at = 2; at + 8 <= opt[1]; at += 8)
		fprintf(to, " %" PRIu32 ":%" PRIu32, sea_get32(opt + at) - isn,
			sea_get32(opt + at + 4) - isn);
}

/* RFC 9768 §3.2.3. */
static bool is_accecn(const uint8_t *opt, size_t len)
{
	return (opt[0] == SEA_TCPOPT_ACCECN0 || opt[0] == SEA_TCPOPT_ACCECN1) && len % 3 == 2 &&
	       len <= 2 + 3 * SEA_TCP_ACCECN_MAX;
}

static void put_accecn(FILE *to, const uint8_t *opt, size_t len)
{
	static const char *const names[2][SEA_TCP_ACCECN_MAX] = { { "e0b", "ceb", "e1b" },
								  { "e1b", "ceb", "e0b" } };

	fputs("ECN", to);
	for (size_t i = 0; 5 + 3 * i <= len; i++)
		fprintf(to, " %s %u", names[opt[0] == SEA_TCPOPT_ACCECN1][i],
			(unsigned)opt[2 + 3 * i] << 16 | sea_get16(opt + 3 + 3 * i));
}

/* One option of `left` bytes at most; its length, 0: it is the last. */
static size_t put_option(FILE *to, const uint8_t *opt, size_t left, uint32_t isn)
{
	size_t len = opt[0] <= SEA_TCPOPT_NOP ? 1 : left > 1 ? opt[1] : 0;

	if (!len || (opt[0] > SEA_TCPOPT_NOP && len < 2) || len > left) {
		fputs("bad", to);
		return 0;
	}
	if (opt[0] == SEA_TCPOPT_EOL)
		fputs("eol", to);
	else if (opt[0] == SEA_TCPOPT_NOP)
		fputs("nop", to);
	else if (opt[0] == SEA_TCPOPT_MSS && len == 4)
		fprintf(to, "mss %u", (unsigned)opt[2] << 8 | opt[3]);
	else if (opt[0] == SEA_TCPOPT_WSCALE && len == 3)
		fprintf(to, "wscale %u", opt[2]);
	else if (opt[0] == SEA_TCPOPT_SACK_PERM)
		fputs("sackOK", to);
	else if (opt[0] == SEA_TCPOPT_SACK)
		put_sack(to, opt, isn);
	else if (opt[0] == SEA_TCPOPT_TS)
		fputs("TS", to);
	else if (is_accecn(opt, len))
		put_accecn(to, opt, len);
	else
		fprintf(to, "kind %u len %zu", opt[0], len);
	return opt[0] == SEA_TCPOPT_EOL ? 0 : len;
}

static void put_options(FILE *to, const struct sea_tcp_hdr *tcp, uint32_t isn)
{
	const uint8_t *opts = (const uint8_t *)(tcp + 1);
	size_t left = sea_tcp_hdr_len(tcp) - sizeof(*tcp), n = 1;

	if (!left)
		return;
	fputs(" <", to);
	for (bool first = true; left && n; opts += n, left -= n, first = false) {
		if (!first)
			fputc(',', to);
		n = put_option(to, opts, left, isn);
	}
	fputc('>', to);
}

static void put_tcp(FILE *to, const struct sea_trace_flow *flows, const struct view *v,
		    const struct sea_tcp_hdr *tcp)
{
	const struct sea_trace_flow none = { 0 };
	const struct sea_trace_flow *f =
		find(flows, v->dst, sea_be16_get(tcp->src), sea_be16_get(tcp->dst));
	uint32_t len = (uint32_t)v->len - sea_tcp_hdr_len(tcp), seq;

	f = f ? f : &none;
	seq = sea_be32_get(tcp->seq) - f->isn_ours;
	fputs("> ", to);
	put_flags(to, tcp);
	fprintf(to, " %" PRIu32 ":%" PRIu32 "(%" PRIu32 ")", seq, seq + len, len);
	if (tcp->flags & SEA_TCP_ACK)
		fprintf(to, " ack %" PRIu32, sea_be32_get(tcp->ack) - f->isn_peers);
	fprintf(to, " win %u", sea_be16_get(tcp->wnd));
	if (tcp->flags & SEA_TCP_URG)
		fprintf(to, " urg %u", sea_be16_get(tcp->urg));
	if (v->ecn)
		fprintf(to, " ecn %u", v->ecn);
	put_options(to, tcp, f->isn_peers);
}

char *sea_trace_packet(const struct sea_trace_flow *flows, const struct sea_dut_packet *packet)
{
	const struct sea_tcp_hdr *tcp;
	struct view v;
	char *line = NULL;
	size_t len;
	FILE *to = open_memstream(&line, &len);

	if (!to)
		return NULL;
	if (!look(packet, &v))
		fputs("> no packet", to);
	else if ((tcp = tcp_of(&v)))
		put_tcp(to, flows, &v, tcp);
	else if ((v.proto == SEA_IPPROTO_ICMP || v.proto == SEA_IPPROTO_ICMPV6) && v.len >= 4)
		fprintf(to, "> icmp type %u code %u (%zu)", v.trans[0], v.trans[1], v.len);
	else
		fprintf(to, "> protocol %u (%zu)", v.proto, v.len);
	return fclose(to) ? NULL : line;
}
