/* SPDX-License-Identifier: Apache-2.0 */
/* An IPv6 host written out and made again goes on as if nothing had happened. */
#include <errno.h>

#include "ip/ndp.h"
#include "tests/lib/snapshot.h"
#include "tests/lib/stack_fixture.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };
static struct test_stack t;
static struct snapshot file;

static struct sea_pkt *waiting(void)
{
	struct sea_pkt *pkt = sea_pkt_new(&t.stack->shard.pool, SEA_PKT_HEADROOM, 64);

	assert_true(sea_pkt_append(pkt, "\0\1\0\2\0\x0c\0\0abcd", 12));
	pkt->off_trans = sea_pkt_offset(pkt);
	return pkt;
}

/* A question is out, an answer waited for, a path known to be narrow. */
static void live_a_little(void)
{
	struct sea_flow flow = { .family = SEA_AF_INET6, .dst = test_ip6("2001:db8::3") };
	struct sea_route r = { .size = sizeof(r),
			       .dst = test_addr("2001:db8:5::"),
			       .prefix_len = 48,
			       .type = SEA_ROUTE_UNICAST,
			       .gateway = test_addr(TEST_PEER_IP6) };
	const struct sea_ip_tx tx = { .proto = SEA_IPPROTO_UDP };
	struct sea_dst way;

	test_know_peer6(&t);
	sea_link_ip6(t.link)->token[7] = 5;
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_ip_route(t.stack, &flow, &way), 0);
	assert_int_equal(sea_ip_output(t.stack, waiting(), &way, &tx), 0);
	sea_ip_pmtu_update(t.stack, &flow, 1400);
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
	test_take_all(&t);
	test_advance(&t, SEA_SEC / 2);
}

static int setup(void **state)
{
	test_stack_new6(&t, modules, 2);
	live_a_little();
	return 0;
}

static int teardown(void **state)
{
	snapshot_free(&file);
	test_stack_free(&t);
	return 0;
}

static int reload(size_t end, struct sea_stack **stack)
{
	file.at = 0;
	file.len = end;
	return sea_stack_load(NULL, &t.env.env, modules, 2, false, snapshot_read, &file, stack);
}

static void become(void)
{
	struct sea_stack *stack;

	assert_int_equal(sea_stack_save(t.stack, snapshot_write, &file), 0);
	assert_int_equal(reload(file.len, &stack), 0);
	sea_stack_free(t.stack);
	t.stack = stack;
	t.link = sea_link_by_name(stack, "eth0");
	assert_non_null(t.link);
}

static void what_was_loaded_is_saved_as_the_same_bytes(void **state)
{
	struct snapshot again = { 0 };

	become();
	assert_int_equal(sea_stack_save(t.stack, snapshot_write, &again), 0);
	assert_int_equal(again.len, file.len);
	assert_memory_equal(again.bytes, file.bytes, file.len);
	snapshot_free(&again);
}

static void what_waited_for_a_neighbour_still_does(void **state)
{
	struct {
		struct sea_ndp_na na;
		uint8_t opt[SEA_NDP_LLADDR_LEN];
	} msg = { .na = { .type = SEA_NDP_NA, .flags = SEA_NDP_NA_SOLICITED } };
	struct sea_ipaddr target = test_ip6("2001:db8::3");
	const uint8_t *payload;
	size_t len;

	become();
	memcpy(msg.na.target, target.b, 16);
	sea_ndp_put_lladdr(msg.opt, SEA_NDP_OPT_TLLA, &test_peer_mac);
	test_inject_icmp6(&t, &(struct test_ip6){ .src = "2001:db8::3", .hop_limit = 255 }, &msg,
			  sizeof(msg));
	test_expect_ip6(test_take(&t), SEA_IPPROTO_UDP, &payload, &len);
	assert_int_equal(len, 12);
}

static void a_router_leaves_its_groups_once_afterwards(void **state)
{
	struct sea_ipaddr group = test_ip6("ff05::2");
	const char *name = "net.ipv6.conf.all.forwarding";

	assert_int_equal(sea_sysctl_set(t.stack, name, "1", t.now), 0);
	become();
	assert_true(sea_group_heard(&sea_link_ip6(t.link)->groups, &group));
	assert_int_equal(sea_sysctl_set(t.stack, name, "0", t.now), 0);
	assert_false(sea_group_heard(&sea_link_ip6(t.link)->groups, &group));
}

static void addresses_groups_and_paths_are_there_again(void **state)
{
	struct sea_flow flow = { .family = SEA_AF_INET6, .dst = test_ip6("2001:db8::3") };
	struct sea_ipaddr group = test_ip6("ff02::1:ff00:1");
	struct sea_ifaddr a = { .size = sizeof(a),
				.local = test_addr(TEST_OUR_IP6),
				.prefix_len = 64 };
	struct sea_dst way;

	become();
	assert_true(sea_group_heard(&sea_link_ip6(t.link)->groups, &group));
	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_ip_route(t.stack, &flow, &way), 0);
	assert_int_equal(way.mtu, 1400);
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
	a.ifindex = t.link->ifindex;
	assert_int_equal(sea_ifaddr_del(t.stack, &a, t.now), 0);
	assert_true(sea_group_heard(&sea_link_ip6(t.link)->groups, &group)); /* fe80::ff:fe00:1 */
	assert_null(sea_ifaddr6_find_any(t.stack, &(struct sea_ipaddr){ .b = { 0x20, 1 } }));
	assert_int_equal(sea_link_ip6(t.link)->token[7], 5);
}

static void a_file_that_is_cut_is_refused_and_nothing_stays(void **state)
{
	struct sea_stack *stack;
	size_t len;

	assert_int_equal(sea_stack_save(t.stack, snapshot_write, &file), 0);
	len = file.len;
	for (size_t end = 0; end < len; end += end + 97 < len ? 97 : 1) {
		size_t live = t.env.live;

		assert_int_not_equal(reload(end, &stack), 0);
		assert_int_equal(t.env.live, live);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_loaded_is_saved_as_the_same_bytes),
		TEST(what_waited_for_a_neighbour_still_does),
		TEST(a_router_leaves_its_groups_once_afterwards),
		TEST(addresses_groups_and_paths_are_there_again),
		TEST(a_file_that_is_cut_is_refused_and_nothing_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
