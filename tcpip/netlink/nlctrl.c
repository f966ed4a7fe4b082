/* SPDX-License-Identifier: Apache-2.0 */
/* The family that tells of families (what `genl ctrl` asks): their numbers, commands and groups. */
#include <errno.h>

#include "core/stack.h"
#include "netlink/genl.h"

#define ROOM 3776 /* of one answer (as Linux) */

static uint32_t flags_of(const struct sea_genl_op *op)
{
	return op->perm | (op->doit ? GENL_CMD_CAP_DO : 0u) | (op->dump ? GENL_CMD_CAP_DUMP : 0u) |
	       (op->policy ? GENL_CMD_CAP_HASPOL : 0u);
}

static void put_ops(struct sea_nl_out *out, const struct sea_genl_family *family)
{
	uint32_t all = sea_nl_nest(out, CTRL_ATTR_OPS);

	for (unsigned i = 0; i < family->n_ops; i++) {
		uint32_t one = sea_nl_nest(out, (uint16_t)(i + 1));

		sea_nl_put_u32(out, CTRL_ATTR_OP_ID, family->ops[i].cmd);
		sea_nl_put_u32(out, CTRL_ATTR_OP_FLAGS, flags_of(&family->ops[i]));
		sea_nl_nest_end(out, one);
	}
	sea_nl_nest_end(out, all);
}

static void put_groups(struct sea_nl_out *out, const struct sea_genl_entry *e)
{
	uint32_t all = sea_nl_nest(out, CTRL_ATTR_MCAST_GROUPS);

	for (unsigned i = 0; i < e->family->n_groups; i++) {
		uint32_t one = sea_nl_nest(out, (uint16_t)(i + 1));

		sea_nl_put_u32(out, CTRL_ATTR_MCAST_GRP_ID, e->first_group + i);
		sea_nl_put_text(out, CTRL_ATTR_MCAST_GRP_NAME, e->family->groups[i]);
		sea_nl_nest_end(out, one);
	}
	sea_nl_nest_end(out, all);
}

/* Behind the header. False: there was no room. */
static bool write_rest(struct sea_nl_out *out, const struct sea_genl_entry *e)
{
	sea_nl_put_text(out, CTRL_ATTR_FAMILY_NAME, e->family->name);
	sea_nl_put_u16(out, CTRL_ATTR_FAMILY_ID, e->id);
	sea_nl_put_u32(out, CTRL_ATTR_VERSION, e->family->version);
	sea_nl_put_u32(out, CTRL_ATTR_HDRSIZE, 0);
	sea_nl_put_u32(out, CTRL_ATTR_MAXATTR, e->family->max_attr);
	if (e->family->n_ops)
		put_ops(out, e->family);
	if (e->family->n_groups)
		put_groups(out, e);
	return sea_nl_end(out);
}

static int answer(struct sea_genl_req *r, const struct sea_genl_entry *e)
{
	struct sea_pool *pool = &r->req->stack->shard.pool;
	void *bytes = sea_pool_alloc(pool, ROOM);
	struct sea_nl_out out = sea_nl_out_of(bytes, ROOM);
	int err = -ENOBUFS;

	if (!bytes)
		return err;
	sea_genl_answer(&out, r, CTRL_CMD_NEWFAMILY);
	if (write_rest(&out, e))
		err = sea_nl_answer(r->req, &out);
	sea_pool_free(pool, bytes, ROOM);
	return err;
}

/* A name counts more than a number. */
static int get_family(struct sea_genl_req *r)
{
	const struct sea_nl_attr *id = &r->attrs[CTRL_ATTR_FAMILY_ID];
	const struct sea_nl_attr *name = &r->attrs[CTRL_ATTR_FAMILY_NAME];
	const struct sea_genl_entry *e = NULL;
	char text[GENL_NAMSIZ];

	if (!id->value && !name->value)
		return -EINVAL;
	if (id->value)
		e = sea_genl_by_id(r->req->stack, sea_nl_u16(id));
	if (name->value) {
		sea_nl_text(name, text, sizeof(text));
		e = sea_genl_by_name(r->req->stack, text);
	}
	return e ? answer(r, e) : -ENOENT;
}

/* What a dump remembers: how many are told. */
static int dump_families(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	const struct sea_genl_entry *e;

	for (; (e = sea_genl_at(d->stack, (unsigned)d->arg[0])); d->arg[0]++) {
		sea_genl_piece(out, d, &sea_genl_nlctrl, CTRL_CMD_NEWFAMILY);
		if (!write_rest(out, e))
			return 1;
	}
	return 0;
}

#define ID_AND_NAME                                                                 \
	[CTRL_ATTR_FAMILY_ID] = { .type = SEA_NL_U16 }, [CTRL_ATTR_FAMILY_NAME] = { \
		.type = SEA_NL_NUL_STRING, .len = GENL_NAMSIZ - 1                   \
	}

static const struct sea_nl_policy family_policy[CTRL_ATTR_FAMILY_NAME + 1] = { ID_AND_NAME };
static const struct sea_nl_policy policy_policy[CTRL_ATTR_OP + 1] = {
	ID_AND_NAME,
	[CTRL_ATTR_OP] = { .type = SEA_NL_U32 },
};

static const struct sea_genl_op ops[] = {
	{ .cmd = CTRL_CMD_GETFAMILY,
	  .liberal = true,
	  .policy = family_policy,
	  .max_attr = CTRL_ATTR_FAMILY_NAME,
	  .doit = get_family,
	  .dump = dump_families },
	{ .cmd = CTRL_CMD_GETPOLICY,
	  .done_apart = true,
	  .policy = policy_policy,
	  .max_attr = CTRL_ATTR_OP,
	  .start = sea_genl_policy_start,
	  .dump = sea_genl_policy_dump },
};

static const char *const groups[] = { "notify" };

const struct sea_genl_family sea_genl_nlctrl = {
	.name = "nlctrl",
	.version = 2,
	.strict_from = CTRL_CMD_GETPOLICY + 1,
	.ops = ops,
	.n_ops = sizeof(ops) / sizeof(ops[0]),
	.groups = groups,
	.n_groups = 1,
};
