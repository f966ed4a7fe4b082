/* SPDX-License-Identifier: Apache-2.0 */
/* Links of the kind veth, which the kernel has as well: made in each way, shown, set, ended, and what of it is heard. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if.h>
#include <linux/if_link.h>
#include <linux/veth.h>

#include "tests/netns/netlink_compare.h"

/* Indices are given: those of failed attempts are used up in the kernel's world. */
#define FIRST VETH_FIRST
#define SECOND VETH_SECOND

struct attrs {
	uint16_t len;
	uint8_t bytes[256];
};

static void add(struct attrs *a, uint16_t type, const void *value, uint16_t len)
{
	const struct nlattr hdr = { .nla_len = (uint16_t)(sizeof(hdr) + len), .nla_type = type };

	memcpy(a->bytes + a->len, &hdr, sizeof(hdr));
	if (len)
		memcpy(a->bytes + a->len + sizeof(hdr), value, len);
	a->len = (uint16_t)(a->len + ((hdr.nla_len + 3u) & ~3u));
}

/* What is said of an end; NULL and 0: nothing is. */
struct end {
	int32_t index;
	uint32_t flags, change, mtu, group, txqlen, n_tx, n_rx, fd;
	const char *name;
	const uint8_t *mac;
	uint16_t mac_len;
	bool other_queues;
};

static void add_number(struct attrs *a, uint16_t type, uint32_t value)
{
	if (value)
		add(a, type, &value, sizeof(value));
}

static void add_end(struct attrs *a, const struct end *e)
{
	const uint32_t one = 1;

	if (e->name)
		add(a, IFLA_IFNAME, e->name, (uint16_t)(strlen(e->name) + 1));
	if (e->mac)
		add(a, IFLA_ADDRESS, e->mac, e->mac_len);
	add_number(a, IFLA_MTU, e->mtu);
	add_number(a, IFLA_GROUP, e->group);
	add_number(a, IFLA_TXQLEN, e->txqlen);
	add_number(a, IFLA_NET_NS_FD, e->fd);
	add(a, IFLA_NUM_TX_QUEUES, e->other_queues ? &e->n_tx : &one, 4);
	add(a, IFLA_NUM_RX_QUEUES, e->other_queues ? &e->n_rx : &one, 4);
}

static struct request making(const struct end *e, const struct end *peer, uint16_t cut)
{
	const struct ifinfomsg hdr = { .ifi_index = e->index,
				       .ifi_flags = e->flags,
				       .ifi_change = e->change };
	struct request r = request_of("a veth", RTM_NEWLINK, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL,
				      &hdr, sizeof(hdr));
	struct attrs own = { 0 }, info = { 0 }, data = { 0 }, other = { 0 };

	add_end(&own, e);
	put(&r, own.bytes, own.len);
	add(&info, IFLA_INFO_KIND, "veth", 4);
	if (peer) {
		const struct ifinfomsg p = { .ifi_index = peer->index,
					     .ifi_flags = peer->flags,
					     .ifi_change = peer->change };

		memcpy(other.bytes, &p, sizeof(p));
		other.len = sizeof(p);
		add_end(&other, peer);
		add(&data, VETH_INFO_PEER, other.bytes, cut ? cut : other.len);
		add(&info, IFLA_INFO_DATA, data.bytes, data.len);
	}
	put_attr(&r, IFLA_LINKINFO, info.bytes, info.len);
	return r;
}

static const uint8_t mac_a[6] = { 2, 0, 0, 0, 0, 10 }, mac_b[6] = { 2, 0, 0, 0, 0, 11 };

static const struct end end_a = { .index = FIRST, .name = "va", .mac = mac_a, .mac_len = 6 };
static const struct end end_b = { .index = SECOND, .name = "vb", .mac = mac_b, .mac_len = 6 };

/* -- refused -- */

static void refuse_one(struct world w[2], struct end bad)
{
	struct request r;

	bad.index = FIRST;
	r = making(&bad, &end_b, 0);
	compare(w, &r, EXT_ACK);
	bad.index = SECOND;
	r = making(&end_a, &bad, 0);
	compare(w, &r, EXT_ACK);
	compare(w, &r, EXT_ACK | STRICT);
}

static void refuse(struct world w[2])
{
	static const uint8_t group[6] = { 1 }, none[6] = { 0 }, longer[33] = { 2 };
	const struct end bads[] = {
		{ .name = "vx", .mtu = 67 },
		{ .name = "vx", .mtu = 65536 },
		{ .name = "vx", .mac = group, .mac_len = 6 },
		{ .name = "vx", .mac = none, .mac_len = 6 },
		{ .name = "vx", .mac = mac_b, .mac_len = 5 },
		{ .name = "vx", .mac = longer, .mac_len = 33 },
		{ .name = "a%s" },
		{ .name = "a b" },
		{ .name = "much longer than it may be" },
		{ .name = "vx", .other_queues = true, .n_rx = 1 },
		{ .name = "vx", .other_queues = true, .n_tx = 1 },
		{ .name = "vx", .other_queues = true, .n_tx = 1, .n_rx = 5000 },
		{ .name = "vx", .fd = 999 },
	};
	struct end odd = end_b;
	struct request r;

	for (unsigned i = 0; i < sizeof(bads) / sizeof(bads[0]); i++)
		if (!bads[i].fd)
			refuse_one(w, bads[i]);
	for (uint16_t cut = 1; cut < 20; cut++) {
		r = making(&end_a, &end_b, cut);
		if (cut < 16)
			compare(w, &r, EXT_ACK);
	}
	odd.index = -1;
	r = making(&end_a, &odd, 0);
	compare(w, &r, EXT_ACK);
	odd = end_b;
	odd.fd = 999;
	r = making(&end_a, &odd, 0);
	compare(w, &r, EXT_ACK);
	odd.fd = 0;
	odd.name = "lo";
	r = making(&end_a, &odd, 0);
	compare(w, &r, EXT_ACK);
	odd.name = end_a.name;
	r = making(&end_a, &odd, 0);
	compare(w, &r, EXT_ACK);
	odd = end_b;
	odd.index = 1;
	r = making(&end_a, &odd, 0);
	compare(w, &r, EXT_ACK);
}

/* -- there -- */

static struct request one_of(const char *what, uint16_t type, int32_t index)
{
	const struct ifinfomsg hdr = { .ifi_index = index };

	return request_of(what, type, type == RTM_GETLINK ? 0 : NLM_F_ACK, &hdr, sizeof(hdr));
}

static bool same_bytes(const struct answers a[2])
{
	return a[0].n == 1 && a[1].n == 1 && a[0].len[0] > 0 && a[0].len[0] == a[1].len[0] &&
	       !memcmp(a[0].bytes[0], a[1].bytes[0], (size_t)a[0].len[0]);
}

/* The kernel's carrier comes from a thread: it has its time. */
static void compare_settled(struct world w[2], int32_t index)
{
	const struct request r = one_of("once it settled", RTM_GETLINK, index);
	static struct answers a[2];
	unsigned tries = 0;
	long sent[2] = { 0, 0 };

	world_settle(&w[1], 10);
	do {
		for (unsigned i = 0; i < 2; i++) {
			struct wsock s;

			if (world_open(&w[i], AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &s))
				exit(1);
			(void)ask(&w[i], s, &r);
			listen_to(&w[i], s, &a[i]);
			world_close(&w[i], &s);
			for (unsigned k = 0; k < a[i].n; k++)
				a[i].len[k] = neutral_answer(a[i].bytes[k], a[i].len[k]);
		}
	} while (!same_bytes(a) && world_patient(&tries));
	judge(&r, 0, sent, a);
}

static void compare_both(struct world w[2])
{
	compare_settled(w, FIRST);
	compare_settled(w, SECOND);
}

static void set(struct world w[2], int32_t index, uint16_t type, const void *value, uint16_t len)
{
	struct request r = one_of("an end is set", RTM_SETLINK, index);

	put_attr(&r, type, value, len);
	compare(w, &r, EXT_ACK);
	compare_both(w);
}

void set_veth_up(struct world w[2], int32_t index, bool up)
{
	const struct ifinfomsg hdr = { .ifi_index = index,
				       .ifi_flags = up ? IFF_UP : 0,
				       .ifi_change = IFF_UP };
	const struct request r = request_of(up ? "an end goes up" : "an end goes down", RTM_SETLINK,
					    NLM_F_ACK, &hdr, sizeof(hdr));

	compare(w, &r, EXT_ACK);
}

static void set_up(struct world w[2], int32_t index, bool up)
{
	set_veth_up(w, index, up);
	compare_both(w);
}

void make_veth(struct world w[2])
{
	const struct request r = making(&end_a, &end_b, 0);

	compare(w, &r, EXT_ACK);
}

void end_veth(struct world w[2])
{
	const struct request r = one_of("an end is deleted", RTM_DELLINK, FIRST);

	compare(w, &r, EXT_ACK);
}

static void change_it(struct world w[2])
{
	static const uint32_t numbers[] = { 1400, 65535, 65536, 67, 9000 };
	struct request r = making(&end_a, &end_b, 0);

	compare(w, &r, EXT_ACK); /* it is there */
	r.flags &= (uint16_t)~NLM_F_EXCL;
	compare(w, &r, EXT_ACK); /* there is nothing of it to be changed */
	for (unsigned i = 0; i < 5; i++)
		set(w, FIRST, IFLA_MTU, &numbers[i], 4);
	set(w, SECOND, IFLA_ADDRESS, "\2\0\0\0\0\14", 6);
	set(w, SECOND, IFLA_ADDRESS, "\3\0\0\0\0\14", 6);
	set(w, FIRST, IFLA_IFALIAS, "left", 4);
	set(w, FIRST, IFLA_IFNAME, "left", 5);
	set(w, FIRST, IFLA_MASTER, "\1\0\0\0", 4);
	set(w, FIRST, IFLA_CARRIER, "\1", 1);
}

/* -- scenarios -- */

struct ears {
	struct wsock asks[2], hears[2];
};

static void hear(struct world w[2], struct ears *e, const struct request *r)
{
	static struct answers a[2];
	long sent[2];

	for (unsigned i = 0; i < 2; i++) {
		do /* what was before */
			listen_to(&w[i], e->hears[i], &a[i]);
		while (a[i].n);
		sent[i] = ask(&w[i], e->asks[i], r);
		listen_to(&w[i], e->asks[i], &a[i]);
	}
	judge(r, EXT_ACK, sent, a);
	for (unsigned i = 0; i < 2; i++)
		listen_to(&w[i], e->hears[i], &a[i]);
	judge(r, MODES, sent, a);
}

/* Of a link that is made up the kernel tells before its thread has said how it is. */
static void make_up_and_end(struct world w[2], struct end a, struct end b)
{
	struct request r;

	b.flags = b.change = IFF_UP;
	r = making(&a, &b, 0);
	compare(w, &r, EXT_ACK);
	b.flags = b.change = 0;
	a.flags = a.change = IFF_UP;
	r = making(&a, &b, 0);
	compare(w, &r, EXT_ACK);
	compare_both(w);
	r = one_of("one that was made up is deleted", RTM_DELLINK, FIRST);
	compare(w, &r, EXT_ACK);
}

static void make_and_end(struct world w[2], struct ears *e, const struct end *a,
			 const struct end *b, int32_t ended)
{
	struct request r = making(a, b, 0);

	hear(w, e, &r);
	compare_both(w);
	r = one_of("an end is deleted", RTM_DELLINK, ended);
	hear(w, e, &r);
}

static void live(struct world w[2], struct ears *e)
{
	struct request r = making(&end_a, &end_b, 0);

	hear(w, e, &r);
	compare_both(w);
	change_it(w);
	for (unsigned i = 0; i < 8; i++)
		set_up(w, i & 1 ? FIRST : SECOND, !(i / 2 & 1));
	set_up(w, FIRST, true);
	set_up(w, SECOND, true);
	set_up(w, SECOND, false);
	set_up(w, SECOND, true);
	r = one_of("an end that is up is deleted", RTM_DELLINK, SECOND);
	hear(w, e, &r);
	compare_both(w);
}

/* So that nothing crosses the wire, whose statistics are compared. */
static void speak_ipv6(struct world w[2], bool speak)
{
	FILE *f = fopen("/proc/sys/net/ipv6/conf/default/disable_ipv6", "w");

	if (!f || fputs(speak ? "0" : "1", f) < 0 || fclose(f) ||
	    sea_sysctl_set(w[1].stack, "net.ipv6.conf.default.disable_ipv6", speak ? "0" : "1",
			   w[1].now))
		exit(1);
}

void compare_veth(struct world w[2])
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	struct end a = end_a, b = end_b;
	struct ears e;

	for (unsigned i = 0; i < 2; i++) {
		if (world_open(&w[i], AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &e.asks[i]) ||
		    world_open(&w[i], AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &e.hears[i]) ||
		    world_bind(&w[i], e.hears[i], &name, sizeof(name)))
			exit(1);
		set_mode(&w[i], e.asks[i], EXT_ACK);
	}
	speak_ipv6(w, false);
	refuse(w);
	make_and_end(w, &e, &end_a, &end_b, FIRST);
	make_and_end(w, &e, &end_a, &end_b, SECOND);
	a.mtu = b.mtu = 2000;
	b.group = 7;
	b.txqlen = 3;
	a.name = b.name = "v%d";
	make_and_end(w, &e, &a, &b, SECOND);
	make_up_and_end(w, a, b);
	a.name = b.name = NULL;
	make_and_end(w, &e, &a, &b, FIRST);
	live(w, &e);
	speak_ipv6(w, true);
	for (unsigned i = 0; i < 2; i++) {
		world_close(&w[i], &e.asks[i]);
		world_close(&w[i], &e.hears[i]);
	}
}
