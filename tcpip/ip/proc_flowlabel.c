/* SPDX-License-Identifier: Apache-2.0 */
/* /proc/net/ip6_flowlabel: labels that sockets lease, and those that linger. */
#include <inttypes.h>

#include "core/stack.h"
#include "ip/flowlabel.h"
#include "ip/ipv6.h"
#include "ip/proc.h"

/* The first one behind `label`; NULL: there is none. */
static const struct sea_flow_label *behind(const struct sea_flow_labels *labels, uint64_t label)
{
	struct sea_rbnode *node = labels->tree.root;
	const struct sea_flow_label *best = NULL;

	while (node) {
		const struct sea_flow_label *fl = sea_container(node, struct sea_flow_label, node);

		if (fl->label > label)
			best = fl;
		node = fl->label > label ? node->left : node->right;
	}
	return best;
}

static int64_t seconds_left(const struct sea_stack *stack, const struct sea_flow_label *fl)
{
	int64_t ns = sea_time_diff(fl->expires, sea_stack_now(stack));

	return ns > 0 ? ns / SEA_SEC : 0;
}

/* Whose process or user it is, nobody here knows: 0. */
static void put_label(struct sea_text *t, const struct sea_stack *stack,
		      const struct sea_flow_label *fl)
{
	unsigned bytes = 0;

	for (unsigned i = 0; fl->ext && i < SEA_EXT_N; i++)
		bytes += fl->ext->len[i];
	sea_procnet_put(t, "%05" PRIX32 " %-1u %-6d %-6" PRIu32 " %-6" PRId64 " %-8" PRId64 " ",
			fl->label, fl->share, 0, fl->users, fl->linger_ns / SEA_SEC,
			seconds_left(stack, fl));
	sea_procnet_put_in6(t, fl->dst.b);
	sea_procnet_put(t, " %-4u\n", bytes);
}

bool sea_procnet_write_flowlabel(struct sea_stack *stack, struct sea_procnet_cursor *cursor,
				 struct sea_text *t)
{
	const struct sea_flow_label *fl;

	if (sea_procnet_begins(cursor)) {
		sea_text_str(t, "Label S Owner  Users  Linger Expires  "
				"Dst                              Opt\n");
		return true;
	}
	fl = behind(&sea_ipv6_of(stack)->leased, cursor->place[1]);
	if (!fl)
		return false;
	put_label(t, stack, fl);
	cursor->place[1] = fl->label;
	return true;
}
