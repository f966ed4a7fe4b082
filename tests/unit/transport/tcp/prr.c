/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "transport/tcp/prr.h"

static struct tcp_recovery rec;

/* One ACK that delivers `delivered`, after which all that cwnd allows is sent; returns how much. */
static uint32_t ack(uint32_t ssthresh, uint32_t *in_flight, uint32_t delivered, bool safe)
{
	uint32_t cwnd = sea_tcp_prr_cwnd(&rec, ssthresh, *in_flight, delivered, safe);
	uint32_t sent = cwnd - *in_flight;

	rec.prr_out += sent;
	*in_flight += sent;
	return sent;
}

/*
 * RFC6937:4, the first example: a window of 20, one segment lost, ssthresh 10 as Reno's. After the
 * third duplicate ACK 16 are in flight; each of the other 16 ACKs takes one out.
 */
static void
one_loss_of_twenty_ends_at_ssthresh_with_sending_spread_over_the_round_trip(void **state)
{
	uint32_t in_flight = 16, sent = 0, most = 0;

	rec = (struct tcp_recovery){ 0 };
	sea_tcp_prr_begin(&rec, 20);
	assert_int_equal(ack(10, &in_flight, 3, false), 2); /* ceil(3 * 10 / 20) */
	for (unsigned i = 0; i < 16; i++) {
		uint32_t n;

		in_flight--;
		n = ack(10, &in_flight, 1, false);
		sent += n;
		most = n > most ? n : most;
	}
	assert_int_equal(most, 1);
	assert_int_equal(sent, 8); /* one for every two */
	assert_int_equal(in_flight, 10);
}

/* RFC6937:4, the second example: 15 of 20 lost. CRB: one out for one delivered. */
static void after_a_burst_of_losses_the_conservative_bound_conserves(void **state)
{
	uint32_t in_flight = 4;

	rec = (struct tcp_recovery){ 0 };
	sea_tcp_prr_begin(&rec, 20);
	for (unsigned i = 0; i < 6; i++) {
		in_flight--;
		assert_int_equal(ack(10, &in_flight, 1, false), 1);
		assert_int_equal(in_flight, 4);
	}
}

/* The same with ACKs that move SND.UNA. SSRB: one more, as slow start, up to ssthresh. */
static void after_a_burst_of_losses_the_slow_start_bound_grows_back_to_ssthresh(void **state)
{
	uint32_t in_flight = 4;

	rec = (struct tcp_recovery){ 0 };
	sea_tcp_prr_begin(&rec, 20);
	for (unsigned i = 0; i < 6; i++) {
		in_flight--;
		assert_int_equal(ack(10, &in_flight, 1, true), 2);
		assert_int_equal(in_flight, 5 + i);
	}
	in_flight--;
	assert_int_equal(ack(10, &in_flight, 1, true), 1);
	assert_int_equal(in_flight, 10);
}

/* RFC6937:3.1: unused opportunities are remembered while below ssthresh, never beyond it. */
static void what_the_program_did_not_send_may_be_sent_later(void **state)
{
	rec = (struct tcp_recovery){ 0 };
	sea_tcp_prr_begin(&rec, 20);
	rec.prr_out = 1;
	rec.prr_delivered = 6;
	assert_int_equal(sea_tcp_prr_cwnd(&rec, 10, 2, 1, false), 2 + 6);
	assert_int_equal(sea_tcp_prr_cwnd(&rec, 10, 9, 1, false), 10);
}

static void the_first_ack_lets_one_segment_out_whatever_the_sums_say(void **state)
{
	rec = (struct tcp_recovery){ 0 };
	sea_tcp_prr_begin(&rec, 100);
	rec.prior_cwnd = 1000000;
	assert_int_equal(sea_tcp_prr_cwnd(&rec, 2, 50, 0, false), 51);
	rec.prr_out = 9;
	assert_int_equal(sea_tcp_prr_cwnd(&rec, 2, 50, 1, false), 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			one_loss_of_twenty_ends_at_ssthresh_with_sending_spread_over_the_round_trip),
		cmocka_unit_test(after_a_burst_of_losses_the_conservative_bound_conserves),
		cmocka_unit_test(
			after_a_burst_of_losses_the_slow_start_bound_grows_back_to_ssthresh),
		cmocka_unit_test(what_the_program_did_not_send_may_be_sent_later),
		cmocka_unit_test(the_first_ack_lets_one_segment_out_whatever_the_sums_say),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
