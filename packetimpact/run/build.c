// SPDX-License-Identifier: Apache-2.0
/* A packet of the script as the bytes that come in. */
#include <string.h>

#include "core/checksum.h"
#include "packetimpact/run/sign.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"

#define TTL_DEFAULT 255
#define QUOTED_BYTES 8u

struct builder {
	struct sea_run *run;
	const struct sea_script_packet *packet;
	struct sea_conn *conn;
	uint8_t *at; /* the next header */
	uint8_t *bytes;
	const struct sea_script_option
		*ao;    /* what is to be signed once all else is there; NULL: nothing */
	uint32_t ao_at; /* where in the header */
};

static void put16(uint8_t *at, uint32_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void put32(uint8_t *at, uint32_t value)
{
	put16(at, value >> 16);
	put16(at + 2, value);
}

static bool is_v6(const struct builder *b)
{
	return b->conn->remote.family == SEA_AF_INET6;
}

static size_t ip_len(const struct builder *b)
{
	return is_v6(b) ? sizeof(struct sea_ipv6_hdr) : sizeof(struct sea_ipv4_hdr);
}

void sea_run_put_ip(uint8_t *at, const struct sea_script_ip *ip, const struct sea_addr *src,
		    const struct sea_addr *dst, uint8_t proto, size_t payload)
{
	uint8_t ttl = ip->has_ttl ? ip->ttl : TTL_DEFAULT;

	if (src->family == SEA_AF_INET6) {
		put32(at, 6u << 28 | (uint32_t)ip->tos << 20 | ip->flowlabel);
		put16(at + 4, (uint32_t)payload);
		at[6] = proto;
		at[7] = ttl;
		memcpy(at + 8, src->b, 16);
		memcpy(at + 24, dst->b, 16);
		return;
	}
	at[0] = 0x45;
	at[1] = ip->tos;
	put16(at + 2, (uint32_t)(payload + sizeof(struct sea_ipv4_hdr)));
	at[8] = ttl;
	at[9] = proto;
	memcpy(at + 12, src->b, 4);
	memcpy(at + 16, dst->b, 4);
	sea_csum_put(at + 10, (uint16_t)~sea_csum_fold(sea_csum_scalar(at, 20, 0)));
}

static void put_sum(const struct builder *b, uint8_t proto, uint8_t *at, size_t len, size_t field)
{
	const struct sea_conn *c = b->conn;
	uint32_t pseudo = 0;

	if (is_v6(b))
		pseudo = sea_csum_pseudo6(c->remote.b, c->local.b, proto, (uint32_t)len);
	else if (proto != SEA_IPPROTO_ICMP)
		pseudo = sea_csum_pseudo4(c->remote.b, c->local.b, proto, (uint32_t)len);
	sea_csum_put(at + field, (uint16_t)~sea_csum_fold(sea_csum_scalar(at, len, pseudo)));
}

/* ---- TCP options ---- */

static bool put_ts(struct builder *b, const struct sea_script_option *option, uint8_t *at)
{
	const struct sea_conn *conn = b->conn;
	uint32_t ecr = option->ts_ecr;

	put32(at + 2, option->ts_val);
	if (b->packet->tcp.flags & SEA_FLAG_ACK && !sea_run_ts_find(conn, option->ts_ecr, &ecr)) {
		if (!b->run->config.ts_ecr_scaled || !conn->has_ts)
			return sea_run_fail(b->run, option->pos,
					    "no timestamp %u was sent that could be echoed",
					    option->ts_ecr);
		ecr = option->ts_ecr - conn->first_script_ts + conn->first_live_ts;
	}
	put32(at + 6, ecr);
	return true;
}

static size_t put_bytes(uint8_t *at, uint8_t kind, size_t header, const uint8_t *bytes, size_t len)
{
	at[0] = kind;
	at[1] = (uint8_t)(header + len);
	if (len)
		memcpy(at + header, bytes, len);
	return header + len;
}

static size_t put_ao(struct builder *b, const struct sea_script_option *option, uint8_t *at)
{
	at[0] = SEA_TCPOPT_AO;
	at[1] = (uint8_t)(SEA_TCP_AO_HEAD_LEN + option->len);
	at[2] = option->keyid;
	at[3] = option->rnext;
	if (option->bytes)
		memcpy(at + SEA_TCP_AO_HEAD_LEN, option->bytes, option->len);
	if (option->key) {
		b->ao = option;
		b->ao_at = (uint32_t)(at - b->at);
	}
	return at[1];
}

static size_t put_sack(const struct builder *b, const struct sea_script_option *option, uint8_t *at)
{
	bool syn = b->packet->tcp.flags & SEA_FLAG_SYN;
	uint32_t offset = b->conn->local_isn - (syn ? b->conn->script_local_isn : 0);

	for (size_t i = 0; i < option->n_sack; i++) {
		put32(at + 2 + 8 * i, option->sack[i].left + offset);
		put32(at + 6 + 8 * i, option->sack[i].right + offset);
	}
	at[0] = SEA_TCPOPT_SACK;
	at[1] = (uint8_t)(2 + 8 * option->n_sack);
	return at[1];
}

static size_t put_accecn(const struct sea_script_option *option, uint8_t *at)
{
	at[0] = option->accecn[0].which == SEA_ACCECN_E0B ? 172 : 174;
	at[1] = (uint8_t)(2 + 3 * option->n_accecn);
	for (size_t i = 0; i < option->n_accecn; i++) {
		at[2 + 3 * i] = (uint8_t)(option->accecn[i].value >> 16);
		put16(at + 3 + 3 * i, option->accecn[i].value);
	}
	return at[1];
}

/* How many bytes it took; 0: the run has failed. */
static size_t put_option(struct builder *b, const struct sea_script_option *option, uint8_t *at)
{
	static const uint8_t magic[] = { 0xf9, 0x89 };
	size_t len;

	switch (option->kind) {
	case SEA_OPTION_EOL:
	case SEA_OPTION_NOP:
		at[0] = option->kind == SEA_OPTION_NOP;
		return 1;
	case SEA_OPTION_MSS:
		put16(at + 2, option->mss);
		at[0] = SEA_TCPOPT_MSS;
		return at[1] = 4;
	case SEA_OPTION_WSCALE:
		at[0] = SEA_TCPOPT_WSCALE;
		at[2] = option->wscale;
		return at[1] = 3;
	case SEA_OPTION_SACKOK:
		at[0] = SEA_TCPOPT_SACK_PERM;
		return at[1] = 2;
	case SEA_OPTION_SACK:
		return put_sack(b, option, at);
	case SEA_OPTION_TS:
		at[0] = SEA_TCPOPT_TS;
		at[1] = 10;
		return put_ts(b, option, at) ? 10 : 0;
	case SEA_OPTION_MD5:
		return put_bytes(at, 19, 2, option->bytes, option->len);
	case SEA_OPTION_AO:
		return put_ao(b, option, at);
	case SEA_OPTION_FO:
		return put_bytes(at, 34, 2, option->bytes, option->len);
	case SEA_OPTION_FOEXP:
		len = put_bytes(at, 254, 4, option->bytes, option->len);
		memcpy(at + 2, magic, sizeof(magic));
		return len;
	case SEA_OPTION_ACCECN:
		return put_accecn(option, at);
	}
	return 0;
}

static bool put_options(struct builder *b, uint8_t *at, size_t *len)
{
	*len = 0;
	for (const struct sea_script_option *o = b->packet->tcp.options; o; o = o->next) {
		size_t one = put_option(b, o, at + *len);

		if (!one)
			return false;
		*len += one;
	}
	if (*len % 4)
		return sea_run_fail(b->run, b->packet->tcp.options->pos,
				    "these options take %zu bytes, which are no multiple of four",
				    *len);
	return true;
}

static bool sign(struct builder *b, uint32_t header_len, size_t payload_len)
{
	const struct sea_mac_segment segment = { .v6 = is_v6(b),
						 .src = b->conn->remote.b,
						 .dst = b->conn->local.b,
						 .sisn = b->conn->remote_isn,
						 .disn = b->conn->local_isn,
						 .header = b->at,
						 .header_len = header_len,
						 .at = b->ao_at,
						 .payload = b->at + header_len,
						 .payload_len = payload_len };

	return sea_run_sign(b->run, b->ao, &segment, b->at + b->ao_at + SEA_TCP_AO_HEAD_LEN);
}

static bool build_tcp(struct builder *b, uint16_t src, uint16_t dst, size_t *len)
{
	const struct sea_script_tcp *tcp = &b->packet->tcp;
	const struct sea_conn *conn = b->conn;
	bool syn = tcp->flags & SEA_FLAG_SYN;
	uint8_t *at = b->at;
	size_t options;

	if (!tcp->has_win)
		return sea_run_fail(b->run, b->packet->pos,
				    "a packet that comes in needs a window: win and a number");
	put16(at, src);
	put16(at + 2, dst);
	put32(at + 4, tcp->seq + (syn ? 0 : conn->remote_isn));
	if (tcp->flags & SEA_FLAG_ACK)
		put32(at + 8, tcp->ack + conn->local_isn - (syn ? conn->script_local_isn : 0));
	else
		put32(at + 8, tcp->ack);
	if (!put_options(b, at + sizeof(struct sea_tcp_hdr), &options))
		return false;
	*len = sizeof(struct sea_tcp_hdr) + options + tcp->payload;
	at[12] = (uint8_t)((sizeof(struct sea_tcp_hdr) + options) << 2 | tcp->flags >> 8);
	at[13] = (uint8_t)tcp->flags;
	put16(at + 14, tcp->win);
	put16(at + 18, tcp->urg);
	if (b->ao && !sign(b, (uint32_t)(sizeof(struct sea_tcp_hdr) + options), tcp->payload))
		return false;
	put_sum(b, SEA_IPPROTO_TCP, at, *len, 16);
	return true;
}

static bool build_udp(struct builder *b, uint16_t src, uint16_t dst, size_t *len)
{
	*len = 8 + b->packet->udp_payload;
	put16(b->at, src);
	put16(b->at + 2, dst);
	put16(b->at + 4, (uint32_t)*len);
	put_sum(b, SEA_IPPROTO_UDP, b->at, *len, 6);
	return true;
}

/* The packet that the device once sent, as much of it as an error quotes. */
static void put_quote(struct builder *b, uint8_t *at)
{
	const struct sea_script_icmp *icmp = &b->packet->icmp;
	bool udp = icmp->quote == SEA_QUOTE_UDP ||
		   (icmp->quote == SEA_QUOTE_NONE && b->conn->protocol == SEA_IPPROTO_UDP);
	size_t header = udp ? 8 : sizeof(struct sea_tcp_hdr);
	const struct sea_script_ip ip = { .has_ttl = true, .ttl = 64 };
	uint8_t *quoted = at + ip_len(b);

	sea_run_put_ip(at, &ip, &b->conn->local, &b->conn->remote,
		       udp ? SEA_IPPROTO_UDP : SEA_IPPROTO_TCP, header + icmp->quote_payload);
	put16(quoted, b->conn->local_port);
	put16(quoted + 2, b->conn->remote_port);
	if (udp)
		put16(quoted + 4, (uint32_t)(8 + icmp->quote_payload));
	else
		put32(quoted + 4, icmp->quote_seq + b->conn->local_isn);
}

static bool build_icmp(struct builder *b, size_t *len)
{
	const struct sea_script_icmp *icmp = &b->packet->icmp;
	uint8_t *at = b->at;

	if (!sea_run_icmp_code(icmp, is_v6(b), &at[0], &at[1]))
		return sea_run_fail(b->run, b->packet->pos,
				    "ICMP%s has no such type or code: %s %s", is_v6(b) ? "v6" : "",
				    icmp->type.s, icmp->code.s ? icmp->code.s : "");
	if (icmp->has_mtu && is_v6(b))
		put32(at + 4, icmp->mtu);
	else if (icmp->has_mtu)
		put16(at + 6, icmp->mtu);
	if (icmp->id)
		put16(at + 4, icmp->id);
	if (icmp->quote == SEA_QUOTE_RAW) {
		*len = icmp->quote_payload < 8 ? 8 : icmp->quote_payload;
	} else {
		*len = 8 + ip_len(b) + QUOTED_BYTES;
		put_quote(b, at + 8);
	}
	put_sum(b, is_v6(b) ? SEA_IPPROTO_ICMPV6 : SEA_IPPROTO_ICMP, at, *len, 2);
	return true;
}

bool sea_run_build(struct sea_run *run, const struct sea_script_packet *packet,
		   struct sea_conn *conn, struct sea_dut_packet *out)
{
	struct builder b = { .run = run,
			     .packet = packet,
			     .conn = conn,
			     .bytes = sea_run_alloc(run, SEA_DUT_PACKET_MAX + 200) };
	uint16_t src = packet->src_port ? packet->src_port : conn->remote_port;
	uint16_t dst = packet->dst_port ? packet->dst_port : conn->local_port;
	uint8_t proto = SEA_IPPROTO_TCP;
	size_t len = 0;
	bool good;

	if (!b.bytes)
		return false;
	b.at = b.bytes + ip_len(&b);
	if (packet->proto == SEA_SCRIPT_TCP) {
		good = build_tcp(&b, src, dst, &len);
	} else if (packet->proto == SEA_SCRIPT_UDP) {
		proto = SEA_IPPROTO_UDP;
		good = build_udp(&b, src, dst, &len);
	} else {
		proto = is_v6(&b) ? SEA_IPPROTO_ICMPV6 : SEA_IPPROTO_ICMP;
		good = build_icmp(&b, &len);
	}
	if (!good)
		return false;
	if (len + ip_len(&b) > 65535)
		return sea_run_fail(run, packet->pos, "this packet is longer than IP allows");
	sea_run_put_ip(b.bytes, &packet->ip, &conn->remote, &conn->local, proto, len);
	*out = (struct sea_dut_packet){ .bytes = b.bytes, .len = len + ip_len(&b) };
	if (run->config.mss && packet->proto == SEA_SCRIPT_TCP &&
	    packet->tcp.payload > run->config.mss)
		out->gso_size = (uint16_t)run->config.mss;
	return true;
}
