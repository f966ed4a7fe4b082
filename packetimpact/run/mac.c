// SPDX-License-Identifier: Apache-2.0
#include "packetimpact/run/mac.h"

#include <string.h>

#include "transport/tcp/ao_mac.h"
#include "wire/tcp.h"

bool sea_mac_is_there(void)
{
	return sea_tcp_has_ao;
}

static const struct sea_tcp_hdr *header_of(const struct sea_mac_segment *segment)
{
	return (const struct sea_tcp_hdr *)segment->header;
}

/* RFC 5925 §5.2: a first SYN has nothing of the other side's number. */
static struct tcp_ao_context context_of(const struct sea_mac_segment *segment)
{
	const struct sea_tcp_hdr *th = header_of(segment);
	struct tcp_ao_context context = {
		.family = segment->v6 ? SEA_AF_INET6 : SEA_AF_INET,
		.sport = sea_be16_get(th->src),
		.dport = sea_be16_get(th->dst),
		.sisn = segment->sisn,
		.disn = segment->disn,
	};

	memcpy(context.src.b, segment->src, segment->v6 ? 16 : 4);
	memcpy(context.dst.b, segment->dst, segment->v6 ? 16 : 4);
	if (!(th->flags & SEA_TCP_SYN))
		return context;
	context.sisn = sea_be32_get(th->seq);
	context.disn = th->flags & SEA_TCP_ACK ? sea_be32_get(th->ack) - 1 : 0;
	return context;
}

bool sea_mac_make(const struct sea_mac_key *key, const struct sea_mac_segment *segment,
		  uint8_t *mac, size_t len)
{
	const struct tcp_ao_alg *alg = sea_tcp_ao_alg_find(key->alg);
	uint8_t master[TCP_AO_KEY_MAX], traffic[TCP_AO_DIGEST_MAX], digest[TCP_AO_DIGEST_MAX];
	struct tcp_ao_context context = context_of(segment);
	struct sea_buf buf = { .data = segment->payload };
	struct sea_frag frag = { .buf = &buf, .len = (uint32_t)segment->payload_len };
	const struct sea_pkt payload = { .frags = &frag, .nfrags = 1, .len = frag.len };
	const struct tcp_ao_text text = {
		.family = context.family,
		.src = &context.src,
		.dst = &context.dst,
		.header = segment->header,
		.header_len = segment->header_len,
		.at = segment->at,
		/* a script's numbers go round once at most: those below the first are the next ones */
		.sne = sea_be32_get(header_of(segment)->seq) < context.sisn,
		.pkt = &payload,
	};
	uint8_t master_len;

	if (!alg)
		return false;
	master_len = sea_tcp_ao_master(alg, (const uint8_t *)key->bytes, (uint8_t)key->len, master);
	if (!master_len && (key->len || !sea_tcp_has_ao))
		return false;
	sea_tcp_ao_traffic(alg, master, master_len, &context, traffic);
	sea_tcp_ao_digest(alg, traffic, &text, digest);
	memcpy(mac, digest, len);
	return true;
}
