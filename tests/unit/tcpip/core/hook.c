/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "core/hook.h"
#include "tests/lib/stack_fixture.h"
#include "wire/icmp.h"

static struct test_stack t;
static char way[64];

static void pass(const struct sea_hook_at *at, char who)
{
	static const char points[] = "PIFOX"; /* pre, in, forward, out, post */

	snprintf(way + strlen(way), sizeof(way) - strlen(way), "%c%c ", points[at->point], who);
}

static bool first(const struct sea_hook_at *at, struct sea_pkt *pkt)
{
	const struct sea_ipv4_hdr *ip = sea_pkt_peek(pkt, sizeof(*ip));

	assert_int_equal(ip->ver_ihl, 0x45);
	assert_int_equal(sea_pkt_offset(pkt), pkt->off_net);
	assert_int_equal(!at->in,
			 at->point == SEA_HOOK_LOCAL_OUT || at->point == SEA_HOOK_POSTROUTING);
	pass(at, '1');
	return true;
}

static bool second(const struct sea_hook_at *at, struct sea_pkt *pkt)
{
	(void)pkt;
	pass(at, '2');
	return true;
}

static bool refuse(const struct sea_hook_at *at, struct sea_pkt *pkt)
{
	pass(at, '!');
	sea_pkt_drop(at->stack, pkt, SEA_DROP_IP_NO_MEMORY);
	return false;
}

/* 10.0.0.9 becomes 10.0.0.1, as a destination NAT would have it. */
static bool redirect(const struct sea_hook_at *at, struct sea_pkt *pkt)
{
	struct sea_ipv4_hdr *ip = sea_pkt_writable(pkt, sizeof(*ip));

	(void)at;
	ip->sum = sea_be16_of(sea_csum_update16(sea_be16_get(ip->sum), 9, 1));
	ip->dst = test_our_ip;
	return true;
}

static const struct sea_hook everywhere[] = {
	{ "1", SEA_AF_INET, SEA_HOOK_PREROUTING, 0, first },
	{ "1", SEA_AF_INET, SEA_HOOK_LOCAL_IN, 0, first },
	{ "1", SEA_AF_INET, SEA_HOOK_FORWARD, 0, first },
	{ "1", SEA_AF_INET, SEA_HOOK_LOCAL_OUT, 0, first },
	{ "1", SEA_AF_INET, SEA_HOOK_POSTROUTING, 0, first },
};
static const struct sea_hook later = { "2", SEA_AF_INET, SEA_HOOK_PREROUTING, 10, second };
static const struct sea_hook sooner = { "2", SEA_AF_INET, SEA_HOOK_PREROUTING, -10, second };
static const struct sea_hook wall_in = { "!", SEA_AF_INET, SEA_HOOK_LOCAL_IN, 10, refuse };
static const struct sea_hook wall_out = { "!", SEA_AF_INET, SEA_HOOK_LOCAL_OUT, 10, refuse };
static const struct sea_hook dnat = { "dnat", SEA_AF_INET, SEA_HOOK_PREROUTING, -100, redirect };

static int setup(void **state)
{
	static const struct sea_module *const modules[] = { &sea_ipv4 };

	(void)state;
	way[0] = '\0';
	test_stack_new(&t, modules, 1);
	test_know_peer(&t);
	for (size_t i = 0; i < sizeof(everywhere) / sizeof(everywhere[0]); i++)
		sea_hook_add(t.stack, &everywhere[i]);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_take_all(&t);
	test_stack_free(&t);
	return 0;
}

static void ping_us(const char *dst)
{
	uint8_t echo[8] = { SEA_ICMP_ECHO };
	sea_be16 sum = test_checksum(echo, sizeof(echo), 0);

	memcpy(echo + 2, &sum, sizeof(sum));
	test_inject_ip(&t, &(struct test_ip){ .dst = dst, .proto = SEA_IPPROTO_ICMP }, echo,
		       sizeof(echo));
}

static void a_packet_passes_the_points_in_linux_order(void **state)
{
	ping_us(NULL);
	assert_string_equal(way, "P1 I1 O1 X1 ");
	assert_int_equal(test_take_all(&t), 1);
}

static void hooks_of_a_point_go_by_priority(void **state)
{
	sea_hook_add(t.stack, &later);
	sea_hook_add(t.stack, &sooner);
	ping_us(NULL);
	assert_string_equal(way, "P2 P1 P2 I1 O1 X1 ");
	way[0] = '\0';
	sea_hook_del(t.stack, &sooner);
	sea_hook_del(t.stack, &sooner);
	ping_us(NULL);
	assert_string_equal(way, "P1 P2 I1 O1 X1 ");
}

static void what_a_hook_consumes_goes_no_further(void **state)
{
	sea_hook_add(t.stack, &wall_out);
	ping_us(NULL);
	assert_string_equal(way, "P1 I1 O1 O! ");
	assert_int_equal(test_drops(&t, SEA_DROP_IP_NO_MEMORY), 1);
	way[0] = '\0';
	sea_hook_add(t.stack, &wall_in);
	ping_us(NULL);
	assert_string_equal(way, "P1 I1 I! ");
	assert_int_equal(test_drops(&t, SEA_DROP_IP_NO_MEMORY), 2);
	assert_int_equal(test_take_all(&t), 0);
}

static void a_destination_that_a_hook_changes_is_routed_anew(void **state)
{
	ping_us("10.0.0.9");
	assert_string_equal(way, "P1 ");
	assert_int_equal(test_take_all(&t), 0);
	way[0] = '\0';
	sea_hook_add(t.stack, &dnat);
	ping_us("10.0.0.9");
	assert_string_equal(way, "P1 I1 O1 X1 ");
	assert_int_equal(test_take_all(&t), 1);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(a_packet_passes_the_points_in_linux_order),
		T(hooks_of_a_point_go_by_priority),
		T(what_a_hook_consumes_goes_no_further),
		T(a_destination_that_a_hook_changes_is_routed_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
