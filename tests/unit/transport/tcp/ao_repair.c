/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that sign and are put together of numbers: TCP_AO_REPAIR beside TCP_REPAIR (no-oracle: kernels are built without). */
#include "tests/unit/transport/tcp/ao_peer.h"

static int say(struct tcp_script *s, int name, int v)
{
	return script_set(s, s->sock, IPPROTO_TCP, name, v);
}

static int tell(struct tcp_script *s, sea_socket sock, struct tcp_ao_repair *r, socklen_t len)
{
	return sea_socket_getsockopt(s->t.stack, sock, IPPROTO_TCP, TCP_AO_REPAIR, r, &len,
				     s->t.now);
}

static uint32_t end_of(struct tcp_script *s, int queue)
{
	assert_int_equal(say(s, TCP_REPAIR_QUEUE, queue), 0);
	return (uint32_t)script_get(s, s->sock, IPPROTO_TCP, TCP_QUEUE_SEQ);
}

/* All that is left of a connection when it is taken apart. */
struct numbers {
	uint32_t snd, rcv;
	struct tcp_ao_repair ao;
};

static struct numbers take_apart(struct tcp_script *s)
{
	struct numbers n;

	test_take_all(&s->t);
	assert_int_equal(say(s, TCP_REPAIR, TCP_REPAIR_ON), 0);
	n.snd = end_of(s, TCP_SEND_QUEUE);
	n.rcv = end_of(s, TCP_RECV_QUEUE);
	assert_int_equal(tell(s, s->sock, &n.ao, sizeof(n.ao)), 0);
	assert_int_equal(script_close(s), 0);
	NOTHING(s);
	assert_int_equal(script_listed(s), 0);
	return n;
}

/* But for its first numbers. */
static void put_together(struct tcp_script *s, const struct numbers *n)
{
	const struct tcp_repair_window w = { n->rcv, 20000, 20000, 20000, n->rcv };

	s->sock = script_socket(s);
	assert_int_equal(say(s, TCP_REPAIR, TCP_REPAIR_ON), 0);
	assert_int_equal(say(s, TCP_REPAIR_QUEUE, TCP_SEND_QUEUE), 0);
	assert_int_equal(say(s, TCP_QUEUE_SEQ, (int)n->snd), 0);
	assert_int_equal(say(s, TCP_REPAIR_QUEUE, TCP_RECV_QUEUE), 0);
	assert_int_equal(say(s, TCP_QUEUE_SEQ, (int)n->rcv), 0);
	assert_int_equal(script_bind(s, s->sock, "10.0.0.1", s->lport), 0);
	assert_int_equal(ao_add(s, s->sock, "secret", 100, 200), 0);
	assert_int_equal(script_connect(s, s->sock, "10.0.0.2", s->rport), 0);
	assert_int_equal(ao_set(s, s->sock, TCP_REPAIR_WINDOW, &w, sizeof(w)), 0);
}

static void moved(struct tcp_script *s)
{
	const struct numbers n = take_apart(s);

	put_together(s, &n);
	assert_int_equal(ao_set(s, s->sock, TCP_AO_REPAIR, &n.ao, sizeof(n.ao)), 0);
	assert_int_equal(say(s, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP), 0);
	NOTHING(s);
}

static void a_connection_that_is_moved_signs_as_before(void **state)
{
	struct tcp_script s;

	ao_established(&s);
	SEND(&s, "PA", 1, 1, 100);
	EXPECT(&s, "A", 1, 101, 0);
	assert_int_equal(script_read(&s, 1000), 100);
	moved(&s);
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 1, 101, 10);
	assert_ao(&s, "secret", 100, 200);
	SEND(&s, "PA", 101, 11, 100);
	assert_int_equal(script_read(&s, 1000), 100);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPAOBad), 0);
	script_free(&s);
	(void)state;
}

static void numbers_that_are_extended_are_so_when_it_was_moved(void **state)
{
	uint32_t first = (uint32_t)(0u - 150u - SCRIPT_PEER_ISN);
	struct tcp_ao_repair r;
	struct tcp_script s;

	ao_established_at(&s, first, "mss 1460");
	for (uint32_t n = 0; n < 4; n++)
		SEND(&s, "PA", first + 1 + n * 100, 1, 100);
	assert_int_equal(script_read(&s, 1000), 400);
	moved(&s);
	SEND(&s, "PA", first + 401, 1, 100);
	assert_int_equal(script_read(&s, 1000), 100);
	SEND(&s, "PA", first + 1, 1, 100); /* an old one, from before they wrapped */
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPAOBad), 0);
	assert_int_equal(say(&s, TCP_REPAIR, TCP_REPAIR_ON), 0);
	assert_int_equal(tell(&s, s.sock, &r, sizeof(r)), 0);
	assert_int_equal(sea_be32_get(r.snt_isn), ao_peer.our_isn);
	assert_int_equal(sea_be32_get(r.rcv_isn), ao_peer.isn);
	assert_int_equal(r.snd_sne, 0);
	assert_int_equal(r.rcv_sne, 1);
	script_free(&s);
	(void)state;
}

/* It takes nothing, and so it answers nothing. */
static void without_its_first_numbers_it_is_deaf(void **state)
{
	struct tcp_script s;
	struct numbers n;

	ao_established(&s);
	n = take_apart(&s);
	put_together(&s, &n);
	SEND(&s, "PA", 1, 1, 100);
	NOTHING(&s);
	assert_int_equal(test_mib(&s.t, SEA_MIB_TcpExtTCPAOBad), 1);
	assert_int_equal(ao_set(&s, s.sock, TCP_AO_REPAIR, &n.ao, sizeof(n.ao)), 0);
	SEND(&s, "PA", 1, 1, 100);
	EXPECT(&s, "A", 1, 101, 0);
	assert_ao(&s, "secret", 100, 200);
	script_free(&s);
	(void)state;
}

/* It was put together by somebody who adds its keys at the end; what it is to sign with is what comes first. */
static void in_repair_a_connection_begins_to_sign(void **state)
{
	struct tcp_ao_info_opt info = { .bits = TCP_AO_REQUIRED };
	struct tcp_ao_repair r = { .rcv_isn = sea_be32_of(SCRIPT_PEER_ISN) };
	struct tcp_script s;

	script_new(&s);
	memset(&ao_peer, 0, sizeof(ao_peer));
	script_established(&s);
	ao_peer.our_isn = s.iss;
	ao_peer.isn = SCRIPT_PEER_ISN;
	r.snt_isn = sea_be32_of(s.iss);
	assert_int_equal(say(&s, TCP_REPAIR, TCP_REPAIR_ON), 0);
	assert_int_equal(ao_set(&s, s.sock, TCP_AO_REPAIR, &r, sizeof(r)), -ENOENT);
	assert_int_equal(tell(&s, s.sock, &r, sizeof(r)), -ENOENT);
	assert_int_equal(ao_set(&s, s.sock, TCP_AO_INFO, &info, sizeof(info)), -EINVAL);
	assert_int_equal(ao_add(&s, s.sock, "secret", 100, 200), 0);
	assert_int_equal(ao_add(&s, s.sock, "another", 101, 201), 0);
	info = ao_info(&s, s.sock);
	assert_int_equal(info.bits, TCP_AO_SET_CURRENT | TCP_AO_SET_RNEXT);
	assert_int_equal(info.current_key, 100);
	assert_int_equal(info.rnext, 200);
	assert_int_equal(ao_set(&s, s.sock, TCP_AO_REPAIR, &r, sizeof(r)), 0);
	assert_int_equal(say(&s, TCP_REPAIR, TCP_REPAIR_OFF_NO_WP), 0);
	ao_peer_signs(&s, "secret", 200, 100);
	assert_int_equal(script_write(&s, 10), 10);
	EXPECT(&s, "PA", 1, 1, 10);
	assert_ao(&s, "secret", 100, 200);
	SEND(&s, "PA", 1, 11, 100);
	assert_int_equal(script_read(&s, 1000), 100);
	script_free(&s);
	(void)state;
}

static void numbers_are_for_who_is_in_repair(void **state)
{
	uint8_t longer[sizeof(struct tcp_ao_repair) + 4] = { 0 };
	struct tcp_ao_repair r = { .snd_sne = 7 };
	struct tcp_script s;

	ao_established(&s);
	assert_int_equal(tell(&s, s.listener, &r, sizeof(r)), -EPERM);
	assert_int_equal(ao_set(&s, s.listener, TCP_AO_REPAIR, &r, sizeof(r)), -EPERM);
	assert_int_equal(tell(&s, s.sock, &r, sizeof(r)), -EPERM);
	assert_int_equal(ao_set(&s, s.sock, TCP_AO_REPAIR, &r, sizeof(r)), -EPERM);
	assert_int_equal(ao_set(&s, s.sock, TCP_AO_REPAIR, &r, sizeof(r) - 1), -EINVAL);
	assert_int_equal(say(&s, TCP_REPAIR, TCP_REPAIR_ON), 0);
	assert_int_equal(ao_set(&s, s.sock, TCP_AO_REPAIR, &r, sizeof(r) - 1), -EINVAL);
	assert_int_equal(tell(&s, s.sock, &r, 0), -EINVAL);
	assert_int_equal(tell(&s, s.sock, &r, sizeof(r) - 8), 0);
	assert_int_equal(sea_be32_get(r.snt_isn), s.iss);
	assert_int_equal(r.snd_sne, 7); /* there was no room for it */
	assert_int_equal(tell(&s, s.sock, &r, sizeof(r)), 0);
	assert_int_equal(r.snd_sne, 0);
	memcpy(longer, &r, sizeof(r));
	assert_int_equal(ao_set(&s, s.sock, TCP_AO_REPAIR, longer, sizeof(longer)), 0);
	longer[sizeof(longer) - 1] = 1;
	assert_int_equal(ao_set(&s, s.sock, TCP_AO_REPAIR, longer, sizeof(longer)), -E2BIG);
	script_free(&s);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connection_that_is_moved_signs_as_before),
		cmocka_unit_test(numbers_that_are_extended_are_so_when_it_was_moved),
		cmocka_unit_test(without_its_first_numbers_it_is_deaf),
		cmocka_unit_test(in_repair_a_connection_begins_to_sign),
		cmocka_unit_test(numbers_are_for_who_is_in_repair),
	};

	return SCRIPT_RUN(tests);
}
