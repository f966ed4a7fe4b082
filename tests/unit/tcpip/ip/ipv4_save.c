/* SPDX-License-Identifier: Apache-2.0 */
/* A host written out and made again goes on as if nothing had happened. */
#include <errno.h>

#include <seastack/save.h>

#include "ip/ipv4.h"
#include "tests/lib/stack_fixture.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };
static struct test_stack t;

static struct {
	uint8_t bytes[1 << 20];
	size_t len, at, end; /* end: reading fails there */
} file;

static int write_bytes(void *ctx, const void *bytes, size_t len)
{
	assert_true(file.len + len <= sizeof(file.bytes));
	memcpy(file.bytes + file.len, bytes, len);
	file.len += len;
	return 0;
}

static int read_bytes(void *ctx, void *bytes, size_t len)
{
	if (file.at + len > file.end)
		return -EIO;
	memcpy(bytes, file.bytes + file.at, len);
	file.at += len;
	return 0;
}

static void save(void)
{
	file.len = 0;
	assert_int_equal(sea_stack_save(t.stack, write_bytes, NULL), 0);
}

static int load(struct sea_stack **stack, bool fresh, size_t end)
{
	file.at = 0;
	file.end = end;
	return sea_stack_load(NULL, &t.env.env, modules, 1, fresh, read_bytes, NULL, stack);
}

static void send_to(const char *dst, enum sea_csum_state state)
{
	struct sea_flow flow = { .family = SEA_AF_INET, .dst = sea_ipaddr_of4(test_ip4(dst)) };
	struct sea_pkt *pkt = sea_pkt_new(&t.stack->shard.pool, SEA_PKT_HEADROOM, 64);
	struct sea_dst way;

	assert_true(sea_pkt_append(pkt, "\0\1\0\2\0\x0c\0\0abcd", 12));
	pkt->off_trans = pkt->csum_start = sea_pkt_offset(pkt);
	pkt->csum_offset = 6;
	pkt->csum_state = (uint8_t)state;
	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_ip_route(t.stack, &flow, &way), 0);
	assert_int_equal(sea_ip_output(t.stack, pkt, &way,
				       &(struct sea_ip_tx){ .proto = SEA_IPPROTO_UDP }),
			 0);
	sea_ip_pmtu_update(t.stack, &flow, 1400);
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
}

static void live_a_little(void)
{
	struct sea_route r = { .size = sizeof(r),
			       .dst = test_addr("10.5.0.0"),
			       .prefix_len = 16,
			       .type = SEA_ROUTE_UNICAST,
			       .gateway = test_addr("10.0.0.2"),
			       .metric = 7 };
	struct sea_ifaddr a = { .size = sizeof(a),
				.ifindex = t.link->ifindex,
				.local = test_addr("10.0.0.7"),
				.prefix_len = 24,
				.broadcast = test_addr("10.0.0.200") };

	test_know_peer(&t);
	assert_int_equal(sea_ifaddr_add(t.stack, &a, t.now), 0);
	a.local = test_addr("10.0.9.8");
	memcpy(a.label, "eth0:7", sizeof("eth0:7"));
	a.flags = SEA_IFA_ACD;
	a.valid_s = 1000;
	a.preferred_s = 600;
	assert_int_equal(sea_ifaddr_add(t.stack, &a, t.now), 0);
	assert_int_equal(
		sea_neigh_set(t.stack,
			      &(struct sea_neigh_info){ .size = sizeof(struct sea_neigh_info),
							.addr = test_addr("10.0.9.9"),
							.flags = SEA_NTF_PROXY },
			      t.now),
		0);
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	r = (struct sea_route){ .size = sizeof(r),
				.dst = test_addr("10.6.0.0"),
				.prefix_len = 16,
				.type = SEA_ROUTE_BLACKHOLE };
	assert_int_equal(sea_route_add(t.stack, &r, t.now), 0);
	test_advance(&t, SEA_SEC / 2);
	send_to("10.0.0.3", SEA_CSUM_PARTIAL);
	send_to("10.5.0.3", SEA_CSUM_NONE);
	test_take_all(&t);
	test_advance(&t, SEA_SEC / 2);
}

/* The other stack takes the place of the one under test. */
static void become(struct sea_stack *stack)
{
	sea_stack_free(t.stack);
	t.stack = stack;
	t.link = sea_link_by_name(stack, "eth0");
	assert_non_null(t.link);
}

static int setup(void **state)
{
	test_stack_new(&t, modules, 1);
	live_a_little();
	return 0;
}

static int teardown(void **state)
{
	test_stack_free(&t);
	return 0;
}

static void what_was_loaded_is_saved_as_the_same_bytes(void **state)
{
	static uint8_t first[sizeof(file.bytes)];
	struct sea_stack *copy;
	size_t len;

	save();
	memcpy(first, file.bytes, len = file.len);
	assert_int_equal(load(&copy, false, file.len), 0);
	assert_int_equal(file.at, len);
	become(copy);
	save();
	assert_int_equal(file.len, len);
	assert_memory_equal(file.bytes, first, len);
}

static void waiting_packet_goes_out_whole_after_a_load(void **state)
{
	struct sea_ipaddr three = sea_ipaddr_of4(test_ip4("10.0.0.3"));
	struct sea_stack *copy;
	const struct sea_ipv4_hdr *ip;
	const uint8_t *payload;
	size_t len;

	save();
	assert_int_equal(load(&copy, false, file.len), 0);
	become(copy);
	sea_stack_enter(t.stack, t.now);
	sea_neigh_update(sea_neigh_find(&sea_ipv4_of(t.stack)->neigh, t.link, &three),
			 &test_peer_mac, SEA_NUD_REACHABLE, SEA_NEIGH_OVERRIDE);
	sea_stack_leave(t.stack);
	ip = test_expect_ip(test_take(&t), SEA_IPPROTO_UDP, &payload, &len);
	assert_int_equal(len, 12);
	assert_memory_equal(payload + 8, "abcd", 4);
	/* The field held no pseudo-header, so the sum of all is right by itself. */
	assert_int_equal(sea_be16_get(test_checksum(payload, len, 0)), 0);
	assert_int_equal(ip->src.b[3], 1);
}

static void timers_go_on_where_they_were(void **state)
{
	struct sea_stack *copy;

	save();
	assert_int_equal(load(&copy, false, file.len), 0);
	become(copy);
	test_advance(&t, SEA_SEC / 2 - 1);
	assert_null(test_take(&t));
	test_advance(&t, 1);
	assert_non_null(test_take(&t)); /* the second question for 10.0.0.3 */
	test_advance(&t, 600 * SEA_SEC);
	assert_int_equal(sea_ipv4_of(t.stack)->pmtu.entries.n, 0);
}

static void copy_with_fresh_secrets_has_other_keys(void **state)
{
	struct sea_siphash_key old = sea_ipv4_of(t.stack)->id_key;
	struct sea_stack *copy;

	save();
	assert_int_equal(load(&copy, true, file.len), 0);
	assert_memory_not_equal(&sea_ipv4_of(copy)->id_key, &old, sizeof(old));
	become(copy);
}

static void file_that_was_cut_leaves_nothing_behind(void **state)
{
	size_t live = t.env.live;
	struct sea_stack *copy;

	save();
	for (size_t end = 0; end < file.len; end += 1 + end / 100) {
		assert_int_not_equal(load(&copy, false, end), 0);
		assert_null(copy);
		assert_int_equal(t.env.live, live);
	}
}

static void byte_that_was_changed_breaks_nothing(void **state)
{
	struct sea_stack *copy;

	save();
	for (size_t i = 0; i < file.len; i += 3) {
		uint8_t old = file.bytes[i];

		file.bytes[i] ^= 0x81;
		if (!load(&copy, false, file.len))
			sea_stack_free(copy);
		file.bytes[i] = old;
	}
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

/* What a setting led to once was itself saved, and what was set since is not undone. */
static void settings_of_links_outlive_those_for_all(void **state)
{
	static const struct {
		const char *name, *value;
	} set[] = { { "net.ipv4.ip_forward", "1" },
		    { "net.ipv4.conf.all.accept_redirects", "1" },
		    { "net.ipv4.conf.eth0.forwarding", "0" },
		    { "net.ipv4.conf.lo.rp_filter", "2" } };
	struct sea_stack *copy;
	char text[16];

	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(sea_sysctl_set(t.stack, set[i].name, set[i].value, t.now), 0);
	save();
	assert_int_equal(load(&copy, false, file.len), 0);
	become(copy);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(sea_sysctl_get(copy, set[i].name, text, sizeof(text)), 1);
		assert_string_equal(text, set[i].value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_loaded_is_saved_as_the_same_bytes),
		TEST(waiting_packet_goes_out_whole_after_a_load),
		TEST(timers_go_on_where_they_were),
		TEST(copy_with_fresh_secrets_has_other_keys),
		TEST(file_that_was_cut_leaves_nothing_behind),
		TEST(byte_that_was_changed_breaks_nothing),
		TEST(settings_of_links_outlive_those_for_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
