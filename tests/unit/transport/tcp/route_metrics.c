/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP obeys what the route says (RTAX_*). The same was seen of Linux 6.18 over a veth with
 * `ip route add 10.5.0.0/16 via … initcwnd 2 …`, tcpdump and ss -i.
 */
#include "core/link.h"
#include "tests/lib/routes.h"
#include "tests/lib/tcp_script.h"
#include "wire/ipv4.h"

#define FAR "10.5.0.1"

static struct tcp_script s;

static int setup(void **state)
{
	script_new(&s);
	return 0;
}

static int teardown(void **state)
{
	script_free(&s);
	return 0;
}

static void route(struct sea_route_metrics metrics)
{
	struct sea_route r = test_route("10.5.0.0/16", "10.0.0.2", NULL);

	r.metrics = metrics;
	assert_int_equal(sea_route_add(s.t.stack, &r, s.t.now), 0);
}

/* Our SYN to the far host; what it offers is in s.seen. */
static void open_far(void)
{
	s.sock = script_socket(&s);
	assert_int_equal(script_connect(&s, s.sock, FAR, SCRIPT_PORT), -EINPROGRESS);
	assert_true(script_take(&s));
	s.iss = s.seen.seq.v;
	s.lport = s.seen.src;
	s.rport = SCRIPT_PORT;
}

static void connect_far(void)
{
	open_far();
	SEND(&s, "SA", 0, 1, 0, .src = FAR, .opts = "mss 1000");
	assert_true(script_take(&s)); /* the ACK */
}

/* How many segments go out before the first is acknowledged. */
static unsigned burst(void)
{
	unsigned n = 0;

	assert_int_equal(script_write(&s, 40000), 40000);
	while (script_take(&s))
		n += s.seen.len ? (s.seen.len + 999) / 1000 : 0;
	return n;
}

static void mss_offered_is_the_routes(void **state)
{
	struct sea_tcp_opts o;

	route((struct sea_route_metrics){ .advmss = 700 });
	open_far();
	o = s.seen.opts;
	assert_true(o.has_mss);
	assert_int_equal(o.mss, 700);
}

static void mss_offered_follows_the_routes_mtu(void **state)
{
	route((struct sea_route_metrics){ .mtu = 1300 });
	open_far();
	assert_int_equal(s.seen.opts.mss, 1260);
}

static void sending_begins_with_the_routes_window(void **state)
{
	route((struct sea_route_metrics){ .initcwnd = 3 });
	connect_far();
	assert_int_equal(burst(), 3);
}

static void without_metrics_sending_begins_with_ten_segments(void **state)
{
	route((struct sea_route_metrics){ 0 });
	connect_far();
	assert_int_equal(burst(), 10);
}

static void first_window_offered_is_the_routes(void **state)
{
	route((struct sea_route_metrics){ .initrwnd = 4 });
	open_far();
	assert_int_equal(s.seen.wnd, 4 * 1460);
}

static void no_larger_window_is_offered_than_the_route_says(void **state)
{
	route((struct sea_route_metrics){ .window = 5000 });
	open_far();
	assert_int_equal(s.seen.wnd, 3 * 1460); /* whole segments */
}

static void passive_side_obeys_the_route_too(void **state)
{
	route((struct sea_route_metrics){ .advmss = 800, .initrwnd = 4, .initcwnd = 2 });
	script_listen(&s, 8);
	SEND(&s, "S", 0, 0, 0, .src = FAR, .opts = "mss 1000");
	assert_true(script_take(&s));
	s.iss = s.seen.seq.v;
	assert_int_equal(s.seen.opts.mss, 800);
	assert_int_equal(s.seen.wnd, 4 * 800);
	SEND(&s, "A", 1, 1, 0, .src = FAR);
	assert_int_equal(script_accept(&s), 0);
	assert_int_equal(burst(), 2);
}

static void quickack_answers_each_segment(void **state)
{
	route((struct sea_route_metrics){ .quickack = true });
	connect_far();
	for (unsigned i = 0; i < 40; i++) { /* far more than the 16 that come at once anyway */
		SEND(&s, "PA", 1 + i * 10, 1, 10, .src = FAR);
		assert_true(script_take(&s));
		assert_int_equal(script_read(&s, 10), 10);
	}
}

static void retransmission_comes_no_sooner_than_the_route_says(void **state)
{
	route((struct sea_route_metrics){ .rto_min_ms = 700 });
	connect_far();
	assert_int_equal(script_write(&s, 10), 10);
	assert_true(script_take(&s));
	SEND(&s, "A", 1, 11, 0, .src = FAR); /* a sample of no time at all */
	assert_int_equal(script_write(&s, 10), 10);
	assert_true(script_take(&s));
	test_advance(&s.t, 690 * SEA_MSEC);
	assert_false(script_take(&s));
	test_advance(&s.t, 20 * SEA_MSEC);
	assert_true(script_take(&s));
}

static void congestion_control_is_the_routes(void **state)
{
	char name[16];
	socklen_t len = sizeof(name);

	route((struct sea_route_metrics){ .congctl = "reno" });
	connect_far();
	assert_int_equal(sea_socket_getsockopt(s.t.stack, s.sock, IPPROTO_TCP, TCP_CONGESTION, name,
					       &len, s.t.now),
			 0);
	assert_string_equal(name, "reno");
}

static void unknown_congestion_control_is_no_route(void **state)
{
	struct sea_route r = test_route("10.5.0.0/16", "10.0.0.2", NULL);

	memcpy(r.metrics.congctl, "vegas", 6);
	assert_int_equal(sea_route_add(s.t.stack, &r, s.t.now), -EINVAL);
}

static void hop_limit_is_the_routes(void **state)
{
	struct test_frame *f;
	const uint8_t *payload;
	size_t len;

	route((struct sea_route_metrics){ .hoplimit = 17 });
	s.sock = script_socket(&s);
	assert_int_equal(script_connect(&s, s.sock, FAR, SCRIPT_PORT), -EINPROGRESS);
	f = test_take(&s.t);
	assert_non_null(f);
	assert_int_equal(test_expect_ip(f, IPPROTO_TCP, &payload, &len)->ttl, 17);
}

/* A locked MTU: what routers tell of the path does not count, and packets may be cut on their way. */
static void locked_mtu_goes_without_df(void **state)
{
	struct test_frame *f;
	const uint8_t *payload;
	size_t len;

	route((struct sea_route_metrics){ .mtu = 1300, .mtu_lock = true });
	s.sock = script_socket(&s);
	assert_int_equal(script_connect(&s, s.sock, FAR, SCRIPT_PORT), -EINPROGRESS);
	f = test_take(&s.t);
	assert_non_null(f);
	assert_int_equal(sea_be16_get(test_expect_ip(f, IPPROTO_TCP, &payload, &len)->frag), 0);
}

/* Metrics are used as long as somebody sends along them, though their route is gone. */
static void metrics_outlive_their_route(void **state)
{
	struct sea_route r = test_route("10.5.0.0/16", NULL, NULL);

	route((struct sea_route_metrics){ .quickack = true, .rto_min_ms = 700 });
	connect_far();
	assert_int_equal(sea_route_del(s.t.stack, &r, s.t.now), 0);
	SEND(&s, "PA", 1, 1, 10, .src = FAR);
	assert_int_equal(script_read(&s, 10), 10);
	r = test_route("10.5.0.0/16", "10.0.0.2", NULL);
	assert_int_equal(sea_route_add(s.t.stack, &r, s.t.now), 0);
	SEND(&s, "PA", 11, 1, 10, .src = FAR);
	assert_int_equal(script_read(&s, 10), 10);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(mss_offered_is_the_routes),
		TEST(mss_offered_follows_the_routes_mtu),
		TEST(sending_begins_with_the_routes_window),
		TEST(without_metrics_sending_begins_with_ten_segments),
		TEST(first_window_offered_is_the_routes),
		TEST(no_larger_window_is_offered_than_the_route_says),
		TEST(passive_side_obeys_the_route_too),
		TEST(quickack_answers_each_segment),
		TEST(retransmission_comes_no_sooner_than_the_route_says),
		TEST(congestion_control_is_the_routes),
		TEST(unknown_congestion_control_is_no_route),
		TEST(hop_limit_is_the_routes),
		TEST(locked_mtu_goes_without_df),
		TEST(metrics_outlive_their_route),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
