/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ipip and sit in messages. no-oracle: errors and attributes are Linux's as ip-link(8) and <linux/if_tunnel.h> have them.
 * 6rd, ISATAP, encapsulation in UDP and tunnels that are told with each packet (external) are refused.
 */
#include <errno.h>
#include <string.h>

#include <linux/if_arp.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>

#include "core/link_set.h"
#include "core/stack.h"
#include "link/device/tunnel.h"
#include "netlink/build.h"

#define SIT_MTU_MIN 1280u
#define SIT_MTU_MAX 65555u /* IPv6's largest, jumbograms apart, behind an IPv4 header */

static const struct sea_nl_policy policy[IFLA_IPTUN_MAX + 1] = {
	[IFLA_IPTUN_LINK] = { .type = SEA_NL_U32 },
	[IFLA_IPTUN_LOCAL] = { .type = SEA_NL_U32 },
	[IFLA_IPTUN_REMOTE] = { .type = SEA_NL_U32 },
	[IFLA_IPTUN_TTL] = { .type = SEA_NL_U8 },
	[IFLA_IPTUN_TOS] = { .type = SEA_NL_U8 },
	[IFLA_IPTUN_FLAGS] = { .type = SEA_NL_U16 },
	[IFLA_IPTUN_PROTO] = { .type = SEA_NL_U8 },
	[IFLA_IPTUN_PMTUDISC] = { .type = SEA_NL_U8 },
	[IFLA_IPTUN_6RD_PREFIX] = { .type = SEA_NL_ANY, .len = 16 },
	[IFLA_IPTUN_6RD_RELAY_PREFIX] = { .type = SEA_NL_U32 },
	[IFLA_IPTUN_6RD_PREFIXLEN] = { .type = SEA_NL_U16 },
	[IFLA_IPTUN_6RD_RELAY_PREFIXLEN] = { .type = SEA_NL_U16 },
	[IFLA_IPTUN_ENCAP_TYPE] = { .type = SEA_NL_U16 },
	[IFLA_IPTUN_ENCAP_FLAGS] = { .type = SEA_NL_U16 },
	[IFLA_IPTUN_ENCAP_SPORT] = { .type = SEA_NL_U16 },
	[IFLA_IPTUN_ENCAP_DPORT] = { .type = SEA_NL_U16 },
	[IFLA_IPTUN_COLLECT_METADATA] = { .type = SEA_NL_FLAG },
	[IFLA_IPTUN_FWMARK] = { .type = SEA_NL_U32 },
};

/* -- read -- */

static bool has(const struct sea_link_ask *ask, unsigned type)
{
	return ask->data[type].value;
}

static void read_addr(const struct sea_link_ask *ask, unsigned type, struct sea_ipaddr *addr)
{
	if (has(ask, type))
		memcpy(addr->b, ask->data[type].value, sizeof(sea_be32));
}

/* Whoever says nothing at all gets a tunnel whose packets may be cut (as on Linux). */
static struct sea_tunnel_parms read_parms(const struct sea_link_ask *ask, uint8_t proto)
{
	struct sea_tunnel_parms p = { .proto = proto };

	if (!ask->data)
		return p;
	read_addr(ask, IFLA_IPTUN_LOCAL, &p.local);
	read_addr(ask, IFLA_IPTUN_REMOTE, &p.remote);
	if (has(ask, IFLA_IPTUN_LINK))
		p.link = (int32_t)sea_nl_u32(&ask->data[IFLA_IPTUN_LINK]);
	if (has(ask, IFLA_IPTUN_TTL))
		p.ttl = sea_nl_u8(&ask->data[IFLA_IPTUN_TTL]);
	if (has(ask, IFLA_IPTUN_TOS))
		p.tos = sea_nl_u8(&ask->data[IFLA_IPTUN_TOS]);
	if (has(ask, IFLA_IPTUN_PROTO))
		p.proto = sea_nl_u8(&ask->data[IFLA_IPTUN_PROTO]);
	if (has(ask, IFLA_IPTUN_FWMARK))
		p.fwmark = sea_nl_u32(&ask->data[IFLA_IPTUN_FWMARK]);
	p.df = p.ttl || !has(ask, IFLA_IPTUN_PMTUDISC) ||
	       sea_nl_u8(&ask->data[IFLA_IPTUN_PMTUDISC]);
	return p;
}

/* What would have no effect here. */
static int judge_absent(const struct sea_link_ask *ask)
{
	if (has(ask, IFLA_IPTUN_COLLECT_METADATA) || has(ask, IFLA_IPTUN_6RD_PREFIX) ||
	    has(ask, IFLA_IPTUN_6RD_RELAY_PREFIX) || has(ask, IFLA_IPTUN_6RD_PREFIXLEN) ||
	    has(ask, IFLA_IPTUN_6RD_RELAY_PREFIXLEN))
		return -EOPNOTSUPP;
	if (has(ask, IFLA_IPTUN_ENCAP_TYPE) && sea_nl_u16(&ask->data[IFLA_IPTUN_ENCAP_TYPE]))
		return -EOPNOTSUPP;
	if (has(ask, IFLA_IPTUN_FLAGS) && sea_nl_u16(&ask->data[IFLA_IPTUN_FLAGS]))
		return -EOPNOTSUPP;
	return 0;
}

static int judge_proto(const struct sea_link_ask *ask, bool v6)
{
	uint8_t proto;

	if (!has(ask, IFLA_IPTUN_PROTO))
		return 0;
	proto = sea_nl_u8(&ask->data[IFLA_IPTUN_PROTO]);
	return !proto || proto == SEA_IPPROTO_IPIP || (v6 && proto == SEA_IPPROTO_IPV6) ? 0
											: -EINVAL;
}

static int judge_ipip(const struct sea_link_ask *ask)
{
	int err = ask->data ? judge_proto(ask, false) : 0;

	return err || !ask->data ? err : judge_absent(ask);
}

static int judge_sit(const struct sea_link_ask *ask)
{
	int err = ask->data ? judge_proto(ask, true) : 0;

	return err || !ask->data ? err : judge_absent(ask);
}

/* -- made and changed -- */

static struct sea_tunnel_parms parms_of(const struct sea_link_ask *ask,
					const struct sea_tunnel_kind *kind)
{
	return read_parms(ask, kind->proto);
}

static int prepare_ipip(struct sea_stack *stack, const struct sea_link_ask *ask,
			struct sea_link_config *config, struct sea_link **lower)
{
	const struct sea_tunnel_parms p = parms_of(ask, &sea_kind_ipip);

	return sea_tunnel_prepare(stack, ask, &sea_kind_ipip, &p, config, lower);
}

static int prepare_sit(struct sea_stack *stack, const struct sea_link_ask *ask,
		       struct sea_link_config *config, struct sea_link **lower)
{
	const struct sea_tunnel_parms p = parms_of(ask, &sea_kind_sit);

	return sea_tunnel_prepare(stack, ask, &sea_kind_sit, &p, config, lower);
}

static int setup(struct sea_link *link, const struct sea_link_ask *ask)
{
	const struct sea_tunnel_parms p = parms_of(ask, sea_tunnel_kind_of(link));

	return sea_tunnel_setup(link, &p);
}

static int change(struct sea_link *link, const struct sea_link_ask *ask)
{
	const struct sea_tunnel_parms p = parms_of(ask, sea_tunnel_kind_of(link));

	return sea_tunnel_change(link, ask, &p);
}

/* -- shown -- */

static void show_ends(const struct sea_tunnel_parms *p, struct sea_nl_out *out)
{
	sea_nl_put_u32(out, IFLA_IPTUN_LINK, (uint32_t)p->link);
	sea_nl_put(out, IFLA_IPTUN_LOCAL, p->local.b, sizeof(sea_be32));
	sea_nl_put(out, IFLA_IPTUN_REMOTE, p->remote.b, sizeof(sea_be32));
	sea_nl_put_u8(out, IFLA_IPTUN_TTL, p->ttl);
	sea_nl_put_u8(out, IFLA_IPTUN_TOS, p->tos);
}

void sea_tunnel_put_encap(struct sea_nl_out *out, uint16_t first)
{
	const uint16_t flags = (uint16_t)(first + 1), sport = (uint16_t)(first + 2),
		       dport = (uint16_t)(first + 3);

	sea_nl_put_u16(out, first, TUNNEL_ENCAP_NONE);
	sea_nl_put_u16(out, sport, 0);
	sea_nl_put_u16(out, dport, 0);
	sea_nl_put_u16(out, flags, 0);
}

static void show_ipip(const struct sea_link *link, struct sea_nl_out *out)
{
	const struct sea_tunnel_parms *p = &sea_tunnel_of(link)->p;

	show_ends(p, out);
	sea_nl_put_u8(out, IFLA_IPTUN_PROTO, p->proto);
	sea_nl_put_u8(out, IFLA_IPTUN_PMTUDISC, p->df);
	sea_nl_put_u32(out, IFLA_IPTUN_FWMARK, p->fwmark);
	sea_tunnel_put_encap(out, IFLA_IPTUN_ENCAP_TYPE);
}

static void show_sit(const struct sea_link *link, struct sea_nl_out *out)
{
	const struct sea_tunnel_parms *p = &sea_tunnel_of(link)->p;

	show_ends(p, out);
	sea_nl_put_u8(out, IFLA_IPTUN_PMTUDISC, p->df);
	sea_nl_put_u8(out, IFLA_IPTUN_PROTO, p->proto);
	sea_nl_put_u16(out, IFLA_IPTUN_FLAGS, 0);
	sea_nl_put_u32(out, IFLA_IPTUN_FWMARK, p->fwmark);
	sea_tunnel_put_encap(out, IFLA_IPTUN_ENCAP_TYPE);
}

/* The address that is the link's end (RFC 4213 §3.7). */
static bool own6_sit(const struct sea_link *link, uint8_t id[8])
{
	const struct sea_tunnel_parms *p = &sea_tunnel_of(link)->p;

	memset(id, 0, 4);
	memcpy(id + 4, p->local.b, 4);
	return !sea_tunnel_is_any(&p->local) && !sea_tunnel_is_any(&p->remote);
}

#define TUNNEL_LINK                                                                            \
	.framing = &sea_framing_tunnel, .state_size = sizeof(struct sea_tunnel),               \
	.flags = SEA_IFF_NOARP, .mute = true, .xmit = sea_tunnel_xmit,                         \
	.judge_mtu = sea_tunnel_judge_mtu, .end = sea_tunnel_unlist, .save = sea_tunnel_save,  \
	.load = sea_tunnel_load, .policy = policy, .data_max = IFLA_IPTUN_MAX, .setup = setup, \
	.change = change, .iflink = sea_tunnel_iflink, .type_flags = sea_tunnel_flags,         \
	.put_addrs = sea_tunnel_put_addrs

const struct sea_tunnel_kind sea_kind_ipip = {
	.link = { .name = "ipip",
		  .arphrd = ARPHRD_TUNNEL,
		  .judge = judge_ipip,
		  .prepare = prepare_ipip,
		  .show = show_ipip,
		  TUNNEL_LINK },
	.id = SEA_TUNNEL_IPIP,
	.family = SEA_AF_INET,
	.proto = SEA_IPPROTO_IPIP,
};

const struct sea_tunnel_kind sea_kind_sit = {
	.link = { .name = "sit",
		  .arphrd = ARPHRD_SIT,
		  .mtu_min = SIT_MTU_MIN,
		  .mtu_max = SIT_MTU_MAX,
		  .judge = judge_sit,
		  .prepare = prepare_sit,
		  .show = show_sit,
		  .own6 = own6_sit,
		  TUNNEL_LINK },
	.id = SEA_TUNNEL_SIT,
	.family = SEA_AF_INET,
	.proto = SEA_IPPROTO_IPV6,
};
