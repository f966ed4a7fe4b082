/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fq from inside: a queue for each flow, as Linux's sch_fq.
 *
 *	         classify            new_flows ──► old_flows ◄──┐  time has come
 *	packet ───────────► flow ──►    │    turns of a quantum │
 *	                                └──────────────────► delayed   (by when its next packet may leave)
 *
 * A flow with packets stands in one of the three; one without is idle, and forgotten after a while.
 * What makes a flow is the pair of addresses and ports, not the socket: an orphan's last segments are still of it.
 */
#ifndef SEA_LINK_QDISC_FQ_H
#define SEA_LINK_QDISC_FQ_H

#include "core/htable.h"
#include "core/link.h"
#include "core/qdisc.h"
#include "core/rbtree.h"
#include "core/siphash.h"
#include "core/timerq.h"

enum fq_place { FQ_DETACHED, FQ_NEW, FQ_OLD, FQ_DELAYED };

struct fq_flow {
	struct sea_hnode hnode;
	uint64_t key;                /* keyed hash of what its packets have in common */
	struct sea_list node;        /* in new_flows, old_flows; or idle */
	struct sea_rbnode delayed;   /* in fq.delayed */
	struct sea_pkt *head, *tail; /* by when they may leave */
	uint32_t qlen;
	int64_t credit; /* bytes that it may send in this turn */
	sea_time next;  /* when the next packet may leave, by its rate */
	sea_time idle_since;
	uint8_t place; /* enum fq_place */
};

struct fq {
	struct sea_link *link;
	struct sea_siphash_key key;
	struct sea_htable flows;
	struct sea_list new_flows, old_flows, idle;
	struct sea_rbtree delayed;
	struct sea_timer timer;                 /* for the first of `delayed` */
	struct fq_flow internal;                /* of packets for whose flow there was no memory */
	uint32_t qlen, n_idle, n_delayed, held; /* held: packets of delayed flows */
	uint64_t bytes, dropped, horizon_drops, flow_drops;
	struct sea_qdisc_config config; /* all options, those that were not given, too */
	bool pacing;
};

/* fq_flow.c: the packet's flow, made where it is new; never NULL. */
struct fq_flow *sea_fq_classify(struct fq *q, struct sea_pkt *pkt);
/* It has no packets any more. */
void sea_fq_flow_idle(struct fq *q, struct fq_flow *flow, sea_time now);
/* It has one again. */
void sea_fq_flow_wake(struct fq *q, struct fq_flow *flow);
void sea_fq_flows_fini(struct fq *q);

#endif
