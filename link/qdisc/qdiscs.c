/* SPDX-License-Identifier: Apache-2.0 */
/* The module that makes kinds of queues known. */
#include "link/qdisc/qdiscs.h"

#include "core/module.h"
#include "core/stack.h"

static int init(struct sea_stack *stack, void **state)
{
	static const struct sea_qdisc *const kinds[] = { &sea_qdisc_pfifo,   &sea_qdisc_bfifo,
							 &sea_qdisc_fq,      &sea_qdisc_fq_codel,
							 &sea_qdisc_tbf,     &sea_qdisc_prio,
							 &sea_qdisc_netem,   &sea_qdisc_noqueue,
							 &sea_qdisc_ingress, &sea_qdisc_clsact };
	int err = 0;

	*state = NULL;
	for (unsigned i = 0; !err && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		err = sea_qdisc_add(stack, kinds[i]);
	return err;
}

/* Queues are their links': saved with them, and gone with them. */
const struct sea_module sea_qdiscs = {
	.name = "qdiscs",
	.id = SEA_MODULE_QDISCS,
	.init = init,
};
