/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CTRL_CMD_GETPOLICY: what attributes the commands of a family take. First which command goes by which policy, then each
 * attribute of each policy, a message each; policies are numbered as they are met, those within another behind it.
 */
#include <errno.h>

#include "core/stack.h"
#include "netlink/genl.h"

#define POLICIES_MAX 96

/* What a dump remembers: sea_nl_dump.arg. */
enum dump_arg { ARG_FAMILY, ARG_OP, ARG_PLACE };
#define ALL_OPS UINT64_MAX

struct policies {
	unsigned n;
	struct {
		const struct sea_nl_policy *policy;
		uint16_t max;
	} v[POLICIES_MAX];
};

/* Its number; -1: it is none of them. */
static int32_t number_of(const struct policies *all, const struct sea_nl_policy *policy,
			 uint16_t max)
{
	for (unsigned i = 0; policy && i < all->n; i++)
		if (all->v[i].policy == policy && all->v[i].max == max)
			return (int32_t)i;
	return -1;
}

static void add_one(struct policies *all, const struct sea_nl_policy *policy, uint16_t max)
{
	if (!policy || number_of(all, policy, max) >= 0 || all->n == POLICIES_MAX)
		return;
	all->v[all->n].policy = policy;
	all->v[all->n++].max = max;
}

static void add(struct policies *all, const struct sea_nl_policy *policy, uint16_t max)
{
	add_one(all, policy, max);
	for (unsigned i = 0; i < all->n; i++)
		for (unsigned t = 0; t <= all->v[i].max; t++)
			add_one(all, all->v[i].policy[t].nested, all->v[i].policy[t].len);
}

static const struct sea_nl_policy *policy_of(const struct sea_genl_op *op, bool dump)
{
	if (dump)
		return op->dump && !op->dump_not_judged ? op->policy : NULL;
	return op->doit ? op->policy : NULL;
}

static bool has_policy(const struct sea_genl_op *op)
{
	return policy_of(op, false) || policy_of(op, true);
}

static bool is_asked_for(const struct sea_nl_dump *d, const struct sea_genl_op *op)
{
	return (d->arg[ARG_OP] == ALL_OPS || d->arg[ARG_OP] == op->cmd) && has_policy(op);
}

static void collect(const struct sea_nl_dump *d, const struct sea_genl_family *family,
		    struct policies *all)
{
	all->n = 0;
	for (unsigned i = 0; i < family->n_ops; i++) {
		const struct sea_genl_op *op = &family->ops[i];

		if (!is_asked_for(d, op))
			continue;
		add(all, policy_of(op, false), op->max_attr);
		add(all, policy_of(op, true), op->max_attr);
	}
}

int sea_genl_policy_start(struct sea_genl_req *r, struct sea_nl_dump *d)
{
	const struct sea_nl_attr *id = &r->attrs[CTRL_ATTR_FAMILY_ID],
				 *op = &r->attrs[CTRL_ATTR_OP];
	const struct sea_nl_attr *name = &r->attrs[CTRL_ATTR_FAMILY_NAME];
	const struct sea_genl_entry *e;
	const struct sea_genl_op *one;
	char text[GENL_NAMSIZ];

	if (!id->value && !name->value)
		return -EINVAL;
	if (!id->value)
		sea_nl_text(name, text, sizeof(text));
	e = id->value ? sea_genl_by_id(r->req->stack, sea_nl_u16(id))
		      : sea_genl_by_name(r->req->stack, text);
	if (!e)
		return -ENOENT;
	d->arg[ARG_FAMILY] = e->id;
	d->arg[ARG_OP] = op->value ? sea_nl_u32(op) : ALL_OPS;
	if (!op->value)
		return 0;
	one = sea_genl_op_of(e->family, sea_nl_u32(op));
	if (!one)
		return sea_nl_complain_of(r->req->extack, -ENOENT, op, NULL);
	return has_policy(one) ? 0 : -ENODATA;
}

static void begin(struct sea_nl_out *out, const struct sea_nl_dump *d)
{
	sea_genl_piece(out, d, &sea_genl_nlctrl, CTRL_CMD_GETPOLICY);
	sea_nl_put_u16(out, CTRL_ATTR_FAMILY_ID, (uint16_t)d->arg[ARG_FAMILY]);
}

/* One that can only be dumped has, on Linux, no number. */
static bool write_op(struct sea_nl_out *out, const struct sea_nl_dump *d,
		     const struct sea_genl_op *op, const struct policies *all)
{
	uint32_t outer, inner;

	begin(out, d);
	outer = sea_nl_nest(out, CTRL_ATTR_OP_POLICY | NLA_F_NESTED);
	inner = sea_nl_nest(out, (uint16_t)((op->doit ? op->cmd : 0) | NLA_F_NESTED));
	if (policy_of(op, false))
		sea_nl_put_u32(out, CTRL_ATTR_POLICY_DO,
			       (uint32_t)number_of(all, op->policy, op->max_attr));
	if (policy_of(op, true))
		sea_nl_put_u32(out, CTRL_ATTR_POLICY_DUMP,
			       (uint32_t)number_of(all, op->policy, op->max_attr));
	sea_nl_nest_end(out, inner);
	sea_nl_nest_end(out, outer);
	return sea_nl_end(out);
}

static bool write_attr(struct sea_nl_out *out, const struct sea_nl_dump *d, unsigned number,
		       uint16_t type, const struct policies *all)
{
	const struct sea_nl_policy *p = &all->v[number].policy[type];
	uint32_t outer, inner;

	begin(out, d);
	outer = sea_nl_nest(out, CTRL_ATTR_POLICY | NLA_F_NESTED);
	inner = sea_nl_nest(out, (uint16_t)(number | NLA_F_NESTED));
	sea_nl_put_policy(out, type, p, number_of(all, p->nested, p->len));
	sea_nl_nest_end(out, inner);
	sea_nl_nest_end(out, outer);
	return sea_nl_end(out);
}

/* False: one did not fit. Places are counted on from *place; those before d's are written. */
static bool dump_ops(struct sea_nl_dump *d, struct sea_nl_out *out,
		     const struct sea_genl_family *family, const struct policies *all,
		     uint64_t *place)
{
	for (unsigned i = 0; i < family->n_ops; i++) {
		if (!is_asked_for(d, &family->ops[i]) || (*place)++ < d->arg[ARG_PLACE])
			continue;
		if (!write_op(out, d, &family->ops[i], all))
			return false;
		d->arg[ARG_PLACE]++;
	}
	return true;
}

static bool dump_attrs(struct sea_nl_dump *d, struct sea_nl_out *out, unsigned number,
		       const struct policies *all, uint64_t *place)
{
	for (unsigned t = 0; t <= all->v[number].max; t++) {
		if (!sea_nl_policy_is_told(&all->v[number].policy[t]) ||
		    (*place)++ < d->arg[ARG_PLACE])
			continue;
		if (!write_attr(out, d, number, (uint16_t)t, all))
			return false;
		d->arg[ARG_PLACE]++;
	}
	return true;
}

int sea_genl_policy_dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	const struct sea_genl_entry *e = sea_genl_by_id(d->stack, (uint16_t)d->arg[ARG_FAMILY]);
	struct policies all;
	uint64_t place = 0;

	if (!e)
		return -ENOENT;
	collect(d, e->family, &all);
	if (!dump_ops(d, out, e->family, &all, &place))
		return 1;
	for (unsigned i = 0; i < all.n; i++)
		if (!dump_attrs(d, out, i, &all, &place))
			return 1;
	return 0;
}
