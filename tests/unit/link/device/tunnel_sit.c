/* SPDX-License-Identifier: Apache-2.0 */
/* IPv6 through IPv4 (RFC 4213, RFC 3056). no-oracle, as tunnel.c. */
#include "tunnels.h"

static void inject_outer(const void *inner, size_t len)
{
	const struct test_ip ip = { .proto = SEA_IPPROTO_IPV6 };

	test_inject_ip(&t, &ip, inner, len);
}

/* RFC4213:3.5, RFC4213:3.7 */
static void sit_carries_ipv6(void **state)
{
	const struct data d = plain_data();
	const struct sea_link *link;
	uint8_t packet[128];
	const uint8_t *payload;
	size_t len;

	(void)state;
	link = make_tunnel("sit", &d);
	assert_int_equal(link->mtu, 1480);
	inject_outer(packet, put_echo6(packet, "fe80::a00:2", "fe80::a00:1", 0));
	(void)take_outer(SEA_IPPROTO_IPV6, &payload, &len);
	assert_int_equal(len, 52);
	assert_int_equal(payload[0] >> 4, 6);
	assert_int_equal(payload[40], 129);
	assert_true(test_is_ip6(payload + 8, "fe80::a00:1"));
	assert_int_equal(link->stats.rx_errors, 0);
}

/* SEA_DROP_TUNNEL_SPOOFED */
static void nobody_speaks_in_the_name_of_another_6to4_host(void **state)
{
	struct data d = { 0 };
	uint8_t packet[128];

	(void)state;
	put_addr(&d, IFLA_IPTUN_LOCAL, "10.0.0.1");
	make_tunnel("sit", &d);
	inject_outer(packet, put_echo6(packet, "2002:a00:3::1", "2002:a00:1::1", 0));
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_SPOOFED), 1);
	inject_outer(packet, put_echo6(packet, "2002:a00:2::1", "2002:a00:1::1", 0));
	assert_int_equal(test_drops(&t, SEA_DROP_TUNNEL_SPOOFED), 1);
	assert_int_equal(link_of("tun0")->stats.rx_packets, 1);
}

/* RFC4213:3.2.2 */
static void ipv6_is_told_of_1280_at_least(void **state)
{
	const struct data d = plain_data();
	struct sea_link *link;
	const uint8_t *payload;
	size_t len, all = 0;
	static uint8_t bytes[1280] = { 0x60, 0, 0, 0, 1240 >> 8, 1240 & 0xff, 17, 64 };

	(void)state;
	link = make_tunnel("sit", &d);
	assert_int_equal(sea_link_set_mtu(t.link, 1290, t.now), 0);
	bytes[8] = bytes[24] = 0xfd;
	sea_stack_enter(t.stack, t.now);
	(void)sea_link_output(link, sea_pkt_from_bytes(t.link, bytes, sizeof(bytes)), NULL,
			      SEA_ETHERTYPE_IPV6);
	sea_stack_leave(t.stack);
	for (unsigned i = 0; i < 2; i++) {
		(void)take_outer(SEA_IPPROTO_IPV6, &payload, &len);
		all += len;
	}
	assert_int_equal(all, sizeof(bytes));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, tunnels_setup6, tunnels_teardown)

int run_sit_tests(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(sit_carries_ipv6),
		TEST(nobody_speaks_in_the_name_of_another_6to4_host),
		TEST(ipv6_is_told_of_1280_at_least),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
