/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every type and code of ICMP error, about a datagram of a connected UDP socket, with and without
 * IP_RECVERR: what a program is told by the kernel, and what by the stack, is the same. Both have
 * 10.0.0.1 and 2001:db8::1, and this program plays the host 2 behind a tun, or the stack's wire. Started
 * by icmp_errors.sh in a namespace of its own.
 */
#include <stdio.h>
#include <sys/time.h>

#include "tests/netns/icmp_errors.h"

#define PATIENCE_S 120

/* A datagram for `port`: whoever reads it has been told of what came before. */
static size_t make_barrier(uint8_t *frame, uint16_t port)
{
	const struct test_ip ip = { .proto = 17 };
	const struct test_ip6 ip6 = { .proto = 17 };
	uint8_t udp[9] = { 0, PORT, 0, 0, 0, 9, 0, 0, 'x' };
	sea_be16 sum;

	sea_put16(udp + 2, port);
	sum = test_checksum(udp, 9,
			    over6 ? test_pseudo6(test_ip6(TEST_PEER_IP6).b,
						 test_ip6(TEST_OUR_IP6).b, 17, 9)
				  : test_pseudo(test_peer_ip, test_our_ip, 17, 9));
	memcpy(udp + 6, sum.b, 2);
	return over6 ? test_build_ip6(frame, &ip6, udp, 9) : test_build_ip(frame, &ip, udp, 9);
}

/* Is it a UDP packet to PORT of ours? Its source port, or 0. */
static uint16_t port_of(const uint8_t *packet, size_t len)
{
	size_t hdr = over6 ? 40 : 20;

	if (len < hdr + QUOTE || packet[0] >> 4 != (over6 ? 6 : 4) || packet[over6 ? 6 : 9] != 17 ||
	    sea_get16(packet + hdr + 2) != PORT)
		return 0;
	return sea_get16(packet + hdr);
}

/* -- the kernel -- */

/* The datagram that the kernel sent last; its source port. */
static uint16_t kernel_sent(uint8_t packet[2048])
{
	uint16_t port = 0;

	while (!port) {
		ssize_t n = read(tun, packet, 2048);

		assert_true(n > 0);
		port = port_of(packet, (size_t)n);
	}
	return port;
}

static void to_kernel(const uint8_t *frame, size_t len)
{
	assert_int_equal(write(tun, frame + 14, len - 14), (ssize_t)len - 14);
}

/* The errno that a program is told, 0: none. */
static int kernel_tells(uint8_t type, uint8_t code, int recverr)
{
	const struct timeval patience = { .tv_sec = PATIENCE_S };
	uint8_t packet[2048], frame[TEST_FRAME_MAX];
	union name name;
	socklen_t len = peer_name(&name);
	int s = socket(name.sa.sa_family, SOCK_DGRAM, 0), err;
	uint16_t port;

	assert_int_equal(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
	assert_int_equal(setsockopt(s, over6 ? IPPROTO_IPV6 : IPPROTO_IP,
				    over6 ? IPV6_RECVERR : IP_RECVERR, &recverr, sizeof(recverr)),
			 0);
	assert_int_equal(connect(s, &name.sa, len), 0);
	assert_int_equal(send(s, "x", 1, 0), 1);
	port = kernel_sent(packet);
	to_kernel(frame, make_error(frame, packet, type, code));
	to_kernel(frame, make_barrier(frame, port));
	err = recv(s, packet, sizeof(packet), 0) == 1 ? 0 : errno;
	assert_int_not_equal(err, EAGAIN);
	close(s);
	return err;
}

/* -- the stack -- */

static struct test_stack t;

static int stack_tells(uint8_t type, uint8_t code, int recverr)
{
	uint8_t frame[TEST_FRAME_MAX], buf[16];
	union name name;
	socklen_t len = peer_name(&name);
	struct test_frame *f;
	uint16_t port = 0;
	ssize_t n;
	sea_socket s;

	assert_int_equal(sea_socket_new(t.stack, name.sa.sa_family, SOCK_DGRAM, 0, &s, t.now), 0);
	assert_int_equal(test_set_int(&t, s, over6 ? IPPROTO_IPV6 : IPPROTO_IP,
				      over6 ? IPV6_RECVERR : IP_RECVERR, recverr),
			 0);
	assert_int_equal(sea_socket_connect(t.stack, s, &name.sa, len, t.now), 0);
	assert_int_equal(test_send(&t, s, "x"), 1);
	while (!port) {
		f = test_take(&t);
		assert_non_null(f);
		port = port_of(f->bytes + 14, f->len - 14);
	}
	test_inject(&t, frame, make_error(frame, f->bytes + 14, type, code));
	test_inject(&t, frame, make_barrier(frame, port));
	n = test_recvfrom(&t, s, buf, sizeof(buf), 0, NULL);
	test_close(&t, s);
	return n == 1 ? 0 : (int)-n;
}

/* -- both -- */

static unsigned differences;

static void compare(uint8_t type, uint8_t code)
{
	for (int recverr = 0; recverr < 2; recverr++) {
		int theirs = kernel_tells(type, code, recverr);
		int ours = stack_tells(type, code, recverr);

		if (theirs == ours)
			continue;
		differences++;
		print_error("IPv%d type %u code %u%s: the kernel says %s, the stack %s\n",
			    over6 ? 6 : 4, type, code, recverr ? " with RECVERR" : "",
			    strerrorname_np(theirs), strerrorname_np(ours));
	}
}

static int setup(void **state)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_udp };

	(void)state;
	differences = 0;
	test_stack_new6(&t, modules, 3);
	test_know_peer(&t);
	test_know_peer6(&t);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_stack_free(&t);
	return 0;
}

static void each_icmp_error_is_told_as_by_the_kernel(void **state)
{
	(void)state;
	over6 = false;
	assert_int_equal(kernel_tells(3, 3, 0), ECONNREFUSED); /* so it hears us */
	for (uint8_t type = 0; type < 21; type++)
		for (uint8_t code = 0; code < 18; code++)
			compare(type, code);
	compare(255, 0);
	assert_int_equal(differences, 0);
}

static void each_icmpv6_error_is_told_as_by_the_kernel(void **state)
{
	static const uint8_t types[] = {
		0, 1, 2, 3, 4, 5, 6, 99, 100, 101, 126, 127, 144, 200, 255
	};

	(void)state;
	over6 = true;
	assert_int_equal(kernel_tells(1, 4, 0), ECONNREFUSED);
	for (size_t i = 0; i < sizeof(types); i++)
		for (uint8_t code = 0; code < 11; code++)
			compare(types[i], code);
	assert_int_equal(differences, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_icmp_error_is_told_as_by_the_kernel, setup,
						teardown),
		cmocka_unit_test_setup_teardown(each_icmpv6_error_is_told_as_by_the_kernel, setup,
						teardown),
	};

	open_tun();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
