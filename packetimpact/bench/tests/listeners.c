// SPDX-License-Identifier: Apache-2.0
/* Listeners with many peers: queues, cookies, and whose connection is whose; peers that speak Multipath TCP. */
#include "packetimpact/bench/bench.h"

#define PORT 7000
#define PEERS 12
#define QUIET_NS (20 * SEA_MSEC)
#define SYN SEA_BENCH_SYN
#define ACK SEA_BENCH_ACK
#define RST SEA_BENCH_RST

static long take(struct sea_bench *b, long listener)
{
	const long conn = SYS(b, accept4, listener, 0, 0, SOCK_NONBLOCK);

	CHECK(b, conn >= 0);
	return conn;
}

/* Accepted in the order in which the handshakes end, whatever that of the SYNs was. */
static void connections_are_accepted_in_the_order_of_their_acks(struct sea_bench *b)
{
	const long fd = sea_bench_listener(b, PORT, PEERS);
	struct sea_bench_peer peers[PEERS];

	for (unsigned i = 0; i < PEERS; i++) {
		sea_bench_peer_init(b, &peers[i], PORT);
		sea_bench_peer_syn(b, &peers[i]);
	}
	SAME(b, SYS(b, accept, fd, 0, 0), -EAGAIN);
	for (unsigned i = PEERS; i-- > 0;)
		sea_bench_peer_send(b, &peers[i], ACK, NULL, 0);
	for (unsigned i = PEERS; i-- > 0;) {
		struct sockaddr_storage ss = { 0 };
		socklen_t len = sizeof(ss);

		CHECK(b, SYS(b, accept, fd, &ss, &len) >= 0);
		SAME(b, ntohs(((struct sockaddr_in *)&ss)->sin_port), peers[i].port);
	}
}

/* Each byte finds its connection, in any mixture, also where ports of strangers are the same. */
static void connections_to_one_port_are_told_apart(struct sea_bench *b)
{
	const long fd = sea_bench_listener(b, PORT, PEERS);
	struct sea_bench_peer peers[PEERS];
	long conns[PEERS];

	for (unsigned i = 0; i < PEERS; i++) {
		sea_bench_peer_init(b, &peers[i], PORT);
		peers[i].addr = sea_bench_stranger(b, (uint8_t)(10 + i / 2));
		peers[i].port = (uint16_t)(5000 + i % 2);
		sea_bench_peer_open(b, &peers[i]);
		conns[i] = take(b, fd);
	}
	for (unsigned turn = 0; turn < 60; turn++) {
		const unsigned i = sea_bench_random(b, PEERS);
		const uint8_t text[2] = { (uint8_t)i, (uint8_t)turn };

		sea_bench_say(b, "turn %u, peer %u", turn, i);
		sea_bench_peer_send(b, &peers[i], ACK | SEA_BENCH_PSH, text, 2);
		SAME(b, sea_bench_recv(b, conns[i], 0), 2);
		CHECK(b, !memcmp(sea_bench_buf(b), text, 2));
		SAME(b, SYS(b, send, conns[i], text, 2, 0), 2);
		EXPECT(b, SEA_SEC, IP(b, .dst = &peers[i].addr),
		       FROM(&peers[i], F(TCP_SEQ, peers[i].ack)), BYTES(text, 2));
		peers[i].ack += 2;
		sea_bench_peer_send(b, &peers[i], ACK, NULL, 0);
	}
}

/* RFC 9293 §3.10.4: what nobody has accepted is reset where the listener closes. */
static void a_listener_that_closes_resets_all_that_wait(struct sea_bench *b)
{
	const long fd = sea_bench_listener(b, PORT, PEERS);
	struct sea_bench_peer peers[PEERS];

	for (unsigned i = 0; i < PEERS; i++) {
		sea_bench_peer_init(b, &peers[i], PORT);
		sea_bench_peer_open(b, &peers[i]);
	}
	SAME(b, SYS(b, close, fd), 0);
	for (unsigned i = 0; i < PEERS; i++)
		EXPECT(b, SEA_SEC, IP(b),
		       FROM(&peers[i], F(TCP_SEQ, peers[i].ack), F(TCP_FLAGS, RST | ACK)));
	for (unsigned i = 0; i < PEERS; i++) {
		sea_bench_peer_send(b, &peers[i], ACK, "late", 4);
		EXPECT(b, SEA_SEC, IP(b), FROM(&peers[i], F(TCP_FLAGS, RST)));
	}
}

/* A queue that is full: SYNs and the ACKs of those before it are dropped, until somebody accepts. */
static void a_full_queue_takes_no_more_until_one_is_accepted(struct sea_bench *b)
{
	const long fd = sea_bench_listener(b, PORT, 1);
	struct sea_bench_peer peers[4];

	for (unsigned i = 0; i < 4; i++)
		sea_bench_peer_init(b, &peers[i], PORT);
	sea_bench_peer_open(b, &peers[0]);
	sea_bench_peer_syn(b, &peers[1]);
	sea_bench_peer_syn(b, &peers[2]);
	sea_bench_peer_send(b, &peers[1], ACK, NULL, 0); /* two for a backlog of one */
	sea_bench_peer_send(b, &peers[2], ACK, NULL, 0);
	sea_bench_peer_send(b, &peers[3], SYN, NULL, 0);
	EXPECT_NONE(b, 100 * SEA_MSEC, IP(b), FROM(&peers[3]));
	(void)take(b, fd);
	(void)take(b, fd);
	SAME(b, SYS(b, accept, fd, 0, 0), -EAGAIN);
	/* The third is asked again, and can come now. */
	EXPECT(b, 5 * SEA_SEC, IP(b), FROM(&peers[2], F(TCP_FLAGS, SYN | ACK)));
	sea_bench_peer_send(b, &peers[2], ACK, NULL, 0);
	(void)take(b, fd);
	peers[3].seq--;
	sea_bench_peer_open(b, &peers[3]);
	(void)take(b, fd);
}

/* A reset gives the place in the queue of half-open connections back. */
static void a_reset_frees_a_place_among_the_half_open(struct sea_bench *b)
{
	struct sea_bench_peer peers[8];

	sea_bench_sysctl(b, "net.ipv4.tcp_syncookies", "0");
	(void)sea_bench_listener(b, PORT, 4);
	for (unsigned turn = 0; turn < 3; turn++) {
		unsigned answered = 0;

		for (unsigned i = 0; i < 8; i++) {
			sea_bench_peer_init(b, &peers[i], PORT);
			sea_bench_peer_send(b, &peers[i], SYN, NULL, 0);
			answered += sea_bench_see(b, QUIET_NS,
						  LAYERS(IP(b), FROM(&peers[i],
								     F(TCP_FLAGS, SYN | ACK)))) !=
				    NULL;
		}
		CHECK(b, answered >= 1 && answered < 8);
		for (unsigned i = 0; i < 8; i++)
			sea_bench_peer_send(b, &peers[i], RST, NULL, 0);
	}
}

/* RFC 4987 §3.6: cookies, acknowledged in any order, make connections; wrong ones a reset. */
static void cookies_of_many_peers_come_back_in_any_order(struct sea_bench *b)
{
	const long fd = sea_bench_listener(b, PORT, 64);
	struct sea_bench_peer peers[PEERS];

	sea_bench_sysctl(b, "net.ipv4.tcp_syncookies", "2");
	for (unsigned i = 0; i < PEERS; i++) {
		sea_bench_peer_init(b, &peers[i], PORT);
		peers[i].addr = sea_bench_stranger(b, (uint8_t)(30 + i));
		sea_bench_peer_syn(b, &peers[i]);
	}
	for (unsigned i = 0; i < 20; i++) {
		struct sea_bench_peer wrong = peers[sea_bench_random(b, PEERS)];

		wrong.ack += 1 + sea_bench_random(b, UINT32_MAX - 1);
		sea_bench_peer_send(b, &wrong, ACK, NULL, 0);
		EXPECT(b, SEA_SEC, IP(b, .dst = &wrong.addr),
		       FROM(&wrong, F(TCP_SEQ, wrong.ack), F(TCP_FLAGS, RST)));
	}
	for (unsigned i = PEERS; i-- > 0;) {
		const uint8_t text[1] = { (uint8_t)i };
		long conn;

		sea_bench_peer_send(b, &peers[i], ACK | SEA_BENCH_PSH, text, 1);
		conn = take(b, fd);
		SAME(b, sea_bench_recv(b, conn, 0), 1);
		SAME(b, sea_bench_buf(b)[0], i);
	}
}

/* RFC 9293 §3.5.2, all sets of flags: an ACK gives the reset its number, else it acknowledges. */
static void a_closed_port_resets_all_but_resets(struct sea_bench *b)
{
	for (unsigned flags = 0; flags < 64; flags++) {
		const unsigned len = sea_bench_random(b, 40);
		const uint32_t takes = len + !!(flags & SYN) + !!(flags & SEA_BENCH_FIN);
		struct sea_bench_peer p;

		sea_bench_say(b, "flags 0x%02x, %u bytes", flags, len);
		sea_bench_peer_init(b, &p, PORT);
		SEND(b, IP(b), TO(&p, F(TCP_SEQ, p.seq), F(TCP_ACK, 12345), F(TCP_FLAGS, flags)),
		     BYTES(NULL, len));
		if (flags & RST)
			EXPECT_NONE(b, flags == RST ? QUIET_NS : 0, IP(b), FROM(&p));
		else if (flags & ACK)
			EXPECT(b, SEA_SEC, IP(b), FROM(&p, F(TCP_SEQ, 12345), F(TCP_FLAGS, RST)));
		else
			EXPECT(b, SEA_SEC, IP(b),
			       FROM(&p, F(TCP_SEQ, 0), F(TCP_ACK, p.seq + takes),
				    F(TCP_FLAGS, RST | ACK)));
	}
}

/* RFC 9293 §3.10.7.2: a listener takes SYNs, resets ACKs, and knows nothing else. */
static void a_listener_takes_syns_only(struct sea_bench *b)
{
	const long fd = sea_bench_listener(b, PORT, 64);

	for (unsigned flags = 0; flags < 64; flags++) {
		struct sea_bench_peer p;

		sea_bench_say(b, "flags 0x%02x", flags);
		sea_bench_peer_init(b, &p, PORT);
		SEND(b, IP(b), TO(&p, F(TCP_SEQ, p.seq), F(TCP_ACK, 12345), F(TCP_FLAGS, flags)));
		if (flags & RST)
			EXPECT_NONE(b, 0, IP(b), FROM(&p));
		else if (flags & ACK)
			EXPECT(b, SEA_SEC, IP(b), FROM(&p, F(TCP_SEQ, 12345), F(TCP_FLAGS, RST)));
		else if ((flags & (SYN | SEA_BENCH_FIN)) == SYN)
			EXPECT(b, SEA_SEC, IP(b),
			       FROM(&p, F(TCP_ACK, p.seq + 1), F(TCP_FLAGS, SYN | ACK)));
		else
			EXPECT_NONE(b, 0, IP(b), FROM(&p));
	}
	SAME(b, SYS(b, accept, fd, 0, 0), -EAGAIN);
}

/* SO_REUSEPORT: several listeners share, and a connection stays with the one that has it. */
static void listeners_that_share_a_port_share_the_peers(struct sea_bench *b)
{
	struct sea_bench_peer p;
	unsigned got[4] = { 0 };
	long fds[4];

	for (unsigned i = 0; i < 4; i++) {
		fds[i] = sea_bench_socket(b, SOCK_STREAM, 0);
		SAME(b, sea_bench_setsockopt(b, fds[i], SOL_SOCKET, SO_REUSEPORT, 1), 0);
		SAME(b, sea_bench_bind(b, fds[i], NULL, PORT), 0);
		SAME(b, SYS(b, listen, fds[i], 64), 0);
		sea_bench_nonblocking(b, fds[i]);
	}
	for (unsigned turn = 0; turn < 48; turn++) {
		unsigned owners = 0;

		sea_bench_peer_init(b, &p, PORT);
		sea_bench_peer_open(b, &p);
		for (unsigned i = 0; i < 4; i++) {
			const long conn = SYS(b, accept, fds[i], 0, 0);

			owners += conn >= 0;
			got[i] += conn >= 0;
		}
		SAME(b, owners, 1);
	}
	/* That one of four gets none of 48 is one chance in a quarter of a million. */
	for (unsigned i = 0; i < 4; i++)
		CHECK(b, got[i] > 0);
}

/* -- who speaks Multipath TCP (RFC 8684) to TCP: option 30, of which the upper half of the third byte says what it is -- */

#define IS_MPTCP 43 /* TCP_IS_MPTCP of <linux/tcp.h> */

static void send_with(struct sea_bench *b, struct sea_bench_peer *p, unsigned flags,
		      const uint8_t *opts, size_t opts_len, const void *data, size_t len)
{
	SEND(b, IP(b, .src = &p->addr),
	     TO(p, F(TCP_SEQ, p->seq), F(TCP_ACK, flags & ACK ? p->ack : 0), F(TCP_FLAGS, flags),
		F(TCP_WINDOW, p->window), .bytes = opts, .len = opts_len),
	     BYTES(data, len));
	p->seq += (uint32_t)len + !!(flags & SYN);
}

static const uint8_t mp_capable[] = { 2, 4, 5, 0xb4, 30, 4, 1, 1 };
static const uint8_t mp_join[] = { 2, 4, 5, 0xb4, 30, 12, 0x10, 1, 1, 2, 3, 4, 5, 6, 7, 8 };

/* What the device sends has no option but the MSS in its SYN-ACK. */
static void open_with(struct sea_bench *b, struct sea_bench_peer *p, const uint8_t *opts,
		      size_t len)
{
	const struct sea_bench_seen *seen;
	uint32_t words;

	sea_bench_peer_init(b, p, PORT);
	send_with(b, p, SYN, opts, len, NULL, 0);
	seen = PEER_EXPECT(b, p, SYN | ACK);
	(void)sea_bench_get(seen, SEA_BENCH_TCP, SEA_BENCH_TCP_DOFF, &words);
	SAME(b, words, 6);
}

/* All subtypes, with data each way. */
static void talk_with_options(struct sea_bench *b, struct sea_bench_peer *p, long conn)
{
	for (unsigned subtype = 0; subtype < 16; subtype++) {
		const uint8_t opts[] = {
			30, 12, (uint8_t)(subtype << 4), 0, 1, 2, 3, 4, 5, 6, 7, 8
		};
		const uint8_t text[] = { (uint8_t)subtype };

		sea_bench_say(b, "subtype %u", subtype);
		send_with(b, p, ACK | SEA_BENCH_PSH, opts, sizeof(opts), text, 1);
		SAME(b, sea_bench_recv(b, conn, 0), 1);
		SAME(b, SYS(b, send, conn, text, 1, 0), 1);
		EXPECT(b, SEA_SEC, IP(b), FROM(p, F(TCP_SEQ, p->ack), F(TCP_DOFF, 5)),
		       BYTES(text, 1));
		p->ack++;
		sea_bench_peer_send(b, p, ACK, NULL, 0);
	}
}

static void options_of_multipath_tcp_are_ignored(struct sea_bench *b)
{
	static const uint8_t keys[] = {
		30, 20, 1, 1, 1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 6, 7, 8
	};
	const long fd = sea_bench_listener(b, PORT, 4);
	struct sea_bench_peer p;
	long conn;

	open_with(b, &p, mp_capable, sizeof(mp_capable));
	send_with(b, &p, ACK, keys, sizeof(keys), NULL, 0);
	conn = take(b, fd);
	SAME(b, sea_bench_getsockopt(b, conn, IPPROTO_TCP, IS_MPTCP), 0);
	talk_with_options(b, &p, conn);
	/* One that would join is a connection of its own. */
	open_with(b, &p, mp_join, sizeof(mp_join));
	sea_bench_peer_send(b, &p, ACK, NULL, 0);
	talk_with_options(b, &p, take(b, fd));
}

static void a_syn_ack_of_multipath_tcp_is_a_plain_one(struct sea_bench *b)
{
	const long fd = sea_bench_socket(b, SOCK_STREAM, 0);
	struct sea_bench_peer p;

	sea_bench_nonblocking(b, fd);
	sea_bench_peer_init(b, &p, 0);
	SAME(b, sea_bench_connect(b, fd, sea_bench_remote(b), p.port), -EINPROGRESS);
	sea_bench_peer_take_syn(b, &p);
	send_with(b, &p, SYN | ACK, mp_capable, sizeof(mp_capable), NULL, 0);
	EXPECT(b, SEA_SEC, IP(b), FROM(&p, F(TCP_FLAGS, ACK), F(TCP_DOFF, 5)));
	SAME(b, sea_bench_getsockopt(b, fd, IPPROTO_TCP, IS_MPTCP), 0);
	talk_with_options(b, &p, fd);
}

const struct sea_bench_test sea_bench_listeners[] = {
	BENCH(connections_are_accepted_in_the_order_of_their_acks),
	BENCH(connections_to_one_port_are_told_apart),
	BENCH(a_listener_that_closes_resets_all_that_wait),
	BENCH(a_full_queue_takes_no_more_until_one_is_accepted),
	BENCH(a_reset_frees_a_place_among_the_half_open),
	BENCH(cookies_of_many_peers_come_back_in_any_order),
	BENCH(a_closed_port_resets_all_but_resets),
	BENCH(a_listener_takes_syns_only),
	BENCH_BUT(listeners_that_share_a_port_share_the_peers,
		  "which listener has a connection is drawn at random"),
	BENCH(options_of_multipath_tcp_are_ignored),
	BENCH(a_syn_ack_of_multipath_tcp_is_a_plain_one),
	{ 0 },
};
