/* SPDX-License-Identifier: Apache-2.0 */
/* What all kinds of tunnels do as links: flags, addresses, sizes, and what is kept of them. */
#include <errno.h>
#include <string.h>

#include <linux/if_link.h>

#include "core/link_set.h"
#include "core/minmax.h"
#include "core/save.h"
#include "core/stack.h"
#include "link/tunnel.h"
#include "netlink/build.h"

uint32_t sea_tunnel_flags(const struct sea_link *link)
{
	return sea_ipv4_is_any(sea_tunnel_of(link)->p.remote) ? 0 : SEA_IFF_POINTOPOINT;
}

/* 0 is said as well (as by Linux). */
int sea_tunnel_iflink(const struct sea_link *link)
{
	return sea_tunnel_of(link)->p.link;
}

int sea_tunnel_judge_mtu(const struct sea_link *link, uint32_t mtu)
{
	const struct sea_tunnel_kind *kind = sea_tunnel_kind_of(link);
	uint32_t taken = sea_tunnel_hdr_len(kind, sea_tunnel_of(link)->p.o_flags) +
			 (kind->ether ? (uint32_t)sizeof(struct sea_ether_hdr) : 0);

	return mtu > UINT16_MAX - taken ? -EINVAL : 0;
}

/* Its ends are its addresses. */
void sea_tunnel_put_addrs(const struct sea_link *link, struct sea_nl_out *out)
{
	const struct sea_tunnel_parms *p = &sea_tunnel_of(link)->p;

	sea_nl_put(out, IFLA_ADDRESS, p->local.b, sizeof(p->local.b));
	sea_nl_put(out, IFLA_BROADCAST, p->remote.b, sizeof(p->remote.b));
}

/* -- made and changed -- */

/* Whoever says an MTU gets the nearest that there can be. */
static uint32_t mtu_asked(const struct sea_tunnel_kind *kind, const struct sea_tunnel_parms *p,
			  uint32_t mtu)
{
	uint32_t taken = sea_tunnel_hdr_len(kind, p->o_flags) +
			 (kind->ether ? (uint32_t)sizeof(struct sea_ether_hdr) : 0);

	return sea_min_u32(mtu, UINT16_MAX - taken);
}

int sea_tunnel_prepare(struct sea_stack *stack, const struct sea_link_ask *ask,
		       const struct sea_tunnel_kind *kind, const struct sea_tunnel_parms *p,
		       struct sea_link_config *config, struct sea_link **lower)
{
	(void)ask;
	*lower = NULL;
	if (!stack->ip4)
		return -EAFNOSUPPORT;
	if (sea_ipv4_is_multicast(p->remote)) /* to a group */
		return -EOPNOTSUPP;
	if (sea_tunnel_same(stack, kind->id, p))
		return -EEXIST;
	config->mtu = config->mtu ? mtu_asked(kind, p, config->mtu)
				  : sea_tunnel_mtu(stack, kind, p);
	if (!kind->ether)
		memset(config->mac, 0, sizeof(config->mac));
	return 0;
}

int sea_tunnel_setup(struct sea_link *link, const struct sea_tunnel_parms *p)
{
	struct sea_tunnel *t = sea_tunnel_of(link);

	t->p = *p;
	t->ident = (uint16_t)sea_secret_u64(&link->stack->shard.secret);
	return sea_tunnel_list(link);
}

/* It may not become one with an end, or without. */
static bool ends_agree(const struct sea_tunnel *t, const struct sea_tunnel_parms *p)
{
	return sea_tunnel_kind_of(t->link)->ether ||
	       sea_ipv4_is_any(t->p.remote) == sea_ipv4_is_any(p->remote);
}

int sea_tunnel_change(struct sea_link *link, const struct sea_link_ask *ask,
		      const struct sea_tunnel_parms *p)
{
	const struct sea_tunnel_kind *kind = sea_tunnel_kind_of(link);
	struct sea_tunnel *t = sea_tunnel_of(link);
	struct sea_tunnel *same = sea_tunnel_same(link->stack, kind->id, p);
	bool moved = t->p.link != p->link || t->p.fwmark != p->fwmark;
	struct sea_tunnel_parms was = t->p;
	int err;

	if (sea_ipv4_is_multicast(p->remote))
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

	load_parms(from, &t->p);
	t->i_seq = sea_load_u32(from);
	t->o_seq = sea_load_u32(from);
	t->ident = sea_load_u16(from);
	t->errors = sea_load_u32(from);
	t->error_time = sea_load_time(from);
	if (from->err)
		return from->err;
	if (!link->stack->ip4 || sea_ipv4_is_multicast(t->p.remote) ||
	    (t->p.i_flags | t->p.o_flags) & ~flags || sea_tunnel_same(link->stack, kind->id, &t->p))
		return -EINVAL;
	return sea_tunnel_list(link);
}
