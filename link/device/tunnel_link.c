/* SPDX-License-Identifier: Apache-2.0 */
/* What all kinds of tunnels do as links: flags, addresses, sizes, and what is kept of them. */
#include <errno.h>
#include <string.h>

#include <linux/if_link.h>

#include "core/link_set.h"
#include "core/minmax.h"
#include "core/save.h"
#include "core/stack.h"
#include "link/device/tunnel.h"
#include "netlink/build.h"

#define ETHER_HDR_LEN ((uint32_t)sizeof(struct sea_ether_hdr))
#define IPV6_HDR_LEN ((uint32_t)sizeof(struct sea_ipv6_hdr))
#define IPV6_MTU_MIN 1280u

uint32_t sea_tunnel_flags(const struct sea_link *link)
{
	const struct sea_tunnel_parms *p = &sea_tunnel_of(link)->p;
	const uint32_t both = SEA_TUNNEL6_CAN_SEND | SEA_TUNNEL6_CAN_RECEIVE;

	if (sea_tunnel_kind_of(link)->family == SEA_AF_INET6)
		return sea_tunnel6_can(p, &p->local, &p->remote) == both ? SEA_IFF_POINTOPOINT : 0;
	return sea_tunnel_is_any(&p->remote) ? 0 : SEA_IFF_POINTOPOINT;
}

/* 0 is said as well (as by Linux). */
int sea_tunnel_iflink(const struct sea_link *link)
{
	return sea_tunnel_of(link)->p.link;
}

/* What IP has room for outside; the length of IPv6 does not count its header. */
static uint32_t mtu_max(const struct sea_tunnel_kind *kind, const struct sea_tunnel_parms *p)
{
	uint32_t taken = sea_tunnel_hdr_len(kind, p);

	if (kind->family != SEA_AF_INET6)
		return UINT16_MAX - taken - (kind->ether ? ETHER_HDR_LEN : 0);
	return UINT16_MAX + (p->proto == SEA_IPPROTO_IPIP ? 0 : IPV6_HDR_LEN) - taken;
}

static uint32_t mtu_min(const struct sea_tunnel_kind *kind, const struct sea_tunnel_parms *p)
{
	if (kind->family != SEA_AF_INET6)
		return 0;
	return p->proto == SEA_IPPROTO_IPV6 ? IPV6_MTU_MIN : SEA_LINK_MTU_MIN;
}

int sea_tunnel_judge_mtu(const struct sea_link *link, uint32_t mtu)
{
	const struct sea_tunnel_kind *kind = sea_tunnel_kind_of(link);
	const struct sea_tunnel_parms *p = &sea_tunnel_of(link)->p;

	return mtu > mtu_max(kind, p) || mtu < mtu_min(kind, p) ? -EINVAL : 0;
}

/* Its ends are its addresses. */
void sea_tunnel_put_addrs(const struct sea_link *link, struct sea_nl_out *out)
{
	const struct sea_tunnel_parms *p = &sea_tunnel_of(link)->p;
	bool v6 = sea_tunnel_kind_of(link)->family == SEA_AF_INET6;
	struct sea_ipaddr own = { { 0 } };

	sea_nl_put(out, IFLA_ADDRESS, p->local.b, v6 ? 16 : 4);
	sea_nl_put(out, IFLA_BROADCAST, p->remote.b, v6 ? 16 : 4);
	if (!v6)
		return;
	memcpy(own.b, link->mac.b, sizeof(link->mac.b)); /* its addresses are made of it */
	sea_nl_put(out, IFLA_PERM_ADDRESS, own.b, sizeof(own.b));
}

/* -- made and changed -- */

/* Whoever says an MTU gets the nearest that there can be; through IPv6 the usual one where there cannot be this one. */
static uint32_t mtu_for(struct sea_stack *stack, const struct sea_tunnel_kind *kind,
			const struct sea_tunnel_parms *p, uint32_t asked)
{
	uint32_t max = mtu_max(kind, p);
	bool fits = asked <= max && asked >= mtu_min(kind, p);

	if (!asked || (!fits && kind->family == SEA_AF_INET6))
		return sea_tunnel_mtu(stack, kind, p);
	return sea_min_u32(asked, max);
}

static bool has_ip(const struct sea_stack *stack, const struct sea_tunnel_kind *kind)
{
	return kind->family == SEA_AF_INET6 ? stack->ip6 : stack->ip4;
}

static bool is_to_group(const struct sea_tunnel_kind *kind, const struct sea_tunnel_parms *p)
{
	if (kind->family == SEA_AF_INET6)
		return sea_in6_is_multicast(p->remote.b);
	return sea_ipv4_is_multicast(sea_ipaddr_to4(&p->remote));
}

int sea_tunnel_prepare(struct sea_stack *stack, const struct sea_link_ask *ask,
		       const struct sea_tunnel_kind *kind, const struct sea_tunnel_parms *p,
		       struct sea_link_config *config, struct sea_link **lower)
{
	(void)ask;
	*lower = NULL;
	if (!has_ip(stack, kind))
		return -EAFNOSUPPORT;
	if (is_to_group(kind, p))
		return -EOPNOTSUPP;
	if (sea_tunnel_same(stack, kind->id, p))
		return -EEXIST;
	config->mtu = mtu_for(stack, kind, p, config->mtu);
	if (!kind->ether)
		memset(config->mac, 0, sizeof(config->mac));
	return 0;
}

/* A tunnel through IPv6 has a MAC address, of which it makes its IPv6 addresses. */
static void name(struct sea_link *link)
{
	const uint64_t any = sea_secret_u64(&link->stack->shard.secret);

	memcpy(link->mac.b, &any, sizeof(link->mac.b));
	link->mac.b[0] = (uint8_t)((link->mac.b[0] & ~1u) | 2u);
}

int sea_tunnel_setup(struct sea_link *link, const struct sea_tunnel_parms *p)
{
	const struct sea_tunnel_kind *kind = sea_tunnel_kind_of(link);
	struct sea_tunnel *t = sea_tunnel_of(link);

	t->p = *p;
	t->ident = (uint16_t)sea_secret_u64(&link->stack->shard.secret);
	if (kind->family == SEA_AF_INET6 && !kind->ether)
		name(link);
	return sea_tunnel_list(link);
}

/* Through IPv4 it may not become one with an end, or without. */
static bool ends_agree(const struct sea_tunnel *t, const struct sea_tunnel_parms *p)
{
	const struct sea_tunnel_kind *kind = sea_tunnel_kind_of(t->link);

	return kind->ether || kind->family == SEA_AF_INET6 ||
	       sea_tunnel_is_any(&t->p.remote) == sea_tunnel_is_any(&p->remote);
}

/* Another way may take less, or more; through IPv6 it is asked for with each change, where it leads to one end. */
static bool is_moved(const struct sea_tunnel *t, const struct sea_tunnel_parms *p)
{
	if (sea_tunnel_kind_of(t->link)->family == SEA_AF_INET6)
		return sea_tunnel6_can(p, &p->local, &p->remote) & SEA_TUNNEL6_CAN_SEND;
	return t->p.link != p->link || t->p.fwmark != p->fwmark;
}

int sea_tunnel_change(struct sea_link *link, const struct sea_link_ask *ask,
		      const struct sea_tunnel_parms *p)
{
	const struct sea_tunnel_kind *kind = sea_tunnel_kind_of(link);
	struct sea_tunnel *t = sea_tunnel_of(link);
	struct sea_tunnel *same = sea_tunnel_same(link->stack, kind->id, p);
	bool moved = is_moved(t, p);
	struct sea_tunnel_parms was = t->p;
	int err;

	if (is_to_group(kind, p))
		return -EOPNOTSUPP;
	if (same && same != t)
		return -EEXIST;
	if (!same && !ends_agree(t, p))
		return -EINVAL;
	sea_tunnel_unlist(link);
	t->p = *p;
	err = sea_tunnel_list(link);
	if (err) {
		t->p = was;
		return err;
	}
	if (moved && !(ask && ask->tb[IFLA_MTU].value))
		return sea_link_change_mtu(link, sea_tunnel_mtu(link->stack, kind, p));
	return 0;
}

/* -- saved -- */

void sea_tunnel_save(const struct sea_link *link, struct sea_saver *to)
{
	const struct sea_tunnel *t = sea_tunnel_of(link);
	const struct sea_tunnel_parms *p = &t->p;

	sea_save_bytes(to, p->local.b, sizeof(p->local.b));
	sea_save_bytes(to, p->remote.b, sizeof(p->remote.b));
	sea_save_u32(to, (uint32_t)p->link);
	sea_save_u8(to, p->ttl);
	sea_save_u8(to, p->tos);
	sea_save_u8(to, p->proto);
	sea_save_u8(to, p->df);
	sea_save_u8(to, p->ignore_df);
	sea_save_u8(to, p->encap_limit);
	sea_save_u32(to, p->flowinfo);
	sea_save_u32(to, p->flags);
	sea_save_u16(to, p->i_flags);
	sea_save_u16(to, p->o_flags);
	sea_save_u32(to, p->i_key);
	sea_save_u32(to, p->o_key);
	sea_save_u32(to, p->fwmark);
	sea_save_u32(to, t->i_seq);
	sea_save_u32(to, t->o_seq);
	sea_save_u16(to, t->ident);
	sea_save_u32(to, t->errors);
	sea_save_time(to, t->error_time);
}

static void load_parms(struct sea_loader *from, struct sea_tunnel_parms *p)
{
	sea_load_bytes(from, p->local.b, sizeof(p->local.b));
	sea_load_bytes(from, p->remote.b, sizeof(p->remote.b));
	p->link = (int32_t)sea_load_u32(from);
	p->ttl = sea_load_u8(from);
	p->tos = sea_load_u8(from);
	p->proto = sea_load_u8(from);
	p->df = sea_load_u8(from);
	p->ignore_df = sea_load_u8(from);
	p->encap_limit = sea_load_u8(from);
	p->flowinfo = sea_load_u32(from);
	p->flags = sea_load_u32(from);
	p->i_flags = sea_load_u16(from);
	p->o_flags = sea_load_u16(from);
	p->i_key = sea_load_u32(from);
	p->o_key = sea_load_u32(from);
	p->fwmark = sea_load_u32(from);
}

int sea_tunnel_load(struct sea_link *link, struct sea_loader *from)
{
	const struct sea_tunnel_kind *kind = sea_tunnel_kind_of(link);
	const uint16_t flags = SEA_GRE_CSUM | SEA_GRE_KEY | SEA_GRE_SEQ;
	struct sea_tunnel *t = sea_tunnel_of(link);

	t->link = link;
	load_parms(from, &t->p);
	t->i_seq = sea_load_u32(from);
	t->o_seq = sea_load_u32(from);
	t->ident = sea_load_u16(from);
	t->errors = sea_load_u32(from);
	t->error_time = sea_load_time(from);
	if (from->err)
		return from->err;
	if (!has_ip(link->stack, kind) || is_to_group(kind, &t->p) ||
	    (t->p.i_flags | t->p.o_flags) & ~flags || sea_tunnel_same(link->stack, kind->id, &t->p))
		return -EINVAL;
	return sea_tunnel_list(link);
}
