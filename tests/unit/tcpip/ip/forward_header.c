/* SPDX-License-Identifier: Apache-2.0 */
/* What a router does with headers: what it passes on as it is, and what it does not pass on. */
#include "ip/ipv4.h"
#include "tests/lib/stack_fixture.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };
static const struct sea_mac far_mac = { { 2, 0, 0, 0, 0, 0x12 } };
static const struct sea_mac our_far_mac = { { 2, 0, 0, 0, 0, 0x11 } };
static struct test_stack t;

static int setup(void **state)
{
	struct sea_neigh_info n = { .size = sizeof(n),
				    .addr = test_addr("192.168.1.2"),
				    .state = SEA_NUD_PERMANENT };

	test_stack_new(&t, modules, 1);
	n.ifindex = test_add_link(&t, "eth1", &our_far_mac, "192.168.1.1/24")->ifindex;
	test_know_peer(&t);
	memcpy(n.mac, far_mac.b, sizeof(n.mac));
	assert_int_equal(sea_neigh_set(t.stack, &n, t.now), 0);
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.ip_forward", "1", t.now), 0);
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static void inject(struct test_ip ip)
{
	ip.proto = 253;
	ip.dst = "192.168.1.2";
	test_inject_ip(&t, &ip, "12345678", 8);
}

/*
 * Security, stream identifier, router alert, one that nobody knows.
 * RFC791:3.1-n, RFC1812:4.2.2.1-c, RFC1812:4.2.2.1-d, RFC1812:5.3.13.1-a
 */
static void options_unknown_here_go_on_unchanged(void **state)
{
	static const uint8_t opts[] = { 130, 11,   0, 1, 2, 3, 4, 5,   6, 7, 8, 136,
					4,   0xab, 2, 1, 8, 7, 9, 158, 4, 1, 2, 0 };
	const struct sea_ipv4_hdr *ip;
	const uint8_t *body;
	size_t len;

	inject((struct test_ip){ .opts = opts, .opts_len = sizeof(opts) });
	ip = test_expect_ip(test_take(&t), 253, &body, &len);
	assert_int_equal(ip->ver_ihl, 0x45 + sizeof(opts) / 4);
	assert_memory_equal((const uint8_t *)ip + 20, opts, sizeof(opts));
	assert_int_equal(len, 8);
	assert_null(test_take(&t));
}

/* RFC1812:4.2.2.3-a */
static void reserved_bit_goes_on_as_it_is(void **state)
{
	const struct sea_ipv4_hdr *ip;
	const uint8_t *body;
	size_t len;

	inject((struct test_ip){ .frag = 0x8000 });
	ip = test_expect_ip(test_take(&t), 253, &body, &len);
	assert_int_equal(sea_be16_get(ip->frag), 0x8000);
}

/* RFC1812:4.2.2.5-a, RFC1812:4.3.2.7-a, RFC1812:5.2.2-a, case 87 */
static void broken_headers_do_not_go_on(void **state)
{
	inject((struct test_ip){ .sum_error = 1 });
	inject((struct test_ip){ .ver_ihl = 0x65 });
	inject((struct test_ip){ .ver_ihl = 0x44 });
	inject((struct test_ip){ .ver_ihl = 0x4f }); /* longer than the datagram */
	inject((struct test_ip){ .total_len = 29 });
	inject((struct test_ip){ .total_len = 19 });
	assert_null(test_take(&t));
	assert_int_equal(test_drops(&t, SEA_DROP_IP_CHECKSUM), 1);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_VERSION), 1);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_HEADER_LEN), 2);
	assert_int_equal(test_drops(&t, SEA_DROP_IP_SHORT), 2);
	assert_int_equal(test_mib(&t, SEA_MIB_IpForwDatagrams), 0);
}

static uint32_t seen_priority;

static bool note_priority(const struct sea_hook_at *at, struct sea_pkt *pkt)
{
	(void)at;
	seen_priority = pkt->priority;
	return true;
}

/* RFC1812:5.3.3-a: which queue it then stands in is link/qdisc/fifo's. */
static void type_of_service_is_the_priority_of_what_goes_on(void **state)
{
	static const struct sea_hook post = { .name = "test",
					      .family = SEA_AF_INET,
					      .point = SEA_HOOK_POSTROUTING,
					      .fn = note_priority };
	static const uint32_t want[] = { 0, 2, 6, 4 };

	sea_hook_add(t.stack, &post);
	for (unsigned tos = 0; tos < 256; tos++) {
		inject((struct test_ip){ .tos = (uint8_t)tos });
		assert_non_null(test_take(&t));
		assert_int_equal(seen_priority, want[tos >> 3 & 3]);
	}
	assert_int_equal(sea_sysctl_set(t.stack, "net.ipv4.ip_forward_update_priority", "0", t.now),
			 0);
	inject((struct test_ip){ .tos = 0x10 });
	assert_int_equal(seen_priority, 0);
	sea_hook_del(t.stack, &post);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(options_unknown_here_go_on_unchanged),
		T(reserved_bit_goes_on_as_it_is),
		T(broken_headers_do_not_go_on),
		T(type_of_service_is_the_priority_of_what_goes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
