/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETADDRLABEL, RTM_NEWADDRLABEL, RTM_DELADDRLABEL: the policy table of RFC 6724, as `ip addrlabel` knows it. */
#include "ip/addrlabel.h"

#include <errno.h>
#include <string.h>

#include <linux/if_addrlabel.h>

#include "core/link_set.h"
#include "ip/ipv6.h"
#include "ip/rtnl/rtnl.h"

#define ROOM 64 /* of one */

/* What a dump remembers: sea_nl_dump.arg. */
enum dump_arg {
	ARG_CURSOR /* sea_addrlabels_next()'s */
};

static const struct sea_nl_policy policy[IFAL_MAX + 1] = {
	[IFAL_ADDRESS] = { .type = SEA_NL_ANY, .len = 16 },
	[IFAL_LABEL] = { .type = SEA_NL_ANY, .len = 4 },
};

/* NULL: IPv6 is not here. */
static struct sea_addrlabels *labels_of(const struct sea_stack *stack)
{
	return stack->ip6 ? &sea_ipv6_of(stack)->labels : NULL;
}

static bool write_label(struct sea_nl_out *out, const struct sea_addrlabel *l, uint32_t label_seq,
			uint32_t port, uint32_t seq, uint16_t flags)
{
	const struct ifaddrlblmsg hdr = { .ifal_family = SEA_AF_INET6,
					  .ifal_prefixlen = l->prefix_len,
					  .ifal_index = (uint32_t)l->ifindex,
					  .ifal_seq = label_seq };

	sea_nl_begin(out, port, seq, RTM_NEWADDRLABEL, flags, &hdr, sizeof(hdr));
	sea_nl_put(out, IFAL_ADDRESS, l->prefix.b, 16);
	sea_nl_put_u32(out, IFAL_LABEL, l->label);
	return sea_nl_end(out);
}

/* -- change -- */

static int read_change(struct sea_nl_req *req, struct sea_addrlabel *label)
{
	struct sea_nl_attr tb[IFAL_MAX + 1];
	struct ifaddrlblmsg hdr;
	int err = sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, IFAL_MAX, policy, SEA_NL_LIBERAL);

	if (err)
		return err;
	if (hdr.ifal_family != SEA_AF_INET6 || hdr.ifal_prefixlen > 128 ||
	    !tb[IFAL_ADDRESS].value || !tb[IFAL_LABEL].value)
		return -EINVAL;
	*label = (struct sea_addrlabel){ .size = sizeof(*label),
					 .prefix.family = SEA_AF_INET6,
					 .prefix_len = hdr.ifal_prefixlen,
					 .ifindex = (int)hdr.ifal_index,
					 .label = sea_nl_u32(&tb[IFAL_LABEL]) };
	memcpy(label->prefix.b, tb[IFAL_ADDRESS].value, 16);
	return label->label == SEA_ADDRLABEL_NONE ? -EINVAL : 0;
}

static int new_label(struct sea_nl_req *req)
{
	struct sea_addrlabels *labels = labels_of(req->stack);
	struct sea_addrlabel label;
	int err = labels ? read_change(req, &label) : -EOPNOTSUPP;

	if (err)
		return err;
	if (label.ifindex && !sea_link_by_index(req->stack, label.ifindex))
		return -EINVAL;
	err = req->hdr.nlmsg_flags & NLM_F_REPLACE ? sea_addrlabels_replace(labels, &label)
						   : sea_addrlabels_add(labels, &label);
	if (!err)
		sea_stack_routes_changed(req->stack);
	return err;
}

static int del_label(struct sea_nl_req *req)
{
	struct sea_addrlabels *labels = labels_of(req->stack);
	struct sea_addrlabel label;
	int err = labels ? read_change(req, &label) : -EOPNOTSUPP;

	if (err)
		return err;
	if (label.ifindex < 0) /* of a link that nobody can have */
		return -ESRCH;
	err = sea_addrlabels_del(labels, &label);
	if (!err)
		sea_stack_routes_changed(req->stack);
	return err;
}

/* -- one -- */

static int read_get(struct sea_nl_req *req, struct ifaddrlblmsg *hdr, struct sea_nl_attr *tb)
{
	int err;

	if (req->len < sizeof(*hdr))
		return sea_nl_complain(req->extack, -EINVAL,
				       "ipv6: Invalid header for addrlabel get request");
	if (!req->strict)
		return sea_rtnl_parse(req, hdr, sizeof(*hdr), tb, IFAL_MAX, policy, SEA_NL_LIBERAL);
	memcpy(hdr, req->payload, sizeof(*hdr));
	if (req->payload[1] || hdr->ifal_flags || hdr->ifal_seq)
		return sea_nl_complain(req->extack, -EINVAL,
				       "ipv6: Invalid values in header for addrlabel get request");
	err = sea_rtnl_parse(req, hdr, sizeof(*hdr), tb, IFAL_MAX, policy,
			     SEA_NL_DEPRECATED_STRICT);
	if (!err && (tb[0].value || tb[IFAL_LABEL].value))
		return sea_nl_complain(req->extack, -EINVAL,
				       "ipv6: Unsupported attribute in addrlabel get request");
	return err;
}

/* Which entry an address has its label from. */
static int get(struct sea_nl_req *req)
{
	uint8_t bytes[ROOM] __attribute__((aligned(4)));
	struct sea_nl_out out = sea_nl_out_of(bytes, sizeof(bytes));
	struct sea_addrlabels *labels = labels_of(req->stack);
	struct sea_nl_attr tb[IFAL_MAX + 1];
	struct sea_addrlabel label;
	struct ifaddrlblmsg hdr;
	int err = labels ? read_get(req, &hdr, tb) : -EOPNOTSUPP;

	if (err)
		return err;
	if (hdr.ifal_family != SEA_AF_INET6 || hdr.ifal_prefixlen != 128)
		return -EINVAL;
	if (hdr.ifal_index && !sea_link_by_index(req->stack, (int)hdr.ifal_index))
		return -EINVAL;
	if (!tb[IFAL_ADDRESS].value)
		return -EINVAL;
	if (!sea_addrlabels_match(labels, tb[IFAL_ADDRESS].value, (int)hdr.ifal_index, &label))
		return -ESRCH;
	write_label(&out, &label, labels->seq, req->from_port, req->hdr.nlmsg_seq, 0);
	return sea_nl_answer(req, &out);
}

/* -- all -- */

static int start(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct ifaddrlblmsg hdr;

	(void)d;
	if (!req->strict)
		return 0;
	if (req->len < sizeof(hdr))
		return sea_nl_complain(req->extack, -EINVAL,
				       "ipv6: Invalid header for address label dump request");
	memcpy(&hdr, req->payload, sizeof(hdr));
	if (req->payload[1] || hdr.ifal_prefixlen || hdr.ifal_flags || hdr.ifal_index ||
	    hdr.ifal_seq)
		return sea_nl_complain(
			req->extack, -EINVAL,
			"ipv6: Invalid values in header for address label dump request");
	if (req->len > sizeof(hdr))
		return sea_nl_complain(
			req->extack, -EINVAL,
			"ipv6: Invalid data after header for address label dump request");
	return 0;
}

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	struct sea_addrlabels *labels = labels_of(d->stack);
	uint64_t cursor = d->arg[ARG_CURSOR];
	struct sea_addrlabel label;

	while (labels && sea_addrlabels_next(labels, &cursor, &label)) {
		if (!write_label(out, &label, labels->seq, d->port, d->msg_seq, d->msg_flags))
			return 1;
		d->arg[ARG_CURSOR] = cursor;
	}
	return 0;
}

const struct sea_nl_kind sea_rtnl_addrlabel_kinds[] = {
	{ .type = RTM_NEWADDRLABEL, .family = AF_INET6, .doit = new_label },
	{ .type = RTM_DELADDRLABEL, .family = AF_INET6, .doit = del_label },
	{ .type = RTM_GETADDRLABEL,
	  .family = AF_INET6,
	  .judged_late = true,
	  .doit = get,
	  .start = start,
	  .dump = dump },
};
const unsigned sea_rtnl_addrlabel_kinds_n =
	sizeof(sea_rtnl_addrlabel_kinds) / sizeof(sea_rtnl_addrlabel_kinds[0]);
