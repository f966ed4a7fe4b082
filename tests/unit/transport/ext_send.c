/* SPDX-License-Identifier: Apache-2.0 */
/* Extension headers that go with what sockets send: routing headers of segments (RFC 8754) above all. */
#include <netinet/tcp.h>

#include "tests/lib/udp_peer.h"
#include "wire/icmp6.h"
#include "wire/tcp.h"

#define FAR "2001:db8:9::9" /* no route leads there: only the segments do */

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_ping, &sea_tcp,
						    &sea_udp };
static struct test_stack t;

static int setup(void **state)
{
	test_stack_new6(&t, modules, 5);
	test_know_peer6(&t);
	test_take_all(&t);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

/* Of two segments, the peer the next one. */
struct srh {
	uint8_t next, len, type, left, last, flags, tag[2];
	uint8_t segments[2][16];
};

static struct srh srh(void)
{
	struct srh h = { .len = 4, .type = 4, .left = 1, .last = 1 };

	memcpy(h.segments[1], test_ip6(TEST_PEER_IP6).b, 16);
	return h;
}

static sea_socket open_socket(int type, int protocol)
{
	sea_socket s;

	assert_int_equal(sea_socket_new(t.stack, AF_INET6, type, protocol, &s, t.now), 0);
	return s;
}

static int set_header(sea_socket s, int name, const void *bytes, socklen_t len)
{
	return sea_socket_setsockopt(t.stack, s, IPPROTO_IPV6, name, bytes, len, t.now);
}

static void set_srh(sea_socket s)
{
	const struct srh h = srh();

	assert_int_equal(set_header(s, IPV6_RTHDR, &h, sizeof(h)), 0);
}

static struct sockaddr_in6 to(const char *ip, uint16_t port)
{
	struct sockaddr_in6 in = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	memcpy(&in.sin6_addr, test_ip6(ip).b, 16);
	return in;
}

static ssize_t send_far(sea_socket s, const void *data, size_t len)
{
	struct sockaddr_in6 far = to(FAR, 9);
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr msg = {
		.msg_name = &far, .msg_namelen = sizeof(far), .msg_iov = &iov, .msg_iovlen = 1
	};

	return sea_socket_sendmsg(t.stack, s, &msg, 0, t.now);
}

/* A packet to the peer with the routing header, which ends FAR: what is behind it, its checksum right. */
static const uint8_t *expect_routed(uint8_t proto, size_t *len)
{
	const uint8_t *at;
	struct srh h;

	assert_true(test_is_ip6(test_expect_ip6(test_take(&t), SEA_IPV6_ROUTING, &at, len)->dst,
				TEST_PEER_IP6));
	assert_true(*len > sizeof(h));
	memcpy(&h, at, sizeof(h));
	assert_int_equal(h.next, proto);
	assert_true(test_is_ip6(h.segments[0], FAR));
	assert_true(test_is_ip6(h.segments[1], TEST_PEER_IP6));
	*len -= sizeof(h);
	assert_int_equal(sea_be16_get(test_checksum(at + sizeof(h), *len,
						    test_pseudo6(test_ip6(TEST_OUR_IP6).b,
								 test_ip6(FAR).b, proto, *len))),
			 0);
	return at + sizeof(h);
}

/* -- what is one -- */

static void only_lists_of_segments_are_routing_headers(void **state)
{
	sea_socket s = open_socket(SOCK_DGRAM, 0);
	struct srh h;

	for (unsigned type = 0; type < 256; type++) {
		h = srh();
		h.type = (uint8_t)type;
		assert_int_equal(set_header(s, IPV6_RTHDR, &h, sizeof(h)), type == 4 ? 0 : -EINVAL);
	}
	for (unsigned last = 0; last < 256; last++) { /* what is left would be no TLVs */
		h = srh();
		h.left = 0;
		h.last = (uint8_t)last;
		assert_int_equal(set_header(s, IPV6_RTHDR, &h, sizeof(h)), last == 1 ? 0 : -EINVAL);
	}
	h = srh();
	h.left = 2;
	assert_int_equal(set_header(s, IPV6_RTHDR, &h, sizeof(h)), -EINVAL);
	h = srh();
	h.len = 2;
	assert_int_equal(set_header(s, IPV6_RTHDR, &h, sizeof(h)), -EINVAL);
}

static void tlvs_behind_the_segments_must_fill_the_header(void **state)
{
	static const uint8_t pads[][8] = {
		{ 4, 6 }, { 0 }, { 4, 2, 0, 0, 9, 2 }, { 4, 7 }, { 4, 5 }, { 4, 32 },
	};
	sea_socket s = open_socket(SOCK_DGRAM, 0);

	for (size_t i = 0; i < 6; i++) {
		uint8_t bytes[sizeof(struct srh) + 8];
		struct srh h = srh();

		h.len = 5;
		memcpy(bytes, &h, sizeof(h));
		memcpy(bytes + sizeof(h), pads[i], 8);
		assert_int_equal(set_header(s, IPV6_RTHDR, bytes, sizeof(bytes)),
				 i < 3 ? 0 : -EINVAL);
	}
}

/* -- what is sent with it -- */

static void a_datagram_goes_by_the_segments(void **state)
{
	sea_socket s = open_socket(SOCK_DGRAM, 0);
	const uint8_t *udp;
	size_t len;

	assert_int_equal(send_far(s, "hi", 2), -ENETUNREACH);
	set_srh(s);
	assert_int_equal(send_far(s, "hi", 2), 2);
	udp = expect_routed(SEA_IPPROTO_UDP, &len);
	assert_int_equal(len, 10);
	assert_memory_equal(udp + 8, "hi", 2);
}

static void a_connected_sockets_peer_is_the_last_segment(void **state)
{
	sea_socket s = open_socket(SOCK_DGRAM, 0);
	struct sockaddr_in6 far = to(FAR, 9), peer;
	socklen_t size = sizeof(peer);
	size_t len;

	set_srh(s);
	assert_int_equal(sea_socket_connect(t.stack, s, (void *)&far, sizeof(far), t.now), 0);
	assert_int_equal(sea_socket_getpeername(t.stack, s, (void *)&peer, &size), 0);
	assert_true(test_is_ip6(peer.sin6_addr.s6_addr, FAR));
	assert_int_equal(test_send(&t, s, "hi"), 2);
	expect_routed(SEA_IPPROTO_UDP, &len);
	/* The header takes its part of the packet. */
	assert_int_equal(test_set_int(&t, s, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_DO), 0);
	assert_int_equal(test_send(&t, s, (char[1501]){ [0 ... 1411] = 'x' }), 1412);
	expect_routed(SEA_IPPROTO_UDP, &len);
	assert_int_equal(test_send(&t, s, (char[1501]){ [0 ... 1412] = 'x' }), -EMSGSIZE);
}

/* As on Linux: not even those that they took. */
static void echo_sockets_send_no_extension_headers(void **state)
{
	static const uint8_t echo[10] = { SEA_ICMP6_ECHO }, hop[8] = { 0, 0, 1, 4 };
	struct sockaddr_in6 peer = to(TEST_PEER_IP6, 0);
	struct iovec iov = { (void *)(uintptr_t)echo, sizeof(echo) };
	struct msghdr msg = {
		.msg_name = &peer, .msg_namelen = sizeof(peer), .msg_iov = &iov, .msg_iovlen = 1
	};
	sea_socket s = open_socket(SOCK_DGRAM, IPPROTO_ICMPV6);
	const uint8_t *at;
	size_t len;

	set_srh(s);
	assert_int_equal(set_header(s, IPV6_HOPOPTS, hop, sizeof(hop)), 0);
	assert_int_equal(sea_socket_sendmsg(t.stack, s, &msg, 0, t.now), sizeof(echo));
	test_expect_ip6(test_take(&t), IPPROTO_ICMPV6, &at, &len);
	assert_int_equal(len, sizeof(echo));
}

/* -- connections -- */

/* From port 9, FAR. */
static void answer(const uint8_t *got, uint8_t flags, uint32_t seq)
{
	uint8_t seg[24] = { 0 };
	const struct test_ip6 ip = { .src = FAR, .proto = SEA_IPPROTO_TCP };

	memcpy(seg, got + 2, 2);
	memcpy(seg + 2, got, 2);
	sea_put32(seg + 4, seq);
	sea_put32(seg + 8, sea_get32(got + 4) + 1);
	seg[12] = 6 << 4;
	seg[13] = flags;
	sea_put16(seg + 14, 65535);
	memcpy(seg + 20, (uint8_t[4]){ 2, 4, 1440 >> 8, 1440 & 0xff }, 4);
	sea_put16(seg + 16,
		  sea_be16_get(test_checksum(seg, sizeof(seg),
					     test_pseudo6(test_ip6(FAR).b, test_ip6(TEST_OUR_IP6).b,
							  SEA_IPPROTO_TCP, sizeof(seg)))));
	test_inject_ip6(&t, &ip, seg, sizeof(seg));
}

static void a_connection_goes_by_the_segments_and_its_mss_knows(void **state)
{
	struct sockaddr_in6 far = to(FAR, 9);
	sea_socket s = open_socket(SOCK_STREAM, 0);
	const uint8_t *tcp;
	uint8_t syn[20];
	size_t len;

	set_srh(s);
	assert_int_equal(sea_socket_connect(t.stack, s, (void *)&far, sizeof(far), t.now),
			 -EINPROGRESS);
	tcp = expect_routed(SEA_IPPROTO_TCP, &len);
	memcpy(syn, tcp, sizeof(syn));
	assert_int_equal(syn[13], SEA_TCP_SYN);
	answer(syn, SEA_TCP_SYN | SEA_TCP_ACK, 5000);
	tcp = expect_routed(SEA_IPPROTO_TCP, &len);
	assert_int_equal(tcp[13], SEA_TCP_ACK);
	assert_int_equal(test_get_int(&t, s, IPPROTO_TCP, TCP_MAXSEG), 1440 - 40);
	/* Without them there is no way any more; with them there is again. */
	assert_int_equal(set_header(s, IPV6_RTHDR, NULL, 0), 0);
	assert_int_equal(test_get_int(&t, s, IPPROTO_TCP, TCP_MAXSEG), 1440);
	assert_int_equal(test_send(&t, s, "hi"), 2);
	assert_null(test_take(&t));
	set_srh(s);
	test_advance(&t, 3 * SEA_SEC);
	tcp = expect_routed(SEA_IPPROTO_TCP, &len);
	assert_memory_equal(tcp + 20, "hi", 2);
}

static void a_listeners_answers_go_by_the_segments(void **state)
{
	const uint8_t asked[8] = { 0, 9, 0, 9 }; /* ports */
	struct sockaddr_in6 any = to("::", 9);
	sea_socket s = open_socket(SOCK_STREAM, 0);
	const uint8_t *tcp;
	size_t len;

	set_srh(s);
	assert_int_equal(sea_socket_bind(t.stack, s, (void *)&any, sizeof(any), t.now), 0);
	assert_int_equal(sea_socket_listen(t.stack, s, 1, t.now), 0);
	answer(asked, SEA_TCP_SYN, 5000);
	tcp = expect_routed(SEA_IPPROTO_TCP, &len);
	assert_int_equal(tcp[13], SEA_TCP_SYN | SEA_TCP_ACK);
	answer(tcp, SEA_TCP_ACK, 5001);
	assert_int_equal(sea_socket_accept(t.stack, s, NULL, NULL, &s, t.now), 0);
	assert_int_equal(test_send(&t, s, "hi"), 2);
	tcp = expect_routed(SEA_IPPROTO_TCP, &len);
	assert_memory_equal(tcp + 20, "hi", 2);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(only_lists_of_segments_are_routing_headers),
		T(tlvs_behind_the_segments_must_fill_the_header),
		T(a_datagram_goes_by_the_segments),
		T(a_connected_sockets_peer_is_the_last_segment),
		T(echo_sockets_send_no_extension_headers),
		T(a_connection_goes_by_the_segments_and_its_mss_knows),
		T(a_listeners_answers_go_by_the_segments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
