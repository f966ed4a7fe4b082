/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of queues that the module sea_qdiscs brings. */
#ifndef SEA_LINK_QDISC_QDISCS_H
#define SEA_LINK_QDISC_QDISCS_H

#include "core/qdisc.h"

extern const struct sea_qdisc sea_qdisc_pfifo, sea_qdisc_bfifo, sea_qdisc_fq, sea_qdisc_fq_codel,
	sea_qdisc_tbf, sea_qdisc_prio, sea_qdisc_netem, sea_qdisc_noqueue, sea_qdisc_ingress,
	sea_qdisc_clsact;

#endif
