/* SPDX-License-Identifier: Apache-2.0 */
/* RTM_GETLINK: one link, or all, those of a master or of a kind. */
#include <errno.h>
#include <string.h>

#include "core/stack.h"
#include "ip/rtnl/link.h"

/* What a dump remembers: sea_nl_dump.arg. */
enum dump_arg {
	ARG_IFINDEX, /* the last one shown */
	ARG_MASK,    /* IFLA_EXT_MASK */
	ARG_MASTER,  /* of this one only; NO_MASTER: of none; 0: of any */
	ARG_KIND,    /* of this kind only: sea_rtnl_kind_id(); 0: of any */
};

#define NO_MASTER UINT32_MAX
#define HARDWARE_ADDR_MAX 32
#define GSO_SIZE_MIN 193 /* longer than the longest header */

#define NUMBER                     \
	{                          \
		.type = SEA_NL_U32 \
	}
#define BYTE                      \
	{                         \
		.type = SEA_NL_U8 \
	}
#define NESTS                         \
	{                             \
		.type = SEA_NL_NESTED \
	}
#define LARGE_NUMBER                                                               \
	{                                                                          \
		.type = SEA_NL_U32, .check = SEA_NL_CHECK_MIN, .min = GSO_SIZE_MIN \
	}

const struct sea_nl_policy sea_rtnl_link_policy[SEA_IFLA_MAX + 1] = {
	[IFLA_ADDRESS] = SEA_NL_AT_MOST(HARDWARE_ADDR_MAX),
	[IFLA_BROADCAST] = SEA_NL_AT_MOST(HARDWARE_ADDR_MAX),
	[IFLA_IFNAME] = SEA_NL_TEXT(SEA_IFNAMSIZ - 1),
	[IFLA_MTU] = NUMBER,
	[IFLA_LINK] = NUMBER,
	[IFLA_MASTER] = NUMBER,
	[IFLA_TXQLEN] = NUMBER,
	[IFLA_MAP] = { .type = SEA_NL_ANY, .len = sizeof(struct rtnl_link_ifmap) },
	[IFLA_WEIGHT] = NUMBER,
	[IFLA_OPERSTATE] = BYTE,
	[IFLA_LINKMODE] = BYTE,
	[IFLA_LINKINFO] = NESTS,
	[IFLA_NET_NS_PID] = NUMBER,
	[IFLA_IFALIAS] = SEA_NL_AT_MOST(SEA_ALIAS_MAX),
	[IFLA_VFINFO_LIST] = NESTS,
	[IFLA_VF_PORTS] = NESTS,
	[IFLA_PORT_SELF] = NESTS,
	[IFLA_AF_SPEC] = NESTS,
	[IFLA_GROUP] = NUMBER,
	[IFLA_NET_NS_FD] = NUMBER,
	[IFLA_EXT_MASK] = NUMBER,
	[IFLA_PROMISCUITY] = NUMBER,
	[IFLA_NUM_TX_QUEUES] = NUMBER,
	[IFLA_NUM_RX_QUEUES] = NUMBER,
	[IFLA_CARRIER] = BYTE,
	[IFLA_PHYS_PORT_ID] = SEA_NL_AT_MOST(32),
	[IFLA_CARRIER_CHANGES] = NUMBER,
	[IFLA_PHYS_SWITCH_ID] = SEA_NL_AT_MOST(32),
	[IFLA_LINK_NETNSID] = { .type = SEA_NL_S32 },
	[IFLA_PROTO_DOWN] = BYTE,
	[IFLA_GSO_MAX_SEGS] = NUMBER,
	[IFLA_GSO_MAX_SIZE] = LARGE_NUMBER,
	[IFLA_XDP] = NESTS,
	[IFLA_EVENT] = NUMBER,
	[IFLA_TARGET_NETNSID] = { .type = SEA_NL_S32 },
	[IFLA_CARRIER_UP_COUNT] = NUMBER,
	[IFLA_CARRIER_DOWN_COUNT] = NUMBER,
	[IFLA_NEW_IFINDEX] = { .type = SEA_NL_S32, .check = SEA_NL_CHECK_MIN, .min = 1 },
	[IFLA_MIN_MTU] = NUMBER,
	[IFLA_MAX_MTU] = NUMBER,
	[IFLA_PROP_LIST] = NESTS,
	[IFLA_ALT_IFNAME] = SEA_NL_TEXT(SEA_ALTNAME_MAX),
	[IFLA_PERM_ADDRESS] = SEA_NL_REFUSED(NULL),
	[IFLA_PROTO_DOWN_REASON] = NESTS,
	[IFLA_PARENT_DEV_NAME] = { .type = SEA_NL_NUL_STRING },
	[IFLA_GRO_MAX_SIZE] = NUMBER,
	[IFLA_TSO_MAX_SIZE] = SEA_NL_REFUSED(NULL),
	[IFLA_TSO_MAX_SEGS] = SEA_NL_REFUSED(NULL),
	[IFLA_ALLMULTI] = SEA_NL_REFUSED(NULL),
	[SEA_IFLA_GSO_IPV4_MAX_SIZE] = LARGE_NUMBER,
	[SEA_IFLA_GRO_IPV4_MAX_SIZE] = NUMBER,
	[SEA_IFLA_DPLL_PIN] = { .strict = true },
	[SEA_IFLA_NETNS_IMMUTABLE] = SEA_NL_REFUSED(NULL),
	[SEA_IFLA_HEADROOM] = SEA_NL_REFUSED(NULL),
	[SEA_IFLA_TAILROOM] = SEA_NL_REFUSED(NULL),
};

/* -- one -- */

struct sea_link *sea_rtnl_link_by_attrs(struct sea_stack *stack, const struct sea_nl_attr *tb)
{
	char name[SEA_ALTNAME_MAX + 1];

	if (tb[IFLA_IFNAME].value)
		sea_nl_text(&tb[IFLA_IFNAME], name, SEA_IFNAMSIZ);
	else if (tb[IFLA_ALT_IFNAME].value)
		sea_nl_text(&tb[IFLA_ALT_IFNAME], name, sizeof(name));
	else
		return NULL;
	return sea_link_by_any_name(stack, name);
}

static bool has_values(const struct ifinfomsg *hdr, const uint8_t *payload)
{
	return payload[1] || hdr->ifi_type || hdr->ifi_flags || hdr->ifi_change;
}

static bool may_get_by(unsigned type)
{
	return type == IFLA_IFNAME || type == IFLA_ALT_IFNAME || type == IFLA_EXT_MASK ||
	       type == IFLA_TARGET_NETNSID;
}

/* With NETLINK_GET_STRICT_CHK nothing is there that has no meaning. */
static int read_strictly(struct sea_nl_req *req, struct ifinfomsg *hdr, struct sea_nl_attr *tb)
{
	int err;

	memcpy(hdr, req->payload, sizeof(*hdr));
	if (has_values(hdr, req->payload))
		return sea_nl_complain(req->extack, -EINVAL,
				       "Invalid values in header for get link request");
	err = sea_rtnl_parse(req, hdr, sizeof(*hdr), tb, SEA_IFLA_MAX, sea_rtnl_link_policy,
			     SEA_NL_DEPRECATED_STRICT);
	for (unsigned i = 0; !err && i <= SEA_IFLA_MAX; i++)
		if (tb[i].value && !may_get_by(i))
			return sea_nl_complain(req->extack, -EINVAL,
					       "Unsupported attribute in get link request");
	return err;
}

static int read_get(struct sea_nl_req *req, struct ifinfomsg *hdr, struct sea_nl_attr *tb)
{
	if (req->len < sizeof(*hdr))
		return sea_nl_complain(req->extack, -EINVAL, "Invalid header for get link");
	return req->strict ? read_strictly(req, hdr, tb)
			   : sea_rtnl_parse(req, hdr, sizeof(*hdr), tb, SEA_IFLA_MAX,
					    sea_rtnl_link_policy, SEA_NL_LIBERAL);
}

/* There is no other namespace. */
static int check_namespace(struct sea_nl_req *req, const struct sea_nl_attr *tb)
{
	if (tb[IFLA_NET_NS_PID].value || tb[IFLA_NET_NS_FD].value)
		return sea_nl_complain(req->extack, -EOPNOTSUPP,
				       "specified netns attribute not supported");
	return tb[IFLA_TARGET_NETNSID].value ? -EINVAL : 0;
}

static int answer(struct sea_nl_req *req, const struct sea_link *link, uint32_t mask)
{
	const struct sea_rtnl_link_how how = { .type = RTM_NEWLINK,
					       .port = req->from_port,
					       .seq = req->hdr.nlmsg_seq,
					       .ext_mask = mask };
	struct sea_pool *pool = &req->stack->shard.pool;
	uint32_t room = sea_rtnl_link_room(link);
	void *bytes = sea_pool_alloc(pool, room);
	struct sea_nl_out out;
	int err = -ENOBUFS;

	if (!bytes)
		return err;
	out = sea_nl_out_of(bytes, room);
	if (sea_rtnl_write_link(&out, link, &how))
		err = sea_nl_answer(req, &out);
	sea_pool_free(pool, bytes, room);
	return err;
}

int sea_rtnl_get_link(struct sea_nl_req *req)
{
	struct sea_nl_attr tb[SEA_IFLA_MAX + 1];
	struct sea_link *link;
	struct ifinfomsg hdr;
	int err = read_get(req, &hdr, tb);

	if (!err)
		err = check_namespace(req, tb);
	if (err)
		return err;
	if (hdr.ifi_index > 0)
		link = sea_link_by_index(req->stack, hdr.ifi_index);
	else if (tb[IFLA_IFNAME].value || tb[IFLA_ALT_IFNAME].value)
		link = sea_rtnl_link_by_attrs(req->stack, tb);
	else
		return -EINVAL;
	if (!link)
		return -ENODEV;
	return answer(req, link, tb[IFLA_EXT_MASK].value ? sea_nl_u32(&tb[IFLA_EXT_MASK]) : 0);
}

/* -- all -- */

/* One that nobody knows is no filter. */
static uint64_t kind_asked_for(const struct sea_stack *stack, const struct sea_nl_attr *info)
{
	struct sea_nl_attr kind[1], a;
	char name[32];
	uint32_t at = 0;

	kind[0].value = NULL;
	while (sea_nl_next(info->value, info->len, &at, &a))
		if (a.type == IFLA_INFO_KIND)
			kind[0] = a;
	if (!kind[0].value)
		return 0;
	sea_nl_text(&kind[0], name, sizeof(name));
	return sea_rtnl_kind_id(stack, name);
}

static int take_filter(struct sea_nl_req *req, struct sea_nl_dump *d, const struct sea_nl_attr *tb)
{
	for (unsigned i = 0; i <= SEA_IFLA_MAX; i++) {
		if (!tb[i].value)
			continue;
		if (i == IFLA_EXT_MASK)
			d->arg[ARG_MASK] = sea_nl_u32(&tb[i]);
		else if (i == IFLA_MASTER)
			d->arg[ARG_MASTER] = sea_nl_u32(&tb[i]);
		else if (i == IFLA_LINKINFO)
			d->arg[ARG_KIND] = kind_asked_for(req->stack, &tb[i]);
		else if (i == IFLA_TARGET_NETNSID)
			return sea_nl_complain(req->extack, -EINVAL,
					       "Invalid target network namespace id");
		else if (req->strict)
			return sea_nl_complain(req->extack, -EINVAL,
					       "Unsupported attribute in link dump request");
	}
	return 0;
}

static int start_strictly(struct sea_nl_req *req, struct sea_nl_attr *tb)
{
	struct ifinfomsg hdr;

	if (req->len < sizeof(hdr))
		return sea_nl_complain(req->extack, -EINVAL, "Invalid header for link dump");
	memcpy(&hdr, req->payload, sizeof(hdr));
	if (has_values(&hdr, req->payload))
		return sea_nl_complain(req->extack, -EINVAL,
				       "Invalid values in header for link dump request");
	if (hdr.ifi_index)
		return sea_nl_complain(req->extack, -EINVAL,
				       "Filter by device index not supported for link dumps");
	return sea_rtnl_parse(req, &hdr, sizeof(hdr), tb, SEA_IFLA_MAX, sea_rtnl_link_policy,
			      SEA_NL_DEPRECATED_STRICT);
}

/* Old programs send a shorter header; whatever else is wrong asks for all. */
static int start(struct sea_nl_req *req, struct sea_nl_dump *d)
{
	struct sea_nl_attr tb[SEA_IFLA_MAX + 1];
	struct sea_nl_extack unheard = { .begin = req->extack->begin };
	uint32_t behind = req->len < sizeof(struct ifinfomsg) ? 4 : sizeof(struct ifinfomsg);
	int err;

	if (req->strict) {
		err = start_strictly(req, tb);
		return err ? err : take_filter(req, d, tb);
	}
	if (req->len <= behind ||
	    sea_nl_parse(tb, SEA_IFLA_MAX, req->payload + behind, req->len - behind,
			 sea_rtnl_link_policy, SEA_NL_LIBERAL, &unheard))
		return 0;
	return take_filter(req, d, tb);
}

static bool is_asked_for(const struct sea_nl_dump *d, const struct sea_link *link)
{
	uint64_t master = d->arg[ARG_MASTER];

	if (d->arg[ARG_KIND] && d->arg[ARG_KIND] != sea_rtnl_kind_id_of(link))
		return false;
	if (!master)
		return true;
	if (master == NO_MASTER)
		return !link->master;
	return link->master && (uint64_t)link->master->ifindex == master;
}

static struct sea_link *link_behind(struct sea_stack *stack, uint64_t ifindex)
{
	struct sea_link *link = NULL;

	while ((link = sea_link_next(stack, link)))
		if ((uint64_t)link->ifindex > ifindex)
			return link;
	return NULL;
}

/* Said of links, and not of the end (as on Linux). */
static uint16_t filtered(const struct sea_nl_dump *d)
{
	return d->arg[ARG_MASTER] || d->arg[ARG_KIND] ? NLM_F_DUMP_FILTERED : 0;
}

static int dump(struct sea_nl_dump *d, struct sea_nl_out *out)
{
	const struct sea_rtnl_link_how how = { .type = RTM_NEWLINK,
					       .flags = d->msg_flags | filtered(d),
					       .port = d->port,
					       .seq = d->msg_seq,
					       .ext_mask = (uint32_t)d->arg[ARG_MASK] };
	struct sea_link *link = link_behind(d->stack, d->arg[ARG_IFINDEX]);

	for (; link; link = sea_link_next(d->stack, link)) {
		if (is_asked_for(d, link) && !sea_rtnl_write_link(out, link, &how))
			return 1;
		d->arg[ARG_IFINDEX] = (uint64_t)link->ifindex;
	}
	return 0;
}

const struct sea_nl_kind sea_rtnl_link_kinds[] = {
	{ .type = RTM_NEWLINK, .family = AF_UNSPEC, .doit = sea_rtnl_new_link },
	{ .type = RTM_DELLINK, .family = AF_UNSPEC, .doit = sea_rtnl_del_link },
	{ .type = RTM_SETLINK, .family = AF_UNSPEC, .doit = sea_rtnl_set_link },
	{ .type = RTM_NEWLINKPROP, .family = AF_UNSPEC, .doit = sea_rtnl_new_linkprop },
	{ .type = RTM_DELLINKPROP, .family = AF_UNSPEC, .doit = sea_rtnl_del_linkprop },
	{ .type = RTM_GETLINK,
	  .family = AF_UNSPEC,
	  .judged_late = true,
	  .done_apart = true,
	  .doit = sea_rtnl_get_link,
	  .start = start,
	  .dump = dump },
};
const unsigned sea_rtnl_link_kinds_n = sizeof(sea_rtnl_link_kinds) / sizeof(sea_rtnl_link_kinds[0]);
