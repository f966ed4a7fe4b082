/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIOC[GET|ADD|CHG|DEL]TUNNEL: ip6tnl and ip6gre as `ip -6 tunnel` asks for them, with a struct ip6_tnl_parm that ifr_data
 * points to, or ip6_tnl_parm2 of ip6gre. no-oracle: errors are Linux's as its users know them (of ip6gre ENOBUFS where another
 * one would be EEXIST). As with tunnel_ioctl.c the kinds' own links ("ip6tnl0", "ip6gre0") are not here, but their names serve.
 */
#include <errno.h>
#include <string.h>

#include <net/if.h>

#include <linux/if_tunnel.h>
#include <linux/ip6_tunnel.h>
#include <linux/sockios.h>

#include "core/ioctl.h"
#include "core/link_set.h"
#include "core/stack.h"
#include "link/device/tunnel.h"

#define HAD (SEA_GRE_CSUM | SEA_GRE_KEY | SEA_GRE_SEQ)

struct asked {
	struct sea_stack *stack;
	struct sea_ioctl *call;
	const struct sea_tunnel_kind *kind;
	struct sea_link *link; /* NULL: the kind's own name */
	struct ip6_tnl_parm2 wire;
	uint32_t len; /* of it */
};

static const struct own_name {
	const char *name;
	const struct sea_tunnel_kind *kind;
	uint32_t len; /* of what its ioctls read and write */
} own_names[] = { { "ip6tnl0", &sea_kind_ip6tnl, sizeof(struct ip6_tnl_parm) },
		  { "ip6gre0", &sea_kind_ip6gre, sizeof(struct ip6_tnl_parm2) } };

/* False: it is none of ours. */
static bool find(struct asked *a, const struct ifreq *ifr)
{
	a->link = sea_link_of_ifreq(a->stack, ifr);
	for (unsigned i = 0; i < sizeof(own_names) / sizeof(own_names[0]); i++) {
		a->kind = own_names[i].kind;
		a->len = own_names[i].len;
		if (a->link ? a->link->kind == &a->kind->link
			    : !strncmp(ifr->ifr_name, own_names[i].name, sizeof(ifr->ifr_name)))
			return true;
	}
	return false;
}

static bool is_gre(const struct asked *a)
{
	return a->kind->id == SEA_TUNNEL_IP6GRE;
}

/* -- read and written -- */

static int read_wire(struct asked *a)
{
	if (!a->call->data || a->call->data_len < a->len)
		return -EFAULT;
	memcpy(&a->wire, a->call->data, a->len);
	a->wire.name[sizeof(a->wire.name) - 1] = '\0';
	return 0;
}

static int write_wire(struct asked *a)
{
	memcpy(a->call->data, &a->wire, a->len);
	a->call->data_written = a->len;
	return 0;
}

/* Numbers with the wire's order. */
static uint16_t get16(const __be16 *at)
{
	return sea_get16((const uint8_t *)at);
}

static uint32_t get32(const __be32 *at)
{
	return sea_get32((const uint8_t *)at);
}

static void read_gre(const struct ip6_tnl_parm2 *w, struct sea_tunnel_parms *p)
{
	p->i_flags = get16(&w->i_flags);
	p->o_flags = get16(&w->o_flags);
	p->i_key = p->i_flags & SEA_GRE_KEY ? get32(&w->i_key) : 0;
	p->o_key = p->o_flags & SEA_GRE_KEY ? get32(&w->o_key) : 0;
	p->proto = SEA_IPPROTO_GRE;
}

static struct sea_tunnel_parms parms_of(const struct asked *a)
{
	const struct ip6_tnl_parm2 *w = &a->wire;
	struct sea_tunnel_parms p = { .link = w->link,
				      .ttl = w->hop_limit,
				      .proto = w->proto,
				      .encap_limit = w->encap_limit,
				      .flowinfo = get32(&w->flowinfo),
				      .flags = w->flags & ~SEA_TUNNEL6_CAN };

	memcpy(p.local.b, &w->laddr, sizeof(p.local.b));
	memcpy(p.remote.b, &w->raddr, sizeof(p.remote.b));
	if (is_gre(a))
		read_gre(w, &p);
	return p;
}

static void put_gre(struct ip6_tnl_parm2 *w, const struct sea_tunnel_parms *p)
{
	sea_put16((uint8_t *)&w->i_flags, p->i_flags);
	sea_put16((uint8_t *)&w->o_flags, p->o_flags);
	sea_put32((uint8_t *)&w->i_key, p->i_key);
	sea_put32((uint8_t *)&w->o_key, p->o_key);
	w->proto = SEA_IPPROTO_GRE;
}

static void put_parms(struct asked *a, const char *name, const struct sea_tunnel_parms *p)
{
	struct ip6_tnl_parm2 *w = &a->wire;

	memset(w, 0, sizeof(*w));
	memcpy(w->name, name, strnlen(name, sizeof(w->name) - 1));
	w->link = p->link;
	w->proto = p->proto;
	w->encap_limit = p->encap_limit;
	w->hop_limit = p->ttl;
	sea_put32((uint8_t *)&w->flowinfo, p->flowinfo);
	w->flags = p->flags | sea_tunnel6_can(p, &p->local, &p->remote);
	memcpy(&w->laddr, p->local.b, sizeof(p->local.b));
	memcpy(&w->raddr, p->remote.b, sizeof(p->remote.b));
	if (is_gre(a))
		put_gre(w, p);
}

static int answer(struct asked *a, const struct sea_tunnel *t)
{
	put_parms(a, t->link->name, &t->p);
	return write_wire(a);
}

/* -- done -- */

static int judge(const struct asked *a)
{
	const struct ip6_tnl_parm2 *w = &a->wire;
	uint16_t flags = get16(&w->i_flags) | get16(&w->o_flags);

	if (!is_gre(a))
		return w->proto && w->proto != SEA_IPPROTO_IPIP && w->proto != SEA_IPPROTO_IPV6
			       ? -EINVAL
			       : 0;
	if (flags & (SEA_GRE_VERSION | SEA_GRE_ROUTING))
		return -EINVAL;
	return flags & ~HAD ? -EOPNOTSUPP : 0;
}

/* By the addresses that are said. */
static struct sea_tunnel *same(const struct asked *a)
{
	const struct sea_tunnel_parms p = parms_of(a);

	return sea_tunnel_same(a->stack, a->kind->id, &p);
}

static int get(struct asked *a)
{
	const struct sea_tunnel *t = a->link ? sea_tunnel_of(a->link) : same(a);
	const struct sea_tunnel_parms own = { .proto = SEA_IPPROTO_IPV6 };

	if (t)
		return answer(a, t);
	put_parms(a, is_gre(a) ? "ip6gre0" : "ip6tnl0", &own);
	return write_wire(a);
}

static int add(struct asked *a)
{
	const struct sea_tunnel_parms p = parms_of(a);
	struct sea_tunnel *t;
	int err = sea_tunnel_make(a->stack, a->kind, a->wire.name, &p);

	if (err && is_gre(a) && err != -EOPNOTSUPP)
		return -ENOBUFS;
	if (err == -EINVAL) /* such a name no link can have */
		return -E2BIG;
	t = err ? NULL : sea_tunnel_same(a->stack, a->kind->id, &p);
	return t ? answer(a, t) : err;
}

/* By the kind's own name a tunnel is found, but not changed. */
static int change_own(struct asked *a)
{
	const struct sea_tunnel *t = same(a);

	if (!t)
		return -ENOENT;
	return is_gre(a) ? answer(a, t) : -EEXIST;
}

static int change(struct asked *a)
{
	const struct sea_tunnel_parms p = parms_of(a);
	int err;

	if (!a->link)
		return change_own(a);
	err = sea_tunnel_change(a->link, NULL, &p);
	if (err)
		return err;
	sea_link_tell(a->link, 0);
	return answer(a, sea_tunnel_of(a->link));
}

static int delete (struct asked *a)
{
	struct sea_tunnel *t = a->link ? sea_tunnel_of(a->link) : same(a);

	if (!t)
		return -ENOENT;
	sea_link_end(t->link);
	return 0;
}

static int serve_tunnel(struct asked *a)
{
	int err = read_wire(a);

	if (err)
		return err;
	switch (a->call->request) {
	case SIOCGETTUNNEL:
		return get(a);
	case SIOCADDTUNNEL:
		err = judge(a);
		return err ? err : add(a);
	case SIOCCHGTUNNEL:
		err = judge(a);
		return err ? err : change(a);
	case SIOCDELTUNNEL:
		return delete (a);
	default:
		return -EINVAL;
	}
}

int sea_tunnel6_ioctl(struct sea_stack *stack, struct sea_ioctl *call, const struct ifreq *ifr)
{
	struct asked a = { .stack = stack, .call = call };

	return find(&a, ifr) ? serve_tunnel(&a) : -ENOTTY;
}
