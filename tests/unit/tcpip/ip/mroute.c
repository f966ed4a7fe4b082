/* SPDX-License-Identifier: Apache-2.0 */
/* The multicast router's calls, tables, queues and upcalls. What is expected was seen on Linux 6.18. */
#include <seastack/procnet.h>

#include "tests/lib/mroute.h"
#include "tests/lib/snapshot.h"

static const char *sysctl(struct test_stack *t, const char *name)
{
	static char text[64];

	assert_true(sea_sysctl_get(t->stack, name, text, sizeof(text)) >= 0);
	return text;
}

/* -- the calls -- */

static int add_vif(struct mroute_net *n, uint8_t family, uint16_t vif, int ifindex)
{
	const struct sea_mroute_vif v = {
		.size = sizeof(v), .family = family, .vif = vif, .ifindex = ifindex
	};

	return sea_mroute_vif_add(n->t.stack, &v, n->t.now);
}

static void there_is_one_router_of_a_family_at_a_time(void **state)
{
	struct mroute_net *n = *state;

	for (unsigned i = 0; i < 2; i++) {
		struct sea_mroute_config c = { .size = sizeof(c),
					       .family = mroute_words[i].family };

		assert_int_equal(sea_mroute_start(n->t.stack, &c, n->t.now), -EADDRINUSE);
		c.size--;
		assert_int_equal(sea_mroute_start(n->t.stack, &c, n->t.now), -EINVAL);
		assert_int_equal(sea_mroute_stop(n->t.stack, c.family, n->t.now), 0);
		assert_int_equal(sea_mroute_stop(n->t.stack, c.family, n->t.now), -EACCES);
		assert_int_equal(add_vif(n, c.family, 0, 1), -EACCES);
		c.size = sizeof(c);
		assert_int_equal(sea_mroute_start(n->t.stack, &c, n->t.now), 0);
		assert_int_equal(mroute_add(n, mroute_of(c.family, mroute_words[i].src,
							 mroute_words[i].group, 0, "-11")),
				 0);
	}
	assert_int_equal(sea_mroute_stop(n->t.stack, 77, n->t.now), -EAFNOSUPPORT);
}

static void vifs_are_numbered_by_the_daemon(void **state)
{
	struct mroute_net *n = *state;

	for (unsigned i = 0; i < 2; i++) {
		uint8_t family = mroute_words[i].family;

		assert_int_equal(add_vif(n, family, 0, n->links[0]->ifindex), -EADDRINUSE);
		assert_int_equal(add_vif(n, family, 32, n->links[0]->ifindex), -ENFILE);
		assert_int_equal(add_vif(n, family, 5, 999), -EADDRNOTAVAIL);
		assert_int_equal(add_vif(n, family, 31, n->links[0]->ifindex), 0);
		assert_int_equal(sea_mroute_vif_del(n->t.stack, family, 31, n->t.now), 0);
		assert_int_equal(sea_mroute_vif_del(n->t.stack, family, 31, n->t.now),
				 -EADDRNOTAVAIL);
		assert_int_equal(sea_mroute_vif_del(n->t.stack, family, 32, n->t.now),
				 family == SEA_AF_INET ? -ENFILE : -EADDRNOTAVAIL);
	}
	assert_int_equal(mroute_vif(n, SEA_AF_INET6, 2).ifindex, n->links[2]->ifindex);
	assert_int_equal(mroute_vif(n, SEA_AF_INET, 1).threshold, 1);
}

static void mc_forwarding_says_who_takes_part(void **state)
{
	struct mroute_net *n = *state;
	struct test_stack *t = &n->t;

	assert_string_equal(sysctl(t, "net.ipv4.conf.all.mc_forwarding"), "1");
	assert_string_equal(sysctl(t, "net.ipv6.conf.all.mc_forwarding"), "1");
	assert_string_equal(sysctl(t, "net.ipv4.conf.default.mc_forwarding"), "0");
	assert_string_equal(sysctl(t, "net.ipv4.conf.lo.mc_forwarding"), "0");
	assert_string_equal(sysctl(t, "net.ipv4.conf.eth1.mc_forwarding"), "1");
	assert_int_equal(add_vif(n, SEA_AF_INET, 9, n->links[1]->ifindex), 0);
	assert_string_equal(sysctl(t, "net.ipv4.conf.eth1.mc_forwarding"), "2");
	assert_int_equal(sea_mroute_stop(t->stack, SEA_AF_INET, t->now), 0);
	assert_string_equal(sysctl(t, "net.ipv4.conf.all.mc_forwarding"), "0");
	assert_string_equal(sysctl(t, "net.ipv4.conf.eth1.mc_forwarding"), "0");
	assert_string_equal(sysctl(t, "net.ipv6.conf.eth1.mc_forwarding"), "1");
}

static void what_makes_no_sense_as_a_route_is_refused(void **state)
{
	struct mroute_net *n = *state;
	struct sea_mroute r = mroute_of(SEA_AF_INET, "10.0.0.9", "10.9.9.9", 0, "-1");

	assert_int_equal(mroute_add(n, r), -EINVAL);
	r = mroute_of(SEA_AF_INET6, MROUTE_S6, "2001::1", 0, "-1");
	assert_int_equal(mroute_add(n, r), -EINVAL);
	r = mroute_of(SEA_AF_INET, MROUTE_S6, MROUTE_G4, 0, "-1");
	assert_int_equal(mroute_add(n, r), -EINVAL);
	r = mroute_of(SEA_AF_INET, MROUTE_S4, MROUTE_G4, 32, "-1");
	assert_int_equal(mroute_add(n, r), -ENFILE);
	r = mroute_of(77, MROUTE_S4, MROUTE_G4, 0, "-1");
	assert_int_equal(mroute_add(n, r), -EAFNOSUPPORT);
	r.size = 4;
	assert_int_equal(mroute_add(n, r), -EINVAL);
	/* Linux takes these. */
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET, MROUTE_S4, MROUTE_G4, 20, "-1")), 0);
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET, MROUTE_S4, "224.0.0.5", 0, "-1")), 0);
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET, MROUTE_S4, NULL, 0, "-1")), 0);
	r = mroute_of(SEA_AF_INET, "10.0.0.8", MROUTE_G4, 0, "");
	assert_int_equal(sea_mroute_del(n->t.stack, &r, n->t.now), -ENOENT);
	r = mroute_of(SEA_AF_INET, MROUTE_S4, MROUTE_G4, 3, "");
	assert_int_equal(sea_mroute_del(n->t.stack, &r, n->t.now), 0);
}

static void routes_are_told_by_group_and_source_with_the_vifs_there_are(void **state)
{
	struct mroute_net *n = *state;
	struct sea_mroute r = { .size = sizeof(r) };
	char text[SEA_ADDR_TEXT_MAX];
	uint64_t cursor = 0;

	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET6, MROUTE_S6, MROUTE_G6, 1, "1")), 0);
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET, "10.0.0.9", "239.1.1.1", 0, "-153")),
			 0);
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET, "10.0.0.8", "239.1.1.1", 0, "-1")),
			 0);
	assert_int_equal(mroute_add_proxy(n, mroute_of(SEA_AF_INET, NULL, "239.1.1.1", 2, "1")), 0);
	assert_int_equal(mroute_add_proxy(n, mroute_of(SEA_AF_INET, NULL, "239.1.1.1", 1, "1")), 0);
	for (uint16_t parent = 1; parent < 3; parent++) {
		assert_true(sea_mroute_next(n->t.stack, &cursor, &r));
		assert_int_equal(r.src.family, 0);
		assert_int_equal(r.parent, parent);
	}
	assert_true(sea_mroute_next(n->t.stack, &cursor, &r));
	assert_string_equal(sea_addr_text(&r.src, text), "10.0.0.8");
	assert_true(sea_mroute_next(n->t.stack, &cursor, &r));
	assert_string_equal(sea_addr_text(&r.src, text), "10.0.0.9");
	assert_int_equal(r.ttls[0], 255);
	assert_int_equal(r.ttls[1], 1);
	assert_int_equal(r.ttls[2], 5);
	assert_int_equal(r.ttls[3], 255); /* there is no such vif */
	assert_true(sea_mroute_next(n->t.stack, &cursor, &r));
	assert_int_equal(r.family, SEA_AF_INET6);
	assert_false(sea_mroute_next(n->t.stack, &cursor, &r));
}

static void routes_are_bounded(void **state)
{
	struct mroute_net *n = *state;
	struct sea_mroute r = mroute_of(SEA_AF_INET, MROUTE_S4, MROUTE_G4, 0, "-1");

	for (unsigned i = 0; i < SEA_MROUTES_MAX; i++) {
		sea_put32(r.src.b, i + 1);
		assert_int_equal(sea_mroute_add(n->t.stack, &r, n->t.now), 0);
	}
	assert_int_equal(sea_mroute_add(n->t.stack, &r, n->t.now), 0); /* that one is there */
	sea_put32(r.src.b, 0x7f000000);
	assert_int_equal(sea_mroute_add(n->t.stack, &r, n->t.now), -ENOSPC);
}

/* -- waiting -- */

static void packets_wait_for_their_route(void **state)
{
	struct mroute_net *n = *state;

	for (unsigned i = 0; i < 2; i++) {
		const struct mroute_words *w = &mroute_words[i];
		struct sea_event ev[4];
		char expected[128];

		snprintf(expected, sizeof(expected), "1 0 %s %s", w->src, w->group);
		for (unsigned k = 0; k < 6; k++)
			mroute_say(n, w->family, 0, w->group, 8);
		assert_string_equal(mroute_heard(n), "");
		assert_int_equal(test_drops(&n->t, SEA_DROP_IP_MROUTE_QUEUE), 2 * (i + 1));
		assert_int_equal(sea_stack_take_events(n->t.stack, ev, 1), 1);
		assert_int_equal(ev[0].kind, SEA_EVENT_MROUTE);
		assert_int_equal(ev[0].mask, i ? SEA_MROUTE_EVENT_IPV6 : SEA_MROUTE_EVENT_IPV4);
		assert_string_equal(mroute_upcalls(n, w->family), expected); /* one for all */
		assert_int_equal(mroute_add(n, mroute_of(w->family, NULL, w->group, 0, "11")), 0);
		assert_string_equal(mroute_heard(n), ""); /* only their own lets them go */
		assert_int_equal(mroute_add(n, mroute_of(w->family, w->src, w->group, 0, "-1")), 0);
		assert_string_equal(mroute_heard(n), "1:7 1:7 1:7 1:7");
	}
}

static void nobody_waits_for_longer_than_ten_seconds(void **state)
{
	struct mroute_net *n = *state;

	mroute_say(n, SEA_AF_INET, 0, MROUTE_G4, 8);
	test_advance(&n->t, 4 * SEA_SEC);
	mroute_say(n, SEA_AF_INET, 0, "239.1.1.2", 8);
	mroute_say(n, SEA_AF_INET, 0, MROUTE_G4, 8); /* in time for the first one's end */
	test_advance(&n->t, 6 * SEA_SEC - 1);
	assert_int_equal(test_drops(&n->t, SEA_DROP_IP_MROUTE_TIMEOUT), 0);
	test_advance(&n->t, 1);
	assert_int_equal(test_drops(&n->t, SEA_DROP_IP_MROUTE_TIMEOUT), 2);
	test_advance(&n->t, 4 * SEA_SEC);
	assert_int_equal(test_drops(&n->t, SEA_DROP_IP_MROUTE_TIMEOUT), 3);
	assert_string_equal(mroute_upcalls(n, SEA_AF_INET),
			    "1 0 10.0.0.9 239.1.1.1, 1 0 10.0.0.9 239.1.1.2");
	mroute_say(n, SEA_AF_INET, 0, MROUTE_G4, 8);
	assert_string_equal(mroute_upcalls(n, SEA_AF_INET), "1 0 10.0.0.9 239.1.1.1");
}

static void say_to_many(struct mroute_net *n, unsigned first, unsigned number)
{
	for (unsigned i = first; i < first + number; i++) {
		char group[32];

		snprintf(group, sizeof(group), "239.3.%u.%u", i / 256, i % 256);
		mroute_say(n, SEA_AF_INET, 0, group, 8);
	}
}

static void a_daemon_that_does_not_listen_costs_no_more_memory(void **state)
{
	struct mroute_net *n = *state;
	struct sea_mroute_upcall u = { .size = sizeof(u) };
	unsigned taken = 0;

	say_to_many(n, 0, 300);
	assert_int_equal(test_drops(&n->t, SEA_DROP_IP_MROUTE_UPCALLS), 300 - 256);
	while (sea_mroute_take_upcall(n->t.stack, SEA_AF_INET, &u))
		taken++;
	assert_int_equal(taken, 256);
	say_to_many(n, 300, 4); /* it listens, but there are 256 that wait */
	assert_int_equal(test_drops(&n->t, SEA_DROP_IP_MROUTE_UPCALLS), 300 - 256 + 4);
	test_advance(&n->t, 10 * SEA_SEC);
	assert_int_equal(test_drops(&n->t, SEA_DROP_IP_MROUTE_TIMEOUT), 256);
	say_to_many(n, 0, 4);
	assert_true(sea_mroute_take_upcall(n->t.stack, SEA_AF_INET, &u));
}

static void what_waits_goes_with_its_link_and_with_the_router(void **state)
{
	struct mroute_net *n = *state;

	mroute_say(n, SEA_AF_INET, 1, MROUTE_G4, 8);
	mroute_say(n, SEA_AF_INET6, 1, MROUTE_G6, 8);
	mroute_say(n, SEA_AF_INET, 2, "239.9.9.9", 8);
	sea_link_del(n->links[1], n->t.now);
	assert_int_equal(test_drops(&n->t, SEA_DROP_LINK_DELETED), 2);
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET, MROUTE_S4, MROUTE_G4, 1, "1")), 0);
	assert_string_equal(mroute_heard(n), "");
	assert_int_equal(add_vif(n, SEA_AF_INET, 1, n->links[0]->ifindex), 0);
	assert_int_equal(sea_mroute_stop(n->t.stack, SEA_AF_INET, n->t.now), 0);
	assert_int_equal(test_drops(&n->t, SEA_DROP_IP_MROUTE_TIMEOUT), 1);
}

/* -- a packet by the wrong vif -- */

static void a_packet_by_another_vif_is_counted_and_told(void **state)
{
	struct mroute_net *n = *state;

	assert_int_equal(sea_mroute_stop(n->t.stack, SEA_AF_INET, n->t.now), 0);
	assert_int_equal(sea_mroute_stop(n->t.stack, SEA_AF_INET6, n->t.now), 0);
	mroute_start(n, true);
	for (unsigned i = 0; i < 2; i++) {
		const struct mroute_words *w = &mroute_words[i];
		char expected[128];

		snprintf(expected, sizeof(expected), "2 1 %s %s", w->src, w->group);
		if (i) {
			assert_int_equal(sea_mroute_stop(n->t.stack, SEA_AF_INET, n->t.now), 0);
			test_advance(&n->t, 60 * SEA_SEC);
		} else {
			assert_int_equal(sea_sysctl_set(n->t.stack, "net.ipv4.conf.all.rp_filter",
							"0", n->t.now),
					 0);
		}
		assert_int_equal(mroute_add(n, mroute_of(w->family, w->src, w->group, 0, "-1")), 0);
		mroute_say(n, w->family, 2, w->group, 8); /* not one that it goes out by */
		assert_string_equal(mroute_upcalls(n, w->family), "");
		mroute_say(n, w->family, 1, w->group, 8);
		mroute_say(n, w->family, 1, w->group, 8);
		assert_string_equal(mroute_upcalls(n, w->family), expected);
		test_advance(&n->t, 3 * SEA_SEC);
		test_take_all(&n->t);
		mroute_say(n, w->family, 1, w->group, 8);
		assert_string_equal(mroute_upcalls(n, w->family), expected);
		assert_string_equal(mroute_heard(n), "");
		assert_int_equal(mroute_first(n).wrong_vif, 4);
		assert_int_equal(mroute_first(n).pkts, 4);
		assert_int_equal(test_drops(&n->t, SEA_DROP_IP_MROUTE_WRONG_VIF), 4 * (i + 1));
	}
}

static void an_upcall_that_finds_no_room_is_counted(void **state)
{
	struct mroute_net *n = *state;

	assert_int_equal(sea_mroute_stop(n->t.stack, SEA_AF_INET, n->t.now), 0);
	assert_int_equal(sea_mroute_stop(n->t.stack, SEA_AF_INET6, n->t.now), 0);
	mroute_start(n, true);
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET, MROUTE_S4, MROUTE_G4, 1, "1")), 0);
	say_to_many(n, 0, 256);
	mroute_say(n, SEA_AF_INET, 0, MROUTE_G4, 8);
	assert_int_equal(test_mib(&n->t, SEA_MIB_SeaMrouteUpcallsLost), 1);
}

/* -- /proc/net -- */

static void expect_file(struct mroute_net *n, const char *name, const char *expected)
{
	struct sea_procnet_reader reader = { .size = sizeof(reader) };
	char text[2048];
	int64_t len;

	assert_int_equal(sea_procnet_open(n->t.stack, name, &reader), 0);
	len = sea_procnet_read(n->t.stack, &reader, text, sizeof(text) - 1, 0, n->t.now);
	assert_true(len >= 0);
	text[len] = '\0';
	assert_string_equal(text, expected);
}

/* Lines as Linux prints them, who waits at the end. */
static void proc_net_shows_vifs_and_routes(void **state)
{
	struct mroute_net *n = *state;

	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET, MROUTE_S4, MROUTE_G4, 0, "-19")), 0);
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET6, MROUTE_S6, MROUTE_G6, 1, "1")), 0);
	mroute_say(n, SEA_AF_INET, 0, MROUTE_G4, 8);
	mroute_say(n, SEA_AF_INET, 0, "239.7.7.7", 8);
	expect_file(n, "ip_mr_vif",
		    "Interface      BytesIn  PktsIn  BytesOut PktsOut Flags Local    Remote\n"
		    " 0 eth0             32       1         0       0 00008 00000002 00000000\n"
		    " 1 eth1              0       0        32       1 00008 00000003 00000000\n"
		    " 2 eth2              0       0         0       0 00008 00000004 00000000\n");
	expect_file(n, "ip_mr_cache",
		    "Group    Origin   Iif     Pkts    Bytes    Wrong Oifs\n"
		    "010101EF 0900000A 0          1       32        0  1:1    2:9  \n"
		    "070707EF 0900000A -1         0        0        0\n");
	expect_file(n, "ip6_mr_vif",
		    "Interface      BytesIn  PktsIn  BytesOut PktsOut Flags\n"
		    " 0 eth0              0       0         0       0 00000\n"
		    " 1 eth1              0       0         0       0 00000\n"
		    " 2 eth2              0       0         0       0 00000\n");
	expect_file(
		n, "ip6_mr_cache",
		"Group                            Origin                           "
		"Iif      Pkts  Bytes     Wrong  Oifs\n"
		"ff1e:0000:0000:0000:0000:0000:0000:0001 2001:0db8:0000:0000:0000:0000:0000:0009 "
		"1          0        0        0  0:1  \n");
	assert_int_equal(sea_mroute_stop(n->t.stack, SEA_AF_INET, n->t.now), 0);
	expect_file(n, "ip_mr_cache", "Group    Origin   Iif     Pkts    Bytes    Wrong Oifs\n");
}

/* -- saved -- */

static void everything_survives_a_save(void **state)
{
	static const struct sea_stack_config config = { .size = sizeof(config) };
	struct mroute_net *n = *state;
	struct snapshot s = { 0 };
	struct sea_stack *again;
	const int indices[] = { n->links[0]->ifindex, n->links[1]->ifindex, n->links[2]->ifindex };

	for (unsigned i = 0; i < 2; i++) {
		const struct mroute_words *w = &mroute_words[i];

		assert_int_equal(mroute_add(n, mroute_of(w->family, w->src, w->group, 0, "-1")), 0);
		mroute_say(n, w->family, 0, w->group, 8);
		mroute_say(n, w->family, 0, i ? "ff1e::7" : "239.7.7.7", 8);
	}
	test_take_all(&n->t);
	assert_int_equal(sea_stack_save(n->t.stack, snapshot_write, &s), 0);
	assert_int_equal(sea_stack_load(&config, &n->t.env.env, mroute_modules, 3, false,
					snapshot_read, &s, &again),
			 0);
	snapshot_free(&s);
	sea_stack_free(n->t.stack);
	n->t.stack = again;
	for (int i = 0; i < 3; i++)
		n->links[i] = sea_link_by_index(again, indices[i]);
	n->t.link = n->links[0];
	assert_int_equal(mroute_vif(n, SEA_AF_INET, 0).pkts_in, 1);
	assert_int_equal(mroute_vif(n, SEA_AF_INET6, 1).bytes_out, 52);
	assert_string_equal(sysctl(&n->t, "net.ipv6.conf.eth1.mc_forwarding"), "1");
	assert_string_equal(mroute_upcalls(n, SEA_AF_INET), "1 0 10.0.0.9 239.7.7.7");
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET, MROUTE_S4, "239.7.7.7", 0, "--1")),
			 0);
	assert_string_equal(mroute_heard(n), "2:7");
	test_advance(&n->t, 10 * SEA_SEC);
	assert_int_equal(test_drops(&n->t, SEA_DROP_IP_MROUTE_TIMEOUT), 1);
	mroute_say(n, SEA_AF_INET6, 0, MROUTE_G6, 8);
	assert_true(strstr(mroute_heard(n), "1:7"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MROUTE_TEST(there_is_one_router_of_a_family_at_a_time),
		MROUTE_TEST(vifs_are_numbered_by_the_daemon),
		MROUTE_TEST(mc_forwarding_says_who_takes_part),
		MROUTE_TEST(what_makes_no_sense_as_a_route_is_refused),
		MROUTE_TEST(routes_are_told_by_group_and_source_with_the_vifs_there_are),
		MROUTE_TEST(routes_are_bounded),
		MROUTE_TEST(packets_wait_for_their_route),
		MROUTE_TEST(nobody_waits_for_longer_than_ten_seconds),
		MROUTE_TEST(a_daemon_that_does_not_listen_costs_no_more_memory),
		MROUTE_TEST(what_waits_goes_with_its_link_and_with_the_router),
		MROUTE_TEST(a_packet_by_another_vif_is_counted_and_told),
		MROUTE_TEST(an_upcall_that_finds_no_room_is_counted),
		MROUTE_TEST(proc_net_shows_vifs_and_routes),
		MROUTE_TEST(everything_survives_a_save),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
