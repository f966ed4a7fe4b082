/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of generic families: who has which number, and which op serves a message. */
#include "netlink/genl.h"

#include <errno.h>
#include <string.h>

#include <seastack/modules.h>

#include "core/stack.h"

#define FIRST_ID (GENL_MIN_ID + 3) /* behind those that Linux gives to nobody else */
#define GROUPS 64                  /* that programs may be members of (as Linux, at first) */
#define FIRST_GROUP 2              /* likewise: 1 is somebody's; so are three from nlctrl's on */
#define CTRL_GROUP GENL_ID_CTRL
#define GROUPS_TAKEN 3
/* Of sea_nl_dump.arg: which op goes on. */
#define ARG_OP SEA_GENL_DUMP_ARGS

struct genl_state {
	struct sea_genl_entry entries[SEA_GENL_FAMILIES_MAX];
	unsigned n;
	uint16_t next_id, next_group;
};

static struct genl_state *genl_of(const struct sea_stack *stack)
{
	return sea_stack_module(stack, SEA_MODULE_GENL);
}

/* -- families -- */

static uint16_t take_groups(struct genl_state *g, unsigned n)
{
	uint16_t first = g->next_group;

	if (!n)
		return 0;
	if (first <= CTRL_GROUP && first + n > CTRL_GROUP)
		first = CTRL_GROUP + GROUPS_TAKEN;
	g->next_group = (uint16_t)(first + n);
	return first;
}

void sea_genl_add(struct sea_stack *stack, const struct sea_genl_family *family)
{
	struct genl_state *g = genl_of(stack);
	bool ctrl = family == &sea_genl_nlctrl;

	SEA_ASSERT(&stack->env, g && g->n < SEA_GENL_FAMILIES_MAX);
	SEA_ASSERT(&stack->env,
		   strlen(family->name) < GENL_NAMSIZ && !sea_genl_by_name(stack, family->name));
	for (unsigned i = 0; i < family->n_ops; i++)
		SEA_ASSERT(&stack->env, family->ops[i].max_attr <= SEA_GENL_ATTR_MAX);
	g->entries[g->n++] = (struct sea_genl_entry){
		.family = family,
		.id = ctrl ? GENL_ID_CTRL : g->next_id++,
		.first_group = ctrl ? CTRL_GROUP : take_groups(g, family->n_groups),
	};
	SEA_ASSERT(&stack->env, g->next_group <= GROUPS);
}

const struct sea_genl_entry *sea_genl_at(const struct sea_stack *stack, unsigned index)
{
	const struct genl_state *g = genl_of(stack);

	return index < g->n ? &g->entries[index] : NULL;
}

const struct sea_genl_entry *sea_genl_by_id(const struct sea_stack *stack, uint16_t id)
{
	const struct sea_genl_entry *e;

	for (unsigned i = 0; (e = sea_genl_at(stack, i)); i++)
		if (e->id == id)
			return e;
	return NULL;
}

const struct sea_genl_entry *sea_genl_by_name(const struct sea_stack *stack, const char *name)
{
	const struct sea_genl_entry *e;

	for (unsigned i = 0; (e = sea_genl_at(stack, i)); i++)
		if (!strcmp(e->family->name, name))
			return e;
	return NULL;
}

static const struct sea_genl_entry *entry_of(const struct sea_stack *stack,
					     const struct sea_genl_family *family)
{
	const struct sea_genl_entry *e = NULL;

	for (unsigned i = 0; genl_of(stack) && (e = sea_genl_at(stack, i)); i++)
		if (e->family == family)
			return e;
	return NULL;
}

uint16_t sea_genl_id(const struct sea_stack *stack, const struct sea_genl_family *family)
{
	const struct sea_genl_entry *e = entry_of(stack, family);

	return e ? e->id : 0;
}

unsigned sea_genl_group(const struct sea_stack *stack, const struct sea_genl_family *family,
			unsigned index)
{
	const struct sea_genl_entry *e = entry_of(stack, family);

	return e && index < family->n_groups ? e->first_group + index : 0;
}

const struct sea_genl_op *sea_genl_op_of(const struct sea_genl_family *family, uint32_t cmd)
{
	for (unsigned i = 0; i < family->n_ops; i++)
		if (family->ops[i].cmd == cmd)
			return &family->ops[i];
	return NULL;
}

void sea_genl_begin(struct sea_nl_out *out, const struct sea_stack *stack,
		    const struct sea_genl_family *family, uint32_t port, uint32_t seq,
		    uint16_t flags, uint8_t cmd)
{
	const struct genlmsghdr h = { .cmd = cmd, .version = family->version };

	sea_nl_begin(out, port, seq, sea_genl_id(stack, family), flags, &h, sizeof(h));
}

/* -- messages -- */

static bool is_dump(const struct sea_nl_req *req)
{
	return (req->hdr.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
}

/* Newer commands were never asked with bits that mean nothing. */
static int check_header(struct sea_nl_req *req, const struct sea_genl_family *family,
			const struct genlmsghdr *h)
{
	unsigned flags = req->hdr.nlmsg_flags;

	if (h->cmd < family->strict_from)
		return 0;
	if (h->reserved)
		return sea_nl_complain(req->extack, -EINVAL, "genlmsghdr.reserved field is not 0");
	if (is_dump(req))
		flags &= ~(unsigned)NLM_F_DUMP;
	if (flags & ~(unsigned)(NLM_F_REQUEST | NLM_F_ACK | NLM_F_ECHO))
		return sea_nl_complain(req->extack, -EINVAL,
				       "ambiguous or reserved bits set in nlmsg_flags");
	return 0;
}

/* The family and the op that a message is for: 0, -ENOENT, -EINVAL, -EOPNOTSUPP. */
static int find_op(struct sea_nl_req *req, struct sea_genl_req *r, const struct sea_genl_op **op)
{
	const struct sea_genl_entry *e = sea_genl_by_id(req->stack, req->hdr.nlmsg_type);
	struct genlmsghdr h;
	int err;

	if (!e)
		return -ENOENT;
	if (req->len < sizeof(h))
		return -EINVAL;
	memcpy(&h, req->payload, sizeof(h));
	err = check_header(req, e->family, &h);
	if (err)
		return err;
	*op = sea_genl_op_of(e->family, h.cmd);
	if (!*op || (is_dump(req) ? !(*op)->dump : !(*op)->doit))
		return -EOPNOTSUPP;
	*r = (struct sea_genl_req){
		.req = req, .family = e->family, .id = e->id, .cmd = h.cmd, .version = h.version
	};
	return 0;
}

static int read_attrs(struct sea_genl_req *r, const struct sea_genl_op *op, struct sea_nl_attr *tb)
{
	const uint32_t behind = sizeof(struct genlmsghdr);
	bool dump = is_dump(r->req), liberal = dump ? op->dump_liberal : op->liberal;

	memset(tb, 0, (SEA_GENL_ATTR_MAX + 1) * sizeof(*tb));
	r->attrs = tb;
	if (!op->policy || (dump && op->dump_not_judged))
		return 0;
	return sea_nl_parse(tb, op->max_attr, r->req->payload + behind, r->req->len - behind,
			    op->policy, liberal ? SEA_NL_LIBERAL : SEA_NL_STRICT, r->req->extack);
}

static int start(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct sea_nl_attr tb[SEA_GENL_ATTR_MAX + 1];
	const struct sea_genl_op *op = NULL;
	struct sea_genl_req r = { 0 };
	int err = find_op(req, &r, &op);

	if (!err)
		err = read_attrs(&r, op, tb);
	if (err)
		return err;
	d->arg[ARG_OP] = (uint64_t)r.id << 8 | r.cmd;
	return op->start ? op->start(&r, d) : 0;
}

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	const struct sea_genl_entry *e = sea_genl_by_id(d->stack, (uint16_t)(d->arg[ARG_OP] >> 8));
	const struct sea_genl_op *op = e ? sea_genl_op_of(e->family, d->arg[ARG_OP] & 0xff) : NULL;

	return op && op->dump ? op->dump(d, out) : -ENOENT;
}

/* Told apart by `type`, which is no message's. */
static const struct sea_nl_kind kinds[] = {
	{ .type = 0, .start = start, .dump = dump },
	{ .type = 1, .start = start, .dump = dump, .done_apart = true },
};

static int receive(struct sea_nl_req *req)
{
	struct sea_nl_attr tb[SEA_GENL_ATTR_MAX + 1];
	const struct sea_genl_op *op = NULL;
	struct sea_genl_req r = { 0 };
	int err = find_op(req, &r, &op);

	if (err)
		return err;
	if (is_dump(req))
		return sea_nl_dump_start(req, &kinds[op->done_apart]);
	err = read_attrs(&r, op, tb);
	return err ? err : op->doit(&r);
}

static const struct sea_nl_kind *find(struct sea_stack *stack, uint16_t type, uint8_t family)
{
	(void)stack;
	return type < 2 && !family ? &kinds[type] : NULL;
}

static const struct sea_nl_family generic = {
	.protocol = NETLINK_GENERIC,
	.n_groups = GROUPS,
	.receive = receive,
	.find = find,
};

/* -- the module -- */

static int init(struct sea_stack *stack, void **state)
{
	struct genl_state *g = sea_pool_zalloc(&stack->shard.pool, sizeof(*g));

	if (!g)
		return -ENOMEM;
	g->next_id = FIRST_ID;
	g->next_group = FIRST_GROUP;
	*state = g;
	stack->module_state[SEA_MODULE_GENL] = g;
	sea_nl_add_family(stack, &generic);
	sea_genl_add(stack, &sea_genl_nlctrl);
	return 0;
}

static void fini(struct sea_stack *stack, void *state)
{
	sea_pool_free(&stack->shard.pool, state, sizeof(struct genl_state));
}

const struct sea_module sea_generic_netlink = {
	.name = "generic_netlink",
	.id = SEA_MODULE_GENL,
	.needs = 1u << SEA_MODULE_NETLINK,
	.init = init,
	.fini = fini,
};
