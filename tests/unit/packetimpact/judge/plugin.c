/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What packetdrill finds in our library: its table, its clock, its two threads. The test starts itself
 * once more with packetdrill's options, as the library reads them from the command line.
 */
#include "tests/unit/packetimpact/dut/host.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "packetimpact/judge/plugin.h"

static struct sea_pd_table table;

static long long now_us(void)
{
	struct timeval tv;

	assert_int_equal(table.gettimeofday(table.me, &tv, NULL), 0);
	return (long long)tv.tv_sec * 1000000 + tv.tv_usec;
}

static int setup(void **state)
{
	packetdrill_interface_init("", &table);
	return 0;
}

static int teardown(void **state)
{
	table.free(table.me);
	return 0;
}

static void the_clock_moves_when_looked_at_and_slept_on(void **state)
{
	long long at = now_us();

	assert_int_equal(now_us() - at, 1);
	assert_int_equal(table.usleep(table.me, 5000000), 0);
	assert_int_equal(now_us() - at, 5000002);
}

static void descriptors_are_real_ones(void **state)
{
	int fd = table.socket(table.me, AF_INET, SOCK_STREAM, 0), value = -1;
	socklen_t len = sizeof(value);

	assert_true(fcntl(fd, F_GETFD) >= 0);
	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &len), 0);
	assert_int_equal(value, SOCK_STREAM);
	assert_int_equal(close(fd), 0);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
	assert_int_equal(table.close(table.me, fd), -1);
	assert_int_equal(table.listen(table.me, fd, 1), -1);
	assert_int_equal(errno, EBADF);
}

/* The SYN comes, and comes again: waiting for a packet jumps to it. */
static void waiting_for_a_packet_jumps_to_it(void **state)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(80) };
	static uint8_t packet[65536];
	size_t len = sizeof(packet);
	long long first, second;
	int fd = table.socket(table.me, AF_INET, SOCK_STREAM, 0);

	to.sin_addr.s_addr = htonl(0xc0000201);
	assert_int_equal(table.fcntl(table.me, fd, F_SETFL, O_RDWR | O_NONBLOCK), 0);
	assert_int_equal(table.connect(table.me, fd, (struct sockaddr *)&to, sizeof(to)), -1);
	assert_int_equal(errno, EINPROGRESS);
	assert_int_equal(table.netdev_receive(table.me, packet, &len, &first), 0);
	assert_int_equal(packet[0], 0x45);
	len = sizeof(packet);
	assert_int_equal(table.netdev_receive(table.me, packet, &len, &second), 0);
	assert_int_equal(second - first, 1000000);
	len = 1;
	assert_int_equal(table.netdev_receive(table.me, packet, &len, &second), -1);
	assert_int_equal(close(fd), 0);
}

struct reader {
	int fd;
	ssize_t got;
	long long ended;
};

static void *read_one(void *arg)
{
	struct reader *r = arg;
	char byte;

	r->got = table.read(table.me, r->fd, &byte, 1);
	r->ended = now_us();
	return NULL;
}

/* However late the other thread looks at the clock, it sees when its call ended. */
static void a_blocking_call_ends_at_its_own_time(void **state)
{
	struct reader r = { 0 };
	int fds[2];
	pthread_t thread;
	long long at;

	assert_int_equal(table.pipe(table.me, fds), 0);
	r.fd = fds[0];
	assert_int_equal(pthread_create(&thread, NULL, read_one, &r), 0);
	/* A write() that is there before the read() ends it as well. */
	at = now_us();
	assert_int_equal(table.write(table.me, fds[1], "x", 1), 1);
	assert_int_equal(table.usleep(table.me, 7000000), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(r.got, 1);
	assert_true(r.ended == at || r.ended == at + 7000000);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(close(fds[1]), 0);
}

static void poll_and_epoll_take_our_descriptors(void **state)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = 77 };
	struct pollfd pfd = { .events = POLLIN };
	int fds[2], ep = table.epoll_create(table.me, 1);

	assert_int_equal(table.pipe(table.me, fds), 0);
	assert_int_equal(table.epoll_ctl(table.me, ep, EPOLL_CTL_ADD, fds[0], &ev), 0);
	pfd.fd = fds[0];
	assert_int_equal(table.poll(table.me, &pfd, 1, 10), 0);
	assert_int_equal(table.write(table.me, fds[1], "x", 1), 1);
	assert_int_equal(table.poll(table.me, &pfd, 1, -1), 1);
	assert_int_equal(pfd.revents, POLLIN);
	ev.data.u32 = 0;
	assert_int_equal(table.epoll_wait(table.me, ep, &ev, 1, -1), 1);
	assert_int_equal(ev.data.u32, 77);
	assert_int_equal(close(fds[0]), 0);
	assert_int_equal(close(fds[1]), 0);
	assert_int_equal(close(ep), 0);
}

static void the_devices_address_is_the_one_that_was_said(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	int fd = table.socket(table.me, AF_INET, SOCK_DGRAM, 0);

	at.sin_addr.s_addr = htonl(0xc0a80909);
	assert_int_equal(table.bind(table.me, fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(close(fd), 0);
}

int main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_clock_moves_when_looked_at_and_slept_on),
		cmocka_unit_test(descriptors_are_real_ones),
		cmocka_unit_test(waiting_for_a_packet_jumps_to_it),
		cmocka_unit_test(a_blocking_call_ends_at_its_own_time),
		cmocka_unit_test(poll_and_epoll_take_our_descriptors),
		cmocka_unit_test(the_devices_address_is_the_one_that_was_said),
	};

	if (argc == 1) {
		execl("/proc/self/exe", argv[0], "--local_ip=192.168.9.9", (char *)NULL);
		return EXIT_FAILURE;
	}
	return cmocka_run_group_tests(tests, setup, teardown);
}
