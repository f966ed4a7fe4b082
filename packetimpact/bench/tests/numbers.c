// SPDX-License-Identifier: Apache-2.0
/* Sequence and acknowledgment numbers, wherever they point. */
#include "packetimpact/bench/bench.h"

#define PORT 7000
#define STREAM 20000 /* bytes to the device */
#define SENT 150000  /* bytes from it */
#define QUIET_NS (20 * SEA_MSEC)
#define ACK SEA_BENCH_ACK

static uint8_t stream[SENT];

/* A connection of which the device is the server; challenges and answers are not limited. */
static long open_one(struct sea_bench *b, struct sea_bench_peer *p, uint32_t isn)
{
	const long fd = sea_bench_listener(b, PORT, 4);
	long conn;

	sea_bench_sysctl(b, "net.ipv4.tcp_invalid_ratelimit", "0");
	sea_bench_peer_init(b, p, PORT);
	p->seq = isn;
	sea_bench_peer_open(b, p);
	conn = SYS(b, accept4, fd, 0, 0, SOCK_NONBLOCK);
	CHECK(b, conn >= 0);
	return conn;
}

static void fill(struct sea_bench *b)
{
	for (unsigned i = 0; i < SENT; i++)
		stream[i] = (uint8_t)sea_bench_random(b, 256);
}

static void send_part(struct sea_bench *b, const struct sea_bench_peer *p, uint32_t first,
		      unsigned from, unsigned to)
{
	SEND(b, IP(b), TO(p, F(TCP_SEQ, first + from), F(TCP_ACK, p->ack), F(TCP_FLAGS, ACK)),
	     BYTES(stream + from, to - from));
}

/* Reads what there is behind `at`, which must be the stream's; where it is then. */
static unsigned read_on(struct sea_bench *b, long conn, unsigned at)
{
	for (;;) {
		const long n = sea_bench_recv(b, conn, 0);

		if (n == -EAGAIN)
			return at;
		CHECK(b, n > 0 && at + (unsigned)n <= STREAM);
		CHECK(b, !memcmp(sea_bench_buf(b), stream + at, (size_t)n));
		at += (unsigned)n;
	}
}

/*
 * RFC 9293 §3.10.7.4: segments that overlap, come twice, in any order, make the stream; the numbers go round
 * in the middle of it.
 */
static void any_cut_in_any_order_is_the_stream(struct sea_bench *b)
{
	const uint32_t isn = UINT32_MAX - STREAM / 2;
	unsigned read = 0, turn;
	struct sea_bench_peer p;
	long conn;

	fill(b);
	conn = open_one(b, &p, isn);
	for (turn = 0; turn < 400 && read < STREAM; turn++) {
		unsigned from = read > 2000 ? read - 2000 : 0, len = 1 + sea_bench_random(b, 1460);

		from += sea_bench_random(b, 8000);
		from = from < STREAM ? from : STREAM - 1;
		/* One in five goes on where it is. */
		from = turn % 5 ? from : read;
		len = len < STREAM - from ? len : STREAM - from;
		sea_bench_say(b, "turn %u: %u bytes at %u, read %u", turn, len, from, read);
		send_part(b, &p, isn + 1, from, from + len);
		read = read_on(b, conn, read);
	}
	for (; read < STREAM; read = read_on(b, conn, read))
		send_part(b, &p, isn + 1, read, STREAM - read < 1460 ? STREAM : read + 1460);
	EXPECT(b, SEA_SEC, IP(b), FROM(&p, F(TCP_ACK, isn + 1 + STREAM), F(TCP_FLAGS, ACK)));
}

/* RFC 9293 §3.10.7.4: what is outside of the window moves nothing, and is acknowledged with what is right. */
static void numbers_outside_of_the_window_are_answered(struct sea_bench *b)
{
	struct sea_bench_peer p;
	const long conn = open_one(b, &p, 1000000);
	uint32_t got = 0;

	for (unsigned i = 0; i < 60; i++) {
		/* Beyond any window that was offered, or before the first byte. */
		const uint32_t seq = p.seq + 70000 + sea_bench_random(b, UINT32_MAX - 80000);

		sea_bench_say(b, "%u ahead", seq - p.seq);
		SEND(b, IP(b), TO(&p, F(TCP_SEQ, seq), F(TCP_ACK, p.ack), F(TCP_FLAGS, ACK)),
		     BYTES("outside", 7));
		EXPECT(b, SEA_SEC, IP(b),
		       FROM(&p, F(TCP_SEQ, p.ack), F(TCP_ACK, p.seq), F(TCP_FLAGS, ACK)));
		got += sea_bench_recv(b, conn, 0) != -EAGAIN;
	}
	SAME(b, got, 0);
	sea_bench_peer_send(b, &p, ACK, "inside", 6);
	SAME(b, sea_bench_recv(b, conn, 0), 6);
}

/* RFC 5961 §3.2: a reset or SYN anywhere but where it must be ends nothing. */
static void blind_resets_and_syns_end_nothing(struct sea_bench *b)
{
	struct sea_bench_peer p;
	const long conn = open_one(b, &p, 5000000);

	for (unsigned i = 0; i < 60; i++) {
		const unsigned flags = i % 2 ? SEA_BENCH_RST : SEA_BENCH_SYN;
		const uint32_t seq = i % 3 ? p.seq + 1 + sea_bench_random(b, 60000)
					   : sea_bench_random(b, UINT32_MAX);

		sea_bench_say(b, "flags %u, %u ahead", flags, seq - p.seq);
		if (seq == p.seq && i % 2)
			continue;
		SEND(b, IP(b), TO(&p, F(TCP_SEQ, seq), F(TCP_FLAGS, flags)));
		SAME(b, sea_bench_recv(b, conn, 0), -EAGAIN);
	}
	sea_bench_peer_send(b, &p, ACK, "inside", 6);
	SAME(b, sea_bench_recv(b, conn, 0), 6);
	sea_bench_peer_send(b, &p, SEA_BENCH_RST, NULL, 0);
	SAME(b, sea_bench_recv(b, conn, 0), -ECONNRESET);
}

/* RFC 5961 §5.2: an acknowledgment of what was never sent, or of long ago, comes with no data. */
static void data_with_a_wild_acknowledgment_is_not_taken(struct sea_bench *b)
{
	struct sea_bench_peer p;
	const long conn = open_one(b, &p, 7000000);

	for (unsigned i = 0; i < 60; i++) {
		/* The window was 65535 at most: all numbers but the last of it. */
		const uint32_t ack = p.ack + 1 + sea_bench_random(b, UINT32_MAX - 80000);

		sea_bench_say(b, "ack %u ahead", ack - p.ack);
		SEND(b, IP(b), TO(&p, F(TCP_SEQ, p.seq), F(TCP_ACK, ack), F(TCP_FLAGS, ACK)),
		     BYTES("ghost", 5));
		SAME(b, sea_bench_recv(b, conn, 0), -EAGAIN);
	}
	sea_bench_peer_send(b, &p, ACK, "inside", 6);
	SAME(b, sea_bench_recv(b, conn, 0), 6);
}

/* RFC 9293 §3.10.7.4: and without ACK nothing is taken at all. */
static void every_set_of_flags_is_survived(struct sea_bench *b)
{
	struct sea_bench_peer p;
	const long conn = open_one(b, &p, 9000000);

	for (unsigned flags = 0; flags < 64; flags++) {
		if (flags & (ACK | SEA_BENCH_RST))
			continue;
		sea_bench_say(b, "flags 0x%02x", flags);
		SEND(b, IP(b), TO(&p, F(TCP_SEQ, p.seq), F(TCP_ACK, p.ack), F(TCP_FLAGS, flags)),
		     BYTES("none", 4));
		SAME(b, sea_bench_recv(b, conn, 0), -EAGAIN);
	}
	sea_bench_peer_send(b, &p, ACK, "inside", 6);
	SAME(b, sea_bench_recv(b, conn, 0), 6);
}

/* RFC 9293 §3.10.7.3: in SYN-SENT any other acknowledgment is reset, and the right one completes. */
static void wrong_acknowledgments_of_a_syn_are_reset(struct sea_bench *b)
{
	const long fd = sea_bench_socket(b, SOCK_STREAM, 0);
	struct sea_bench_peer p;

	sea_bench_peer_init(b, &p, 0);
	sea_bench_nonblocking(b, fd);
	SAME(b, sea_bench_connect(b, fd, NULL, p.port), -EINPROGRESS);
	sea_bench_peer_take_syn(b, &p);
	for (unsigned i = 0; i < 30; i++) {
		const uint32_t wrong = p.ack + 1 + sea_bench_random(b, UINT32_MAX - 1);

		sea_bench_say(b, "ack %u ahead", wrong - p.ack);
		SEND(b, IP(b),
		     TO(&p, F(TCP_SEQ, p.seq), F(TCP_ACK, wrong),
			F(TCP_FLAGS, i % 2 ? ACK : ACK | SEA_BENCH_SYN)));
		EXPECT(b, SEA_SEC, IP(b), FROM(&p, F(TCP_SEQ, wrong), F(TCP_FLAGS, SEA_BENCH_RST)));
	}
	sea_bench_peer_send(b, &p, ACK | SEA_BENCH_SYN, NULL, 0);
	PEER_EXPECT(b, &p, ACK);
	SAME(b, sea_bench_getsockopt(b, fd, SOL_SOCKET, SO_ERROR), 0);
}

/* RFC 9293 §3.10.7.4: of a half-open connection, too. */
static void wrong_acknowledgments_of_a_syn_ack_are_reset(struct sea_bench *b)
{
	const long fd = sea_bench_listener(b, PORT, 4);
	struct sea_bench_peer p;

	sea_bench_peer_init(b, &p, PORT);
	sea_bench_peer_syn(b, &p);
	for (unsigned i = 0; i < 30; i++) {
		const uint32_t wrong = p.ack + 1 + sea_bench_random(b, UINT32_MAX - 1);

		SEND(b, IP(b), TO(&p, F(TCP_SEQ, p.seq), F(TCP_ACK, wrong), F(TCP_FLAGS, ACK)));
		EXPECT(b, SEA_SEC, IP(b), FROM(&p, F(TCP_SEQ, wrong), F(TCP_FLAGS, SEA_BENCH_RST)));
	}
	SAME(b, SYS(b, accept, fd, 0, 0), -EAGAIN);
	sea_bench_peer_send(b, &p, ACK, NULL, 0);
	CHECK(b, SYS(b, accept, fd, 0, 0) >= 0);
}

/* A device that sends the stream: how much was written, has come, is acknowledged, and may come. */
struct giver {
	long conn;
	uint32_t first; /* the number of the first byte */
	unsigned written, have, got, edge;
};

static void write_on(struct sea_bench *b, struct giver *g)
{
	const long n = g->written < SENT
			       ? SYS(b, send, g->conn, stream + g->written, SENT - g->written, 0)
			       : 0;

	g->written += n > 0 ? (unsigned)n : 0;
}

/* One packet, which must be the stream's and in the window; false: none comes. */
static bool see_some(struct sea_bench *b, struct giver *g, const struct sea_bench_peer *p)
{
	const struct sea_bench_seen *seen =
		sea_bench_see(b, 300 * SEA_MSEC, LAYERS(IP(b), FROM(p)));
	const uint8_t *data;
	uint32_t seq;
	size_t len;

	if (!seen)
		return false;
	data = sea_bench_payload(seen, &len);
	(void)sea_bench_get(seen, SEA_BENCH_TCP, SEA_BENCH_TCP_SEQ, &seq);
	seq -= g->first;
	if (!len)
		return true;
	CHECK(b, seq <= g->have && seq + len <= g->edge && seq + len <= SENT);
	CHECK(b, !memcmp(data, stream + seq, len));
	g->have = seq + len > g->have ? (unsigned)(seq + len) : g->have;
	return true;
}

/* The window does not go back. */
static void answer_some(struct sea_bench *b, struct giver *g, struct sea_bench_peer *p)
{
	unsigned window = g->edge - g->got;

	if (window < 3000)
		window = 3000 + sea_bench_random(b, 10000);
	p->window = (uint16_t)window;
	g->edge = g->got + window;
	p->ack = g->first + g->got;
	sea_bench_peer_send(b, p, ACK, NULL, 0);
}

/* The peer acknowledges at any byte, with any window: all of the stream comes, and nothing beyond the window. */
static void any_acknowledgment_and_window_brings_the_stream(struct sea_bench *b)
{
	struct giver g = { .edge = 65535 };
	struct sea_bench_peer p;

	fill(b);
	g.conn = open_one(b, &p, 11000000);
	g.first = p.ack;
	for (unsigned turn = 0; turn < 2000 && g.got < SENT; turn++) {
		sea_bench_say(b, "turn %u: have %u, got %u, edge %u", turn, g.have, g.got, g.edge);
		write_on(b, &g);
		/* Where nothing comes all that is there is acknowledged. */
		if (see_some(b, &g, &p))
			g.got = g.have == SENT ? SENT
					       : g.got + sea_bench_random(b, g.have - g.got + 1);
		else
			g.got = g.have;
		answer_some(b, &g, &p);
	}
	SAME(b, g.got, SENT);
}

const struct sea_bench_test sea_bench_numbers[] = {
	BENCH(any_cut_in_any_order_is_the_stream),
	BENCH(numbers_outside_of_the_window_are_answered),
	BENCH(blind_resets_and_syns_end_nothing),
	BENCH(data_with_a_wild_acknowledgment_is_not_taken),
	BENCH(every_set_of_flags_is_survived),
	BENCH(wrong_acknowledgments_of_a_syn_are_reset),
	BENCH(wrong_acknowledgments_of_a_syn_ack_are_reset),
	BENCH_BUT(any_acknowledgment_and_window_brings_the_stream,
		  "how much is sent at once hangs on when the peer answers"),
	{ 0 },
};
