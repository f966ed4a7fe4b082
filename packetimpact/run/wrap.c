// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/run/wrap.h"

#include <string.h>

#include "wire/ipv4.h"
#include "wire/ipv6.h"

#define PROTO_IPV4 4
#define PROTO_IPV6 41
#define PROTO_GRE 47
#define PROTO_MPLS 137
#define TYPE_IPV4 0x0800
#define TYPE_IPV6 0x86dd
#define TYPE_MPLS 0x8847

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

static uint32_t get16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t get32(const uint8_t *at)
{
	return get16(at) << 16 | get16(at + 2);
}

/* -- what both directions know -- */

static size_t header_len(const struct sea_script_encap *encap)
{
	switch (encap->kind) {
	case SEA_ENCAP_IPV4:
		return sizeof(struct sea_ipv4_hdr);
	case SEA_ENCAP_IPV6:
		return sizeof(struct sea_ipv6_hdr);
	case SEA_ENCAP_GRE:
		return 4u + (encap->gre.flags & SEA_GRE_CHECKSUM ? 4 : 0) +
		       (encap->gre.flags & SEA_GRE_KEY ? 4 : 0) +
		       (encap->gre.flags & SEA_GRE_SEQUENCE ? 4 : 0);
	case SEA_ENCAP_MPLS:
		return 4 * encap->n_mpls;
	}
	return 0;
}

/* What stands inside of a header: the next one, or the packet itself. */
static enum sea_script_encap_kind inside(const struct sea_script_encap *encap, bool v6)
{
	if (encap->next)
		return encap->next->kind;
	return v6 ? SEA_ENCAP_IPV6 : SEA_ENCAP_IPV4;
}

static uint8_t proto_of(enum sea_script_encap_kind kind)
{
	static const uint8_t protos[] = { [SEA_ENCAP_IPV4] = PROTO_IPV4,
					  [SEA_ENCAP_IPV6] = PROTO_IPV6,
					  [SEA_ENCAP_GRE] = PROTO_GRE,
					  [SEA_ENCAP_MPLS] = PROTO_MPLS };

	return protos[kind];
}

static uint32_t type_of(enum sea_script_encap_kind kind)
{
	return kind == SEA_ENCAP_IPV4 ? TYPE_IPV4 : kind == SEA_ENCAP_IPV6 ? TYPE_IPV6 : TYPE_MPLS;
}

static uint32_t label_word(const struct sea_script_mpls *mpls)
{
	return mpls->label << 12 | (uint32_t)mpls->tc << 9 | (uint32_t)mpls->bottom << 8 |
	       mpls->ttl;
}

/* -- in -- */

static void put_gre(const struct sea_script_encap *encap, enum sea_script_encap_kind next,
		    uint8_t *at)
{
	put16(at, encap->gre.flags);
	put16(at + 2, type_of(next));
	at += 4;
	if (encap->gre.flags & SEA_GRE_CHECKSUM) {
		put16(at, encap->gre.sum);
		put16(at + 2, encap->gre.off);
		at += 4;
	}
	if (encap->gre.flags & SEA_GRE_KEY) {
		put32(at, encap->gre.key);
		at += 4;
	}
	if (encap->gre.flags & SEA_GRE_SEQUENCE)
		put32(at, encap->gre.seq);
}

static void put_header(const struct sea_script_encap *encap, bool v6, uint8_t *at, size_t behind)
{
	enum sea_script_encap_kind next = inside(encap, v6);

	if (encap->kind == SEA_ENCAP_GRE)
		put_gre(encap, next, at);
	else if (encap->kind != SEA_ENCAP_MPLS)
		sea_run_put_ip(at, &encap->ip, &encap->src, &encap->dst, proto_of(next), behind);
	for (size_t i = 0; encap->kind == SEA_ENCAP_MPLS && i < encap->n_mpls; i++)
		put32(at + 4 * i, label_word(&encap->mpls[i]));
}

bool sea_run_wrap(struct sea_run *run, const struct sea_script_encap *encaps,
		  struct sea_dut_packet *packet)
{
	const bool v6 = packet->bytes[0] >> 4 == 6;
	size_t len = packet->len, at = 0;
	uint8_t *bytes;

	for (const struct sea_script_encap *e = encaps; e; e = e->next)
		len += header_len(e);
	if (len > 65535)
		return sea_run_fail(run, run->event->pos,
				    "with its headers this packet is longer than IP allows");
	bytes = sea_run_alloc(run, len);
	if (!bytes)
		return false;
	for (const struct sea_script_encap *e = encaps; e; e = e->next) {
		put_header(e, v6, bytes + at, len - at - header_len(e));
		at += header_len(e);
	}
	memcpy(bytes + at, packet->bytes, packet->len);
	packet->bytes = bytes;
	packet->len = len;
	return true;
}

/* -- out -- */

static bool wrong(struct sea_run *run, const char *field, uint32_t expected, uint32_t seen)
{
	if (expected == seen)
		return false;
	sea_run_fail(run, run->event->pos, "a header around the packet is not the expected one");
	sea_run_note(run, "  %s: expected %u, seen %u", field, expected, seen);
	return true;
}

static bool wrong_addr(struct sea_run *run, const char *field, const struct sea_addr *expected,
		       const uint8_t *seen)
{
	size_t len = expected->family == SEA_AF_INET ? 4 : 16;
	struct sea_addr got = { .family = expected->family };
	char text[2][SEA_ADDR_TEXT_MAX];

	memcpy(got.b, seen, len);
	if (!memcmp(expected->b, got.b, len))
		return false;
	sea_addr_text(expected, text[0]);
	sea_addr_text(&got, text[1]);
	sea_run_fail(run, run->event->pos, "a header around the packet is not the expected one");
	sea_run_note(run, "  %s: expected %s, seen %s", field, text[0], text[1]);
	return true;
}

static bool wrong_ip(struct sea_run *run, const struct sea_script_encap *e, const uint8_t *at)
{
	const bool v6 = e->kind == SEA_ENCAP_IPV6;
	const uint8_t tos = v6 ? (uint8_t)(get32(at) >> 20) : at[1];

	return wrong_addr(run, "outer source", &e->src, at + (v6 ? 8 : 12)) ||
	       wrong_addr(run, "outer destination", &e->dst, at + (v6 ? 24 : 16)) ||
	       (e->ip.tos_check == SEA_TOS_ECN && wrong(run, "outer ECN", e->ip.tos, tos & 3)) ||
	       (e->ip.tos_check == SEA_TOS_BYTE && wrong(run, "outer TOS", e->ip.tos, tos)) ||
	       (e->ip.has_ttl && wrong(run, "outer TTL", e->ip.ttl, at[v6 ? 7 : 8]));
}

static bool wrong_gre(struct sea_run *run, const struct sea_script_encap *e, const uint8_t *at)
{
	at += 4;
	if (e->gre.flags & SEA_GRE_CHECKSUM) {
		if (wrong(run, "GRE checksum", e->gre.sum, get16(at)))
			return true;
		at += 4;
	}
	if (e->gre.flags & SEA_GRE_KEY) {
		if (wrong(run, "GRE key", e->gre.key, get32(at)))
			return true;
		at += 4;
	}
	return e->gre.flags & SEA_GRE_SEQUENCE &&
	       wrong(run, "GRE sequence number", e->gre.seq, get32(at));
}

static bool wrong_fields(struct sea_run *run, const struct sea_script_encap *e, const uint8_t *at)
{
	if (e->kind == SEA_ENCAP_GRE)
		return wrong_gre(run, e, at);
	for (size_t i = 0; e->kind == SEA_ENCAP_MPLS && i < e->n_mpls; i++)
		if (wrong(run, "MPLS label", label_word(&e->mpls[i]), get32(at + 4 * i)))
			return true;
	return e->kind != SEA_ENCAP_MPLS && wrong_ip(run, e, at);
}

/* Is it such a header, with that inside? */
static bool is_header(const struct sea_script_encap *e, bool v6, const uint8_t *at, size_t left)
{
	enum sea_script_encap_kind next = inside(e, v6);

	if (left <= header_len(e))
		return false;
	switch (e->kind) {
	case SEA_ENCAP_IPV4:
		return at[0] == 0x45 && at[9] == proto_of(next);
	case SEA_ENCAP_IPV6:
		return at[0] >> 4 == 6 && at[6] == proto_of(next);
	case SEA_ENCAP_GRE:
		return get16(at) == e->gre.flags && get16(at + 2) == type_of(next);
	case SEA_ENCAP_MPLS:
		return true;
	}
	return false;
}

enum sea_unwrapped sea_run_unwrap(struct sea_run *run, const struct sea_script_encap *encaps,
				  struct sea_dut_packet *packet)
{
	size_t at = 0, sum = 0;
	bool v6;

	for (const struct sea_script_encap *e = encaps; e; e = e->next)
		sum += header_len(e);
	if (packet->len <= sum)
		return SEA_WRAPPED_OTHERWISE;
	v6 = packet->bytes[sum] >> 4 == 6;
	for (const struct sea_script_encap *e = encaps; e; at += header_len(e), e = e->next)
		if (!is_header(e, v6, packet->bytes + at, packet->len - at))
			return SEA_WRAPPED_OTHERWISE;
	at = 0;
	for (const struct sea_script_encap *e = encaps; e; at += header_len(e), e = e->next)
		if (wrong_fields(run, e, packet->bytes + at))
			return SEA_WRAPPED_WRONG;
	packet->bytes += sum;
	packet->len -= sum;
	return SEA_UNWRAPPED;
}
