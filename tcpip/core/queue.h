/* SPDX-License-Identifier: Apache-2.0 */
/* A transmit queue of some kind (core/qdisc.h) where it stands: a link's own, or one in a class of another. */
#ifndef SEA_CORE_QUEUE_H
#define SEA_CORE_QUEUE_H

#include <stdint.h>

struct sea_pkt;
struct sea_qdisc;

/* What went through a queue. A super-segment counts as what it will be on the wire. */
struct sea_qdisc_sent {
	uint64_t packets, bytes;
	uint32_t requeues; /* that the driver gave back */
};

struct sea_queue {
	const struct sea_qdisc *kind;
	void *state;     /* the kind's */
	uint32_t handle; /* tc(8)'s; 0: nobody chose it, and in a class nobody is told of it */
	struct sea_qdisc_sent sent;
	struct sea_pkt
		*peeked; /* in a class: taken out to be looked at, and the next that leaves */
};

#endif
