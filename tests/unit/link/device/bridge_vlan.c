/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_*VLAN: states and counters of a bridge's VLANs, and what is told of them. IEEE 802.1Q §8.4, 13.38. no-oracle. */
#include "bridges.h"

#include "link/device/bridge.h"
#include "netlink/policy.h"

#define P1 (1u << 1)
#define P2 (1u << 2)
#define P3 (1u << 3)
#define ONLY_OPTS (1u << 6) /* BRIDGE_VLAN_INFO_ONLY_OPTS, newer than some headers */
#define FRONT (NLMSG_HDRLEN + sizeof(struct br_vlan_msg))

static sea_socket news;

static int setup(void **state)
{
	int err = kinds_setup_frames(state);

	make_bridge(3);
	return err;
}

static int setup_with_ip(void **state)
{
	int err = kinds_setup(state);

	make_bridge(2);
	return err;
}

/* -- asking -- */

static struct message vlan_message(uint16_t type, int ifindex)
{
	const struct br_vlan_msg hdr = { .family = AF_BRIDGE, .ifindex = (uint32_t)ifindex };
	struct message m = { .h = { .nlmsg_len = FRONT,
				    .nlmsg_type = type,
				    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK } };

	memcpy((uint8_t *)&m + NLMSG_HDRLEN, &hdr, sizeof(hdr));
	return m;
}

static void put(struct message *m, uint16_t type, const void *value, uint16_t len)
{
	m->h.nlmsg_len += put_nlattr((uint8_t *)m + m->h.nlmsg_len, type, value, len);
}

/* VLANs from..to of a link, with one option more (0: none) of one byte. */
static int ask_vlans(uint16_t type, const char *link, uint16_t from, uint16_t to, uint16_t flags,
		     uint16_t option, uint8_t value)
{
	const struct bridge_vlan_info info = { .vid = from, .flags = flags };
	struct message m = vlan_message(type, link_of(link)->ifindex);
	uint8_t entry[64];
	uint16_t len = put_nlattr(entry, BRIDGE_VLANDB_ENTRY_INFO, &info, sizeof(info));

	if (to != from)
		len = (uint16_t)(len + put_nlattr(entry + len, BRIDGE_VLANDB_ENTRY_RANGE, &to, 2));
	if (option)
		len = (uint16_t)(len + put_nlattr(entry + len, option, &value, 1));
	put(&m, BRIDGE_VLANDB_ENTRY | NLA_F_NESTED, entry, len);
	return ask(&m);
}

static int set_state(const char *link, uint16_t from, uint16_t to, uint8_t state)
{
	return ask_vlans(RTM_NEWVLAN, link, from, to, ONLY_OPTS, BRIDGE_VLANDB_ENTRY_STATE, state);
}

/* -- shown -- */

struct entry {
	uint16_t vid, last, flags;
	int state; /* -1: none is said */
	uint64_t rx_packets, rx_bytes, tx_packets;
};

static void read_counters(struct entry *e, const struct sea_nl_attr *stats)
{
	struct sea_nl_attr a;
	uint32_t at = 0;

	while (sea_nl_next(stats->value, stats->len, &at, &a))
		if (a.type == BRIDGE_VLANDB_STATS_RX_PACKETS)
			e->rx_packets = sea_nl_u64(&a);
		else if (a.type == BRIDGE_VLANDB_STATS_RX_BYTES)
			e->rx_bytes = sea_nl_u64(&a);
		else if (a.type == BRIDGE_VLANDB_STATS_TX_PACKETS)
			e->tx_packets = sea_nl_u64(&a);
}

static struct entry read_entry(const struct sea_nl_attr *nest)
{
	struct entry e = { .state = -1 };
	struct sea_nl_attr a;
	uint32_t at = 0;

	while (sea_nl_next(nest->value, nest->len, &at, &a)) {
		if (a.type == BRIDGE_VLANDB_ENTRY_INFO && nest->type == BRIDGE_VLANDB_ENTRY) {
			e.flags = sea_nl_u16(&a);
			memcpy(&e.vid, a.value + 2, 2);
		} else if (a.type == BRIDGE_VLANDB_GOPTS_ID) {
			e.vid = sea_nl_u16(&a);
		} else if (a.type == BRIDGE_VLANDB_ENTRY_RANGE) { /* and _GOPTS_RANGE */
			e.last = sea_nl_u16(&a);
		} else if (a.type == BRIDGE_VLANDB_ENTRY_STATE) {
			e.state = sea_nl_u8(&a);
		} else if (a.type == BRIDGE_VLANDB_ENTRY_STATS) {
			read_counters(&e, &a);
		}
	}
	return e;
}

/* Of the message in k.bytes: whose it is. */
static unsigned read_message(struct entry *entries, int *ifindex)
{
	struct br_vlan_msg hdr;
	struct sea_nl_attr a;
	uint32_t at = 0;
	unsigned n = 0;

	memcpy(&hdr, k.bytes + NLMSG_HDRLEN, sizeof(hdr));
	*ifindex = (int)hdr.ifindex;
	while (sea_nl_next(k.bytes + FRONT, k.h.nlmsg_len - (uint32_t)FRONT, &at, &a))
		entries[n++] = read_entry(&a);
	return n;
}

static unsigned shown_of(const char *link, uint32_t flags, struct entry *entries)
{
	struct message m = vlan_message(RTM_GETVLAN, link_of(link)->ifindex);
	int ifindex;

	m.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	if (flags)
		put(&m, BRIDGE_VLANDB_DUMP_FLAGS, &flags, sizeof(flags));
	assert_int_equal(ask(&m), 0);
	if (k.h.nlmsg_type == NLMSG_DONE)
		return 0;
	assert_int_equal(k.h.nlmsg_type, RTM_NEWVLAN);
	if (flags & BRIDGE_VLANDB_DUMPF_GLOBAL || k.h.nlmsg_len > FRONT) {
		unsigned n = read_message(entries, &ifindex);

		assert_int_equal(ifindex, link_of(link)->ifindex);
		return n;
	}
	return 0;
}

/* -- states -- */

static void start_filtering(void)
{
	assert_int_equal(set_bridge_u8(IFLA_BR_VLAN_FILTERING, 1), 0);
	for (unsigned n = 1; n <= 3; n++) {
		const char name[] = { 'p', (char)('0' + n), 0 };

		assert_int_equal(ask_vlans(RTM_NEWVLAN, name, 7, 9, 0, 0, 0), 0);
	}
}

/* SEA_DROP_BRIDGE_STATE */
static void a_vlans_state_is_that_of_its_frames_only(void **state)
{
	(void)state;
	start_filtering();
	assert_int_equal(set_state("p2", 7, 7, SEA_BRIDGE_BLOCKING), 0);
	come_tagged(1, 0xff, 1, 7);
	assert_int_equal(left(), P3);
	come_tagged(1, 0xff, 1, 8);
	assert_int_equal(left(), P2 | P3);
	come_tagged(2, 0xff, 2, 7);
	assert_int_equal(left(), 0);
	assert_int_equal(station_at(2, 7), 0);
	assert_int_equal(drops(&k.f, SEA_DROP_BRIDGE_STATE), 1);
	assert_int_equal(set_state("p2", 7, 7, SEA_BRIDGE_LEARNING), 0);
	come_tagged(2, 0xff, 2, 7);
	assert_int_equal(left(), 0);
	assert_int_equal(station_at(2, 7), 2);
	assert_int_equal(drops(&k.f, SEA_DROP_BRIDGE_STATE), 2);
	assert_int_equal(set_state("p2", 7, 7, SEA_BRIDGE_FORWARDING), 0);
	come_tagged(2, 0xff, 2, 7);
	assert_int_equal(left(), P1 | P3);
}

static void a_state_is_of_a_vlan_that_is_there(void **state)
{
	(void)state;
	start_filtering();
	assert_int_equal(set_state("p1", 9, 10, SEA_BRIDGE_BLOCKING), -ENOENT);
	assert_int_equal(set_state("p1", 9, 9, SEA_BRIDGE_BLOCKING + 1), -EINVAL);
	assert_int_equal(set_state("p1", 9, 8, 0), -EINVAL);
	assert_int_equal(set_state("p1", 9, 4095, 0), -EINVAL);
	assert_int_equal(set_state("p1", 0, 9, 0), -EINVAL);
	assert_int_equal(set_state("eth0", 9, 9, 0), -EINVAL);
	/* One that comes again forwards. */
	assert_int_equal(set_state("p1", 9, 9, SEA_BRIDGE_DISABLED), 0);
	assert_int_equal(ask_vlans(RTM_DELVLAN, "p1", 9, 9, 0, 0, 0), 0);
	assert_int_equal(ask_vlans(RTM_NEWVLAN, "p1", 9, 9, 0, 0, 0), 0);
	assert_int_equal(sea_bridge_vlan_state(&sea_bridge_port_of(port(1))->vlans, 9),
			 SEA_BRIDGE_FORWARDING);
	/* Trees have states of their own. */
	assert_int_equal(set_bridge_u32(IFLA_BR_STP_STATE, 1), 0);
	assert_int_equal(set_state("p1", 9, 9, SEA_BRIDGE_BLOCKING), -EBUSY);
}

static void what_vlans_have_not_is_refused(void **state)
{
	struct message m = vlan_message(RTM_NEWVLAN, link_of("br")->ifindex);

	(void)state;
	start_filtering();
	assert_int_equal(ask(&m), -EINVAL); /* nothing is asked */
	assert_int_equal(ask_vlans(RTM_NEWVLAN, "p1", 7, 7, 0, BRIDGE_VLANDB_ENTRY_MCAST_ROUTER, 1),
			 -EOPNOTSUPP);
	assert_int_equal(ask_vlans(RTM_NEWVLAN, "p1", 7, 7, 0, 9 /* NEIGH_SUPPRESS */, 1),
			 -EOPNOTSUPP);
	assert_int_equal(ask_vlans(RTM_NEWVLAN, "p1", 7, 7, 0, 9, 2), -ERANGE);
	assert_int_equal(ask_vlans(RTM_NEWVLAN, "p1", 7, 7, BRIDGE_VLAN_INFO_RANGE_BEGIN, 0, 0),
			 -EINVAL);
	put(&m, BRIDGE_VLANDB_GLOBAL_OPTIONS | NLA_F_NESTED, "\6\0\1\0\7\0\0\0\5\0\3\0\1\0\0\0",
	    16);
	assert_int_equal(ask(&m), -EOPNOTSUPP); /* MCAST_SNOOPING */
	m = vlan_message(RTM_NEWVLAN, link_of("br")->ifindex);
	put(&m, BRIDGE_VLANDB_GLOBAL_OPTIONS | NLA_F_NESTED, "\6\0\1\0\x63\0\0\0", 8);
	assert_int_equal(ask(&m), -ENOENT);
	assert_int_equal(set_bridge_u8(IFLA_BR_VLAN_STATS_PER_PORT, 1), -EOPNOTSUPP);
}

/* -- shown -- */

static void vlans_that_are_alike_are_shown_as_one(void **state)
{
	struct entry e[8];

	(void)state;
	start_filtering();
	assert_int_equal(shown_of("p1", 0, e), 2);
	assert_int_equal(e[0].vid, 1);
	assert_int_equal(e[0].flags, BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED);
	assert_int_equal(e[1].vid, 7);
	assert_int_equal(e[1].last, 9);
	assert_int_equal(e[1].state, SEA_BRIDGE_FORWARDING);
	assert_int_equal(set_state("p1", 8, 8, SEA_BRIDGE_BLOCKING), 0);
	assert_int_equal(shown_of("p1", 0, e), 4);
	assert_int_equal(e[1].last, 0);
	assert_int_equal(e[2].vid, 8);
	assert_int_equal(e[2].state, SEA_BRIDGE_BLOCKING);
	assert_int_equal(shown_of("br", 0, e), 1); /* it is in its own only */
	assert_int_equal(shown_of("br", BRIDGE_VLANDB_DUMPF_GLOBAL, e), 2);
	assert_int_equal(e[1].vid, 7);
	assert_int_equal(e[1].last, 9);
	assert_int_equal(shown_of("p1", BRIDGE_VLANDB_DUMPF_GLOBAL, e), 0);
}

static void frames_of_vlans_are_counted_where_somebody_asks_for_that(void **state)
{
	struct entry e[8];

	(void)state;
	start_filtering();
	come_tagged(1, 0xff, 1, 7);
	assert_int_equal(shown_of("p1", BRIDGE_VLANDB_DUMPF_STATS, e), 4);
	assert_int_equal(e[1].vid, 7);
	assert_int_equal(e[1].rx_packets, 0);
	assert_int_equal(set_bridge_u8(IFLA_BR_VLAN_STATS_ENABLED, 2), -EINVAL);
	assert_int_equal(set_bridge_u8(IFLA_BR_VLAN_STATS_ENABLED, 1), 0);
	come_tagged(1, 0xff, 1, 7);
	assert_int_equal(shown_of("p2", BRIDGE_VLANDB_DUMPF_STATS, e), 4);
	assert_int_equal(e[1].rx_packets, 1);
	assert_int_equal(e[1].rx_bytes, 46);  /* of 60, which it has without its tag */
	assert_int_equal(e[1].tx_packets, 2); /* of all ports */
	assert_int_equal(e[2].rx_packets, 0);
	/* It goes from all, and its counters with it. */
	for (unsigned n = 1; n <= 3; n++) {
		const char name[] = { 'p', (char)('0' + n), 0 };

		assert_int_equal(ask_vlans(RTM_DELVLAN, name, 7, 7, 0, 0, 0), 0);
	}
	assert_int_equal(ask_vlans(RTM_NEWVLAN, "p2", 7, 7, 0, 0, 0), 0);
	assert_int_equal(shown_of("p2", BRIDGE_VLANDB_DUMPF_STATS, e), 4);
	assert_int_equal(e[1].rx_packets, 0);
}

/* -- RTM_GETSTATS: bridge -s vlan -- */

#define STATS_FRONT (NLMSG_HDRLEN + sizeof(struct if_stats_msg))

static struct message stats_message(int ifindex, uint16_t flags, uint16_t type)
{
	const struct if_stats_msg hdr = { .ifindex = (uint32_t)ifindex,
					  .filter_mask = 1u << (type - 1) };
	struct message m = { .h = { .nlmsg_len = STATS_FRONT,
				    .nlmsg_type = RTM_GETSTATS,
				    .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags) } };

	memcpy((uint8_t *)&m + NLMSG_HDRLEN, &hdr, sizeof(hdr));
	return m;
}

/* Of the message in k.bytes; how many. */
static unsigned read_stats(uint16_t type, struct bridge_vlan_xstats *stats)
{
	struct sea_nl_attr outer, bridge, a;
	uint32_t at = 0, in = 0, each = 0;
	unsigned n = 0;

	assert_true(sea_nl_next(k.bytes + STATS_FRONT, k.h.nlmsg_len - (uint32_t)STATS_FRONT, &at,
				&outer));
	assert_int_equal(outer.type, type);
	assert_true(sea_nl_next(outer.value, outer.len, &in, &bridge));
	assert_int_equal(bridge.type, LINK_XSTATS_TYPE_BRIDGE);
	while (sea_nl_next(bridge.value, bridge.len, &each, &a)) {
		assert_int_equal(a.type, BRIDGE_XSTATS_VLAN);
		assert_int_equal(a.len, sizeof(*stats));
		memcpy(&stats[n++], a.value, sizeof(*stats));
	}
	return n;
}

static void counters_are_told_as_those_of_a_kind(void **state)
{
	struct message m = stats_message(link_of("p2")->ifindex, 0, IFLA_STATS_LINK_XSTATS_SLAVE);
	struct bridge_vlan_xstats stats[8];

	(void)state;
	start_filtering();
	assert_int_equal(set_bridge_u8(IFLA_BR_VLAN_STATS_ENABLED, 1), 0);
	come_tagged(1, 0xff, 1, 8);
	assert_int_equal(ask(&m), 0);
	assert_int_equal(read_stats(IFLA_STATS_LINK_XSTATS_SLAVE, stats), 4);
	assert_int_equal(stats[0].vid, 1);
	assert_int_equal(stats[0].flags, BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED);
	assert_int_equal(stats[2].vid, 8);
	assert_int_equal(stats[2].rx_packets, 1);
	assert_int_equal(stats[2].tx_packets, 2);
	m = stats_message(link_of("br")->ifindex, 0, IFLA_STATS_LINK_XSTATS);
	assert_int_equal(ask(&m), 0);
	assert_int_equal(read_stats(IFLA_STATS_LINK_XSTATS, stats), 4);
	assert_int_equal(stats[2].flags, BRIDGE_VLAN_INFO_MASTER);
	assert_int_equal(stats[0].flags, BRIDGE_VLAN_INFO_MASTER | BRIDGE_VLAN_INFO_BRENTRY |
						 BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED);
	m = stats_message(link_of("br")->ifindex, 0, IFLA_STATS_LINK_XSTATS_SLAVE);
	assert_int_equal(ask(&m), 0);
	assert_int_equal(k.h.nlmsg_len, STATS_FRONT);
}

/* The message at `at`: how many of p1's VLANs, behind the `n` that were told before. */
static unsigned read_one_of_p1(const uint8_t *at, unsigned n)
{
	static struct bridge_vlan_xstats stats[1024];
	struct if_stats_msg hdr;
	unsigned of;

	memcpy(&k.h, at, sizeof(k.h));
	memcpy(k.bytes, at, k.h.nlmsg_len);
	memcpy(&hdr, k.bytes + NLMSG_HDRLEN, sizeof(hdr));
	if (k.h.nlmsg_type == NLMSG_DONE || hdr.ifindex != (uint32_t)link_of("p1")->ifindex)
		return 0;
	of = read_stats(IFLA_STATS_LINK_XSTATS_SLAVE, stats);
	for (unsigned i = 0; i < of; i++)
		assert_int_equal(stats[i].vid, n + i + 1);
	return of;
}

static void counters_of_many_vlans_are_told_in_many_messages(void **state)
{
	static uint8_t bytes[sizeof(k.bytes)] __attribute__((aligned(8)));
	struct message m = stats_message(0, NLM_F_DUMP, IFLA_STATS_LINK_XSTATS_SLAVE);
	struct iovec iov = { &m, m.h.nlmsg_len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	unsigned n = 0;
	ssize_t len;

	(void)state;
	assert_int_equal(ask_vlans(RTM_NEWVLAN, "p1", 1, 4000, 0, 0, 0), 0);
	assert_int_equal(sea_socket_sendmsg(k.f.stack, k.asks, &msg, 0, NOW), iov.iov_len);
	do {
		iov = (struct iovec){ bytes, sizeof(bytes) };
		len = sea_socket_recvmsg(k.f.stack, k.asks, &msg, 0, NOW);
		assert_true(len > 0);
		for (ssize_t at = 0; at < len; at += (k.h.nlmsg_len + 3) & ~3u)
			n += read_one_of_p1(bytes + at, n);
	} while (k.h.nlmsg_type != NLMSG_DONE);
	assert_int_equal(n, 4000);
	m = stats_message(link_of("p1")->ifindex, 0, IFLA_STATS_LINK_XSTATS_SLAVE);
	assert_int_equal(ask(&m), -EMSGSIZE);
}

/* More than a message of a dump has room for. */
static void many_vlans_are_shown_in_many_messages(void **state)
{
	struct message m = vlan_message(RTM_GETVLAN, link_of("p1")->ifindex);
	const uint32_t flags = BRIDGE_VLANDB_DUMPF_STATS;
	struct iovec iov = { &m, 0 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	unsigned n = 0, messages = 0;

	(void)state;
	assert_int_equal(ask_vlans(RTM_NEWVLAN, "p1", 1, 4000, 0, 0, 0), 0);
	m.h.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	put(&m, BRIDGE_VLANDB_DUMP_FLAGS, &flags, sizeof(flags));
	iov.iov_len = m.h.nlmsg_len;
	assert_int_equal(sea_socket_sendmsg(k.f.stack, k.asks, &msg, 0, NOW), iov.iov_len);
	iov = (struct iovec){ k.bytes, sizeof(k.bytes) };
	while (sea_socket_recvmsg(k.f.stack, k.asks, &msg, 0, NOW) > 0) {
		struct entry e[256];
		int ifindex;

		memcpy(&k.h, k.bytes, sizeof(k.h));
		if (k.h.nlmsg_type == NLMSG_DONE)
			break;
		for (unsigned i = 0, of = read_message(e, &ifindex); i < of; i++)
			assert_int_equal(e[i].vid, ++n);
		messages++;
	}
	assert_int_equal(n, 4000);
	assert_true(messages > 10);
}

/* -- told -- */

static void listen_to_news(void)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	const int group = RTNLGRP_BRVLAN;

	assert_int_equal(sea_socket_new(k.f.stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &news, NOW),
			 0);
	assert_int_equal(sea_socket_bind(k.f.stack, news, (const struct sockaddr *)&any,
					 sizeof(any), NOW),
			 0);
	assert_int_equal(sea_socket_setsockopt(k.f.stack, news, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP,
					       &group, sizeof(group), NOW),
			 0);
}

static struct entry hear(uint16_t type, const char *link)
{
	struct iovec iov = { k.bytes, sizeof(k.bytes) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct entry e[2] = { 0 };
	int ifindex;

	assert_true(sea_socket_recvmsg(k.f.stack, news, &m, 0, NOW) > 0);
	memcpy(&k.h, k.bytes, sizeof(k.h));
	assert_int_equal(k.h.nlmsg_type, type);
	assert_int_equal(read_message(e, &ifindex), 1);
	assert_int_equal(ifindex, link_of(link)->ifindex);
	return e[0];
}

static bool silence(void)
{
	struct iovec iov = { k.bytes, sizeof(k.bytes) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };

	return sea_socket_recvmsg(k.f.stack, news, &m, 0, NOW) == -EAGAIN;
}

static void listeners_hear_of_runs_that_changed(void **state)
{
	struct entry e;

	(void)state;
	listen_to_news();
	assert_int_equal(set_vlan("p1", RTM_SETLINK, 8, 0, false), 0);
	e = hear(RTM_NEWVLAN, "p1");
	assert_int_equal(e.vid, 8);
	assert_int_equal(e.state, SEA_BRIDGE_FORWARDING);
	assert_int_equal(ask_vlans(RTM_NEWVLAN, "p1", 6, 10, 0, 0, 0), 0);
	e = hear(RTM_NEWVLAN, "p1");
	assert_int_equal(e.vid, 6);
	assert_int_equal(e.last, 7);
	e = hear(RTM_NEWVLAN, "p1");
	assert_int_equal(e.vid, 9);
	assert_int_equal(e.last, 10);
	assert_int_equal(set_state("p1", 6, 10, SEA_BRIDGE_BLOCKING), 0);
	e = hear(RTM_NEWVLAN, "p1");
	assert_int_equal(e.last, 10);
	assert_int_equal(e.state, SEA_BRIDGE_BLOCKING);
	assert_int_equal(ask_vlans(RTM_NEWVLAN, "p1", 6, 10, 0, 0, 0), 0);
	assert_true(silence()); /* nothing changed */
	assert_int_equal(ask_vlans(RTM_DELVLAN, "p1", 5, 7, 0, 0, 0), 0);
	e = hear(RTM_DELVLAN, "p1");
	assert_int_equal(e.vid, 6);
	assert_int_equal(e.last, 7);
	assert_int_equal(e.state, -1);
	assert_true(silence());
}

/* -- saved -- */

static void states_and_counters_come_back(void **state)
{
	struct entry e[8];

	(void)state;
	assert_int_equal(ask_vlans(RTM_NEWVLAN, "p1", 7, 9, 0, 0, 0), 0);
	assert_int_equal(set_state("p1", 8, 8, SEA_BRIDGE_BLOCKING), 0);
	assert_int_equal(set_bridge_u8(IFLA_BR_VLAN_STATS_ENABLED, 1), 0);
	sea_bridge_of(link_of("br"))->counters[9].rx_packets = 5;
	kinds_restore();
	assert_int_equal(
		sea_socket_new(k.f.stack, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &k.asks, NOW), 0);
	assert_int_equal(shown_of("p1", BRIDGE_VLANDB_DUMPF_STATS, e), 4);
	assert_int_equal(e[2].state, SEA_BRIDGE_BLOCKING);
	assert_int_equal(e[3].rx_packets, 5);
	assert_true(sea_bridge_of(link_of("br"))->counts);
}

int run_vlan_tests(void)
{
#define FRAMES(fn) cmocka_unit_test_setup_teardown(fn, setup, kinds_teardown)
	static const struct CMUnitTest tests[] = {
		FRAMES(a_vlans_state_is_that_of_its_frames_only),
		FRAMES(a_state_is_of_a_vlan_that_is_there),
		FRAMES(what_vlans_have_not_is_refused),
		FRAMES(vlans_that_are_alike_are_shown_as_one),
		FRAMES(frames_of_vlans_are_counted_where_somebody_asks_for_that),
		FRAMES(many_vlans_are_shown_in_many_messages),
		FRAMES(counters_are_told_as_those_of_a_kind),
		FRAMES(counters_of_many_vlans_are_told_in_many_messages),
		FRAMES(listeners_hear_of_runs_that_changed),
		cmocka_unit_test_setup_teardown(states_and_counters_come_back, setup_with_ip,
						kinds_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
