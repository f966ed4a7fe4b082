/* SPDX-License-Identifier: Apache-2.0 */
/* Super-segments that go from one link to another. */
#include "ip/ipv4.h"
#include "tests/lib/stack_fixture.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };
static const struct sea_mac far_mac = { { 2, 0, 0, 0, 0, 0x12 } };
static const struct sea_mac our_far_mac = { { 2, 0, 0, 0, 0, 0x11 } };
static struct test_stack t;
static struct sea_link *far;

static int setup(void **state)
{
	struct sea_neigh_info n = { .size = sizeof(n),
				    .addr = test_addr("192.168.1.2"),
				    .state = SEA_NUD_PERMANENT };

	test_stack_new(&t, modules, 1);
	far = test_add_link(&t, "eth1", &our_far_mac, "192.168.1.1/24");
	test_know_peer(&t);
	n.ifindex = far->ifindex;
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

static void inject_super(uint16_t gso_size, uint32_t len, uint16_t frag)
{
	static const uint8_t tcp[20] = {
		0x12, 0x34, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 1, 0
	};
	static uint8_t segment[65000], frame[65100];
	size_t n;
	struct sea_pkt *pkt;

	memcpy(segment, tcp, sizeof(tcp));
	n = test_build_ip(
		frame,
		&(struct test_ip){ .proto = SEA_IPPROTO_TCP, .dst = "192.168.1.2", .frag = frag },
		segment, len);
	pkt = sea_pkt_from_bytes(t.link, frame, n);
	assert_non_null(pkt);
	pkt->gso_type = SEA_GSO_TCP4;
	pkt->gso_size = gso_size;
	pkt->gso_segs = (uint16_t)((len - 20 + gso_size - 1) / gso_size);
	pkt->csum_state = SEA_CSUM_VERIFIED;
	pkt->trusted = true;
	sea_link_input(t.link, &pkt, 1, t.now);
	test_settle(&t);
}

static void super_segment_is_cut_at_the_edge(void **state)
{
	inject_super(1000, 3520, SEA_IPV4_DF);
	for (unsigned i = 0; i < 4; i++) {
		const uint8_t *body;
		size_t len;

		test_expect_ip(test_take(&t), SEA_IPPROTO_TCP, &body, &len);
		assert_ptr_equal(t.frame.link, far);
		assert_int_equal(len, i < 3 ? 1020 : 520);
		assert_memory_equal(&(sea_be16){ { 0 } },
				    &(sea_be16[]){ test_checksum(
					    body, len,
					    test_pseudo(test_peer_ip, test_ip4("192.168.1.2"),
							SEA_IPPROTO_TCP, len)) }[0],
				    2);
	}
	assert_null(test_take(&t));
	assert_int_equal(test_mib(&t, SEA_MIB_IpForwDatagrams), 1);
}

static void super_segment_of_too_large_segments_is_answered(void **state)
{
	const struct sea_icmp_hdr *icmp;
	const uint8_t *body;
	size_t len;

	assert_int_equal(sea_link_set_mtu(far, 1000, t.now), 0);
	inject_super(1460, 5000, SEA_IPV4_DF);
	test_expect_ip(test_take(&t), SEA_IPPROTO_ICMP, &body, &len);
	icmp = (const void *)body;
	assert_ptr_equal(t.frame.link, t.link);
	assert_int_equal(icmp->code, SEA_ICMP_FRAG_NEEDED);
	assert_int_equal(sea_be16_get(icmp->frag.mtu), 1000);
	assert_null(test_take(&t));
	inject_super(960, 5000, SEA_IPV4_DF);
	assert_int_equal(test_take_all(&t), 6);
}

static void super_segment_that_may_be_cut_is_cut_twice(void **state)
{
	assert_int_equal(sea_link_set_mtu(far, 1000, t.now), 0);
	inject_super(1460, 2 * 1460 + 20, 0);
	assert_int_equal(test_take_all(&t), 4);
	assert_int_equal(test_mib(&t, SEA_MIB_IpFragOKs), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(super_segment_is_cut_at_the_edge),
		T(super_segment_of_too_large_segments_is_answered),
		T(super_segment_that_may_be_cut_is_cut_twice),
#undef T
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
