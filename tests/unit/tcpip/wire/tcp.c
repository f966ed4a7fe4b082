/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "wire/tcp.h"

/* A header with these options behind it, padded with EOL. */
static struct sea_tcp_seg parse(const uint8_t *opts, size_t len)
{
	uint8_t hdr[SEA_TCP_HDR_MAX] = {
		0x9c, 0x40, 0x00, 0x50, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66,
		0x77, 0x88, 0xff, 0x12, 0x20, 0x00, 0xaa, 0xbb, 0x00, 0x07,
	};
	struct sea_tcp_seg seg = { 0 };

	assert_true(len <= 40);
	if (len > 0)
		memcpy(hdr + 20, opts, len);
	sea_tcp_parse(hdr, (uint8_t)(20 + (len + 3) / 4 * 4), 1000, &seg);
	return seg;
}

#define PARSE(...) parse((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }))

static void fields_come_out_in_host_order(void **state)
{
	struct sea_tcp_seg seg = parse(NULL, 0);

	assert_int_equal(seg.src, 40000);
	assert_int_equal(seg.dst, 80);
	assert_int_equal(seg.seq.v, 0x11223344);
	assert_int_equal(seg.ack.v, 0x55667788);
	assert_int_equal(seg.wnd, 0x2000);
	assert_int_equal(seg.urg, 7);
	assert_int_equal(seg.flags, SEA_TCP_SYN | SEA_TCP_ACK);
	assert_int_equal(seg.hdr_len, 20);
	assert_int_equal(seg.len, 1000);
	assert_int_equal(sea_tcp_seg_len(&seg), 1001);
}

static void header_length_below_five_words_is_none(void **state)
{
	struct sea_tcp_hdr h = { .off = 0x4f };

	assert_int_equal(sea_tcp_hdr_len(&h), 0);
	h.off = 0x50;
	assert_int_equal(sea_tcp_hdr_len(&h), 20);
	h.off = 0xf0;
	assert_int_equal(sea_tcp_hdr_len(&h), SEA_TCP_HDR_MAX);
}

/* RFC9293:MUST-4 the options of the base specification */
static void end_nop_and_mss_are_understood(void **state)
{
	struct sea_tcp_seg seg = PARSE(1, 1, 2, 4, 0x05, 0xb4, 0, 3, 3, 9);

	assert_true(seg.opts.has_mss);
	assert_int_equal(seg.opts.mss, 1460);
	assert_false(seg.opts.has_wscale); /* behind the end */
}

/* RFC9293:MUST-5 in any segment, not only in a SYN */
static void options_are_read_whatever_the_flags(void **state)
{
	uint8_t hdr[24] = { [12] = 0x60, [20] = 2, 4, 2, 0x18 };

	for (unsigned flags = 0; flags < 256; flags++) {
		struct sea_tcp_seg seg = { 0 };

		hdr[13] = (uint8_t)flags;
		sea_tcp_parse(hdr, sizeof(hdr), 0, &seg);
		assert_int_equal(seg.flags, flags);
		assert_int_equal(seg.opts.mss, 536);
	}
}

/* RFC9293:MUST-6 RFC9293:MUST-68 unknown options have a length and are skipped by it */
static void unknown_options_are_skipped(void **state)
{
	struct sea_tcp_seg seg = PARSE(254, 4, 0xf9, 0x89, 30, 2, 3, 3, 7, 255, 2);

	assert_true(seg.opts.has_wscale);
	assert_int_equal(seg.opts.wscale, 7);
}

/* RFC9293:MUST-7 an illegal length ends the list; what was read before counts */
static void illegal_lengths_end_the_list(void **state)
{
	static const uint8_t lengths[] = { 0, 1, 37, 255 };

	for (size_t i = 0; i < sizeof(lengths); i++) {
		struct sea_tcp_seg seg = PARSE(2, 4, 0x05, 0xb4, 77, lengths[i], 3, 3, 7, 1, 1, 1);

		assert_true(seg.opts.has_mss);
		assert_false(seg.opts.has_wscale);
	}
}

/* RFC9293:MUST-7 */
static void kind_without_room_for_a_length_ends_the_list(void **state)
{
	struct sea_tcp_seg seg = PARSE(2, 4, 0x05, 0xb4, 1, 1, 1, 8);

	assert_true(seg.opts.has_mss);
	assert_false(seg.opts.has_ts);
}

/* RFC9293:MUST-7 */
static void known_options_of_wrong_length_are_skipped(void **state)
{
	struct sea_tcp_seg seg = PARSE(2, 3, 9, 3, 4, 9, 9, 4, 3, 9, 8, 9, 1, 2, 3, 4, 5, 6, 7, 5,
				       11, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 2, 3, 3, 5);

	assert_false(seg.opts.has_mss);
	assert_false(seg.opts.has_sack_perm);
	assert_false(seg.opts.has_ts);
	assert_int_equal(seg.opts.n_sack, 0);
	assert_true(seg.opts.has_wscale);
	assert_int_equal(seg.opts.wscale, 5);
}

/* RFC7323:2.3 */
static void window_scale_beyond_14_is_14(void **state)
{
	assert_int_equal(PARSE(3, 3, 14).opts.wscale, 14);
	assert_int_equal(PARSE(3, 3, 15).opts.wscale, 14);
	assert_int_equal(PARSE(3, 3, 255).opts.wscale, 14);
}

static void mss_of_zero_counts_as_none(void **state)
{
	assert_false(PARSE(2, 4, 0, 0).opts.has_mss);
}

/* RFC9293:MUST-64 options need not begin on a word's boundary */
static void options_may_begin_anywhere(void **state)
{
	for (size_t pad = 0; pad < 8; pad++) {
		uint8_t opts[24];
		struct sea_tcp_seg seg = { 0 };

		memset(opts, SEA_TCPOPT_NOP, sizeof(opts));
		memcpy(opts + pad,
		       (const uint8_t[]){ 2, 4, 5, 0xb4, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8 }, 14);
		seg = parse(opts, sizeof(opts));
		assert_int_equal(seg.opts.mss, 1460);
		assert_int_equal(seg.opts.ts_val, 0x01020304);
		assert_int_equal(seg.opts.ts_ecr, 0x05060708);
	}
}

static void last_of_a_repeated_option_counts(void **state)
{
	assert_int_equal(PARSE(2, 4, 1, 1, 2, 4, 2, 2).opts.mss, 0x0202);
}

static void sack_blocks_are_read_in_order(void **state)
{
	struct sea_tcp_seg seg =
		PARSE(1, 1, 5, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 9);

	assert_int_equal(seg.opts.n_sack, 2);
	assert_int_equal(seg.opts.sack[0].start.v, 1);
	assert_int_equal(seg.opts.sack[0].end.v, 2);
	assert_int_equal(seg.opts.sack[1].start.v, 0xffffffff);
	assert_int_equal(seg.opts.sack[1].end.v, 9);
}

static void timestamp_alone_takes_the_short_way(void **state)
{
	struct sea_tcp_seg seg = PARSE(1, 1, 8, 10, 0, 0, 0, 5, 0, 0, 0, 6);

	assert_true(seg.opts.has_ts);
	assert_int_equal(seg.opts.ts_val, 5);
	assert_int_equal(seg.opts.ts_ecr, 6);
	seg = PARSE(8, 10, 0, 0, 0, 5, 0, 0, 0, 6, 1, 1);
	assert_true(seg.opts.has_ts);
	assert_int_equal(seg.opts.ts_val, 5);
}

/* What Linux 6.18 sent with net.ipv4.tcp_{timestamps,sack,window_scaling} as the fields say. */
struct layout {
	bool ts, sack, ws;
	uint8_t len, bytes[20];
};

static const struct layout linux_syns[] = {
	{ false, false, false, 4, { 2, 4, 0xff, 0xd7 } },
	{ false, false, true, 8, { 2, 4, 0xff, 0xd7, 1, 3, 3, 10 } },
	{ false, true, false, 8, { 2, 4, 0xff, 0xd7, 1, 1, 4, 2 } },
	{ false, true, true, 12, { 2, 4, 0xff, 0xd7, 1, 1, 4, 2, 1, 3, 3, 10 } },
	{ true, false, false, 16, { 2, 4, 0xff, 0xd7, 1, 1, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0 } },
	{ true, false, true, 20, { 2, 4, 0xff, 0xd7, 1, 1, 8, 10, 1, 2,
				   3, 4, 0,    0,    0, 0, 1, 3,  3, 10 } },
	{ true, true, false, 16, { 2, 4, 0xff, 0xd7, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0 } },
	{ true,
	  true,
	  true,
	  20,
	  { 2, 4, 0xff, 0xd7, 4, 2, 8, 10, 1, 2, 3, 4, 0, 0, 0, 0, 1, 3, 3, 10 } },
};

static void syn_options_lie_as_in_linux(void **state)
{
	for (size_t i = 0; i < sizeof(linux_syns) / sizeof(linux_syns[0]); i++) {
		const struct layout *want = &linux_syns[i];
		struct sea_tcp_opts o = {
			.has_mss = true,
			.has_ts = want->ts,
			.has_sack_perm = want->sack,
			.has_wscale = want->ws,
			.mss = 65495,
			.wscale = 10,
			.ts_val = 0x01020304,
		};
		uint8_t opts[40];

		assert_int_equal(sea_tcp_opts_len(&o), want->len);
		assert_int_equal(sea_tcp_opts_put(opts, &o), want->len);
		assert_memory_equal(opts, want->bytes, want->len);
	}
}

/* RFC7413:4.1.1 */
static void fast_open_cookies_are_read_and_written(void **state)
{
	static const struct {
		uint8_t len;
		uint8_t bytes[24];
		bool has, exp;
		uint8_t cookie_len;
	} cases[] = {
		{ 4, { 34, 2, 1, 1 }, true, false, 0 },
		{ 8, { 34, 6, 1, 2, 3, 4, 1, 1 }, true, false, 4 },
		{ 12, { 34, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 1 }, true, false, 8 },
		{ 12, { 254, 12, 0xf9, 0x89, 1, 2, 3, 4, 5, 6, 7, 8 }, true, true, 8 },
		{ 4, { 254, 4, 0xf9, 0x89 }, true, true, 0 },
		{ 20,
		  { 34, 18, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 1, 1 },
		  true,
		  false,
		  16 },
		{ 4, { 34, 4, 1, 2 }, false, false, 0 },                    /* too short */
		{ 8, { 34, 7, 1, 2, 3, 4, 5, 1 }, false, false, 0 },        /* odd */
		{ 8, { 254, 8, 0xf9, 0x88, 1, 2, 3, 4 }, false, false, 0 }, /* another's */
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t hdr[SEA_TCP_HDR_MAX] = { 0 }, opts[40];
		struct sea_tcp_seg seg;

		memcpy(hdr + 20, cases[i].bytes, cases[i].len);
		sea_tcp_parse(hdr, (uint8_t)(20 + cases[i].len), 0, &seg);
		assert_int_equal(seg.opts.has_cookie, cases[i].has);
		if (!cases[i].has)
			continue;
		assert_int_equal(seg.opts.cookie.exp, cases[i].exp);
		assert_int_equal(seg.opts.cookie.len, cases[i].cookie_len);
		assert_int_equal(sea_tcp_opts_put(opts, &seg.opts), cases[i].len);
		assert_memory_equal(opts, cases[i].bytes, cases[i].len);
	}
	(void)state;
}

/* `n` blocks [10 i, 10 i + 5). */
static struct sea_tcp_opts with_sacks(uint8_t n)
{
	struct sea_tcp_opts o = { .n_sack = n };

	for (uint8_t i = 0; i < n; i++) {
		o.sack[i].start = sea_seq_of(10u * i);
		o.sack[i].end = sea_seq_of(10u * i + 5);
	}
	return o;
}

static void established_options_lie_as_in_linux(void **state)
{
	static const uint8_t want[] = { 1, 1, 8, 10, 0, 0, 0, 7, 0, 0, 0, 8,
					1, 1, 5, 10, 0, 0, 0, 0, 0, 0, 0, 5 };
	struct sea_tcp_opts o = with_sacks(1);
	uint8_t opts[40];

	o.has_ts = true;
	o.ts_val = 7;
	o.ts_ecr = 8;
	assert_int_equal(sea_tcp_opts_put(opts, &o), sizeof(want));
	assert_memory_equal(opts, want, sizeof(want));
}

static void three_sack_blocks_fit_beside_a_timestamp(void **state)
{
	struct sea_tcp_opts o = with_sacks(4);
	uint8_t opts[40];

	assert_int_equal(sea_tcp_opts_put(opts, &o), 36);
	assert_int_equal(opts[3], 34);
	o.has_ts = true;
	assert_int_equal(sea_tcp_opts_len(&o), 40);
	assert_int_equal(sea_tcp_opts_put(opts, &o), 40);
	assert_int_equal(opts[15], 26);
}

/* Each option has its whole length, and only zeros stand behind an end of the list. */
static void assert_end_of_list(const uint8_t *opts, size_t len)
{
	size_t at = 0;

	while (at < len && opts[at])
		at += opts[at] == 1 ? 1 : opts[at + 1];
	assert_in_range(at, 0, len);
	for (; at < len; at++)
		assert_int_equal(opts[at], 0);
}

/* RFC9768:3.2.3: kind 172 and 174, whole counters from the front; padding that SACK blocks need anyway is shared. */
static void accurate_ecn_options_lie_as_in_linux(void **state)
{
	static const uint8_t alone[] = { 174, 11, 0, 0, 1, 0xff, 0xff, 0xff, 1, 2, 3, 1 };
	static const uint8_t one[] = { 174, 5, 0, 0, 1, 1, 5, 10, 0, 0, 0, 0, 0, 0, 0, 5 };
	static const uint8_t empty[] = { 174, 2, 5, 10, 0, 0, 0, 0, 0, 0, 0, 5 };
	struct sea_tcp_opts o = with_sacks(0);
	uint8_t opts[40];

	(void)state;
	o.accecn = SEA_TCPOPT_ACCECN1;
	o.n_accecn = 3;
	memcpy(o.accecn_bytes, (const uint32_t[]){ 1, 0xffffff, 0x010203 }, 12);
	assert_int_equal(sea_tcp_opts_put(opts, &o), sizeof(alone));
	assert_memory_equal(opts, alone, sizeof(alone));
	o.sack[0] = with_sacks(1).sack[0];
	o.n_sack = 1;
	o.n_accecn = 1;
	assert_int_equal(sea_tcp_opts_put(opts, &o), sizeof(one));
	assert_memory_equal(opts, one, sizeof(one));
	o.n_accecn = 0;
	assert_int_equal(sea_tcp_opts_put(opts, &o), sizeof(empty));
	assert_memory_equal(opts, empty, sizeof(empty));
}

static void accurate_ecn_options_are_read_back(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 4 * 5 * 4; bits++) {
		struct sea_tcp_opts o = with_sacks((uint8_t)(bits / 16 % 4));
		struct sea_tcp_seg seg;
		uint8_t opts[40];
		size_t len;

		o.accecn = bits & 1 ? SEA_TCPOPT_ACCECN0 : SEA_TCPOPT_ACCECN1;
		o.n_accecn = (uint8_t)(bits / 4 % 4);
		o.has_ts = bits & 2 && o.n_sack < 2;
		for (unsigned i = 0; i < o.n_accecn; i++)
			o.accecn_bytes[i] = 0xabcdef + i;
		len = sea_tcp_opts_put(opts, &o);
		assert_int_equal(len, sea_tcp_opts_len(&o));
		assert_int_equal(len % 4, 0);
		assert_end_of_list(opts, len);
		seg = parse(opts, len);
		assert_int_equal(seg.opts.accecn, o.accecn);
		assert_int_equal(seg.opts.n_accecn, o.n_accecn);
		assert_int_equal(seg.opts.n_sack, o.n_sack);
		assert_memory_equal(seg.opts.accecn_bytes, o.accecn_bytes, 4u * o.n_accecn);
	}
}

/* RFC9768:3.2.3: whole counters count, and what is beyond them is padding. */
static void an_accurate_ecn_option_of_another_length_ends_with_padding(void **state)
{
	static const uint8_t part[] = { 172, 7, 0, 1, 2, 9, 9, 1 };
	static const uint8_t less[] = { 172, 4, 9, 9 };
	static const uint8_t much[] = { 174, 14, 0, 0, 1, 0, 0, 2, 0, 0, 3, 9, 9, 9, 1, 1 };
	struct sea_tcp_seg seg = parse(part, sizeof(part));

	(void)state;
	assert_int_equal(seg.opts.accecn, SEA_TCPOPT_ACCECN0);
	assert_int_equal(seg.opts.n_accecn, 1);
	assert_int_equal(seg.opts.accecn_bytes[0], 0x102);
	seg = parse(less, sizeof(less));
	assert_int_equal(seg.opts.accecn, SEA_TCPOPT_ACCECN0);
	assert_int_equal(seg.opts.n_accecn, 0);
	seg = parse(much, sizeof(much));
	assert_int_equal(seg.opts.n_accecn, SEA_TCP_ACCECN_MAX);
	for (uint32_t i = 0; i < SEA_TCP_ACCECN_MAX; i++)
		assert_int_equal(seg.opts.accecn_bytes[i], i + 1);
}

/* RFC9768:3.1: AE is behind the header's length. */
static void ace_is_three_bits(void **state)
{
	(void)state;
	for (unsigned ace = 0; ace < 8; ace++) {
		const struct sea_tcp_hdr h = { .off = (uint8_t)(0x50 | ace >> 2),
					       .flags = (uint8_t)(ace << 6 | 0x3f) };

		assert_int_equal(sea_tcp_ace(&h), ace);
		assert_int_equal(sea_tcp_hdr_len(&h), 20);
	}
}

/* RFC9293:MUST-69 */
static void every_combination_is_read_back_as_written(void **state)
{
	for (unsigned bits = 0; bits < 16 * 5; bits++) {
		struct sea_tcp_opts o = with_sacks((uint8_t)(bits / 16));
		struct sea_tcp_seg seg = { 0 };
		uint8_t opts[40];
		size_t len;

		o.has_mss = bits & 1;
		o.has_wscale = bits & 2;
		o.has_sack_perm = bits & 4;
		o.has_ts = bits & 8;
		o.mss = o.has_mss ? 1460 : 0;
		o.wscale = o.has_wscale ? 7 : 0;
		o.ts_val = o.has_ts ? 99 : 0;
		memset(opts, 0xff, sizeof(opts));
		len = sea_tcp_opts_put(opts, &o);
		assert_int_equal(len, sea_tcp_opts_len(&o));
		assert_int_equal(len % 4, 0);
		assert_end_of_list(opts, len);
		assert_true(len <= sizeof(opts));
		seg = parse(opts, len);
		assert_true(seg.opts.n_sack <= o.n_sack);
		for (uint8_t i = seg.opts.n_sack; i < o.n_sack; i++)
			o.sack[i] = (struct sea_sack_block){ 0 };
		o.n_sack = seg.opts.n_sack;
		assert_memory_equal(&seg.opts, &o, sizeof(o));
	}
}

/* RFC 2385 §3.0; the first of all options, as Linux writes it. */
static void a_signature_is_found_and_given_room(void **state)
{
	const struct sea_tcp_opts o = { .has_mss = true, .mss = 1460, .sig = 1 };
	uint8_t opts[40] = { 0 };
	struct sea_tcp_seg seg;

	assert_int_equal(sea_tcp_opts_put(opts, &o), 24);
	assert_int_equal(sea_tcp_opts_len(&o), 24);
	assert_memory_equal(opts, ((const uint8_t[]){ 1, 1, 19, 18, 0 }), 5);
	seg = parse(opts, 24);
	assert_int_equal(seg.opts.sig, 24);
	assert_int_equal(seg.opts.mss, 1460);
	seg = parse(opts + 2, 18);
	assert_int_equal(seg.opts.sig, 22);
	opts[3] = 17;
	opts[19] = 1;
	assert_int_equal(parse(opts, 24).opts.sig, SEA_TCP_SIG_BAD);
	(void)state;
}

/* RFC5925:2.2-a; NOPs behind it, where its MAC has an odd length. */
static void an_authentication_option_is_found_and_given_room(void **state)
{
	const struct sea_tcp_opts o = { .has_mss = true, .mss = 1460, .sig = 1, .ao = 14 };
	uint8_t opts[40] = { 0 };
	struct sea_tcp_seg seg;

	assert_int_equal(sea_tcp_opts_put(opts, &o), 20);
	assert_int_equal(sea_tcp_opts_len(&o), 20);
	assert_memory_equal(opts, ((const uint8_t[]){ 29, 14, 0 }), 3);
	assert_memory_equal(opts + 14, ((const uint8_t[]){ 1, 1, 2, 4 }), 4);
	seg = parse(opts, 20);
	assert_int_equal(seg.opts.sig, 22);
	assert_int_equal(seg.opts.ao, 14);
	assert_int_equal(seg.opts.mss, 1460);
	opts[1] = 3; /* no room for its IDs */
	seg = parse(opts, 20);
	assert_int_equal(seg.opts.sig, SEA_TCP_SIG_BAD);
	assert_int_equal(seg.opts.ao, 0);
	(void)state;
}

static void two_signatures_are_none(void **state)
{
	const uint8_t opts[36] = { [0] = 19, [1] = 18, [18] = 19, [19] = 18 };
	const uint8_t both[36] = { [0] = 29, [1] = 16, [16] = 19, [17] = 18 };

	assert_int_equal(parse(opts, sizeof(opts)).opts.sig, SEA_TCP_SIG_BAD);
	assert_int_equal(parse(both, sizeof(both)).opts.sig, SEA_TCP_SIG_BAD);
	assert_int_equal(parse(both, sizeof(both)).opts.ao, 0);
	(void)state;
}

/* RFC9293:3.4 */
static void sequence_numbers_compare_across_the_wrap(void **state)
{
	sea_seq a = sea_seq_of(0xfffffff0), b = sea_seq_add(a, 0x20);

	assert_int_equal(b.v, 0x10);
	assert_true(sea_seq_lt(a, b) && sea_seq_gt(b, a) && sea_seq_le(a, a) && sea_seq_ge(a, a));
	assert_int_equal(sea_seq_diff(b, a), 0x20);
	assert_int_equal(sea_seq_diff(a, b), -0x20);
	assert_true(sea_seq_between(a, sea_seq_of(0), b));
	assert_false(sea_seq_between(a, sea_seq_of(0x11), b));
	assert_true(sea_seq_eq(sea_seq_max(a, b), b));
	assert_true(sea_seq_eq(sea_seq_min(a, b), a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_come_out_in_host_order),
		cmocka_unit_test(header_length_below_five_words_is_none),
		cmocka_unit_test(end_nop_and_mss_are_understood),
		cmocka_unit_test(options_are_read_whatever_the_flags),
		cmocka_unit_test(unknown_options_are_skipped),
		cmocka_unit_test(illegal_lengths_end_the_list),
		cmocka_unit_test(kind_without_room_for_a_length_ends_the_list),
		cmocka_unit_test(known_options_of_wrong_length_are_skipped),
		cmocka_unit_test(window_scale_beyond_14_is_14),
		cmocka_unit_test(mss_of_zero_counts_as_none),
		cmocka_unit_test(options_may_begin_anywhere),
		cmocka_unit_test(last_of_a_repeated_option_counts),
		cmocka_unit_test(sack_blocks_are_read_in_order),
		cmocka_unit_test(timestamp_alone_takes_the_short_way),
		cmocka_unit_test(syn_options_lie_as_in_linux),
		cmocka_unit_test(fast_open_cookies_are_read_and_written),
		cmocka_unit_test(established_options_lie_as_in_linux),
		cmocka_unit_test(three_sack_blocks_fit_beside_a_timestamp),
		cmocka_unit_test(accurate_ecn_options_lie_as_in_linux),
		cmocka_unit_test(accurate_ecn_options_are_read_back),
		cmocka_unit_test(an_accurate_ecn_option_of_another_length_ends_with_padding),
		cmocka_unit_test(ace_is_three_bits),
		cmocka_unit_test(every_combination_is_read_back_as_written),
		cmocka_unit_test(a_signature_is_found_and_given_room),
		cmocka_unit_test(an_authentication_option_is_found_and_given_room),
		cmocka_unit_test(two_signatures_are_none),
		cmocka_unit_test(sequence_numbers_compare_across_the_wrap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
