/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host's day on IPv4 with the Nth allocation failing, for every N: configured, spoken to, speaking,
 * torn down. Each call says -ENOMEM or does its work; no packet is lost without a reason; no memory
 * stays behind.
 */
#include <errno.h>

#include "ip/ipv4.h"
#include "tests/lib/stack_fixture.h"
#include "wire/arp.h"

static const struct sea_module *const modules[] = { &sea_ipv4 };
static const struct sea_stack_config no_cache = { .size = sizeof(no_cache) };

struct day {
	struct test_env env;
	struct sea_stack *stack;
	struct sea_link *link;
	sea_time now;
	unsigned failed; /* calls that said so */
};

/* True when the call worked; what failed must have failed for want of memory. */
static bool worked(struct day *d, int err)
{
	assert_true(err == 0 || err == -ENOMEM || err == -ENOBUFS);
	d->failed += err != 0;
	return err == 0;
}

static bool add_link(struct day *d)
{
	const struct sea_link_config config = { .size = sizeof(config),
						.name = "eth0",
						.mac = { 2, 0, 0, 0, 0, 1 } };

	return worked(d, sea_link_add(d->stack, &config, &d->link, d->now)) &&
	       worked(d, sea_link_set_up(d->link, true, d->now));
}

static bool add_addrs(struct day *d)
{
	static const char *const prefixes[] = { "10.0.0.1/24", "10.0.0.7/24", "10.0.0.1/25" };
	struct sea_ifaddr a = { .size = sizeof(a), .ifindex = d->link->ifindex };
	bool ok = true;

	for (unsigned i = 0; i < 3; i++) {
		assert_true(sea_addr_parse_prefix(prefixes[i], &a.local, &a.prefix_len));
		ok &= worked(d, sea_ifaddr_add(d->stack, &a, d->now));
	}
	return ok;
}

static void add_route(struct day *d)
{
	struct sea_route r = { .size = sizeof(r),
			       .dst = test_addr("10.5.0.0"),
			       .prefix_len = 16,
			       .type = SEA_ROUTE_UNICAST,
			       .gateway = test_addr("10.0.0.9"),
			       .table = 77 };

	worked(d, sea_route_add(d->stack, &r, d->now));
	r.table = SEA_TABLE_MAIN;
	worked(d, sea_route_add(d->stack, &r, d->now));
	r.metric = 4;
	worked(d, sea_route_add(d->stack, &r, d->now));
}

static void inject(struct day *d, const void *frame, size_t len)
{
	struct sea_pkt *pkt = sea_pkt_from_bytes(d->link, frame, len);

	if (pkt)
		sea_link_input(d->link, &pkt, 1, d->now);
	else
		d->failed++;
}

static void inject_ip(struct day *d, const struct test_ip *ip, const void *payload, size_t len)
{
	static uint8_t frame[2048];

	inject(d, frame, test_build_ip(frame, ip, payload, len));
}

static void inject_arp(struct day *d)
{
	struct {
		struct sea_ether_hdr eth;
		struct sea_arp_hdr arp;
	} f = { .eth = { test_our_mac, test_peer_mac, sea_be16_of(SEA_ETHERTYPE_ARP) } };

	sea_arp_put(&f.arp, SEA_ARP_REQUEST, &test_peer_mac, test_peer_ip, &test_our_mac,
		    test_our_ip);
	inject(d, &f, sizeof(f));
}

static void take_all(struct day *d)
{
	struct sea_link *link;
	struct sea_pkt *pkt;

	while ((link = sea_stack_next_tx(d->stack)))
		while (sea_link_take_tx(link, &pkt, 1, d->now))
			sea_pkt_done(pkt);
}

/* To one that does not answer, to all, to ourselves. */
static void send_to(struct day *d, const char *dst)
{
	struct sea_flow flow = { .family = SEA_AF_INET, .dst = sea_ipaddr_of4(test_ip4(dst)) };
	struct sea_dst way;
	struct sea_pkt *pkt;

	sea_stack_enter(d->stack, d->now);
	if (!sea_ip_route(d->stack, &flow, &way)) {
		pkt = sea_pkt_new(&d->stack->shard.pool, SEA_PKT_HEADROOM, 8);
		if (pkt && sea_pkt_append(pkt, "12345678", 8)) {
			pkt->off_trans = sea_pkt_offset(pkt);
			worked(d, sea_ip_output(d->stack, pkt, &way,
						&(struct sea_ip_tx){ .proto = 132 }));
		}
		sea_ip_pmtu_update(d->stack, &flow, 1400);
		sea_dst_put(d->stack, &way);
	}
	sea_stack_leave(d->stack);
}

static void pass(struct day *d, int64_t ns)
{
	for (unsigned i = 0; i < 4; i++) {
		d->now = sea_time_add(d->now, ns / 4);
		sea_stack_advance(d->stack, d->now);
		take_all(d);
	}
}

static void use(struct day *d)
{
	static const uint8_t echo[600] = { 8, 0, 0xf7, 0xff };

	inject_arp(d);
	inject_ip(d, &(struct test_ip){ .proto = SEA_IPPROTO_ICMP }, echo, sizeof(echo));
	inject_ip(d, &(struct test_ip){ .proto = 132 }, echo, sizeof(echo));
	send_to(d, "10.0.0.3");
	send_to(d, "10.0.0.255");
	send_to(d, "10.0.0.1");
	pass(d, 4 * SEA_SEC);
}

/* A router's work: on to a better one, and what does not go on. */
static void forward(struct day *d)
{
	static const uint8_t bytes[1000];

	(void)worked(d, sea_sysctl_set(d->stack, "net.ipv4.ip_forward", "1", d->now));
	inject_ip(d, &(struct test_ip){ .proto = 132, .dst = "10.5.0.3" }, bytes, 1000);
	inject_ip(d, &(struct test_ip){ .proto = 132, .dst = "10.5.0.3", .ttl = 1 }, bytes, 8);
	inject_ip(d, &(struct test_ip){ .proto = 132, .dst = "192.0.2.1" }, bytes, 8);
	pass(d, 4 * SEA_SEC);
}

static void live(struct day *d)
{
	if (!worked(d, sea_stack_new(&no_cache, &d->env.env, modules, 1, &d->stack)))
		return;
	if (add_link(d) && add_addrs(d)) {
		add_route(d);
		use(d);
		forward(d);
		worked(d, sea_link_set_up(d->link, false, d->now));
		worked(d, sea_link_set_up(d->link, true, d->now));
	}
	sea_stack_free(d->stack);
}

static void run(struct day *d, size_t nth, bool once)
{
	memset(d, 0, sizeof(*d));
	test_env_init(&d->env);
	test_env_fail_at(&d->env, nth);
	d->env.fail_once = once;
	live(d);
	if (d->env.live)
		print_error("allocation %zu: %zu left behind\n", nth, d->env.live);
	assert_int_equal(d->env.live, 0);
}

static void every_allocation_may_fail(bool once)
{
	struct day d;
	size_t total;

	run(&d, 0, false);
	assert_int_equal(d.failed, 0);
	total = d.env.calls;
	assert_true(total > 50);
	for (size_t nth = 1; nth <= total; nth++)
		run(&d, nth, once);
}

static void any_one_allocation_may_fail(void **state)
{
	every_allocation_may_fail(true);
}

static void all_allocations_from_any_on_may_fail(void **state)
{
	every_allocation_may_fail(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_one_allocation_may_fail),
		cmocka_unit_test(all_allocations_from_any_on_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
