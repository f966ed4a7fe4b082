/* SPDX-License-Identifier: Apache-2.0 */
/* Which tunnels there are, whose a packet is (in Linux's order), and what becomes of errors about theirs. */
#include "link/tunnel.h"

#include <errno.h>

#include "core/minmax.h"
#include "core/stack.h"
#include "wire/icmp.h"

#define BUCKETS 16
#define MTU_DEFAULT 1500u

/* -- found -- */

/* Of what the owner of the stack chose: nobody outside can make two of them alike. */
static uint32_t hash_of(enum sea_tunnel_id id, sea_be32 remote, uint32_t key)
{
	uint32_t h = (sea_be32_get(remote) * 0x9e3779b1u) ^ (key * 0x85ebca6bu);

	return (h ^ h >> 15) * 4 + (uint32_t)id;
}

static uint32_t hash_of_parms(enum sea_tunnel_id id, const struct sea_tunnel_parms *p)
{
	return hash_of(id, p->remote, p->i_flags & SEA_GRE_KEY ? p->i_key : 0);
}

static enum sea_tunnel_id id_of(const struct sea_tunnel *t)
{
	return sea_tunnel_kind_of(t->link)->id;
}

static bool key_fits(const struct sea_tunnel *t, const struct sea_tunnel_at *at)
{
	if (t->p.i_flags & SEA_GRE_KEY)
		return at->has_key && t->p.i_key == at->key;
	return !at->has_key;
}

static bool both(const struct sea_tunnel *t, const struct sea_tunnel_at *at)
{
	return sea_be32_equal(t->p.local, at->local) && sea_be32_equal(t->p.remote, at->remote) &&
	       key_fits(t, at);
}

static bool any_local(const struct sea_tunnel *t, const struct sea_tunnel_at *at)
{
	return sea_ipv4_is_any(t->p.local) && sea_be32_equal(t->p.remote, at->remote) &&
	       key_fits(t, at);
}

static bool any_remote(const struct sea_tunnel *t, const struct sea_tunnel_at *at)
{
	return sea_be32_equal(t->p.local, at->local) && sea_ipv4_is_any(t->p.remote) &&
	       key_fits(t, at);
}

static bool any_at_all(const struct sea_tunnel *t, const struct sea_tunnel_at *at)
{
	return sea_ipv4_is_any(t->p.local) && sea_ipv4_is_any(t->p.remote) && t->p.i_key == at->key;
}

static const struct {
	bool (*fits)(const struct sea_tunnel *t, const struct sea_tunnel_at *at);
	bool of_remote;
} stages[] = {
	{ both, true },
	{ any_local, true },
	{ any_remote, false },
	{ any_at_all, false },
};

/*
 * One that is bound to the link by which the packet came is the best, and one that is bound to another will do if there is
 * no better one at any stage; sit's will not.
 */
struct sea_tunnel *sea_tunnel_find(const struct sea_stack *stack, const struct sea_tunnel_at *at)
{
	const struct sea_htable *table = &sea_tunnels_of(stack)->table;
	const sea_be32 any = { { 0 } };
	struct sea_tunnel *second = NULL;

	for (unsigned i = 0; i < sizeof(stages) / sizeof(stages[0]); i++) {
		uint32_t h = hash_of(at->id, stages[i].of_remote ? at->remote : any, at->key);
		struct sea_hnode *n = sea_htable_first(table, h);

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

		if (id_of(t) == id && sea_be32_equal(t->p.local, p->local) &&
		    sea_be32_equal(t->p.remote, p->remote) && t->p.link == p->link &&
		    key_fits(t, &at))
			return t;
	}
	return NULL;
}

/* -- listed -- */

static void take_proto(struct sea_stack *stack, unsigned *n, const struct sea_ip_proto *proto)
{
	if (!(*n)++)
		sea_stack_add_ip_proto(stack, proto);
}

static void leave_proto(struct sea_stack *stack, unsigned *n, const struct sea_ip_proto *proto)
{
	if (!--*n)
		sea_stack_del_ip_proto(stack, proto);
}

static void with_protos(struct sea_stack *stack, enum sea_tunnel_id id,
			void (*fn)(struct sea_stack *, unsigned *, const struct sea_ip_proto *))
{
	struct sea_tunnels *tunnels = sea_tunnels_of(stack);

	if (id == SEA_TUNNEL_GRE || id == SEA_TUNNEL_GRETAP) {
		fn(stack, &tunnels->n_gre, &sea_gre_proto);
		return;
	}
	fn(stack, &tunnels->n_ipip, &sea_ipip_proto);
	if (id == SEA_TUNNEL_SIT)
		fn(stack, &tunnels->n_ipv6, &sea_sit_proto);
}

int sea_tunnel_list(struct sea_link *link)
{
	struct sea_tunnel *t = sea_tunnel_of(link);
	enum sea_tunnel_id id = sea_tunnel_kind_of(link)->id;
	int err;

	t->link = link;
	err = sea_htable_insert(&sea_tunnels_of(link->stack)->table, &t->node,
				hash_of_parms(id, &t->p));
	if (!err)
		with_protos(link->stack, id, take_proto);
	return err;
}

void sea_tunnel_unlist(struct sea_link *link)
{
	struct sea_tunnel *t = sea_tunnel_of(link);

	if (!t->node.linked)
		return;
	sea_htable_remove(&sea_tunnels_of(link->stack)->table, &t->node);
	with_protos(link->stack, sea_tunnel_kind_of(link)->id, leave_proto);
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

uint32_t sea_tunnel_hdr_len(const struct sea_tunnel_kind *kind, uint16_t o_flags)
{
	uint32_t len = sizeof(struct sea_ipv4_hdr);

	return kind->proto == SEA_IPPROTO_GRE ? len + sea_gre_hdr_len(o_flags) : len;
}

/* The link of the way to the other end, or the one that it is bound to; NULL: not known. */
static const struct sea_link *way_out(struct sea_stack *stack, const struct sea_tunnel_kind *kind,
				      const struct sea_tunnel_parms *p)
{
	const struct sea_flow flow = { .family = SEA_AF_INET,
				       .proto = kind->proto,
				       .tos = p->tos & 0xfc,
				       .oif = p->link,
				       .mark = p->fwmark,
				       .src = sea_ipaddr_of4(p->local),
				       .dst = sea_ipaddr_of4(p->remote) };
	const struct sea_link *link = NULL;
	struct sea_dst dst = { 0 };

	if (!sea_ipv4_is_any(p->remote) && !sea_ip_route(stack, &flow, &dst))
		link = dst.link;
	sea_dst_put(stack, &dst);
	return !link && p->link ? sea_link_by_index(stack, p->link) : link;
}

uint32_t sea_tunnel_mtu(struct sea_stack *stack, const struct sea_tunnel_kind *kind,
			const struct sea_tunnel_parms *p)
{
	const struct sea_link *link = way_out(stack, kind, p);
	uint32_t mtu = link ? sea_min_u32(link->mtu, UINT16_MAX) : MTU_DEFAULT;
	uint32_t taken = sea_tunnel_hdr_len(kind, p->o_flags) +
			 (kind->ether ? (uint32_t)sizeof(struct sea_ether_hdr) : 0);

	return sea_max_u32(mtu > taken ? mtu - taken : 0, kind->link.mtu_min);
}

/* -- errors -- */

/* What an ICMP error says is to be told to those whose packets go through. */
static bool is_told(const struct sea_tunnel *t, const struct sea_icmp_error *e)
{
	if (sea_ipv4_is_any(t->p.remote))
		return false;
	if (e->type == SEA_ICMP_TIME_EXCEEDED)
		return e->code == 0 &&
		       t->p.ttl; /* an inner TTL ended as it does without a tunnel */
	return e->type == SEA_ICMP_DEST_UNREACH && e->code != 5; /* no source route is ours */
}

bool sea_tunnel_error(struct sea_stack *stack, const struct sea_icmp_error *error,
		      struct sea_tunnel *tunnel)
{
	const sea_time now = stack->shard.now;
	struct sea_flow flow = { .family = SEA_AF_INET, .dst = error->dst };

	if (!tunnel)
		return false;
	flow.oif = tunnel->p.link;
	flow.mark = tunnel->p.fwmark;
	if (sea_icmp_error_is_too_big(error)) {
		sea_ip_pmtu_update(stack, &flow, error->mtu);
	} else if (error->redirect) {
		sea_ip_redirect(stack, &flow, error);
	} else if (is_told(tunnel, error)) {
		if (!tunnel->errors ||
		    sea_time_diff(now, tunnel->error_time) >= SEA_TUNNEL_ERR_TIMEO)
			tunnel->errors = 0;
		tunnel->errors++;
		tunnel->error_time = now;
	}
	return true;
}
