/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses as text. Reading is strict: no octal, no missing parts, nothing behind the address.
 * Writing is RFC 5952's, so that an address has one text.
 */
#include <seastack/addr.h>

#include <string.h>

#include "wire/bytes.h"
#include "wire/hex.h"
#include "wire/text.h"

/* -- reading -- */

/* Decimal without leading zeros, at most `max` (below 1000). Moves *p past it; -1: none. */
static int read_dec(const char **p, int max)
{
	const char *s = *p;
	int v = 0;

	if (*s < '0' || *s > '9' || (s[0] == '0' && s[1] >= '0' && s[1] <= '9'))
		return -1;
	for (; *s >= '0' && *s <= '9'; s++) {
		v = v * 10 + (*s - '0');
		if (v > max)
			return -1;
	}
	*p = s;
	return v;
}

static bool read_v4(const char **p, uint8_t b[4])
{
	for (int i = 0; i < 4; i++) {
		int v;

		if (i > 0 && *(*p)++ != '.')
			return false;
		v = read_dec(p, 255);
		if (v < 0)
			return false;
		b[i] = (uint8_t)v;
	}
	return true;
}

/* One to four hexadecimal digits; -1: none, or more. */
static int read_group(const char **p)
{
	int v = 0, digits = 0;

	for (int d; (d = sea_hex_digit(**p)) >= 0; (*p)++) {
		if (++digits > 4)
			return -1;
		v = v << 4 | d;
	}
	return digits > 0 ? v : -1;
}

struct v6_reader {
	const char *p;
	uint8_t b[16];
	int len; /* bytes read */
	int gap; /* where "::" stood, or -1 */
};

static bool at_end(const struct v6_reader *r)
{
	return *r->p == '\0' || *r->p == '/';
}

/* One group, or at the very end an IPv4 address in place of two. */
static bool read_piece(struct v6_reader *r)
{
	const char *start = r->p;
	int v = read_group(&r->p);

	if (*r->p == '.' && r->len <= 12) {
		r->p = start;
		if (!read_v4(&r->p, r->b + r->len) || !at_end(r))
			return false;
		r->len += 4;
		return true;
	}
	if (v < 0 || r->len > 14)
		return false;
	sea_put16(r->b + r->len, (uint16_t)v);
	r->len += 2;
	return true;
}

/* Pieces with colons between them, and at most once with two. */
static bool read_pieces(struct v6_reader *r)
{
	do {
		if (r->p[0] == ':' && r->p[1] == ':') {
			if (r->gap >= 0)
				return false;
			r->gap = r->len;
			r->p += 2;
			if (at_end(r))
				break;
		} else if (r->len > 0 && *r->p++ != ':') {
			return false;
		}
		if (!read_piece(r))
			return false;
	} while (!at_end(r));
	return true;
}

static bool read_v6(const char **p, uint8_t b[16])
{
	struct v6_reader r = { .p = *p, .gap = -1 };

	if (!read_pieces(&r) || (r.gap < 0 ? r.len != 16 : r.len > 14))
		return false;
	if (r.gap < 0)
		r.gap = r.len;
	memset(b, 0, 16);
	memcpy(b, r.b, (size_t)r.gap);
	memcpy(b + 16 - (r.len - r.gap), r.b + r.gap, (size_t)(r.len - r.gap));
	*p = r.p;
	return true;
}

/* Moves *p behind the address, which nothing but a prefix length may follow. */
static bool read_addr(const char **p, struct sea_addr *addr)
{
	bool v6 = strchr(*p, ':') != NULL;

	*addr = (struct sea_addr){ .family = v6 ? SEA_AF_INET6 : SEA_AF_INET };
	return v6 ? read_v6(p, addr->b) : read_v4(p, addr->b);
}

bool sea_addr_parse(const char *text, struct sea_addr *addr)
{
	struct sea_addr read;

	if (!read_addr(&text, &read) || *text != '\0')
		return false;
	*addr = read;
	return true;
}

bool sea_addr_parse_prefix(const char *text, struct sea_addr *addr, uint8_t *prefix_len)
{
	struct sea_addr read;
	int max, len;

	if (!read_addr(&text, &read))
		return false;
	len = max = read.family == SEA_AF_INET ? 32 : 128;
	if (*text == '/') {
		text++;
		len = read_dec(&text, max);
	}
	if (len < 0 || *text != '\0')
		return false;
	*addr = read;
	*prefix_len = (uint8_t)len;
	return true;
}

/* -- writing -- */

char *sea_addr_text(const struct sea_addr *addr, char text[SEA_ADDR_TEXT_MAX])
{
	struct sea_text t;

	sea_text_init(&t, text, SEA_ADDR_TEXT_MAX);
	if (addr->family == SEA_AF_INET)
		sea_text_ipv4(&t, addr->b);
	else if (addr->family == SEA_AF_INET6)
		sea_text_ipv6(&t, addr->b);
	else
		sea_text_str(&t, "none");
	return text;
}
