/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Neighbours, nexthop objects and multicast routes by rtnetlink: what the comparison with the kernel (tests/netns/netlink_routes.sh)
 * does not show, since it lets no time pass and saves nothing.
 */
#include <errno.h>
#include <sys/socket.h>

#include <linux/neighbour.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

#include <seastack/mroute.h>
#include <seastack/socket.h>

#include "ip/ipv4.h"
#include "tests/lib/routes.h"

#define MANY 300u
#define GROUP(n) (1u << ((n)-1))

static const struct sea_module *const modules[] = { &sea_ipv4, &sea_netlink, &sea_rtnetlink };
static struct test_stack t;
static sea_socket asks, hears;
static uint8_t bytes[40000] __attribute__((aligned(8)));
static ssize_t len;

/* -- messages -- */

struct msg {
	struct nlmsghdr h;
	uint8_t body[256];
};

static struct msg msg_of(uint16_t type, uint16_t flags, const void *hdr, uint32_t hdr_len)
{
	struct msg m = { .h = { .nlmsg_len = 16 + hdr_len,
				.nlmsg_type = type,
				.nlmsg_flags = (uint16_t)(flags | NLM_F_REQUEST) } };

	memcpy(m.body, hdr, hdr_len);
	return m;
}

static void put(struct msg *m, uint16_t type, const void *value, uint16_t value_len)
{
	const struct nlattr a = { .nla_len = (uint16_t)(4 + value_len), .nla_type = type };

	memcpy(m->body + m->h.nlmsg_len - 16, &a, 4);
	if (value_len)
		memcpy(m->body + m->h.nlmsg_len - 12, value, value_len);
	m->h.nlmsg_len += (4u + value_len + 3) & ~3u;
}

static void put_u32(struct msg *m, uint16_t type, uint32_t value)
{
	put(m, type, &value, sizeof(value));
}

static sea_socket open_one(uint32_t groups)
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_groups = groups };
	sea_socket s;

	assert_int_equal(sea_socket_new(t.stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &s, t.now),
			 0);
	assert_int_equal(sea_socket_bind(t.stack, s, (struct sockaddr *)&name, sizeof(name), t.now),
			 0);
	return s;
}

static ssize_t receive_from(sea_socket s, size_t room)
{
	struct iovec iov = { bytes, room };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	return len = sea_socket_recvmsg(t.stack, s, &m, 0, t.now);
}

static ssize_t send_msg(sea_socket s, const struct msg *msg)
{
	struct iovec iov = { (void *)(uintptr_t)msg, msg->h.nlmsg_len };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	return sea_socket_sendmsg(t.stack, s, &m, 0, t.now);
}

/* What is acknowledged. */
static int ask(const struct msg *m)
{
	struct nlmsgerr e;

	assert_int_equal(send_msg(asks, m), m->h.nlmsg_len);
	assert_true(receive_from(asks, sizeof(bytes)) >= 36);
	memcpy(&e, bytes + 16, sizeof(e));
	return e.error;
}

/* The type of the next news, -1: none; they are in `bytes`. */
static int heard(void)
{
	struct nlmsghdr h;

	if (receive_from(hears, sizeof(bytes)) == -EAGAIN)
		return -1;
	assert_true(len >= 16);
	memcpy(&h, bytes, sizeof(h));
	return h.nlmsg_type;
}

static void expect_news(int type, int state)
{
	struct ndmsg hdr;

	assert_int_equal(heard(), type);
	memcpy(&hdr, bytes + 16, sizeof(hdr));
	assert_int_equal(hdr.ndm_state, state);
}

/* Counts messages of a type until the end of a dump. */
static unsigned count_rest(sea_socket s, uint16_t type)
{
	unsigned n = 0;

	for (;;) {
		struct nlmsghdr h;

		assert_true(receive_from(s, 4096) > 0);
		for (ssize_t at = 0; at < len; at += (h.nlmsg_len + 3) & ~3u) {
			memcpy(&h, bytes + at, sizeof(h));
			if (h.nlmsg_type == NLMSG_DONE)
				return n;
			assert_int_equal(h.nlmsg_type, type);
			n++;
		}
	}
}

static void save_and_load(void)
{
	test_save_and_load(&t, modules, 3);
	t.link = sea_link_by_name(t.stack, "eth0");
}

/* -- neighbours -- */

/* 10.0.x.y of eth0 */
static struct msg neigh_msg(uint16_t type, uint16_t state, uint32_t i)
{
	const struct ndmsg hdr = { .ndm_family = AF_INET,
				   .ndm_ifindex = t.link->ifindex,
				   .ndm_state = state };
	const uint8_t dst[4] = { 10, 0, (uint8_t)(i >> 8), (uint8_t)i };
	const uint8_t mac[6] = { 2, 0, 0, 0, (uint8_t)(i >> 8), (uint8_t)i };
	struct msg m = msg_of(
		type, type == RTM_NEWNEIGH ? NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK : NLM_F_ACK,
		&hdr, sizeof(hdr));

	put(&m, NDA_DST, dst, sizeof(dst));
	if (type == RTM_NEWNEIGH)
		put(&m, NDA_LLADDR, mac, sizeof(mac));
	return m;
}

static void send_to(const char *dst)
{
	struct sea_flow flow = { .family = SEA_AF_INET, .dst = sea_ipaddr_of4(test_ip4(dst)) };
	struct sea_pkt *pkt = sea_pkt_new(&t.stack->shard.pool, SEA_PKT_HEADROOM, 8);
	struct sea_dst way;

	sea_stack_enter(t.stack, t.now);
	assert_int_equal(sea_ip_route(t.stack, &flow, &way), 0);
	assert_true(sea_pkt_append(pkt, "12345678", 8));
	pkt->off_trans = sea_pkt_offset(pkt);
	(void)sea_ip_output(t.stack, pkt, &way, &(struct sea_ip_tx){ .proto = 253 });
	sea_dst_put(t.stack, &way);
	sea_stack_leave(t.stack);
}

static void what_time_does_to_a_neighbour_is_told(void **state)
{
	const struct msg m = neigh_msg(RTM_NEWNEIGH, NUD_REACHABLE, 9);

	(void)state;
	assert_int_equal(ask(&m), 0);
	expect_news(RTM_NEWNEIGH, NUD_REACHABLE);
	test_advance(&t, 50 * SEA_SEC);
	expect_news(RTM_NEWNEIGH, NUD_STALE);
	send_to("10.0.0.9");
	assert_int_equal(heard(), -1); /* DELAY: that it is used is nobody's news */
	test_advance(&t, 6 * SEA_SEC);
	expect_news(RTM_NEWNEIGH, NUD_PROBE);
	test_advance(&t, 10 * SEA_SEC);
	expect_news(RTM_NEWNEIGH, NUD_FAILED);
	assert_int_equal(heard(), -1);
}

static void who_never_answers_is_told_once(void **state)
{
	(void)state;
	send_to("10.0.0.9");
	assert_int_equal(heard(), -1);
	test_advance(&t, 10 * SEA_SEC);
	expect_news(RTM_NEWNEIGH, NUD_FAILED);
	assert_int_equal(heard(), -1);
}

static void those_that_go_with_their_link_are_told(void **state)
{
	const struct msg m = neigh_msg(RTM_NEWNEIGH, NUD_PERMANENT, 9);

	(void)state;
	assert_int_equal(ask(&m), 0);
	expect_news(RTM_NEWNEIGH, NUD_PERMANENT);
	assert_int_equal(sea_link_set_up(t.link, false, t.now), 0);
	expect_news(RTM_DELNEIGH, NUD_PERMANENT);
	assert_int_equal(heard(), -1);
}

static void nobody_hears_of_those_that_are_restored(void **state)
{
	const struct msg m = neigh_msg(RTM_NEWNEIGH, NUD_PERMANENT, 9);

	(void)state;
	assert_int_equal(ask(&m), 0);
	expect_news(RTM_NEWNEIGH, NUD_PERMANENT);
	save_and_load();
	assert_int_equal(heard(), -1);
}

static sea_socket begin_dump(uint16_t type, const void *hdr, uint32_t hdr_len)
{
	const struct msg m = msg_of(type, NLM_F_DUMP, hdr, hdr_len);
	sea_socket s = open_one(0);

	assert_int_equal(send_msg(s, &m), m.h.nlmsg_len);
	return s;
}

static void a_dump_of_neighbours_goes_on_in_a_restored_stack(void **state)
{
	sea_socket s;

	(void)state;
	for (uint32_t i = 2; i < MANY + 2; i++) {
		const struct msg m = neigh_msg(RTM_NEWNEIGH, NUD_PERMANENT, i);

		assert_int_equal(ask(&m), 0);
	}
	s = begin_dump(RTM_GETNEIGH, &(struct ndmsg){ .ndm_family = AF_INET },
		       sizeof(struct ndmsg));
	assert_int_equal(count_rest(s, RTM_NEWNEIGH), MANY);
	s = begin_dump(RTM_GETNEIGH, &(struct ndmsg){ .ndm_family = AF_INET },
		       sizeof(struct ndmsg));
	save_and_load();
	assert_int_equal(count_rest(s, RTM_NEWNEIGH), MANY);
}

/* -- their tables -- */

static const char *sysctl(const char *name)
{
	static char text[32];

	assert_true(sea_sysctl_get(t.stack, name, text, sizeof(text)) > 0);
	return text;
}

static void bounds_of_a_table_are_those_of_its_sysctls(void **state)
{
	const uint64_t interval_ms = 7000;
	struct msg m =
		msg_of(RTM_SETNEIGHTBL, NLM_F_ACK, &(struct ndtmsg){ 0 }, sizeof(struct ndtmsg));

	(void)state;
	put(&m, NDTA_NAME, "arp_cache", 10);
	put_u32(&m, NDTA_THRESH1, 11);
	put_u32(&m, NDTA_THRESH2, 12);
	put_u32(&m, NDTA_THRESH3, 13);
	put(&m, NDTA_GC_INTERVAL, &interval_ms, sizeof(interval_ms));
	assert_int_equal(ask(&m), 0);
	assert_string_equal(sysctl("net.ipv4.neigh.default.gc_thresh1"), "11");
	assert_string_equal(sysctl("net.ipv4.neigh.default.gc_thresh2"), "12");
	assert_string_equal(sysctl("net.ipv4.neigh.default.gc_thresh3"), "13");
	assert_string_equal(sysctl("net.ipv4.neigh.default.gc_interval"), "7");
}

/* A value that is no whole second is not lost. */
static void parts_of_a_unit_count_as_one(void **state)
{
	const uint64_t ms = 1500;
	const struct nlattr nest = { .nla_len = 4 + 12, .nla_type = NDTA_PARMS };
	const struct nlattr param = { .nla_len = 12, .nla_type = NDTPA_GC_STALETIME };
	struct msg m =
		msg_of(RTM_SETNEIGHTBL, NLM_F_ACK, &(struct ndtmsg){ 0 }, sizeof(struct ndtmsg));

	(void)state;
	put(&m, NDTA_NAME, "arp_cache", 10);
	memcpy(m.body + m.h.nlmsg_len - 16, &nest, 4);
	memcpy(m.body + m.h.nlmsg_len - 12, &param, 4);
	memcpy(m.body + m.h.nlmsg_len - 8, &ms, 8);
	m.h.nlmsg_len += nest.nla_len;
	assert_int_equal(ask(&m), 0);
	assert_string_equal(sysctl("net.ipv4.neigh.default.gc_stale_time"), "2");
}

/* -- nexthop objects -- */

static struct msg nexthop_msg(uint32_t id)
{
	const struct nhmsg hdr = { .nh_family = AF_INET };
	struct msg m = msg_of(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_ACK, &hdr, sizeof(hdr));

	put_u32(&m, NHA_ID, id);
	put_u32(&m, NHA_OIF, (uint32_t)t.link->ifindex);
	return m;
}

static struct msg group_msg(uint32_t id, uint32_t a, uint32_t b)
{
	const struct nhmsg hdr = { .nh_family = AF_UNSPEC };
	const struct nexthop_grp members[2] = { { .id = a }, { .id = b } };
	struct msg m = msg_of(RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_ACK, &hdr, sizeof(hdr));

	put_u32(&m, NHA_ID, id);
	put(&m, NHA_GROUP, members, sizeof(members));
	return m;
}

static void add_nexthops(void)
{
	const struct msg all[] = { nexthop_msg(1), nexthop_msg(2), group_msg(10, 1, 2),
				   group_msg(11, 2, 1) };

	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(ask(&all[i]), 0);
		assert_int_equal(heard(), RTM_NEWNEXTHOP);
	}
}

static uint32_t id_of_news(void)
{
	uint32_t id;

	memcpy(&id, bytes + 16 + sizeof(struct nhmsg) + 4, sizeof(id));
	return id;
}

/* The last group that was changed is the first that is told of; also in a restored stack. */
static void groups_of_a_nexthop_that_goes_are_told(void **state)
{
	const struct nhmsg hdr = { 0 };
	struct msg m = msg_of(RTM_DELNEXTHOP, NLM_F_ACK, &hdr, sizeof(hdr));
	const struct msg change = group_msg(10, 2, 1);
	struct msg replace = change;

	(void)state;
	add_nexthops();
	replace.h.nlmsg_flags |= NLM_F_REPLACE;
	assert_int_equal(ask(&replace), 0);
	assert_int_equal(heard(), RTM_NEWNEXTHOP);
	save_and_load();
	put_u32(&m, NHA_ID, 1);
	assert_int_equal(ask(&m), 0);
	assert_int_equal(heard(), RTM_DELNEXTHOP);
	assert_int_equal(id_of_news(), 1);
	assert_int_equal(heard(), RTM_NEWNEXTHOP);
	assert_int_equal(id_of_news(), 10);
	assert_int_equal(heard(), RTM_NEWNEXTHOP);
	assert_int_equal(id_of_news(), 11);
	assert_int_equal(heard(), -1);
}

static void nexthops_go_with_their_link_without_a_word(void **state)
{
	sea_socket s;

	(void)state;
	add_nexthops();
	assert_int_equal(sea_link_set_up(t.link, false, t.now), 0);
	assert_int_equal(heard(), -1);
	s = begin_dump(RTM_GETNEXTHOP, &(struct nhmsg){ 0 }, sizeof(struct nhmsg));
	assert_int_equal(count_rest(s, RTM_NEWNEXTHOP), 0);
}

static void a_dump_of_nexthops_goes_on_in_a_restored_stack(void **state)
{
	sea_socket s;

	(void)state;
	for (uint32_t id = 1; id <= MANY; id++) {
		const struct msg m = nexthop_msg(id * 7);

		assert_int_equal(ask(&m), 0);
		assert_int_equal(heard(), RTM_NEWNEXTHOP);
	}
	s = begin_dump(RTM_GETNEXTHOP, &(struct nhmsg){ 0 }, sizeof(struct nhmsg));
	save_and_load();
	assert_int_equal(count_rest(s, RTM_NEWNEXTHOP), MANY);
}

/* -- multicast routes -- */

static void start_routing_groups(void)
{
	const struct sea_mroute_config config = { .size = sizeof(config), .family = SEA_AF_INET };
	const struct sea_mroute_vif vif = { .size = sizeof(vif),
					    .family = SEA_AF_INET,
					    .ifindex = t.link->ifindex };

	assert_int_equal(sea_mroute_start(t.stack, &config, t.now), 0);
	assert_int_equal(sea_mroute_vif_add(t.stack, &vif, t.now), 0);
	hears = open_one(GROUP(RTNLGRP_IPV4_MROUTE));
}

static void say_to_group(void)
{
	static const struct sea_mac mac = { { 1, 0, 0x5e, 9, 9, 9 } };

	test_inject_ip(&t,
		       &(struct test_ip){ .proto = 253,
					  .eth_dst = &mac,
					  .src = "10.0.0.77",
					  .dst = "239.9.9.9",
					  .ttl = 5 },
		       "12345678", 8);
}

static void expect_mroute(int type, unsigned flags)
{
	struct rtmsg hdr;

	assert_int_equal(heard(), type);
	memcpy(&hdr, bytes + 16, sizeof(hdr));
	assert_int_equal(hdr.rtm_family, RTNL_FAMILY_IPMR);
	assert_int_equal(hdr.rtm_flags, flags);
}

static void packets_that_have_no_route_are_told_until_they_give_up(void **state)
{
	const struct rtmsg hdr = { .rtm_family = RTNL_FAMILY_IPMR };

	(void)state;
	start_routing_groups();
	say_to_group();
	expect_mroute(RTM_NEWROUTE, RTNH_F_UNRESOLVED);
	assert_int_equal(count_rest(begin_dump(RTM_GETROUTE, &hdr, sizeof(hdr)), RTM_NEWROUTE), 1);
	say_to_group();
	assert_int_equal(heard(), -1);
	test_advance(&t, 11 * SEA_SEC);
	expect_mroute(RTM_DELROUTE, RTNH_F_UNRESOLVED);
	assert_int_equal(heard(), -1);
}

static void a_dump_of_multicast_routes_goes_on_in_a_restored_stack(void **state)
{
	const struct rtmsg hdr = { .rtm_family = RTNL_FAMILY_IPMR };
	struct sea_mroute r = { .size = sizeof(r),
				.family = SEA_AF_INET,
				.src = test_addr("10.0.0.9"),
				.group = test_addr("239.0.0.0") };
	sea_socket s;

	(void)state;
	start_routing_groups();
	for (unsigned i = MANY; i; i--) {
		r.group.b[2] = (uint8_t)(i >> 8);
		r.group.b[3] = (uint8_t)i;
		assert_int_equal(sea_mroute_add(t.stack, &r, t.now), 0);
		expect_mroute(RTM_NEWROUTE, 0);
	}
	say_to_group();
	s = begin_dump(RTM_GETROUTE, &hdr, sizeof(hdr));
	save_and_load();
	assert_int_equal(count_rest(s, RTM_NEWROUTE), MANY + 1);
}

/* -- memory -- */

static void without_memory_nothing_leaks(void **state)
{
	(void)state;
	for (size_t n = 1; n < 16; n++) {
		const struct msg all[] = { neigh_msg(RTM_NEWNEIGH, NUD_PERMANENT, 9),
					   nexthop_msg(1), nexthop_msg(2), group_msg(3, 1, 2) };

		t.env.calls = 0;
		t.env.fail_at = n;
		for (unsigned i = 0; i < 4; i++)
			(void)send_msg(asks, &all[i]);
		t.env.fail_at = 0;
		while (receive_from(asks, sizeof(bytes)) != -EAGAIN)
			;
		while (receive_from(hears, sizeof(bytes)) != -EAGAIN)
			;
	}
}

static int setup(void **state)
{
	(void)state;
	test_stack_new(&t, modules, 3);
	asks = open_one(0);
	hears = open_one(GROUP(RTNLGRP_NEIGH) | GROUP(RTNLGRP_NEXTHOP));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	test_stack_free(&t);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_time_does_to_a_neighbour_is_told),
		TEST(who_never_answers_is_told_once),
		TEST(those_that_go_with_their_link_are_told),
		TEST(nobody_hears_of_those_that_are_restored),
		TEST(a_dump_of_neighbours_goes_on_in_a_restored_stack),
		TEST(bounds_of_a_table_are_those_of_its_sysctls),
		TEST(parts_of_a_unit_count_as_one),
		TEST(groups_of_a_nexthop_that_goes_are_told),
		TEST(nexthops_go_with_their_link_without_a_word),
		TEST(a_dump_of_nexthops_goes_on_in_a_restored_stack),
		TEST(packets_that_have_no_route_are_told_until_they_give_up),
		TEST(a_dump_of_multicast_routes_goes_on_in_a_restored_stack),
		TEST(without_memory_nothing_leaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
