/* SPDX-License-Identifier: Apache-2.0 */
/*
 * VLANs in messages. no-oracle: the sentences are Linux's as known from ip(8), whose kernel has its module. GVRP, MVRP and
 * BRIDGE_BINDING are refused, and maps of priorities: they would have no effect.
 */
#include <errno.h>
#include <string.h>

#include <linux/if_link.h>
#include <linux/if_vlan.h>

#include "core/stack.h"
#include "link/device/vlan.h"
#include "netlink/build.h"
#include "netlink/policy.h"

#ifndef VLAN_FLAG_MVRP
#define VLAN_FLAG_MVRP 8
#endif
#define FLAG_BRIDGE_BINDING 0x10u /* VLAN_FLAG_BRIDGE_BINDING, newer than some headers */
#define FLAGS_KNOWN                                                                    \
	((uint32_t)(VLAN_FLAG_REORDER_HDR | VLAN_FLAG_GVRP | VLAN_FLAG_LOOSE_BINDING | \
		    VLAN_FLAG_MVRP) |                                                  \
	 FLAG_BRIDGE_BINDING)
#define FLAGS_HAD ((uint32_t)(VLAN_FLAG_REORDER_HDR | VLAN_FLAG_LOOSE_BINDING))

const struct sea_nl_policy sea_vlan_policy[IFLA_VLAN_MAX + 1] = {
	[IFLA_VLAN_ID] = { .type = SEA_NL_U16 },
	[IFLA_VLAN_FLAGS] = { .type = SEA_NL_ANY, .len = sizeof(struct ifla_vlan_flags) },
	[IFLA_VLAN_EGRESS_QOS] = { .type = SEA_NL_NESTED },
	[IFLA_VLAN_INGRESS_QOS] = { .type = SEA_NL_NESTED },
	[IFLA_VLAN_PROTOCOL] = { .type = SEA_NL_U16 },
};

/* -- judged -- */

static struct ifla_vlan_flags flags_in(const struct sea_link_ask *ask)
{
	struct ifla_vlan_flags f = { 0 };

	if (ask->data[IFLA_VLAN_FLAGS].value)
		memcpy(&f, ask->data[IFLA_VLAN_FLAGS].value, sizeof(f));
	return f;
}

/* The wire's order, as the attribute has it. */
static uint16_t proto_in(const struct sea_link_ask *ask)
{
	const struct sea_nl_attr *a = &ask->data[IFLA_VLAN_PROTOCOL];

	return a->value ? sea_get16(a->value) : SEA_ETHERTYPE_VLAN;
}

static uint16_t id_in(const struct sea_link_ask *ask)
{
	return sea_nl_u16(&ask->data[IFLA_VLAN_ID]);
}

static int judge_flags(const struct sea_link_ask *ask)
{
	const struct ifla_vlan_flags f = flags_in(ask);

	if (f.flags & f.mask & ~FLAGS_KNOWN)
		return sea_nl_complain(ask->extack, -EINVAL, "8021q: Invalid VLAN flags");
	if (f.flags & f.mask & ~FLAGS_HAD)
		return -EOPNOTSUPP;
	if (ask->data[IFLA_VLAN_EGRESS_QOS].len || ask->data[IFLA_VLAN_INGRESS_QOS].len)
		return -EOPNOTSUPP;
	return 0;
}

int sea_vlan_judge(const struct sea_link_ask *ask)
{
	int err = sea_kind_judge_mac(ask);

	if (err)
		return sea_nl_complain(ask->extack, err,
				       err == -EINVAL ? "8021q: Invalid link address length"
						      : "8021q: Invalid link address");
	if (!ask->data)
		return sea_nl_complain(ask->extack, -EINVAL,
				       "8021q: VLAN properties not specified");
	if (!sea_ethertype_is_vlan(proto_in(ask)))
		return sea_nl_complain(ask->extack, -EPROTONOSUPPORT,
				       "8021q: Invalid VLAN protocol");
	if (ask->data[IFLA_VLAN_ID].value && id_in(ask) >= SEA_VLAN_ID_MASK)
		return sea_nl_complain(ask->extack, -ERANGE, "8021q: Invalid VLAN id");
	return judge_flags(ask);
}

/* -- made and changed -- */

static int find_lower(struct sea_stack *stack, const struct sea_link_ask *ask,
		      struct sea_link **lower)
{
	if (!ask->data[IFLA_VLAN_ID].value)
		return sea_nl_complain(ask->extack, -EINVAL, "8021q: VLAN id not specified");
	if (!ask->tb[IFLA_LINK].value)
		return sea_nl_complain(ask->extack, -EINVAL, "8021q: link not specified");
	*lower = sea_link_by_index(stack, (int)sea_nl_u32(&ask->tb[IFLA_LINK]));
	if (!*lower)
		return sea_nl_complain(ask->extack, -ENODEV, "8021q: link does not exist");
	return 0;
}

int sea_vlan_prepare(struct sea_stack *stack, const struct sea_link_ask *ask,
		     struct sea_link_config *config, struct sea_link **lower)
{
	int err = find_lower(stack, ask, lower);

	if (err)
		return err;
	if ((*lower)->type != SEA_LINK_ETHERNET)
		return sea_nl_complain(ask->extack, -EOPNOTSUPP,
				       "8021q: VLANs not supported on device");
	if (sea_vlan_find(stack, *lower, proto_in(ask), id_in(ask)))
		return sea_nl_complain(ask->extack, -EEXIST, "8021q: VLAN device already exists");
	if (!config->mtu)
		config->mtu = (*lower)->mtu;
	else if (config->mtu > (*lower)->mtu)
		return -EINVAL;
	if (!ask->tb[IFLA_ADDRESS].value)
		memcpy(config->mac, (*lower)->mac.b, sizeof(config->mac));
	config->features = SEA_LINK_F_SOFT;
	return 0;
}

static uint32_t flags_then(const struct sea_link_ask *ask, uint32_t now)
{
	const struct ifla_vlan_flags f = flags_in(ask);

	return (now & ~f.mask) | (f.flags & f.mask);
}

int sea_vlan_setup(struct sea_link *link, const struct sea_link_ask *ask)
{
	struct sea_vlan *v = sea_vlan_of(link);

	v->proto = proto_in(ask);
	v->id = id_in(ask);
	v->own_mac = ask->tb[IFLA_ADDRESS].value;
	sea_vlan_set_flags(link, flags_then(ask, VLAN_FLAG_REORDER_HDR));
	link->carrier = link->lower->carrier;
	return sea_vlan_list(link);
}

/* Id and type stay, whatever is said of them (as on Linux). */
int sea_vlan_change(struct sea_link *link, const struct sea_link_ask *ask)
{
	sea_vlan_set_flags(link, flags_then(ask, sea_vlan_of(link)->flags));
	return 0;
}

/* -- shown -- */

void sea_vlan_show(const struct sea_link *link, struct sea_nl_out *out)
{
	const struct sea_vlan *v = sea_vlan_of(link);
	const struct ifla_vlan_flags f = { .flags = v->flags, .mask = UINT32_MAX };
	const sea_be16 proto = sea_be16_of(v->proto);

	sea_nl_put(out, IFLA_VLAN_PROTOCOL, &proto, sizeof(proto));
	sea_nl_put_u16(out, IFLA_VLAN_ID, v->id);
	if (v->flags)
		sea_nl_put(out, IFLA_VLAN_FLAGS, &f, sizeof(f));
}
