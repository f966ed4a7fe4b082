// SPDX-License-Identifier: Apache-2.0
/* The peer of a TCP connection. */
#include "packetimpact/bench/state.h"

#define HANDSHAKE_NS SEA_SEC

static const uint8_t mss_1460[] = { 2, 4, 0x05, 0xb4 };

void sea_bench_peer_init(struct sea_bench *b, struct sea_bench_peer *p, uint16_t device_port)
{
	*p = (struct sea_bench_peer){
		.addr = b->remote,
		.port = b->next_port++,
		.device_port = device_port,
		.seq = sea_bench_random(b, UINT32_MAX),
		.window = 65535,
	};
}

static uint32_t takes(unsigned flags, size_t len)
{
	return (uint32_t)len + !!(flags & SEA_BENCH_SYN) + !!(flags & SEA_BENCH_FIN);
}

void sea_bench_peer_send(struct sea_bench *b, struct sea_bench_peer *p, unsigned flags,
			 const void *data, size_t len)
{
	const bool syn = flags & SEA_BENCH_SYN;

	SEND(b, IP(b, .src = &p->addr),
	     TO(p, F(TCP_SEQ, p->seq), F(TCP_ACK, flags & SEA_BENCH_ACK ? p->ack : 0),
		F(TCP_FLAGS, flags), F(TCP_WINDOW, p->window), .bytes = syn ? mss_1460 : NULL,
		.len = syn ? sizeof(mss_1460) : 0),
	     BYTES(data, len));
	p->seq += takes(flags, len);
}

const struct sea_bench_seen *sea_bench_peer_expect(struct sea_bench *b, struct sea_bench_peer *p,
						   unsigned flags, const char *file, int line)
{
	const struct sea_bench_layer plain[] = { IP(b, .dst = &p->addr),
						 FROM(p, F(TCP_FLAGS, flags)) };
	const struct sea_bench_layer pushed[] = { IP(b, .dst = &p->addr),
						  FROM(p, F(TCP_FLAGS, flags | SEA_BENCH_PSH)) };
	/* Which of the two is not known before; a BETWEEN does not do for bits. */
	const struct sea_bench_layer either[] = {
		IP(b, .dst = &p->addr), FROM(p, BETWEEN(TCP_FLAGS, flags, flags | SEA_BENCH_PSH))
	};
	const struct sea_bench_seen *seen;
	uint32_t seq;
	size_t len;

	do {
		seen = sea_bench_expect(b, 10 * SEA_SEC, file, line, either, 2);
	} while (!sea_bench_match(seen, plain, 2) && !sea_bench_match(seen, pushed, 2));
	(void)sea_bench_payload(seen, &len);
	(void)sea_bench_get(seen, SEA_BENCH_TCP, SEA_BENCH_TCP_SEQ, &seq);
	if (seq == p->ack || flags & SEA_BENCH_SYN)
		p->ack = seq + takes(flags, len);
	return seen;
}

void sea_bench_peer_syn(struct sea_bench *b, struct sea_bench_peer *p)
{
	sea_bench_peer_send(b, p, SEA_BENCH_SYN, NULL, 0);
	PEER_EXPECT(b, p, SEA_BENCH_SYN | SEA_BENCH_ACK);
}

void sea_bench_peer_open(struct sea_bench *b, struct sea_bench_peer *p)
{
	sea_bench_peer_syn(b, p);
	sea_bench_peer_send(b, p, SEA_BENCH_ACK, NULL, 0);
}

void sea_bench_peer_take_syn(struct sea_bench *b, struct sea_bench_peer *p)
{
	const struct sea_bench_seen *seen = EXPECT(
		b, HANDSHAKE_NS, IP(b), TCP(F(TCP_DST, p->port), F(TCP_FLAGS, SEA_BENCH_SYN)));
	uint32_t port, seq;

	(void)sea_bench_get(seen, SEA_BENCH_TCP, SEA_BENCH_TCP_SRC, &port);
	(void)sea_bench_get(seen, SEA_BENCH_TCP, SEA_BENCH_TCP_SEQ, &seq);
	p->device_port = (uint16_t)port;
	p->ack = seq + 1;
}

void sea_bench_peer_answer(struct sea_bench *b, struct sea_bench_peer *p)
{
	sea_bench_peer_take_syn(b, p);
	sea_bench_peer_send(b, p, SEA_BENCH_SYN | SEA_BENCH_ACK, NULL, 0);
	PEER_EXPECT(b, p, SEA_BENCH_ACK);
}
