/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets in /proc/net, line by line as on Linux 6.18, and while they come and go. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/socket.h>

#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/procnet.h>
#include <seastack/socket.h>
#include <seastack/stack.h>

#include "tests/lib/env.h"

#define MANY 200
#define BASE 2000 /* of ports */
#define TEXT_MAX 65536
#define HERE "0100007F:"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_tcp, &sea_udp,
						    &sea_ping };

static struct fixture {
	struct test_env env;
	struct sea_stack *stack;
	sea_time now;
	char text[TEXT_MAX];
} f;

static int setup(void **state)
{
	(void)state;
	memset(&f, 0, sizeof(f));
	f.now = (sea_time){ SEA_SEC };
	test_env_init(&f.env);
	return sea_stack_new(NULL, &f.env.env, modules, 5, &f.stack);
}

static int teardown(void **state)
{
	(void)state;
	sea_stack_free(f.stack);
	assert_int_equal(f.env.live, 0);
	return 0;
}

static void settle(unsigned ms)
{
	for (unsigned i = 0; i < ms; i++) {
		sea_stack_advance(f.stack, f.now);
		f.now.ns += SEA_MSEC;
	}
}

static sea_socket bound(int type, int protocol, uint16_t port)
{
	const struct sockaddr_in in = { .sin_family = AF_INET,
					.sin_port = htons(port),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	sea_socket s;

	assert_int_equal(sea_socket_new(f.stack, AF_INET, type, protocol, &s, f.now), 0);
	assert_int_equal(sea_socket_bind(f.stack, s, (const void *)&in, sizeof(in), f.now), 0);
	return s;
}

static int connect_to(sea_socket s, uint16_t port)
{
	const struct sockaddr_in in = { .sin_family = AF_INET,
					.sin_port = htons(port),
					.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };

	return sea_socket_connect(f.stack, s, (const void *)&in, sizeof(in), f.now);
}

static void read_file(const char *name)
{
	struct sea_procnet_reader reader = { .size = sizeof(reader) };
	int64_t n;
	size_t at = 0;

	assert_int_equal(sea_procnet_open(f.stack, name, &reader), 0);
	while ((n = sea_procnet_read(f.stack, &reader, f.text + at, 300, at, f.now)) > 0) {
		at += (size_t)n;
		assert_true(at < TEXT_MAX - 300);
	}
	assert_int_equal(n, 0);
	f.text[at] = '\0';
}

static void all_lines_are_so_wide(size_t width)
{
	for (const char *line = f.text; *line; line += width + 1)
		assert_int_equal(strcspn(line, "\n"), width);
}

static void has(const char *line)
{
	if (!strstr(f.text, line))
		print_message("not \"%s\" in:\n%s\n", line, f.text);
	assert_non_null(strstr(f.text, line));
}

static void a_connection_is_shown_from_syn_to_time_wait(void **state)
{
	sea_socket door = bound(SOCK_STREAM, 0, 8000), one = bound(SOCK_STREAM, 0, 8001), two;

	(void)state;
	read_file("tcp"); /* bound, and nothing else */
	assert_null(strchr(strchr(f.text, '\n') + 1, '\n'));
	assert_int_equal(sea_socket_listen(f.stack, door, 5, f.now), 0);
	assert_int_equal(sea_socket_set_owner(f.stack, door, 1000, 4711), 0);
	assert_int_equal(connect_to(one, 8000), -EINPROGRESS);
	read_file("tcp");
	all_lines_are_so_wide(149);
	has("\n   0: " HERE "1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000"
	    "        0 4711 1 0000000000000000 100 0 0 10 0 ");
	has(": " HERE "1F41 " HERE "1F40 02 ");
	settle(60);
	read_file("tcp");
	has("\n   0: " HERE "1F40 00000000:0000 0A 00000000:00000001 ");
	has(": " HERE "1F40 " HERE "1F41 01 00000000:00000000 00:00000000 00000000  1000"
	    "        0 0 1 0000000000000000 20 ");
	assert_int_equal(sea_socket_accept(f.stack, door, NULL, NULL, &two, f.now), 0);
	(void)!sea_socket_close(f.stack, one, f.now);
	settle(5);
	(void)!sea_socket_close(f.stack, two, f.now);
	settle(60);
	read_file("tcp");
	all_lines_are_so_wide(149);
	has(": " HERE "1F41 " HERE "1F40 06 00000000:00000000 03:0000176");
	has(" 00000000     0        0 0 3 0000000000000000 ");
}

/* A listener that waits for bytes has requests until they come. */
static void a_request_is_its_listeners(void **state)
{
	sea_socket door = bound(SOCK_STREAM, 0, 8000), one = bound(SOCK_STREAM, 0, 8001);
	const int seconds = 10;

	(void)state;
	assert_int_equal(sea_socket_setsockopt(f.stack, door, IPPROTO_TCP, TCP_DEFER_ACCEPT,
					       &seconds, sizeof(seconds), f.now),
			 0);
	assert_int_equal(sea_socket_listen(f.stack, door, 5, f.now), 0);
	assert_int_equal(sea_socket_set_owner(f.stack, door, 1000, 4711), 0);
	assert_int_equal(connect_to(one, 8000), -EINPROGRESS);
	settle(5);
	read_file("tcp");
	all_lines_are_so_wide(149);
	has(": " HERE "1F40 " HERE "1F41 03 00000000:00000000 01:0000006");
	has(" 00000000  1000        0 0 0 0000000000000000 ");
}

static void datagram_sockets_are_shown(void **state)
{
	sea_socket udp = bound(SOCK_DGRAM, 0, 5353), on = bound(SOCK_DGRAM, 0, 5354);

	(void)state;
	bound(SOCK_DGRAM, IPPROTO_ICMP, 77);
	assert_int_equal(connect_to(on, 5353), 0);
	assert_int_equal(sea_socket_set_owner(f.stack, udp, 5, 12), 0);
	read_file("udp");
	all_lines_are_so_wide(127);
	has("\n    0: " HERE "14E9 00000000:0000 07 00000000:00000000 00:00000000 00000000     5"
	    "        0 12 2 0000000000000000 0 ");
	has("\n    1: " HERE "14EA " HERE "14E9 01 ");
	read_file("icmp");
	all_lines_are_so_wide(127);
	has("\n    0: " HERE "004D 00000000:0000 07 ");
	read_file("raw");
	assert_string_equal(f.text, "  sl  local_address rem_address   st tx_queue rx_queue tr "
				    "tm->when retrnsmt   uid  timeout inode ref pointer drops\n");
}

static void sockstat_counts_what_packets_find(void **state)
{
	sea_socket door = bound(SOCK_STREAM, 0, 8000), one = bound(SOCK_STREAM, 0, 8001);

	(void)state;
	bound(SOCK_DGRAM, 0, 5353);
	assert_int_equal(sea_socket_listen(f.stack, door, 5, f.now), 0);
	assert_int_equal(connect_to(one, 8000), -EINPROGRESS);
	settle(60);
	read_file("sockstat");
	has("sockets: used 3\nTCP: inuse 3 orphan 0 tw 0 alloc 3 mem ");
	has("\nUDP: inuse 1 mem 0\nUDPLITE: inuse 0\nRAW: inuse 0\nFRAG: inuse 0 memory 0\n");
	read_file("sockstat6");
	assert_string_equal(f.text, "TCP6: inuse 0\nUDP6: inuse 0\nUDPLITE6: inuse 0\n"
				    "RAW6: inuse 0\nFRAG6: inuse 0 memory 0\n");
}

static void protocols_tells_how_many_sockets_there_are_of_each_kind(void **state)
{
	sea_socket door = bound(SOCK_STREAM, 0, 8000), s;

	(void)state;
	bound(SOCK_STREAM, 0, 8001);
	bound(SOCK_DGRAM, 0, 5353);
	bound(SOCK_DGRAM, IPPROTO_ICMP, 77);
	assert_int_equal(sea_socket_listen(f.stack, door, 5, f.now), 0);
	assert_int_equal(sea_socket_new(f.stack, AF_INET6, SOCK_DGRAM, 0, &s, f.now), 0);
	read_file("protocols");
	has("protocol  size sockets  memory press maxhdr  slab module     "
	    "cl co di ac io in de sh ss gs se re bi br ha uh gp em\n");
	has("      0       0   no     128   yes  kernel      "
	    "y  y  y  y  y  y  y  y  y  y  y  y  n  y  y  y  y  y\nTCP ");
	has("      1       0   no     128   yes  kernel      "
	    "y  y  y  y  y  y  y  y  y  y  y  y  n  y  y  y  y  y\n");
	has("      1       0   NI       0   yes  kernel      "
	    "y  y  y  n  y  y  y  n  y  y  y  y  n  n  y  y  y  n\n");
	has("\nPINGv6 ");
	has("      1      -1   NI       0   yes  kernel      "
	    "y  y  y  n  n  y  n  n  y  y  y  y  y  y  n  y  y  n\n");
}

/* What was there all the time is shown once, by pieces that cut lines, whatever comes and goes. */
static void what_stays_is_shown_once_while_others_go(void **state)
{
	struct sea_procnet_reader reader = { .size = sizeof(reader) };
	sea_socket s[MANY];
	size_t at = 0;
	int64_t n;

	(void)state;
	for (unsigned i = 0; i < MANY; i++)
		s[i] = bound(SOCK_DGRAM, 0, (uint16_t)(BASE + i));
	assert_int_equal(sea_procnet_open(f.stack, "udp", &reader), 0);
	for (unsigned i = 1;
	     (n = sea_procnet_read(f.stack, &reader, f.text + at, 150, at, f.now)) > 0; i += 2) {
		at += (size_t)n;
		if (i < MANY)
			(void)!sea_socket_close(f.stack, s[i], f.now);
	}
	f.text[at] = '\0';
	for (unsigned i = 0; i < MANY; i += 2) {
		char want[32];
		const char *first;

		snprintf(want, sizeof(want), ": " HERE "%04X ", BASE + i);
		first = strstr(f.text, want);
		assert_non_null(first);
		assert_null(strstr(first + 1, want));
	}
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_connection_is_shown_from_syn_to_time_wait),
		T(a_request_is_its_listeners),
		T(datagram_sockets_are_shown),
		T(sockstat_counts_what_packets_find),
		T(protocols_tells_how_many_sockets_there_are_of_each_kind),
		T(what_stays_is_shown_once_while_others_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
