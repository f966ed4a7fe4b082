/* SPDX-License-Identifier: Apache-2.0 */
/* Packets to groups that go from link to link. What is expected was seen on Linux 6.18. */
#include "tests/lib/mcast.h"
#include "tests/lib/mroute.h"

/* RFC1812:5.2.1.3-a */
static void a_packet_goes_out_by_each_vif_whose_ttl_it_exceeds(void **state)
{
	struct mroute_net *n = *state;

	for (unsigned i = 0; i < 2; i++) {
		const struct mroute_words *w = &mroute_words[i];

		assert_int_equal(mroute_add(n, mroute_of(w->family, w->src, w->group, 0, "-15")),
				 0);
		mroute_say(n, w->family, 0, w->group, 8);
		assert_string_equal(mroute_heard(n), "2:7 1:7");
		mroute_say(n, w->family, 0, w->group, 5);
		assert_string_equal(mroute_heard(n), "1:4");
		mroute_say(n, w->family, 0, w->group, 1); /* RFC1112:7.2 */
		assert_string_equal(mroute_heard(n), "");
		assert_int_equal(test_drops(&n->t, SEA_DROP_IP_MROUTE_NOWHERE), i + 1);
		assert_int_equal(mroute_vif(n, w->family, 0).pkts_in, 3);
		assert_int_equal(mroute_vif(n, w->family, 1).pkts_out, 2);
		assert_int_equal(mroute_vif(n, w->family, 2).bytes_out, i ? 52 : 32);
	}
	assert_int_equal(mroute_first(n).pkts, 3);
	assert_int_equal(mroute_first(n).bytes, 96);
	assert_int_equal(mroute_first(n).last_used.ns, n->t.now.ns);
	assert_int_equal(test_mib(&n->t, SEA_MIB_IpForwDatagrams), 3);
	assert_int_equal(test_mib(&n->t, SEA_MIB_Ip6OutForwDatagrams), 3);
	assert_int_equal(test_mib(&n->t, SEA_MIB_IpExtOutMcastPkts), 3);
	assert_int_equal(test_mib(&n->t, SEA_MIB_IpExtInMcastPkts), 3);
}

static void thresholds_of_vifs_alone_stop_nothing(void **state)
{
	struct mroute_net *n = *state;
	struct sea_mroute_vif v = { .size = sizeof(v),
				    .family = SEA_AF_INET,
				    .vif = 4,
				    .threshold = 10,
				    .ifindex = n->links[1]->ifindex };

	assert_int_equal(sea_mroute_vif_add(n->t.stack, &v, n->t.now), 0);
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET, MROUTE_S4, MROUTE_G4, 0, "----1")),
			 0);
	mroute_say(n, SEA_AF_INET, 0, MROUTE_G4, 5);
	assert_string_equal(mroute_heard(n), "1:4");
}

/* RFC1112:7.2 */
static void groups_of_one_link_stay_there(void **state)
{
	static const char *const groups[] = { "224.0.0.77", "224.0.0.1", "ff02::77", "ff12::77",
					      "ff01::7",    "ff11::7",   "ff00::7" };
	struct mroute_net *n = *state;

	for (unsigned i = 0; i < sizeof(groups) / sizeof(groups[0]); i++) {
		uint8_t family = i < 2 ? SEA_AF_INET : SEA_AF_INET6;
		const char *src = mroute_words[i >= 2].src;

		assert_int_equal(mroute_add(n, mroute_of(family, src, groups[i], 0, "-11")), 0);
		mroute_say(n, family, 0, groups[i], 8);
		assert_string_equal(mroute_heard(n), "");
		assert_string_equal(mroute_upcalls(n, family), "");
	}
	mroute_say(n, SEA_AF_INET6, 0, "ff13::7", 8);
	assert_string_equal(mroute_upcalls(n, SEA_AF_INET6), "1 0 2001:db8::9 ff13::7");
}

static void links_that_take_no_part_are_not_heard(void **state)
{
	struct mroute_net *n = *state;

	for (unsigned i = 0; i < 2; i++) {
		const struct mroute_words *w = &mroute_words[i];

		assert_int_equal(mroute_add(n, mroute_of(w->family, w->src, w->group, 0, "--1")),
				 0);
		assert_int_equal(sea_mroute_vif_del(n->t.stack, w->family, 0, n->t.now), 0);
		mroute_say(n, w->family, 0, w->group, 8);
		assert_string_equal(mroute_heard(n), "");
		assert_int_equal(test_drops(&n->t, SEA_DROP_IP_GROUP), i + 1);
		assert_string_equal(mroute_upcalls(n, w->family), "");
	}
}

static void sources_are_checked_as_everywhere(void **state)
{
	struct mroute_net *n = *state;
	struct test_ip ip = { .proto = 17, .src = "0.0.0.0", .dst = MROUTE_G4, .ttl = 8 };

	mroute_say4(n, 0, &ip, 12);
	ip.src = "127.0.0.1";
	mroute_say4(n, 0, &ip, 12);
	assert_int_equal(test_drops(&n->t, SEA_DROP_IP_MARTIAN_SOURCE), 2);
	assert_int_equal(sea_sysctl_set(n->t.stack, "net.ipv4.conf.all.rp_filter", "1", n->t.now),
			 0);
	ip.src = "10.2.0.9"; /* of another link */
	mroute_say4(n, 0, &ip, 12);
	assert_int_equal(test_drops(&n->t, SEA_DROP_IP_RPFILTER), 1);
	assert_string_equal(mroute_upcalls(n, SEA_AF_INET), "");
}

/* -- shared trees -- */

static void a_tree_of_a_group_is_entered_by_its_parent_or_where_a_tree_of_all_lets(void **state)
{
	struct mroute_net *n = *state;

	for (unsigned i = 0; i < 2; i++) {
		const struct mroute_words *w = &mroute_words[i];

		assert_int_equal(
			mroute_add_proxy(n, mroute_of(w->family, NULL, w->group, 0, "111")), 0);
		mroute_say(n, w->family, 0, w->group, 8);
		assert_string_equal(mroute_heard(n), "2:7 1:7");
		if (!i)
			assert_int_equal(sea_sysctl_set(n->t.stack, "net.ipv4.conf.all.rp_filter",
							"0", n->t.now),
					 0);
		mroute_say(n, w->family, 1, w->group, 8);
		assert_string_equal(mroute_heard(n), "");
		assert_int_equal(test_drops(&n->t, SEA_DROP_IP_MROUTE_WRONG_VIF), i + 1);
		assert_int_equal(mroute_add_proxy(n, mroute_of(w->family, NULL, NULL, 0, "11")), 0);
		mroute_say(n, w->family, 1, w->group, 8);
		assert_string_equal(mroute_heard(n), "2:7 0:7");
	}
}

static void a_tree_of_all_leads_up_alone(void **state)
{
	struct mroute_net *n = *state;

	for (unsigned i = 0; i < 2; i++) {
		const struct mroute_words *w = &mroute_words[i];

		assert_int_equal(mroute_add_proxy(n, mroute_of(w->family, NULL, NULL, 0, "11")), 0);
		mroute_say(n, w->family, 0, w->group, 8);
		assert_string_equal(mroute_heard(n), "");
		mroute_say(n, w->family, 1, w->group, 8);
		assert_string_equal(mroute_heard(n), "0:7");
		mroute_say(n, w->family, 1, w->group, 1);
		assert_string_equal(mroute_heard(n), "");
		assert_string_equal(mroute_upcalls(n, w->family), "");
		mroute_say(n, w->family, 2, w->group, 8); /* off the tree */
		assert_true(strncmp(mroute_upcalls(n, w->family), "1 2 ", 4) == 0);
	}
}

/* -- sizes -- */

static void what_is_too_large_is_cut_or_stays(void **state)
{
	struct mroute_net *n = *state;
	struct test_ip ip = { .proto = 17, .src = MROUTE_S4, .dst = MROUTE_G4, .ttl = 9 };

	assert_int_equal(sea_link_set_mtu(n->links[2], 600, n->t.now), 0);
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET, MROUTE_S4, MROUTE_G4, 0, "-11")), 0);
	mroute_say4(n, 0, &ip, 1008);
	assert_string_equal(mroute_heard(n), "2:8 1:8 2:8");
	ip.frag = SEA_IPV4_DF;
	mroute_say4(n, 0, &ip, 1008);
	assert_string_equal(mroute_heard(n), "1:8"); /* and nobody is told */
	assert_int_equal(test_drops(&n->t, SEA_DROP_IP_TOO_BIG), 1);
	assert_int_equal(test_mib(&n->t, SEA_MIB_IpFragFails), 1);
	assert_int_equal(mroute_vif(n, SEA_AF_INET, 2).pkts_out, 1);
}

static void fragments_go_on_as_they_are(void **state)
{
	struct mroute_net *n = *state;
	struct test_ip ip = { .proto = 17, .src = MROUTE_S4, .dst = MROUTE_G4, .ttl = 9, .id = 7 };

	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET, MROUTE_S4, MROUTE_G4, 0, "-1")), 0);
	ip.frag = 50;
	mroute_say4(n, 0, &ip, 80);
	assert_string_equal(mroute_heard(n), "1:8");
}

/* RFC4443:2.4-f */
static void an_ipv6_packet_too_big_is_told_to_its_sender(void **state)
{
	static const struct sea_mac mac = { { 2, 0, 0, 0, 0, 9 } };
	struct mroute_net *n = *state;
	struct sea_neigh_info neigh = { .size = sizeof(neigh),
					.ifindex = n->links[0]->ifindex,
					.addr = test_addr(MROUTE_S6),
					.state = SEA_NUD_PERMANENT };
	const uint8_t *msg;
	size_t len;

	memcpy(neigh.mac, mac.b, 6);
	assert_int_equal(sea_neigh_set(n->t.stack, &neigh, n->t.now), 0);
	assert_int_equal(sea_link_set_mtu(n->links[2], 1300, n->t.now), 0);
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET6, MROUTE_S6, MROUTE_G6, 0, "--1")), 0);
	mroute_say6(n, 0, &(struct test_ip6){ .proto = 17, .src = MROUTE_S6, .dst = MROUTE_G6 },
		    1400);
	test_expect_ip6(test_take(&n->t), SEA_IPPROTO_ICMPV6, &msg, &len);
	assert_ptr_equal(n->t.frame.link, n->links[0]);
	assert_int_equal(msg[0], 2);
	assert_int_equal(sea_get32(msg + 4), 1300);
	assert_null(test_take(&n->t));
	assert_int_equal(test_drops(&n->t, SEA_DROP_IP_TOO_BIG), 1);
}

static void say_super(struct mroute_net *n, uint16_t gso_size, size_t len)
{
	static const uint8_t data[9000] = { 0, 7, 0, 7, 0x20, 0 };
	static uint8_t frame[9100];
	struct sea_pkt *pkt;
	size_t size = test_build_ip(
		frame,
		&(struct test_ip){ .proto = 17, .src = MROUTE_S4, .dst = MROUTE_G4, .ttl = 9 },
		data, len);

	memcpy(frame, "\x01\x00\x5e\x01\x01\x01", 6);
	sea_put16(frame + 34 + 4, (uint16_t)len);
	pkt = sea_pkt_from_bytes(n->links[0], frame, size);
	assert_non_null(pkt);
	pkt->gso_type = SEA_GSO_UDP;
	pkt->gso_size = gso_size;
	pkt->gso_segs = (uint16_t)((len - 8 + gso_size - 1) / gso_size);
	pkt->csum_state = SEA_CSUM_VERIFIED;
	pkt->trusted = true;
	sea_link_input(n->links[0], &pkt, 1, n->t.now);
	test_settle(&n->t);
}

static void a_super_segment_is_one_packet_until_the_edge(void **state)
{
	struct mroute_net *n = *state;

	assert_int_equal(sea_link_set_mtu(n->links[2], 600, n->t.now), 0);
	say_super(n, 1000, 8 + 2500); /* it waits as well */
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET, MROUTE_S4, MROUTE_G4, 0, "-11")), 0);
	/* Three segments, of which those of 1028 bytes are cut for the narrow link. */
	assert_string_equal(mroute_heard(n), "2:8 1:8 2:8 1:8 2:8 1:8 2:8 2:8");
	assert_int_equal(mroute_first(n).pkts, 1);
	assert_int_equal(mroute_first(n).bytes, 2528);
	assert_int_equal(test_mib(&n->t, SEA_MIB_IpForwDatagrams), 2);
}

/* -- options -- */

static void options_are_stamped_for_each_way(void **state)
{
	static const uint8_t rr[8] = { 7, 7, 4, 0, 0, 0, 0, 0 };
	static const uint8_t bad[4] = { 7, 3, 1, 0 };
	struct mroute_net *n = *state;
	struct test_ip ip = { .proto = 17,
			      .src = MROUTE_S4,
			      .dst = MROUTE_G4,
			      .ttl = 9,
			      .opts = rr,
			      .opts_len = sizeof(rr) };
	const struct test_frame *f;

	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET, MROUTE_S4, MROUTE_G4, 0, "-11")), 0);
	mroute_say4(n, 0, &ip, 12);
	f = test_take(&n->t);
	assert_memory_equal(f->bytes + 14 + 20, "\7\7\10\n\2\0\1", 7);
	f = test_take(&n->t);
	assert_memory_equal(f->bytes + 14 + 20, "\7\7\10\n\1\0\1", 7);
	ip.opts = bad;
	ip.opts_len = sizeof(bad);
	mroute_say4(n, 0, &ip, 12);
	assert_string_equal(mroute_heard(n), "");
	assert_int_equal(test_drops(&n->t, SEA_DROP_IP_OPTIONS), 1);
}

/* -- what is for us, too -- */

static void what_is_heard_here_goes_on_as_well(void **state)
{
	struct mroute_net *n = *state;
	sea_socket s = listener(&n->t, 7);

	assert_int_equal(member_of(&n->t, s, IP_ADD_MEMBERSHIP, MROUTE_G4, n->links[0]->ifindex),
			 0);
	test_take_all(&n->t);
	say(&n->t, MROUTE_G4, "10.0.0.9", "here"); /* of TTL 1 */
	test_expect_text(&n->t, s, "here");
	assert_string_equal(mroute_upcalls(n, SEA_AF_INET), "1 0 10.0.0.9 239.1.1.1");
	test_advance(&n->t, 10 * SEA_SEC);
	assert_int_equal(test_drops(&n->t, SEA_DROP_IP_MROUTE_TIMEOUT), 0); /* it had its fate */
	test_take_all(&n->t);
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET, MROUTE_S4, MROUTE_G4, 0, "-1")), 0);
	say(&n->t, MROUTE_G4, "10.0.0.9", "here");
	test_expect_text(&n->t, s, "here");
	assert_string_equal(mroute_heard(n), "");
	assert_int_equal(test_drops(&n->t, SEA_DROP_IP_MROUTE_NOWHERE), 0);
}

/* RFC1584: who is in the group on a link that it goes out by hears it, too, and that is the end. */
static void members_on_links_it_goes_out_by_hear_it(void **state)
{
	static const uint8_t udp[12] = { 0, 9, 0, 7, 0, 12, 0, 0, 'e', 'c', 'h', 'o' };
	struct mroute_net *n = *state;
	sea_socket s = listener(&n->t, 7);
	static uint8_t frame[256];
	struct test_ip ip = { .proto = 17, .src = MROUTE_S4, .dst = MROUTE_G4, .ttl = 9 };

	assert_int_equal(member_of(&n->t, s, IP_ADD_MEMBERSHIP, MROUTE_G4, n->links[1]->ifindex),
			 0);
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET, MROUTE_S4, MROUTE_G4, 0, "-11")), 0);
	test_take_all(&n->t);
	ip.eth_dst = &(struct sea_mac){ { 1, 0, 0x5e, 1, 1, 1 } };
	test_inject_on(&n->t, n->links[0], frame, test_build_ip(frame, &ip, udp, sizeof(udp)));
	assert_string_equal(mroute_heard(n), "2:8 1:8");
	test_expect_text(&n->t, s, "echo");
	test_expect_nothing(&n->t, s);
	assert_int_equal(mroute_first(n).pkts, 1);
}

static void reports_of_hosts_are_not_sent_on(void **state)
{
	struct mroute_net *n = *state;

	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET, MROUTE_S4, MROUTE_G4, 0, "-11")), 0);
	mroute_say4(n, 0,
		    &(struct test_ip){ .proto = 2, .src = MROUTE_S4, .dst = MROUTE_G4, .ttl = 9 },
		    12);
	assert_string_equal(mroute_heard(n), "");
	assert_int_equal(test_drops(&n->t, SEA_DROP_IP_GROUP), 1);
}

/* -- what we send -- */

static sea_socket sender(struct mroute_net *n, int ttl)
{
	sea_socket s = test_udp(&n->t);
	struct ip_mreqn mreqn = { .imr_ifindex = n->links[0]->ifindex };

	assert_int_equal(set(&n->t, s, IP_MULTICAST_IF, &mreqn, sizeof(mreqn)), 0);
	assert_int_equal(test_set_int(&n->t, s, IPPROTO_IP, IP_MULTICAST_TTL, ttl), 0);
	return s;
}

static void what_we_send_goes_on_unless_it_is_not_to_be_heard_here(void **state)
{
	struct mroute_net *n = *state;
	sea_socket s = sender(n, 9);

	test_sendto(&n->t, s, "own", 3, 0, MROUTE_G4, 7);
	assert_string_equal(mroute_heard(n), "0:9");
	assert_string_equal(mroute_upcalls(n, SEA_AF_INET), "1 0 10.0.0.1 239.1.1.1");
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET, "10.0.0.1", MROUTE_G4, 0, "-1")), 0);
	assert_string_equal(mroute_heard(n), "1:8");
	test_sendto(&n->t, s, "own", 3, 0, MROUTE_G4, 7);
	assert_string_equal(mroute_heard(n), "0:9 1:8");
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET, "10.0.0.1", MROUTE_G4, 1, "1-1")), 0);
	test_sendto(&n->t, s, "own", 3, 0, MROUTE_G4, 7);
	assert_string_equal(mroute_heard(n), "0:9");
	assert_int_equal(mroute_first(n).pkts, 3);
	assert_int_equal(mroute_first(n).wrong_vif, 0); /* ours are not held against it */
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET, "10.0.0.1", MROUTE_G4, 0, "-1")), 0);
	assert_int_equal(test_set_int(&n->t, s, IPPROTO_IP, IP_MULTICAST_LOOP, 0), 0);
	test_sendto(&n->t, s, "own", 3, 0, MROUTE_G4, 7);
	assert_string_equal(mroute_heard(n), "0:9");
}

static void send6(struct mroute_net *n, sea_socket s)
{
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_port = htons(7) };
	struct iovec iov = { (void *)(uintptr_t) "own", 3 };
	struct msghdr msg = {
		.msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &iov, .msg_iovlen = 1
	};

	inet_pton(AF_INET6, MROUTE_G6, &to.sin6_addr);
	assert_int_equal(sea_socket_sendmsg(n->t.stack, s, &msg, 0, n->t.now), 3);
}

static void what_we_send_over_ipv6_goes_on_too(void **state)
{
	struct mroute_net *n = *state;
	sea_socket s;

	assert_int_equal(sea_socket_new(n->t.stack, AF_INET6, SOCK_DGRAM, 0, &s, n->t.now), 0);
	assert_int_equal(
		test_set_int(&n->t, s, IPPROTO_IPV6, IPV6_MULTICAST_IF, n->links[0]->ifindex), 0);
	assert_int_equal(test_set_int(&n->t, s, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 9), 0);
	send6(n, s);
	assert_string_equal(mroute_heard(n), "0:9");
	assert_string_equal(mroute_upcalls(n, SEA_AF_INET6), "1 0 2001:db8::1 ff1e::1");
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET6, "2001:db8::1", MROUTE_G6, 0, "-1")),
			 0);
	assert_string_equal(mroute_heard(n), "1:8");
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET6, "2001:db8::1", MROUTE_G6, 1, "1")),
			 0);
	send6(n, s);
	assert_string_equal(mroute_heard(n), "0:9");
	assert_int_equal(mroute_first(n).wrong_vif, 1); /* unlike IPv4, as on Linux */
	assert_int_equal(test_set_int(&n->t, s, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0), 0);
	assert_int_equal(mroute_add(n, mroute_of(SEA_AF_INET6, "2001:db8::1", MROUTE_G6, 0, "-1")),
			 0);
	send6(n, s);
	assert_string_equal(mroute_heard(n), "0:9");
}

/* -- hooks -- */

static struct sea_link *seen_in, *seen_out;

static bool refuse_first(const struct sea_hook_at *at, struct sea_pkt *pkt)
{
	seen_in = at->in;
	seen_out = at->out;
	if (strcmp(at->out->name, "eth2") != 0)
		return true;
	sea_pkt_drop(at->stack, pkt, SEA_DROP_IP_NO_ROUTE);
	return false;
}

static void filters_see_each_way(void **state)
{
	static const enum sea_hook_point points[] = { SEA_HOOK_FORWARD, SEA_HOOK_POSTROUTING };
	struct mroute_net *n = *state;

	for (unsigned i = 0; i < 4; i++) {
		const struct mroute_words *w = &mroute_words[i / 2];
		const struct sea_hook hook = { .name = "test",
					       .family = w->family,
					       .point = points[i % 2],
					       .fn = refuse_first };

		assert_int_equal(mroute_add(n, mroute_of(w->family, w->src, w->group, 0, "-11")),
				 0);
		sea_hook_add(n->t.stack, &hook);
		mroute_say(n, w->family, 0, w->group, 8);
		sea_hook_del(n->t.stack, &hook);
		assert_string_equal(mroute_heard(n), "1:7");
		assert_ptr_equal(seen_in, n->links[0]);
		assert_ptr_equal(seen_out, n->links[1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MROUTE_TEST(a_packet_goes_out_by_each_vif_whose_ttl_it_exceeds),
		MROUTE_TEST(thresholds_of_vifs_alone_stop_nothing),
		MROUTE_TEST(groups_of_one_link_stay_there),
		MROUTE_TEST(links_that_take_no_part_are_not_heard),
		MROUTE_TEST(sources_are_checked_as_everywhere),
		MROUTE_TEST(a_tree_of_a_group_is_entered_by_its_parent_or_where_a_tree_of_all_lets),
		MROUTE_TEST(a_tree_of_all_leads_up_alone),
		MROUTE_TEST(what_is_too_large_is_cut_or_stays),
		MROUTE_TEST(fragments_go_on_as_they_are),
		MROUTE_TEST(an_ipv6_packet_too_big_is_told_to_its_sender),
		MROUTE_TEST(a_super_segment_is_one_packet_until_the_edge),
		MROUTE_TEST(options_are_stamped_for_each_way),
		MROUTE_TEST(what_is_heard_here_goes_on_as_well),
		MROUTE_TEST(members_on_links_it_goes_out_by_hear_it),
		MROUTE_TEST(reports_of_hosts_are_not_sent_on),
		MROUTE_TEST(what_we_send_goes_on_unless_it_is_not_to_be_heard_here),
		MROUTE_TEST(what_we_send_over_ipv6_goes_on_too),
		MROUTE_TEST(filters_see_each_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
