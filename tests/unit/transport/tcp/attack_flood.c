// SPDX-License-Identifier: Apache-2.0
/*
 * Floods beside an established connection, in virtual time: twenty-five forged segments of one host between any two
 * of its own. It has both directions under way, and must keep its rate, and memory must not grow. What a flood costs in processor
 * time, which virtual time has none of, is measured by tests/bench/floods.
 */
#include "tests/lib/tcp_script.h"

#define ROUNDS 400u /* a millisecond each */
#define FORGED 25u  /* in each */
#define PIECE 1000u

struct flood {
	struct tcp_script s;
	uint64_t random;
	uint32_t got, sent; /* of the connection, after its 1 */
	uint64_t answers;
};

typedef void forge_fn(struct flood *f);

static uint32_t draw(struct flood *f, uint32_t below)
{
	return (uint32_t)(test_random(&f->random) % below);
}

/* -- the floods: one forged segment each -- */

static void syn_of_anybody(struct flood *f)
{
	SEND(&f->s, "S", draw(f, UINT32_MAX), 0, 0, .opts = "mss 1460",
	     .port = (uint16_t)(1024 + draw(f, 60000)));
}

static void ack_of_anybody(struct flood *f)
{
	SEND(&f->s, draw(f, 2) ? "A" : "PA", draw(f, UINT32_MAX), draw(f, UINT32_MAX), 10,
	     .port = (uint16_t)(1024 + draw(f, 60000)));
}

static void anything_outside_of_the_window(struct flood *f)
{
	/* Without data or FIN, or the ACK of each is not limited, on Linux as here. */
	static const char *const flags[] = { "A", "PA", "R", "RA", "S", "SA", "PAU" };
	const uint32_t beyond = 1 + f->got + 100000 + draw(f, UINT32_MAX - 300000);

	SEND(&f->s, flags[draw(f, 7)], beyond, 1 + f->sent, 0);
}

static void data_outside_of_the_window(struct flood *f)
{
	const uint32_t beyond = 1 + f->got + 100000 + draw(f, UINT32_MAX - 300000);

	SEND(&f->s, "PA", beyond, 1 + f->sent, 1 + draw(f, 1000));
}

/* In the window, but a hand away from what counts: resets, SYNs, data with acknowledgments of anything. */
static void blind_injection(struct flood *f)
{
	const uint32_t inside = 1 + f->got + 1 + draw(f, 20000);

	switch (draw(f, 3)) {
	case 0:
		SEND(&f->s, "R", inside, 0, 0);
		break;
	case 1:
		SEND(&f->s, "S", inside, 0, 0);
		break;
	default:
		SEND(&f->s, "PA", 1 + f->got, 1 + f->sent + 1 + draw(f, UINT32_MAX - 200000), 100);
		break;
	}
}

/* -- the connection -- */

/* One piece there and one back, all within this instant. */
static void one_round(struct flood *f)
{
	SEND(&f->s, "PA", 1 + f->got, 1 + f->sent, PIECE);
	f->got += PIECE;
	assert_int_equal(script_read(&f->s, 2 * PIECE), PIECE);
	assert_int_equal(script_write(&f->s, PIECE), PIECE);
	while (script_take(&f->s) && !f->s.seen.len)
		; /* an ACK of its own may go first */
	assert_int_equal(f->s.seen.len, PIECE);
	f->sent += PIECE;
	SEND(&f->s, "A", 1 + f->got, 1 + f->sent, 0);
}

static void count_answers(struct flood *f)
{
	const uint32_t iss = f->s.iss;

	while (script_take(&f->s))
		f->answers++;
	f->s.iss = iss; /* a SYN-ACK to anybody is none of the connection's */
}

/* What was allocated in the end, less what was in the middle. */
static long run_under(struct flood *f, forge_fn *forge)
{
	size_t middle = 0;

	*f = (struct flood){ .random = 7 };
	script_new(&f->s);
	script_established(&f->s);
	for (unsigned i = 0; i < ROUNDS; i++) {
		for (unsigned k = 0; k < FORGED; k++)
			forge(f);
		count_answers(f);
		one_round(f);
		test_advance(&f->s.t, SEA_MSEC);
		count_answers(f);
		if (i == ROUNDS / 2)
			middle = f->s.t.env.live_bytes;
	}
	/* All of its rate, not nine tenths of it. */
	assert_int_equal(f->got, ROUNDS * PIECE);
	assert_int_equal(f->sent, ROUNDS * PIECE);
	return (long)f->s.t.env.live_bytes - (long)middle;
}

static void expect_flat(long grown)
{
	assert_true(grown < 16384);
}

static void a_flood_of_syns_leaves_a_connection_its_rate(void **state)
{
	struct flood f;

	(void)state;
	expect_flat(run_under(&f, syn_of_anybody));
	assert_true(test_mib(&f.s.t, SEA_MIB_TcpExtSyncookiesSent) > ROUNDS * FORGED / 2);
	script_free(&f.s);
}

static void a_flood_of_acks_leaves_a_connection_its_rate(void **state)
{
	struct flood f;

	(void)state;
	expect_flat(run_under(&f, ack_of_anybody));
	assert_true(f.answers <= ROUNDS * FORGED);
	script_free(&f.s);
}

/* RFC 5961 §7: what is answered at all is limited. */
static void segments_outside_the_window_leave_a_connection_its_rate(void **state)
{
	struct flood f;

	(void)state;
	expect_flat(run_under(&f, anything_outside_of_the_window));
	assert_true(f.answers < ROUNDS * FORGED / 20);
	script_free(&f.s);
}

/* Each is answered (RFC 9293 §3.10.7.4), with no more than it was. */
static void data_outside_the_window_leaves_a_connection_its_rate(void **state)
{
	struct flood f;

	(void)state;
	expect_flat(run_under(&f, data_outside_of_the_window));
	assert_true(f.answers <= ROUNDS * (FORGED + 2));
	script_free(&f.s);
}

static void blind_injection_leaves_a_connection_its_rate(void **state)
{
	struct flood f;

	(void)state;
	expect_flat(run_under(&f, blind_injection));
	assert_true(f.answers < ROUNDS * FORGED / 20);
	assert_int_equal(script_state(&f.s), TCP_ESTABLISHED);
	script_free(&f.s);
}

/* RFC3168:6.1.2-c: marks on everything halve a window once a round trip, and leave some of it. */
static void marks_on_everything_leave_a_window(void **state)
{
	struct tcp_script s;
	uint32_t sent = 0, at_once = 0;

	(void)state;
	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "SEC", 0, 0, 0, .opts = "mss 1000");
	EXPECT(&s, "SAE", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	for (unsigned i = 0; i < 200; i++) {
		assert_int_equal(script_write(&s, PIECE), PIECE);
		while (script_take(&s) && !s.seen.len)
			;
		assert_int_equal(s.seen.len, PIECE);
		sent += PIECE;
		test_advance(&s.t, 10 * SEA_MSEC);
		SEND(&s, "AE", 1, 1 + sent, 0);
	}
	assert_int_equal(script_write(&s, 20 * PIECE), 20 * PIECE);
	while (script_take(&s))
		at_once += s.seen.len == PIECE;
	assert_in_range(at_once, 1, 4); /* of the ten that it began with */
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flood_of_syns_leaves_a_connection_its_rate),
		cmocka_unit_test(a_flood_of_acks_leaves_a_connection_its_rate),
		cmocka_unit_test(segments_outside_the_window_leave_a_connection_its_rate),
		cmocka_unit_test(data_outside_the_window_leaves_a_connection_its_rate),
		cmocka_unit_test(blind_injection_leaves_a_connection_its_rate),
		cmocka_unit_test(marks_on_everything_leave_a_window),
	};

	return SCRIPT_RUN(tests);
}
