/* SPDX-License-Identifier: Apache-2.0 */
/* Fields, packets, links, sysctls and counters, written and read back. */
#include "tests/lib/env.h"
#include "tests/lib/snapshot.h"

#include <seastack/link.h>
#include <seastack/stats.h>

#include "core/link.h"
#include "core/pkt.h"
#include "core/save.h"
#include "core/stack.h"

static void fields_come_back_as_they_were(void **state)
{
	struct snapshot snap = { 0 };
	struct sea_saver to = { .write = snapshot_write, .ctx = &snap };
	struct sea_loader from = { .read = snapshot_read, .ctx = &snap };
	char text[256], long_text[400];

	memset(long_text, 'x', sizeof(long_text));
	sea_save_tag(&to, "TEST");
	sea_save_u8(&to, 0xfe);
	sea_save_u16(&to, 0xfedc);
	sea_save_u32(&to, 0xfedcba98);
	sea_save_u64(&to, UINT64_C(0xfedcba9876543210));
	sea_save_time(&to, SEA_TIME_NEVER);
	sea_save_text(&to, "hello");
	long_text[399] = '\0';
	sea_save_text(&to, long_text);
	sea_save_u32(&to, 7);
	assert_int_equal(to.err, 0);
	assert_memory_equal(snap.bytes + 4, "\xfe\xdc\xfe\x98\xba\xdc\xfe", 7);
	sea_load_tag(&from, "TEST");
	assert_int_equal(sea_load_u8(&from), 0xfe);
	assert_int_equal(sea_load_u16(&from), 0xfedc);
	assert_int_equal(sea_load_u32(&from), 0xfedcba98);
	assert_true(sea_load_u64(&from) == UINT64_C(0xfedcba9876543210));
	assert_true(sea_time_is_never(sea_load_time(&from)));
	sea_load_text(&from, text);
	assert_string_equal(text, "hello");
	sea_load_text(&from, text);
	assert_int_equal(strlen(text), 255);
	assert_int_equal(sea_load_count(&from, 7), 7);
	assert_int_equal(from.err, 0);
	assert_int_equal(sea_load_u32(&from), 0);
	assert_int_equal(from.err, -EIO);
	snapshot_free(&snap);
}

static void errors_stick(void **state)
{
	struct snapshot snap = { .fail_at = 5 };
	struct sea_saver to = { .write = snapshot_write, .ctx = &snap };
	struct sea_loader from = { .read = snapshot_read, .ctx = &snap };

	sea_save_u32(&to, 9);
	sea_save_u32(&to, 1);
	assert_int_equal(to.err, -ENOSPC);
	sea_save_u8(&to, 1);
	assert_int_equal(snap.len, 4);
	assert_int_equal(sea_load_count(&from, 8), 0);
	assert_int_equal(from.err, -EINVAL);
	sea_load_fail(&from, -ENOMEM);
	assert_int_equal(from.err, -EINVAL);
	snap.at = 0;
	from.err = 0;
	sea_load_tag(&from, "TEST");
	assert_int_equal(from.err, -EINVAL);
	snapshot_free(&snap);
}

static void packets_keep_bytes_facts_and_order(void **state)
{
	struct test_env env;
	struct sea_pool pool;
	struct snapshot snap = { 0 };
	struct sea_saver to = { .write = snapshot_write, .ctx = &snap };
	struct sea_loader from = { .read = snapshot_read, .ctx = &snap };
	struct sea_pktq q, r;
	struct sea_pkt *pkt;
	static uint8_t big[40000], got[40000];

	test_env_init(&env);
	sea_pool_init(&pool, &env.env, 0, 0);
	sea_pktq_init(&q);
	sea_pktq_init(&r);
	for (size_t i = 0; i < sizeof(big); i++)
		big[i] = (uint8_t)(i * 31);
	pkt = sea_pkt_new(&pool, 64, 10);
	assert_true(sea_pkt_append(pkt, "headhello", 9));
	sea_pkt_pull(pkt, 4);
	pkt->time.ns = 77;
	pkt->charged = 832;
	pkt->cb[47] = 0xcb;
	sea_pktq_push(&q, pkt);
	pkt = sea_pkt_new(&pool, 64, 0);
	assert_true(sea_pkt_append(pkt, big, sizeof(big)));
	sea_pktq_push(&q, pkt);
	sea_save_pktq(&to, &q);
	sea_load_pktq(&from, &pool, &r);
	assert_int_equal(from.err, 0);
	assert_int_equal(r.n, 2);
	assert_int_equal(r.bytes, 5 + sizeof(big));
	assert_int_equal(r.head->time.ns, 77);
	assert_int_equal(r.head->charged, 832);
	assert_int_equal(r.head->cb[47], 0xcb);
	assert_true(sea_pkt_read(r.head, 0, got, 5));
	assert_memory_equal(got, "hello", 5);
	assert_true(sea_pkt_read(r.head->next, 0, got, sizeof(big)));
	assert_memory_equal(got, big, sizeof(big));
	assert_true(sea_pkt_held(r.head) <= sea_pkt_held_max(5));
	while ((pkt = sea_pktq_pop(&q)))
		sea_pkt_free(pkt);
	while ((pkt = sea_pktq_pop(&r)))
		sea_pkt_free(pkt);
	sea_pool_fini(&pool);
	assert_int_equal(env.live, 0);
	snapshot_free(&snap);
}

static struct sea_link *add(struct sea_stack *stack, const char *name)
{
	const struct sea_link_config config = {
		.size = sizeof(config),
		.name = name,
		.mtu = 1400,
		.txqueuelen = 50,
		.features = SEA_LINK_F_TX_CSUM | SEA_LINK_F_TSO4,
	};
	struct sea_link *link;

	assert_int_equal(sea_link_add(stack, &config, &link, SEA_TIME_ZERO), 0);
	return link;
}

static void stack_keeps_links_sysctls_counters_and_time(void **state)
{
	struct test_env env;
	struct sea_stack *stack, *copy;
	struct snapshot snap = { 0 };
	struct sea_link_info a = { .size = sizeof(a) }, b = { .size = sizeof(b) };
	struct sea_link *link;
	char text[16];

	test_env_init(&env);
	assert_int_equal(sea_stack_new(NULL, &env.env, NULL, 0, &stack), 0);
	link = add(stack, "gone");
	add(stack, "eth1");
	sea_link_del(link, SEA_TIME_ZERO);
	link = sea_link_by_name(stack, "eth1");
	assert_int_equal(sea_link_set_up(link, true, SEA_TIME_ZERO), 0);
	sea_link_set_carrier(link, false, SEA_TIME_ZERO);
	link->stats.rx_packets = 99;
	assert_int_equal(sea_sysctl_set(stack, "net.core.somaxconn", "77", (sea_time){ 5000 }), 0);
	stack->shard.counters.mib[SEA_MIB_IpInReceives] = 12;
	assert_int_equal(sea_stack_save(stack, snapshot_write, &snap), 0);
	sea_link_info(link, &a);
	assert_int_equal(
		sea_stack_load(NULL, &env.env, NULL, 0, false, snapshot_read, &snap, &copy), 0);
	assert_int_equal(snap.at, snap.len);
	assert_int_equal(sea_stack_now(copy).ns, 5000);
	sea_link_info(sea_link_by_index(copy, 3), &b);
	assert_memory_equal(&a, &b, sizeof(a));
	assert_int_equal(copy->next_ifindex, 4);
	assert_true(sea_link_by_name(copy, "lo")->up);
	assert_int_equal(sea_sysctl_get(copy, "net.core.somaxconn", text, sizeof(text)), 2);
	assert_string_equal(text, "77");
	assert_int_equal(sea_stack_mib_get(copy, "IpInReceives"), 12);
	assert_int_equal(sea_secret_u64(&copy->shard.secret), sea_secret_u64(&stack->shard.secret));
	sea_stack_free(copy);
	snap.at = 0;
	assert_int_equal(sea_stack_load(NULL, &env.env, NULL, 0, true, snapshot_read, &snap, &copy),
			 0);
	assert_true(sea_secret_u64(&copy->shard.secret) != sea_secret_u64(&stack->shard.secret));
	sea_stack_free(copy);
	sea_stack_free(stack);
	assert_int_equal(env.live, 0);
	snapshot_free(&snap);
}

static void what_is_no_saved_stack_is_refused(void **state)
{
	struct test_env env;
	struct sea_stack *stack, *copy;
	struct snapshot snap = { 0 };

	test_env_init(&env);
	assert_int_equal(sea_stack_new(NULL, &env.env, NULL, 0, &stack), 0);
	assert_int_equal(sea_stack_save(stack, snapshot_write, &snap), 0);
	snap.bytes[0] ^= 1;
	assert_int_equal(sea_stack_load(NULL, &env.env, NULL, 0, false, snapshot_read, &snap,
					&copy),
			 -EINVAL);
	assert_null(copy);
	snap.bytes[0] ^= 1;
	snap.bytes[13] ^= 1; /* the version's text */
	snap.at = 0;
	assert_int_equal(sea_stack_load(NULL, &env.env, NULL, 0, false, snapshot_read, &snap,
					&copy),
			 -EINVAL);
	sea_stack_free(stack);
	assert_int_equal(env.live, 0);
	snapshot_free(&snap);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_come_back_as_they_were),
		cmocka_unit_test(errors_stick),
		cmocka_unit_test(packets_keep_bytes_facts_and_order),
		cmocka_unit_test(stack_keeps_links_sysctls_counters_and_time),
		cmocka_unit_test(what_is_no_saved_stack_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
