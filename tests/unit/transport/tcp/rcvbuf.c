/* SPDX-License-Identifier: Apache-2.0 */
/* What received segments cost and what the window becomes; numbers are Linux 6.18's over a tap. */
#include "tests/lib/tcp_script.h"
#include "transport/tcp/conn.h"

static struct tcp_conn *conn(const struct tcp_script *s)
{
	return sea_tcp_conn(sea_sock_get(s->t.stack, s->sock));
}

static uint64_t counted(const struct tcp_script *s, enum sea_mib what)
{
	return test_mib(&s->t, what);
}

static void begin(struct tcp_script *s)
{
	script_new(s);
	script_established(s);
	test_take_all(&s->t);
}

/* 138 bytes fit behind the headers into the smallest piece of memory that Linux has for them. */
static void small_segments_share_memory(void **state)
{
	struct tcp_script s;
	uint32_t seq = 1;

	(void)state;
	begin(&s);
	for (unsigned i = 0; i < 13; i++, seq += 10) {
		SEND(&s, "A", seq, 1, 10);
		assert_int_equal(conn(&s)->sock.rmem_alloc, 832);
	}
	assert_int_equal(counted(&s, SEA_MIB_TcpExtTCPRcvCoalesce), 12);
	SEND(&s, "A", seq, 1, 10);
	assert_int_equal(conn(&s)->sock.rmem_alloc, 2 * 832);
	test_take_all(&s.t);
	assert_int_equal(script_read(&s, 135), 135);
	assert_int_equal(conn(&s)->sock.rmem_alloc, 832);
	assert_int_equal(script_read(&s, 5), 5);
	assert_int_equal(conn(&s)->sock.rmem_alloc, 0);
	test_take_all(&s.t);
	script_free(&s);
}

/* So do those that wait for a gap. */
static void small_segments_out_of_order_share_memory(void **state)
{
	struct tcp_script s;

	(void)state;
	begin(&s);
	for (uint32_t i = 0; i < 13; i++)
		SEND(&s, "A", 101 + 10 * i, 1, 10);
	assert_int_equal(conn(&s)->sock.rmem_alloc, 832);
	SEND(&s, "A", 1, 1, 100);
	assert_int_equal(conn(&s)->sock.rmem_alloc, 2 * 832);
	test_take_all(&s.t);
	assert_int_equal(script_read(&s, 1000), 230);
	assert_int_equal(conn(&s)->sock.rmem_alloc, 0);
	test_take_all(&s.t);
	script_free(&s);
}

/* tcp_app_win: of 65536 bytes one segment is kept back. */
static void the_window_keeps_a_segment_back(void **state)
{
	struct tcp_script s;

	(void)state;
	begin(&s);
	assert_int_equal(conn(&s)->rcv_ssthresh, 65536 - conn(&s)->mss_advertised);
	assert_int_equal(conn(&s)->rcvq_space, 10 * conn(&s)->mss_advertised);
	script_free(&s);
}

/* The share of the buffer that is window follows what a full segment costs: 1000 of 2304 bytes. */
static void a_full_segment_sets_the_ratio(void **state)
{
	struct tcp_script s;

	(void)state;
	begin(&s);
	SEND(&s, "A", 1, 1, 1000);
	assert_int_equal(conn(&s)->scaling_ratio, 1000 * 256 / 2304);
	assert_int_equal(conn(&s)->window_clamp, 131072u * 111 / 256);
	assert_int_equal(conn(&s)->rcv_ssthresh, 131072u * 111 / 256);
	test_take_all(&s.t);
	script_free(&s);
}

/* Every other byte: more than the buffer, which grows with it as long as memory is plenty. */
static void a_buffer_that_was_not_set_grows_before_it_drops(void **state)
{
	struct tcp_script s;

	(void)state;
	begin(&s);
	for (uint32_t i = 0; i < 300; i++)
		SEND(&s, "A", 3 + 2 * i, 1, 1);
	test_take_all(&s.t);
	assert_int_equal(conn(&s)->sock.rmem_alloc, 300 * 832);
	assert_int_equal(conn(&s)->sock.rcvbuf, 299 * 832);
	assert_int_equal(counted(&s, SEA_MIB_TcpExtPruneCalled), 300 - 158);
	assert_int_equal(counted(&s, SEA_MIB_TcpExtOfoPruned), 0);
	script_free(&s);
}

/* One that was set loses what is last, an eighth at a time, to what comes before it. */
static void a_buffer_that_was_set_prunes_the_last(void **state)
{
	struct tcp_script s;

	(void)state;
	begin(&s);
	conn(&s)->sock.flags |= SEA_SOCK_RCVBUF_LOCK;
	for (uint32_t i = 0; i < 160; i++)
		SEND(&s, "A", 101 + 2 * i, 1, 1);
	assert_int_equal(conn(&s)->sock.rmem_alloc, 158 * 832);
	assert_int_equal(counted(&s, SEA_MIB_TcpExtRcvPruned), 2);
	assert_int_equal(counted(&s, SEA_MIB_TcpExtOfoPruned), 0);
	SEND(&s, "A", 50, 1, 1);
	assert_int_equal(counted(&s, SEA_MIB_TcpExtOfoPruned), 1);
	assert_int_equal(conn(&s)->sock.rmem_alloc, (158 - 20 + 1) * 832);
	assert_int_equal(test_drops(&s.t, SEA_DROP_TCP_OOO_PRUNED), 20);
	test_take_all(&s.t);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_segments_share_memory),
		cmocka_unit_test(small_segments_out_of_order_share_memory),
		cmocka_unit_test(the_window_keeps_a_segment_back),
		cmocka_unit_test(a_full_segment_sets_the_ratio),
		cmocka_unit_test(a_buffer_that_was_not_set_grows_before_it_drops),
		cmocka_unit_test(a_buffer_that_was_set_prunes_the_last),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
