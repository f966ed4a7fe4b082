/* SPDX-License-Identifier: Apache-2.0 */
/* Traffic keys and MACs (RFC 5926), by nettle. */
#include "transport/tcp/ao_mac.h"

#include <netinet/in.h>
#include <nettle/cmac.h>
#include <nettle/hmac.h>
#include <nettle/nettle-meta.h>
#include <nettle/sha3.h>
#include <string.h>

const bool sea_tcp_has_ao = true;

#define AES_KEY_LEN 16

struct tcp_ao_alg {
	const char *name, *told;
	const struct nettle_hash *hash; /* of an HMAC; NULL: AES-CMAC */
};

static const struct tcp_ao_alg algs[] = {
	{ "cmac(aes128)", "cmac(aes)", NULL },
	{ "cmac(aes)", "cmac(aes)", NULL },
	{ "hmac(sha1)", "hmac(sha1)", &nettle_sha1 },
	{ "hmac(sha224)", "hmac(sha224)", &nettle_sha224 },
	{ "hmac(sha256)", "hmac(sha256)", &nettle_sha256 },
	{ "hmac(sha384)", "hmac(sha384)", &nettle_sha384 },
	{ "hmac(sha512)", "hmac(sha512)", &nettle_sha512 },
	{ "hmac(sha3-512)", "hmac(sha3-512)", &nettle_sha3_512 },
	{ "hmac(rmd160)", "hmac(rmd160)", &nettle_ripemd160 },
	{ "hmac(md5)", "hmac(md5)", &nettle_md5 },
};

const struct tcp_ao_alg *sea_tcp_ao_alg_find(const char *name)
{
	for (size_t i = 0; i < sizeof(algs) / sizeof(*algs); i++)
		if (strcmp(name, algs[i].name) == 0)
			return &algs[i];
	return NULL;
}

const char *sea_tcp_ao_alg_name(const struct tcp_ao_alg *alg)
{
	return alg->told;
}

uint8_t sea_tcp_ao_alg_digest_len(const struct tcp_ao_alg *alg)
{
	return alg->hash ? (uint8_t)alg->hash->digest_size : CMAC128_DIGEST_SIZE;
}

/* -- one MAC over pieces -- */

union hash_ctx {
	struct md5_ctx md5;
	struct ripemd160_ctx ripemd160;
	struct sha1_ctx sha1;
	struct sha256_ctx sha256;
	struct sha512_ctx sha512;
	struct sha3_512_ctx sha3;
};

struct mac {
	const struct nettle_hash *hash;
	union {
		struct {
			union hash_ctx outer, inner, state;
		} hmac;
		struct cmac_aes128_ctx cmac;
	} u;
};

static void begin(struct mac *m, const struct tcp_ao_alg *alg, const uint8_t *key, size_t len)
{
	m->hash = alg->hash;
	if (alg->hash)
		hmac_set_key(&m->u.hmac.outer, &m->u.hmac.inner, &m->u.hmac.state, alg->hash, len,
			     key);
	else
		cmac_aes128_set_key(&m->u.cmac, key);
}

static void add(struct mac *m, const void *bytes, size_t len)
{
	if (!len)
		return;
	if (m->hash)
		hmac_update(&m->u.hmac.state, m->hash, len, bytes);
	else
		cmac_aes128_update(&m->u.cmac, len, bytes);
}

static void end(struct mac *m, uint8_t *digest)
{
	if (m->hash)
		hmac_digest(&m->u.hmac.outer, &m->u.hmac.inner, &m->u.hmac.state, m->hash,
			    m->hash->digest_size, digest);
	else
		cmac_aes128_digest(&m->u.cmac, CMAC128_DIGEST_SIZE, digest);
}

/* -- keys -- */

uint8_t sea_tcp_ao_master(const struct tcp_ao_alg *alg, const uint8_t *key, uint8_t len,
			  uint8_t *to)
{
	static const uint8_t zero[AES_KEY_LEN];
	struct mac m;

	if (alg->hash || len == AES_KEY_LEN) {
		memcpy(to, key, len);
		return len;
	}
	if (strcmp(alg->name, alg->told) == 0) /* bare AES: as a kernel refuses other keys for it */
		return 0;
	begin(&m, alg, zero, sizeof(zero));
	add(&m, key, len);
	end(&m, to);
	return AES_KEY_LEN;
}

/* KDF_HMAC_SHA1 and KDF_AES_128_CMAC (§3.1.1): one round, since a traffic key is as long as the digest. */
void sea_tcp_ao_traffic(const struct tcp_ao_alg *alg, const uint8_t *master, uint8_t master_len,
			const struct tcp_ao_context *context, uint8_t *traffic)
{
	static const uint8_t label[] = { 1, 'T', 'C', 'P', '-', 'A', 'O' };
	size_t addr_len = context->family == SEA_AF_INET ? 4 : 16;
	uint8_t rest[12], bits[2];
	struct mac m;

	sea_put16(rest, context->sport);
	sea_put16(rest + 2, context->dport);
	sea_put32(rest + 4, context->sisn);
	sea_put32(rest + 8, context->disn);
	sea_put16(bits, (uint16_t)(sea_tcp_ao_alg_digest_len(alg) * 8));
	begin(&m, alg, master, master_len);
	add(&m, label, sizeof(label));
	add(&m, context->src.b, addr_len);
	add(&m, context->dst.b, addr_len);
	add(&m, rest, sizeof(rest));
	add(&m, bits, sizeof(bits));
	end(&m, traffic);
}

/* -- MACs -- */

/* SNE and the pseudo-header of the checksum (RFC 5925 §5.1). */
static void add_pseudo(struct mac *m, const struct tcp_ao_text *text)
{
	uint32_t len = text->header_len + text->pkt->len - text->skip;
	size_t addr_len = text->family == SEA_AF_INET ? 4 : 16;
	uint8_t sne[4], rest[8] = { 0 };

	sea_put32(sne, text->sne);
	add(m, sne, sizeof(sne));
	add(m, text->src->b, addr_len);
	add(m, text->dst->b, addr_len);
	if (text->family == SEA_AF_INET) {
		rest[1] = IPPROTO_TCP;
		sea_put16(rest + 2, (uint16_t)len);
		add(m, rest, 4);
		return;
	}
	sea_put32(rest, len);
	rest[7] = IPPROTO_TCP;
	add(m, rest, sizeof(rest));
}

/* The header with checksum and MAC zero; of its options maybe only this one. */
static void add_header(struct mac *m, const struct tcp_ao_text *text)
{
	uint8_t h[SEA_TCP_HDR_MAX];
	uint32_t at = text->at, len = text->header[at + 1];

	memcpy(h, text->header, text->header_len);
	memset(h + offsetof(struct sea_tcp_hdr, sum), 0, 2);
	memset(h + at + SEA_TCP_AO_HEAD_LEN, 0, len - SEA_TCP_AO_HEAD_LEN);
	if (!text->exclude) {
		add(m, h, text->header_len);
		return;
	}
	add(m, h, sizeof(struct sea_tcp_hdr));
	add(m, h + at, len);
}

static void add_data(struct mac *m, const struct sea_pkt *pkt, uint32_t skip)
{
	for (unsigned i = 0; i < pkt->nfrags; i++) {
		const struct sea_frag *f = &pkt->frags[i];
		uint32_t skipped = skip < f->len ? skip : f->len;

		if (f->len > skipped)
			add(m, f->buf->data + f->off + skipped, f->len - skipped);
		skip -= skipped;
	}
}

void sea_tcp_ao_digest(const struct tcp_ao_alg *alg, const uint8_t *traffic,
		       const struct tcp_ao_text *text, uint8_t *digest)
{
	struct mac m;

	begin(&m, alg, traffic, sea_tcp_ao_alg_digest_len(alg));
	add_pseudo(&m, text);
	add_header(&m, text);
	add_data(&m, text->pkt, text->skip);
	end(&m, digest);
}
