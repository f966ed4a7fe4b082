/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RTM_NEWQDISC, RTM_DELQDISC, RTM_GETQDISC and classes of lo, of kinds that both worlds have: what is answered, what is
 * heard, what there is then, and what a queue counted.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/pkt_sched.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_compare.h"
#include "tests/netns/netlink_queues.h"

static uint64_t pick(uint64_t *seed, uint64_t n)
{
	return test_random(seed) % n;
}

struct request queue_request(const char *name, uint16_t type, uint16_t flags, uint32_t parent,
			     uint32_t handle)
{
	const struct tcmsg hdr = { .tcm_ifindex = 1, .tcm_parent = parent, .tcm_handle = handle };

	return request_of(name, type, flags, &hdr, sizeof(hdr));
}

void put_kind(struct request *r, const char *kind)
{
	put_attr(r, TCA_KIND, kind, (uint16_t)(strlen(kind) + 1));
}

/* -- asked and heard -- */

static struct wsock asks[2], hears[2];

void queue_sockets_open(struct world w[2])
{
	struct sockaddr_nl name = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_TC };

	for (unsigned i = 0; i < 2; i++) {
		if (world_open(&w[i], AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &asks[i]) ||
		    world_open(&w[i], AF_NETLINK, SOCK_RAW, NETLINK_ROUTE, &hears[i]) ||
		    world_bind(&w[i], hears[i], &name, sizeof(name)))
			exit(1);
		set_mode(&w[i], asks[i], EXT_ACK);
	}
}

void queue_sockets_close(struct world w[2])
{
	for (unsigned i = 0; i < 2; i++) {
		world_close(&w[i], &asks[i]);
		world_close(&w[i], &hears[i]);
	}
}

void queue_half_a_step(struct world w[2], const struct request *r)
{
	static struct answers a[2];
	long sent[2];

	for (unsigned i = 0; i < 2; i++) {
		sent[i] = ask(&w[i], asks[i], r);
		listen_to(&w[i], asks[i], &a[i]);
	}
	judge(r, EXT_ACK, sent, a);
	for (unsigned i = 0; i < 2; i++)
		listen_to(&w[i], hears[i], &a[i]);
	judge(r, MODES, sent, a);
}

void queue_ask_each(struct world w[2], const struct request r[2], int err[2])
{
	static struct answers a;

	for (unsigned i = 0; i < 2; i++) {
		ask(&w[i], asks[i], &r[i]);
		listen_to(&w[i], asks[i], &a);
		err[i] = -1;
		if (a.n && a.len[a.n - 1] >= (long)(sizeof(struct nlmsghdr) + sizeof(int)))
			memcpy(&err[i], a.bytes[a.n - 1] + sizeof(struct nlmsghdr), sizeof(int));
		listen_to(&w[i], hears[i], &a);
	}
}

void queue_step(struct world w[2], const struct request *r)
{
	const struct request all =
		queue_request("what there is then", RTM_GETQDISC, NLM_F_DUMP, 0, 0);

	queue_half_a_step(w, r);
	compare(w, &all, 0);
}

static void remove_it(struct world w[2])
{
	const struct request r =
		queue_request("the end of it", RTM_DELQDISC, NLM_F_ACK, TC_H_ROOT, 0);

	queue_step(w, &r);
}

/* -- messages -- */

static void put_options(struct request *r, uint64_t *seed)
{
	static const uint16_t lens[] = { 4, 4, 4, 4, 0, 3, 9 };
	const uint8_t value[12] = { (uint8_t)pick(seed, 256), (uint8_t)pick(seed, 2) };

	put_attr(r, TCA_OPTIONS, value, lens[pick(seed, 7)]);
}

static void put_any(struct request *r, uint64_t *seed)
{
	static const uint16_t types[] = {
		TCA_UNSPEC, TCA_STATS, TCA_XSTATS,        TCA_FCNT,
		TCA_STATS2, TCA_PAD,   TCA_INGRESS_BLOCK, TCA_EGRESS_BLOCK,
		TCA_CHAIN,  17,        TCA_DUMP_INVISIBLE
	};
	static const uint16_t lens[] = { 0, 1, 4, 8 };
	const uint8_t value[8] = { (uint8_t)pick(seed, 2) };

	put_attr(r, types[pick(seed, 11)], value, lens[pick(seed, 4)]);
}

/* What measures (TCA_RATE, TCA_STAB) is left out, and what has classes is in queues_below(). */
static struct request random_request(uint64_t *seed)
{
	static const char kinds[][24] = {
		"pfifo",      "bfifo",   "ingress", "bfifo",
		"pfifo_fast", "none",    "",        "longer than it may be",
		"clsact",     "noqueue", "ingress", "noop"
	};
	static const uint32_t handles[] = { 0,        0,          0, 1u << 16,  2u << 16,
					    1u << 16, 0x00010001, 1, 0xffff0000 };
	static const uint32_t parents[] = { 0,
					    1u << 16,
					    0x00010001,
					    TC_H_INGRESS,
					    TC_H_INGRESS,
					    TC_H_INGRESS,
					    0xfffffff2,
					    0xffff0000,
					    0x00020005,
					    7 };
	static const uint16_t types[] = { RTM_NEWQDISC,  RTM_NEWQDISC,  RTM_NEWQDISC, RTM_NEWQDISC,
					  RTM_NEWQDISC,  RTM_DELQDISC,  RTM_GETQDISC, RTM_GETQDISC,
					  RTM_NEWTCLASS, RTM_DELTCLASS, RTM_GETTCLASS };
	static const uint16_t hows[] = { NLM_F_CREATE,
					 NLM_F_CREATE | NLM_F_EXCL,
					 NLM_F_CREATE | NLM_F_REPLACE,
					 NLM_F_REPLACE,
					 NLM_F_EXCL,
					 NLM_F_CREATE | NLM_F_REPLACE | NLM_F_EXCL,
					 0,
					 0 };
	uint32_t parent = pick(seed, 4) ? TC_H_ROOT : parents[pick(seed, 10)];
	uint16_t type = types[pick(seed, 11)];
	struct request r;

	r = queue_request("queue", type, NLM_F_ACK, parent, handles[pick(seed, 9)]);

	if (type == RTM_NEWQDISC)
		r.flags |= hows[pick(seed, 8)];
	if (!pick(seed, 8))
		r.flags |= NLM_F_ECHO;
	if (!pick(seed, 16)) /* no link has it */
		r.body[4] = 9;
	if (pick(seed, type == RTM_NEWQDISC ? 8 : 2))
		put_kind(&r, kinds[pick(seed, 12)]);
	if (pick(seed, 2))
		put_options(&r, seed);
	if (!pick(seed, 4))
		put_any(&r, seed);
	return r;
}

/* -- tbf -- */

struct tbf {
	const char *what;
	uint32_t rate, peak, buffer, mtu;
	uint64_t rate64, peak64;
	uint32_t burst, peak_burst; /* 0: not said */
};

static const struct tbf tbfs[] = {
	{ "of nothing", 0, 0, 0, 0, 0, 0, 0, 0 },
	{ "of a rate", 125000, 0, 100000, 0, 0, 0, 0, 0 },
	{ "of a burst in bytes", 125000, 0, 0, 0, 0, 0, 5000, 0 },
	{ "of a peak that is none", 125000, 125000, 0, 0, 0, 0, 5000, 1500 },
	{ "of a peak", 125000, 250000, 0, 0, 0, 0, 5000, 1500 },
	{ "of a peak in ticks", 125000, 250000, 100000, 20000, 0, 0, 0, 0 },
	{ "of a peak without a burst", 125000, 250000, 100000, 0, 0, 0, 0, 0 },
	{ "of no burst", 125000, 0, 0, 0, 0, 0, 0, 0 },
	{ "of a small burst", 125000, 0, 0, 0, 0, 0, 10, 0 },
	{ "of a wide rate", UINT32_MAX, 0, 0, 0, UINT64_C(1) << 33, 0, 1000000, 0 },
	{ "of a wide rate that is not", 1000, 0, 0, 0, UINT64_C(1) << 31, 0, 100000, 0 },
	{ "of a wide peak", 1000, 2000, 0, 0, 0, UINT64_C(1) << 33, 100000, 3000 },
	{ "of a wide peak of none", 1000, 0, 0, 0, 0, UINT64_C(1) << 33, 100000, 0 },
};

static void put_in_nest(uint8_t *nest, uint16_t *len, uint16_t type, const void *value,
			uint16_t value_len)
{
	const struct nlattr a = { .nla_len = (uint16_t)(sizeof(a) + value_len), .nla_type = type };

	memcpy(nest + *len, &a, sizeof(a));
	memcpy(nest + *len + sizeof(a), value, value_len);
	*len = (uint16_t)(*len + a.nla_len);
}

static void put_tbf(struct request *r, const struct tbf *t)
{
	const struct tc_tbf_qopt opt = { .rate = { .rate = t->rate, .linklayer = 1 },
					 .peakrate = { .rate = t->peak, .linklayer = 1 },
					 .limit = 10000,
					 .buffer = t->buffer,
					 .mtu = t->mtu };
	uint8_t nest[128];
	uint16_t len = 0;

	put_in_nest(nest, &len, TCA_TBF_PARMS, &opt, sizeof(opt));
	if (t->rate64)
		put_in_nest(nest, &len, TCA_TBF_RATE64, &t->rate64, sizeof(t->rate64));
	if (t->peak64)
		put_in_nest(nest, &len, TCA_TBF_PRATE64, &t->peak64, sizeof(t->peak64));
	if (t->burst)
		put_in_nest(nest, &len, TCA_TBF_BURST, &t->burst, sizeof(t->burst));
	if (t->peak_burst)
		put_in_nest(nest, &len, TCA_TBF_PBURST, &t->peak_burst, sizeof(t->peak_burst));
	put_attr(r, TCA_OPTIONS, nest, len);
}

/* What is asked of its class, and of what is in there. */
static void classes_of_tbf(struct world w[2])
{
	static const struct {
		uint16_t type, flags;
		uint32_t parent, handle;
		const char *kind;
	} asked[] = {
		{ RTM_GETTCLASS, NLM_F_DUMP, 0, 0, NULL },
		{ RTM_GETTCLASS, NLM_F_DUMP, 0x10000, 0, NULL },
		{ RTM_GETTCLASS, NLM_F_DUMP, 0x20000, 0, NULL },
		{ RTM_GETTCLASS, NLM_F_DUMP, TC_H_ROOT, 0, NULL },
		{ RTM_GETTCLASS, NLM_F_ACK, 0x10000, 0x10001, NULL },
		{ RTM_GETTCLASS, NLM_F_ACK, 0, 0x10002, NULL },
		{ RTM_DELTCLASS, NLM_F_ACK, 0, 0x10001, NULL },
		{ RTM_NEWTCLASS, NLM_F_ACK | NLM_F_CREATE, 0x10000, 0x10001, "tbf" },
		{ RTM_GETQDISC, NLM_F_ACK, 0x10001, 0, NULL },
		{ RTM_GETQDISC, NLM_F_ACK, 0x10002, 0, "bfifo" },
		{ RTM_GETQDISC, NLM_F_ACK, 0x10001, 0, "pfifo" },
		{ RTM_GETQDISC, NLM_F_ACK, 0x10001, 0x20000, NULL },
		{ RTM_DELQDISC, NLM_F_ACK, 0x10001, 0, NULL },
		{ RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE, 0x10001, 0x20000, "pfifo" },
		{ RTM_DELQDISC, NLM_F_ACK, 0x10001, 0, NULL },
		{ RTM_GETQDISC, NLM_F_ACK, 0x10001, 0, "noop" }, /* nothing is there now */
		{ RTM_GETQDISC, NLM_F_ACK, 0x10001, 0, "pfifo" },
		{ RTM_DELQDISC, NLM_F_ACK, 0x10001, 0, NULL },
		{ RTM_GETTCLASS, NLM_F_DUMP, 0, 0, NULL },
		{ RTM_GETTCLASS, NLM_F_ACK, 0x10000, 0x10001, NULL },
	};

	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		struct request r = queue_request("tbf's class", asked[i].type, asked[i].flags,
						 asked[i].parent, asked[i].handle);

		if (asked[i].kind)
			put_kind(&r, asked[i].kind);
		queue_step(w, &r);
	}
}

/* Random requests for what waits in a class, and in that one's: tbf in tbf. */
static struct request request_below(uint64_t *seed)
{
	static const uint32_t handles[] = { 0, 0, 1u << 16, 2u << 16, 3u << 16, 4u << 16, 0x20001 };
	static const uint32_t parents[] = { 0x10001, 0x10001, 0x20001, 0x20001,  0x30001,
					    0x10000, 0x10007, 0,       TC_H_ROOT };
	static const uint16_t types[] = { RTM_NEWQDISC, RTM_NEWQDISC, RTM_NEWQDISC,
					  RTM_DELQDISC, RTM_GETQDISC, RTM_GETTCLASS };
	static const char kinds[][16] = { "tbf", "tbf", "tbf", "pfifo", "bfifo", "pfifo_fast" };
	static const uint16_t hows[] = { NLM_F_CREATE | NLM_F_EXCL, NLM_F_CREATE | NLM_F_EXCL,
					 NLM_F_CREATE | NLM_F_REPLACE, NLM_F_REPLACE, 0 };
	uint16_t type = types[pick(seed, 6)];
	const char *kind = kinds[pick(seed, 6)];
	struct request r = queue_request("a queue in a class", type, NLM_F_ACK,
					 parents[pick(seed, 9)], handles[pick(seed, 7)]);

	if (type == RTM_NEWQDISC)
		r.flags |= hows[pick(seed, 5)];
	if (type == RTM_NEWQDISC || !pick(seed, 3))
		put_kind(&r, kind);
	if (type != RTM_NEWQDISC)
		return r;
	if (!strcmp(kind, "tbf"))
		put_tbf(&r, &tbfs[1 + pick(seed, 2)]);
	else if (pick(seed, 2))
		put_attr(&r, TCA_OPTIONS, "\7\0\0", 4);
	return r;
}

/* One by one, for the kernel's dumps are in the order of a hash. */
static void what_is_below(struct world w[2])
{
	for (uint32_t n = 1; n <= 4; n++) {
		struct request r = queue_request("what there is below", RTM_GETQDISC,
						 NLM_F_ACK | NLM_F_ECHO, 0, n << 16);

		queue_half_a_step(w, &r);
		r = queue_request("classes below", RTM_GETTCLASS, NLM_F_DUMP, n << 16, 0);
		compare(w, &r, 0);
	}
}

static void queues_below(struct world w[2], unsigned long n, uint64_t *seed)
{
	struct request r = queue_request("a tbf for them", RTM_NEWQDISC,
					 NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, TC_H_ROOT,
					 1u << 16);

	put_kind(&r, "tbf");
	put_tbf(&r, &tbfs[1]);
	while (n--) {
		struct request below = request_below(seed);

		if (!pick(seed, 12))
			remove_it(w);
		queue_half_a_step(w, &r);
		queue_half_a_step(w, &below);
		what_is_below(w);
	}
	remove_it(w);
}

static void with_other_options(struct world w[2])
{
	struct request r =
		queue_request("a tbf is changed", RTM_NEWQDISC, NLM_F_ACK, TC_H_ROOT, 1u << 16);

	put_kind(&r, "tbf");
	put_tbf(&r, &tbfs[1]);
	queue_step(w, &r);
}

static void queues_of_tbf(struct world w[2])
{
	struct request r;

	for (size_t i = 0; i < sizeof(tbfs) / sizeof(tbfs[0]); i++) {
		r = queue_request(tbfs[i].what, RTM_NEWQDISC,
				  NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, TC_H_ROOT, 1u << 16);
		put_kind(&r, "tbf");
		put_tbf(&r, &tbfs[i]);
		queue_step(w, &r);
		if (i % 2)
			continue;
		remove_it(w); /* so that the next is made, not changed */
		queue_step(w, &r);
	}
	r = queue_request("what nobody chose, too", RTM_GETQDISC, NLM_F_DUMP, 0, 0);
	put_attr(&r, TCA_DUMP_INVISIBLE, "", 0);
	compare(w, &r, 0);
	classes_of_tbf(w);
	compare(w, &r, 0);
	with_other_options(w); /* then something is there again */
	compare(w, &r, 0);
	remove_it(w);
	for (uint16_t len = 0; len < 48; len += 4) {
		static const uint8_t nothing[48] = { 40, 0, TCA_TBF_PARMS };

		r = queue_request("tbf with odd options", RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE,
				  TC_H_ROOT, 1u << 16);
		put_kind(&r, "tbf");
		put_attr(&r, TCA_OPTIONS, nothing, len);
		queue_step(w, &r);
	}
}

/* -- without a queue, and cut -- */

static void odd_ones(struct world w[2])
{
	static const uint16_t types[] = { RTM_NEWQDISC,  RTM_DELQDISC,  RTM_GETQDISC,
					  RTM_NEWTCLASS, RTM_DELTCLASS, RTM_GETTCLASS };
	const struct tcmsg hdr = { .tcm_ifindex = 1, .tcm_parent = TC_H_ROOT };

	for (unsigned i = 0; i < 6; i++)
		for (uint32_t len = 0; len <= sizeof(hdr); len++) {
			struct request r =
				request_of("a queue's header, cut", types[i], NLM_F_ACK, &hdr, len);

			for (unsigned mode = 0; mode < MODES; mode++)
				compare(w, &r, mode);
			if (types[i] != RTM_GETQDISC && types[i] != RTM_GETTCLASS)
				continue;
			r.flags |= NLM_F_DUMP;
			for (unsigned mode = 0; mode < MODES; mode++)
				compare(w, &r, mode);
		}
	for (uint16_t type = 0; type < 20; type++)
		for (uint16_t len = 0; len < 9; len++) {
			struct request r = request_of("a queue's attribute", RTM_GETQDISC,
						      len % 2 ? NLM_F_DUMP : NLM_F_ACK, &hdr,
						      sizeof(hdr));

			put_attr(&r, type, "\1\1\1\1\1\1\1\1", len);
			compare(w, &r, EXT_ACK);
		}
}

/* -- counted -- */

void queue_send_one(struct world *w, size_t len, long *result)
{
	static uint8_t bytes[2000];
	struct iovec iov = { bytes, len };
	struct sockaddr_storage to;
	struct msghdr m = { .msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1 };
	struct wsock s;

	m.msg_namelen = world_loopback(AF_INET, false, 4711, &to);
	if (world_open(w, AF_INET, SOCK_DGRAM, 0, &s) || world_bind(w, s, &to, m.msg_namelen))
		exit(1);
	*result = world_sendmsg(w, s, &m, 0);
	world_settle(w, 1);
	world_close(w, &s);
}

static void counted(struct world w[2], const char *kind, uint32_t limit)
{
	struct request r = queue_request("a queue that counts", RTM_NEWQDISC,
					 NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE, TC_H_ROOT,
					 3u << 16);
	const struct request show = queue_request("what it counted", RTM_GETQDISC,
						  NLM_F_ACK | NLM_F_ECHO, TC_H_ROOT, 0);

	put_kind(&r, kind);
	if (limit != UINT32_MAX)
		put_attr(&r, TCA_OPTIONS, &limit, sizeof(limit));
	queue_step(w, &r);
	for (size_t len = 1; len < 1500; len += 400) {
		long sent[2];

		for (unsigned i = 0; i < 2; i++)
			queue_send_one(&w[i], len, &sent[i]);
		compare_results("sending through a queue", sent);
		queue_step(w, &show);
	}
	remove_it(w);
}

void compare_queues(struct world w[2], unsigned long n, uint64_t *seed)
{
	queue_sockets_open(w);
	odd_ones(w);
	counted(w, "pfifo", UINT32_MAX);
	counted(w, "pfifo", 0);
	counted(w, "bfifo", UINT32_MAX);
	counted(w, "pfifo_fast", UINT32_MAX);
	queues_of_tbf(w);
	queues_below(w, n, seed);
	while (n--) {
		const struct request r = random_request(seed);

		queue_step(w, &r);
	}
	remove_it(w);
	queue_sockets_close(w);
}
