/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/tcp_script.h"
#include "transport/tcp/conn.h"

static int setup(void **state)
{
	struct tcp_script *s = calloc(1, sizeof(*s));

	script_new(s);
	script_listen(s, 8);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	script_free(*state);
	free(*state);
	return 0;
}

/*
 * A frame with them on top would be larger than the path takes, each time that it is sent again.
 * RFC9293:MUST-16
 */
static void sack_blocks_take_their_room_from_the_data_they_ride_on(void **state)
{
	struct tcp_script *s = *state;

	SEND(s, "S", 0, 0, 0, .opts = "mss 1460, sack-ok");
	EXPECT(s, "SA", 0, 1, 0);
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
	SEND(s, "A", 1001, 1, 100);
	EXPECT(s, "A", 1, 1, 0);
	assert_int_equal(s->seen.opts.n_sack, 1);
	assert_int_equal(script_write(s, 4000), 4000);
	EXPECT(s, "A", 1, 1, 1448);
	assert_int_equal(s->seen.opts.n_sack, 1);
	EXPECT(s, "A", 1449, 1, 1448);
	EXPECT(s, "PA", 2897, 1, 1104);
	SEND(s, "A", 1, 4001, 1000);
	EXPECT(s, "A", 4001, 1101, 0);
	assert_int_equal(script_write(s, 1460), 1460);
	EXPECT(s, "PA", 4001, 1101, 1460);
}

/*
 * Of the listener's options a connection has none; its own go out with each segment.
 * RFC1122:4.1.3.2-b
 * RFC9293:MAY-11
 */
static void ip_options_take_their_room_from_the_data(void **state)
{
	static const uint8_t route[7] = { 7, 7, 4 };
	struct tcp_script *s = *state;
	struct test_frame *f;
	sea_time now = s->t.now;

	SCRIPT_ONLY4();
	assert_int_equal(sea_socket_setsockopt(s->t.stack, s->listener, IPPROTO_IP, IP_OPTIONS,
					       route, 7, now),
			 0);
	SEND(s, "S", 0, 0, 0, .opts = "mss 1460");
	EXPECT(s, "SA", 0, 1, 0);
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
	assert_int_equal(script_get(s, s->sock, IPPROTO_TCP, TCP_MAXSEG), 1460);
	assert_int_equal(sea_socket_setsockopt(s->t.stack, s->sock, IPPROTO_IP, IP_OPTIONS, route,
					       7, now),
			 0);
	assert_int_equal(script_get(s, s->sock, IPPROTO_TCP, TCP_MAXSEG), 1452);
	assert_int_equal(script_write(s, 1452), 1452);
	f = test_take(&s->t);
	assert_non_null(f);
	assert_int_equal(f->len, 14 + 28 + 20 + 1452);
	assert_int_equal(f->bytes[14], 0x47);
	assert_memory_equal(f->bytes + 34, "\7\7\10\12\0\0\1\0", 8);
}

/* RFC8200:8.3-a: of a link of 1500 bytes, twenty less than over IPv4. */
static void segments_leave_room_for_forty_bytes(void **state)
{
	struct tcp_script s;

	if (!script_is6())
		skip();
	script_new(&s);
	assert_int_equal(sea_link_set_mtu(s.t.link, 1500, s.t.now), 0);
	script_established(&s);
	assert_int_equal(script_write(&s, 5000), 5000);
	assert_true(script_take(&s));
	assert_int_equal(s.seen.len, 1440);
	script_free(&s);
}

/* Over loopback, once the peer's window lets it: or a writer would be told to wait for ever. */
static void a_super_segment_holds_one_segment_at_least(void **state)
{
	struct tcp_script *s = *state;
	struct tcp_conn *c;

	SEND(s, "S", 0, 0, 0, .opts = "mss 65495");
	EXPECT(s, "SA", 0, 1, 0);
	SEND(s, "A", 1, 1, 0);
	assert_int_equal(script_accept(s), 0);
	c = sea_tcp_conn(sea_sock_get(s->t.stack, s->sock));
	c->max_window = 1u << 20;
	sea_tcp_sync_mss(c, 65535);
	assert_true(c->mss_cache > 65400);
	assert_int_equal(c->gso_max, c->mss_cache);
	assert_true(script_write(s, 1000) == 1000);
	EXPECT(s, "PA", 1, 1, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			sack_blocks_take_their_room_from_the_data_they_ride_on, setup, teardown),
		cmocka_unit_test_setup_teardown(ip_options_take_their_room_from_the_data, setup,
						teardown),
		cmocka_unit_test(segments_leave_room_for_forty_bytes),
		cmocka_unit_test_setup_teardown(a_super_segment_holds_one_segment_at_least, setup,
						teardown),
	};

	return SCRIPT_RUN(tests);
}
