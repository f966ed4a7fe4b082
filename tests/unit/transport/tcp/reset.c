/* SPDX-License-Identifier: Apache-2.0 */
/* Blind attacks and nonsense in every state, as transcripts: RFC 5961, RFC 9293 §3.10.7.4. */
#include "tests/lib/tcp_script.h"

static uint64_t mib(const struct tcp_script *s, enum sea_mib what)
{
	return test_mib(&s->t, what);
}

/* A synchronized state, with what the peer's next number is and what we have sent. */
struct place {
	void (*make)(struct tcp_script *s);
	uint32_t rcv_nxt, snd_nxt;
	int state, err; /* SO_ERROR after a reset */
};

static const struct place places[] = {
	{ script_established, 1, 1, TCP_ESTABLISHED, ECONNRESET },
	{ script_connected, 1, 1, TCP_ESTABLISHED, ECONNRESET },
	{ script_fin_wait_1, 1, 2, TCP_FIN_WAIT1, ECONNRESET },
	{ script_fin_wait_2, 1, 2, TCP_FIN_WAIT2, ECONNRESET },
	{ script_close_wait, 2, 1, TCP_CLOSE_WAIT, EPIPE },
	{ script_last_ack, 2, 2, TCP_LAST_ACK, ECONNRESET },
	{ script_closing, 2, 2, TCP_CLOSING, ECONNRESET },
};

#define EACH(p) \
	for (const struct place *p = places; p < places + sizeof(places) / sizeof(*places); p++)

/* RFC9293:MUST-12: the program learns that it was aborted. */
static void a_reset_at_rcv_nxt_is_obeyed(void **state)
{
	EACH(p)
	{
		struct tcp_script s;

		script_new(&s);
		p->make(&s);
		SEND(&s, "R", p->rcv_nxt, 0, 0);
		NOTHING(&s);
		assert_int_equal(script_state(&s), TCP_CLOSE);
		assert_int_equal(script_get(&s, s.sock, SOL_SOCKET, SO_ERROR), p->err);
		assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_RESET), 1);
		assert_int_equal(script_close(&s), 0);
		script_free(&s);
	}
}

/* Case 5: RFC 5961 §3.2. */
static void a_reset_in_the_window_is_challenged(void **state)
{
	EACH(p)
	{
		struct tcp_script s;

		script_new(&s);
		p->make(&s);
		SEND(&s, "R", p->rcv_nxt + 1, 0, 0);
		EXPECT(&s, "A", p->snd_nxt, p->rcv_nxt, 0);
		assert_int_equal(script_state(&s), p->state);
		assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPChallengeACK), 1);
		script_free(&s);
	}
}

static void a_reset_outside_the_window_is_ignored(void **state)
{
	EACH(p)
	{
		struct tcp_script s;

		script_new(&s);
		p->make(&s);
		SEND(&s, "R", p->rcv_nxt - 1, 0, 0);
		SEND(&s, "R", p->rcv_nxt + 100000, 0, 0);
		NOTHING(&s);
		assert_int_equal(script_state(&s), p->state);
		script_free(&s);
	}
}

/* Case 7: RFC 5961 §4.2. */
static void a_syn_is_challenged_wherever_it_stands(void **state)
{
	EACH(p)
	{
		struct tcp_script s;

		script_new(&s);
		p->make(&s);
		SEND(&s, "S", p->rcv_nxt, 0, 0);
		EXPECT(&s, "A", p->snd_nxt, p->rcv_nxt, 0);
		test_advance(&s.t, 600 * SEA_MSEC);
		test_take_all(&s.t);
		SEND(&s, "S", p->rcv_nxt + 500000, 0, 0);
		EXPECT(&s, "A", p->snd_nxt, p->rcv_nxt, 0);
		assert_int_equal(script_state(&s), p->state);
		assert_int_equal(mib(&s, SEA_MIB_TcpExtTCPSYNChallenge), 2);
		assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_INVALID_SYN), 2);
		script_free(&s);
	}
}

/* Cases 8 and 9: RFC 5961 §5.2. */
static void an_ack_of_what_was_never_sent_is_challenged(void **state)
{
	EACH(p)
	{
		struct tcp_script s;

		script_new(&s);
		p->make(&s);
		SEND(&s, "A", p->rcv_nxt, p->snd_nxt + 1, 10);
		EXPECT(&s, "A", p->snd_nxt, p->rcv_nxt, 0);
		assert_int_equal(script_state(&s), p->state);
		assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_ACK_UNSENT), 1);
		script_free(&s);
	}
}

/* RFC9293:MAY-12 */
static void an_ack_from_long_ago_is_challenged(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	SEND(&s, "PA", 1, 1u - 65536, 10);
	EXPECT(&s, "A", 1, 1, 0);
	assert_int_equal(script_read(&s, 100), -EAGAIN);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_OLD_ACK), 1);
	script_free(&s);
}

/* Case 10. */
static void challenges_are_limited_for_each_connection(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	SEND(&s, "R", 2, 0, 0);
	EXPECT(&s, "A", 1, 1, 0);
	SEND(&s, "R", 3, 0, 0);
	NOTHING(&s);
	test_advance(&s.t, 500 * SEA_MSEC);
	SEND(&s, "R", 4, 0, 0);
	EXPECT(&s, "A", 1, 1, 0);
	script_free(&s);
}

/* RFC 9293 §3.10.7.4, first. */
static void data_outside_the_window_is_acknowledged(void **state)
{
	EACH(p)
	{
		struct tcp_script s;

		script_new(&s);
		p->make(&s);
		SEND(&s, "A", p->rcv_nxt + 500000, p->snd_nxt, 10);
		EXPECT(&s, "A", p->snd_nxt, p->rcv_nxt, 0);
		assert_int_equal(script_state(&s), p->state);
		script_free(&s);
	}
}

static void a_segment_without_ack_is_ignored(void **state)
{
	EACH(p)
	{
		struct tcp_script s;

		script_new(&s);
		p->make(&s);
		SEND(&s, "P", p->rcv_nxt, 0, 10);
		SEND(&s, "F", p->rcv_nxt, 0, 0);
		NOTHING(&s);
		assert_int_equal(script_state(&s), p->state);
		script_free(&s);
	}
}

/* -- case 28: every set of flags in every state -- */

static void listening(struct tcp_script *s)
{
	script_listen(s, 8);
}

static void syn_received(struct tcp_script *s)
{
	script_listen(s, 8);
	SEND(s, "S", 0, 0, 0);
	EXPECT(s, "SA", 0, 1, 0);
}

static void nothing(struct tcp_script *s)
{
	(void)s;
}

static void every_set_of_flags_is_survived_in_every_state(void **state)
{
	static void (*const make[])(struct tcp_script *) = {
		nothing,           listening,          syn_received,
		script_syn_sent,   script_established, script_fin_wait_1,
		script_fin_wait_2, script_close_wait,  script_last_ack,
		script_closing,    script_time_wait,
	};

	for (unsigned i = 0; i < sizeof(make) / sizeof(*make); i++) {
		for (unsigned flags = 0; flags < 64; flags++) {
			static const uint32_t seqs[] = { 0, 1, 2, 5000, 500000, UINT32_MAX };
			struct tcp_script s;
			char text[8] = "";

			script_new(&s);
			make[i](&s);
			for (unsigned f = 0, n = 0; f < 6; f++)
				if (flags & 1u << f)
					text[n++] = "FSRPAU"[f];
			for (unsigned k = 0; k < 6; k++)
				SEND(&s, text, seqs[k], k % 3, k * 7 % 20, .urg = 3);
			test_advance(&s.t, SEA_SEC);
			test_take_all(&s.t);
			script_free(&s);
		}
	}
}

/* A reset never answers a reset, whatever the state. */
static void no_reset_is_answered_with_a_reset(void **state)
{
	static void (*const make[])(struct tcp_script *) = {
		nothing,           listening,          syn_received,
		script_syn_sent,   script_established, script_closing,
		script_fin_wait_2, script_time_wait,
	};

	for (unsigned i = 0; i < sizeof(make) / sizeof(*make); i++) {
		for (unsigned ack = 0; ack < 2; ack++) {
			struct tcp_script s;

			script_new(&s);
			make[i](&s);
			SEND(&s, ack ? "RA" : "R", 1, 77, 0);
			while (script_take(&s))
				assert_false(s.seen.flags & SEA_TCP_RST);
			script_free(&s);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reset_at_rcv_nxt_is_obeyed),
		cmocka_unit_test(a_reset_in_the_window_is_challenged),
		cmocka_unit_test(a_reset_outside_the_window_is_ignored),
		cmocka_unit_test(a_syn_is_challenged_wherever_it_stands),
		cmocka_unit_test(an_ack_of_what_was_never_sent_is_challenged),
		cmocka_unit_test(an_ack_from_long_ago_is_challenged),
		cmocka_unit_test(challenges_are_limited_for_each_connection),
		cmocka_unit_test(data_outside_the_window_is_acknowledged),
		cmocka_unit_test(a_segment_without_ack_is_ignored),
		cmocka_unit_test(every_set_of_flags_is_survived_in_every_state),
		cmocka_unit_test(no_reset_is_answered_with_a_reset),
	};

	return SCRIPT_RUN(tests);
}
