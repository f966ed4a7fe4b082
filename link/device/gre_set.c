/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gre and gretap in messages. no-oracle: errors and attributes are Linux's as ip-link(8) and <linux/if_tunnel.h> have them.
 * ERSPAN, encapsulation in UDP, and tunnels that are told with each packet (external) are refused.
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

static const struct sea_nl_policy policy[IFLA_GRE_MAX + 1] = {
	[IFLA_GRE_LINK] = { .type = SEA_NL_U32 },
	[IFLA_GRE_IFLAGS] = { .type = SEA_NL_U16 },
	[IFLA_GRE_OFLAGS] = { .type = SEA_NL_U16 },
	[IFLA_GRE_IKEY] = { .type = SEA_NL_U32 },
	[IFLA_GRE_OKEY] = { .type = SEA_NL_U32 },
	[IFLA_GRE_LOCAL] = { .type = SEA_NL_ANY, .len = 4 },
	[IFLA_GRE_REMOTE] = { .type = SEA_NL_ANY, .len = 4 },
	[IFLA_GRE_TTL] = { .type = SEA_NL_U8 },
	[IFLA_GRE_TOS] = { .type = SEA_NL_U8 },
	[IFLA_GRE_PMTUDISC] = { .type = SEA_NL_U8 },
	[IFLA_GRE_ENCAP_TYPE] = { .type = SEA_NL_U16 },
	[IFLA_GRE_ENCAP_FLAGS] = { .type = SEA_NL_U16 },
	[IFLA_GRE_ENCAP_SPORT] = { .type = SEA_NL_U16 },
	[IFLA_GRE_ENCAP_DPORT] = { .type = SEA_NL_U16 },
	[IFLA_GRE_COLLECT_METADATA] = { .type = SEA_NL_FLAG },
	[IFLA_GRE_IGNORE_DF] = { .type = SEA_NL_U8 },
	[IFLA_GRE_FWMARK] = { .type = SEA_NL_U32 },
	[IFLA_GRE_ERSPAN_INDEX] = { .type = SEA_NL_U32 },
	[IFLA_GRE_ERSPAN_VER] = { .type = SEA_NL_U8 },
	[IFLA_GRE_ERSPAN_DIR] = { .type = SEA_NL_U8 },
	[IFLA_GRE_ERSPAN_HWID] = { .type = SEA_NL_U16 },
};

#define HAD (SEA_GRE_CSUM | SEA_GRE_KEY | SEA_GRE_SEQ)

/* -- read -- */

static bool has(const struct sea_link_ask *ask, unsigned type)
{
	return ask->data[type].value;
}

static uint8_t byte_of(const struct sea_link_ask *ask, unsigned type)
{
	return has(ask, type) ? sea_nl_u8(&ask->data[type]) : 0;
}

/* Flags and keys have the wire's order. */
static uint16_t flags_of(const struct sea_link_ask *ask, unsigned type)
{
	return has(ask, type) ? sea_get16(ask->data[type].value) : 0;
}

static uint32_t key_of(const struct sea_link_ask *ask, unsigned type)
{
	return has(ask, type) ? sea_get32(ask->data[type].value) : 0;
}

static uint32_t number_of(const struct sea_link_ask *ask, unsigned type)
{
	return has(ask, type) ? sea_nl_u32(&ask->data[type]) : 0;
}

static void read_addr(const struct sea_link_ask *ask, unsigned type, struct sea_ipaddr *addr)
{
	if (has(ask, type))
		memcpy(addr->b, ask->data[type].value, sizeof(sea_be32));
}

void sea_gre_read(const struct sea_link_ask *ask, struct sea_tunnel_parms *p)
{
	p->link = (int32_t)number_of(ask, IFLA_GRE_LINK);
	p->i_flags = flags_of(ask, IFLA_GRE_IFLAGS) & HAD;
	p->o_flags = flags_of(ask, IFLA_GRE_OFLAGS) & HAD;
	p->i_key = key_of(ask, IFLA_GRE_IKEY);
	p->o_key = key_of(ask, IFLA_GRE_OKEY);
	p->ttl = byte_of(ask, IFLA_GRE_TTL);
	p->fwmark = number_of(ask, IFLA_GRE_FWMARK);
}

static struct sea_tunnel_parms read_parms(const struct sea_link_ask *ask)
{
	struct sea_tunnel_parms p = { .proto = SEA_IPPROTO_GRE };

	if (!ask->data)
		return p;
	read_addr(ask, IFLA_GRE_LOCAL, &p.local);
	read_addr(ask, IFLA_GRE_REMOTE, &p.remote);
	sea_gre_read(ask, &p);
	p.tos = byte_of(ask, IFLA_GRE_TOS);
	p.df = !has(ask, IFLA_GRE_PMTUDISC) || byte_of(ask, IFLA_GRE_PMTUDISC);
	p.ignore_df = byte_of(ask, IFLA_GRE_IGNORE_DF);
	return p;
}

/* -- judged -- */

int sea_gre_judge(const struct sea_link_ask *ask)
{
	uint16_t flags;

	if (!ask->data)
		return 0;
	flags = flags_of(ask, IFLA_GRE_IFLAGS) | flags_of(ask, IFLA_GRE_OFLAGS);
	if (flags & (SEA_GRE_VERSION | SEA_GRE_ROUTING))
		return -EINVAL;
	if (flags & ~HAD || has(ask, IFLA_GRE_COLLECT_METADATA))
		return -EOPNOTSUPP;
	if (has(ask, IFLA_GRE_ENCAP_TYPE) && sea_nl_u16(&ask->data[IFLA_GRE_ENCAP_TYPE]))
		return -EOPNOTSUPP;
	return 0;
}

static int judge(const struct sea_link_ask *ask)
{
	if (ask->data && (has(ask, IFLA_GRE_ERSPAN_VER) || has(ask, IFLA_GRE_ERSPAN_INDEX)))
		return -EOPNOTSUPP;
	return sea_gre_judge(ask);
}

static int judge_tap(const struct sea_link_ask *ask)
{
	struct sea_ipaddr remote = { { 1 } };
	int err = sea_kind_judge_mac(ask);

	if (err)
		return err;
	if (ask->data)
		read_addr(ask, IFLA_GRE_REMOTE, &remote);
	return sea_tunnel_is_any(&remote) ? -EINVAL : judge(ask);
}

/* The outer DF that is always set, and an inner one that is not looked at, exclude each other. */
static int judge_df(const struct sea_tunnel_parms *p)
{
	return p->df && p->ignore_df ? -EINVAL : 0;
}

/* -- made and changed -- */

static int prepare(struct sea_stack *stack, const struct sea_link_ask *ask,
		   struct sea_link_config *config, struct sea_link **lower)
{
	const struct sea_tunnel_parms p = read_parms(ask);
	int err = judge_df(&p);

	return err ? err : sea_tunnel_prepare(stack, ask, &sea_kind_gre, &p, config, lower);
}

static int prepare_tap(struct sea_stack *stack, const struct sea_link_ask *ask,
		       struct sea_link_config *config, struct sea_link **lower)
{
	const struct sea_tunnel_parms p = read_parms(ask);
	int err = judge_df(&p);

	return err ? err : sea_tunnel_prepare(stack, ask, &sea_kind_gretap, &p, config, lower);
}

static int setup(struct sea_link *link, const struct sea_link_ask *ask)
{
	const struct sea_tunnel_parms p = read_parms(ask);

	return sea_tunnel_setup(link, &p);
}

static int change(struct sea_link *link, const struct sea_link_ask *ask)
{
	const struct sea_tunnel_parms p = read_parms(ask);
	int err = judge_df(&p);

	return err ? err : sea_tunnel_change(link, ask, &p);
}

/* -- shown -- */

static void put_flags(struct sea_nl_out *out, uint16_t type, uint16_t flags)
{
	const sea_be16 wire = sea_be16_of(flags);

	sea_nl_put(out, type, &wire, sizeof(wire));
}

static void put_key(struct sea_nl_out *out, uint16_t type, uint32_t key)
{
	const sea_be32 wire = sea_be32_of(key);

	sea_nl_put(out, type, &wire, sizeof(wire));
}

void sea_gre_put(struct sea_nl_out *out, const struct sea_tunnel_parms *p)
{
	sea_nl_put_u32(out, IFLA_GRE_LINK, (uint32_t)p->link);
	put_flags(out, IFLA_GRE_IFLAGS, p->i_flags);
	put_flags(out, IFLA_GRE_OFLAGS, p->o_flags);
	put_key(out, IFLA_GRE_IKEY, p->i_key);
	put_key(out, IFLA_GRE_OKEY, p->o_key);
}

static void show(const struct sea_link *link, struct sea_nl_out *out)
{
	const struct sea_tunnel_parms *p = &sea_tunnel_of(link)->p;

	sea_gre_put(out, p);
	sea_nl_put(out, IFLA_GRE_LOCAL, p->local.b, sizeof(sea_be32));
	sea_nl_put(out, IFLA_GRE_REMOTE, p->remote.b, sizeof(sea_be32));
	sea_nl_put_u8(out, IFLA_GRE_TTL, p->ttl);
	sea_nl_put_u8(out, IFLA_GRE_TOS, p->tos);
	sea_nl_put_u8(out, IFLA_GRE_PMTUDISC, p->df);
	sea_nl_put_u32(out, IFLA_GRE_FWMARK, p->fwmark);
	sea_tunnel_put_encap(out, IFLA_GRE_ENCAP_TYPE);
	sea_nl_put_u8(out, IFLA_GRE_IGNORE_DF, p->ignore_df);
}

/* ISATAP's identifier of the link's end (RFC 5214 §6.1); whether others may know the address is seen from it. */
static bool own6(const struct sea_link *link, uint8_t id[8])
{
	static const uint8_t begin[4] = { 0x02, 0x00, 0x5e, 0xfe };
	const uint8_t *a = sea_tunnel_of(link)->p.local.b;
	bool private = a[0] == 10 || (a[0] == 172 && (a[1] & 0xf0) == 16) ||
		       (a[0] == 192 && a[1] == 168) || (a[0] == 169 && a[1] == 254) ||
		       a[0] == 127 || a[0] == 0 || (a[0] == 192 && a[1] == 0 && a[2] == 2) ||
		       (a[0] == 198 && (a[1] & 0xfe) == 18) ||
		       (a[0] == 192 && a[1] == 88 && a[2] == 99);

	memcpy(id, begin, sizeof(begin));
	memcpy(id + 4, a, 4);
	if (private)
		id[0] = 0;
	return !sea_tunnel_is_any(&sea_tunnel_of(link)->p.local);
}

#define GRE_LINK                                                                              \
	.state_size = sizeof(struct sea_tunnel), .mute = true, .xmit = sea_tunnel_xmit,       \
	.judge_mtu = sea_tunnel_judge_mtu, .end = sea_tunnel_unlist, .save = sea_tunnel_save, \
	.load = sea_tunnel_load, .policy = policy, .data_max = IFLA_GRE_MAX, .setup = setup,  \
	.change = change, .show = show, .iflink = sea_tunnel_iflink

const struct sea_tunnel_kind sea_kind_gre = {
	.link = { .name = "gre",
		  .framing = &sea_framing_tunnel,
		  .arphrd = ARPHRD_IPGRE,
		  .flags = SEA_IFF_NOARP,
		  .judge = judge,
		  .prepare = prepare,
		  .type_flags = sea_tunnel_flags,
		  .put_addrs = sea_tunnel_put_addrs,
		  .own6 = own6,
		  GRE_LINK },
	.id = SEA_TUNNEL_GRE,
	.family = SEA_AF_INET,
	.proto = SEA_IPPROTO_GRE,
};

const struct sea_tunnel_kind sea_kind_gretap = {
	.link = { .name = "gretap",
		  .framing = &sea_framing_soft,
		  .flags = SEA_IFF_MULTICAST,
		  .mtu_min = SEA_LINK_MTU_MIN,
		  .judge = judge_tap,
		  .prepare = prepare_tap,
		  GRE_LINK },
	.id = SEA_TUNNEL_GRETAP,
	.family = SEA_AF_INET,
	.proto = SEA_IPPROTO_GRE,
	.ether = true,
};
