/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ip6tnl, ip6gre and ip6gretap in messages. no-oracle: errors and attributes are Linux's as ip-link(8), <linux/if_tunnel.h>
 * and <linux/ip6_tunnel.h> have them. Encapsulation in UDP and tunnels that are told with each packet (external)
 * are refused; what is of ERSPAN has no effect, as on Linux (`ip link` says its version with each ip6gre).
 */
#include <errno.h>
#include <string.h>

#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>

#include "core/link_set.h"
#include "core/stack.h"
#include "ip/ifid.h"
#include "link/device/tunnel.h"
#include "netlink/build.h"

#define IP6TNL_MTU_MAX UINT16_MAX

static const struct sea_nl_policy ip6tnl_policy[IFLA_IPTUN_MAX + 1] = {
	[IFLA_IPTUN_LINK] = { .type = SEA_NL_U32 },
	[IFLA_IPTUN_LOCAL] = { .type = SEA_NL_ANY, .len = 16 },
	[IFLA_IPTUN_REMOTE] = { .type = SEA_NL_ANY, .len = 16 },
	[IFLA_IPTUN_TTL] = { .type = SEA_NL_U8 },
	[IFLA_IPTUN_ENCAP_LIMIT] = { .type = SEA_NL_U8 },
	[IFLA_IPTUN_FLOWINFO] = { .type = SEA_NL_U32 },
	[IFLA_IPTUN_FLAGS] = { .type = SEA_NL_U32 },
	[IFLA_IPTUN_PROTO] = { .type = SEA_NL_U8 },
	[IFLA_IPTUN_ENCAP_TYPE] = { .type = SEA_NL_U16 },
	[IFLA_IPTUN_ENCAP_FLAGS] = { .type = SEA_NL_U16 },
	[IFLA_IPTUN_ENCAP_SPORT] = { .type = SEA_NL_U16 },
	[IFLA_IPTUN_ENCAP_DPORT] = { .type = SEA_NL_U16 },
	[IFLA_IPTUN_COLLECT_METADATA] = { .type = SEA_NL_FLAG },
	[IFLA_IPTUN_FWMARK] = { .type = SEA_NL_U32 },
};

static const struct sea_nl_policy ip6gre_policy[IFLA_GRE_MAX + 1] = {
	[IFLA_GRE_LINK] = { .type = SEA_NL_U32 },
	[IFLA_GRE_IFLAGS] = { .type = SEA_NL_U16 },
	[IFLA_GRE_OFLAGS] = { .type = SEA_NL_U16 },
	[IFLA_GRE_IKEY] = { .type = SEA_NL_U32 },
	[IFLA_GRE_OKEY] = { .type = SEA_NL_U32 },
	[IFLA_GRE_LOCAL] = { .type = SEA_NL_ANY, .len = 16 },
	[IFLA_GRE_REMOTE] = { .type = SEA_NL_ANY, .len = 16 },
	[IFLA_GRE_TTL] = { .type = SEA_NL_U8 },
	[IFLA_GRE_ENCAP_LIMIT] = { .type = SEA_NL_U8 },
	[IFLA_GRE_FLOWINFO] = { .type = SEA_NL_U32 },
	[IFLA_GRE_FLAGS] = { .type = SEA_NL_U32 },
	[IFLA_GRE_ENCAP_TYPE] = { .type = SEA_NL_U16 },
	[IFLA_GRE_ENCAP_FLAGS] = { .type = SEA_NL_U16 },
	[IFLA_GRE_ENCAP_SPORT] = { .type = SEA_NL_U16 },
	[IFLA_GRE_ENCAP_DPORT] = { .type = SEA_NL_U16 },
	[IFLA_GRE_COLLECT_METADATA] = { .type = SEA_NL_FLAG },
	[IFLA_GRE_FWMARK] = { .type = SEA_NL_U32 },
	[IFLA_GRE_ERSPAN_INDEX] = { .type = SEA_NL_U32 },
	[IFLA_GRE_ERSPAN_VER] = { .type = SEA_NL_U8 },
	[IFLA_GRE_ERSPAN_DIR] = { .type = SEA_NL_U8 },
	[IFLA_GRE_ERSPAN_HWID] = { .type = SEA_NL_U16 },
};

/* What both call by different numbers. */
struct names {
	unsigned local, remote, ttl, limit, flowinfo, flags;
};

static const struct names iptun = { IFLA_IPTUN_LOCAL,       IFLA_IPTUN_REMOTE,   IFLA_IPTUN_TTL,
				    IFLA_IPTUN_ENCAP_LIMIT, IFLA_IPTUN_FLOWINFO, IFLA_IPTUN_FLAGS };
static const struct names gre = { IFLA_GRE_LOCAL,       IFLA_GRE_REMOTE,   IFLA_GRE_TTL,
				  IFLA_GRE_ENCAP_LIMIT, IFLA_GRE_FLOWINFO, IFLA_GRE_FLAGS };

/* -- read -- */

static bool has(const struct sea_link_ask *ask, unsigned type)
{
	return ask->data[type].value;
}

static uint8_t byte_of(const struct sea_link_ask *ask, unsigned type)
{
	return has(ask, type) ? sea_nl_u8(&ask->data[type]) : 0;
}

static uint32_t number_of(const struct sea_link_ask *ask, unsigned type)
{
	return has(ask, type) ? sea_nl_u32(&ask->data[type]) : 0;
}

static void read_addr(const struct sea_link_ask *ask, unsigned type, struct sea_ipaddr *addr)
{
	if (has(ask, type))
		memcpy(addr->b, ask->data[type].value, sizeof(addr->b));
}

/* Class and label have the wire's order; what the ends let it do is nobody's choice. */
static void read_outer(const struct sea_link_ask *ask, const struct names *n,
		       struct sea_tunnel_parms *p)
{
	read_addr(ask, n->local, &p->local);
	read_addr(ask, n->remote, &p->remote);
	p->ttl = byte_of(ask, n->ttl);
	p->encap_limit = byte_of(ask, n->limit);
	p->flowinfo = has(ask, n->flowinfo) ? sea_get32(ask->data[n->flowinfo].value) : 0;
	p->flags = number_of(ask, n->flags) & ~SEA_TUNNEL6_CAN;
}

/* Without a protocol it carries both. */
static struct sea_tunnel_parms read_ip6tnl(const struct sea_link_ask *ask)
{
	struct sea_tunnel_parms p = { 0 };

	if (!ask->data)
		return p;
	read_outer(ask, &iptun, &p);
	p.link = (int32_t)number_of(ask, IFLA_IPTUN_LINK);
	p.proto = byte_of(ask, IFLA_IPTUN_PROTO);
	p.fwmark = number_of(ask, IFLA_IPTUN_FWMARK);
	return p;
}

static struct sea_tunnel_parms read_ip6gre(const struct sea_link_ask *ask)
{
	struct sea_tunnel_parms p = { .proto = SEA_IPPROTO_GRE };

	if (!ask->data)
		return p;
	sea_gre_read(ask, &p);
	read_outer(ask, &gre, &p);
	return p;
}

static struct sea_tunnel_parms read_parms(const struct sea_link_ask *ask,
					  const struct sea_tunnel_kind *kind)
{
	return kind->id == SEA_TUNNEL_IP6TNL ? read_ip6tnl(ask) : read_ip6gre(ask);
}

/* -- judged -- */

static int judge_ip6tnl(const struct sea_link_ask *ask)
{
	uint8_t proto;

	if (!ask->data)
		return 0;
	proto = byte_of(ask, IFLA_IPTUN_PROTO);
	if (proto && proto != SEA_IPPROTO_IPIP && proto != SEA_IPPROTO_IPV6)
		return -EINVAL;
	if (has(ask, IFLA_IPTUN_COLLECT_METADATA))
		return -EOPNOTSUPP;
	if (has(ask, IFLA_IPTUN_ENCAP_TYPE) && sea_nl_u16(&ask->data[IFLA_IPTUN_ENCAP_TYPE]))
		return -EOPNOTSUPP;
	return 0;
}

static int judge_tap(const struct sea_link_ask *ask)
{
	struct sea_ipaddr remote = { { 1 } };
	int err = sea_kind_judge_mac(ask);

	if (err)
		return err;
	if (ask->data)
		read_addr(ask, IFLA_GRE_REMOTE, &remote);
	return sea_tunnel_is_any(&remote) ? -EINVAL : sea_gre_judge(ask);
}

/* -- made and changed -- */

static int prepare(struct sea_stack *stack, const struct sea_link_ask *ask,
		   const struct sea_tunnel_kind *kind, struct sea_link_config *config,
		   struct sea_link **lower)
{
	const struct sea_tunnel_parms p = read_parms(ask, kind);

	return sea_tunnel_prepare(stack, ask, kind, &p, config, lower);
}

static int prepare_ip6tnl(struct sea_stack *stack, const struct sea_link_ask *ask,
			  struct sea_link_config *config, struct sea_link **lower)
{
	return prepare(stack, ask, &sea_kind_ip6tnl, config, lower);
}

static int prepare_ip6gre(struct sea_stack *stack, const struct sea_link_ask *ask,
			  struct sea_link_config *config, struct sea_link **lower)
{
	return prepare(stack, ask, &sea_kind_ip6gre, config, lower);
}

static int prepare_tap(struct sea_stack *stack, const struct sea_link_ask *ask,
		       struct sea_link_config *config, struct sea_link **lower)
{
	return prepare(stack, ask, &sea_kind_ip6gretap, config, lower);
}

static int setup(struct sea_link *link, const struct sea_link_ask *ask)
{
	const struct sea_tunnel_parms p = read_parms(ask, sea_tunnel_kind_of(link));

	return sea_tunnel_setup(link, &p);
}

static int change(struct sea_link *link, const struct sea_link_ask *ask)
{
	const struct sea_tunnel_parms p = read_parms(ask, sea_tunnel_kind_of(link));

	return sea_tunnel_change(link, ask, &p);
}

/* -- shown -- */

static void put_outer(struct sea_nl_out *out, const struct names *n,
		      const struct sea_tunnel_parms *p)
{
	const sea_be32 flowinfo = sea_be32_of(p->flowinfo);

	sea_nl_put(out, (uint16_t)n->local, p->local.b, sizeof(p->local.b));
	sea_nl_put(out, (uint16_t)n->remote, p->remote.b, sizeof(p->remote.b));
	sea_nl_put_u8(out, (uint16_t)n->ttl, p->ttl);
	sea_nl_put_u8(out, (uint16_t)n->limit, p->encap_limit);
	sea_nl_put(out, (uint16_t)n->flowinfo, &flowinfo, sizeof(flowinfo));
	sea_nl_put_u32(out, (uint16_t)n->flags,
		       p->flags | sea_tunnel6_can(p, &p->local, &p->remote));
}

static void show_ip6tnl(const struct sea_link *link, struct sea_nl_out *out)
{
	const struct sea_tunnel_parms *p = &sea_tunnel_of(link)->p;

	sea_nl_put_u32(out, IFLA_IPTUN_LINK, (uint32_t)p->link);
	put_outer(out, &iptun, p);
	sea_nl_put_u8(out, IFLA_IPTUN_PROTO, p->proto);
	sea_nl_put_u32(out, IFLA_IPTUN_FWMARK, p->fwmark);
	sea_tunnel_put_encap(out, IFLA_IPTUN_ENCAP_TYPE);
}

static void show_ip6gre(const struct sea_link *link, struct sea_nl_out *out)
{
	const struct sea_tunnel_parms *p = &sea_tunnel_of(link)->p;

	sea_gre_put(out, p);
	put_outer(out, &gre, p);
	sea_nl_put_u32(out, IFLA_GRE_FWMARK, p->fwmark);
	sea_tunnel_put_encap(out, IFLA_GRE_ENCAP_TYPE);
}

/* Of a MAC address that it has for nothing else. */
static bool own6(const struct sea_link *link, uint8_t id[8])
{
	sea_ifid_eui64(&link->mac, id);
	return true;
}

#define TUNNEL6_LINK                                                                          \
	.state_size = sizeof(struct sea_tunnel), .mute = true, .xmit = sea_tunnel_xmit,       \
	.judge_mtu = sea_tunnel_judge_mtu, .end = sea_tunnel_unlist, .save = sea_tunnel_save, \
	.load = sea_tunnel_load, .setup = setup, .change = change, .iflink = sea_tunnel_iflink

#define OF_PACKETS                                                                              \
	.framing = &sea_framing_tunnel, .flags = SEA_IFF_NOARP, .type_flags = sea_tunnel_flags, \
	.put_addrs = sea_tunnel_put_addrs, .own6 = own6

#define OF_GRE .policy = ip6gre_policy, .data_max = IFLA_GRE_MAX, .show = show_ip6gre

const struct sea_tunnel_kind sea_kind_ip6tnl = {
	.link = { .name = "ip6tnl",
		  .arphrd = ARPHRD_TUNNEL6,
		  .mtu_min = SEA_LINK_MTU_MIN,
		  .mtu_max = IP6TNL_MTU_MAX,
		  .policy = ip6tnl_policy,
		  .data_max = IFLA_IPTUN_MAX,
		  .judge = judge_ip6tnl,
		  .prepare = prepare_ip6tnl,
		  .show = show_ip6tnl,
		  OF_PACKETS,
		  TUNNEL6_LINK },
	.id = SEA_TUNNEL_IP6TNL,
	.family = SEA_AF_INET6,
	.proto = SEA_IPPROTO_IPV6,
};

const struct sea_tunnel_kind sea_kind_ip6gre = {
	.link = { .name = "ip6gre",
		  .arphrd = ARPHRD_IP6GRE,
		  .judge = sea_gre_judge,
		  .prepare = prepare_ip6gre,
		  OF_GRE,
		  OF_PACKETS,
		  TUNNEL6_LINK },
	.id = SEA_TUNNEL_IP6GRE,
	.family = SEA_AF_INET6,
	.proto = SEA_IPPROTO_GRE,
};

const struct sea_tunnel_kind sea_kind_ip6gretap = {
	.link = { .name = "ip6gretap",
		  .framing = &sea_framing_soft,
		  .flags = SEA_IFF_MULTICAST,
		  .mtu_min = SEA_LINK_MTU_MIN,
		  .judge = judge_tap,
		  .prepare = prepare_tap,
		  OF_GRE,
		  TUNNEL6_LINK },
	.id = SEA_TUNNEL_IP6GRETAP,
	.family = SEA_AF_INET6,
	.proto = SEA_IPPROTO_GRE,
	.ether = true,
};
