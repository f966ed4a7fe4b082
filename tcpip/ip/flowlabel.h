/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Flow labels that sockets lease (RFC 6437 §3; Linux's IPV6_FLOWLABEL_MGR): each has a number, says who
 * may share it, and may stand for extension headers. One that nobody leases any more lingers, so that its
 * number does not soon mean another flow.
 */
#ifndef SEA_IP_FLOWLABEL_H
#define SEA_IP_FLOWLABEL_H

#include "core/rbtree.h"
#include "core/sock.h"
#include "ip/ip.h"

#define SEA_FLOW_LABELS_MAX 4096u

/* IPV6_FL_S_* of <linux/in6.h>. */
enum sea_flow_share {
	SEA_FLOW_NONE = 0,
	SEA_FLOW_EXCL = 1,
	SEA_FLOW_PROCESS = 2,
	SEA_FLOW_USER = 3,
	SEA_FLOW_ANY = 255,
};

struct sea_flow_label {
	struct sea_rbnode node;
	uint32_t label;
	uint32_t users;    /* leases; 0: it lingers */
	uint8_t share;     /* enum sea_flow_share */
	int64_t linger_ns; /* it lingers no shorter than this */
	sea_time expires;  /* nor ends before */
	struct sea_ipaddr dst;
	struct sea_sock_ext *ext; /* NULL: none */
};

/* How long, in seconds; Linux's least is 6. */
struct sea_flow_times {
	uint16_t linger_s, expires_s;
};

struct sea_flow_labels {
	struct sea_stack *stack;
	struct sea_rbtree tree; /* by label */
	uint32_t n;
	uint32_t
		n_strict; /* of them are not anybody's, or have headers: labels may not be just used */
	struct sea_timer timer;
};

void sea_flow_labels_init(struct sea_flow_labels *t, struct sea_stack *stack);
void sea_flow_labels_fini(struct sea_flow_labels *t);

/* One that lingers is found, too; NULL: there is none. */
struct sea_flow_label *sea_flow_label_find(const struct sea_flow_labels *t, uint32_t label);
/*
 * One like `from`, with its number (not taken; 0: any that is free) and one user; takes its headers over.
 * NULL: no memory. sea_flow_labels_full() says whether there may be another.
 */
struct sea_flow_label *sea_flow_label_new(struct sea_flow_labels *t,
					  const struct sea_flow_label *from);
static inline bool sea_flow_labels_full(const struct sea_flow_labels *labels)
{
	return labels->n >= SEA_FLOW_LABELS_MAX;
}
static inline void sea_flow_label_hold(struct sea_flow_label *fl)
{
	fl->users++;
}
/* A lease ended. */
void sea_flow_label_put(struct sea_flow_labels *t, struct sea_flow_label *fl);
/* It lasts longer, never shorter. */
void sea_flow_label_renew(struct sea_flow_labels *t, struct sea_flow_label *fl,
			  const struct sea_flow_times *times);

struct sea_saver;
struct sea_loader;
/* Without users: those come back with their sockets. */
void sea_flow_labels_save(const struct sea_flow_labels *t, struct sea_saver *to);
void sea_flow_labels_load(struct sea_flow_labels *t, struct sea_loader *from);

#endif
