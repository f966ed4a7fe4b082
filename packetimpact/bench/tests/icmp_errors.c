// SPDX-License-Identifier: Apache-2.0
/* Errors of ICMP: of which sockets hear, how, and what they do not end. */
#include "packetimpact/bench/bench.h"

#define PORT 7000
#define PEER 9000
#define QUIET_NS (20 * SEA_MSEC)

/* An error about a datagram or segment of ours, which is quoted. */
static void send_error(struct sea_bench *b, unsigned type, unsigned code, uint32_t word,
		       const struct sea_bench_layer *quoted)
{
	if (sea_bench_is_v6(b))
		SEND(b, IPV6(),
		     ICMP6(F(ICMP6_TYPE, type), F(ICMP6_CODE, code), F(ICMP6_WORD, word)), IPV6(),
		     *quoted);
	else
		SEND(b, IPV4(), ICMP(F(ICMP_TYPE, type), F(ICMP_CODE, code), F(ICMP_WORD, word)),
		     IPV4(), *quoted);
}

/* What is sent as an error, and what a socket that hears it says. */
struct error {
	uint8_t type, code;
	int udp;     /* of a connected UDP socket; 0: nothing */
	int connect; /* of a connect() of TCP; 0: it goes on */
};

static const struct error v4_errors[] = {
	{ 3, 0, 0, ENETUNREACH },  /* network */
	{ 3, 1, 0, EHOSTUNREACH }, /* host */
	{ 3, 2, ENOPROTOOPT, ENOPROTOOPT },
	{ 3, 3, ECONNREFUSED, ECONNREFUSED },
	{ 3, 5, 0, EOPNOTSUPP },
	{ 3, 6, ENETUNREACH, ENETUNREACH },
	{ 3, 7, EHOSTDOWN, EHOSTDOWN },
	{ 3, 8, ENONET, ENONET },
	{ 3, 9, ENETUNREACH, ENETUNREACH },
	{ 3, 10, EHOSTUNREACH, EHOSTUNREACH },
	{ 3, 11, 0, ENETUNREACH },
	{ 3, 12, 0, EHOSTUNREACH },
	{ 3, 13, EHOSTUNREACH, EHOSTUNREACH },
	{ 3, 14, EHOSTUNREACH, EHOSTUNREACH },
	{ 3, 15, EHOSTUNREACH, EHOSTUNREACH },
	{ 11, 0, 0, EHOSTUNREACH },
	{ 12, 0, EPROTO, EPROTO },
};

static const struct error v6_errors[] = {
	{ 1, 0, 0, ENETUNREACH },
	{ 1, 1, EACCES, EACCES },
	{ 1, 2, 0, EHOSTUNREACH },
	{ 1, 3, 0, EHOSTUNREACH },
	{ 1, 4, ECONNREFUSED, ECONNREFUSED },
	{ 1, 5, EACCES, EACCES },
	{ 1, 6, EACCES, EACCES },
	{ 3, 0, 0, EHOSTUNREACH },
	{ 4, 1, EPROTO, EPROTO },
};

static const struct error *errors(const struct sea_bench *b, unsigned *n)
{
	*n = sea_bench_is_v6(b) ? sizeof(v6_errors) / sizeof(v6_errors[0])
				: sizeof(v4_errors) / sizeof(v4_errors[0]);
	return sea_bench_is_v6(b) ? v6_errors : v4_errors;
}

/* How a program comes to know of it. */
enum way { BY_SEND, BY_RECV, BY_OPTION, WAYS };

static long ask(struct sea_bench *b, long fd, enum way way)
{
	switch (way) {
	case BY_SEND:
		return SYS(b, send, fd, "again", 5, 0);
	case BY_RECV:
		return sea_bench_recv(b, fd, 0);
	default:
		return -sea_bench_getsockopt(b, fd, SOL_SOCKET, SO_ERROR);
	}
}

/* RFC 1122 §4.1.3.3: a connected one hears of port unreachable; and of what else, is as Linux has it. */
static void one_udp_error(struct sea_bench *b, const struct error *e, bool connected, enum way way)
{
	const long fd = sea_bench_bound(b, SOCK_DGRAM, NULL, PORT);
	const struct sea_bench_layer ours = UDP(F(UDP_SRC, PORT), F(UDP_DST, PEER), F(UDP_LEN, 13));
	const bool heard = connected && e->udp;

	sea_bench_say(b, "type %u code %u, %sconnected, way %u", e->type, e->code,
		      connected ? "" : "not ", way);
	if (connected)
		SAME(b, sea_bench_connect(b, fd, NULL, PEER), 0);
	SAME(b,
	     connected ? SYS(b, send, fd, "first", 5, 0)
		       : sea_bench_sendto(b, fd, NULL, PEER, "first", 5),
	     5);
	EXPECT(b, SEA_SEC, IP(b), UDP(F(UDP_DST, PEER)), BYTES("first", 5));
	send_error(b, e->type, e->code, 0, &ours);
	if (way == BY_SEND && !connected)
		SAME(b, sea_bench_sendto(b, fd, NULL, PEER, "again", 5), 5);
	else
		SAME(b, ask(b, fd, way),
		     heard            ? -e->udp
		     : way == BY_SEND ? 5
		     : way == BY_RECV ? -EAGAIN
				      : 0);
	/* It is told once. */
	SAME(b, sea_bench_getsockopt(b, fd, SOL_SOCKET, SO_ERROR), 0);
	SAME(b, SYS(b, close, fd), 0);
}

static void udp_sockets_hear_of_errors_by_how_they_are_connected(struct sea_bench *b)
{
	unsigned n;
	const struct error *list = errors(b, &n);

	for (unsigned i = 0; i < n; i++)
		for (unsigned connected = 0; connected < 2; connected++)
			for (unsigned way = 0; way < WAYS; way++)
				one_udp_error(b, &list[i], connected, (enum way)way);
}

/* RFC5461; RFC 1122 §4.2.3.9: in SYN-SENT each ends the attempt, as Linux has it. */
static void each_error_ends_a_connect_with_its_number(struct sea_bench *b)
{
	unsigned n;
	const struct error *list = errors(b, &n);

	for (unsigned i = 0; i < n; i++) {
		const long fd = sea_bench_socket(b, SOCK_STREAM, 0);
		struct sea_bench_peer p;

		sea_bench_say(b, "type %u code %u", list[i].type, list[i].code);
		sea_bench_nonblocking(b, fd);
		sea_bench_peer_init(b, &p, 0);
		SAME(b, sea_bench_connect(b, fd, NULL, p.port), -EINPROGRESS);
		sea_bench_peer_take_syn(b, &p);
		send_error(b, list[i].type, list[i].code, 0,
			   &FROM(&p, F(TCP_SEQ, p.ack - 1), F(TCP_FLAGS, SEA_BENCH_SYN)));
		SAME(b, sea_bench_getsockopt(b, fd, SOL_SOCKET, SO_ERROR), list[i].connect);
		SAME(b, SYS(b, close, fd), 0);
	}
}

/* The socket of an attempt that failed is free: its port can be had at once, and it can try again. */
static void a_connect_that_failed_frees_its_port(struct sea_bench *b)
{
	const struct sea_bench_layer *quoted;
	struct sea_bench_peer p;

	sea_bench_peer_init(b, &p, 0);
	for (unsigned i = 0; i < 5; i++) {
		const long fd = sea_bench_bound(b, SOCK_STREAM, NULL, PORT);
		struct sea_bench_call *call = sea_bench_begin_connect(b, fd, p.port);

		sea_bench_peer_take_syn(b, &p);
		SAME(b, p.device_port, PORT);
		quoted = &FROM(&p, F(TCP_SEQ, p.ack - 1), F(TCP_FLAGS, SEA_BENCH_SYN));
		/* One that comes while connect() still holds the socket ends nothing. */
		for (unsigned turn = 0; turn < 20 && !call->call.done; turn++) {
			send_error(b, sea_bench_is_v6(b) ? 1 : 3, sea_bench_is_v6(b) ? 4 : 3, 0,
				   quoted);
			(void)sea_dut_run(sea_bench_dut(b),
					  (sea_time){ sea_bench_now(b) + 50 * SEA_MSEC },
					  SEA_DUT_STOP_CALL);
		}
		SAME(b, sea_bench_end(b, call, SEA_SEC), -ECONNREFUSED);
		SAME(b, SYS(b, close, fd), 0);
	}
	EXPECT_NONE(b, 50 * SEA_MSEC, IP(b));
}

/* RFC 5927 §5.2: no error ends an established connection, wherever its number points. */
static void no_error_ends_a_connection(struct sea_bench *b)
{
	const long fd = sea_bench_listener(b, PORT, 1);
	struct sea_bench_peer p;
	const struct error *list;
	unsigned n;
	long conn;

	list = errors(b, &n);
	sea_bench_peer_init(b, &p, PORT);
	sea_bench_peer_open(b, &p);
	conn = SYS(b, accept, fd, 0, 0);
	sea_bench_nonblocking(b, conn);
	SAME(b, SYS(b, send, conn, "unacknowledged", 14, 0), 14);
	EXPECT(b, SEA_SEC, IP(b), FROM(&p), BYTES("unacknowledged", 14));
	for (unsigned i = 0; i < 3 * n; i++) {
		const struct error *e = &list[i % n];
		const uint32_t seq = i < n       ? p.ack
				     : i < 2 * n ? p.ack + 14
						 : sea_bench_random(b, UINT32_MAX);

		sea_bench_say(b, "type %u code %u, turn %u", e->type, e->code, i / n);
		send_error(b, e->type, e->code, 0,
			   &FROM(&p, F(TCP_SEQ, seq), F(TCP_FLAGS, SEA_BENCH_ACK)));
		SAME(b, sea_bench_recv(b, conn, 0), -EAGAIN);
	}
	p.ack += 14;
	sea_bench_peer_send(b, &p, SEA_BENCH_ACK, "still here", 10);
	SAME(b, sea_bench_recv(b, conn, 0), 10);
}

/* RFC 5927 §7.2; RFC 6633 §1: forged ones about what is not in flight change no sizes. */
static void a_packet_too_big_must_know_what_is_in_flight(struct sea_bench *b)
{
	const long fd = sea_bench_listener(b, PORT, 1);
	const bool v6 = sea_bench_is_v6(b);
	static uint8_t data[1400];
	struct sea_bench_peer p;
	long conn;

	sea_bench_peer_init(b, &p, PORT);
	sea_bench_peer_open(b, &p);
	conn = SYS(b, accept, fd, 0, 0);
	SAME(b, sea_bench_setsockopt(b, conn, IPPROTO_TCP, 1 /* TCP_NODELAY */, 1), 0);
	for (unsigned i = 0; i < 30; i++) {
		const uint32_t seq = p.ack + 100000 + sea_bench_random(b, UINT32_MAX - 200000);

		send_error(b, v6 ? 2 : 3, v6 ? 0 : 4, 1280,
			   &FROM(&p, F(TCP_SEQ, seq), F(TCP_FLAGS, SEA_BENCH_ACK)));
	}
	SAME(b, SYS(b, send, conn, data, sizeof(data), 0), sizeof(data));
	EXPECT(b, SEA_SEC, IP(b), FROM(&p), BYTES(data, sizeof(data)));
	/* A true one does. */
	send_error(b, v6 ? 2 : 3, v6 ? 0 : 4, 1280,
		   &FROM(&p, F(TCP_SEQ, p.ack), F(TCP_FLAGS, SEA_BENCH_ACK)));
	EXPECT(b, SEA_SEC, IP(b), FROM(&p, F(TCP_SEQ, p.ack)), BYTES(data, v6 ? 1220 : 1240));
}

/* RFC 1122 §3.2.2: no error about an error, a group, a fragment that is not the first, or a reset. */
static void what_must_not_be_answered_is_not(struct sea_bench *b)
{
	const bool v6 = sea_bench_is_v6(b);
	struct sea_addr group;

	CHECK(b, sea_addr_parse(v6 ? "ff02::1" : "224.0.0.1", &group));
	SEND(b, IP(b, .dst = &group), UDP(F(UDP_DST, 5)), BYTES("x", 1));
	SEND(b, IP(b, .dst = &group), TCP(F(TCP_DST, 5), F(TCP_FLAGS, SEA_BENCH_SYN)));
	for (unsigned type = 1; type < (v6 ? 5 : 13); type++) {
		const bool error = v6 || type == 3 || type == 11 || type == 12;

		if (error)
			send_error(b, type, 200, 0, &UDP(F(UDP_SRC, 1), F(UDP_DST, 2)));
	}
	for (unsigned i = 0; i < 64; i++)
		SEND(b, IP(b),
		     TCP(F(TCP_DST, 5), F(TCP_SEQ, sea_bench_random(b, UINT32_MAX)),
			 F(TCP_FLAGS, i | SEA_BENCH_RST)));
	EXPECT_NONE(b, QUIET_NS, IP(b));
}

const struct sea_bench_test sea_bench_icmp_errors[] = {
	BENCH(udp_sockets_hear_of_errors_by_how_they_are_connected),
	BENCH(each_error_ends_a_connect_with_its_number),
	BENCH(a_connect_that_failed_frees_its_port),
	BENCH(no_error_ends_a_connection),
	BENCH(a_packet_too_big_must_know_what_is_in_flight),
	BENCH(what_must_not_be_answered_is_not),
	{ 0 },
};
