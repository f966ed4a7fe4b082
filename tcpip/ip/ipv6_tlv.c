/* SPDX-License-Identifier: Apache-2.0 */
/* IPv6 options, as Linux judges them. */
#include "ip/ipv6_tlv.h"

#include "wire/bytes.h"
#include "wire/icmp6.h"

enum option {
	OPT_PAD1 = 0,
	OPT_PADN = 1,
	OPT_ROUTER_ALERT = 5, /* RFC 2711 */
	OPT_JUMBO = 194,      /* RFC 2675 */
};

#define PADDING_MAX 7u /* nobody needs more to align to 8 (RFC 8504 §5.3) */

/* A walk over the options: where it is, what it has seen. */
struct walk {
	const uint8_t *ext;
	uint32_t len, at;
	const struct sea_ipv6_tlv_limits *limits;
	bool to_group;
	uint32_t padding; /* bytes in a row */
	int32_t number;
};

static struct sea_ipv6_tlv_verdict verdict(enum sea_ipv6_tlv_fault fault)
{
	return (struct sea_ipv6_tlv_verdict){ .fault = fault, .code = -1 };
}

static struct sea_ipv6_tlv_verdict problem(enum sea_icmp6_param code, uint32_t at)
{
	return (struct sea_ipv6_tlv_verdict){ SEA_IPV6_TLV_UNKNOWN, (int)code, (uint16_t)at };
}

static bool is_zero(const uint8_t *bytes, uint32_t len)
{
	while (len)
		if (bytes[--len])
			return false;
	return true;
}

/* Fills up without a meaning: it may not carry one (RFC 4942 §2.1.9.5). */
static struct sea_ipv6_tlv_verdict pad(struct walk *w, uint32_t opt_len)
{
	w->padding += opt_len;
	if (w->padding > PADDING_MAX)
		return verdict(SEA_IPV6_TLV_MALFORMED);
	if (opt_len > 2 && !is_zero(w->ext + w->at + 2, opt_len - 2))
		return verdict(SEA_IPV6_TLV_MALFORMED);
	return verdict(SEA_IPV6_TLV_OK);
}

/* The two highest bits of an option's type say what to do where it is not known. */
static struct sea_ipv6_tlv_verdict unknown(const struct walk *w)
{
	if (w->limits->number < 0)
		return verdict(SEA_IPV6_TLV_UNKNOWN);
	switch (w->ext[w->at] >> 6) {
	case 0:
		return verdict(SEA_IPV6_TLV_OK);
	case 2:
		return problem(SEA_ICMP6_UNK_OPTION, w->at);
	case 3:
		if (!w->to_group)
			return problem(SEA_ICMP6_UNK_OPTION, w->at);
		/* fall through */
	default:
		return verdict(SEA_IPV6_TLV_UNKNOWN);
	}
}

/* No link here carries more than a length of 16 bits can say: a jumbogram is none, or is cut. */
static struct sea_ipv6_tlv_verdict jumbo(const struct walk *w, uint32_t opt_len)
{
	if (opt_len != 6 || (w->at & 3) != 2)
		return verdict(SEA_IPV6_TLV_MALFORMED);
	if (sea_get32(w->ext + w->at + 2) <= UINT16_MAX)
		return problem(SEA_ICMP6_HDR_FIELD, w->at + 2);
	if (w->limits->has_len)
		return problem(SEA_ICMP6_HDR_FIELD, w->at);
	return verdict(SEA_IPV6_TLV_MALFORMED);
}

static struct sea_ipv6_tlv_verdict option(struct walk *w, uint32_t opt_len)
{
	uint8_t type = w->ext[w->at];

	if (type == OPT_PADN)
		return pad(w, opt_len);
	w->padding = 0;
	w->number++;
	if (w->number > (w->limits->number < 0 ? -w->limits->number : w->limits->number))
		return verdict(SEA_IPV6_TLV_LIMIT);
	if (w->limits->hop_by_hop && type == OPT_ROUTER_ALERT)
		return verdict(opt_len == 4 ? SEA_IPV6_TLV_OK : SEA_IPV6_TLV_MALFORMED);
	if (w->limits->hop_by_hop && type == OPT_JUMBO)
		return jumbo(w, opt_len);
	return unknown(w);
}

/* The option at w->at, and its length; 0 where it does not fit. */
static uint32_t option_len(const struct walk *w)
{
	uint32_t left = w->len - w->at, n;

	if (w->ext[w->at] == OPT_PAD1)
		return 1;
	n = left < 2 ? UINT32_MAX : w->ext[w->at + 1] + 2u;
	return n <= left ? n : 0;
}

struct sea_ipv6_tlv_verdict sea_ipv6_tlv_check(const uint8_t *ext, uint32_t len,
					       const struct sea_ipv6_tlv_limits *limits,
					       bool to_group)
{
	struct walk w = { .ext = ext, .len = len, .at = 2, .limits = limits, .to_group = to_group };
	struct sea_ipv6_tlv_verdict v = verdict(SEA_IPV6_TLV_OK);

	if (len > (uint32_t)limits->len)
		return verdict(SEA_IPV6_TLV_LIMIT);
	while (w.at < len && v.fault == SEA_IPV6_TLV_OK) {
		uint32_t n = option_len(&w);

		if (!n)
			return verdict(SEA_IPV6_TLV_MALFORMED);
		v = ext[w.at] == OPT_PAD1 ? pad(&w, 1) : option(&w, n);
		w.at += n;
	}
	return v;
}
