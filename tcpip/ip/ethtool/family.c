/* SPDX-License-Identifier: Apache-2.0 */
/* The family: whom a request is about, answers and dumps of views. */
#include <errno.h>
#include <string.h>

#include <seastack/modules.h>

#include "core/link_set.h"
#include "core/stack.h"
#include "ip/ethtool/ethtool.h"

#define HEADER 1 /* ETHTOOL_A_*_HEADER of each command */
#define FLAGS_KNOWN (ETHTOOL_FLAG_COMPACT_BITSETS | ETHTOOL_FLAG_OMIT_REPLY)

static const struct sea_genl_family family;

/* What a dump remembers: sea_nl_dump.arg. */
enum dump_arg { ARG_IFINDEX, ARG_CMD, ARG_FLAGS, ARG_SETS, ARG_COUNTS_ONLY };

/* -- what no link here has -- */

static int has_none(const struct sea_ethtool_ask *ask)
{
	(void)ask;
	return -EOPNOTSUPP;
}

#define NONE(name)                                                                        \
	{                                                                                 \
		.cmd = ETHTOOL_MSG_##name##_GET, .reply = ETHTOOL_MSG_##name##_GET_REPLY, \
		.has = has_none,                                                          \
	}

static const struct sea_ethtool_view none[] = {
	NONE(DEBUG),    NONE(WOL),      NONE(PRIVFLAGS), NONE(RINGS),
	NONE(CHANNELS), NONE(COALESCE), NONE(EEE),
};

static const struct sea_ethtool_view *view_of(uint64_t cmd)
{
	static const struct sea_ethtool_view *const shown[] = {
		&sea_ethtool_strset, &sea_ethtool_linkinfo, &sea_ethtool_linkmodes,
		&sea_ethtool_linkstate, &sea_ethtool_features
	};

	for (unsigned i = 0; i < sizeof(shown) / sizeof(shown[0]); i++)
		if (shown[i]->cmd == cmd)
			return shown[i];
	for (unsigned i = 0; i < sizeof(none) / sizeof(none[0]); i++)
		if (none[i].cmd == cmd)
			return &none[i];
	return NULL;
}

/* -- whom it is about -- */

#define PHY_INDEX 4 /* newer than some headers: ETHTOOL_A_HEADER_PHY_INDEX */

#define HEADER_POLICY(flags)                                               \
	{                                                                  \
		[ETHTOOL_A_HEADER_DEV_INDEX] = { .type = SEA_NL_U32 },     \
		[ETHTOOL_A_HEADER_DEV_NAME] = { .type = SEA_NL_NUL_STRING, \
						.len = SEA_ALTNAME_MAX },  \
		[ETHTOOL_A_HEADER_FLAGS] = { .type = SEA_NL_U32,           \
					     .check = SEA_NL_CHECK_MASK,   \
					     .max = (flags) },             \
	}

#define HEADER_MAX ETHTOOL_A_HEADER_FLAGS
static const struct sea_nl_policy header_policy[HEADER_MAX + 1] = HEADER_POLICY(FLAGS_KNOWN);
static const struct sea_nl_policy header_stats_policy[HEADER_MAX + 1] =
	HEADER_POLICY(FLAGS_KNOWN | ETHTOOL_FLAG_STATS);

/* Of names some are a PHY's, which no link has. */
static const struct sea_nl_policy header_phy_policy[PHY_INDEX + 1] = {
	[ETHTOOL_A_HEADER_DEV_INDEX] = { .type = SEA_NL_U32 },
	[ETHTOOL_A_HEADER_DEV_NAME] = { .type = SEA_NL_NUL_STRING, .len = SEA_ALTNAME_MAX },
	[ETHTOOL_A_HEADER_FLAGS] = { .type = SEA_NL_U32,
				     .check = SEA_NL_CHECK_MASK,
				     .max = FLAGS_KNOWN },
	[PHY_INDEX] = { .type = SEA_NL_U32, .check = SEA_NL_CHECK_MIN, .min = 1 },
};

/* Whatever any command takes. */
static const struct sea_nl_policy header_any_policy[PHY_INDEX + 1] = {
	[ETHTOOL_A_HEADER_DEV_INDEX] = { .type = SEA_NL_U32 },
	[ETHTOOL_A_HEADER_DEV_NAME] = { .type = SEA_NL_NUL_STRING, .len = SEA_ALTNAME_MAX },
	[ETHTOOL_A_HEADER_FLAGS] = { .type = SEA_NL_U32 },
	[PHY_INDEX] = { .type = SEA_NL_U32 },
};

static int find_by_name(struct sea_nl_req *req, const struct sea_nl_attr *name,
			struct sea_ethtool_ask *ask)
{
	char text[SEA_ALTNAME_MAX + 1];

	sea_nl_text(name, text, sizeof(text));
	ask->link = sea_link_by_any_name(req->stack, text);
	return ask->link ? 0
			 : sea_nl_complain_of(req->extack, -ENODEV, name, "no device matches name");
}

static int find_by_index(struct sea_nl_req *req, const struct sea_nl_attr *header,
			 const struct sea_nl_attr *tb, struct sea_ethtool_ask *ask)
{
	const struct sea_nl_attr *index = &tb[ETHTOOL_A_HEADER_DEV_INDEX];
	const struct sea_nl_attr *name = &tb[ETHTOOL_A_HEADER_DEV_NAME];
	char text[SEA_ALTNAME_MAX + 1];

	ask->link = sea_link_by_index(req->stack, (int)sea_nl_u32(index));
	if (!ask->link)
		return sea_nl_complain_of(req->extack, -ENODEV, index, "no device matches ifindex");
	if (!name->value)
		return 0;
	sea_nl_text(name, text, sizeof(text));
	if (!strncmp(ask->link->name, text, SEA_IFNAMSIZ))
		return 0;
	return sea_nl_complain_of(req->extack, -ENODEV, header, "ifindex and name do not match");
}

static int find_link(struct sea_nl_req *req, const struct sea_nl_attr *header,
		     const struct sea_nl_attr *tb, bool need_link, struct sea_ethtool_ask *ask)
{
	if (tb[ETHTOOL_A_HEADER_DEV_INDEX].value)
		return find_by_index(req, header, tb, ask);
	if (tb[ETHTOOL_A_HEADER_DEV_NAME].value)
		return find_by_name(req, &tb[ETHTOOL_A_HEADER_DEV_NAME], ask);
	return need_link ? sea_nl_complain_of(req->extack, -EINVAL, header,
					      "neither ifindex nor name specified")
			 : 0;
}

static int find_phy(struct sea_nl_req *req, const struct sea_nl_attr *header,
		    const struct sea_nl_attr *tb, const struct sea_ethtool_ask *ask)
{
	if (!tb[PHY_INDEX].value)
		return 0;
	if (!ask->link)
		return sea_nl_complain_of(req->extack, -EINVAL, header,
					  "phy_index set without a netdev");
	return sea_nl_complain_of(req->extack, -ENODEV, header, "no phy matching phyindex");
}

/* A dump is of all, and needs no header. The policy of the command has judged what is in it. */
static int read_header(struct sea_genl_req *r, bool is_dump, bool need_link,
		       struct sea_ethtool_ask *ask)
{
	const struct sea_nl_attr *header = &r->attrs[HEADER];
	struct sea_nl_attr tb[PHY_INDEX + 1];
	int err;

	*ask = (struct sea_ethtool_ask){ .extack = r->req->extack };
	if (!header->value)
		return is_dump ? 0 : sea_nl_missing(r->req->extack, HEADER, NULL);
	err = sea_nl_parse_nest(tb, PHY_INDEX, header, header_any_policy, SEA_NL_STRICT,
				r->req->extack);
	if (err)
		return err;
	if (tb[ETHTOOL_A_HEADER_FLAGS].value)
		ask->flags = sea_nl_u32(&tb[ETHTOOL_A_HEADER_FLAGS]);
	err = find_link(r->req, header, tb, need_link, ask);
	return err ? err : find_phy(r->req, header, tb, ask);
}

/* -- answers -- */

static void put_header(struct sea_nl_out *out, const struct sea_link *link)
{
	uint32_t nest = sea_nl_nest(out, HEADER | NLA_F_NESTED);

	sea_nl_put_u32(out, ETHTOOL_A_HEADER_DEV_INDEX, (uint32_t)link->ifindex);
	sea_nl_put_text(out, ETHTOOL_A_HEADER_DEV_NAME, link->name);
	sea_nl_nest_end(out, nest);
}

static bool write_rest(struct sea_nl_out *out, const struct sea_ethtool_view *view,
		       const struct sea_ethtool_ask *ask)
{
	if (ask->link)
		put_header(out, ask->link);
	view->put(out, ask);
	return sea_nl_end(out);
}

static int answer(struct sea_genl_req *r, const struct sea_ethtool_view *view,
		  const struct sea_ethtool_ask *ask)
{
	struct sea_pool *pool = &r->req->stack->shard.pool;
	void *bytes = sea_pool_alloc(pool, view->room);
	struct sea_nl_out out = sea_nl_out_of(bytes, view->room);
	int err = -ENOMEM;

	if (!bytes)
		return err;
	sea_genl_answer(&out, r, view->reply);
	err = write_rest(&out, view, ask) ? sea_nl_answer(r->req, &out) : -EMSGSIZE;
	sea_pool_free(pool, bytes, view->room);
	return err;
}

#define ROOM_OF_CHANGES 8192

int sea_ethtool_answer(struct sea_genl_req *r, struct sea_link *link, uint8_t cmd,
		       void (*put)(struct sea_nl_out *out, const void *arg), const void *arg)
{
	struct sea_pool *pool = &r->req->stack->shard.pool;
	void *bytes = sea_pool_alloc(pool, ROOM_OF_CHANGES);
	struct sea_nl_out out = sea_nl_out_of(bytes, ROOM_OF_CHANGES);
	int err;

	if (!bytes)
		return -ENOMEM;
	sea_genl_answer(&out, r, cmd);
	put_header(&out, link);
	put(&out, arg);
	err = sea_nl_end(&out) ? sea_nl_answer(r->req, &out) : -EMSGSIZE;
	sea_pool_free(pool, bytes, ROOM_OF_CHANGES);
	return err;
}

void sea_ethtool_tell(struct sea_link *link, const struct sea_ethtool_view *view, uint8_t cmd)
{
	struct sea_stack *stack = link->stack;
	const struct sea_ethtool_ask ask = { .link = link };
	unsigned group = sea_genl_group(stack, &family, 0);
	struct sea_nl_out out;
	void *bytes;

	if (!group || !sea_nl_has_listeners(stack, NETLINK_GENERIC, group))
		return;
	bytes = sea_pool_alloc(&stack->shard.pool, view->room);
	if (!bytes) {
		sea_nl_lost(stack, NETLINK_GENERIC, group);
		return;
	}
	out = sea_nl_out_of(bytes, view->room);
	sea_genl_begin(&out, stack, &family, 0, 0, 0, cmd);
	if (write_rest(&out, view, &ask))
		sea_nl_notify(stack, NETLINK_GENERIC, group, &out, NULL);
	sea_pool_free(&stack->shard.pool, bytes, view->room);
}

static int get(struct sea_genl_req *r)
{
	const struct sea_ethtool_view *view = view_of(r->cmd);
	struct sea_ethtool_ask ask;
	int err = read_header(r, false, !view->without_link, &ask);

	if (!err && view->read)
		err = view->read(r, &ask);
	if (!err)
		err = view->has(&ask);
	return err ? err : answer(r, view, &ask);
}

static int set(struct sea_genl_req *r)
{
	struct sea_ethtool_ask ask;
	int err = r->attrs[ETHTOOL_A_FEATURES_WANTED].value ? read_header(r, false, true, &ask)
							    : -EINVAL;

	return err ? err : sea_ethtool_set(r, &ask);
}

/* -- dumps -- */

/* Whom the request names does not matter. */
static int start(struct sea_genl_req *r, struct sea_nl_dump *d)
{
	const struct sea_ethtool_view *view = view_of(r->cmd);
	struct sea_ethtool_ask ask;
	int err = read_header(r, true, false, &ask);

	if (!err && view->read)
		err = view->read(r, &ask);
	d->arg[ARG_CMD] = r->cmd;
	d->arg[ARG_FLAGS] = ask.flags;
	d->arg[ARG_SETS] = ask.sets;
	d->arg[ARG_COUNTS_ONLY] = ask.counts_only;
	return err;
}

static struct sea_link *link_behind(struct sea_stack *stack, uint64_t ifindex)
{
	struct sea_link *link = NULL;

	while ((link = sea_link_next(stack, link)))
		if ((uint64_t)link->ifindex > ifindex)
			return link;
	return NULL;
}

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	const struct sea_ethtool_view *view = view_of(d->arg[ARG_CMD]);
	struct sea_ethtool_ask ask = { .flags = (uint32_t)d->arg[ARG_FLAGS],
				       .sets = d->arg[ARG_SETS],
				       .counts_only = d->arg[ARG_COUNTS_ONLY],
				       .extack = d->extack };

	if (!view)
		return -EOPNOTSUPP;
	while ((ask.link = link_behind(d->stack, d->arg[ARG_IFINDEX]))) {
		int err = view->has(&ask);

		if (err && err != -EOPNOTSUPP)
			return err;
		if (!err) {
			sea_genl_piece(out, d, &family, view->reply);
			if (!write_rest(out, view, &ask))
				return 1;
		}
		d->arg[ARG_IFINDEX] = (uint64_t)ask.link->ifindex;
	}
	return 0;
}

/* -- the family -- */

static const struct sea_nl_policy plain_policy[HEADER + 1] = {
	[HEADER] = SEA_NL_NEST(header_policy, HEADER_MAX),
};
static const struct sea_nl_policy stats_policy[HEADER + 1] = {
	[HEADER] = SEA_NL_NEST(header_stats_policy, HEADER_MAX),
};
static const struct sea_nl_policy strset_policy[ETHTOOL_A_STRSET_COUNTS_ONLY + 1] = {
	[ETHTOOL_A_STRSET_HEADER] = SEA_NL_NEST(header_phy_policy, PHY_INDEX),
	[ETHTOOL_A_STRSET_STRINGSETS] = { .type = SEA_NL_NESTED },
	[ETHTOOL_A_STRSET_COUNTS_ONLY] = { .type = SEA_NL_FLAG },
};

static const struct sea_nl_policy features_policy[ETHTOOL_A_FEATURES_WANTED + 1] = {
	[ETHTOOL_A_FEATURES_HEADER] = SEA_NL_NEST(header_policy, HEADER_MAX),
	[ETHTOOL_A_FEATURES_WANTED] = { .type = SEA_NL_NESTED },
};

#define OP(name, which, max)                                                           \
	{                                                                              \
		.cmd = ETHTOOL_MSG_##name##_GET, .policy = (which), .max_attr = (max), \
		.doit = get, .start = start, .dump = dump,                             \
	}

static const struct sea_genl_op ops[] = {
	OP(STRSET, strset_policy, ETHTOOL_A_STRSET_COUNTS_ONLY),
	OP(LINKINFO, plain_policy, HEADER),
	OP(LINKMODES, plain_policy, HEADER),
	OP(LINKSTATE, stats_policy, HEADER),
	OP(DEBUG, plain_policy, HEADER),
	OP(WOL, plain_policy, HEADER),
	OP(FEATURES, plain_policy, HEADER),
	{
		.cmd = ETHTOOL_MSG_FEATURES_SET,
		.perm = GENL_UNS_ADMIN_PERM,
		.policy = features_policy,
		.max_attr = ETHTOOL_A_FEATURES_WANTED,
		.doit = set,
	},
	OP(PRIVFLAGS, plain_policy, HEADER),
	OP(RINGS, plain_policy, HEADER),
	OP(CHANNELS, plain_policy, HEADER),
	OP(COALESCE, plain_policy, HEADER),
	OP(EEE, plain_policy, HEADER),
};

static const char *const groups[] = { ETHTOOL_MCGRP_MONITOR_NAME };

static const struct sea_genl_family family = {
	.name = ETHTOOL_GENL_NAME,
	.version = ETHTOOL_GENL_VERSION,
	.strict_from = 35, /* ETHTOOL_MSG_MODULE_GET + 1 */
	.ops = ops,
	.n_ops = sizeof(ops) / sizeof(ops[0]),
	.groups = groups,
	.n_groups = 1,
};

static int init(struct sea_stack *stack, void **state)
{
	*state = NULL;
	sea_genl_add(stack, &family);
	sea_stack_add_ioctls(stack, &sea_ethtool_ioctl_ops);
	return 0;
}

const struct sea_module sea_ethtool_netlink = {
	.name = "ethtool",
	.id = SEA_MODULE_ETHTOOL,
	.needs = 1u << SEA_MODULE_GENL,
	.init = init,
};
