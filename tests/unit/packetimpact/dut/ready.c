/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for readiness in virtual time: whom a wake-up reaches, and when it gives up. */
#include "tests/unit/packetimpact/dut/host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>

static long watch(struct host *h, long fd, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.u32 = 1 };
	long ep = sys(h, SEA_DUT_epoll_create1, 0);

	assert_int_equal(sys(h, SEA_DUT_epoll_ctl, ep, EPOLL_CTL_ADD, fd, &ev), 0);
	return ep;
}

static void poll_gives_up_when_its_time_is_over(void **state)
{
	struct host h;
	struct pollfd pfd = { .events = POLLIN };
	struct timespec ts = { 0, 1 };
	struct sea_dut_call call;

	host_new(&h);
	pfd.fd = (int)host_connection(&h);
	begin(&h, &call, SEA_DUT_poll, &pfd, 1, 250);
	assert_false(call.done);
	assert_int_equal(sea_dut_run(h.dut, SEA_TIME_NEVER, SEA_DUT_STOP_CALL), SEA_DUT_STOP_CALL);
	assert_int_equal(call.ended.ns - call.began.ns, 250 * SEA_MSEC);
	assert_int_equal(call.result, 0);
	begin(&h, &call, SEA_DUT_ppoll, &pfd, 1, &ts, NULL);
	assert_int_equal(sea_dut_run(h.dut, SEA_TIME_NEVER, SEA_DUT_STOP_CALL), SEA_DUT_STOP_CALL);
	assert_int_equal(call.ended.ns - call.began.ns, 1);
	host_end(&h);
}

static void poll_wakes_for_what_it_asked(void **state)
{
	struct host h;
	struct pollfd pfd = { .events = POLLRDHUP };
	struct sea_dut_call call;

	host_new(&h);
	pfd.fd = (int)host_connection(&h);
	begin(&h, &call, SEA_DUT_poll, &pfd, 1, -1);
	peer_send(&h, SEA_TCP_ACK, 10);
	assert_false(call.done);
	peer_send(&h, SEA_TCP_FIN | SEA_TCP_ACK, 0);
	assert_true(call.done);
	assert_int_equal(call.result, 1);
	assert_int_equal(pfd.revents, POLLRDHUP);
	host_end(&h);
}

static void select_writes_its_sets_when_it_ends(void **state)
{
	struct host h;
	struct timeval tv = { 1, 500000 };
	struct sea_dut_call call;
	fd_set in;
	int fd;

	host_new(&h);
	fd = (int)host_connection(&h);
	FD_ZERO(&in);
	FD_SET(fd, &in);
	begin(&h, &call, SEA_DUT_select, fd + 1, &in, NULL, NULL, &tv);
	assert_false(call.done);
	assert_true(FD_ISSET(fd, &in));
	assert_int_equal(sea_dut_run(h.dut, SEA_TIME_NEVER, SEA_DUT_STOP_CALL), SEA_DUT_STOP_CALL);
	assert_int_equal(call.ended.ns - call.began.ns, 1500 * SEA_MSEC);
	assert_false(FD_ISSET(fd, &in));
	FD_SET(fd, &in);
	begin(&h, &call, SEA_DUT_select, fd + 1, &in, NULL, NULL, NULL);
	peer_send(&h, SEA_TCP_ACK, 10);
	assert_true(call.done);
	assert_int_equal(call.result, 1);
	assert_true(FD_ISSET(fd, &in));
	host_end(&h);
}

static void epoll_wait_waits(void **state)
{
	struct host h;
	struct epoll_event ev = { 0 };
	struct sea_dut_call call;
	long ep;

	host_new(&h);
	ep = watch(&h, host_connection(&h), EPOLLIN | EPOLLET);
	begin(&h, &call, SEA_DUT_epoll_wait, ep, &ev, 1, 100);
	assert_int_equal(sea_dut_run(h.dut, SEA_TIME_NEVER, SEA_DUT_STOP_CALL), SEA_DUT_STOP_CALL);
	assert_int_equal(call.ended.ns - call.began.ns, 100 * SEA_MSEC);
	assert_int_equal(call.result, 0);
	begin(&h, &call, SEA_DUT_epoll_wait, ep, &ev, 1, -1);
	peer_send(&h, SEA_TCP_ACK, 10);
	assert_true(call.done);
	assert_int_equal(call.result, 1);
	assert_int_equal(ev.events, EPOLLIN);
	begin(&h, &call, SEA_DUT_epoll_wait, ep, &ev, 1, -1);
	sea_dut_interrupt(h.dut, &call);
	assert_int_equal(call.result, -EINTR);
	host_end(&h);
}

/* Two programs wait in epolls of their own for one listener. */
static void wait_in_two(struct host *h, uint32_t flags, struct sea_dut_call *one,
			struct sea_dut_call *two)
{
	static struct epoll_event ev[2];
	long listener = host_listen(h, 0);
	long first = watch(h, listener, EPOLLIN | flags);
	long second = watch(h, listener, EPOLLIN | flags);

	begin(h, one, SEA_DUT_epoll_wait, first, &ev[0], 1, -1);
	begin(h, two, SEA_DUT_epoll_wait, second, &ev[1], 1, -1);
	peer_connect(h);
}

static void an_arrival_wakes_all_epolls(void **state)
{
	struct host h;
	struct sea_dut_call one, two;

	host_new(&h);
	wait_in_two(&h, 0, &one, &two);
	assert_true(one.done);
	assert_true(two.done);
	host_end(&h);
}

static void an_exclusive_arrival_wakes_one_epoll(void **state)
{
	struct host h;
	struct sea_dut_call one, two;

	host_new(&h);
	wait_in_two(&h, EPOLLEXCLUSIVE, &one, &two);
	assert_true(one.done);
	assert_false(two.done);
	host_end(&h);
}

static void one_connection_ends_one_of_two_accepts(void **state)
{
	struct host h;
	struct sea_dut_call one, two;
	long listener;

	host_new(&h);
	listener = host_listen(&h, 0);
	begin(&h, &one, SEA_DUT_accept, listener, NULL, NULL);
	begin(&h, &two, SEA_DUT_accept, listener, NULL, NULL);
	peer_connect(&h);
	assert_true(one.done);
	assert_false(two.done);
	host_end(&h);
}

static void a_pipe_wakes_its_other_end(void **state)
{
	static char buf[100000];
	struct host h;
	struct sea_dut_call call;
	int p[2];

	host_new(&h);
	assert_int_equal(sys(&h, SEA_DUT_pipe, p), 0);
	begin(&h, &call, SEA_DUT_read, p[0], buf, 10);
	assert_false(call.done);
	assert_int_equal(sys(&h, SEA_DUT_write, p[1], "abc", 3), 3);
	assert_int_equal(call.result, 3);
	begin(&h, &call, SEA_DUT_write, p[1], buf, 100000);
	assert_false(call.done);
	assert_int_equal(sys(&h, SEA_DUT_read, p[0], buf, 40000), 40000);
	assert_int_equal(sys(&h, SEA_DUT_read, p[0], buf, 50000), 50000);
	assert_true(call.done);
	assert_int_equal(call.result, 100000);
	begin(&h, &call, SEA_DUT_write, p[1], buf, 100000);
	sea_dut_interrupt(h.dut, &call);
	assert_true(call.result > 0);
	begin(&h, &call, SEA_DUT_write, p[1], buf, 100000);
	assert_int_equal(sys(&h, SEA_DUT_close, p[0]), 0);
	assert_int_equal(call.result, -EPIPE);
	host_end(&h);
}

/* A file that is closed leaves the epolls that watch it. */
static void a_closed_file_is_watched_no_more(void **state)
{
	struct host h;
	struct epoll_event ev;
	int p[2];
	long ep, copy;

	host_new(&h);
	assert_int_equal(sys(&h, SEA_DUT_pipe, p), 0);
	copy = sys(&h, SEA_DUT_dup, p[0]);
	ep = watch(&h, p[0], EPOLLIN);
	assert_int_equal(sys(&h, SEA_DUT_write, p[1], "x", 1), 1);
	assert_int_equal(sys(&h, SEA_DUT_close, p[0]), 0);
	assert_int_equal(sys(&h, SEA_DUT_epoll_wait, ep, &ev, 1, 0), 1);
	assert_int_equal(sys(&h, SEA_DUT_close, copy), 0);
	assert_int_equal(sys(&h, SEA_DUT_epoll_wait, ep, &ev, 1, 0), 0);
	host_end(&h);
}

static void epolls_do_not_watch_in_circles(void **state)
{
	struct host h;
	struct epoll_event ev = { .events = EPOLLIN };
	long ep[7];

	host_new(&h);
	for (int i = 0; i < 7; i++)
		ep[i] = sys(&h, SEA_DUT_epoll_create1, 0);
	assert_int_equal(sys(&h, SEA_DUT_epoll_ctl, ep[0], EPOLL_CTL_ADD, ep[1], &ev), 0);
	assert_int_equal(sys(&h, SEA_DUT_epoll_ctl, ep[1], EPOLL_CTL_ADD, ep[2], &ev), 0);
	assert_int_equal(sys(&h, SEA_DUT_epoll_ctl, ep[2], EPOLL_CTL_ADD, ep[0], &ev), -ELOOP);
	host_end(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(poll_gives_up_when_its_time_is_over),
		cmocka_unit_test(poll_wakes_for_what_it_asked),
		cmocka_unit_test(select_writes_its_sets_when_it_ends),
		cmocka_unit_test(epoll_wait_waits),
		cmocka_unit_test(an_arrival_wakes_all_epolls),
		cmocka_unit_test(an_exclusive_arrival_wakes_one_epoll),
		cmocka_unit_test(one_connection_ends_one_of_two_accepts),
		cmocka_unit_test(a_pipe_wakes_its_other_end),
		cmocka_unit_test(a_closed_file_is_watched_no_more),
		cmocka_unit_test(epolls_do_not_watch_in_circles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
