/* SPDX-License-Identifier: Apache-2.0 */
/* Which bytes are options of neighbour discovery, what they say, and how ours look. */
#include "wire/ndp.h"

#define LLADDR_OFF 2
#define NONCE_OFF 2
#define REDIRECTED_OFF 8
#define PREFIX_LEN 32
#define PREFIX_OFF 16

bool sea_ndp_opts_valid(const uint8_t *opts, size_t len)
{
	size_t at = 0;

	while (at < len) {
		if (len - at < 8 || opts[at + 1] == 0 || opts[at + 1] * 8u > len - at)
			return false;
		at += opts[at + 1] * 8u;
	}
	return true;
}

bool sea_ndp_opt_next(const uint8_t *opts, size_t len, size_t *at, struct sea_ndp_opt *opt)
{
	if (*at >= len)
		return false;
	opt->bytes = opts + *at;
	opt->type = opt->bytes[0];
	opt->len = (uint16_t)(opt->bytes[1] * 8);
	*at += opt->len;
	return true;
}

/* -- what occurs once -- */

static void take_lladdr(const struct sea_ndp_opt *opt, bool *has, struct sea_mac *mac, bool *bad)
{
	if (*has)
		return;
	if (opt->len != SEA_NDP_LLADDR_LEN) {
		*bad = true;
		return;
	}
	*has = true;
	memcpy(mac->b, opt->bytes + LLADDR_OFF, sizeof(mac->b));
}

static void take_nonce(const struct sea_ndp_opt *opt, struct sea_ndp_once *once)
{
	if (once->nonce || opt->len - NONCE_OFF > UINT8_MAX)
		return;
	once->nonce = opt->bytes + NONCE_OFF;
	once->nonce_len = (uint8_t)(opt->len - NONCE_OFF);
}

static void take(const struct sea_ndp_opt *opt, struct sea_ndp_once *once)
{
	switch (opt->type) {
	case SEA_NDP_OPT_SLLA:
		take_lladdr(opt, &once->has_slla, &once->slla, &once->bad_lladdr);
		break;
	case SEA_NDP_OPT_TLLA:
		take_lladdr(opt, &once->has_tlla, &once->tlla, &once->bad_lladdr);
		break;
	case SEA_NDP_OPT_MTU:
		if (opt->len == 8 && !once->mtu)
			once->mtu = sea_get32(opt->bytes + 4);
		break;
	case SEA_NDP_OPT_NONCE:
		take_nonce(opt, once);
		break;
	case SEA_NDP_OPT_REDIRECTED:
		if (!once->redirected) { /* one that quotes nothing is one */
			once->redirected = opt->bytes + REDIRECTED_OFF;
			once->redirected_len = (uint16_t)(opt->len - REDIRECTED_OFF);
		}
		break;
	default:
		break;
	}
}

void sea_ndp_once_parse(const uint8_t *opts, size_t len, struct sea_ndp_once *once)
{
	struct sea_ndp_opt opt;
	size_t at = 0;

	memset(once, 0, sizeof(*once));
	while (sea_ndp_opt_next(opts, len, &at, &opt))
		take(&opt, once);
}

/* -- what occurs often -- */

bool sea_ndp_prefix_parse(const struct sea_ndp_opt *opt, struct sea_ndp_prefix *prefix)
{
	const uint8_t *b = opt->bytes;

	if (opt->type != SEA_NDP_OPT_PREFIX || opt->len != PREFIX_LEN || b[2] > 128)
		return false;
	prefix->prefix_len = b[2];
	prefix->onlink = b[3] & 0x80;
	prefix->autonomous = b[3] & 0x40;
	prefix->delegated = b[3] & 0x10;
	prefix->valid_s = sea_get32(b + 4);
	prefix->preferred_s = sea_get32(b + 8);
	memcpy(prefix->prefix, b + PREFIX_OFF, 16);
	return true;
}

static void clear_host_bits(uint8_t addr[16], uint8_t prefix_len)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned kept = prefix_len > i * 8 ? prefix_len - i * 8 : 0;

		if (kept < 8)
			addr[i] &= (uint8_t)(0xff00 >> kept);
	}
}

/* RFC 4191 §2.3: 8, 16 or 24 bytes, as many as the prefix needs at least. */
bool sea_ndp_route_parse(const struct sea_ndp_opt *opt, struct sea_ndp_route *route)
{
	const uint8_t *b = opt->bytes;

	if (opt->type != SEA_NDP_OPT_ROUTE || opt->len > 24 || b[2] > 128 ||
	    b[2] > (opt->len - 8) * 8)
		return false;
	route->pref = sea_ndp_pref_of(b[3]);
	if (route->pref == SEA_NDP_PREF_RESERVED)
		return false;
	route->prefix_len = b[2];
	route->lifetime_s = sea_get32(b + 4);
	memset(route->prefix, 0, sizeof(route->prefix));
	memcpy(route->prefix, b + 8, opt->len - 8u);
	clear_host_bits(route->prefix, route->prefix_len);
	return true;
}

bool sea_ndp_rdnss_parse(const struct sea_ndp_opt *opt, struct sea_ndp_rdnss *rdnss)
{
	if (opt->type != SEA_NDP_OPT_RDNSS || opt->len < 24 || opt->len % 16 != 8)
		return false;
	rdnss->lifetime_s = sea_get32(opt->bytes + 4);
	rdnss->n = (opt->len - 8u) / 16;
	rdnss->addrs = opt->bytes + 8;
	return true;
}

bool sea_ndp_dnssl_parse(const struct sea_ndp_opt *opt, struct sea_ndp_dnssl *dnssl)
{
	if (opt->type != SEA_NDP_OPT_DNSSL || opt->len < 16)
		return false;
	dnssl->lifetime_s = sea_get32(opt->bytes + 4);
	dnssl->len = (uint16_t)(opt->len - 8);
	dnssl->names = opt->bytes + 8;
	return true;
}

/* -- domains -- */

static bool is_host_char(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_';
}

/* One label behind its length byte, and a dot; how much text that is, 0: it makes no sense. */
static size_t copy_label(const uint8_t *label, uint8_t len, char *text, size_t room)
{
	if (len + 1u > room)
		return 0;
	for (uint8_t i = 0; i < len; i++) {
		if (!is_host_char(label[i]))
			return 0;
		text[i] = (char)label[i];
	}
	text[len] = '.';
	return len + 1u;
}

bool sea_ndp_domain_next(const struct sea_ndp_dnssl *dnssl, size_t *at,
			 char text[SEA_NDP_DOMAIN_MAX])
{
	size_t pos = *at, used = 0, n;

	while (pos < dnssl->len && dnssl->names[pos]) {
		uint8_t len = dnssl->names[pos++];

		if (len > 63 || len > dnssl->len - pos)
			return false;
		n = copy_label(dnssl->names + pos, len, text + used, SEA_NDP_DOMAIN_MAX - used);
		if (!n)
			return false;
		used += n;
		pos += len;
	}
	if (pos == dnssl->len || !used)
		return false; /* no end, or padding */
	text[used - 1] = '\0';
	*at = pos + 1;
	return true;
}

/* -- building -- */

static void put_opt(uint8_t *at, enum sea_ndp_opt_type type, size_t len)
{
	memset(at, 0, len);
	at[0] = (uint8_t)type;
	at[1] = (uint8_t)(len / 8);
}

size_t sea_ndp_put_lladdr(uint8_t *at, enum sea_ndp_opt_type type, const struct sea_mac *mac)
{
	put_opt(at, type, SEA_NDP_LLADDR_LEN);
	memcpy(at + LLADDR_OFF, mac->b, sizeof(mac->b));
	return SEA_NDP_LLADDR_LEN;
}

size_t sea_ndp_put_nonce(uint8_t *at, const uint8_t nonce[SEA_NDP_NONCE_LEN])
{
	put_opt(at, SEA_NDP_OPT_NONCE, 8);
	memcpy(at + NONCE_OFF, nonce, SEA_NDP_NONCE_LEN);
	return 8;
}

size_t sea_ndp_put_mtu(uint8_t *at, uint32_t mtu)
{
	put_opt(at, SEA_NDP_OPT_MTU, 8);
	sea_put32(at + 4, mtu);
	return 8;
}

size_t sea_ndp_put_prefix(uint8_t *at, const struct sea_ndp_prefix *prefix)
{
	put_opt(at, SEA_NDP_OPT_PREFIX, PREFIX_LEN);
	at[2] = prefix->prefix_len;
	at[3] = (uint8_t)((prefix->onlink ? 0x80 : 0) | (prefix->autonomous ? 0x40 : 0) |
			  (prefix->delegated ? 0x10 : 0));
	sea_put32(at + 4, prefix->valid_s);
	sea_put32(at + 8, prefix->preferred_s);
	memcpy(at + PREFIX_OFF, prefix->prefix, 16);
	return PREFIX_LEN;
}

size_t sea_ndp_put_route(uint8_t *at, const struct sea_ndp_route *route)
{
	size_t bytes = route->prefix_len > 64 ? 16 : route->prefix_len > 0 ? 8 : 0;

	put_opt(at, SEA_NDP_OPT_ROUTE, 8 + bytes);
	at[2] = route->prefix_len;
	at[3] = (uint8_t)(((unsigned)route->pref & 3) << 3);
	sea_put32(at + 4, route->lifetime_s);
	memcpy(at + 8, route->prefix, bytes);
	return 8 + bytes;
}

size_t sea_ndp_put_rdnss(uint8_t *at, const struct sea_ndp_rdnss *rdnss)
{
	size_t bytes = rdnss->n * 16;

	put_opt(at, SEA_NDP_OPT_RDNSS, 8 + bytes);
	sea_put32(at + 4, rdnss->lifetime_s);
	memcpy(at + 8, rdnss->addrs, bytes);
	return 8 + bytes;
}

/* -- addresses -- */

void sea_ndp_solicited_node(const uint8_t addr[16], uint8_t group[16])
{
	static const uint8_t prefix[13] = { 0xff, 2, [11] = 1, [12] = 0xff };

	memcpy(group, prefix, sizeof(prefix));
	memcpy(group + 13, addr + 13, 3);
}

struct sea_mac sea_ndp_multicast_mac(const uint8_t group[16])
{
	return (struct sea_mac){ { 0x33, 0x33, group[12], group[13], group[14], group[15] } };
}
