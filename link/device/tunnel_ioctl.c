/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SIOC[GET|ADD|CHG|DEL]TUNNEL: ipip, sit and gre as `ip tunnel` asks for them, with a struct ip_tunnel_parm that ifr_data
 * points to. no-oracle: errors are Linux's as its users know them (of sit ENOBUFS where another one would be EEXIST).
 *
 * The link that is named is any tunnel of the kind; on Linux there always is one, that of the kind itself ("tunl0"), by
 * whose name tunnels are made and found by their addresses. No such link is here, but its name serves.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <net/if.h>

#include <linux/if_tunnel.h>
#include <linux/sockios.h>

#include "core/ioctl.h"
#include "core/link_set.h"
#include "core/sock.h"
#include "core/stack.h"
#include "link/device/tunnel.h"

#define HAD (SEA_GRE_CSUM | SEA_GRE_KEY | SEA_GRE_SEQ)
#define DF 0x4000u
#define TTL_OF_SIT0 64
#define PRIVATE_LAST (SIOCDEVPRIVATE + 15)

/* Whom an ioctl is about. */
struct asked {
	struct sea_stack *stack;
	struct sea_ioctl *call;
	const struct sea_tunnel_kind *kind;
	struct sea_link *link; /* NULL: the kind's own name */
	struct ip_tunnel_parm wire;
};

static const struct own_name {
	const char *name;
	const struct sea_tunnel_kind *kind;
} own_names[] = { { "tunl0", &sea_kind_ipip },
		  { "sit0", &sea_kind_sit },
		  { "gre0", &sea_kind_gre } };

static const struct own_name *own_name_of(const struct sea_tunnel_kind *kind)
{
	const struct own_name *own = own_names;

	while (own->kind != kind)
		own++;
	return own;
}

/* False: it is none of ours. */
static bool find(struct asked *a, const struct ifreq *ifr)
{
	const unsigned n = sizeof(own_names) / sizeof(own_names[0]);

	a->link = sea_link_of_ifreq(a->stack, ifr);
	for (unsigned i = 0; i < n; i++) {
		a->kind = own_names[i].kind;
		if (a->link ? a->link->kind == &a->kind->link
			    : !strncmp(ifr->ifr_name, own_names[i].name, sizeof(ifr->ifr_name)))
			return true;
	}
	return false;
}

/* -- read and written -- */

/* Numbers with the wire's order. */
static uint16_t get16(const __be16 *at)
{
	return sea_get16((const uint8_t *)at);
}

static uint32_t get32(const __be32 *at)
{
	return sea_get32((const uint8_t *)at);
}

static void put16(__be16 *at, uint16_t v)
{
	sea_put16((uint8_t *)at, v);
}

static void put32(__be32 *at, uint32_t v)
{
	sea_put32((uint8_t *)at, v);
}

static int read_wire(struct asked *a)
{
	if (!a->call->data || a->call->data_len < sizeof(a->wire))
		return -EFAULT;
	memcpy(&a->wire, a->call->data, sizeof(a->wire));
	a->wire.name[sizeof(a->wire.name) - 1] = '\0';
	return 0;
}

static int write_wire(struct asked *a)
{
	memcpy(a->call->data, &a->wire, sizeof(a->wire));
	a->call->data_written = sizeof(a->wire);
	return 0;
}

static bool knows_proto(const struct sea_tunnel_kind *kind, uint8_t proto)
{
	if (kind->id == SEA_TUNNEL_GRE)
		return proto == SEA_IPPROTO_GRE;
	return !proto || proto == SEA_IPPROTO_IPIP ||
	       (kind->id == SEA_TUNNEL_SIT && proto == SEA_IPPROTO_IPV6);
}

/* Of what a tunnel is to be. sit's only flag, ISATAP's, would have no effect here. */
static int judge(const struct asked *a)
{
	const struct ip_tunnel_parm *w = &a->wire;
	uint16_t flags = get16(&w->i_flags) | get16(&w->o_flags);

	if (w->iph.version != 4 || w->iph.ihl != 5 || !knows_proto(a->kind, w->iph.protocol) ||
	    get16(&w->iph.frag_off) & ~DF)
		return -EINVAL;
	if (a->kind->id == SEA_TUNNEL_SIT)
		return w->i_flags & SIT_ISATAP ? -EOPNOTSUPP : 0;
	if (a->kind->id == SEA_TUNNEL_IPIP)
		return 0;
	if (flags & (SEA_GRE_VERSION | SEA_GRE_ROUTING))
		return -EINVAL;
	return flags & ~HAD ? -EOPNOTSUPP : 0;
}

/* What is not looked at is 0; who says a TTL sets DF. */
static void make_neat(struct asked *a)
{
	struct ip_tunnel_parm *w = &a->wire;

	if (a->kind->id != SEA_TUNNEL_GRE)
		w->i_flags = w->o_flags = 0;
	if (!(get16(&w->i_flags) & SEA_GRE_KEY))
		w->i_key = 0;
	if (!(get16(&w->o_flags) & SEA_GRE_KEY))
		w->o_key = 0;
	if (w->iph.ttl)
		put16(&w->iph.frag_off, get16(&w->iph.frag_off) | DF);
}

static struct sea_tunnel_parms parms_of(const struct ip_tunnel_parm *w)
{
	struct sea_tunnel_parms p = {
		.link = w->link,
		.ttl = w->iph.ttl,
		.tos = w->iph.tos,
		.proto = w->iph.protocol,
		.df = get16(&w->iph.frag_off) & DF,
		.i_flags = get16(&w->i_flags),
		.o_flags = get16(&w->o_flags),
		.i_key = get32(&w->i_key),
		.o_key = get32(&w->o_key),
	};

	memcpy(p.local.b, &w->iph.saddr, 4);
	memcpy(p.remote.b, &w->iph.daddr, 4);
	return p;
}

static void put_parms(struct ip_tunnel_parm *w, const char *name, const struct sea_tunnel_parms *p)
{
	memset(w, 0, sizeof(*w));
	memcpy(w->name, name, strnlen(name, sizeof(w->name) - 1));
	w->link = p->link;
	put16(&w->i_flags, p->i_flags);
	put16(&w->o_flags, p->o_flags);
	put32(&w->i_key, p->i_key);
	put32(&w->o_key, p->o_key);
	w->iph.version = 4;
	w->iph.ihl = 5;
	w->iph.tos = p->tos;
	w->iph.ttl = p->ttl;
	w->iph.protocol = p->proto;
	put16(&w->iph.frag_off, p->df ? DF : 0);
	memcpy(&w->iph.saddr, p->local.b, 4);
	memcpy(&w->iph.daddr, p->remote.b, 4);
}

/* -- done -- */

/* By the addresses that are said. */
static struct sea_tunnel *same(const struct asked *a)
{
	const struct sea_tunnel_parms p = parms_of(&a->wire);

	return sea_tunnel_same(a->stack, a->kind->id, &p);
}

/* What nobody chose of the kind's own. */
static void put_own(struct asked *a)
{
	const struct sea_tunnel_parms p = {
		.proto = a->kind->id == SEA_TUNNEL_IPIP ? 0 : a->kind->proto,
		.ttl = a->kind->id == SEA_TUNNEL_SIT ? TTL_OF_SIT0 : 0,
	};

	put_parms(&a->wire, own_name_of(a->kind)->name, &p);
}

static int get(struct asked *a)
{
	const struct sea_tunnel *t = a->link ? sea_tunnel_of(a->link) : same(a);

	if (t)
		put_parms(&a->wire, t->link->name, &t->p);
	else
		put_own(a);
	return write_wire(a);
}

int sea_tunnel_make(struct sea_stack *stack, const struct sea_tunnel_kind *kind,
		    const char asked[SEA_IFNAMSIZ], const struct sea_tunnel_parms *p)
{
	const struct sea_link_birth how = { .kind = &kind->link, .untold = true };
	char name[SEA_IFNAMSIZ];
	struct sea_link_config config = { .size = sizeof(config),
					  .name = name,
					  .type = kind->link.framing->type };
	struct sea_link *lower, *link;
	int err;

	if (asked[0])
		memcpy(name, asked, sizeof(name));
	else
		(void)snprintf(name, sizeof(name), "%s%%d", kind->link.name);
	err = sea_link_number_name(stack, name);
	if (!err)
		err = sea_tunnel_prepare(stack, NULL, kind, p, &config, &lower);
	if (!err)
		err = sea_link_make_as(stack, &config, &how, &link);
	if (err)
		return err;
	err = sea_tunnel_setup(link, p);
	if (err)
		sea_link_end(link);
	else
		sea_link_announce(link);
	return err;
}

static int add(struct asked *a)
{
	struct sea_tunnel_parms p;
	int err = judge(a);

	if (err)
		return err;
	make_neat(a);
	p = parms_of(&a->wire);
	err = sea_tunnel_make(a->stack, a->kind, a->wire.name, &p);
	if (!err)
		return write_wire(a);
	return a->kind->id == SEA_TUNNEL_SIT && err != -EOPNOTSUPP ? -ENOBUFS : err;
}

static int change(struct asked *a)
{
	struct sea_tunnel *t;
	struct sea_tunnel_parms p;
	int err = judge(a);

	if (err)
		return err;
	make_neat(a);
	t = a->link ? sea_tunnel_of(a->link) : same(a);
	if (!t)
		return -ENOENT;
	p = parms_of(&a->wire);
	p.ignore_df = t->p.ignore_df;
	err = sea_tunnel_change(t->link, NULL, &p);
	if (err)
		return err;
	sea_link_tell(t->link, 0);
	return write_wire(a);
}

static int delete (struct asked *a)
{
	struct sea_tunnel *t = a->link ? sea_tunnel_of(a->link) : same(a);

	if (!t)
		return -ENOENT;
	sea_link_end(t->link);
	return 0;
}

/* -- sit: routers that ISATAP's hosts may ask (RFC 5214), of whom no link has any; 6rd's numbers are not known -- */

static int list_routers(struct asked *a, struct ip_tunnel_prl *prl)
{
	prl->datalen = 0;
	memcpy(a->call->data, prl, sizeof(*prl));
	a->call->data_written = sizeof(*prl);
	return 0;
}

static int ask_routers(struct asked *a)
{
	struct ip_tunnel_prl prl;

	if (!a->link)
		return -EINVAL;
	if (!a->call->data || a->call->data_len < sizeof(prl))
		return -EFAULT;
	memcpy(&prl, a->call->data, sizeof(prl));
	switch (a->call->request) {
	case SIOCGETPRL:
		return list_routers(a, &prl);
	case SIOCDELPRL:
		return prl.addr ? -ENXIO : 0; /* all */
	case SIOCADDPRL:
		return prl.addr ? -EOPNOTSUPP : -EINVAL;
	default:
		return prl.addr ? -ENXIO : -EINVAL;
	}
}

/* -- which -- */

static int serve_tunnel(struct asked *a)
{
	unsigned long request = a->call->request;
	int err;

	if (a->kind->id == SEA_TUNNEL_SIT && request > SIOCCHGTUNNEL)
		return request <= SIOCCHGPRL ? ask_routers(a) : -EINVAL;
	err = read_wire(a);
	if (err)
		return err;
	switch (request) {
	case SIOCGETTUNNEL:
		return get(a);
	case SIOCADDTUNNEL:
		return add(a);
	case SIOCCHGTUNNEL:
		return change(a);
	case SIOCDELTUNNEL:
		return delete (a);
	default:
		return -EINVAL;
	}
}

static int serve(struct sea_sock *sock, struct sea_ioctl *call)
{
	struct asked a = { .stack = sock->stack, .call = call };
	struct ifreq ifr;
	int err;

	if (call->request < SIOCDEVPRIVATE || call->request > PRIVATE_LAST)
		return -ENOTTY;
	err = sea_ioctl_read(call, &ifr, sizeof(ifr));
	if (err)
		return err;
	return find(&a, &ifr) ? serve_tunnel(&a) : sea_tunnel6_ioctl(sock->stack, call, &ifr);
}

const struct sea_ioctl_ops sea_tunnel_ioctl_ops = { .serve = serve };
