/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ingress, clsact and noqueue of lo; and what is said to those who ask for filters of kinds that neither world has, or of
 * places that have none.
 */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>

#include "tests/lib/env.h"
#include "tests/netns/netlink_queues.h"

#define HANDLE 0xffff0000u
#define ADD (NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL)
#define REPLACE (NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE)

static uint64_t pick(uint64_t *seed, uint64_t n)
{
	return test_random(seed) % n;
}

struct asked {
	uint16_t type, flags;
	uint32_t parent, handle;
	const char *kind;
};

static void ask_all(struct world w[2], const struct asked *asked, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct request r = queue_request("where packets come in", asked[i].type,
						 asked[i].flags, asked[i].parent, asked[i].handle);

		if (asked[i].kind)
			put_kind(&r, asked[i].kind);
		queue_step(w, &r);
	}
}

#define ASK_ALL(w, asked) ask_all(w, asked, sizeof(asked) / sizeof((asked)[0]))

static void made_shown_and_ended(struct world w[2])
{
	static const struct asked asked[] = {
		{ RTM_GETQDISC, NLM_F_ACK, TC_H_INGRESS, 0, NULL },
		{ RTM_DELQDISC, NLM_F_ACK, TC_H_INGRESS, HANDLE, "ingress" },
		{ RTM_NEWQDISC, NLM_F_ACK, TC_H_INGRESS, HANDLE, "ingress" },
		{ RTM_GETQDISC, NLM_F_ACK, TC_H_INGRESS, 0, NULL },
		{ RTM_GETQDISC, NLM_F_ACK, TC_H_INGRESS, 0, "noop" },
		{ RTM_DELQDISC, NLM_F_ACK, TC_H_INGRESS, 0, NULL },
		{ RTM_NEWQDISC, ADD, TC_H_INGRESS, HANDLE, "pfifo" },
		{ RTM_NEWQDISC, ADD, TC_H_ROOT, 0x10000, "ingress" },
		{ RTM_NEWQDISC, ADD, TC_H_ROOT, 0, "clsact" },
		{ RTM_NEWQDISC, ADD, TC_H_INGRESS, HANDLE, "ingress" },
		{ RTM_NEWQDISC, ADD, TC_H_INGRESS, HANDLE, "ingress" },
		{ RTM_NEWQDISC, ADD, TC_H_INGRESS, HANDLE, "clsact" },
		{ RTM_NEWQDISC, REPLACE, TC_H_INGRESS, HANDLE, "clsact" },
		{ RTM_NEWQDISC, REPLACE, TC_H_INGRESS, 0, "clsact" },
		{ RTM_NEWQDISC, REPLACE, TC_H_INGRESS, 0x10000, "ingress" },
		{ RTM_NEWQDISC, REPLACE, TC_H_ROOT, HANDLE, "ingress" },
		{ RTM_GETQDISC, NLM_F_ACK, TC_H_INGRESS, HANDLE, NULL },
		{ RTM_GETQDISC, NLM_F_ACK, 0, HANDLE, NULL },
		{ RTM_GETQDISC, NLM_F_ACK, HANDLE, 0, "ingress" },
		{ RTM_NEWQDISC, ADD, HANDLE | 1, 0x20000, "pfifo" },
		{ RTM_NEWQDISC, ADD, 0xfffffff2, 0x20000, "pfifo" },
		{ RTM_GETTCLASS, NLM_F_ACK, HANDLE, HANDLE | 1, NULL },
		{ RTM_GETTCLASS, NLM_F_DUMP, HANDLE, 0, NULL },
		{ RTM_DELTCLASS, NLM_F_ACK, 0, HANDLE | 1, NULL },
		{ RTM_NEWTCLASS, NLM_F_ACK | NLM_F_CREATE, 0, HANDLE | 1, "ingress" },
		{ RTM_DELQDISC, NLM_F_ACK, TC_H_INGRESS, 0, "clsact" },
		{ RTM_DELQDISC, NLM_F_ACK, HANDLE | 7, 0, NULL },
		{ RTM_DELQDISC, NLM_F_ACK, TC_H_INGRESS, 0, NULL },
		{ RTM_NEWQDISC, REPLACE, TC_H_INGRESS, 0, "clsact" },
		{ RTM_NEWQDISC, ADD, HANDLE | 1, 0x20000, "pfifo" },
		{ RTM_NEWQDISC, ADD, 0xfffffff2, 0x20000, "pfifo" },
		{ RTM_NEWQDISC, ADD, 0xfffffff3, 0x20000, "noqueue" },
		{ RTM_GETTCLASS, NLM_F_ACK, HANDLE, HANDLE | 1, NULL },
		{ RTM_GETTCLASS, NLM_F_ACK, HANDLE, 0xfffffff3, NULL },
		{ RTM_NEWQDISC, NLM_F_ACK, 0, HANDLE, "clsact" },
		{ RTM_DELQDISC, NLM_F_ACK, 0, HANDLE, "clsact" },
		{ RTM_DELQDISC, NLM_F_ACK, TC_H_INGRESS, HANDLE, "clsact" },
	};

	ASK_ALL(w, asked);
}

static void none_is_chosen(struct world w[2])
{
	static const struct asked asked[] = {
		{ RTM_NEWQDISC, REPLACE, TC_H_ROOT, 0, "noqueue" },
		{ RTM_NEWQDISC, ADD, TC_H_ROOT, 0, "noqueue" },
		{ RTM_NEWQDISC, NLM_F_ACK, TC_H_ROOT, 0, "noqueue" },
		{ RTM_NEWQDISC, REPLACE, TC_H_ROOT, 0x50000, "noqueue" },
		{ RTM_NEWQDISC, ADD, 0x50001, 0, "pfifo" },
		{ RTM_GETTCLASS, NLM_F_ACK, 0x50000, 0x50001, NULL },
		{ RTM_NEWQDISC, REPLACE, TC_H_ROOT, 0, "pfifo" },
		{ RTM_NEWQDISC, REPLACE, TC_H_ROOT, 0, "noqueue" },
		{ RTM_DELQDISC, NLM_F_ACK, TC_H_ROOT, 0, "noqueue" },
		{ RTM_DELQDISC, NLM_F_ACK, TC_H_ROOT, 0, "noqueue" },
	};

	ASK_ALL(w, asked);
}

/* -- filters -- */

/* With something behind it, sometimes; not what asks for less to be shown (TCA_DUMP_FLAGS), which makes no difference here. */
static struct request filter_request(uint64_t *seed)
{
	static const uint16_t types[] = { RTM_NEWTFILTER, RTM_NEWTFILTER, RTM_NEWTFILTER,
					  RTM_DELTFILTER, RTM_GETTFILTER, RTM_GETTFILTER };
	static const uint32_t parents[] = { 0,       HANDLE,  HANDLE | 1, 0xfffffff2,   0xfffffff3,
					    0x10000, 0x10001, 0x20000,    TC_H_INGRESS, TC_H_ROOT };
	static const uint32_t infos[] = { 0, 0x10000, 0x0008, 0x10008, 0xffff0300, 0x1000300 };
	static const char kinds[][24] = { "none", "none", "", "longer than it may be" };
	static const uint16_t hows[] = { NLM_F_CREATE, NLM_F_CREATE | NLM_F_EXCL, NLM_F_REPLACE,
					 0 };
	uint16_t type = types[pick(seed, 6)];
	struct request r = queue_request("a filter", type, NLM_F_ACK, parents[pick(seed, 10)],
					 (uint32_t)pick(seed, 3));
	const uint32_t info = infos[pick(seed, 6)], chain = pick(seed, 2) ? 0 : 0x10000000;

	memcpy(r.body + offsetof(struct tcmsg, tcm_info), &info, sizeof(info));
	if (type == RTM_NEWTFILTER)
		r.flags |= hows[pick(seed, 4)];
	if (type == RTM_GETTFILTER && pick(seed, 2))
		r.flags |= NLM_F_DUMP;
	if (!pick(seed, 12)) /* no link has it */
		r.body[4] = 9;
	if (pick(seed, 4))
		put_kind(&r, kinds[pick(seed, 4)]);
	if (!pick(seed, 6))
		put_attr(&r, TCA_CHAIN, &chain, sizeof(chain));
	if (!pick(seed, 4))
		put_attr(&r, (uint16_t)pick(seed, TCA_DUMP_FLAGS), "\1\0\0\0",
			 (uint16_t)pick(seed, 5));
	return r;
}

/* While something stands where packets come in, and while a queue has classes, or nothing. */
static void filters_asked_for(struct world w[2], unsigned long n, uint64_t *seed)
{
	static const char kinds[][8] = { "ingress", "clsact", "pfifo", "noqueue" };

	for (unsigned long i = 0; i < n; i++) {
		const struct request filter = filter_request(seed);
		struct request r;

		if (!pick(seed, 8)) {
			const char *kind = kinds[pick(seed, 4)];
			bool in = *kind == 'i' || *kind == 'c';

			r = queue_request("what has filters", RTM_NEWQDISC, ADD,
					  in ? TC_H_INGRESS : TC_H_ROOT, in ? HANDLE : 0x10000);
			put_kind(&r, kind);
			queue_half_a_step(w, &r);
		}
		if (!pick(seed, 8)) {
			r = queue_request("what had filters", RTM_DELQDISC, NLM_F_ACK,
					  pick(seed, 2) ? TC_H_INGRESS : TC_H_ROOT, 0);
			queue_half_a_step(w, &r);
		}
		queue_half_a_step(w, &filter);
	}
}

/* -- counted, where there are filters: u32 of the kernel's, matchall of ours -- */

/* All packets of IPv4, and nothing becomes of them. */
static struct request filter_of_all(uint32_t parent, bool ours)
{
	const struct {
		struct nlattr a;
		uint8_t sel[32]; /* struct tc_u32_sel: flags (terminal), one key, which is 0 */
	} u32 = { { .nla_len = sizeof(u32), .nla_type = TCA_U32_SEL }, { TC_U32_TERMINAL, 0, 1 } };
	const uint32_t info = 0x10000 | htons(0x0800);
	struct request r = queue_request("a filter of all", RTM_NEWTFILTER, ADD, parent, 0);

	memcpy(r.body + offsetof(struct tcmsg, tcm_info), &info, sizeof(info));
	put_kind(&r, ours ? "matchall" : "u32");
	put_attr(&r, TCA_OPTIONS, &u32, ours ? 0 : sizeof(u32));
	return r;
}

static void counted(struct world w[2], const char *kind, uint32_t parent)
{
	const struct request filters[2] = { filter_of_all(parent, false),
					    filter_of_all(parent, true) },
			     show = queue_request("what filters saw", RTM_GETQDISC,
						  NLM_F_ACK | NLM_F_ECHO, TC_H_INGRESS, 0),
			     end = queue_request("no filters", RTM_DELQDISC, NLM_F_ACK,
						 TC_H_INGRESS, 0);
	struct request r =
		queue_request("a place of filters", RTM_NEWQDISC, ADD, TC_H_INGRESS, HANDLE);
	int err[2];

	put_kind(&r, kind);
	queue_half_a_step(w, &r);
	queue_ask_each(w, filters, err);
	if (err[1])
		compare_results("a filter", (const long[2]){ 0, err[1] });
	for (size_t len = 1; !err[0] && len < 1500; len += 700) {
		long sent[2];

		for (unsigned i = 0; i < 2; i++)
			queue_send_one(&w[i], len, &sent[i]);
		compare_results("sending past filters", sent);
		queue_step(w, &show);
	}
	queue_half_a_step(w, &end);
}

static void cut(struct world w[2])
{
	static const uint16_t types[] = { RTM_NEWTFILTER, RTM_DELTFILTER, RTM_GETTFILTER };
	const struct tcmsg hdr = { .tcm_ifindex = 1, .tcm_parent = HANDLE };

	for (unsigned i = 0; i < 3; i++)
		for (uint32_t len = 0; len <= sizeof(hdr); len++) {
			struct request r = request_of("a filter's header, cut", types[i], NLM_F_ACK,
						      &hdr, len);

			for (unsigned mode = 0; mode < MODES; mode++)
				compare(w, &r, mode);
			if (types[i] != RTM_GETTFILTER)
				continue;
			r.flags |= NLM_F_DUMP;
			for (unsigned mode = 0; mode < MODES; mode++)
				compare(w, &r, mode);
		}
}

void compare_ingress(struct world w[2], unsigned long n, uint64_t *seed)
{
	static const struct asked ends[] = { { RTM_DELQDISC, NLM_F_ACK, TC_H_INGRESS, 0, NULL },
					     { RTM_DELQDISC, NLM_F_ACK, TC_H_ROOT, 0, NULL } };

	queue_sockets_open(w);
	made_shown_and_ended(w);
	none_is_chosen(w);
	cut(w);
	filters_asked_for(w, n, seed);
	ASK_ALL(w, ends);
	counted(w, "ingress", 0xfffffff2);
	counted(w, "clsact", 0xfffffff2);
	counted(w, "clsact", 0xfffffff3);
	queue_sockets_close(w);
}
