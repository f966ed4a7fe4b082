/* SPDX-License-Identifier: Apache-2.0 */
/* What RFC 791, 1122 and 1812 ask for and no test of a single part shows. */
#include "ip/ipv4.h"
#include "tests/lib/arp.h"
#include "tests/lib/routes.h"
#include "tests/lib/sockets.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_udp };
static struct test_stack t;

static int setup(void **state)
{
	test_stack_new(&t, modules, 2);
	test_know_peer(&t);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static void set(const char *name, const char *value)
{
	assert_int_equal(sea_sysctl_set(t.stack, name, value, t.now), 0);
}

/* -- datagrams that come in -- */

/* An ICMP message with its checksum right. */
static size_t message(uint8_t *to, uint8_t type, uint8_t code, size_t len)
{
	sea_be16 sum;

	memset(to, 0, len);
	to[0] = type;
	to[1] = code;
	sum = test_checksum(to, len, 0);
	memcpy(to + 2, sum.b, 2);
	return len;
}

/* An echo request with whatever time to live, zero too. */
static void inject_echo(const char *dst, uint8_t ttl)
{
	uint8_t frame[128], msg[16];
	const struct test_ip ip = { .proto = SEA_IPPROTO_ICMP, .dst = dst };
	size_t len = test_build_ip(frame, &ip, msg, message(msg, SEA_ICMP_ECHO, 0, sizeof(msg)));
	sea_be16 sum;

	frame[14 + 8] = ttl;
	memset(frame + 14 + 10, 0, 2);
	sum = test_checksum(frame + 14, 20, 0);
	memcpy(frame + 14 + 10, sum.b, 2);
	test_inject(&t, frame, len);
}

static void expect_echo_reply(const char *src)
{
	const uint8_t *msg;
	size_t len;
	const struct sea_ipv4_hdr *ip = test_expect_ip(test_take(&t), SEA_IPPROTO_ICMP, &msg, &len);

	assert_int_equal(msg[0], SEA_ICMP_ECHO_REPLY);
	assert_true(sea_be32_equal(ip->src, test_ip4(src)));
	assert_int_equal(ip->ttl, 64);
}

/* RFC1122:3.2.1.7-b, RFC1812:4.2.2.9-b, RFC1812:5.3.1-c */
static void the_last_hop_is_ours_whatever_is_left_of_its_life(void **state)
{
	for (unsigned forwarding = 0; forwarding < 2; forwarding++) {
		set("net.ipv4.ip_forward", forwarding ? "1" : "0");
		inject_echo("10.0.0.1", 1);
		expect_echo_reply("10.0.0.1");
		inject_echo("10.0.0.1", 0);
		expect_echo_reply("10.0.0.1");
	}
	assert_null(test_take(&t));
}

/* RFC1122:3.3.4.2-a: a weak end system, as Linux. */
static void an_address_of_another_link_is_ours_too(void **state)
{
	const struct sea_mac mac = { { 2, 0, 0, 0, 0, 0x11 } };

	test_add_link(&t, "eth1", &mac, "192.168.1.1/24");
	inject_echo("192.168.1.1", 64);
	expect_echo_reply("192.168.1.1");
}

/* RFC1812:4.2.3.1-b: Linux has no broadcast of zeros any more. */
static void the_old_broadcast_is_dropped_in_silence(void **state)
{
	set("net.ipv4.icmp_echo_ignore_broadcasts", "0");
	inject_echo("10.0.0.0", 64);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_NOT_LOCAL), 1);
	assert_null(test_take(&t));
}

static uint64_t dropped(void)
{
	return test_drops(&t, SEA_DROP_ICMP_TYPE) + test_drops(&t, SEA_DROP_ICMP_QUOTE) +
	       test_drops(&t, SEA_DROP_ICMP_NO_SOCKET);
}

/*
 * Only echo and timestamp requests are answered; no information or address mask request is.
 * RFC1122:3.2.2-a, RFC1122:3.2.2.7-a, RFC1122:3.2.2.9-a, RFC1812:4.3.2.1-a, RFC1812:4.3.3.7-a
 */
static void each_type_of_message_has_its_fate(void **state)
{
	uint8_t msg[64];

	for (unsigned type = 0; type < 256; type++) {
		bool answered = type == SEA_ICMP_ECHO || type == SEA_ICMP_TIMESTAMP;

		for (unsigned code = 0; code < 256; code += 5) {
			uint64_t before = dropped();

			message(msg, (uint8_t)type, (uint8_t)code, sizeof(msg));
			test_inject_ip(&t, &(struct test_ip){ .proto = SEA_IPPROTO_ICMP }, msg,
				       sizeof(msg));
			assert_int_equal(test_take_all(&t), answered);
			assert_int_equal(dropped() - before, !answered);
		}
	}
}

/* RFC1812:4.3.2.2-a, RFC1812:4.3.2.5-a */
static void an_error_has_a_life_and_service_of_its_own(void **state)
{
	const struct sea_ipv4_hdr *ip;
	const uint8_t *msg;
	size_t len;

	test_inject_ip(&t, &(struct test_ip){ .proto = 253, .ttl = 3, .tos = 0x10 }, "12345678", 8);
	ip = test_expect_ip(test_take(&t), SEA_IPPROTO_ICMP, &msg, &len);
	assert_int_equal(msg[0], SEA_ICMP_DEST_UNREACH);
	assert_int_equal(ip->ttl, 64);
	assert_int_equal(ip->tos, 0xd0);
}

/* -- what goes out -- */

static int way_from(const char *src)
{
	const struct sea_flow flow = { .family = SEA_AF_INET,
				       .src = sea_ipaddr_of4(test_ip4(src)),
				       .dst = sea_ipaddr_of4(test_peer_ip) };
	struct sea_dst way = { 0 };
	int err;

	sea_stack_enter(t.stack, t.now);
	err = sea_ip_route(t.stack, &flow, &way);
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
	return err;
}

/* RFC1122:3.2.1.3-c */
static void nothing_is_sent_from_an_address_that_no_host_may_have(void **state)
{
	assert_int_equal(way_from("10.0.0.1"), 0);
	assert_int_equal(way_from("255.255.255.255"), -EINVAL);
	assert_int_equal(way_from("224.0.0.1"), -EINVAL);
	assert_int_equal(way_from("10.0.0.255"), -ENETUNREACH);
	assert_int_equal(way_from("0.0.0.7"), -ENETUNREACH);
	assert_int_equal(way_from("10.0.0.77"), -ENETUNREACH); /* nor from another's */
}

static uint8_t ttl_sent(sea_socket s)
{
	const uint8_t *payload;
	size_t len;

	assert_int_equal(test_sendto(&t, s, "x", 1, 0, "10.0.0.2", 9), 1);
	return test_expect_ip(test_take(&t), SEA_IPPROTO_UDP, &payload, &len)->ttl;
}

/* RFC1122:3.2.1.7-a, RFC1122:3.2.1.7-c */
static void a_time_to_live_of_zero_is_not_sent(void **state)
{
	sea_socket s = test_udp(&t);

	assert_int_equal(ttl_sent(s), 64);
	assert_int_equal(test_set_int(&t, s, IPPROTO_IP, IP_TTL, 0), -EINVAL);
	assert_int_equal(test_set_int(&t, s, IPPROTO_IP, IP_TTL, 256), -EINVAL);
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.ip_default_ttl", "0", t.now), -EINVAL);
	set("net.ipv4.ip_default_ttl", "7");
	assert_int_equal(ttl_sent(s), 7);
	assert_int_equal(test_set_int(&t, s, IPPROTO_IP, IP_TTL, 1), 0);
	assert_int_equal(ttl_sent(s), 1);
	assert_int_equal(test_set_int(&t, s, IPPROTO_IP, IP_TTL, -1), 0);
	assert_int_equal(ttl_sent(s), 7);
}

/* RFC791:3.2-e, RFC1812:3.3.4-a */
static void no_link_carries_less_than_68_bytes(void **state)
{
	sea_socket s = test_udp(&t);
	uint8_t data[68 - 28] = { 0 };
	const uint8_t *payload;
	size_t len;

	assert_int_equal(sea_link_set_mtu(t.link, 67, t.now), -EINVAL);
	assert_int_equal(sea_link_set_mtu(t.link, 68, t.now), 0);
	test_know_peer(&t);
	assert_int_equal(test_sendto(&t, s, data, sizeof(data), 0, "10.0.0.2", 9), sizeof(data));
	test_expect_ip(test_take(&t), SEA_IPPROTO_UDP, &payload, &len);
	assert_int_equal(len, 68 - 20);
	assert_null(test_take(&t));
}

/* RFC1812:3.3.2-b: Linux was asked, and believes it; clusters live by that. */
static void a_group_as_mac_is_believed_as_on_linux(void **state)
{
	const struct sea_mac group = { { 3, 0, 0, 0, 0, 9 } };
	sea_socket s = test_udp(&t);
	struct {
		struct sea_ether_hdr eth;
		struct sea_arp_hdr arp;
	} f = { .eth = { test_our_mac, test_peer_mac, sea_be16_of(SEA_ETHERTYPE_ARP) } };

	assert_int_equal(test_sendto(&t, s, "x", 1, 0, "10.0.0.9", 9), 1);
	assert_int_equal(test_take_all(&t), 1); /* the question */
	sea_arp_put(&f.arp, SEA_ARP_REPLY, &group, test_ip4("10.0.0.9"), &test_our_mac,
		    test_our_ip);
	test_inject(&t, &f, sizeof(f));
	assert_non_null(test_take(&t));
	assert_memory_equal(t.frame.bytes, group.b, 6);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_last_hop_is_ours_whatever_is_left_of_its_life),
		T(an_address_of_another_link_is_ours_too),
		T(the_old_broadcast_is_dropped_in_silence),
		T(each_type_of_message_has_its_fate),
		T(an_error_has_a_life_and_service_of_its_own),
		T(nothing_is_sent_from_an_address_that_no_host_may_have),
		T(a_time_to_live_of_zero_is_not_sent),
		T(no_link_carries_less_than_68_bytes),
		T(a_group_as_mac_is_believed_as_on_linux),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
