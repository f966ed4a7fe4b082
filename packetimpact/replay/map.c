// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/replay/map.h"

#include <string.h>

#include "core/checksum.h"
#include "wire/ipv6.h"

void sea_map_stamp(struct sea_map *map, uint32_t captured, uint32_t live)
{
	uint32_t at = map->n_stamps++ % SEA_MAP_STAMPS;

	map->stamps[at].captured = captured;
	map->stamps[at].live = live;
}

/* Its own, or as far from the latest as the captured one was. */
static uint32_t live_stamp(const struct sea_map *map, uint32_t captured)
{
	uint32_t last = (map->n_stamps - 1) % SEA_MAP_STAMPS;

	if (!map->n_stamps)
		return captured;
	for (uint32_t i = 1; i <= map->n_stamps && i <= SEA_MAP_STAMPS; i++) {
		uint32_t at = (map->n_stamps - i) % SEA_MAP_STAMPS;

		if (map->stamps[at].captured == captured)
			return map->stamps[at].live;
	}
	return captured - map->stamps[last].captured + map->stamps[last].live;
}

static void shift(uint8_t *at, uint32_t by)
{
	sea_put32(at, sea_get32(at) + by);
}

static void map_option(const struct sea_map *map, uint8_t *opt, uint8_t len)
{
	if (opt[0] == SEA_TCPOPT_TS && len == 10 && sea_get32(opt + 6))
		sea_put32(opt + 6, live_stamp(map, sea_get32(opt + 6)));
	for (uint8_t i = 2; opt[0] == SEA_TCPOPT_SACK && i + 4 <= len; i = (uint8_t)(i + 4))
		shift(opt + i, map->live_iss - map->iss);
}

static void map_tcp(const struct sea_map *map, uint8_t *tcp)
{
	uint8_t *opt = tcp + sizeof(struct sea_tcp_hdr), *end = tcp + (tcp[12] >> 4) * 4;

	if (!map->known)
		return;
	if (tcp[13] & SEA_TCP_ACK)
		shift(tcp + 8, map->live_iss - map->iss);
	while (opt < end) {
		uint8_t len = opt[0] <= SEA_TCPOPT_NOP ? 1 : opt + 1 < end ? opt[1] : 0;

		if (!len || len > end - opt || (opt[0] > SEA_TCPOPT_NOP && len < 2))
			break;
		map_option(map, opt, len);
		opt += len;
	}
}

/* What an error quotes is the device's own packet. */
static void map_quote(const struct sea_map *map, const struct sea_talk_packet *p, uint8_t *l4)
{
	const size_t len = p->seg.v6 ? 16 : 4;
	struct sea_quote quote;

	if (!sea_quote_read(&p->seg, &quote))
		return;
	memcpy(l4 + (quote.src - p->seg.l4), map->device, len);
	memcpy(l4 + (quote.dst - p->seg.l4), map->peer, len);
	if (quote.proto == SEA_IPPROTO_TCP && map->known)
		shift(l4 + quote.at + 4, map->live_iss - map->iss);
}

/* -- checksums -- */

static void put_sum(const struct sea_map *map, const struct sea_talk_packet *p, uint8_t *l4)
{
	static const uint8_t fields[] = {
		[SEA_IPPROTO_ICMP] = 2,
		[SEA_IPPROTO_TCP] = 16,
		[SEA_IPPROTO_UDP] = 6,
		[SEA_IPPROTO_ICMPV6] = 2,
	};
	uint32_t len = p->seg.l4_len, pseudo = 0;
	uint8_t *field = l4 + fields[p->seg.proto];
	uint16_t sum;

	if (p->seg.proto == SEA_IPPROTO_UDP && !sea_get16(field))
		return;
	if (p->seg.v6)
		pseudo = sea_csum_pseudo6(map->peer, map->device, p->seg.proto, len);
	else if (p->seg.proto != SEA_IPPROTO_ICMP)
		pseudo = sea_csum_pseudo4(map->peer, map->device, p->seg.proto, len);
	memset(field, 0, 2);
	sum = (uint16_t)~sea_csum_fold(sea_csum_scalar(l4, len, pseudo));
	if (p->seg.proto == SEA_IPPROTO_UDP && !sum)
		sum = 0xffff;
	sea_csum_put(field, sum);
	if (p->bad_sum)
		field[0] ^= 0x55;
}

static void put_addresses(const struct sea_map *map, const struct sea_talk_packet *p, uint8_t *ip)
{
	if (p->seg.v6) {
		memcpy(ip + 8, map->peer, 16);
		memcpy(ip + 24, map->device, 16);
		sea_put16(ip + 4, (uint16_t)(p->len - sizeof(struct sea_ipv6_hdr)));
		return;
	}
	memcpy(ip + 12, map->peer, 4);
	memcpy(ip + 16, map->device, 4);
	sea_put16(ip + 2, (uint16_t)p->len);
	memset(ip + 10, 0, 2);
	sea_csum_put(ip + 10, (uint16_t)~sea_csum_fold(sea_csum_scalar(ip, p->seg.ip_hdr_len, 0)));
}

void sea_map_packet(const struct sea_map *map, const struct sea_talk_packet *p, uint8_t *to,
		    struct sea_dut_packet *packet)
{
	uint8_t *l4 = to + (p->seg.l4 - p->bytes);

	memcpy(to, p->bytes, p->len);
	put_addresses(map, p, to);
	if (p->seg.proto == SEA_IPPROTO_TCP)
		map_tcp(map, l4);
	else if (p->error)
		map_quote(map, p, l4);
	put_sum(map, p, l4);
	*packet = (struct sea_dut_packet){ .bytes = to, .len = p->len };
	if (p->seg.proto == SEA_IPPROTO_TCP && map->mss > p->seg.opts_len &&
	    p->seg.tcp.len > map->mss - p->seg.opts_len)
		packet->gso_size = (uint16_t)(map->mss - p->seg.opts_len);
}
