/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hook points: where filters meet a datagram, in both IP versions, with Linux's order
 * (NF_INET_*) and priorities. Nothing stands there until a module registers; an empty point costs one
 * test.
 *
 *	in ─ PREROUTING ─ route ─┬─ LOCAL_IN ─ transport
 *	                         └─ FORWARD ───────────────┐
 *	transport ─ LOCAL_OUT ─────────────── POSTROUTING ─┴─ out
 *
 * What is looped back passes LOCAL_OUT, POSTROUTING, PREROUTING and LOCAL_IN, as on Linux.
 */
#ifndef SEA_CORE_HOOK_H
#define SEA_CORE_HOOK_H

#include <stdbool.h>
#include <stdint.h>

struct sea_link;
struct sea_pkt;
struct sea_stack;

enum sea_hook_point {
	SEA_HOOK_PREROUTING,
	SEA_HOOK_LOCAL_IN,
	SEA_HOOK_FORWARD,
	SEA_HOOK_LOCAL_OUT,
	SEA_HOOK_POSTROUTING,
	SEA_HOOK_POINTS
};

/* Where a packet stands. `in` is NULL for what we send, `out` before it is routed. */
struct sea_hook_at {
	struct sea_stack *stack;
	uint8_t family;
	enum sea_hook_point point;
	struct sea_link *in, *out;
};

struct sea_hook {
	const char *name;
	uint8_t family;
	enum sea_hook_point point;
	int priority; /* NF_IP_PRI_*: the smallest first; equal ones in the order they came */
	/*
	 * The packet's first byte is its network header, off_net and off_trans are set. True: it goes
	 * on, perhaps changed. False: the hook has consumed it (dropped with a reason, or kept).
	 */
	bool (*fn)(const struct sea_hook_at *at, struct sea_pkt *pkt);
};

#define SEA_HOOKS_MAX 16 /* at one point */

struct sea_hook_list {
	const struct sea_hook *hooks[SEA_HOOKS_MAX];
	unsigned n;
};

/* Asserts on a full list. */
void sea_hook_add(struct sea_stack *stack, const struct sea_hook *hook);
void sea_hook_del(struct sea_stack *stack, const struct sea_hook *hook);

/* All hooks of a point, in order; false: the packet is consumed. */
bool sea_hook_run(const struct sea_hook_at *at, struct sea_pkt *pkt);

#endif
