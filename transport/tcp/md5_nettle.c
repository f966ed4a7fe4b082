/* SPDX-License-Identifier: Apache-2.0 */
/* The digest of a segment (RFC 2385 §2.0), reckoned by nettle. */
#include "transport/tcp/md5.h"

#include <netinet/in.h>
#include <nettle/md5.h>
#include <string.h>

const bool sea_tcp_has_md5 = true;

/* 1. The pseudo-header of the checksum, in IPv4's order or that of RFC 8200 §8.1. */
static void add_pseudo(struct md5_ctx *md5, const struct tcp_md5_text *text)
{
	uint32_t len = text->header_len + text->pkt->len - text->skip;
	uint8_t rest[8] = { 0 };

	if (text->family == SEA_AF_INET) {
		rest[1] = IPPROTO_TCP;
		sea_put16(rest + 2, (uint16_t)len);
		md5_update(md5, 4, text->src->b);
		md5_update(md5, 4, text->dst->b);
		md5_update(md5, 4, rest);
		return;
	}
	sea_put32(rest, len);
	rest[7] = IPPROTO_TCP;
	md5_update(md5, 16, text->src->b);
	md5_update(md5, 16, text->dst->b);
	md5_update(md5, 8, rest);
}

/* 2. The header. */
static void add_header(struct md5_ctx *md5, const struct sea_tcp_hdr *header)
{
	struct sea_tcp_hdr h = *header;

	h.sum = sea_be16_of(0);
	md5_update(md5, sizeof(h), (const uint8_t *)&h);
}

/* 3. The data. */
static void add_data(struct md5_ctx *md5, const struct sea_pkt *pkt, uint32_t skip)
{
	for (unsigned i = 0; i < pkt->nfrags; i++) {
		const struct sea_frag *f = &pkt->frags[i];
		uint32_t skipped = skip < f->len ? skip : f->len;

		if (f->len > skipped)
			md5_update(md5, f->len - skipped, f->buf->data + f->off + skipped);
		skip -= skipped;
	}
}

void sea_tcp_md5_digest(const struct tcp_md5_key *key, const struct tcp_md5_text *text,
			uint8_t digest[SEA_TCP_MD5_LEN])
{
	struct md5_ctx md5;

	md5_init(&md5);
	add_pseudo(&md5, text);
	add_header(&md5, text->header);
	add_data(&md5, text->pkt, text->skip);
	md5_update(&md5, key->len, key->bytes); /* 4. The key. */
	md5_digest(&md5, SEA_TCP_MD5_LEN, digest);
}
