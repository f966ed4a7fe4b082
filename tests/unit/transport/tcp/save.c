/* SPDX-License-Identifier: Apache-2.0 */
/* A stack is saved and loaded in the middle of a transcript, which goes on as if nothing had been. */
#include "tests/lib/tcp_script.h"
#include "transport/tcp/conn.h"

#include <seastack/save.h>
#include <seastack/tcp_metrics.h>

#define SAVED_MAX (1u << 22)

struct saved {
	size_t len, at;
	uint8_t bytes[SAVED_MAX];
};

static int put(void *ctx, const void *bytes, size_t len)
{
	struct saved *to = ctx;

	if (to->len + len > SAVED_MAX)
		return -ENOSPC;
	memcpy(to->bytes + to->len, bytes, len);
	to->len += len;
	return 0;
}

static int get(void *ctx, void *bytes, size_t len)
{
	struct saved *from = ctx;

	if (from->at + len > from->len)
		return -EIO;
	memcpy(bytes, from->bytes + from->at, len);
	from->at += len;
	return 0;
}

static struct saved first, second;
static const struct sea_module *const modules[] = { &sea_ipv4, &sea_tcp };
static const struct sea_module *const modules6[] = { &sea_ipv4, &sea_ipv6, &sea_tcp };

static int load(struct tcp_script *s, struct saved *from)
{
	from->at = 0;
	return sea_stack_load(NULL, &s->t.env.env, script_is6() ? modules6 : modules,
			      script_is6() ? 3 : 2, false, get, from, &s->t.stack);
}

/* Where TCP's part begins. */
static const uint8_t *section(const struct saved *saved, size_t *len)
{
	const uint8_t *at = memmem(saved->bytes, saved->len, "TCP ", 4);

	assert_non_null(at);
	*len = saved->len - (size_t)(at - saved->bytes);
	return at;
}

/* The stack is another one afterwards; what it would save of TCP is what it was made of. */
static void save_and_load(struct tcp_script *s)
{
	const uint8_t *before, *after;
	size_t before_len, after_len;

	first.len = second.len = 0;
	assert_int_equal(sea_stack_save(s->t.stack, put, &first), 0);
	sea_stack_free(s->t.stack);
	assert_int_equal(s->t.env.live, 0);
	assert_int_equal(load(s, &first), 0);
	s->t.link = sea_link_by_index(s->t.stack, 2);
	assert_non_null(s->t.link);
	assert_int_equal(sea_stack_save(s->t.stack, put, &second), 0);
	before = section(&first, &before_len);
	after = section(&second, &after_len);
	assert_int_equal(before_len, after_len);
	assert_memory_equal(before, after, before_len);
}

static void data_goes_on_both_ways(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	SEND(&s, "PA", 1, 1, 100);
	SEND(&s, "A", 201, 1, 100); /* a gap */
	assert_int_equal(script_write(&s, 3000), 3000);
	test_take_all(&s.t);
	save_and_load(&s);
	SEND(&s, "A", 101, 1, 100);
	assert_int_equal(script_read(&s, 1000), 300);
	test_take_all(&s.t);
	SEND(&s, "A", 301, 1461, 0);
	test_advance(&s.t, 3 * SEA_SEC);
	while (script_take(&s) && !s.seen.len)
		;
	assert_int_equal(s.seen.seq.v - s.iss, 1461);
	assert_int_equal(s.seen.len, 1460);
	test_take_all(&s.t);
	script_free(&s);
}

/* In the midst of what it learns of the path: what it is next is what it would have been. */
static void a_model_of_the_path_goes_on(void **state)
{
	struct tcp_script s;
	uint32_t cwnd;
	uint64_t rate;

	script_new(&s);
	script_established(&s);
	assert_int_equal(sea_socket_setsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_CONGESTION,
					       "bbr", 3, s.t.now),
			 0);
	assert_int_equal(script_write(&s, 14600), 14600);
	test_take_all(&s.t);
	test_advance(&s.t, 50 * SEA_MSEC);
	SEND(&s, "A", 1, 1461, 0);
	cwnd = sea_tcp_conn(sea_sock_get(s.t.stack, s.sock))->cc.cwnd;
	rate = sea_tcp_pacing_rate(sea_tcp_conn(sea_sock_get(s.t.stack, s.sock)));
	save_and_load(&s);
	assert_int_equal(sea_tcp_conn(sea_sock_get(s.t.stack, s.sock))->cc.cwnd, cwnd);
	assert_int_equal(sea_tcp_pacing_rate(sea_tcp_conn(sea_sock_get(s.t.stack, s.sock))), rate);
	SEND(&s, "A", 1, 14601, 0);
	assert_int_equal(sea_tcp_conn(sea_sock_get(s.t.stack, s.sock))->cc.cwnd, cwnd + 9);
	script_free(&s);
}

/* Had they come the other way round they would be one packet by now. */
static void what_came_backwards_out_of_order_stays_apart(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	for (uint32_t seq = 110; seq > 100; seq--)
		SEND(&s, "A", seq, 1, 1);
	test_take_all(&s.t);
	save_and_load(&s);
	SEND(&s, "PA", 1, 1, 100);
	assert_int_equal(script_read(&s, 1000), 110);
	test_take_all(&s.t);
	script_free(&s);
}

/* The search for the path's MTU goes on where it was: the probe that is out is still one. */
static void a_probe_of_the_mtu_is_still_one(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_sysctl(&s, "net.ipv4.tcp_mtu_probing", "2");
	script_connected(&s);
	for (unsigned i = 0; i < 2; i++) { /* the window has to be eleven segments */
		assert_int_equal(script_write(&s, 8000), 8000);
		test_take_all(&s.t);
		SEND(&s, "A", 1, 8001 + i * 8000, 0);
	}
	assert_int_equal(script_write(&s, 8000), 8000);
	assert_true(script_take(&s));
	assert_true((int)s.seen.len > script_get(&s, s.sock, IPPROTO_TCP, TCP_MAXSEG));
	test_take_all(&s.t);
	save_and_load(&s);
	SEND(&s, "A", 1, 24001, 0);
	assert_int_equal(script_get(&s, s.sock, IPPROTO_TCP, TCP_MAXSEG), (int)s.seen.len);
	assert_true(test_mib(&s.t, SEA_MIB_TcpExtTCPMTUPSuccess) >= 1);
	script_free(&s);
	(void)state;
}

static void what_is_remembered_of_peers_stays(void **state)
{
	const struct sea_addr peer = test_addr(script_is6() ? "2001:db8::2" : "10.0.0.2");
	struct sea_tcp_metrics before = { .size = sizeof(before) }, after = before;
	struct tcp_script s;

	script_new(&s);
	script_time_wait(&s);
	assert_int_equal(sea_tcp_metrics_get(s.t.stack, &peer, NULL, &before), 0);
	save_and_load(&s);
	assert_int_equal(sea_tcp_metrics_get(s.t.stack, &peer, NULL, &after), 0);
	assert_int_equal(after.age_ns, before.age_ns);
	assert_int_equal(after.cwnd, before.cwnd);
	assert_int_equal(after.rtt_us, before.rtt_us);
	assert_int_equal(after.rttvar_us, before.rttvar_us);
	assert_memory_equal(after.dst.b, peer.b, sizeof(peer.b));
	script_free(&s);
	(void)state;
}

static void a_handshake_goes_on(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1400, wscale 3");
	EXPECT(&s, "SA", 0, 1, 0);
	save_and_load(&s);
	test_advance(&s.t, SEA_SEC);
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0);
	save_and_load(&s); /* now it waits to be accepted */
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	assert_int_equal(script_get(&s, s.sock, IPPROTO_TCP, TCP_MAXSEG), 1400);
	script_free(&s);
}

static void an_active_open_goes_on(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_syn_sent(&s);
	save_and_load(&s);
	test_advance(&s.t, SEA_SEC);
	EXPECT(&s, "S", 0, 0, 0);
	SEND(&s, "SA", 0, 1, 0);
	EXPECT(&s, "A", 1, 1, 0);
	assert_int_equal(script_connect(&s, s.sock, "10.0.0.2", 80), 0);
	script_free(&s);
}

static void an_orphan_and_its_time_wait_go_on(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	assert_int_equal(script_close(&s), 0);
	EXPECT(&s, "FA", 1, 1, 0);
	save_and_load(&s);
	assert_int_equal(script_listed(&s), TCP_FIN_WAIT1);
	SEND(&s, "FA", 1, 2, 0);
	EXPECT(&s, "A", 2, 2, 0);
	test_advance(&s.t, 10 * SEA_SEC);
	save_and_load(&s);
	assert_int_equal(script_listed(&s), TCP_TIME_WAIT);
	SEND(&s, "FA", 1, 2, 0);
	EXPECT(&s, "A", 2, 2, 0);
	test_advance(&s.t, 60 * SEA_SEC);
	assert_int_equal(script_listed(&s), 0);
	script_free(&s);
}

static void every_state_is_loaded_as_it_was(void **state)
{
	static void (*const make[])(struct tcp_script *) = {
		script_established, script_connected, script_fin_wait_1, script_fin_wait_2,
		script_close_wait,  script_last_ack,  script_closing,    script_time_wait,
	};

	for (unsigned i = 0; i < sizeof(make) / sizeof(*make); i++) {
		struct tcp_script s;
		int was, listed;

		script_new(&s);
		make[i](&s);
		was = script_state(&s);
		listed = script_listed(&s);
		save_and_load(&s);
		assert_int_equal(script_state(&s), was);
		assert_int_equal(script_listed(&s), listed);
		assert_int_equal(script_close(&s), 0);
		test_take_all(&s.t);
		script_free(&s);
	}
}

/* Cut off anywhere: refused, and nothing is left behind. */
static void what_is_damaged_is_refused(void **state)
{
	struct tcp_script s;

	script_new(&s);
	script_established(&s);
	SEND(&s, "PA", 1, 1, 100);
	assert_int_equal(script_write(&s, 3000), 3000);
	test_take_all(&s.t);
	first.len = 0;
	assert_int_equal(sea_stack_save(s.t.stack, put, &first), 0);
	script_free(&s);
	for (size_t len = 0, whole = first.len; len < whole; len += 61) {
		first.len = len;
		assert_int_not_equal(load(&s, &first), 0);
		assert_int_equal(s.t.env.live, 0);
		first.len = whole;
	}
}

/* RFC 7413: its child reads and writes before the handshake is over. */
static void a_child_of_fast_open_goes_on(void **state)
{
	struct tcp_script s;
	uint32_t iss;

	script_new(&s);
	assert_int_equal(sea_sysctl_set(s.t.stack, "net.ipv4.tcp_fastopen", "0x203", s.t.now), 0);
	script_listen(&s, 8);
	assert_int_equal(script_set(&s, s.listener, IPPROTO_TCP, TCP_FASTOPEN, 1), 0);
	SEND(&s, "S", 0, 0, 10, .opts = "mss 1400");
	EXPECT(&s, "SA", 0, 11, 0);
	save_and_load(&s);
	test_advance(&s.t, SEA_SEC);
	EXPECT(&s, "SA", 0, 11, 0);
	iss = s.iss;
	SEND(&s, "S", 0, 0, 10, .port = 999, .opts = "mss 1400"); /* the queue is full */
	EXPECT(&s, "SA", 0, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(script_read(&s, 100), 10);
	save_and_load(&s);
	s.iss = iss;
	SEND(&s, "A", 11, 1, 0);
	assert_int_equal(script_state(&s), TCP_ESTABLISHED);
	SEND(&s, "S", 0, 0, 10, .port = 998, .opts = "mss 1400"); /* there is room again */
	EXPECT(&s, "SA", 0, 11, 0);
	script_free(&s);
}

/* A connection with a round trip of 100 ms, past the segments that are never paced. */
static void paced(struct tcp_script *s)
{
	script_new(s);
	script_listen(s, 8);
	SEND(s, "S", 0, 0, 0, .opts = "mss 1460, sack-ok");
	EXPECT(s, "SA", 0, 1, 0);
	test_advance(&s->t, 100 * SEA_MSEC);
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
	assert_int_equal(script_set(s, s->sock, SOL_SOCKET, SO_SNDBUF, 1 << 20), 0);
	assert_int_equal(script_set(s, s->sock, SOL_SOCKET, SO_MAX_PACING_RATE, 146000), 0);
	assert_int_equal(script_write(s, 14600), 14600);
	while (test_take_all(&s->t))
		test_advance(&s->t, 0);
	test_advance(&s->t, 100 * SEA_MSEC);
	SEND(s, "A", 1, 14601, 0);
}

/* Two segments each 20 ms, the first of which have half of that as credit. */
static void what_is_paced_leaves_when_it_would_have(void **state)
{
	struct tcp_script s;

	(void)state;
	if (script_is6())
		return;
	paced(&s);
	assert_int_equal(script_write(&s, 14600), 14600);
	assert_int_equal(test_take_all(&s.t), 2);
	save_and_load(&s);
	test_advance(&s.t, 10 * SEA_MSEC - 1);
	assert_int_equal(test_take_all(&s.t), 0);
	test_advance(&s.t, 1);
	assert_int_equal(test_take_all(&s.t), 2);
	save_and_load(&s);
	test_advance(&s.t, 20 * SEA_MSEC - 1);
	assert_int_equal(test_take_all(&s.t), 0);
	test_advance(&s.t, 1);
	assert_int_equal(test_take_all(&s.t), 2);
	script_free(&s);
}

static void compressed_acks_go_when_they_would_have(void **state)
{
	struct tcp_script s;

	(void)state;
	script_new(&s);
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .opts = "mss 1460, sack-ok");
	EXPECT(&s, "SA", 0, 1, 0);
	SEND(&s, "A", 1, 1, 0);
	assert_int_equal(script_accept(&s), 0);
	for (uint32_t i = 1; i <= 8; i++)
		SEND(&s, "A", 1 + i * 1000, 1, 1000);
	assert_int_equal(test_take_all(&s.t), 3);
	save_and_load(&s);
	test_advance(&s.t, 100 * SEA_USEC - 1);
	assert_int_equal(test_take_all(&s.t), 0);
	test_advance(&s.t, 1);
	assert_int_equal(test_take_all(&s.t), 1);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPAckCompressed), 4);
	script_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(data_goes_on_both_ways),
		cmocka_unit_test(a_model_of_the_path_goes_on),
		cmocka_unit_test(what_came_backwards_out_of_order_stays_apart),
		cmocka_unit_test(a_probe_of_the_mtu_is_still_one),
		cmocka_unit_test(what_is_remembered_of_peers_stays),
		cmocka_unit_test(a_handshake_goes_on),
		cmocka_unit_test(a_child_of_fast_open_goes_on),
		cmocka_unit_test(an_active_open_goes_on),
		cmocka_unit_test(an_orphan_and_its_time_wait_go_on),
		cmocka_unit_test(every_state_is_loaded_as_it_was),
		cmocka_unit_test(what_is_paced_leaves_when_it_would_have),
		cmocka_unit_test(compressed_acks_go_when_they_would_have),
		cmocka_unit_test(what_is_damaged_is_refused),
	};

	return SCRIPT_RUN(tests);
}
