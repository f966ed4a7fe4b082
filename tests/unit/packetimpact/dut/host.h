/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device in a test, and calls on it in one line:
 *
 *	host_new(&h, AF_INET);
 *	fd = sys(&h, SEA_DUT_socket, AF_INET, SOCK_STREAM, 0);
 *	conn = host_connect(&h, fd, 1000);           a peer that sends and acknowledges by hand
 *	begin(&h, &call, SEA_DUT_read, conn, (uintptr_t)buf, sizeof(buf));
 */
#ifndef SEA_TESTS_DUT_HOST_H
#define SEA_TESTS_DUT_HOST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>
#include <netinet/in.h>
#include <linux/tcp.h>

#include "core/checksum.h"
#include "packetimpact/dut/dut.h"
#include "wire/ipv4.h"
#include "wire/tcp.h"

#define HOST_PORT 8080
#define PEER_PORT 40000

struct host {
	struct sea_dut *dut;
	uint32_t peer_seq, peer_ack; /* what the peer sends next, and has got */
	uint16_t peer_gso;           /* of what it sends */
};

static inline void host_new(struct host *h)
{
	struct sea_dut_config config;
	const char *why;

	memset(h, 0, sizeof(*h));
	sea_dut_config_default(&config, AF_INET);
	h->dut = sea_dut_seastack_new(&config, &why);
	assert_non_null(h->dut);
}

/* This machine's kernel; false: it gives no namespace. */
static inline bool host_new_linux(struct host *h)
{
	struct sea_dut_config config;
	const char *why;

	memset(h, 0, sizeof(*h));
	sea_dut_config_default(&config, AF_INET);
	h->dut = sea_dut_linux_new(&config, &why);
	return h->dut;
}

static inline void host_end(struct host *h)
{
	sea_dut_close(h->dut);
}

#define ARG(x) ((uint64_t)(uintptr_t)(x))

/* Six words, of which the missing are 0. */
#define WORDS(...) WORDS_(__VA_ARGS__, 0, 0, 0, 0, 0, 0)
#define WORDS_(a, b, c, d, e, f, ...) ARG(a), ARG(b), ARG(c), ARG(d), ARG(e), ARG(f)
#define begin(h, call, nr, ...)                                  \
	do {                                                     \
		sea_dut_call_init(call, nr, WORDS(__VA_ARGS__)); \
		sea_dut_begin((h)->dut, call);                   \
	} while (0)
#define sys(h, nr, ...) host_call(h, nr, WORDS(__VA_ARGS__))

/* A call that does not block. */
static inline long host_call(struct host *h, enum sea_dut_nr nr, uint64_t a, uint64_t b, uint64_t c,
			     uint64_t d, uint64_t e, uint64_t f)
{
	struct sea_dut_call call;

	sea_dut_call_init(&call, nr, a, b, c, d, e, f);
	sea_dut_begin(h->dut, &call);
	assert_true(call.done);
	return call.result;
}

/* A segment from the peer, with `len` zero bytes. */
static inline void peer_send(struct host *h, uint8_t flags, size_t len)
{
	struct {
		struct sea_ipv4_hdr ip;
		struct sea_tcp_hdr tcp;
		uint8_t payload[4096];
	} p = { .ip = { .ver_ihl = 0x45, .ttl = 64, .proto = SEA_IPPROTO_TCP } };
	static const uint8_t src[4] = { 192, 0, 2, 1 }, dst[4] = { 192, 168, 0, 2 };
	uint32_t tcp_len = (uint32_t)(sizeof(p.tcp) + len);
	struct sea_dut_packet packet = { .bytes = (const uint8_t *)&p,
					 .len = sizeof(p.ip) + tcp_len,
					 .gso_size = h->peer_gso };

	assert_true(len <= sizeof(p.payload));
	p.ip.total_len = sea_be16_of((uint16_t)packet.len);
	memcpy(&p.ip.src, src, 4);
	memcpy(&p.ip.dst, dst, 4);
	sea_csum_put(&p.ip.sum, (uint16_t)~sea_csum_fold(sea_csum_scalar(&p.ip, sizeof(p.ip), 0)));
	p.tcp.src = sea_be16_of(PEER_PORT);
	p.tcp.dst = sea_be16_of(HOST_PORT);
	p.tcp.seq = sea_be32_of(h->peer_seq);
	p.tcp.ack = sea_be32_of(h->peer_ack);
	p.tcp.off = 5 << 4;
	p.tcp.flags = flags;
	p.tcp.wnd = sea_be16_of(65535);
	sea_csum_put(&p.tcp.sum, (uint16_t)~sea_csum_fold(sea_csum_scalar(
					 &p.tcp, tcp_len,
					 sea_csum_pseudo4(src, dst, SEA_IPPROTO_TCP, tcp_len))));
	assert_int_equal(sea_dut_inject(h->dut, &packet), 0);
	h->peer_seq += (uint32_t)len + !!(flags & (SEA_TCP_SYN | SEA_TCP_FIN));
}

/* The next segment that the device sent, all of which the peer has got then; its payload's length, or -1. */
static inline long peer_take(struct host *h, uint8_t *flags)
{
	struct sea_dut_packet packet;
	const struct sea_tcp_hdr *tcp;
	long len;

	if (!sea_dut_take(h->dut, &packet))
		return -1;
	assert_int_equal(packet.bytes[9], SEA_IPPROTO_TCP);
	tcp = (const void *)(packet.bytes + sizeof(struct sea_ipv4_hdr));
	len = (long)(packet.len - sizeof(struct sea_ipv4_hdr) - sea_tcp_hdr_len(tcp));
	if (flags)
		*flags = tcp->flags;
	h->peer_ack = sea_be32_get(tcp->seq) + (uint32_t)len +
		      !!(tcp->flags & (SEA_TCP_SYN | SEA_TCP_FIN));
	return len;
}

static inline long host_listen(struct host *h, int type_flags)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(HOST_PORT) };
	long fd = sys(h, SEA_DUT_socket, AF_INET, SOCK_STREAM | type_flags, 0);

	assert_true(fd >= 0);
	assert_int_equal(sys(h, SEA_DUT_bind, fd, &at, sizeof(at)), 0);
	assert_int_equal(sys(h, SEA_DUT_listen, fd, 5), 0);
	return fd;
}

/* The peer opens a connection that nobody has accepted yet. */
static inline void peer_connect(struct host *h)
{
	uint8_t flags = 0;

	peer_send(h, SEA_TCP_SYN, 0);
	(void)sea_dut_run(h->dut, sea_time_add(sea_dut_now(h->dut), 30 * SEA_SEC),
			  SEA_DUT_STOP_PACKET);
	assert_int_equal(peer_take(h, &flags), 0);
	assert_int_equal(flags, SEA_TCP_SYN | SEA_TCP_ACK);
	peer_send(h, SEA_TCP_ACK, 0);
}

/* A connection. */
static inline long host_connection(struct host *h)
{
	long listener = host_listen(h, 0), fd;

	peer_connect(h);
	fd = sys(h, SEA_DUT_accept, listener, NULL, NULL);
	assert_true(fd >= 0);
	return fd;
}

#endif
