/* SPDX-License-Identifier: Apache-2.0 */
/* Which tunnels there are, whose a packet is (in Linux's order), and what becomes of errors about theirs. */
#include "link/device/tunnel.h"

#include <errno.h>

#include "core/minmax.h"
#include "core/stack.h"
#include "wire/icmp.h"
#include "wire/icmp6.h"

#define BUCKETS 16
#define MTU_DEFAULT 1500u
#define IPV6_MTU_MIN 1280u

/* -- found -- */

/* Of what the owner of the stack chose: nobody outside can make two of them alike. */
static uint32_t hash_of(enum sea_tunnel_id id, const struct sea_ipaddr *remote, uint32_t key)
{
	uint32_t h = key * 0x85ebca6bu;

	for (unsigned i = 0; i < sizeof(remote->b); i += 4)
		h = (h ^ sea_get32(remote->b + i)) * 0x9e3779b1u;
	return (h ^ h >> 15) * 8 + (uint32_t)id;
}

static uint32_t hash_of_parms(enum sea_tunnel_id id, const struct sea_tunnel_parms *p)
{
	return hash_of(id, &p->remote, p->i_flags & SEA_GRE_KEY ? p->i_key : 0);
}

static enum sea_tunnel_id id_of(const struct sea_tunnel *t)
{
	return sea_tunnel_kind_of(t->link)->id;
}

static bool key_fits(const struct sea_tunnel *t, const struct sea_tunnel_at *at)
{
	if (sea_tunnel_kind_of(t->link)->family == SEA_AF_INET6)
		return t->p.i_key == at->key; /* none is 0 (as on Linux) */
	if (t->p.i_flags & SEA_GRE_KEY)
		return at->has_key && t->p.i_key == at->key;
	return !at->has_key;
}

static bool both(const struct sea_tunnel *t, const struct sea_tunnel_at *at)
{
	return sea_ipaddr_equal(&t->p.local, &at->local) &&
	       sea_ipaddr_equal(&t->p.remote, &at->remote) && key_fits(t, at);
}

static bool any_local(const struct sea_tunnel *t, const struct sea_tunnel_at *at)
{
	return sea_tunnel_is_any(&t->p.local) && sea_ipaddr_equal(&t->p.remote, &at->remote) &&
	       key_fits(t, at);
}

static bool any_remote(const struct sea_tunnel *t, const struct sea_tunnel_at *at)
{
	return sea_ipaddr_equal(&t->p.local, &at->local) && sea_tunnel_is_any(&t->p.remote) &&
	       key_fits(t, at);
}

static bool any_at_all(const struct sea_tunnel *t, const struct sea_tunnel_at *at)
{
	return sea_tunnel_is_any(&t->p.local) && sea_tunnel_is_any(&t->p.remote) &&
	       t->p.i_key == at->key;
}

struct stage {
	bool (*fits)(const struct sea_tunnel *t, const struct sea_tunnel_at *at);
	bool of_remote;
};

#define STAGES 4u

static const struct stage usual[STAGES] = {
	{ both, true },
	{ any_local, true },
	{ any_remote, false },
	{ any_at_all, false },
};

static const struct stage of_ip6tnl[STAGES] = {
	{ both, true },
	{ any_remote, false },
	{ any_local, true },
	{ any_at_all, false },
};

/*
 * One that is bound to the link by which the packet came is the best, and one that is bound to another will do if there is
 * no better one at any stage; sit's will not.
 */
struct sea_tunnel *sea_tunnel_find(const struct sea_stack *stack, const struct sea_tunnel_at *at)
{
	const struct stage *stages = at->id == SEA_TUNNEL_IP6TNL ? of_ip6tnl : usual;
	const struct sea_htable *table = &sea_tunnels_of(stack)->table;
	static const struct sea_ipaddr any;
	struct sea_tunnel *second = NULL;

	for (unsigned i = 0; i < STAGES; i++) {
		const struct sea_ipaddr *remote = stages[i].of_remote ? &at->remote : &any;
		struct sea_hnode *n = sea_htable_first(table, hash_of(at->id, remote, at->key));

		for (; n; n = sea_hnode_next(n)) {
			struct sea_tunnel *t = sea_container(n, struct sea_tunnel, node);

			if (id_of(t) != at->id || !t->link->up || !stages[i].fits(t, at))
				continue;
			if (t->p.link == at->iif || (at->id == SEA_TUNNEL_SIT && !t->p.link))
				return t;
			if (!second && at->id != SEA_TUNNEL_SIT)
				second = t;
		}
	}
	return second;
}

struct sea_tunnel *sea_tunnel_same(const struct sea_stack *stack, enum sea_tunnel_id id,
				   const struct sea_tunnel_parms *p)
{
	const struct sea_htable *table = &sea_tunnels_of(stack)->table;
	const struct sea_tunnel_at at = { .has_key = p->i_flags & SEA_GRE_KEY, .key = p->i_key };
	struct sea_hnode *n = sea_htable_first(table, hash_of_parms(id, p));

	for (; n; n = sea_hnode_next(n)) {
		struct sea_tunnel *t = sea_container(n, struct sea_tunnel, node);

		if (id_of(t) == id && sea_ipaddr_equal(&t->p.local, &p->local) &&
		    sea_ipaddr_equal(&t->p.remote, &p->remote) && t->p.link == p->link &&
		    key_fits(t, &at))
			return t;
	}
	return NULL;
}

/* -- listed -- */

static const struct sea_ip_proto *const protos[SEA_TUNNEL_P_N] = { sea_ipip_protos, sea_ipv6_protos,
								   sea_gre_protos };

/* Who takes it, with these takers over IPv4 and IPv6; NULL: nobody. */
static const struct sea_ip_proto *taker_of(enum sea_tunnel_proto which, const unsigned n[2])
{
	if (n[0] && n[1])
		return &protos[which][2];
	if (n[0] || n[1])
		return &protos[which][n[1] ? 1 : 0];
	return NULL;
}

/* One more takes it over a family, or (`by` -1) one less. */
static void count_taker(struct sea_stack *stack, enum sea_tunnel_proto which, uint8_t family,
			int by)
{
	unsigned *n = sea_tunnels_of(stack)->takers[which];
	const struct sea_ip_proto *was = taker_of(which, n), *is;

	n[family == SEA_AF_INET6] += (unsigned)by;
	is = taker_of(which, n);
	if (is == was)
		return;
	if (was)
		sea_stack_del_ip_proto(stack, was);
	if (is)
		sea_stack_add_ip_proto(stack, is);
}

static void count_takers(struct sea_link *link, int by)
{
	const struct sea_tunnel_kind *kind = sea_tunnel_kind_of(link);

	if (kind->proto == SEA_IPPROTO_GRE) {
		count_taker(link->stack, SEA_TUNNEL_P_GRE, kind->family, by);
		return;
	}
	count_taker(link->stack, SEA_TUNNEL_P_IPIP, kind->family, by);
	if (kind->id != SEA_TUNNEL_IPIP)
		count_taker(link->stack, SEA_TUNNEL_P_IPV6, kind->family, by);
}

int sea_tunnel_list(struct sea_link *link)
{
	struct sea_tunnel *t = sea_tunnel_of(link);
	int err;

	t->link = link;
	err = sea_htable_insert(&sea_tunnels_of(link->stack)->table, &t->node,
				hash_of_parms(id_of(t), &t->p));
	if (!err)
		count_takers(link, 1);
	return err;
}

void sea_tunnel_unlist(struct sea_link *link)
{
	struct sea_tunnel *t = sea_tunnel_of(link);

	if (!t->node.linked)
		return;
	sea_htable_remove(&sea_tunnels_of(link->stack)->table, &t->node);
	count_takers(link, -1);
}

void sea_tunnels_init(struct sea_tunnels *tunnels, struct sea_stack *stack)
{
	sea_htable_init(&tunnels->table, &stack->shard.pool, BUCKETS);
	sea_stack_add_ioctls(stack, &sea_tunnel_ioctl_ops);
}

void sea_tunnels_fini(struct sea_tunnels *tunnels)
{
	sea_htable_fini(&tunnels->table);
}

/* -- sizes -- */

uint32_t sea_tunnel_hdr_len(const struct sea_tunnel_kind *kind, const struct sea_tunnel_parms *p)
{
	bool v6 = kind->family == SEA_AF_INET6;
	uint32_t len = (uint32_t)(v6 ? sizeof(struct sea_ipv6_hdr) : sizeof(struct sea_ipv4_hdr));

	return kind->proto == SEA_IPPROTO_GRE ? len + sea_gre_hdr_len(p->o_flags) : len;
}

/* The link of the way to the other end, or the one that it is bound to; NULL: not known. */
static const struct sea_link *way_out(struct sea_stack *stack, const struct sea_tunnel_kind *kind,
				      const struct sea_tunnel_parms *p)
{
	bool v6 = kind->family == SEA_AF_INET6;
	const struct sea_flow flow = { .family = kind->family,
				       .proto = kind->proto,
				       .tos = v6 ? 0 : p->tos & 0xfc,
				       .oif = p->link,
				       .mark = p->fwmark,
				       .src = p->local,
				       .dst = p->remote };
	const struct sea_link *link = NULL;
	struct sea_dst dst = { 0 };

	if (v6 && !(sea_tunnel6_can(p, &p->local, &p->remote) & SEA_TUNNEL6_CAN_SEND))
		return NULL;
	if (!sea_tunnel_is_any(&p->remote) && !sea_ip_route(stack, &flow, &dst))
		link = dst.link;
	sea_dst_put(stack, &dst);
	return !link && p->link ? sea_link_by_index(stack, p->link) : link;
}

/* Without the encapsulation limit of a packet that is in a tunnel already. */
static uint32_t taken_by(const struct sea_tunnel_kind *kind, const struct sea_tunnel_parms *p)
{
	uint32_t len = sea_tunnel_hdr_len(kind, p);

	if (kind->family == SEA_AF_INET6 && !(p->flags & SEA_TUNNEL6_NO_LIMIT))
		len += SEA_TUNNEL6_OPTS_LEN;
	return len + (kind->ether ? (uint32_t)sizeof(struct sea_ether_hdr) : 0);
}

uint32_t sea_tunnel_mtu(struct sea_stack *stack, const struct sea_tunnel_kind *kind,
			const struct sea_tunnel_parms *p)
{
	const struct sea_link *link = way_out(stack, kind, p);
	uint32_t mtu = link ? sea_min_u32(link->mtu, UINT16_MAX) : MTU_DEFAULT;
	uint32_t min = kind->family == SEA_AF_INET6 ? IPV6_MTU_MIN : kind->link.mtu_min;
	uint32_t taken = taken_by(kind, p);

	return sea_max_u32(mtu > taken ? mtu - taken : 0, min);
}

/* -- errors -- */

/* What an ICMP error says is to be told to those whose packets go through. */
static bool is_told4(const struct sea_tunnel *t, const struct sea_icmp_error *e)
{
	if (sea_tunnel_is_any(&t->p.remote))
		return false;
	if (e->type == SEA_ICMP_TIME_EXCEEDED)
		return e->code == 0 &&
		       t->p.ttl; /* an inner TTL ended as it does without a tunnel */
	return e->type == SEA_ICMP_DEST_UNREACH && e->code != 5; /* no source route is ours */
}

/* Nothing listens at ports of GRE's. */
static bool is_told6(const struct sea_icmp_error *e)
{
	if (e->type == SEA_ICMP6_TIME_EXCEEDED)
		return e->code == 0;
	return e->type == SEA_ICMP6_DEST_UNREACH && e->code != SEA_ICMP6_PORT_UNREACH;
}

bool sea_tunnel_error(struct sea_stack *stack, const struct sea_icmp_error *error,
		      struct sea_tunnel *tunnel)
{
	const sea_time now = stack->shard.now;
	struct sea_flow flow = { .family = error->family, .dst = error->dst };

	if (!tunnel)
		return false;
	flow.oif = tunnel->p.link;
	flow.mark = tunnel->p.fwmark;
	if (sea_icmp_error_is_too_big(error)) {
		sea_ip_pmtu_update(stack, &flow, error->mtu);
	} else if (error->redirect) {
		sea_ip_redirect(stack, &flow, error);
	} else if (error->family == SEA_AF_INET6 ? is_told6(error) : is_told4(tunnel, error)) {
		if (!tunnel->errors ||
		    sea_time_diff(now, tunnel->error_time) >= SEA_TUNNEL_ERR_TIMEO)
			tunnel->errors = 0;
		tunnel->errors++;
		tunnel->error_time = now;
	}
	return true;
}
