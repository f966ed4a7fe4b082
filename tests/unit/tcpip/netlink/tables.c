/* SPDX-License-Identifier: Apache-2.0 */
/* Smaller tables by rtnetlink, of several links. What each message says is compared with Linux's elsewhere. */
#include <errno.h>
#include <sys/socket.h>

#include <linux/if_addr.h>
#include <linux/if_addrlabel.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/mroute.h>
#include <seastack/save.h>
#include <seastack/socket.h>
#include <seastack/stack.h>

#include "core/stack.h"
#include "ip/anycast6.h"
#include "ip/ifaddr.h"
#include "ip/ifaddr6.h"
#include "tests/lib/env.h"
#include "tests/lib/snapshot.h"

static struct fixture {
	struct test_env env;
	struct sea_stack *stack;
	struct sea_link *eth;
	sea_socket asks;
	uint8_t bytes[16384] __attribute__((aligned(8)));
	uint32_t len, at; /* of the last datagram; where the next message is */
	struct nlmsghdr h;
} f;

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_netlink,
						    &sea_rtnetlink };
static const sea_time now = { 5 * SEA_SEC };

static void open_socket(void)
{
	assert_int_equal(sea_socket_new(f.stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &f.asks, now),
			 0);
}

static int setup(void **state)
{
	const struct sea_link_config config = { .size = sizeof(config),
						.name = "eth0",
						.mac = { 2, 0, 0, 0, 0, 1 } };

	(void)state;
	f = (struct fixture){ 0 };
	test_env_init(&f.env);
	assert_int_equal(sea_stack_new(NULL, &f.env.env, modules, 4, &f.stack), 0);
	assert_int_equal(sea_link_add(f.stack, &config, &f.eth, now), 0);
	open_socket();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sea_stack_free(f.stack);
	assert_int_equal(f.env.live, 0);
	return 0;
}

static bool read_some(void)
{
	struct iovec iov = { f.bytes, sizeof(f.bytes) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = sea_socket_recvmsg(f.stack, f.asks, &m, 0, now);

	f.at = 0;
	f.len = n > 0 ? (uint32_t)n : 0;
	return n > 0;
}

/* The next message that was answered; false: that was all, or the end of a dump. */
static bool next(void)
{
	if (f.at >= f.len && !read_some())
		return false;
	memcpy(&f.h, f.bytes + f.at, sizeof(f.h));
	f.at += (f.h.nlmsg_len + 3) & ~3u;
	return f.h.nlmsg_type != NLMSG_DONE;
}

/* Behind the message's own header. */
static const uint8_t *body(void)
{
	return f.bytes + f.at - ((f.h.nlmsg_len + 3) & ~3u) + sizeof(f.h);
}

static void ask(uint16_t type, uint16_t flags, const void *bytes, uint32_t len)
{
	struct nlmsghdr h = { .nlmsg_len = (uint32_t)sizeof(h) + len,
			      .nlmsg_type = type,
			      .nlmsg_flags = flags | NLM_F_REQUEST };
	struct iovec iov[2] = { { &h, sizeof(h) }, { (void *)(uintptr_t)bytes, len } };
	struct msghdr m = { .msg_iov = iov, .msg_iovlen = 2 };

	f.at = f.len = 0;
	assert_int_equal(sea_socket_sendmsg(f.stack, f.asks, &m, 0, now), h.nlmsg_len);
}

/* -- groups -- */

static void join(const char *group)
{
	struct sea_addr a;
	struct sea_ipaddr addr = { { 0 } };
	bool v6;

	assert_true(sea_addr_parse(group, &a));
	v6 = a.family == SEA_AF_INET6;
	memcpy(addr.b, a.b, v6 ? 16 : 4);
	sea_stack_enter(f.stack, now);
	assert_int_equal(sea_group_join(v6 ? &sea_link_ip6(f.eth)->groups
					   : &sea_link_ip4(f.eth)->groups,
					&addr),
			 0);
	sea_stack_leave(f.stack);
}

/* The message is of eth0 and this address. */
static void assert_member(const char *text, uint16_t type)
{
	struct ifaddrmsg m;
	struct sea_addr a;

	do { /* lo's come first */
		assert_true(next());
		assert_int_equal(f.h.nlmsg_type, type);
		memcpy(&m, body(), sizeof(m));
	} while (m.ifa_index == 1);
	assert_int_equal(m.ifa_index, f.eth->ifindex);
	assert_true(sea_addr_parse(text, &a));
	assert_memory_equal(body() + sizeof(m) + 4, a.b, m.ifa_family == AF_INET ? 4 : 16);
}

static void ask_for_members(uint16_t type, uint8_t family)
{
	const struct ifaddrmsg m = { .ifa_family = family };

	ask(type, NLM_F_DUMP, &m, sizeof(m));
}

static void assert_groups(void)
{
	ask_for_members(RTM_GETMULTICAST, AF_INET);
	assert_member("239.0.0.9", RTM_GETMULTICAST);
	assert_member("239.0.0.1", RTM_GETMULTICAST);
	assert_member("239.0.0.5", RTM_GETMULTICAST);
	assert_member("224.0.0.1", RTM_GETMULTICAST);
	assert_false(next());
}

static void restore(void)
{
	struct snapshot snap = { 0 };

	assert_int_equal(sea_stack_save(f.stack, snapshot_write, &snap), 0);
	sea_stack_free(f.stack);
	assert_int_equal(sea_stack_load(NULL, &f.env.env, modules, 4, false, snapshot_read, &snap,
					&f.stack),
			 0);
	snapshot_free(&snap);
	f.eth = sea_link_by_name(f.stack, "eth0");
	open_socket();
}

static void groups_are_shown_the_newest_first_by_a_loaded_stack_as_well(void **state)
{
	(void)state;
	assert_int_equal(sea_link_set_up(f.eth, true, now), 0);
	join("239.0.0.5");
	join("239.0.0.1");
	join("239.0.0.9");
	join("239.0.0.5"); /* once more */
	assert_groups();
	restore();
	assert_groups();
}

static void a_loaded_link_that_goes_down_leaves_all_hosts(void **state)
{
	(void)state;
	assert_int_equal(sea_link_set_up(f.eth, true, now), 0);
	restore();
	join("239.0.0.5");
	assert_int_equal(sea_link_set_up(f.eth, false, now), 0);
	ask_for_members(RTM_GETMULTICAST, AF_INET);
	assert_member("239.0.0.5", RTM_GETMULTICAST);
	assert_false(next());
}

static void a_site_s_group_is_of_its_scope(void **state)
{
	struct ifaddrmsg m;

	(void)state;
	join("ff05::7");
	join("ff0e::7");
	ask_for_members(RTM_GETMULTICAST, AF_INET6);
	assert_member("ff0e::7", RTM_GETMULTICAST);
	assert_member("ff05::7", RTM_GETMULTICAST);
	memcpy(&m, body(), sizeof(m));
	assert_int_equal(m.ifa_scope, RT_SCOPE_SITE);
}

static void anycast_addresses_are_shown(void **state)
{
	const struct sea_ipaddr a = { { 0x20, 1, 0xd, 0xb8, [15] = 9 } };

	(void)state;
	sea_stack_enter(f.stack, now);
	assert_int_equal(sea_anycast6_join(f.eth, &a), 0);
	sea_stack_leave(f.stack);
	restore();
	ask_for_members(RTM_GETANYCAST, AF_INET6);
	assert_member("2001:db8::9", RTM_GETANYCAST);
	assert_false(next());
}

/* -- settings -- */

static void set(const char *name, const char *text)
{
	assert_int_equal(sea_sysctl_set(f.stack, name, text, now), 0);
}

static void assert_setting(const char *name, const char *text)
{
	char is[16];

	assert_true(sea_sysctl_get(f.stack, name, is, sizeof(is)) > 0);
	assert_string_equal(is, text);
}

static void links_that_have_no_setting_of_their_own_follow_the_template(void **state)
{
	(void)state;
	set("net.ipv4.conf.default.arp_filter", "1");
	assert_setting("net.ipv4.conf.eth0.arp_filter", "1");
	set("net.ipv4.conf.eth0.arp_filter", "1"); /* its own, if the same */
	restore();
	set("net.ipv4.conf.default.arp_filter", "2");
	set("net.ipv4.conf.default.arp_ignore", "2");
	set("net.ipv4.conf.default.forwarding", "1");
	assert_setting("net.ipv4.conf.eth0.arp_filter", "1");
	assert_setting("net.ipv4.conf.eth0.arp_ignore", "2");
	assert_setting("net.ipv4.conf.eth0.forwarding", "0");
}

static void a_link_that_has_addresses_follows_no_template(void **state)
{
	const struct sea_ifaddr a = { .size = sizeof(a),
				      .ifindex = f.eth->ifindex,
				      .local = sea_addr_v4(10, 0, 0, 1),
				      .prefix_len = 24 };

	(void)state;
	sea_stack_enter(f.stack, now);
	assert_int_equal(sea_ifaddr4_add(f.stack, f.eth, &a), 0);
	sea_stack_leave(f.stack);
	set("net.ipv4.conf.default.arp_filter", "1");
	assert_setting("net.ipv4.conf.eth0.arp_filter", "0");
}

/* -- routed groups -- */

/* As the kernel has it. */
static void vifs_of_the_multicast_router_are_shown(void **state)
{
	const struct ifinfomsg hdr = { .ifi_family = RTNL_FAMILY_IPMR };
	struct sea_mroute_config c = { .size = sizeof(c),
				       .family = SEA_AF_INET,
				       .tell_wrong_vif = true };
	struct sea_mroute_vif v = {
		.size = sizeof(v), .family = SEA_AF_INET, .vif = 5, .ifindex = 2
	};
	const uint32_t vif[] = { 0x1005c, 0x10008, 2,       0x20008, 5, 0x30006, 8, 0x4000c,
				 0,       0,       0x5000c, 0,       0, 0x6000c, 0, 0,
				 0x7000c, 0,       0,       0x80008, 2, 0x90008, 0 };

	(void)state;
	ask(RTM_GETLINK, NLM_F_DUMP, &hdr, sizeof(hdr));
	assert_true(next());
	assert_int_equal(f.h.nlmsg_len, 88);
	assert_false(next());
	assert_int_equal(sea_mroute_start(f.stack, &c, now), 0);
	assert_int_equal(sea_mroute_vif_add(f.stack, &v, now), 0);
	ask(RTM_GETLINK, NLM_F_DUMP, &hdr, sizeof(hdr));
	assert_true(next());
	assert_int_equal(f.h.nlmsg_len, 88 + sizeof(vif));
	assert_int_equal(body()[sizeof(hdr) + 32], 1); /* DO_ASSERT */
	assert_memory_equal(body() + 88 - 16, vif, sizeof(vif));
	assert_false(next());
}

/* -- labels -- */

struct label_request {
	struct ifaddrlblmsg h;
	struct nlattr addr_attr;
	uint8_t addr[16];
	struct nlattr label_attr;
	uint32_t label;
};

static int change_label(uint16_t type, uint16_t flags, uint8_t len, uint32_t value)
{
	const struct label_request r = { .h = { .ifal_family = AF_INET6, .ifal_prefixlen = len },
					 .addr_attr = { 20, IFAL_ADDRESS },
					 .addr = { 0x20, 1, 0xd, 0xb8 },
					 .label_attr = { 8, IFAL_LABEL },
					 .label = value };
	int err;

	ask(type, flags | NLM_F_ACK, &r, sizeof(r));
	assert_true(next());
	assert_int_equal(f.h.nlmsg_type, NLMSG_ERROR);
	memcpy(&err, body(), sizeof(err));
	return err;
}

static uint32_t label_of(const char *text)
{
	struct label_request r = { .h = { .ifal_family = AF_INET6, .ifal_prefixlen = 128 },
				   .addr_attr = { 20, IFAL_ADDRESS } };
	struct sea_addr a;

	assert_true(sea_addr_parse(text, &a));
	memcpy(r.addr, a.b, 16);
	ask(RTM_GETADDRLABEL, 0, &r, offsetof(struct label_request, label_attr));
	assert_true(next());
	assert_int_equal(f.h.nlmsg_type, RTM_NEWADDRLABEL);
	memcpy(&r, body(), sizeof(r));
	return r.label;
}

static void a_label_is_made_changed_and_ended(void **state)
{
	(void)state;
	assert_int_equal(label_of("2001:db8::1"), 1);
	assert_int_equal(change_label(RTM_NEWADDRLABEL, 0, 48, 99), 0);
	assert_int_equal(label_of("2001:db8::1"), 99);
	assert_int_equal(change_label(RTM_NEWADDRLABEL, 0, 48, 98), -EEXIST);
	assert_int_equal(change_label(RTM_NEWADDRLABEL, NLM_F_REPLACE, 48, 97), 0);
	restore();
	assert_int_equal(label_of("2001:db8::1"), 97);
	assert_int_equal(change_label(RTM_DELADDRLABEL, 0, 48, 1), 0);
	assert_int_equal(change_label(RTM_DELADDRLABEL, 0, 48, 1), -ESRCH);
	assert_int_equal(label_of("2001:db8::1"), 1);
}

/* -- links -- */

static void each_link_that_speaks_ipv6_is_shown_as_it_knows_it(void **state)
{
	const struct ifinfomsg i = { .ifi_family = AF_INET6 };
	struct ifinfomsg got;

	(void)state;
	ask(RTM_GETLINK, NLM_F_DUMP, &i, sizeof(i));
	for (int ifindex = 1; ifindex <= 2; ifindex++) {
		assert_true(next());
		memcpy(&got, body(), sizeof(got));
		assert_int_equal(got.ifi_family, AF_INET6);
		assert_int_equal(got.ifi_index, ifindex);
	}
	assert_false(next());
}

static void what_a_link_counted_is_shown(void **state)
{
	const struct if_stats_msg ask_for = { .ifindex = 2, .filter_mask = 1 };
	struct rtnl_link_stats64 got;

	(void)state;
	f.eth->stats.rx_packets = 7;
	f.eth->stats.tx_bytes = UINT64_C(1) << 40;
	ask(RTM_GETSTATS, 0, &ask_for, sizeof(ask_for));
	assert_true(next());
	assert_int_equal(f.h.nlmsg_type, RTM_NEWSTATS);
	memcpy(&got, body() + sizeof(ask_for) + 4, sizeof(got));
	assert_int_equal(got.rx_packets, 7);
	assert_int_equal(got.tx_bytes, UINT64_C(1) << 40);
}

struct counting {
	struct if_stats_msg i;
	struct nlattr a;
	uint8_t on, pad[3];
};

/* What the acknowledgment says. */
static int let_hardware_count(const struct counting *c)
{
	int err;

	ask(RTM_SETSTATS, NLM_F_ACK, c, sizeof(*c));
	assert_true(next());
	assert_int_equal(f.h.nlmsg_type, NLMSG_ERROR);
	memcpy(&err, body(), sizeof(err));
	return err;
}

/* REQUEST and USED, as the answer has them behind four headers. */
static void assert_counting(uint8_t asked)
{
	const struct if_stats_msg i = { .ifindex = 2, .filter_mask = 8 };
	const uint8_t *at;

	ask(RTM_GETSTATS, 0, &i, sizeof(i));
	assert_true(next());
	assert_int_equal(f.h.nlmsg_type, RTM_NEWSTATS);
	at = body() + sizeof(i) + 3 * sizeof(struct nlattr);
	assert_int_equal(at[4], asked);
	assert_int_equal(at[12], 0);
	/* And what it counted, where it was asked to. */
	assert_int_equal(f.h.nlmsg_len, sizeof(f.h) + sizeof(i) + 28 + (asked ? 76 : 0));
}

static void hardware_that_is_not_there_is_asked_to_count(void **state)
{
	struct counting c = { .i = { .ifindex = 2 },
			      .a = { .nla_len = 5,
				     .nla_type = IFLA_STATS_SET_OFFLOAD_XSTATS_L3_STATS },
			      .on = 1 };

	(void)state;
	assert_counting(0);
	assert_int_equal(let_hardware_count(&c), 0);
	assert_int_equal(let_hardware_count(&c), 0);
	assert_counting(1);
	restore();
	assert_counting(1);
	c.on = 2;
	assert_int_equal(let_hardware_count(&c), -ERANGE);
	c.on = 0;
	c.i.filter_mask = 1;
	assert_int_equal(let_hardware_count(&c), -EINVAL);
	c.i = (struct if_stats_msg){ .ifindex = 99 };
	assert_int_equal(let_hardware_count(&c), -ENODEV);
	c.i.ifindex = 0;
	assert_int_equal(let_hardware_count(&c), -EINVAL);
	c.i = (struct if_stats_msg){ .family = AF_INET, .ifindex = 2 };
	assert_int_equal(let_hardware_count(&c), -EINVAL);
	assert_counting(1);
	c.i.family = AF_UNSPEC;
	assert_int_equal(let_hardware_count(&c), 0);
	assert_counting(0);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(groups_are_shown_the_newest_first_by_a_loaded_stack_as_well),
		TEST(a_loaded_link_that_goes_down_leaves_all_hosts),
		TEST(links_that_have_no_setting_of_their_own_follow_the_template),
		TEST(a_link_that_has_addresses_follows_no_template),
		TEST(vifs_of_the_multicast_router_are_shown),
		TEST(a_site_s_group_is_of_its_scope),
		TEST(anycast_addresses_are_shown),
		TEST(a_label_is_made_changed_and_ended),
		TEST(each_link_that_speaks_ipv6_is_shown_as_it_knows_it),
		TEST(what_a_link_counted_is_shown),
		TEST(hardware_that_is_not_there_is_asked_to_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
