/* SPDX-License-Identifier: Apache-2.0 */
/* Links by rtnetlink: shown, set, and what listeners hear. What each message says is compared with Linux's elsewhere. */
#include <errno.h>
#include <sys/socket.h>

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <seastack/config.h>
#include <seastack/link.h>
#include <seastack/modules.h>
#include <seastack/save.h>
#include <seastack/socket.h>

#include "core/link_set.h"
#include "core/stack.h"
#include "tests/lib/env.h"
#include "tests/lib/snapshot.h"

static struct fixture {
	struct test_env env;
	struct sea_stack *stack;
	struct sea_link *eth;
	sea_socket asks, hears;
	struct nlmsghdr h; /* of the last answer */
	uint8_t bytes[16384] __attribute__((aligned(8)));
	size_t len;
} f;

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_ipv6, &sea_netlink,
						    &sea_rtnetlink };
static const sea_time now = { SEA_SEC };

/* -- asking -- */

struct message {
	struct nlmsghdr h;
	struct ifinfomsg i;
	uint8_t attrs[512];
};

static struct message message_of(uint16_t type, int ifindex)
{
	return (struct message){
		.h = { .nlmsg_len = sizeof(struct nlmsghdr) + sizeof(struct ifinfomsg),
		       .nlmsg_type = type,
		       .nlmsg_flags = type == RTM_GETLINK ? NLM_F_REQUEST
							  : NLM_F_REQUEST | NLM_F_ACK },
		.i = { .ifi_index = ifindex }
	};
}

static void add_attr(struct message *m, uint16_t type, const void *value, uint16_t len)
{
	const struct nlattr a = { .nla_len = (uint16_t)(sizeof(a) + len), .nla_type = type };
	uint8_t *at = (uint8_t *)m + m->h.nlmsg_len;

	memcpy(at, &a, sizeof(a));
	memcpy(at + sizeof(a), value, len);
	m->h.nlmsg_len += (a.nla_len + 3u) & ~3u;
}

/* False: nothing is there to be read. */
static bool read_one(sea_socket s)
{
	struct iovec iov = { f.bytes, sizeof(f.bytes) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n = sea_socket_recvmsg(f.stack, s, &m, 0, now);

	if (n < (ssize_t)sizeof(f.h))
		return false;
	f.len = (size_t)n;
	memcpy(&f.h, f.bytes, sizeof(f.h));
	return true;
}

static int error_of(void)
{
	int err;

	assert_int_equal(f.h.nlmsg_type, NLMSG_ERROR);
	memcpy(&err, f.bytes + sizeof(f.h), sizeof(err));
	return err;
}

static int ask(const struct message *m)
{
	struct iovec iov = { (void *)(uintptr_t)m, m->h.nlmsg_len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	assert_int_equal(sea_socket_sendmsg(f.stack, f.asks, &msg, 0, now), m->h.nlmsg_len);
	assert_true(read_one(f.asks));
	return f.h.nlmsg_type == NLMSG_ERROR ? error_of() : 0;
}

static int set_attr(int ifindex, uint16_t type, const void *value, uint16_t len)
{
	struct message m = message_of(RTM_SETLINK, ifindex);

	add_attr(&m, type, value, len);
	return ask(&m);
}

static int set_flags(int ifindex, unsigned flags, unsigned change)
{
	struct message m = message_of(RTM_SETLINK, ifindex);

	m.i.ifi_flags = flags;
	m.i.ifi_change = change;
	return ask(&m);
}

/* The attribute of the message in f.bytes; NULL: it has none. */
static const uint8_t *attr_of(uint16_t type, uint32_t *len)
{
	for (uint32_t at = sizeof(f.h) + sizeof(struct ifinfomsg); at + 4 <= f.h.nlmsg_len;) {
		struct nlattr a;

		memcpy(&a, f.bytes + at, sizeof(a));
		if ((a.nla_type & NLA_TYPE_MASK) == type) {
			*len = a.nla_len - 4u;
			return f.bytes + at + 4;
		}
		at += (a.nla_len + 3u) & ~3u;
	}
	return NULL;
}

static struct ifinfomsg info_of(void)
{
	struct ifinfomsg i;

	memcpy(&i, f.bytes + sizeof(f.h), sizeof(i));
	return i;
}

static void assert_text(uint16_t type, const char *text)
{
	uint32_t len;
	const uint8_t *value = attr_of(type, &len);

	assert_non_null(value);
	assert_int_equal(len, strlen(text) + 1);
	assert_string_equal((const char *)value, text);
}

static void assert_heard(uint16_t type, uint32_t change)
{
	assert_true(read_one(f.hears));
	assert_int_equal(f.h.nlmsg_type, type);
	assert_int_equal(info_of().ifi_change, change);
}

/* -- fixture -- */

static void open_sockets(void)
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };

	assert_int_equal(sea_socket_new(f.stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &f.asks, now),
			 0);
	assert_int_equal(
		sea_socket_new(f.stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &f.hears, now), 0);
	assert_int_equal(
		sea_socket_bind(f.stack, f.hears, (struct sockaddr *)&name, sizeof(name), now), 0);
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
	f.stack->shard.pool.cache_max = 0; /* so that memory can run out at once */
	assert_int_equal(sea_link_add(f.stack, &config, &f.eth, now), 0);
	open_sockets();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sea_stack_free(f.stack);
	assert_int_equal(f.env.live, 0);
	return 0;
}

/* -- shown -- */

static void a_link_is_found_by_its_name_and_by_an_alternative_one(void **state)
{
	struct message m = message_of(RTM_NEWLINKPROP, 2);
	uint8_t list[24] = { 0 };

	(void)state;
	memcpy(list, &(struct nlattr){ .nla_len = 21, .nla_type = IFLA_ALT_IFNAME }, 4);
	memcpy(list + 4, "a rather long na", 17);
	add_attr(&m, IFLA_PROP_LIST | NLA_F_NESTED, list, 24);
	assert_int_equal(ask(&m), 0);
	m = message_of(RTM_GETLINK, 0);
	add_attr(&m, IFLA_ALT_IFNAME, list + 4, 17);
	assert_int_equal(ask(&m), 0);
	assert_int_equal(info_of().ifi_index, 2);
	assert_text(IFLA_IFNAME, "eth0");
	m = message_of(RTM_DELLINKPROP, 2);
	add_attr(&m, IFLA_PROP_LIST | NLA_F_NESTED, list, 24);
	assert_int_equal(ask(&m), 0);
	assert_int_equal(ask(&m), -ENOENT);
}

static void what_a_link_counted_is_shown_in_both_widths(void **state)
{
	const struct message m = message_of(RTM_GETLINK, 2);
	uint64_t wide;
	uint32_t narrow, len;

	(void)state;
	f.eth->stats.rx_packets = 0x100000007u;
	assert_int_equal(ask(&m), 0);
	memcpy(&wide, attr_of(IFLA_STATS64, &len), sizeof(wide));
	assert_int_equal(len, 200);
	assert_true(wide == 0x100000007u);
	memcpy(&narrow, attr_of(IFLA_STATS, &len), sizeof(narrow));
	assert_int_equal(len, 96);
	assert_int_equal(narrow, 7);
}

/* -- set -- */

static void a_link_without_memory_for_an_alias_keeps_its_own(void **state)
{
	struct message m = message_of(RTM_SETLINK, 2);

	(void)state;
	assert_int_equal(set_attr(2, IFLA_IFALIAS, "first", 5), 0);
	add_attr(&m, IFLA_IFALIAS, "second", 6);
	sea_stack_enter(f.stack, now);
	test_env_fail_at(&f.env, 1);
	assert_int_equal(sea_link_set_alias(f.eth, "second"), -ENOMEM);
	assert_string_equal(f.eth->alias, "first");
	test_env_fail_at(&f.env, 1);
	assert_int_equal(sea_link_altname_add(f.eth, "second"), -ENOMEM);
	test_env_fail_at(&f.env, 0);
	sea_stack_leave(f.stack);
}

static void flags_that_would_have_no_effect_cannot_be_chosen(void **state)
{
	(void)state;
	assert_int_equal(set_flags(2, SEA_IFF_NOARP, SEA_IFF_NOARP), -EOPNOTSUPP);
	assert_int_equal(set_flags(2, 0, SEA_IFF_MULTICAST), -EOPNOTSUPP);
	assert_int_equal(set_flags(2, SEA_IFF_PROMISC, SEA_IFF_PROMISC), 0);
	assert_int_equal(f.eth->promiscuity, 1);
	assert_int_equal(set_flags(2, 0, SEA_IFF_PROMISC), 0);
	assert_int_equal(f.eth->promiscuity, 0);
}

static void a_link_with_a_driver_is_not_ended_by_a_message(void **state)
{
	const struct message m = message_of(RTM_DELLINK, 2);

	(void)state;
	assert_int_equal(ask(&m), -EOPNOTSUPP);
	assert_non_null(sea_link_by_name(f.stack, "eth0"));
}

static void all_links_of_a_group_are_set_at_once(void **state)
{
	struct message m = message_of(RTM_NEWLINK, 0);
	const uint32_t group = 9, len = 77;

	(void)state;
	for (int i = 1; i < 3; i++)
		assert_int_equal(set_attr(i, IFLA_GROUP, &group, 4), 0);
	add_attr(&m, IFLA_GROUP, &group, 4);
	add_attr(&m, IFLA_TXQLEN, &len, 4);
	assert_int_equal(ask(&m), 0);
	assert_int_equal(f.eth->txqueuelen, 77);
	assert_int_equal(f.stack->loopback->txqueuelen, 77);
}

/* -- heard -- */

static void a_listener_hears_what_the_programs_own_calls_do(void **state)
{
	const struct sea_link_config config = { .size = sizeof(config), .name = "eth1" };
	struct sea_link *link;

	(void)state;
	assert_int_equal(sea_link_add(f.stack, &config, &link, now), 0);
	assert_heard(RTM_NEWLINK, UINT32_MAX);
	assert_text(IFLA_IFNAME, "eth1");
	assert_int_equal(sea_link_set_up(link, true, now), 0);
	assert_heard(RTM_NEWLINK, SEA_IFF_UP);
	sea_link_set_carrier(link, false, now);
	assert_heard(RTM_NEWLINK, 0);
	assert_false(info_of().ifi_flags & SEA_IFF_LOWER_UP);
	assert_int_equal(sea_link_set_mtu(link, 1400, now), 0);
	assert_heard(RTM_NEWLINK, 0);
	sea_link_del(link, now);
	assert_heard(RTM_NEWLINK, SEA_IFF_UP | SEA_IFF_RUNNING);
	assert_heard(RTM_DELLINK, UINT32_MAX);
	assert_text(IFLA_IFNAME, "eth1");
	assert_false(read_one(f.hears));
}

static void news_that_there_is_no_memory_for_is_told_of(void **state)
{
	struct iovec iov = { f.bytes, sizeof(f.bytes) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	(void)state;
	test_env_fail_at(&f.env, 1);
	sea_link_set_carrier(f.eth, false, now); /* down: nobody hears */
	test_env_fail_at(&f.env, 0);
	assert_int_equal(sea_link_set_up(f.eth, true, now), 0);
	assert_heard(RTM_NEWLINK, SEA_IFF_UP);
	test_env_fail_at(&f.env, 1);
	assert_int_equal(sea_link_set_mtu(f.eth, 1400, now), 0);
	test_env_fail_at(&f.env, 0);
	assert_int_equal(sea_socket_recvmsg(f.stack, f.hears, &m, 0, now), -ENOBUFS);
}

/* -- saved -- */

static void restore(void)
{
	struct snapshot snap = { 0 };

	assert_int_equal(sea_stack_save(f.stack, snapshot_write, &snap), 0);
	sea_stack_free(f.stack);
	assert_int_equal(sea_stack_load(NULL, &f.env.env, modules, 4, false, snapshot_read, &snap,
					&f.stack),
			 0);
	snapshot_free(&snap);
}

static void what_was_chosen_of_a_link_comes_back_with_the_stack(void **state)
{
	const uint32_t group = 5;

	(void)state;
	assert_int_equal(set_attr(2, IFLA_IFALIAS, "an alias", 8), 0);
	assert_int_equal(set_attr(2, IFLA_GROUP, &group, 4), 0);
	assert_int_equal(set_attr(2, IFLA_IFNAME, "other", 6), 0);
	sea_stack_enter(f.stack, now);
	assert_int_equal(sea_link_altname_add(f.eth, "eth0"), 0);
	sea_stack_leave(f.stack);
	restore();
	f.eth = sea_link_by_name(f.stack, "other");
	assert_non_null(f.eth);
	assert_string_equal(f.eth->alias, "an alias");
	assert_int_equal(f.eth->group, 5);
	assert_ptr_equal(sea_link_by_any_name(f.stack, "eth0"), f.eth);
	assert_null(sea_link_by_name(f.stack, "eth0"));
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_link_is_found_by_its_name_and_by_an_alternative_one),
		TEST(what_a_link_counted_is_shown_in_both_widths),
		TEST(a_link_without_memory_for_an_alias_keeps_its_own),
		TEST(flags_that_would_have_no_effect_cannot_be_chosen),
		TEST(a_link_with_a_driver_is_not_ended_by_a_message),
		TEST(all_links_of_a_group_are_set_at_once),
		TEST(a_listener_hears_what_the_programs_own_calls_do),
		TEST(news_that_there_is_no_memory_for_is_told_of),
		TEST(what_was_chosen_of_a_link_comes_back_with_the_stack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
