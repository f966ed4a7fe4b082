/* SPDX-License-Identifier: Apache-2.0 */
/* The family: whom a request is about, answers and dumps of views. */
#include <errno.h>
#include <string.h>

#include "core/link_set.h"
#include "core/stack.h"
#include "ip/ethtool/ethtool.h"

/* What a dump remembers: sea_nl_dump.arg. */
enum dump_arg {
	ARG_IFINDEX,
	ARG_CMD,
	ARG_FLAGS,
	ARG_SETS,
	ARG_COUNTS_ONLY,
	ARG_SOURCE,
	ARG_IFINDEX_MAX
};

/* -- whom it is about -- */

#define PHY_INDEX SEA_ETHTOOL_HEADER_PHY

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

/* A dump is of all, and needs no header. The policy of the command has judged what is in it. */
static int read_header(struct sea_genl_req *r, uint8_t type, const char *headless, bool need_link,
		       struct sea_ethtool_ask *ask)
{
	const struct sea_nl_attr *header = &r->attrs[type];
	struct sea_nl_attr tb[PHY_INDEX + 1];
	int err;

	if (!header->value && ask->is_dump)
		return 0;
	if (!header->value)
		return headless ? sea_nl_complain(r->req->extack, -EINVAL, headless)
				: sea_nl_missing(r->req->extack, type, NULL);
	err = sea_nl_parse_nest(tb, PHY_INDEX, header, header_any_policy, SEA_NL_STRICT,
				r->req->extack);
	if (err)
		return err;
	if (tb[ETHTOOL_A_HEADER_FLAGS].value)
		ask->flags = sea_nl_u32(&tb[ETHTOOL_A_HEADER_FLAGS]);
	ask->of_phy = tb[PHY_INDEX].value;
	err = find_link(r->req, header, tb, need_link, ask);
	if (!err && ask->of_phy && !ask->link)
		return sea_nl_complain_of(r->req->extack, -EINVAL, header,
					  "phy_index set without a netdev");
	return err;
}

static int read_ask(struct sea_genl_req *r, const struct sea_ethtool_view *view, bool is_dump,
		    struct sea_ethtool_ask *ask)
{
	int err;

	*ask = (struct sea_ethtool_ask){ .extack = r->req->extack, .is_dump = is_dump };
	err = read_header(r, view->header, view->headless, !is_dump && !view->without_link, ask);
	return !err && view->read ? view->read(r, ask) : err;
}

/* -- answers -- */

static void put_header(struct sea_nl_out *out, uint16_t type, const struct sea_link *link)
{
	uint32_t nest = sea_nl_nest(out, (uint16_t)(type | NLA_F_NESTED));

	sea_nl_put_u32(out, ETHTOOL_A_HEADER_DEV_INDEX, (uint32_t)link->ifindex);
	sea_nl_put_text(out, ETHTOOL_A_HEADER_DEV_NAME, link->name);
	sea_nl_nest_end(out, nest);
}

static bool write_rest(struct sea_nl_out *out, const struct sea_ethtool_view *view,
		       const struct sea_ethtool_ask *ask)
{
	if (ask->link)
		put_header(out, view->header, ask->link);
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
	put_header(&out, ETHTOOL_A_FEATURES_HEADER, link);
	put(&out, arg);
	err = sea_nl_end(&out) ? sea_nl_answer(r->req, &out) : -EMSGSIZE;
	sea_pool_free(pool, bytes, ROOM_OF_CHANGES);
	return err;
}

void sea_ethtool_tell(struct sea_link *link, const struct sea_ethtool_view *view, uint8_t cmd)
{
	struct sea_stack *stack = link->stack;
	const struct sea_ethtool_ask ask = { .link = link };
	unsigned group = sea_genl_group(stack, &sea_ethtool_family, 0);
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
	sea_genl_begin(&out, stack, &sea_ethtool_family, 0, 0, 0, cmd);
	if (write_rest(&out, view, &ask))
		sea_nl_notify(stack, NETLINK_GENERIC, group, &out, NULL);
	sea_pool_free(&stack->shard.pool, bytes, view->room);
}

int sea_ethtool_do_get(struct sea_genl_req *r)
{
	const struct sea_ethtool_view *view = sea_ethtool_view_of(r->cmd);
	struct sea_ethtool_ask ask;
	int err = read_ask(r, view, false, &ask);

	if (!err && ask.of_phy)
		err = sea_nl_complain_of(r->req->extack, view->no_phy, &r->attrs[view->header],
					 "no phy matching phyindex");
	if (!err)
		err = view->has(&ask);
	return err ? err : answer(r, view, &ask);
}

int sea_ethtool_do_set(struct sea_genl_req *r)
{
	struct sea_ethtool_ask ask = { .extack = r->req->extack };
	int err = -EINVAL;

	if (r->attrs[ETHTOOL_A_FEATURES_WANTED].value)
		err = read_header(r, ETHTOOL_A_FEATURES_HEADER, NULL, true, &ask);
	return err ? err : sea_ethtool_set(r, &ask);
}

/* -- dumps -- */

/* Where a dump that is of one link, or of none, begins and ends: ARG_IFINDEX is the last that was shown. */
static void limit(const struct sea_ethtool_view *view, const struct sea_ethtool_ask *ask,
		  struct sea_nl_dump *d)
{
	d->arg[ARG_IFINDEX_MAX] = view->dump_of_phys ? 0 : INT32_MAX;
	if (view->dump_of_one && ask->link) {
		d->arg[ARG_IFINDEX_MAX] = (uint64_t)ask->link->ifindex;
		d->arg[ARG_IFINDEX] = (uint64_t)ask->link->ifindex - 1;
	}
}

int sea_ethtool_start(struct sea_genl_req *r, struct sea_nl_dump *d)
{
	const struct sea_ethtool_view *view = sea_ethtool_view_of(r->cmd);
	struct sea_ethtool_ask ask;
	int err = read_ask(r, view, true, &ask);

	limit(view, &ask, d);
	d->arg[ARG_CMD] = r->cmd;
	d->arg[ARG_FLAGS] = ask.flags;
	d->arg[ARG_SETS] = ask.sets;
	d->arg[ARG_COUNTS_ONLY] = ask.counts_only;
	d->arg[ARG_SOURCE] = ask.source;
	return err;
}

static struct sea_link *next_link(const struct sea_nl_dump *d)
{
	struct sea_link *link = NULL;

	while ((link = sea_link_next(d->stack, link)))
		if ((uint64_t)link->ifindex > d->arg[ARG_IFINDEX])
			return (uint64_t)link->ifindex > d->arg[ARG_IFINDEX_MAX] ? NULL : link;
	return NULL;
}

int sea_ethtool_dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	const struct sea_ethtool_view *view = sea_ethtool_view_of(d->arg[ARG_CMD]);
	struct sea_ethtool_ask ask = { .flags = (uint32_t)d->arg[ARG_FLAGS],
				       .sets = d->arg[ARG_SETS],
				       .counts_only = d->arg[ARG_COUNTS_ONLY],
				       .source = (uint32_t)d->arg[ARG_SOURCE],
				       .is_dump = true,
				       .extack = d->extack };

	if (!view)
		return -EOPNOTSUPP;
	while ((ask.link = next_link(d))) {
		int err = view->has(&ask);

		if (err && err != -EOPNOTSUPP)
			return err;
		if (!err) {
			sea_genl_begin(out, d->stack, &sea_ethtool_family, d->port, d->msg_seq,
				       view->unmarked ? 0 : d->msg_flags, view->reply);
			if (!write_rest(out, view, &ask))
				return 1;
		}
		d->arg[ARG_IFINDEX] = (uint64_t)ask.link->ifindex;
	}
	return view->dump_end;
}
