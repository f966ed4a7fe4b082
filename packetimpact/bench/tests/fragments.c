// SPDX-License-Identifier: Apache-2.0
/* Fragments: what is made of them, and what is said of those that are not whole. */
#include "packetimpact/bench/bench.h"

#define QUIET_NS (20 * SEA_MSEC)
#define DATA 120 /* bytes of an echo request behind its header: 128 with it, 16 units of 8 */
#define WHOLE (DATA + 8)

/* An echo request, to be cut. */
struct request {
	uint8_t bytes[WHOLE];
	uint32_t id;
};

/* A piece of it: which bytes, and are there more? */
struct piece {
	unsigned from, to;
};

static void request_new(struct sea_bench *b, struct request *r)
{
	static uint8_t packet[256];
	uint8_t data[DATA];
	size_t len;

	r->id = 1 + sea_bench_random(b, 65000);
	for (unsigned i = 0; i < DATA; i++)
		data[i] = (uint8_t)sea_bench_random(b, 256);
	if (sea_bench_is_v6(b)) {
		const struct sea_bench_layer whole[] = {
			IPV6(), ICMP6(F(ICMP6_TYPE, 128), F(ICMP6_ID, 7), F(ICMP6_SEQ, r->id)),
			BYTES(data, DATA)
		};

		len = sea_bench_build(whole, 3, sea_bench_remote(b), sea_bench_local(b), packet,
				      sizeof(packet));
	} else {
		const struct sea_bench_layer whole[] = {
			IPV4(), ICMP(F(ICMP_TYPE, 8), F(ICMP_ID, 7), F(ICMP_SEQ, r->id)),
			BYTES(data, DATA)
		};

		len = sea_bench_build(whole, 3, sea_bench_remote(b), sea_bench_local(b), packet,
				      sizeof(packet));
	}
	memcpy(r->bytes, packet + len - WHOLE, WHOLE);
}

static void send_piece(struct sea_bench *b, const struct request *r, struct piece p)
{
	const uint8_t *at = r->bytes + p.from;

	if (sea_bench_is_v6(b))
		SEND(b, IPV6(),
		     FRAG(F(FRAG_NEXT, 58), F(FRAG_ID, r->id), F(FRAG_OFFSET, p.from / 8),
			  F(FRAG_MORE, p.to < WHOLE)),
		     BYTES(at, p.to - p.from));
	else
		SEND(b,
		     IPV4(F(IPV4_PROTO, 1), F(IPV4_ID, r->id), F(IPV4_OFFSET, p.from / 8),
			  F(IPV4_MF, p.to < WHOLE)),
		     BYTES(at, p.to - p.from));
}

static void expect_answer(struct sea_bench *b, const struct request *r)
{
	if (sea_bench_is_v6(b))
		EXPECT(b, SEA_SEC, IPV6(), ICMP6(F(ICMP6_TYPE, 129), F(ICMP6_SEQ, r->id)),
		       BYTES(r->bytes + 8, DATA));
	else
		EXPECT(b, SEA_SEC, IPV4(), ICMP(F(ICMP_TYPE, 0), F(ICMP_SEQ, r->id)),
		       BYTES(r->bytes + 8, DATA));
}

static void send_all(struct sea_bench *b, struct request *r, const struct piece *pieces, size_t n)
{
	request_new(b, r);
	for (size_t i = 0; i < n; i++)
		send_piece(b, r, pieces[i]);
}

#define SEND_ALL(b, r, ...)                                   \
	send_all(b, r, (const struct piece[]){ __VA_ARGS__ }, \
		 sizeof((const struct piece[]){ __VA_ARGS__ }) / sizeof(struct piece))

/* RFC 791 §3.2; RFC 8200 §4.5 */
static void pieces_in_order_are_a_whole(struct sea_bench *b)
{
	struct request r;

	SEND_ALL(b, &r, { 0, 40 }, { 40, 80 }, { 80, WHOLE });
	expect_answer(b, &r);
}

static void pieces_out_of_order_are_a_whole(struct sea_bench *b)
{
	struct request r;

	SEND_ALL(b, &r, { 80, WHOLE }, { 0, 40 }, { 40, 80 });
	expect_answer(b, &r);
	SEND_ALL(b, &r, { 80, WHOLE }, { 40, 80 }, { 0, 40 });
	expect_answer(b, &r);
}

static void a_piece_that_comes_twice_counts_once(struct sea_bench *b)
{
	struct request r;

	SEND_ALL(b, &r, { 0, 40 }, { 40, 80 }, { 40, 80 }, { 80, WHOLE });
	expect_answer(b, &r);
	EXPECT_NONE(b, QUIET_NS, IP(b));
}

static void expect_nothing(struct sea_bench *b)
{
	EXPECT_NONE(b, QUIET_NS, IP(b));
}

/* What lies inside of what came already is taken for a copy of it in IPv4; RFC 5722 §4 forbids it in IPv6. */
static void a_piece_inside_of_another_is_a_copy(struct sea_bench *b)
{
	struct request r;

	SEND_ALL(b, &r, { 0, 40 }, { 40, 96 }, { 48, 64 }, { 96, WHOLE });
	expect_answer(b, &r);
}

/* RFC 5722 §4: nobody may be in doubt about the bytes. */
static void pieces_that_overlap_end_the_whole(struct sea_bench *b)
{
	struct request r;

	SEND_ALL(b, &r, { 0, 40 }, { 32, 80 }, { 80, WHOLE });
	expect_nothing(b);
	SEND_ALL(b, &r, { 0, 40 }, { 48, 96 }, { 40, 56 }, { 96, WHOLE });
	expect_nothing(b);
	SEND_ALL(b, &r, { 80, WHOLE }, { 40, 88 }, { 0, 40 });
	expect_nothing(b);
}

static void swap(struct piece *x, struct piece *y)
{
	const struct piece z = *x;

	*x = *y;
	*y = z;
}

/* Any cut into pieces, in any order, with copies of some. */
static void any_cut_in_any_order_is_a_whole(struct sea_bench *b)
{
	struct piece pieces[WHOLE / 8 + 4];
	struct request r;

	for (unsigned turn = 0; turn < 60; turn++) {
		unsigned n = 0;

		for (unsigned at = 0; at < WHOLE; n++) {
			unsigned len = 8 * (1 + sea_bench_random(b, 4));

			len = len > WHOLE - at ? WHOLE - at : len;
			pieces[n] = (struct piece){ at, at + len };
			at += len;
		}
		for (unsigned i = n; i > 1; i--)
			swap(&pieces[i - 1], &pieces[sea_bench_random(b, i)]);
		/* A copy of one that has come, never behind the last, which would begin a new whole. */
		if (n > 1) {
			pieces[n] = pieces[n - 1];
			pieces[n - 1] = pieces[sea_bench_random(b, n - 1)];
			n++;
		}
		sea_bench_say(b, "turn %u, %u pieces", turn, n);
		send_all(b, &r, pieces, n);
		expect_answer(b, &r);
	}
}

/* Pieces of two requests at once are not mixed up: of strangers, or of other identifications. */
static void pieces_of_two_wholes_do_not_mix(struct sea_bench *b)
{
	static const struct piece cut[] = { { 0, 40 }, { 40, 80 }, { 80, WHOLE } };
	struct request r[2];

	request_new(b, &r[0]);
	request_new(b, &r[1]);
	for (unsigned i = 0; i < 3; i++) {
		send_piece(b, &r[0], cut[i]);
		send_piece(b, &r[1], cut[2 - i]);
	}
	expect_answer(b, &r[0]);
	expect_answer(b, &r[1]);
}

/* RFC792; RFC 8200 §4.5: the first piece is there, so it can be told. */
static void what_is_not_whole_in_time_is_told(struct sea_bench *b)
{
	const bool v6 = sea_bench_is_v6(b);
	struct request r;

	sea_bench_sysctl(b, v6 ? "net.ipv6.ip6frag_time" : "net.ipv4.ipfrag_time", "1");
	SEND_ALL(b, &r, { 0, 40 }, { 80, WHOLE });
	EXPECT_NONE(b, 500 * SEA_MSEC, IP(b));
	if (v6)
		EXPECT(b, 2 * SEA_SEC, IPV6(.dst = sea_bench_remote(b)),
		       ICMP6(F(ICMP6_TYPE, 3), F(ICMP6_CODE, 1)), IPV6(), FRAG(F(FRAG_ID, r.id)));
	else
		EXPECT(b, 2 * SEA_SEC, IPV4(.dst = sea_bench_remote(b)),
		       ICMP(F(ICMP_TYPE, 11), F(ICMP_CODE, 1)), IPV4(F(IPV4_ID, r.id)));
}

/* Without the first piece nothing is said. */
static void what_has_no_beginning_is_not_told(struct sea_bench *b)
{
	struct request r;

	sea_bench_sysctl(b, sea_bench_is_v6(b) ? "net.ipv6.ip6frag_time" : "net.ipv4.ipfrag_time",
			 "1");
	SEND_ALL(b, &r, { 40, 80 }, { 80, WHOLE });
	EXPECT_NONE(b, 2500 * SEA_MSEC, IP(b));
}

/* RFC 8200 §4.5: pieces but the last are of eights; the length is pointed at. */
static void a_piece_of_odd_length_is_pointed_at(struct sea_bench *b)
{
	sea_bench_sysctl(b, "net.ipv6.icmp.ratelimit", "0");
	for (unsigned len = 9; len < 16; len++) {
		sea_bench_say(b, "%u bytes", len);
		SEND(b, IPV6(), FRAG(F(FRAG_NEXT, 17), F(FRAG_ID, len), F(FRAG_MORE, 1)),
		     BYTES(NULL, len));
		EXPECT(b, SEA_SEC, IPV6(),
		       ICMP6(F(ICMP6_TYPE, 4), F(ICMP6_CODE, 0), F(ICMP6_WORD, 4)), IPV6(),
		       FRAG(F(FRAG_ID, len)));
	}
}

/* RFC 8200 §4.5: beyond 65535 bytes; the offset is pointed at. */
static void a_piece_beyond_all_packets_is_pointed_at(struct sea_bench *b)
{
	SEND(b, IPV6(),
	     FRAG(F(FRAG_NEXT, 58), F(FRAG_ID, 5), F(FRAG_OFFSET, 8191), F(FRAG_MORE, 1)),
	     BYTES(NULL, 16));
	EXPECT(b, SEA_SEC, IPV6(), ICMP6(F(ICMP6_TYPE, 4), F(ICMP6_CODE, 0), F(ICMP6_WORD, 42)));
}

/* RFC6946: a packet of one piece has nothing to do with others of its number. */
static void an_atomic_piece_is_a_whole(struct sea_bench *b)
{
	struct request r, atomic;

	request_new(b, &r);
	request_new(b, &atomic);
	atomic.id = r.id;
	send_piece(b, &r, (struct piece){ 0, 40 });
	SEND(b, IPV6(), FRAG(F(FRAG_NEXT, 58), F(FRAG_ID, r.id)), BYTES(atomic.bytes, WHOLE));
	EXPECT(b, SEA_SEC, IPV6(), ICMP6(F(ICMP6_TYPE, 129)), BYTES(atomic.bytes + 8, DATA));
	send_piece(b, &r, (struct piece){ 40, WHOLE });
	expect_answer(b, &r);
}

const struct sea_bench_test sea_bench_fragments[] = {
	BENCH(pieces_in_order_are_a_whole),
	BENCH(pieces_out_of_order_are_a_whole),
	BENCH(a_piece_that_comes_twice_counts_once),
	BENCH(a_piece_inside_of_another_is_a_copy),
	BENCH(pieces_that_overlap_end_the_whole),
	BENCH(any_cut_in_any_order_is_a_whole),
	BENCH(pieces_of_two_wholes_do_not_mix),
	BENCH(what_is_not_whole_in_time_is_told),
	BENCH(what_has_no_beginning_is_not_told),
	BENCH_V6(a_piece_of_odd_length_is_pointed_at),
	BENCH_V6(a_piece_beyond_all_packets_is_pointed_at),
	BENCH_V6(an_atomic_piece_is_a_whole),
	{ 0 },
};
