// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/run/seen.h"

#include <stdlib.h>
#include <string.h>

#include "core/checksum.h"
#include "packetimpact/script/script.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"
#include "wire/tcp.h"

#define UDP_HDR 8u
#define ICMP_HDR 8u

static uint16_t get16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t get32(const uint8_t *at)
{
	return (uint32_t)get16(at) << 16 | get16(at + 2);
}

static bool sum_is_right(const struct sea_seen *seen, const uint8_t *at, size_t len)
{
	uint32_t pseudo = 0;

	if (seen->v6)
		pseudo = sea_csum_pseudo6(seen->src.b, seen->dst.b, seen->proto, (uint32_t)len);
	else if (seen->proto != SEA_IPPROTO_ICMP)
		pseudo = sea_csum_pseudo4(seen->src.b, seen->dst.b, seen->proto, (uint32_t)len);
	/* UDP over IPv4 may go without */
	if (seen->proto == SEA_IPPROTO_UDP && !seen->v6 && !get16(at + 6))
		return true;
	return sea_csum_fold(sea_csum_scalar(at, len, pseudo)) == 0xffff;
}

static enum sea_seen_fault keep_payload(struct sea_seen *seen, const uint8_t *at, size_t len)
{
	seen->payload_len = len;
	seen->payload = malloc(len + 1);
	if (!seen->payload)
		return SEA_SEEN_BAD;
	memcpy(seen->payload, at, len);
	return SEA_SEEN_OK;
}

static enum sea_seen_fault parse_tcp(struct sea_seen *seen, const uint8_t *at, size_t len)
{
	size_t header = len < sizeof(struct sea_tcp_hdr) ? 0 : (size_t)(at[12] >> 4) * 4;

	if (header < sizeof(struct sea_tcp_hdr) || header > len)
		return SEA_SEEN_BAD;
	seen->src_port = get16(at);
	seen->dst_port = get16(at + 2);
	seen->seq = get32(at + 4);
	seen->ack = get32(at + 8);
	seen->flags = (uint16_t)(at[13] | (at[12] & 1) << 8);
	seen->reserved = at[12] >> 1 & 7;
	seen->win = get16(at + 14);
	seen->urg = get16(at + 18);
	seen->options_len = header - sizeof(struct sea_tcp_hdr);
	memcpy(seen->options, at + sizeof(struct sea_tcp_hdr), seen->options_len);
	memcpy(seen->header, at, header);
	return keep_payload(seen, at + header, len - header);
}

static enum sea_seen_fault parse_transport(struct sea_seen *seen, const uint8_t *at, size_t len)
{
	enum sea_seen_fault fault;

	switch (seen->proto) {
	case SEA_IPPROTO_TCP:
		fault = parse_tcp(seen, at, len);
		break;
	case SEA_IPPROTO_UDP:
		if (len < UDP_HDR || get16(at + 4) != len)
			return SEA_SEEN_BAD;
		seen->src_port = get16(at);
		seen->dst_port = get16(at + 2);
		fault = keep_payload(seen, at + UDP_HDR, len - UDP_HDR);
		break;
	case SEA_IPPROTO_ICMP:
	case SEA_IPPROTO_ICMPV6:
		if (len < ICMP_HDR || (seen->proto == SEA_IPPROTO_ICMPV6) != seen->v6)
			return SEA_SEEN_BAD;
		seen->icmp_type = at[0];
		seen->icmp_code = at[1];
		fault = keep_payload(seen, at + ICMP_HDR, len - ICMP_HDR);
		break;
	default:
		return SEA_SEEN_OTHER;
	}
	if (fault == SEA_SEEN_OK && !sum_is_right(seen, at, len))
		fault = SEA_SEEN_CHECKSUM;
	return fault;
}

static enum sea_seen_fault parse_v4(struct sea_seen *seen, const uint8_t *b, size_t len)
{
	size_t header = (size_t)(b[0] & 15) * 4;

	if (len < sizeof(struct sea_ipv4_hdr) || header < sizeof(struct sea_ipv4_hdr) ||
	    header > len || get16(b + 2) != len)
		return SEA_SEEN_BAD;
	seen->tos = b[1];
	seen->ttl = b[8];
	seen->proto = b[9];
	seen->src = sea_addr_v4(b[12], b[13], b[14], b[15]);
	seen->dst = sea_addr_v4(b[16], b[17], b[18], b[19]);
	if (sea_csum_fold(sea_csum_scalar(b, header, 0)) != 0xffff)
		return SEA_SEEN_CHECKSUM;
	if (get16(b + 6) & (SEA_IPV4_MF | SEA_IPV4_OFFSET))
		return SEA_SEEN_OTHER;
	return parse_transport(seen, b + header, len - header);
}

static enum sea_seen_fault parse_v6(struct sea_seen *seen, const uint8_t *b, size_t len)
{
	size_t header = sizeof(struct sea_ipv6_hdr);

	if (len < header || get16(b + 4) != len - header)
		return SEA_SEEN_BAD;
	seen->v6 = true;
	seen->tos = (uint8_t)(get32(b) >> 20);
	seen->flowlabel = get32(b) & 0xfffff;
	seen->proto = b[6];
	seen->ttl = b[7];
	seen->src.family = seen->dst.family = SEA_AF_INET6;
	memcpy(seen->src.b, b + 8, 16);
	memcpy(seen->dst.b, b + 24, 16);
	return parse_transport(seen, b + header, len - header);
}

enum sea_seen_fault sea_seen_parse(const struct sea_dut_packet *packet, struct sea_seen *seen)
{
	*seen = (struct sea_seen){ .time = packet->time };
	if (!packet->len)
		return SEA_SEEN_BAD;
	return packet->bytes[0] >> 4 == 6 ? parse_v6(seen, packet->bytes, packet->len)
					  : parse_v4(seen, packet->bytes, packet->len);
}

const uint8_t *sea_seen_option(const struct sea_seen *seen, size_t *at, size_t *len)
{
	const uint8_t *option = seen->options + *at;
	size_t left = seen->options_len - *at;

	if (!left)
		return NULL;
	*len = option[0] <= SEA_TCPOPT_NOP ? 1 : left > 1 ? option[1] : 0;
	if (*len == 0 || (option[0] > SEA_TCPOPT_NOP && *len < 2) || *len > left)
		*len = left; /* what is no option is shown as it is */
	*at += *len;
	return option;
}

static void print_option(const uint8_t *option, size_t len, FILE *out)
{
	if (option[0] == SEA_TCPOPT_EOL || option[0] == SEA_TCPOPT_NOP) {
		fputs(option[0] ? "nop" : "eol", out);
	} else if (option[0] == SEA_TCPOPT_MSS && len == 4) {
		fprintf(out, "mss %u", get16(option + 2));
	} else if (option[0] == SEA_TCPOPT_WSCALE && len == 3) {
		fprintf(out, "wscale %u", option[2]);
	} else if (option[0] == SEA_TCPOPT_SACK_PERM && len == 2) {
		fputs("sackOK", out);
	} else if (option[0] == SEA_TCPOPT_TS && len == 10) {
		fprintf(out, "TS val %u ecr %u", get32(option + 2), get32(option + 6));
	} else if (option[0] == SEA_TCPOPT_SACK && len % 8 == 2) {
		fputs("sack", out);
		for (size_t i = 2; i < len; i += 8)
			fprintf(out, " %u:%u", get32(option + i), get32(option + i + 4));
	} else {
		fprintf(out, option[0] == 34 ? "FO " : "kind %u ", option[0]);
		for (size_t i = 2; i < len; i++)
			fprintf(out, "%02x", option[i]);
	}
}

static void print_tcp(const struct sea_seen *seen, FILE *out)
{
	static const char letters[] = "FSRP.UEWA";
	const uint8_t *option;
	size_t at = 0, len;

	for (unsigned i = 0; letters[i]; i++)
		if (seen->flags & 1u << i)
			fputc(letters[i], out);
	if (!seen->flags)
		fputc('-', out);
	fprintf(out, " %u:%u(%zu)", seen->seq, seen->seq + (uint32_t)seen->payload_len,
		seen->payload_len);
	if (seen->flags & SEA_FLAG_ACK)
		fprintf(out, " ack %u", seen->ack);
	fprintf(out, " win %u", seen->win);
	if (seen->urg)
		fprintf(out, " urg %u", seen->urg);
	for (const char *between = " <"; (option = sea_seen_option(seen, &at, &len));
	     between = ",") {
		fputs(between, out);
		print_option(option, len, out);
	}
	if (seen->options_len)
		fputc('>', out);
}

void sea_seen_print(const struct sea_seen *seen, FILE *out)
{
	static const char *const ecn[] = { "", "[ect1] ", "[ect0] ", "[ce] " };

	fprintf(out, "> %s", ecn[seen->tos & 3]);
	if (seen->proto == SEA_IPPROTO_TCP)
		print_tcp(seen, out);
	else if (seen->proto == SEA_IPPROTO_UDP)
		fprintf(out, "udp (%zu)", seen->payload_len);
	else
		fprintf(out, "icmp type_%u code_%u", seen->icmp_type, seen->icmp_code);
}
