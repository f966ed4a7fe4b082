/* SPDX-License-Identifier: Apache-2.0 */
/* Datagrams larger than the path takes in one piece: UDP and echo, at every limit, as on Linux. */
#include "tests/lib/udp_peer.h"

#include "core/sock.h"

static char big[65536];

static int setup(void **state)
{
	static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ping, &sea_udp };
	struct test_stack *t = malloc(sizeof(*t));

	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (char)(i * 7 + i / 251);
	test_stack_new(t, modules, 3);
	test_know_peer(t);
	assert_int_equal(sea_sysctl_set(t->stack, "net.ipv4.ping_group_range", "0 10", t->now), 0);
	*state = t;
	return 0;
}

/* Takes all fragments that went out and puts their payload together: its length. */
static size_t collect(struct test_stack *t, uint8_t proto, uint8_t *to, unsigned *n)
{
	size_t total = 0;
	bool more = true;

	for (*n = 0; more; ++*n) {
		const uint8_t *payload;
		size_t len;
		const struct sea_ipv4_hdr *hdr =
			test_expect_ip(test_take(t), proto, &payload, &len);

		assert_int_equal((sea_be16_get(hdr->frag) & SEA_IPV4_OFFSET) * 8u, total);
		more = sea_be16_get(hdr->frag) & SEA_IPV4_MF;
		memcpy(to + total, payload, len);
		total += len;
	}
	assert_null(test_take(t));
	return total;
}

static void expect_udp(struct test_stack *t, size_t len, unsigned fragments)
{
	static uint8_t got[65536];
	unsigned n;

	assert_int_equal(collect(t, SEA_IPPROTO_UDP, got, &n), len + 8);
	assert_int_equal(n, fragments);
	assert_memory_equal(got + 8, big, len);
	assert_int_equal(
		sea_be16_get(test_checksum(got, len + 8,
					   test_pseudo(test_our_ip, test_peer_ip, 17, len + 8))),
		0);
}

static void datagrams_are_cut_to_the_mtu(void **state)
{
	struct test_stack *t = *state;
	static const struct {
		size_t len;
		unsigned fragments;
	} sizes[] = { { 1472, 1 }, { 1473, 2 }, { 2952, 2 }, { 2953, 3 }, { 65507, 45 } };
	sea_socket s = test_udp(t);

	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(test_sendto(t, s, big, sizes[i].len, 0, NULL, 0), sizes[i].len);
		expect_udp(t, sizes[i].len, sizes[i].fragments);
	}
	assert_int_equal(test_sendto(t, s, big, 65508, 0, NULL, 0), -EMSGSIZE);
	assert_int_equal(test_mib(t, SEA_MIB_IpFragOKs), 4);
	assert_int_equal(test_mib(t, SEA_MIB_UdpOutDatagrams), 5);
}

/* Which of IP_MTU_DISCOVER's values let a datagram be cut. */
static void discovery_decides_who_is_cut(void **state)
{
	static const bool cut[6] = { true, true, false, false, false, true };
	struct test_stack *t = *state;

	for (int how = 0; how < 6; how++) {
		sea_socket s = test_udp(t);

		assert_int_equal(test_set_int(t, s, IPPROTO_IP, IP_MTU_DISCOVER, how), 0);
		assert_int_equal(test_sendto(t, s, big, 1472, 0, "10.0.0.2", 9), 1472);
		expect_udp(t, 1472, 1);
		assert_int_equal(test_sendto(t, s, big, 1473, 0, "10.0.0.2", 9),
				 cut[how] ? 1473 : -EMSGSIZE);
		if (cut[how])
			expect_udp(t, 1473, 2);
		assert_int_equal(test_sendto(t, s, big, 65508, 0, "10.0.0.2", 9), -EMSGSIZE);
	}
}

/* Case 93: what is appended bit by bit is as large as its sum, at every limit. */
static void corked_sends_add_up(void **state)
{
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);
	uint64_t seed = 93;

	assert_int_equal(test_connect(t, s, "10.0.0.2", 9), 0);
	assert_int_equal(test_set_int(t, s, SOL_SOCKET, SO_SNDBUF, 2000000), 0);
	for (unsigned round = 0; round < 60; round++) {
		size_t total = 0, step, bound = 1 + test_random(&seed) % 20000;

		while (test_random(&seed) % 12) {
			step = test_random(&seed) % bound;
			if (total + step > 65507) {
				assert_int_equal(test_sendto(t, s, big + total, step, MSG_MORE,
							     NULL, 0),
						 -EMSGSIZE);
				total = 0; /* forgotten */
				continue;
			}
			assert_int_equal(test_sendto(t, s, big + total, step, MSG_MORE, NULL, 0),
					 step);
			total += step;
			assert_null(test_take(t));
		}
		assert_int_equal(test_sendto(t, s, big + total, 0, 0, NULL, 0), 0);
		expect_udp(t, total, total <= 1472 ? 1 : (unsigned)((total + 8 + 1479) / 1480));
		assert_int_equal(sea_sock_get(t->stack, s)->wmem_alloc, 0);
	}
}

/* As SO_MEMINFO of the kernel has it for the same sends to a neighbour that does not answer. */
static void each_fragment_is_charged(void **state)
{
	static const uint32_t sizes[][2] = {
		{ 100, 832 },     { 1472, 2304 },   { 1473, 3136 },
		{ 2952, 4608 },   { 3000, 5440 },   { 5000, 8192 },
		{ 16000, 25344 }, { 17000, 27648 }, { 65507, 102656 }
	};
	struct test_stack *t = *state;

	assert_int_equal(sea_sysctl_set(t->stack, "net.ipv4.neigh.eth0.unres_qlen_bytes",
					"10000000", t->now),
			 0);
	for (unsigned i = 0; i < 9; i++) {
		sea_socket s = test_udp(t);

		assert_int_equal(test_sendto(t, s, big, sizes[i][0], 0, "10.0.0.77", 9),
				 sizes[i][0]);
		assert_int_equal(sea_sock_get(t->stack, s)->wmem_alloc, sizes[i][1]);
	}
	test_take_all(t);
}

static void route_of_small_mtu_cuts_smaller(void **state)
{
	struct test_stack *t = *state;
	struct sea_route r = { .size = sizeof(r),
			       .type = SEA_ROUTE_UNICAST,
			       .metrics = { .mtu = 1000 } };
	sea_socket s = test_udp(t);

	assert_true(sea_addr_parse_prefix("10.9.0.0/16", &r.dst, &r.prefix_len));
	r.gateway = test_addr("10.0.0.2");
	assert_int_equal(sea_route_add(t->stack, &r, t->now), 0);
	assert_int_equal(test_sendto(t, s, big, 1200, 0, "10.9.0.1", 9), 1200);
	assert_int_equal(test_take(t)->len, 14 + 996);
	assert_int_equal(test_take(t)->len, 14 + 252);
	assert_null(test_take(t));
}

/* -- IP_OPTIONS -- */

/* What the kernel sent, and how much fits beside it. RFC1122:4.1.3.2-b */
static void options_of_a_socket_go_out_and_take_their_room(void **state)
{
	static const uint8_t route[7] = { 7, 7, 4 }, sent[8] = { 7, 7, 8, 10, 0, 0, 1, 0 };
	struct test_stack *t = *state;
	const struct sea_ipv4_hdr *hdr;
	uint8_t got[40];
	socklen_t len = sizeof(got);
	const uint8_t *payload;
	size_t n;
	sea_socket s = test_udp(t);

	assert_int_equal(
		sea_socket_setsockopt(t->stack, s, IPPROTO_IP, IP_OPTIONS, route, 7, t->now), 0);
	assert_int_equal(
		sea_socket_getsockopt(t->stack, s, IPPROTO_IP, IP_OPTIONS, got, &len, t->now), 0);
	assert_int_equal(len, 8);
	assert_memory_equal(got, route, 7);
	assert_int_equal(test_sendto(t, s, big, 1464, 0, "10.0.0.2", 9), 1464);
	hdr = test_expect_ip(test_take(t), 17, &payload, &n);
	assert_memory_equal(hdr + 1, sent, 8);
	assert_int_equal(n, 1472);
	assert_int_equal(test_sendto(t, s, big, 1465, 0, "10.0.0.2", 9), 1465);
	assert_int_equal(test_take_all(t), 2);
	assert_int_equal(test_sendto(t, s, big, 65500, 0, "10.0.0.2", 9), -EMSGSIZE);
	assert_int_equal(test_sendto(t, s, big, 65499, 0, "10.0.0.2", 9), 65499);
	test_take_all(t);
	assert_int_equal(sea_socket_setsockopt(t->stack, s, IPPROTO_IP, IP_OPTIONS, "", 0, t->now),
			 0);
	assert_int_equal(test_sendto(t, s, big, 1472, 0, "10.0.0.2", 9), 1472);
	assert_int_equal(test_take(t)->len, 1514);
}

static void options_that_are_wrong_or_choose_the_route_are_refused(void **state)
{
	static const uint8_t bad[4] = { 7, 0, 4, 0 }, loose[8] = { 131, 7, 4, 10, 0, 0, 9, 0 },
			     long_one[41] = { 1 };
	struct test_stack *t = *state;
	sea_socket s = test_udp(t);

	assert_int_equal(sea_socket_setsockopt(t->stack, s, IPPROTO_IP, IP_OPTIONS, bad, 4, t->now),
			 -EINVAL);
	assert_int_equal(sea_socket_setsockopt(t->stack, s, IPPROTO_IP, IP_OPTIONS, long_one, 41,
					       t->now),
			 -EINVAL);
	assert_int_equal(sea_socket_setsockopt(t->stack, s, IPPROTO_IP, IP_OPTIONS, loose, 8,
					       t->now),
			 -EPERM);
}

/* -- echo -- */

static void echo_requests_and_replies_may_be_large(void **state)
{
	struct test_stack *t = *state;
	static uint8_t request[65507] = { 8 }, got[65536];
	sea_socket s = test_socket(t, SOCK_DGRAM, IPPROTO_ICMP);
	unsigned n;

	assert_int_equal(test_sendto(t, s, request, sizeof(request), 0, "10.0.0.2", 0),
			 sizeof(request));
	assert_int_equal(collect(t, SEA_IPPROTO_ICMP, got, &n), sizeof(request));
	assert_int_equal(n, 45);
	assert_int_equal(sea_be16_get(test_checksum(got, sizeof(request), 0)), 0);
	/* The same comes in, in fragments, and is answered in fragments. */
	for (size_t at = 0; at < sizeof(request); at += 1480) {
		size_t len = sizeof(request) - at < 1480 ? sizeof(request) - at : 1480;
		struct test_ip ip = { .proto = SEA_IPPROTO_ICMP, .id = 5 };

		ip.frag = (uint16_t)(at / 8 | (at + len < sizeof(request) ? SEA_IPV4_MF : 0u));
		test_inject_ip(t, &ip, got + at, len);
	}
	assert_int_equal(collect(t, SEA_IPPROTO_ICMP, got, &n), sizeof(request));
	assert_int_equal(n, 45);
	assert_int_equal(got[0], 0);
	assert_int_equal(sea_be16_get(test_checksum(got, sizeof(request), 0)), 0);
}

/* A datagram that came in fragments is charged as its fragments were. */
static void large_datagram_is_read_whole_and_charged_by_its_fragments(void **state)
{
	struct test_stack *t = *state;
	static uint8_t dgram[65536], got[65536];
	sea_socket s = test_udp(t);
	size_t total = udp_build(dgram, &(struct udp_dgram){ .sport = 9, .dport = 7 }, big, 4000);

	assert_int_equal(test_bind(t, s, "10.0.0.1", 7), 0);
	for (size_t at = 0; at < total; at += 1480) {
		size_t len = total - at < 1480 ? total - at : 1480;
		struct test_ip ip = { .proto = SEA_IPPROTO_UDP, .id = 5 };

		ip.frag = (uint16_t)(at / 8 | (at + len < total ? SEA_IPV4_MF : 0u));
		test_inject_ip(t, &ip, dgram + at, len);
	}
	assert_int_equal(sea_sock_get(t->stack, s)->rmem_alloc, 6912); /* as the kernel's */
	assert_int_equal(test_recvfrom(t, s, got, sizeof(got), 0, NULL), 4000);
	assert_memory_equal(got, big, 4000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(test) cmocka_unit_test_setup_teardown(test, setup, udp_teardown)
		T(datagrams_are_cut_to_the_mtu),
		T(discovery_decides_who_is_cut),
		T(corked_sends_add_up),
		T(each_fragment_is_charged),
		T(route_of_small_mtu_cuts_smaller),
		T(options_of_a_socket_go_out_and_take_their_room),
		T(options_that_are_wrong_or_choose_the_route_are_refused),
		T(echo_requests_and_replies_may_be_large),
		T(large_datagram_is_read_whole_and_charged_by_its_fragments),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
