/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A host's day on IPv6 with the Nth allocation failing, for every N: configured, spoken to, speaking,
 * torn down. Each call says -ENOMEM or does its work; no packet is lost without a reason; no memory
 * stays behind.
 */
#include <errno.h>

#include "ip/ndp.h"
#include "tests/fault/every.h"
#include "tests/lib/stack_fixture.h"

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6 };
static const struct sea_stack_config no_cache = { .size = sizeof(no_cache) };

static struct test_stack t;
static unsigned failed; /* calls that said so */

/* True when the call worked; what failed must have failed for want of memory. */
static bool worked(int err)
{
	assert_true(err == 0 || err == -ENOMEM || err == -ENOBUFS);
	failed += err != 0;
	return err == 0;
}

static bool add_link(void)
{
	const struct sea_link_config config = { .size = sizeof(config),
						.name = "eth0",
						.mac = { 2, 0, 0, 0, 0, 1 } };

	return worked(sea_link_add(t.stack, &config, &t.link, t.now)) &&
	       worked(sea_link_set_up(t.link, true, t.now));
}

static bool add_addrs(void)
{
	static const char *const prefixes[] = { TEST_OUR_IP6 "/64", "2001:db8::7/64" };
	struct sea_ifaddr a = { .size = sizeof(a),
				.ifindex = t.link->ifindex,
				.flags = SEA_IFA_NODAD };
	bool ok = true;

	for (unsigned i = 0; i < 2; i++) {
		assert_true(sea_addr_parse_prefix(prefixes[i], &a.local, &a.prefix_len));
		ok &= worked(sea_ifaddr_add(t.stack, &a, t.now));
	}
	return ok;
}

static void add_route(void)
{
	struct sea_route r = { .size = sizeof(r),
			       .dst = test_addr("2001:db8:5::"),
			       .prefix_len = 48,
			       .type = SEA_ROUTE_UNICAST,
			       .gateway = test_addr("2001:db8::9") };

	worked(sea_route_add(t.stack, &r, t.now));
}

/* To one that does not answer, to a group, to ourselves. */
static void send_to(const char *dst)
{
	static const uint8_t opts[8] = { 132, 0, 1, 4 };
	const struct sea_ip_tx tx = {
		.proto = 132, .opts = opts, .opts_len = 8, .opts_next = SEA_IPV6_DSTOPTS
	};
	struct sea_flow flow = { .family = SEA_AF_INET6, .dst = test_ip6(dst) };
	struct sea_dst way;
	struct sea_pkt *pkt;

	sea_stack_enter(t.stack, t.now);
	if (!sea_ip_route(t.stack, &flow, &way)) {
		pkt = sea_pkt_new(&t.stack->shard.pool, SEA_PKT_HEADROOM, 8);
		if (pkt && sea_pkt_append(pkt, "12345678", 8)) {
			pkt->off_trans = sea_pkt_offset(pkt);
			worked(sea_ip_output(t.stack, pkt, &way, &tx));
		} else if (pkt) {
			sea_pkt_free(pkt);
		}
		sea_ip_pmtu_update(t.stack, &flow, 1400);
		sea_dst_put(t.stack, &way);
	}
	sea_stack_leave(t.stack);
}

static void use(void)
{
	static const uint8_t echo[600] = { SEA_ICMP6_ECHO };
	static const struct sea_ndp_ns ns = { .type = SEA_NDP_NS,
					      .target = { 0x20, 1, 0xd, 0xb8, [15] = 1 } };

	test_inject_icmp6(&t, &(struct test_ip6){ .hop_limit = 255 }, &ns, sizeof(ns));
	test_inject_icmp6(&t, &(struct test_ip6){ 0 }, echo, sizeof(echo));
	test_inject_ip6(&t, &(struct test_ip6){ .proto = 253 }, echo, sizeof(echo));
	send_to("2001:db8::3");
	send_to("ff02::1");
	send_to(TEST_OUR_IP6);
	send_to("2001:db8:5::1");
	test_take_all(&t);
	test_advance(&t, 4 * SEA_SEC);
	test_take_all(&t);
}

static void live(void)
{
	if (!worked(sea_stack_new(&no_cache, &t.env.env, modules, 2, &t.stack)))
		return;
	if (add_link() && add_addrs()) {
		add_route();
		use();
		worked(sea_link_set_up(t.link, false, t.now));
		worked(sea_link_set_up(t.link, true, t.now));
	}
	sea_stack_free(t.stack);
}

static void begin(void)
{
	memset(&t, 0, sizeof(t));
	t.now.ns = SEA_SEC;
	failed = 0;
}

int main(void)
{
	struct fault_day day = {
		.begin = begin,
		.live = live,
		.env = &t.env,
		.failed = &failed,
		.at_least = 50,
	};

	return fault_main(&day);
}
