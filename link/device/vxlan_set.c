/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vxlan in messages, with Linux's sentences. Refused are groups, ARP proxies and route short-circuiting, news of misses, VXLANs told
 * with each packet (external), remote checksums, group policy, generic protocols, filters of VNIs and of reserved bits.
 */
#include <errno.h>
#include <string.h>

#include <linux/if_link.h>

#include "core/link_set.h"
#include "core/minmax.h"
#include "core/stack.h"
#include "link/device/vxlan.h"
#include "netlink/build.h"
#include "wire/ipv4.h"
#include "wire/ipv6.h"

/* Newer than some headers. */
#define VXLAN_LOCALBYPASS 31
#define VXLAN_LABEL_POLICY 32
#define VXLAN_RESERVED_BITS 33
#define VXLAN_MC_ROUTE 34
#define DATA_MAX VXLAN_MC_ROUTE
#define LABEL_MASK 0xfffffu
#define MTU_MAX 65535u
#define GSO_MAX_SIZE 65536u

/* What of the header is to be 0, as attributes have it: all that RFC 7348 reserves. */
static const uint8_t reserved[8] = { 0xf7, 0xff, 0xff, 0xff, 0, 0, 0, 0xff };

static const struct sea_nl_policy policy[DATA_MAX + 1] = {
	[IFLA_VXLAN_ID] = { .type = SEA_NL_U32 },
	[IFLA_VXLAN_GROUP] = { .type = SEA_NL_ANY, .len = 4 },
	[IFLA_VXLAN_GROUP6] = { .type = SEA_NL_ANY, .len = 16 },
	[IFLA_VXLAN_LINK] = { .type = SEA_NL_U32 },
	[IFLA_VXLAN_LOCAL] = { .type = SEA_NL_ANY, .len = 4 },
	[IFLA_VXLAN_LOCAL6] = { .type = SEA_NL_ANY, .len = 16 },
	[IFLA_VXLAN_TOS] = { .type = SEA_NL_U8 },
	[IFLA_VXLAN_TTL] = { .type = SEA_NL_U8 },
	[IFLA_VXLAN_LABEL] = { .type = SEA_NL_U32 },
	[IFLA_VXLAN_LEARNING] = { .type = SEA_NL_U8 },
	[IFLA_VXLAN_AGEING] = { .type = SEA_NL_U32 },
	[IFLA_VXLAN_LIMIT] = { .type = SEA_NL_U32 },
	[IFLA_VXLAN_PORT_RANGE] = { .type = SEA_NL_ANY, .len = 4 },
	[IFLA_VXLAN_PROXY] = { .type = SEA_NL_U8 },
	[IFLA_VXLAN_RSC] = { .type = SEA_NL_U8 },
	[IFLA_VXLAN_L2MISS] = { .type = SEA_NL_U8 },
	[IFLA_VXLAN_L3MISS] = { .type = SEA_NL_U8 },
	[IFLA_VXLAN_COLLECT_METADATA] = { .type = SEA_NL_U8 },
	[IFLA_VXLAN_PORT] = { .type = SEA_NL_U16 },
	[IFLA_VXLAN_UDP_CSUM] = { .type = SEA_NL_U8 },
	[IFLA_VXLAN_UDP_ZERO_CSUM6_TX] = { .type = SEA_NL_U8 },
	[IFLA_VXLAN_UDP_ZERO_CSUM6_RX] = { .type = SEA_NL_U8 },
	[IFLA_VXLAN_REMCSUM_TX] = { .type = SEA_NL_U8 },
	[IFLA_VXLAN_REMCSUM_RX] = { .type = SEA_NL_U8 },
	[IFLA_VXLAN_GBP] = { .type = SEA_NL_FLAG },
	[IFLA_VXLAN_GPE] = { .type = SEA_NL_FLAG },
	[IFLA_VXLAN_REMCSUM_NOPARTIAL] = { .type = SEA_NL_FLAG },
	[IFLA_VXLAN_TTL_INHERIT] = { .type = SEA_NL_FLAG },
	[IFLA_VXLAN_DF] = { .type = SEA_NL_U8 },
	[IFLA_VXLAN_VNIFILTER] = { .type = SEA_NL_U8 },
	[VXLAN_LOCALBYPASS] = { .type = SEA_NL_U8, .check = SEA_NL_CHECK_MAX, .max = 1 },
	[VXLAN_LABEL_POLICY] = { .type = SEA_NL_U32, .check = SEA_NL_CHECK_MAX, .max = 1 },
	[VXLAN_RESERVED_BITS] = SEA_NL_EXACTLY(8),
	[VXLAN_MC_ROUTE] = { .type = SEA_NL_U8, .check = SEA_NL_CHECK_MAX, .max = 1 },
};

static bool has(const struct sea_link_ask *ask, unsigned type)
{
	return ask->data && ask->data[type].value;
}

static bool is_on(const struct sea_link_ask *ask, unsigned type)
{
	return has(ask, type) && (policy[type].type == SEA_NL_FLAG || sea_nl_u8(&ask->data[type]));
}

/* -- judged -- */

/* Of an attribute that may not be there. */
static int complain_of(const struct sea_link_ask *ask, int err, const struct sea_nl_attr *attr,
		       const char *msg)
{
	if (!attr->value)
		return sea_kind_complain(ask->extack, err, msg);
	return ask->extack ? sea_nl_complain_of(ask->extack, err, attr, msg) : err;
}

static int judge_link(const struct sea_link_ask *ask)
{
	const struct sea_nl_attr *mtu = &ask->tb[IFLA_MTU], *mac = &ask->tb[IFLA_ADDRESS];
	int err = sea_kind_judge_mac(ask);

	if (err)
		return complain_of(ask, err, mac,
				   err == -EINVAL ? "Provided link layer address is not Ethernet"
						  : "Provided Ethernet address is not unicast");
	if (mtu->value && (sea_nl_u32(mtu) < SEA_LINK_MTU_MIN || sea_nl_u32(mtu) > MTU_MAX))
		return complain_of(ask, -EINVAL, mtu, "MTU must be between 68 and 65535");
	return 0;
}

/* What would have no effect here. */
static int judge_absent(const struct sea_link_ask *ask)
{
	static const struct {
		uint16_t type;
		const char *msg;
	} absent[] = {
		{ IFLA_VXLAN_PROXY, "ARP proxies of VXLANs are not supported" },
		{ IFLA_VXLAN_RSC, "Route short-circuiting is not supported" },
		{ IFLA_VXLAN_L2MISS, "News of misses are not supported" },
		{ IFLA_VXLAN_L3MISS, "News of misses are not supported" },
		{ IFLA_VXLAN_COLLECT_METADATA, "External VXLANs are not supported" },
		{ IFLA_VXLAN_VNIFILTER, "Filters of VNIs are not supported" },
		{ IFLA_VXLAN_REMCSUM_TX, "Remote checksums are not supported" },
		{ IFLA_VXLAN_REMCSUM_RX, "Remote checksums are not supported" },
		{ IFLA_VXLAN_REMCSUM_NOPARTIAL, "Remote checksums are not supported" },
		{ IFLA_VXLAN_GBP, "Group policy is not supported" },
		{ IFLA_VXLAN_GPE, "Generic protocols are not supported" },
		{ VXLAN_MC_ROUTE, "Routed groups are not supported" },
	};

	for (unsigned i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		if (is_on(ask, absent[i].type))
			return complain_of(ask, -EOPNOTSUPP, &ask->data[absent[i].type],
					   absent[i].msg);
	if (has(ask, VXLAN_LABEL_POLICY) && sea_nl_u32(&ask->data[VXLAN_LABEL_POLICY]))
		return complain_of(ask, -EOPNOTSUPP, &ask->data[VXLAN_LABEL_POLICY],
				   "Inherited flow labels are not supported");
	if (has(ask, VXLAN_RESERVED_BITS) &&
	    memcmp(ask->data[VXLAN_RESERVED_BITS].value, reserved, sizeof(reserved)) != 0)
		return complain_of(ask, -EOPNOTSUPP, &ask->data[VXLAN_RESERVED_BITS],
				   "Other reserved bits are not supported");
	return 0;
}

static void read_range(const struct sea_link_ask *ask, struct sea_vxlan_parms *p)
{
	const uint8_t *at = ask->data[IFLA_VXLAN_PORT_RANGE].value;

	p->port_min = sea_get16(at);
	p->port_max = sea_get16(at + 2);
}

static int judge(const struct sea_link_ask *ask)
{
	struct sea_vxlan_parms p;
	int err = judge_link(ask);

	if (err)
		return err;
	if (!ask->data)
		return sea_kind_complain(
			ask->extack, -EINVAL,
			"Required attributes not provided to perform the operation");
	if (has(ask, IFLA_VXLAN_ID) && sea_nl_u32(&ask->data[IFLA_VXLAN_ID]) > SEA_VXLAN_VNI_MAX)
		return complain_of(ask, -ERANGE, &ask->data[IFLA_VXLAN_ID],
				   "VXLAN ID must be lower than 16777216");
	if (has(ask, IFLA_VXLAN_PORT_RANGE)) {
		read_range(ask, &p);
		if (p.port_max < p.port_min)
			return complain_of(ask, -EINVAL, &ask->data[IFLA_VXLAN_PORT_RANGE],
					   "Invalid source port range");
	}
	if (has(ask, IFLA_VXLAN_DF) && sea_nl_u8(&ask->data[IFLA_VXLAN_DF]) > SEA_VXLAN_DF_INHERIT)
		return complain_of(ask, -EINVAL, &ask->data[IFLA_VXLAN_DF], "Invalid DF attribute");
	return judge_absent(ask);
}

/* -- read -- */

static bool is_group(uint8_t family, const struct sea_ipaddr *a)
{
	return family == SEA_AF_INET ? sea_ipv4_is_multicast(sea_ipaddr_to4(a))
				     : sea_in6_is_multicast(a->b);
}

static void read_addr(const struct sea_nl_attr *a, uint16_t len, struct sea_ipaddr *addr)
{
	memset(addr, 0, sizeof(*addr));
	memcpy(addr->b, a->value, len);
}

/* The other end's and this end's address are of one family, which a link keeps. */
static int read_ends(const struct sea_link_ask *ask, bool changes, struct sea_vxlan_parms *p)
{
	bool v4 = has(ask, IFLA_VXLAN_GROUP) || has(ask, IFLA_VXLAN_LOCAL);
	bool v6 = has(ask, IFLA_VXLAN_GROUP6) || has(ask, IFLA_VXLAN_LOCAL6);

	if (v4 && v6)
		return sea_kind_complain(ask->extack, -EINVAL,
					 "Local and remote address must be from the same family");
	if (changes && (p->family == SEA_AF_INET ? v6 : v4))
		return sea_kind_complain(
			ask->extack, -EOPNOTSUPP,
			has(ask, IFLA_VXLAN_GROUP) || has(ask, IFLA_VXLAN_GROUP6)
				? "New group address family does not match old group"
				: "New local address family does not match old");
	if (v6)
		p->family = SEA_AF_INET6;
	if (has(ask, IFLA_VXLAN_GROUP))
		read_addr(&ask->data[IFLA_VXLAN_GROUP], 4, &p->remote);
	if (has(ask, IFLA_VXLAN_GROUP6))
		read_addr(&ask->data[IFLA_VXLAN_GROUP6], 16, &p->remote);
	if (has(ask, IFLA_VXLAN_LOCAL))
		read_addr(&ask->data[IFLA_VXLAN_LOCAL], 4, &p->local);
	if (has(ask, IFLA_VXLAN_LOCAL6))
		read_addr(&ask->data[IFLA_VXLAN_LOCAL6], 16, &p->local);
	return 0;
}

/*
 * What a link keeps as long as it is there, and how it is called in a refusal. Linux points at the attribute of that number among the
 * link's own, where it has one (a UDP checksum's is IFLA_LINKINFO's); of flags at none.
 */
static int judge_change(const struct sea_link_ask *ask, const struct sea_vxlan_parms *p)
{
	static const struct {
		uint16_t type;
		const char *msg;
	} kept[] = {
		{ IFLA_VXLAN_TTL_INHERIT, "vxlan: cannot change TTL_INHERIT flag" },
		{ IFLA_VXLAN_LIMIT, "Cannot change limit" },
		{ IFLA_VXLAN_PORT_RANGE, "Cannot change port range" },
		{ IFLA_VXLAN_PORT, "Cannot change port" },
		{ IFLA_VXLAN_UDP_CSUM, "Cannot change UDP_CSUM flag" },
		{ IFLA_VXLAN_UDP_ZERO_CSUM6_TX, "vxlan: cannot change UDP_ZERO_CSUM6_TX flag" },
		{ IFLA_VXLAN_UDP_ZERO_CSUM6_RX, "vxlan: cannot change UDP_ZERO_CSUM6_RX flag" },
	};

	if (has(ask, IFLA_VXLAN_ID) && sea_nl_u32(&ask->data[IFLA_VXLAN_ID]) != p->vni)
		return complain_of(ask, -EOPNOTSUPP, &ask->tb[IFLA_VXLAN_ID], "Cannot change VNI");
	for (unsigned i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (has(ask, kept[i].type))
			return complain_of(ask, -EOPNOTSUPP, &ask->tb[kept[i].type], kept[i].msg);
	return 0;
}

static void read_u8(const struct sea_link_ask *ask, unsigned type, uint8_t *to)
{
	if (has(ask, type))
		*to = sea_nl_u8(&ask->data[type]);
}

static void read_bool(const struct sea_link_ask *ask, unsigned type, bool *to)
{
	if (has(ask, type))
		*to = is_on(ask, type);
}

static void read_u32(const struct sea_link_ask *ask, unsigned type, uint32_t *to)
{
	if (has(ask, type))
		*to = sea_nl_u32(&ask->data[type]);
}

static void read_rest(const struct sea_link_ask *ask, struct sea_vxlan_parms *p)
{
	uint32_t link = (uint32_t)p->link;

	read_u32(ask, IFLA_VXLAN_LINK, &link);
	p->link = (int32_t)link;
	read_u8(ask, IFLA_VXLAN_TTL, &p->ttl);
	read_u8(ask, IFLA_VXLAN_TOS, &p->tos);
	read_u8(ask, IFLA_VXLAN_DF, &p->df);
	read_bool(ask, IFLA_VXLAN_TTL_INHERIT, &p->ttl_inherit);
	read_bool(ask, IFLA_VXLAN_LEARNING, &p->learning);
	read_bool(ask, VXLAN_LOCALBYPASS, &p->localbypass);
	read_bool(ask, IFLA_VXLAN_UDP_CSUM, &p->sum_tx);
	read_bool(ask, IFLA_VXLAN_UDP_ZERO_CSUM6_TX, &p->no_sum6_tx);
	read_bool(ask, IFLA_VXLAN_UDP_ZERO_CSUM6_RX, &p->no_sum6_rx);
	if (has(ask, IFLA_VXLAN_LABEL)) /* in the wire's order */
		p->label = sea_get32(ask->data[IFLA_VXLAN_LABEL].value) & LABEL_MASK;
	read_u32(ask, IFLA_VXLAN_AGEING, &p->age_s);
	read_u32(ask, IFLA_VXLAN_LIMIT, &p->limit);
	if (has(ask, IFLA_VXLAN_PORT))
		p->port = sea_get16(ask->data[IFLA_VXLAN_PORT].value);
	if (has(ask, IFLA_VXLAN_PORT_RANGE))
		read_range(ask, p);
	p->age_s = p->age_s ? p->age_s : SEA_VXLAN_AGE_DEFAULT;
	p->port = p->port ? p->port : SEA_VXLAN_PORT_DEFAULT;
}

/* -- do they fit together? -- */

/* RFC 4007 4: what is link-local reaches, and is reached by, what is link-local. */
static bool scopes_fit(const struct sea_vxlan_parms *p)
{
	bool far = sea_in6_is_link_local(p->remote.b);

	if (p->family != SEA_AF_INET6)
		return true;
	if (sea_in6_is_link_local(p->local.b))
		return far || is_group(p->family, &p->remote) || sea_vxlan_is_any(&p->remote);
	return !far;
}

static int judge_ends(struct sea_stack *stack, const struct sea_link_ask *ask,
		      const struct sea_vxlan_parms *p)
{
	bool near = p->family == SEA_AF_INET6 && sea_in6_is_link_local(p->local.b);

	if (!sea_ip_ops_of(stack, p->family))
		return -EAFNOSUPPORT;
	if (is_group(p->family, &p->local))
		return sea_kind_complain(ask->extack, -EINVAL, "Local address cannot be multicast");
	if (!scopes_fit(p))
		return sea_kind_complain(ask->extack, -EINVAL,
					 "Invalid combination of local and remote address scopes");
	if (p->label && p->family != SEA_AF_INET6)
		return sea_kind_complain(ask->extack, -EINVAL,
					 "Label attribute only applies to IPv6 VXLAN devices");
	if (p->link && !sea_link_by_index(stack, p->link))
		return sea_kind_complain(ask->extack, -ENODEV,
					 "Invalid local interface, device not found");
	if (!p->link && is_group(p->family, &p->remote))
		return sea_kind_complain(
			ask->extack, -EINVAL,
			"Local interface required for multicast remote destination");
	if (!p->link && near)
		return sea_kind_complain(
			ask->extack, -EINVAL,
			"Local interface required for link-local local/remote addresses");
	if (is_group(p->family, &p->remote))
		return sea_kind_complain(ask->extack, -EOPNOTSUPP,
					 "VXLANs through groups are not supported");
	return 0;
}

static int read_parms(struct sea_stack *stack, const struct sea_link_ask *ask,
		      struct sea_vxlan_parms *p)
{
	int err;

	*p = (struct sea_vxlan_parms){
		.family = SEA_AF_INET, .learning = true, .localbypass = true, .sum_tx = true
	};
	read_u32(ask, IFLA_VXLAN_ID, &p->vni);
	err = read_ends(ask, false, p);
	if (err)
		return err;
	read_rest(ask, p);
	err = judge_ends(stack, ask, p);
	if (!err && sea_vxlan_exists(stack, p, NULL))
		err = sea_kind_complain(ask->extack, -EEXIST,
					"A VXLAN device with the specified VNI already exists");
	return err;
}

/* -- made and changed -- */

static int prepare(struct sea_stack *stack, const struct sea_link_ask *ask,
		   struct sea_link_config *config, struct sea_link **lower)
{
	const struct sea_link *out;
	struct sea_vxlan_parms p;
	uint32_t taken, most;
	int err = read_parms(stack, ask, &p);

	*lower = NULL;
	if (err || !p.link)
		return err;
	out = sea_link_by_index(stack, p.link);
	taken = sea_vxlan_hdr_len(&p);
	most = out->mtu > taken ? sea_max_u32(out->mtu - taken, SEA_LINK_MTU_MIN)
				: SEA_LINK_MTU_MIN;
	config->mtu = config->mtu ? sea_min_u32(config->mtu, most) : most;
	return 0;
}

static struct sea_vxlan_to far_end(const struct sea_vxlan_parms *p)
{
	return (struct sea_vxlan_to){ p->remote, p->port, p->vni, p->link };
}

static int setup(struct sea_link *link, const struct sea_link_ask *ask)
{
	struct sea_vxlan *v = sea_vxlan_of(link);
	struct sea_vxlan_parms p;
	struct sea_vxlan_to to;
	int err = read_parms(link->stack, ask, &p);

	if (!err)
		err = sea_vxlan_begin(link, &p);
	if (err)
		return err;
	to = far_end(&p);
	return sea_vxlan_fdb_set_default(v, &to);
}

static void announced(struct sea_link *link)
{
	sea_vxlan_fdb_tell_all(sea_vxlan_of(link));
}

static int change(struct sea_link *link, const struct sea_link_ask *ask)
{
	struct sea_vxlan *v = sea_vxlan_of(link);
	struct sea_vxlan_parms p = v->p;
	struct sea_vxlan_to to;
	int err = judge_change(ask, &p);

	if (!err)
		err = read_ends(ask, true, &p);
	if (err)
		return err;
	read_rest(ask, &p);
	err = judge_ends(link->stack, ask, &p);
	if (!err && sea_vxlan_exists(link->stack, &p, v))
		err = sea_kind_complain(ask->extack, -EEXIST,
					"A VXLAN device with the specified VNI already exists");
	to = far_end(&p);
	if (!err)
		err = sea_vxlan_fdb_set_default(v, &to);
	if (err)
		return err;
	v->p = p;
	sea_vxlan_fdb_set_ageing(v, p.age_s);
	return 0;
}

/* -- shown -- */

static void put_be16(struct sea_nl_out *out, uint16_t type, uint16_t v)
{
	const sea_be16 wire = sea_be16_of(v);

	sea_nl_put(out, type, &wire, sizeof(wire));
}

static void show_ends(const struct sea_vxlan_parms *p, struct sea_nl_out *out)
{
	bool v4 = p->family == SEA_AF_INET;

	if (!sea_vxlan_is_any(&p->remote))
		sea_nl_put(out, v4 ? IFLA_VXLAN_GROUP : IFLA_VXLAN_GROUP6, p->remote.b,
			   v4 ? 4 : 16);
	if (p->link)
		sea_nl_put_u32(out, IFLA_VXLAN_LINK, (uint32_t)p->link);
	if (!sea_vxlan_is_any(&p->local))
		sea_nl_put(out, v4 ? IFLA_VXLAN_LOCAL : IFLA_VXLAN_LOCAL6, p->local.b, v4 ? 4 : 16);
}

static void show_header(const struct sea_vxlan_parms *p, struct sea_nl_out *out)
{
	const sea_be32 label = sea_be32_of(p->label);

	sea_nl_put_u8(out, IFLA_VXLAN_TTL, p->ttl);
	sea_nl_put_u8(out, IFLA_VXLAN_TTL_INHERIT, p->ttl_inherit);
	sea_nl_put_u8(out, IFLA_VXLAN_TOS, p->tos);
	sea_nl_put_u8(out, IFLA_VXLAN_DF, p->df);
	sea_nl_put(out, IFLA_VXLAN_LABEL, &label, sizeof(label));
	sea_nl_put_u32(out, VXLAN_LABEL_POLICY, 0);
}

static void show(const struct sea_link *link, struct sea_nl_out *out)
{
	const struct sea_vxlan_parms *p = &sea_vxlan_of(link)->p;
	const sea_be16 range[2] = { sea_be16_of(p->port_min), sea_be16_of(p->port_max) };

	sea_nl_put_u32(out, IFLA_VXLAN_ID, p->vni);
	show_ends(p, out);
	show_header(p, out);
	sea_nl_put_u8(out, IFLA_VXLAN_LEARNING, p->learning);
	sea_nl_put_u8(out, IFLA_VXLAN_PROXY, 0);
	sea_nl_put_u8(out, IFLA_VXLAN_RSC, 0);
	sea_nl_put_u8(out, IFLA_VXLAN_L2MISS, 0);
	sea_nl_put_u8(out, IFLA_VXLAN_L3MISS, 0);
	sea_nl_put_u8(out, IFLA_VXLAN_COLLECT_METADATA, 0);
	sea_nl_put_u32(out, IFLA_VXLAN_AGEING, p->age_s);
	sea_nl_put_u32(out, IFLA_VXLAN_LIMIT, p->limit);
	put_be16(out, IFLA_VXLAN_PORT, p->port);
	sea_nl_put_u8(out, IFLA_VXLAN_UDP_CSUM, p->sum_tx);
	sea_nl_put_u8(out, IFLA_VXLAN_UDP_ZERO_CSUM6_TX, p->no_sum6_tx);
	sea_nl_put_u8(out, IFLA_VXLAN_UDP_ZERO_CSUM6_RX, p->no_sum6_rx);
	sea_nl_put_u8(out, IFLA_VXLAN_REMCSUM_TX, 0);
	sea_nl_put_u8(out, IFLA_VXLAN_REMCSUM_RX, 0);
	sea_nl_put_u8(out, VXLAN_LOCALBYPASS, p->localbypass);
	sea_nl_put(out, IFLA_VXLAN_PORT_RANGE, range, sizeof(range));
	sea_nl_put(out, VXLAN_RESERVED_BITS, reserved, sizeof(reserved));
}

/* Super-segments are as long as those of the link below, where there is one, else as any packet. */
static void room(const struct sea_link *link, struct sea_link_room *room)
{
	const struct sea_vxlan_parms *p = &sea_vxlan_of(link)->p;

	if (!p->link)
		room->tso_max_size = GSO_MAX_SIZE;
	room->headroom = (uint16_t)(sea_vxlan_hdr_len(p) + sizeof(struct sea_ether_hdr));
}

const struct sea_link_kind sea_kind_vxlan = {
	.name = "vxlan",
	.framing = &sea_framing_soft,
	.state_size = sizeof(struct sea_vxlan),
	.flags = SEA_IFF_MULTICAST,
	.mtu_min = SEA_LINK_MTU_MIN,
	.mtu_max = MTU_MAX,
	.room = room,
	.mute = true,
	.xmit = sea_vxlan_xmit,
	.judge_up = sea_vxlan_judge_up,
	.judge_mtu = sea_vxlan_judge_mtu,
	.end = sea_vxlan_end,
	.save = sea_vxlan_save,
	.load = sea_vxlan_load,
	.policy = policy,
	.data_max = DATA_MAX,
	.judge = judge,
	.prepare = prepare,
	.setup = setup,
	.announced = announced,
	.change = change,
	.show = show,
	.fdb = &sea_vxlan_fdb_ops,
};
